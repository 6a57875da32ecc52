"""Whose a line of a customer file is: her store, her guide, her number; none of it shown."""

# ruff: noqa: F811  fixtures of the tests of files

import io

import pytest
from sqlalchemy import select, update

from crm import crypto
from crm.accounts.models import StaffStore
from crm.accounts.rules import Role
from crm.contacts import jobs, service
from crm.contacts.models import ContactIdentity, ContactTag
from crm.contacts.rules import IdentityKind
from crm.contacts.service import files
from tests.conftest import NOW
from tests.factories.stores import actor_of, make_staff, make_store
from tests.rules.contact_files_samples import as_csv, member
from tests.services.contacts_files_test import (  # noqa: F401  fixtures
    bring,
    counts,
    noise,
    owner,
    people,
    problems,
    store,
)

pytestmark = pytest.mark.usefixtures("noise")


def test_namesakes_without_phone_or_card_stay_with_their_stores(session, store, bring):
    other = make_store(session, "中山路店", code="ZS")
    data = as_csv([member(1, 会员姓名="王芳", 手机号="", 会员卡号="")])
    assert counts(bring(data)) == (1, 0, 0, 0)
    assert counts(bring(data, store_id=other.id)) == (1, 0, 0, 0)
    assert counts(bring(data)) == (0, 0, 1, 0)
    assert [len(people(session, at)) for at in (store, other)] == [1, 1]


def test_guide_is_of_her_store(session, store, bring):
    other = make_store(session, "中山路店", code="ZS")
    here, there = (make_staff(session, Role.MANAGER, at, name="王梅") for at in (store, other))
    make_staff(session, Role.MANAGER, other, name="李晓")
    lines = [
        member(1, 营业员="王梅"),
        member(2, 营业员="王梅", 发卡门店="ZS"),
        member(3, 营业员="李晓"),
        member(4, 营业员="阿俊"),
    ]
    bring(as_csv(lines))
    assert [p.owner_id for p in people(session, store)][:2] == [here.id, None]
    assert [p.owner_id for p in people(session, other)] == [there.id]
    assert people(session, store)[2].owner_id is not None  # the owner of the shop works anywhere


def test_two_guides_of_one_name_in_a_store_are_nobody(session, store, bring):
    for _twice in range(2):
        make_staff(session, Role.ASSISTANT, store, name="王梅")
    bring(as_csv([member(1, 营业员="王梅")]))
    assert [p.owner_id for p in people(session, store)] == [None]


def test_store_of_a_file_must_still_be_hers_when_it_is_taken(session, factory, store):
    other = make_store(session, "中山路店", code="ZS")
    staff = make_staff(session, Role.MANAGER, store)
    manager = actor_of(session, staff)
    parcel = files.cut(io.BytesIO(as_csv([member(1)])), "a.csv")
    row = files.keep_file(session, parcel, store_id=store.id, actor=manager, now=NOW)
    files.start_file(session, row, actor=manager, now=NOW)
    session.execute(update(StaffStore).values(store_id=other.id))
    session.commit()
    jobs.take_files(factory, now=lambda: NOW)
    session.expire_all()
    assert (people(session, store), people(session, other)) == ([], [])
    assert problems(session, row) == [(2, "发卡门店", "unknown_store")]


def test_number_in_a_name_is_kept_as_her_phone_and_shown_masked(session, store, bring):
    lines = [
        member(1, 会员姓名="13900000142", 手机号="", 会员卡号=""),
        member(2, 会员姓名="陈姐 139-0000-0777", 会员等级="13900000555"),
    ]
    assert counts(bring(as_csv(lines))) == (2, 0, 0, 0)
    first, second = people(session, store)
    assert (first.name, second.name) == ("139****0142", "陈姐 139****0777")
    assert "13900000142" not in first.search_text
    tags = select(ContactTag.tag).where(ContactTag.contact_id == second.id)
    assert session.scalars(tags).all() == ["139****0555"]
    sealed = select(ContactIdentity.value_encrypted).where(
        ContactIdentity.kind == IdentityKind.PHONE,
        ContactIdentity.contact_id.in_([first.id, second.id]),
    )
    sealed = sealed.order_by(ContactIdentity.id)
    assert [crypto.decrypt(v, purpose="identity") for v in session.scalars(sealed)] == [
        *("13900000142", "10000000002", "13900000777", "13900000555"),
    ]
    assert counts(bring(as_csv(lines))) == (0, 0, 2, 0)
    assert service.reveal_phone(session, second, actor=None, now=NOW) == "10000000002"
