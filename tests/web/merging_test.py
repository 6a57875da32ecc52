"""Pages on which two contacts become one, and two again."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.contacts.models import Contact
from crm.lifecycle.models import ContactMerge
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import make_shop, make_staff, make_store

QUERIES = 22
"""Of a page of pairs, however many pairs and people it has."""
MERGE = 60
"""Of one merge or its undo: some a domain, however much there is."""


@pytest.fixture
def shop(session: Session, page):
    make_shop(session)
    make_noise(session)
    store = make_store(session)
    session.flush()
    page.sign_in(make_staff(session, Role.MANAGER, store, login="wangmei"))
    kept = make_contact(session, "陈姐", store=store, phone="13800000142", tags=("老客",))
    other = make_contact(session, "陈姐", store=store, phone="13900000143", nickname="小陈")
    return store, kept, other


def test_pairs_are_shown_with_the_reason_and_not_again_once_told_apart(session, page, shop) -> None:
    _store, kept, other = shop
    got = page.get("/contacts/duplicates", queries=QUERIES)
    assert got.h1 == "可能重复的顾客"
    assert "同一家店名字一样" in got.text
    assert "13800000142" not in page.response.get_data(as_text=True)
    page.submit(got, "不是同一个人 陈姐 和 陈姐")
    assert "没有看到重复的顾客" in page.get("/contacts/duplicates", queries=QUERIES).text
    page.post(f"/contacts/duplicates/{kept.id}/{other.id}/together", {})
    assert "同一家店名字一样" in page.get("/contacts/duplicates", queries=QUERIES).text


@pytest.mark.parametrize("other", ["1" + "0" * 20, "-1", "x"])
def test_a_number_that_is_nobody_offers_the_search(page, shop, other) -> None:
    _store, kept, _other = shop
    assert page.get(f"/contacts/{kept.id}/merge?with={other}").h1


def test_side_by_side_then_merged_then_undone(session, page, shop) -> None:
    _store, kept, other = shop
    got = page.get(f"/contacts/{kept.id}", queries=27)
    assert got.link("合并")
    got = page.get(f"/contacts/{kept.id}/merge", queries=17)
    got = page.get(f"/contacts/{kept.id}/merge?with={other.id}", queries=17)
    assert "138****0142" in got.text
    page.post(f"/contacts/{kept.id}/merge", got.fields(got.form_of("合并")), queries=MERGE)
    assert page.location == f"/contacts/{kept.id}"
    got = page.get(f"/contacts/{kept.id}", queries=27)
    assert "合并了「陈姐」" in got.text
    page.get(f"/contacts/{other.id}", status=302)
    assert page.location == f"/contacts/{kept.id}"
    session.expire_all()
    assert session.get_one(Contact, kept.id).nickname == "小陈"
    merge_id = session.scalars(select(ContactMerge.id)).one()
    got = page.get(f"/merges/{merge_id}")
    assert got.h1 == "撤销合并：陈姐 和 陈姐"
    page.post(f"/merges/{merge_id}/undo", {}, queries=MERGE)
    assert page.location == f"/contacts/{other.id}"
    session.expire_all()
    assert session.get_one(Contact, other.id).merged_into_id is None
    assert "撤销" in page.get(f"/merges/{merge_id}").text
