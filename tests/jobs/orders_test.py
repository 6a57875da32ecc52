"""Orders and loyalty in the background: run twice, run late, killed half-way."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.rules import Role
from crm.integrations.formats import shop_orders
from crm.integrations.rules.files import PREVIEW_LIFE, FileState
from crm.integrations.service import pack
from crm.loyalty import jobs as loyalty_jobs
from crm.loyalty import queries as loyalty
from crm.loyalty import service as loyalty_service
from crm.loyalty.models import LoyaltyModel
from crm.orders import jobs, queries, service
from crm.orders.models import OrderChange, OrderFile, ShopOrder
from crm.orders.rules import OrderChannel
from crm.orders.service import Upload
from crm.orders.service import files as file_service
from tests.conftest import NOW
from tests.factories.orders import make_buyer, make_orders
from tests.factories.stores import actor_of, make_staff, make_store
from tests.rules.shop_orders_samples import as_csv, order_cells


@pytest.fixture
def waiting(session: Session, monkeypatch: pytest.MonkeyPatch) -> OrderFile:
    """A file of ten orders, told to go, in batches of four."""
    monkeypatch.setattr(file_service, "BATCH", 4)
    actor = actor_of(session, make_staff(session, Role.OWNER))
    data = as_csv([order_cells(f"37{n:017}", 收件人手机="") for n in range(10)], "gbk")
    upload = Upload("订单.csv", data, None)
    row = service.keep_file(session, upload, shop_orders.read(data), actor=actor, now=NOW)
    service.start_file(session, row, actor=actor, now=NOW)
    session.commit()
    return row


def taken(session: Session) -> int:
    session.expire_all()
    return len(list(session.scalars(select(ShopOrder.id))))


def test_long_file_is_taken_in_batches(
    session: Session, factory: sessionmaker[Session], waiting: OrderFile
) -> None:
    assert (waiting.state, waiting.created_count) == (FileState.WAITING, 0)
    assert jobs.has_file(factory)
    assert jobs.take_files(factory, now=lambda: NOW) == 1
    assert taken(session) == 10
    assert (waiting.state, waiting.done_count, waiting.created_count) == (FileState.DONE, 10, 10)
    assert (waiting.content, waiting.finished_at) == (None, NOW)
    assert not jobs.has_file(factory)


def test_file_goes_on_after_a_kill_and_counts_no_order_twice(
    session: Session, factory: sessionmaker[Session], waiting: OrderFile
) -> None:
    calls = 0

    def dies_in_the_second_batch():
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return NOW

    with pytest.raises(KeyboardInterrupt):
        jobs.take_files(factory, now=dies_in_the_second_batch)
    assert taken(session) == 4
    assert (waiting.state, waiting.done_count) == (FileState.RUNNING, 4)
    assert jobs.take_files(factory, now=lambda: NOW) == 1
    assert taken(session) == 10
    assert (waiting.created_count, waiting.unmatched_count) == (10, 10)


def test_file_that_nobody_started_is_let_go_after_a_day(
    session: Session, factory: sessionmaker[Session]
) -> None:
    actor = actor_of(session, make_staff(session, Role.OWNER))
    data = as_csv([order_cells("1")], "utf-8")
    upload = Upload("a.csv", data, None)
    row = service.keep_file(session, upload, shop_orders.read(data), actor=actor, now=NOW)
    session.commit()
    assert jobs.expire_previews(factory, now=NOW + PREVIEW_LIFE) == 0
    assert jobs.expire_previews(factory, now=NOW + PREVIEW_LIFE + timedelta(seconds=1)) == 1
    session.expire_all()
    assert (row.state, row.content) == (FileState.EXPIRED, None)


def test_waiting_order_finds_its_contact_and_her_figures_follow(
    session: Session, factory: sessionmaker[Session], waiting: OrderFile
) -> None:
    data = as_csv([order_cells("1", 企业微信加密id="wm1")], "utf-8")
    batch = service.orders_of_file(
        OrderFile(
            content=pack(data, purpose=file_service.SEALED), channel=OrderChannel.POS, store_id=None
        )
    )
    service.take_orders(session, batch, actor=None, now=NOW)
    buyer = make_buyer(session, make_store(session), external_userid="wm1")
    session.commit()
    assert jobs.match_waiting(factory, now=NOW) == 1
    assert loyalty_jobs.recompute_changed(factory, now=NOW) == 1
    session.expire_all()
    assert buyer.id in loyalty.rhythms(session, [buyer.id])


def test_change_queue_is_emptied_once(
    session: Session, factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loyalty_jobs, "CHANGES", 2)
    store = make_store(session)
    buyers = [make_buyer(session, store, f"顾客{n}") for n in range(5)]
    for buyer in buyers:
        make_orders(session, buyer, 10)
    session.commit()
    assert [loyalty_jobs.recompute_changed(factory, now=NOW) for _ in range(4)] == [2, 2, 1, 0]
    session.expire_all()
    assert list(session.scalars(select(OrderChange.id))) == []
    assert len(loyalty.rhythms(session, [buyer.id for buyer in buyers])) == 5


def test_tag_flips_by_time_alone_however_late_the_job_runs(
    session: Session, factory: sessionmaker[Session]
) -> None:
    buyer = make_buyer(session, make_store(session))
    make_orders(session, buyer, 10)
    session.commit()
    loyalty_jobs.recompute_changed(factory, now=NOW)
    assert loyalty_jobs.recompute_due(factory, now=NOW) == 0
    assert loyalty_jobs.recompute_due(factory, now=NOW + timedelta(days=400)) == 1
    assert loyalty_jobs.recompute_due(factory, now=NOW + timedelta(days=400)) == 0
    session.expire_all()
    (tag,) = loyalty.tags_of(session, [buyer.id], now=NOW)[buyer.id]
    assert tag.tag.value == "one_timer_lapsed"


@pytest.mark.parametrize(("days", "refits"), [(29, False), (30, True)])
def test_shops_rhythm_is_kept_for_a_month(
    session: Session, factory: sessionmaker[Session], days: int, refits: bool
) -> None:
    buyer = make_buyer(session, make_store(session))
    make_orders(session, buyer, 30, 10)
    loyalty_service.recompute(session, None, now=NOW)
    session.commit()
    later = NOW + timedelta(days=days)
    assert (loyalty_jobs.refit_when_old(factory, now=later) > 0) is refits
    assert loyalty_jobs.refit_when_old(factory, now=later) == 0
    session.expire_all()
    assert len(list(session.scalars(select(LoyaltyModel.id)))) == 1 + refits


def test_shop_that_grew_gets_a_new_rhythm_and_new_tags(
    session: Session, factory: sessionmaker[Session]
) -> None:
    store = make_store(session)
    first, second = make_buyer(session, store, "甲"), make_buyer(session, store, "乙")
    make_orders(session, first, 10)
    loyalty_service.recompute(session, None, now=NOW)
    make_orders(session, second, 12, 10, 8, 6)
    loyalty_service.recompute(session, [second.id], now=NOW)
    session.commit()
    assert loyalty_jobs.refit_when_old(factory, now=NOW) == 2
    session.expire_all()
    assert loyalty.newest_model(session).gap_half_days == 4
    (tag,) = loyalty.tags_of(session, [first.id], now=NOW)[first.id]
    assert tag.tag.value == "one_timer_lapsed"


def test_nothing_to_do_is_no_error(factory: sessionmaker[Session]) -> None:
    assert jobs.take_files(factory, now=lambda: NOW) == 0
    assert jobs.match_waiting(factory, now=NOW) == 0
    assert loyalty_jobs.recompute_changed(factory, now=NOW) == 0
    assert loyalty_jobs.refit_when_old(factory, now=NOW) == 0
    with factory() as session:
        owner = actor_of(session, make_staff(session, Role.OWNER))
        assert queries.waiting_count(session, owner) == 0
