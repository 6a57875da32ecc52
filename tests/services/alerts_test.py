"""Raising, taking back and reading alerts; channels and their secrets."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy import update as sql_update
from sqlalchemy.exc import NoResultFound

from crm.accounts.rules import Role
from crm.alerts import queries, service
from crm.alerts.models import Alert, AlertAttempt, AlertReceipt, WorkerHeartbeat
from crm.alerts.rules import UPDATE_GAP, AlertKind, AlertState, mark_of
from crm.alerts.service.raising import channel_row, insert_new
from crm.integrations import service as integrations
from crm.integrations.rules import ChannelState, Level
from tests.conftest import NOW
from tests.factories.alerts import make_channel, new_alert, raise_one
from tests.factories.stores import actor_of, make_staff, make_store
from tests.plans import plan_of

URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=sesame"


@pytest.fixture
def store(session):
    return make_store(session)


@pytest.fixture
def owner(session, store):
    return actor_of(session, make_staff(session, Role.OWNER, name="阿俊"))


@pytest.fixture
def manager(session, store):
    return actor_of(session, make_staff(session, Role.MANAGER, store))


def rows(session):
    found = session.scalars(select(Alert).order_by(Alert.id)).all()
    return [(a.staff_id or f"channel {a.channel_id}", a.state) for a in found]


# Raising


def test_alert_is_in_the_inbox_at_once_and_in_the_outbox_of_each_channel(session, owner, manager):
    channel = make_channel(session, owner, url=URL)
    raise_one(session, manager.id, owner.id)
    assert rows(session) == [
        (manager.id, AlertState.SENT),
        (owner.id, AlertState.SENT),
        (f"channel {channel.id}", AlertState.PENDING),
    ]
    assert [line.alert.subject_id for line in queries.inbox(session, manager)] == [1]


def test_alert_raised_again_changes_nothing(session, owner, manager):
    make_channel(session, owner, url=URL)
    for _ in range(3):
        raise_one(session, manager.id, manager.id)
    assert len(rows(session)) == 2
    assert queries.unseen(session, manager) == 1


def test_alert_without_recipients_goes_to_the_owners(session, owner, manager):
    disabled = make_staff(session, Role.OWNER)
    disabled.disabled_at = NOW
    raise_one(session)
    assert rows(session) == [(owner.id, AlertState.SENT)]


def test_alert_without_level_stays_in_the_inbox(session, owner, manager):
    make_channel(session, owner, url=URL)
    raise_one(session, manager.id, level=None)
    assert rows(session) == [(manager.id, AlertState.SENT)]


@pytest.mark.parametrize(
    ("levels", "level", "leaves"),
    [((), Level.W1, True), ((Level.L0, Level.L1), Level.L1, True), ((Level.L0,), Level.W1, False)],
)
def test_channel_gets_the_levels_it_is_limited_to(session, owner, levels, level, leaves):
    make_channel(session, owner, url=URL, levels=levels)
    raise_one(session, owner.id, level=level)
    assert len(rows(session)) == 1 + leaves


def test_channel_of_a_store_hears_of_that_store_only(session, owner, store):
    other = make_store(session, "西湖店")
    session.flush()
    here = make_channel(session, owner, url=URL, store_id=store.id)
    make_channel(session, owner, url=URL, store_id=other.id)
    everywhere = make_channel(session, owner, url=URL)
    raise_one(session, owner.id, store_id=store.id)
    assert {r for r, _ in rows(session)} == {
        owner.id,
        f"channel {here.id}",
        f"channel {everywhere.id}",
    }


def test_disabled_and_removed_channels_get_nothing(session, owner):
    make_channel(session, owner, url=URL).state = ChannelState.DISABLED
    removed = make_channel(session, owner, url=URL)
    integrations.remove_channel(session, removed.id, actor=owner, now=NOW)
    raise_one(session, owner.id)
    assert rows(session) == [(owner.id, AlertState.SENT)]


# What goes on


def update(session, owner, mark, now):
    new = new_alert(owner.id, base="incident-7", kind=AlertKind.INCIDENT, subject_id=7)
    return service.raise_update(session, new, mark=mark, now=now)


def told(session):
    found = session.scalars(select(Alert).where(Alert.staff_id.is_not(None)).order_by(Alert.id))
    return [(a.repeat, a.created_at) for a in found]


def test_occasion_that_goes_on_is_told_at_once_and_then_only_when_it_changed(session, owner):
    later = NOW + UPDATE_GAP
    assert update(session, owner, "one child", NOW) is None
    assert update(session, owner, "one child", later) is None
    assert told(session) == [(1, NOW)]
    assert update(session, owner, "two children", later) is None
    assert told(session) == [(1, NOW), (2, later)]
    assert update(session, owner, "one child", later + UPDATE_GAP) is None  # it is one again
    assert [number for number, _at in told(session)] == [1, 2, 3]


def test_occasion_that_changes_often_is_told_at_most_every_five_minutes(session, owner):
    for second in range(1800):
        at = NOW + timedelta(seconds=second)
        may = update(session, owner, f"{second} children", at)
        assert (may is None) == (second % 300 == 0)
        assert may in {None, NOW + UPDATE_GAP * (second // 300 + 1)}
    assert [at for _number, at in told(session)] == [NOW + UPDATE_GAP * n for n in range(6)]


def test_mark_of_a_set_knows_its_members_and_not_their_order():
    assert mark_of([(1, "late"), (2, "")]) == mark_of([(2, ""), (1, "late")])
    assert mark_of([(1, "late")]) != mark_of([(1, "")])


@pytest.mark.parametrize(("named", "leaves"), [(None, True), ((), False)])
def test_alert_leaves_by_the_channels_it_names(session, owner, named, leaves):
    one = make_channel(session, owner, url=URL)
    other = make_channel(session, owner, url=URL, levels=(Level.H,))
    raise_one(session, owner.id, base="a", channels=named)
    assert ((f"channel {one.id}", AlertState.PENDING) in rows(session)) is leaves
    raise_one(session, owner.id, base="b", channels=(other.id,), level=None)
    assert (f"channel {other.id}", AlertState.PENDING) in rows(session)


def test_forgetting_complaints_removes_everything_about_them_and_nothing_else(session, owner):
    make_channel(session, owner, url=URL)
    raise_one(session, owner.id, base="a", subject_id=1)
    raise_one(session, owner.id, base="b", subject_id=2)
    raise_one(session, owner.id, base="c", subject_id=1, kind=AlertKind.ATTENTION_OVER)
    first = session.scalars(select(Alert).where(Alert.channel_id.is_not(None))).first()
    stand_in = channel_row(
        new_alert(base="a2", subject_id=1), make_channel(session, owner, url=URL), NOW
    )
    insert_new(session, [stand_in | {"fallback_for_id": first.id}])
    session.add(AlertAttempt(alert_id=first.id, number=1, started_at=NOW))
    session.flush()
    service.forget(session, complaint_ids=[1], incident_ids=[])
    session.expire_all()
    left = session.scalars(select(Alert).order_by(Alert.id)).all()
    assert {(a.kind, a.subject_id) for a in left} == {
        (AlertKind.COMPLAINT, 2),
        (AlertKind.ATTENTION_OVER, 1),
    }
    assert session.scalars(select(AlertAttempt)).all() == []


# Taking back


def test_suppressed_is_what_has_not_left_and_only_of_that_occasion(session, owner):
    make_channel(session, owner, url=URL)
    for base in ("clock-17:L0:0", "clock-17:L1:0", "clock-18:L0:0"):
        raise_one(session, owner.id, base=base)
    service.suppress(session, dedupe_bases=["clock-17:L0:0", "clock-17:L1:0"], now=NOW)
    session.expire_all()
    found = session.scalars(select(Alert).where(Alert.channel_id.is_not(None)).order_by(Alert.id))
    assert [a.state for a in found] == [
        AlertState.SUPPRESSED,
        AlertState.SUPPRESSED,
        AlertState.PENDING,
    ]
    assert queries.unseen(session, owner) == 3


def test_suppressing_nothing_touches_nothing(session, owner):
    make_channel(session, owner, url=URL)
    raise_one(session, owner.id)
    service.suppress(session, dedupe_bases=[], now=NOW)
    assert rows(session)[1][1] is AlertState.PENDING


# The inbox


def test_acknowledging_keeps_the_first_time_and_leaves_others_alone(session, owner, manager):
    raise_one(session, owner.id, manager.id)
    mine = queries.inbox(session, manager)[0].alert
    service.acknowledge(session, mine, actor=manager, now=NOW)
    service.acknowledge(session, mine, actor=manager, now=NOW + timedelta(minutes=5))
    session.expire_all()
    (line,) = queries.inbox(session, manager)
    assert (line.seen_at, line.acknowledged_at) == (NOW, NOW)
    assert queries.unseen(session, owner) == 1


def test_acknowledging_after_seeing_keeps_when_it_was_seen(session, manager):
    raise_one(session, manager.id)
    alert = queries.inbox(session, manager)[0].alert
    service.mark_all_seen(session, actor=manager, newest=(alert.created_at, alert.id), now=NOW)
    later = NOW + timedelta(minutes=5)
    service.acknowledge(session, alert, actor=manager, now=later)
    session.expire_all()
    (line,) = queries.inbox(session, manager)
    assert (line.seen_at, line.acknowledged_at) == (NOW, later)


def test_marking_all_seen_spares_what_came_later_and_other_people(session, owner, manager):
    raise_one(session, manager.id, owner.id, base="a")
    shown = queries.inbox(session, manager)[0].alert
    raise_one(session, manager.id, base="b")
    service.mark_all_seen(session, actor=manager, newest=(shown.created_at, shown.id), now=NOW)
    assert queries.unseen(session, manager) == 1
    assert queries.unseen(session, owner) == 1


def test_inbox_is_newest_first_in_pages(session, manager):
    for number in range(queries.INBOX_LENGTH + 3):
        raise_one(session, manager.id, base=f"b{number}")
    first = queries.inbox(session, manager)
    ids = [line.alert.id for line in first]
    assert ids == sorted(ids, reverse=True)
    assert len(first) == queries.INBOX_LENGTH + 1
    last = first[-2].alert
    rest = queries.inbox(session, manager, before=(last.created_at, last.id))
    assert [line.alert.id for line in rest] == [ids[-1], ids[-1] - 1, ids[-1] - 2]


def test_alert_of_another_persons_inbox_is_not_found(session, owner, manager):
    raise_one(session, owner.id)
    alert_id = queries.inbox(session, owner)[0].alert.id
    for look in (queries.inbox_alert, queries.visible_alert):
        assert look(session, alert_id, owner).id == alert_id
        with pytest.raises(NoResultFound):
            look(session, alert_id, manager)


def test_alert_of_a_channel_is_visible_in_its_stores_only(session, owner, manager, store):
    other = make_store(session, "西湖店")
    session.flush()
    make_channel(session, owner, url=URL)
    raise_one(session, owner.id, base="here", store_id=store.id)
    raise_one(session, owner.id, base="there", store_id=other.id)
    here, there = session.scalars(
        select(Alert.id).where(Alert.channel_id.is_not(None)).order_by(Alert.id)
    )
    assert queries.visible_alert(session, here, manager).id == here
    with pytest.raises(NoResultFound):
        queries.visible_alert(session, there, manager)


# Workers


def test_heartbeat_is_one_row_a_worker_and_forgets_the_silent(session):
    service.beat(session, worker="old", started_at=NOW, now=NOW - timedelta(days=2))
    for seconds in (0, 10):
        moment = NOW + timedelta(seconds=seconds)
        service.beat(session, worker="a", started_at=NOW, now=moment)
    assert session.scalars(select(WorkerHeartbeat.worker)).all() == ["a"]
    assert queries.last_tick(session) == NOW + timedelta(seconds=10)


# The tables


def test_table_refuses_a_receipt_that_knows_what_it_has_not_seen(session, manager):
    raise_one(session, manager.id)
    receipt = session.scalars(select(AlertReceipt)).one()
    receipt.acknowledged_at = NOW
    with pytest.raises(Exception, match="known_is_seen"), session.begin_nested():
        session.flush()


def test_search_for_what_is_due_uses_the_partial_index(session, owner):
    channel = make_channel(session, owner, url=URL)
    for number in range(200):
        raise_one(session, owner.id, base=f"history {number}")
    session.execute(sql_update(Alert).where(Alert.channel_id.is_not(None)).values(state="dead"))
    raise_one(session, owner.id)
    for search in (
        lambda: queries.due_alert(session, NOW),
        lambda: queries.due_for(session, channel.id, NOW),
        lambda: queries.anything_due(session, NOW),
        lambda: queries.raised_since(session, NOW - timedelta(seconds=10), NOW),
    ):
        plan = plan_of(session, search)
        assert "ix_alert_next_at" in plan


def test_what_was_given_up_is_found_along_its_index(session, owner):
    for number in range(200):
        raise_one(session, owner.id, base=f"history {number}")
    assert "ix_alert_dead" in plan_of(session, lambda: queries.dead_for_update(session, None))


def test_count_of_new_lines_uses_the_partial_index(session, owner):
    raise_one(session, owner.id)
    plan = plan_of(session, lambda: queries.unseen(session, owner))
    assert "ix_alert_receipt_unseen" in plan


def test_page_of_an_inbox_is_read_along_its_index(session, owner):
    for number in range(200):
        raise_one(session, owner.id, base=f"history {number}")
    plan = plan_of(session, lambda: queries.inbox(session, owner, before=(NOW, 1)))
    assert "ix_alert_staff_id_created_at_id" in plan
    assert "TEMP B-TREE" not in plan
