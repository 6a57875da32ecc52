"""Figures and tags follow the orders, and only what changed is written."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.i18n import use_locale
from crm.loyalty import queries, service
from crm.loyalty.models import LoyaltyStat, RuleTag
from crm.loyalty.rules import RhythmState, Tag
from crm.orders import service as orders
from crm.orders.models import ShopOrder
from crm.orders.rules import OrderStatus
from tests.conftest import NOW
from tests.factories.orders import make_buyer, make_orders, new_order
from tests.factories.stores import make_store


def tags(session, contact):
    session.expire_all()
    rows = session.scalars(select(RuleTag.tag).where(RuleTag.contact_id == contact.id))
    return sorted(tag.value for tag in rows)


def test_three_orders_make_a_loyal_customer_with_the_reason(session: Session) -> None:
    store = make_store(session)
    loyal, other = make_buyer(session, store, "陈姐"), make_buyer(session, store, "乙")
    make_orders(session, loyal, 60, 30, 5)
    make_orders(session, other, 10)
    assert service.recompute(session, [loyal.id, other.id], now=NOW) == 2
    assert tags(session, loyal) == ["loyal", "loyal_not_due"]
    assert tags(session, other) == ["new"]
    assert queries.loyal_orders(session, [loyal.id, other.id]) == {loyal.id: 3}
    view = queries.loyalty_of(session, loyal.id, now=NOW)
    assert (view.orders_count, view.net_spent_fen, view.recency_days) == (3, 98700, 5)
    assert view.state is RhythmState.EARLY
    assert view.window.expected_on > NOW.date()
    reasons = {tag.tag: tag.reason.values["count"] for tag in view.tags}
    assert reasons == {Tag.LOYAL: 3, Tag.LOYAL_NOT_DUE: 3}


def test_recompute_again_changes_nobody(session: Session) -> None:
    buyer = make_buyer(session, make_store(session))
    make_orders(session, buyer, 60, 30, 5)
    assert service.recompute(session, None, now=NOW) == 1
    assert service.recompute(session, None, now=NOW) == 0
    assert service.recompute(session, [buyer.id], now=NOW) == 0


def test_refund_takes_the_tag_away_again(session: Session) -> None:
    buyer = make_buyer(session, make_store(session))
    make_orders(session, buyer, 60, 30)
    last = new_order(contact_id=buyer.id)
    orders.take_orders(session, [last], actor=None, now=NOW)
    service.recompute(session, [buyer.id], now=NOW)
    assert "loyal" in tags(session, buyer)
    back = new_order(
        order_no=last.order_no,
        contact_id=buyer.id,
        refunded_fen=32900,
        status=OrderStatus.REFUNDED,
    )
    orders.take_orders(session, [back], actor=None, now=NOW)
    service.recompute(session, [buyer.id], now=NOW)
    assert tags(session, buyer) == ["second_order"]


def test_contact_whose_only_order_is_cancelled_has_no_figures(session: Session) -> None:
    buyer = make_buyer(session, make_store(session))
    make_orders(session, buyer, 10)
    service.recompute(session, None, now=NOW)
    assert buyer.id in queries.rhythms(session, [buyer.id])
    kept = session.scalars(select(ShopOrder)).one()
    gone = new_order(
        order_no=kept.order_no,
        contact_id=buyer.id,
        ordered_at=kept.ordered_at,
        status=OrderStatus.CANCELLED,
    )
    orders.take_orders(session, [gone], actor=None, now=NOW)
    service.recompute(session, None, now=NOW)
    assert queries.rhythms(session, [buyer.id]) == {}
    assert tags(session, buyer) == []
    assert queries.loyalty_of(session, buyer.id, now=NOW) is None


def test_orders_of_one_day_are_one_purchase(session: Session) -> None:
    buyer = make_buyer(session, make_store(session))
    make_orders(session, buyer, 10, 10, 10)
    service.recompute(session, None, now=NOW)
    stat = queries.rhythms(session, [buyer.id])[buyer.id]
    assert (stat.orders_count, stat.occasions, stat.loyal_count) == (3, 1, 1)
    assert tags(session, buyer) == ["new"]


def test_figures_say_when_time_alone_changes_them(session: Session) -> None:
    buyer = make_buyer(session, make_store(session))
    make_orders(session, buyer, 10)
    service.recompute(session, None, now=NOW)
    stat = queries.rhythms(session, [buyer.id])[buyer.id]
    # no gap is known in this shop: thirty days, twice, and a day
    assert stat.next_at.astimezone(NOW.tzinfo).date() == NOW.date() + timedelta(days=51)
    assert queries.due_by_time(session, now=stat.next_at - timedelta(seconds=1), most=9) == []
    assert queries.due_by_time(session, now=stat.next_at, most=9) == [buyer.id]
    service.recompute(session, [buyer.id], now=stat.next_at)
    assert tags(session, buyer) == ["one_timer_lapsed"]
    service.recompute(session, [buyer.id], now=NOW + timedelta(days=900))
    assert queries.rhythms(session, [buyer.id])[buyer.id].next_at is None


def test_rule_tag_without_a_reason_cannot_be_stored(session: Session) -> None:
    buyer = make_buyer(session, make_store(session))
    session.flush()
    session.add(RuleTag(contact_id=buyer.id, tag=Tag.NEW, facts=None, given_at=NOW))
    with pytest.raises(IntegrityError):
        session.flush()


def test_reason_is_counted_on_the_day_it_is_read(session: Session) -> None:
    buyer = make_buyer(session, make_store(session))
    make_orders(session, buyer, 10)
    service.recompute(session, None, now=NOW)
    later = NOW + timedelta(days=7)
    (tag,) = queries.tags_of(session, [buyer.id], now=later)[buyer.id]
    assert tag.reason.values["days"] == 17
    assert tag.words == "1 单，17 天前；本店一般 30 天左右再买"
    with use_locale("en"):
        assert tag.words.startswith("1 order, 17 days ago")


def test_everybody_is_recomputed_across_batches(session: Session, monkeypatch) -> None:
    monkeypatch.setattr(service, "BATCH", 3)
    store = make_store(session)
    buyers = [make_buyer(session, store, f"顾客{n}") for n in range(8)]
    for buyer in buyers:
        make_orders(session, buyer, 10)
    assert service.recompute(session, None, now=NOW) == 8
    assert len(list(session.scalars(select(LoyaltyStat.contact_id)))) == 8


def test_shops_rhythm_is_read_from_everybody(session: Session) -> None:
    store = make_store(session)
    first, second = make_buyer(session, store, "甲"), make_buyer(session, store, "乙")
    make_orders(session, first, 50, 30, 10)
    make_orders(session, second, 40, 0)
    model = service.refit(session, now=NOW)
    assert (model.gap_half_days, model.buyers, model.occasions) == (40, 2, 5)
