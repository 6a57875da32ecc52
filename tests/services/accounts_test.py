"""Sessions, links, passwords and people on a real database."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from crm.accounts import queries, service
from crm.accounts.rules import (
    LINK_LIFE,
    SESSION_LIFE,
    LastOwner,
    LinkSpent,
    LoginTaken,
    Role,
    Scope,
    Throttled,
    WrongPassword,
)
from crm.accounts.service import NewStaff
from tests.conftest import NOW
from tests.factories.stores import actor_of, make_staff, make_store

PASSWORD = "正确的密码 staple"


def test_password_is_checked_and_stored_only_as_argon2id(session: Session) -> None:
    make_staff(session, login="other", password="something else")
    staff = make_staff(session, login="wangmei", password=PASSWORD)
    assert service.check_password(session, " WangMei ", PASSWORD, now=NOW) is staff
    assert staff.password_hash is not None
    assert staff.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("login", "password"), [("wangmei", "wrong"), ("nobody", PASSWORD), ("linked", "x")]
)
def test_wrong_name_wrong_password_and_unset_password_are_refused_alike(
    session: Session, login: str, password: str
) -> None:
    make_staff(session, login="wangmei", password=PASSWORD)
    make_staff(session, login="linked")
    with pytest.raises(WrongPassword):
        service.check_password(session, login, password, now=NOW)


def test_disabled_person_cannot_sign_in_and_her_session_is_over(session: Session) -> None:
    staff = make_staff(session, login="wangmei", password=PASSWORD)
    token = service.start_session(session, staff, now=NOW)
    session.flush()
    assert queries.actor_of_session(session, token, NOW) is not None
    staff.disabled_at = NOW
    session.flush()
    assert queries.actor_of_session(session, token, NOW) is None
    with pytest.raises(WrongPassword):
        service.check_password(session, "wangmei", PASSWORD, now=NOW)


def test_sign_in_waits_after_eight_failures_and_only_for_that_name(session: Session) -> None:
    make_staff(session, login="wangmei", password=PASSWORD)
    make_staff(session, login="lixiao", password=PASSWORD)
    for _ in range(8):
        service.record_failure(session, "WANGMEI ", now=NOW)
    session.flush()
    with pytest.raises(Throttled) as caught:
        service.check_password(session, "wangmei", PASSWORD, now=NOW)
    assert caught.value.until == NOW + timedelta(minutes=15)
    assert service.check_password(session, "lixiao", PASSWORD, now=NOW)
    later = NOW + timedelta(minutes=15, seconds=1)
    assert service.check_password(session, "wangmei", PASSWORD, now=later)


def test_session_names_the_person_her_stores_and_ends_after_thirty_days(session: Session) -> None:
    first, second, third = (make_store(session, name) for name in ("一店", "二店", "三店"))
    make_staff(session, Role.MANAGER, third, login="noise")
    staff = make_staff(session, Role.MANAGER, first, second)
    token = service.start_session(session, staff, now=NOW)
    session.flush()
    actor = queries.actor_of_session(session, token, NOW)
    assert actor is not None
    assert actor.store_ids == {first.id, second.id}
    assert queries.actor_of_session(session, token, NOW + SESSION_LIFE) is None
    assert queries.actor_of_session(session, token + "x", NOW) is None


def test_owner_and_lead_see_all_stores_whatever_rows_there_are(session: Session) -> None:
    store = make_store(session)
    for role in (Role.OWNER, Role.LEAD):
        assert actor_of(session, make_staff(session, role, store)).store_ids is None


def test_signing_out_ends_this_session_only(session: Session) -> None:
    staff = make_staff(session)
    phone, desk = (service.start_session(session, staff, now=NOW) for _ in range(2))
    session.flush()
    actor = queries.actor_of_session(session, phone, NOW)
    assert actor is not None
    service.sign_out(session, actor=actor, now=NOW)
    session.flush()
    assert queries.actor_of_session(session, phone, NOW) is None
    assert queries.actor_of_session(session, desk, NOW) is not None


def test_link_works_once_sets_the_password_and_ends_other_sessions(session: Session) -> None:
    staff = make_staff(session, login="wangmei")
    old = service.start_session(session, staff, now=NOW)
    token = service.make_link(session, staff, actor=None, now=NOW)
    session.flush()
    new = service.use_link(session, token, PASSWORD, now=NOW)
    session.flush()
    assert queries.actor_of_session(session, old, NOW) is None
    assert queries.actor_of_session(session, new, NOW) is not None
    assert service.check_password(session, "wangmei", PASSWORD, now=NOW)
    with pytest.raises(LinkSpent):
        service.use_link(session, token, PASSWORD, now=NOW)


def test_link_is_refused_when_late_replaced_or_for_a_disabled_person(session: Session) -> None:
    staff = make_staff(session)
    replaced = service.make_link(session, staff, actor=None, now=NOW)
    session.flush()
    current = service.make_link(session, staff, actor=None, now=NOW)
    session.flush()
    for token, at in ((replaced, NOW), (current, NOW + LINK_LIFE), ("unknown", NOW)):
        with pytest.raises(LinkSpent):
            service.use_link(session, token, PASSWORD, now=at)
    staff.disabled_at = NOW
    with pytest.raises(LinkSpent):
        service.use_link(session, current, PASSWORD, now=NOW)


def test_login_is_unique_without_regard_to_case(session: Session) -> None:
    make_staff(session, login="wangmei")
    with pytest.raises(LoginTaken):
        service.add_staff(session, NewStaff("WangMei", "另一个", Role.MANAGER), actor=None, now=NOW)


def test_last_owner_stays_owner(session: Session) -> None:
    store = make_store(session)
    owner = make_staff(session, Role.OWNER)
    actor = actor_of(session, owner)
    with pytest.raises(LastOwner):
        service.change_role(
            session, owner, Role.MANAGER, frozenset({store.id}), actor=actor, now=NOW
        )
    make_staff(session, Role.OWNER)
    service.change_role(session, owner, Role.MANAGER, frozenset({store.id}), actor=actor, now=NOW)
    assert actor_of(session, owner).store_ids == {store.id}


def test_token_is_found_by_its_secret_only(session: Session) -> None:
    staff = make_staff(session)
    secret = service.make_token(session, staff, "till", Scope.READ, actor=None, now=NOW)
    session.flush()
    token = queries.token_by_secret(session, secret)
    assert token is not None
    assert token.scope is Scope.READ
    assert queries.token_by_secret(session, token.token_hash) is None
