"""Who may be one person: each reason, who is left out; the walk ends and repeats nobody."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.contacts.queries import visible_contact
from crm.lifecycle.queries import duplicates as walk
from crm.lifecycle.rules.duplicates import COMMON, Likeness, says_enough, spellings
from crm.lifecycle.rules.merging import Merge
from crm.lifecycle.service import merging
from crm.orders.service import take_orders
from tests.conftest import NOW
from tests.factories.contacts import make_contact, make_noise
from tests.factories.groups import make_group, make_member
from tests.factories.orders import new_order
from tests.factories.stores import actor_of, make_shop, make_staff, make_store

L = Likeness


@pytest.fixture
def shop(session: Session):
    make_shop(session)
    make_noise(session)
    store = make_store(session)
    session.flush()
    return store, actor_of(session, make_staff(session, Role.OWNER))


def _found(session: Session, actor) -> dict[frozenset[int], tuple[Likeness, ...]]:
    got = walk.duplicates(session, actor, after=None)
    assert got.next is None
    return {frozenset((one.first_id, one.second_id)): one.reasons for one in got.pairs}


def _pair(one, two) -> frozenset[int]:
    return frozenset((one.id, two.id))


def test_a_shared_number_is_a_reason(session: Session, shop) -> None:
    store, owner = shop
    one = make_contact(session, "外婆", store=store, phone="13800000142")
    two = make_contact(session, "妈妈", store=store, phone="13800000142", share_identity=True)
    make_contact(session, "别人", store=store, phone="13800000143")
    assert _found(session, owner) == {_pair(one, two): (L.NUMBER,)}


def test_one_name_in_one_store_is_a_reason_however_it_was_typed(session: Session, shop) -> None:
    store, owner = shop
    one, two = make_contact(session, "Amy", store=store), make_contact(session, "AMY", store=store)
    three, four = (make_contact(session, "陈姐", store=store) for _ in range(2))
    make_contact(session, "陈姐", store=make_store(session, "别的店"))
    assert _found(session, owner) == {
        _pair(one, two): (L.NAME_STORE,),
        _pair(three, four): (L.NAME_STORE,),
    }


def test_a_name_that_many_bear_says_nothing(session: Session, shop) -> None:
    store, owner = shop
    for _ in range(COMMON + 1):
        make_contact(session, "微信用户", store=store)
    assert _found(session, owner) == {}


def test_name_and_last_digits_together_are_a_reason_in_any_store(session: Session, shop) -> None:
    store, owner = shop
    one = make_contact(session, "陈姐", store=store, phone="13800000142")
    far = make_store(session, "中山路店")
    two = make_contact(session, "陈姐", store=far, phone="13900000142")
    make_contact(session, "刘姐", store=far, phone="13700000142")
    assert _found(session, owner) == {_pair(one, two): (L.NAME_TAIL,)}


def test_one_nickname_in_one_group_is_a_reason(session: Session, shop) -> None:
    store, owner = shop
    people = [make_contact(session, name, store=store) for name in ("甲", "乙", "丙")]
    group, other = make_group(session, store=store), make_group(session, "别的群", store=store)
    for contact, where in zip(people, (group, group, other), strict=True):
        make_member(session, where, "小鹿", contact_id=contact.id)
    assert _found(session, owner) == {_pair(people[0], people[1]): (L.NICKNAME,)}


def test_one_recipient_of_orders_is_a_reason(session: Session, shop) -> None:
    store, owner = shop
    people = [make_contact(session, name, store=store) for name in ("甲", "乙", "丙")]
    for contact, hint in zip(people, ("138****0142", "138****0142", "138****0143"), strict=True):
        order = new_order(contact_id=contact.id, phone_hint=hint)
        take_orders(session, [order], actor=owner, now=NOW)
    assert _found(session, owner) == {_pair(people[0], people[1]): (L.RECIPIENT,)}


def test_who_is_merged_or_known_apart_is_not_shown(session: Session, shop) -> None:
    store, owner = shop
    one = make_contact(session, "陈姐", store=store, phone="13800000142")
    two = make_contact(session, "陈姐", store=store, phone="13800000142", share_identity=True)
    merging.keep_apart(session, two.id, one.id, actor=owner, now=NOW)
    session.flush()
    assert _found(session, owner) == {}
    assert walk.alike_of(session, one, owner) == []
    merging.look_again(session, one.id, two.id, actor=owner, now=NOW)
    session.flush()
    assert _found(session, owner) == {_pair(one, two): (L.NUMBER, L.NAME_STORE)}
    merging.merge(session, Merge(one.id, two.id), actor=owner, now=NOW)
    session.flush()
    assert _found(session, owner) == {}


def test_a_manager_sees_pairs_of_her_own_stores_only(session: Session, shop) -> None:
    store, owner = shop
    far = make_store(session, "中山路店")
    one = make_contact(session, "陈姐", store=store, phone="13800000142")
    two = make_contact(session, "陈姐", store=far, phone="13900000142")
    manager = actor_of(session, make_staff(session, Role.MANAGER, store, login="wm"))
    assert _found(session, manager) == {}
    assert walk.alike_of(session, one, manager) == []
    ((alike, row),) = walk.alike_of(session, visible_contact(session, one.id, owner), owner)
    assert (row.id, alike.reasons) == (two.id, (L.NAME_TAIL,))


def test_the_walk_shows_each_pair_once_page_by_page(session: Session, shop, monkeypatch) -> None:
    store, owner = shop
    for number in range(12):
        for twin in range(2):
            at = NOW + timedelta(minutes=number * 7 % 5 + twin * 13)
            make_contact(session, f"客{number}", store=store, now=at)
    monkeypatch.setattr(walk, "STEP", 5)
    monkeypatch.setattr(walk, "STEPS_MOST", 2)
    seen, after, pages = [], None, 0
    while True:
        got = walk.duplicates(session, owner, after=after)
        seen += [frozenset((one.first_id, one.second_id)) for one in got.pairs]
        pages, after = pages + 1, got.next
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 12
    assert pages > 1


@pytest.mark.parametrize(
    ("hint", "enough"),
    [("138****0142", True), ("1******0142", False), ("****", False), ("", False), (None, False)],
)
def test_a_masked_number_must_show_seven_digits(hint, enough) -> None:
    assert says_enough(hint) is enough


def test_spellings_are_the_same_name_in_other_letters() -> None:
    assert spellings("陈姐") == set()
    assert {"AMY", "amy", "Ａｍｙ"} <= spellings("Amy")
    assert "Amy" not in spellings("Amy")
