"""One contact is handed to a colleague over JSON, and taken back within a day."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from crm.accounts.models import Staff, StaffStore
from crm.accounts.rules import Role
from crm.contacts.models import Contact
from crm.lifecycle.models import HandOver
from crm.lifecycle.rules.merging import Merge
from crm.lifecycle.service.merging import merge
from crm.stores.models import Store
from tests.api.conftest import ApiClient, MakeApi
from tests.conftest import NOW
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import actor_of, make_staff, make_store


@pytest.fixture
def manager(session: Session, store: Store) -> Staff:
    return make_staff(session, Role.MANAGER, store, name="王梅")


@pytest.fixture
def heir(session: Session, store: Store) -> Staff:
    return make_staff(session, Role.MANAGER, store, name="陈芳")


@pytest.fixture
def her(session: Session, store: Store, manager: Staff) -> int:
    make_noise(session)
    return make_contact(session, "甲", store=store, actor=actor_of(session, manager)).id


@pytest.fixture
def mine(make_api: MakeApi, manager: Staff) -> ApiClient:
    """The program of who looks after her."""
    return make_api(manager)


def give(api: ApiClient, her: int, heir: Staff) -> Any:
    return api.post(f"/contacts/{her}/hand-on", {"to_id": heir.id}, 200)


def undo(api: ApiClient, her: int, status: int = 200) -> Any:
    return api.post(f"/contacts/{her}/hand-on/undo", None, status)


def test_she_goes_to_a_colleague_and_comes_back(
    mine: ApiClient, manager: Staff, heir: Staff, her: int
) -> None:
    before = mine.get(f"/contacts/{her}")
    for _ in range(2):
        assert give(mine, her, heir) == {**before, "owner_id": heir.id}
    for _ in range(2):
        assert undo(mine, her) == before
    assert before["owner_id"] == manager.id


def test_only_a_colleague_of_her_store_takes_over(
    session: Session, make_api: MakeApi, mine: ApiClient, store: Store, heir: Staff, her: int
) -> None:
    far = make_staff(session, Role.MANAGER, make_store(session, "中山路店"), login="far")
    for bad in ({}, {"to_id": 0}, {"to_id": "x"}, {"to_id": far.id}, {"to_id": 999_999}):
        mine.post(f"/contacts/{her}/hand-on", bad, 422)
    before = mine.get(f"/contacts/{her}")
    helper = make_staff(session, Role.ASSISTANT, store)
    for person, status in ((far, 404), (helper, 403)):
        theirs = make_api(person)
        theirs.post(f"/contacts/{her}/hand-on", {"to_id": heir.id}, status)
        undo(theirs, her, status)
    assert mine.get(f"/contacts/{her}") == before


def test_nothing_to_take_back_is_not_found(mine: ApiClient, her: int) -> None:
    undo(mine, her, 404)
    undo(mine, 999_999, 404)


def test_who_went_on_since_stays_and_the_answer_names_who_has_her(
    session: Session, mine: ApiClient, api: ApiClient, heir: Staff, her: int
) -> None:
    give(mine, her, heir)
    for owner_id in (None, make_staff(session, Role.LEAD).id):
        session.execute(update(Contact).where(Contact.id == her).values(owner_id=owner_id))
        session.commit()
        told = undo(mine, her, 409)
        assert told["owner_id"] == owner_id
        assert "没有人" in told["detail"]  # one sentence for both
        assert api.get(f"/contacts/{her}")["owner_id"] == owner_id


def test_who_was_merged_since_stays_and_the_answer_names_who_has_her(
    session: Session, mine: ApiClient, store: Store, manager: Staff, heir: Staff, her: int
) -> None:
    actor = actor_of(session, manager)
    other = make_contact(session, "乙", store=store, actor=actor).id
    session.commit()
    give(mine, other, heir)
    merge(session, Merge(her, other), actor=actor, now=NOW)
    session.commit()
    assert undo(mine, other, 404)["kept_id"] == her
    told = undo(mine, her, 409)
    assert told["owner_id"] == manager.id
    assert "合并" in told["detail"]


def test_undo_is_for_who_did_it_and_for_a_day(
    session: Session, make_api: MakeApi, mine: ApiClient, api: ApiClient, heir: Staff, her: int
) -> None:
    give(mine, her, heir)
    assert undo(make_api(heir), her, 409)["owner_id"] == heir.id
    session.execute(update(HandOver).values(handed_at=NOW - timedelta(days=1, seconds=1)))
    session.commit()
    for one in (mine, api):
        assert "24" in undo(one, her, 409)["detail"]
    assert api.get(f"/contacts/{her}")["owner_id"] == heir.id


def test_nobody_gets_her_back_without_access(
    session: Session, api: ApiClient, manager: Staff, heir: Staff, her: int
) -> None:
    give(api, her, heir)
    manager.disabled_at = NOW
    session.commit()
    assert undo(api, her, 409)["owner_id"] == heir.id
    manager.disabled_at = None
    session.commit()
    assert undo(api, her)["owner_id"] == manager.id


def test_nobody_gets_her_back_who_left_her_store(
    session: Session, api: ApiClient, manager: Staff, heir: Staff, her: int
) -> None:
    give(api, her, heir)
    session.execute(delete(StaffStore).where(StaffStore.staff_id == manager.id))
    session.commit()
    told = undo(api, her, 409)
    assert told["owner_id"] == heir.id
    assert "不在这家店" in told["detail"]


def test_undo_after_a_merge_takes_back_her_own_act(
    mine: ApiClient, manager: Staff, heir: Staff, her: int, session: Session, store: Store
) -> None:
    """Whoever was merged into her was handed on later, and has come back already."""
    actor = actor_of(session, manager)
    other = make_contact(session, "乙", store=store, actor=actor).id
    give(mine, her, heir)
    give(mine, other, heir)
    undo(mine, other)
    merge(session, Merge(her, other), actor=actor, now=NOW)
    session.commit()
    assert undo(mine, her)["owner_id"] == manager.id
