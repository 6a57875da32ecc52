"""Two contacts become one in every domain, and two again."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.attention import service as attention
from crm.attention.models import Touch
from crm.attention.rules import LogTouch, TouchKind
from crm.contacts import queries as contacts
from crm.contacts import service as people
from crm.contacts.models import Contact, ContactIdentity
from crm.contacts.rules import Field, IdentityKind
from crm.lifecycle.rules.merging import LaterMerge, Merge, OwnSelf, Sealed
from crm.lifecycle.service import merging
from crm.orders.models import ShopOrder
from crm.orders.service import take_orders
from tests.conftest import NOW
from tests.factories.contacts import make_contact, make_noise
from tests.factories.orders import new_order
from tests.factories.stores import actor_of, make_shop, make_staff, make_store

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def shop(session: Session):
    make_shop(session)
    make_noise(session)
    store, second = make_store(session), make_store(session, name="中山路店")
    session.flush()
    return store, second, actor_of(session, make_staff(session, Role.OWNER))


def _two(session: Session, store, **others):
    kept = make_contact(session, "陈姐", store=store, phone="13800000142", tags=("老客",))
    other = make_contact(session, "陈小姐", store=store, phone="13900000143", **others)
    return kept, other


def _merge(session: Session, kept: Contact, other: Contact, actor, take=None):
    made = merging.merge(session, Merge(kept.id, other.id, take), actor=actor, now=NOW)
    session.flush()
    return made


def test_everything_of_the_other_is_hers_now(session: Session, shop) -> None:
    store, _second, owner = shop
    kept, other = _two(session, store, nickname="小陈", tags=("怕热",))
    order = new_order(phone="13900000143", order_no="A1")
    take_orders(session, [order], actor=owner, now=NOW)
    command = LogTouch(other.id, TouchKind.CHAT, 3, NOW, "k1")
    attention.log_touch(session, command, actor=owner, now=NOW)
    _merge(session, kept, other, owner)
    assert session.scalars(select(Touch.contact_id)).all() == [kept.id]
    assert session.scalars(select(ShopOrder.contact_id)).all() == [kept.id]
    assert set(contacts.tags_of(session, [kept.id])[kept.id]) == {"老客", "怕热"}
    assert (kept.name, kept.nickname) == ("陈姐", "小陈")
    found = contacts.contacts_by_identity(session, [(IdentityKind.PHONE, "13900000143")])
    assert set(found.values()) == {kept.id}


def test_each_field_is_taken_from_whom_it_was_chosen(session: Session, shop) -> None:
    store, second, owner = shop
    kept, other = (
        make_contact(session, "甲", store=store),
        make_contact(session, "乙", store=second),
    )
    _merge(session, kept, other, owner, frozenset({Field.NAME, Field.STORE}))
    assert (kept.name, kept.store_id) == ("乙", second.id)


def test_whoever_asked_to_be_left_alone_still_is(session: Session, shop) -> None:
    store, _second, owner = shop
    kept, other = _two(session, store)
    people.do_not_contact(session, other, actor=owner, now=NOW)
    made = _merge(session, kept, other, owner)
    assert kept.do_not_contact_at == NOW
    merging.undo(session, made.id, actor=owner, now=LATER)
    assert kept.do_not_contact_at is None


def test_an_old_id_leads_to_the_kept_one(session: Session, shop) -> None:
    store, _second, owner = shop
    kept, other = _two(session, store)
    _merge(session, kept, other, owner)
    assert contacts.visible_contact(session, other.id, owner).id == kept.id
    command = LogTouch(other.id, TouchKind.CHAT, 3, NOW, "k1")
    logged = attention.log_touch(session, command, actor=owner, now=NOW)
    assert logged.touch.contact_id == kept.id
    assert contacts.led_to(session, [other.id, kept.id]) == dict.fromkeys(
        [other.id, kept.id], kept.id
    )


def test_lists_search_and_names_do_not_show_the_merged_away(session: Session, shop) -> None:
    store, _second, owner = shop
    kept, other = _two(session, store)
    _merge(session, kept, other, owner)
    hits = contacts.search_contacts(session, "陈小姐", owner)
    assert other.id not in [hit.id for hit in hits]
    page = contacts.contact_page(session, owner, contacts.Wanted(), after=None, most=50)
    assert other.id not in [one.id for one in page]
    assert other.id not in contacts.recently_added(session, owner, 50)
    assert contacts.contacts_by_alias(session, ["陈小姐"], [store.id]) == {}


def test_a_number_both_share_leads_to_the_kept_one(session: Session, shop) -> None:
    store, _second, owner = shop
    other = make_contact(session, "外婆", store=store, phone="13800000142")
    third = make_contact(session, "妈妈", store=store, phone="13800000142", share_identity=True)
    kept = make_contact(session, "女儿", store=store, phone="13800000142", share_identity=True)
    before = _ranks(session)
    made = _merge(session, kept, other, owner)
    pair = (IdentityKind.PHONE, "13800000142")
    assert contacts.contacts_by_identity(session, [pair]) == {pair: kept.id}
    assert _ranks(session)[third.id] == 1
    merging.undo(session, made.id, actor=owner, now=LATER)
    assert _ranks(session) == before


def _ranks(session: Session) -> dict[int, int]:
    rows = session.execute(select(ContactIdentity.contact_id, ContactIdentity.rank))
    return {row.contact_id: row.rank for row in rows}


def test_what_came_after_the_merge_stays_with_the_kept_one(session: Session, shop) -> None:
    store, _second, owner = shop
    kept, other = _two(session, store, tags=("怕热",))
    made = _merge(session, kept, other, owner)
    people.untag(session, kept, "怕热", actor=owner, now=NOW)
    session.flush()
    people.tag(session, kept, "怕热", actor=owner, now=LATER)
    take_orders(session, [new_order(phone="13900000143", order_no="A2")], actor=owner, now=LATER)
    kept.remark = "改过"
    session.flush()
    merging.undo(session, made.id, actor=owner, now=LATER)
    session.flush()
    tags = contacts.tags_of(session, [kept.id, other.id])
    assert "怕热" in tags[kept.id]
    assert other.id not in tags
    assert session.scalars(select(ShopOrder.contact_id)).all() == [kept.id]
    assert kept.remark == "改过"


def test_undo_asks_for_the_later_merge_first(session: Session, shop) -> None:
    store, _second, owner = shop
    a, b, c = (make_contact(session, name, store=store) for name in "甲乙丙")
    first = _merge(session, b, a, owner)
    second = _merge(session, c, b, owner)
    assert contacts.visible_contact(session, a.id, owner).id == c.id
    with pytest.raises(LaterMerge) as refused:
        merging.undo(session, first.id, actor=owner, now=LATER)
    assert refused.value.merge_id == second.id
    merging.undo(session, second.id, actor=owner, now=LATER)
    session.flush()
    merging.undo(session, first.id, actor=owner, now=LATER)
    session.flush()
    assert [one.merged_into_id for one in (a, b, c)] == [None, None, None]


def test_the_same_merge_again_is_the_same_and_a_circle_is_refused(session: Session, shop) -> None:
    store, _second, owner = shop
    a, b, c = (make_contact(session, name, store=store) for name in "甲乙丙")
    made = _merge(session, b, a, owner)
    assert _merge(session, b, a, owner).id == made.id
    for kept, other in ((a, b), (b, b), (a, c), (c, a)):
        with pytest.raises(OwnSelf):
            _merge(session, kept, other, owner)


def test_a_manager_merges_in_her_own_stores_only(session: Session, shop) -> None:
    store, second, _owner = shop
    manager = actor_of(session, make_staff(session, Role.MANAGER, store, login="wm"))
    kept, other = (
        make_contact(session, "甲", store=store),
        make_contact(session, "乙", store=second),
    )
    for pair in ((kept, other), (other, kept)):
        with pytest.raises(NoResultFound):
            _merge(session, *pair, manager)


def test_an_erased_person_stays_merged(session: Session, shop) -> None:
    store, _second, owner = shop
    kept, other = _two(session, store)
    made = _merge(session, kept, other, owner)
    merging.seal(session, {kept.id})
    session.flush()
    with pytest.raises(Sealed):
        merging.undo(session, made.id, actor=owner, now=LATER)
