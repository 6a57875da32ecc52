"""The move ledger: steps that the book tells or a tap says, the funnel, and grounds that end."""

from datetime import timedelta
from operator import add

import pytest
from sqlalchemy import func, select, true

from crm.accounts.rules import Role
from crm.audit.models import AuditEntry
from crm.contacts.models import Consent, ContactIdentity, StepTaken
from crm.contacts.queries.ledger import grounds_of
from crm.contacts.rules import Consent as Given
from crm.contacts.rules import (
    ConsentBasis,
    IdentityKind,
    MovedFrom,
    MoveKind,
    MoveStep,
    WithdrawnLongAgo,
)
from crm.contacts.service import consents, record_move
from crm.groups.models import GroupMember
from crm.lifecycle.queries.moves import funnel, steps_of, taps_of
from crm.lifecycle.queries.timeline import ledger, timeline
from crm.lifecycle.rules.merging import Merge
from crm.lifecycle.rules.moves import FunnelBy, NotYourTap, TapTooOld, gathered, longest
from crm.lifecycle.rules.timeline import Kind
from crm.lifecycle.service.merging import merge, undo
from crm.lifecycle.service.moves import take_step_back, tap_step
from crm.orders.rules import OrderStatus
from tests.conftest import NOW
from tests.factories.attention import make_touch
from tests.factories.contacts import make_contact, make_noise
from tests.factories.groups import make_group
from tests.factories.orders import make_orders
from tests.factories.stores import actor_of, make_staff, make_store

DAY = timedelta(days=1)


@pytest.fixture
def store(session):
    return make_store(session, name="人民路店")


@pytest.fixture
def wang(session, store):
    return actor_of(session, make_staff(session, Role.MANAGER, store, name="王梅"))


@pytest.fixture
def lead(session):
    return actor_of(session, make_staff(session, Role.LEAD, name="周琳"))


def moved(session, store, actor, name="陈姐", **overrides):
    values = {"moved_from": MovedFrom(MoveKind.STORE, store_id=store.id)}
    return make_contact(
        session, name, store=store, actor=actor, now=NOW - 30 * DAY, **values | overrides
    )


def taken(session, contact):
    return {one.step: one.at for one in steps_of(session, contact.id) if one.at is not None}


def join(session, contact, at):
    group = make_group(session)
    session.add(
        GroupMember(
            group_id=group.id,
            nickname=contact.name,
            contact_id=contact.id,
            joined_at=at,
            created_at=NOW,
        )
    )
    session.flush()


def test_who_was_only_moved_has_no_step_and_who_was_not_has_none_at_all(session, store, wang):
    chen = moved(session, store, wang)
    assert [one.step for one in steps_of(session, chen.id)] == list(MoveStep)
    assert taken(session, chen) == {}
    assert steps_of(session, make_noise(session).id) == []


def test_book_tells_the_steps_by_itself(session, store, wang):
    chen, other = moved(session, store, wang), moved(session, store, wang, "李姐")
    make_touch(session, chen, actor=wang, ago=20 * DAY)
    join(session, chen, NOW - 10 * DAY)
    make_orders(session, chen, 40, 5, 3)
    make_orders(session, chen, 6, status=OrderStatus.CANCELLED)
    make_orders(session, other, 40)
    assert taken(session, chen) == {
        MoveStep.INVITED: NOW - 20 * DAY,
        MoveStep.ADDED: NOW - 20 * DAY,
        MoveStep.JOINED_GROUP: NOW - 10 * DAY,
        MoveStep.FIRST_ORDER: NOW - 5 * DAY,
    }
    assert taken(session, other) == {}


def test_known_on_wechat_is_added_and_was_invited(session, store, wang):
    chen = moved(session, store, wang, identities=((IdentityKind.WECHAT_ID, "chenjie"),))
    added_at = session.scalar(select(ContactIdentity.added_at))
    assert taken(session, chen) == {MoveStep.INVITED: added_at, MoveStep.ADDED: added_at}


def test_a_second_tap_finds_the_first(session, store, wang, now):
    chen = moved(session, store, wang)
    first = tap_step(session, chen, MoveStep.INVITED, actor=wang, now=now)
    again = tap_step(session, chen, MoveStep.INVITED, actor=wang, now=now + DAY)
    assert first is again
    assert taken(session, chen) == {MoveStep.INVITED: now}
    written = select(func.count()).where(AuditEntry.action == "contact.step_tapped")
    assert session.scalar(written) == 1


def test_a_tap_is_taken_back_by_who_tapped_or_a_lead_within_a_day(session, store, wang, lead, now):
    chen = moved(session, store, wang)
    other = actor_of(session, make_staff(session, Role.MANAGER, store))
    tap = tap_step(session, chen, MoveStep.ADDED, actor=wang, now=now)
    with pytest.raises(NotYourTap):
        take_step_back(session, tap, actor=other, now=now)
    with pytest.raises(TapTooOld):
        take_step_back(session, tap, actor=wang, now=now + DAY + timedelta(seconds=1))
    take_step_back(session, tap, actor=lead, now=now + DAY)
    session.flush()
    assert taps_of(session, chen.id) == []
    assert taken(session, chen) == {}


def test_taps_follow_a_merge_and_come_back(session, store, lead, now):
    kept, other = moved(session, store, lead), moved(session, store, lead, "陈姐二")
    tap_step(session, other, MoveStep.INVITED, actor=lead, now=now)
    made = merge(session, Merge(kept.id, other.id), actor=lead, now=now)
    assert taken(session, kept) == {MoveStep.INVITED: now}
    undo(session, made.id, actor=lead, now=now)
    assert taken(session, kept) == {}
    assert session.scalars(select(StepTaken.contact_id)).all() == [other.id]


def test_funnel_counts_what_the_pages_of_the_people_say(session, store, wang, lead, now):
    far = make_store(session, name="中山路店")
    people = [moved(session, store, wang, f"顾客{n}") for n in range(5)]
    people.append(moved(session, far, lead, "别店"))
    people.append(moved(session, store, wang, "群里", moved_from=MovedFrom(MoveKind.LIVESTREAM)))
    make_noise(session)  # was never moved
    gone = moved(session, store, wang, "合并")
    merge(session, Merge(people[0].id, gone.id), actor=lead, now=now)
    make_touch(session, people[0], actor=wang, ago=DAY)
    tap_step(session, people[1], MoveStep.INVITED, actor=wang, now=now)
    join(session, people[5], NOW - DAY)
    make_orders(session, people[2], 2)
    session.flush()
    for by in FunnelBy:
        lines = funnel(session, true(), by, since=None)
        total = gathered(lines)
        assert total.moved == len(people)
        said = [taken(session, one) for one in people]
        assert total.taken == tuple(sum(step in one for one in said) for step in MoveStep)
    by_store = {
        one.name or one.kind: (one.moved, one.taken)
        for one in funnel(session, true(), FunnelBy.STORE, since=None)
    }
    assert by_store == {
        "人民路店": (5, (2, 1, 0, 1)),
        "中山路店": (1, (0, 0, 1, 0)),
        MoveKind.LIVESTREAM: (1, (0, 0, 0, 0)),
    }
    managers = funnel(session, true(), FunnelBy.MANAGER, since=None)
    assert {one.name: one.moved for one in managers} == {"王梅": 6, "周琳": 1}


def test_funnel_of_lists_names_groups_and_files_and_no_person(session, store, wang):
    group = make_group(session, name="人民路 2 群")
    origins = (
        MovedFrom(MoveKind.GROUP, group_id=group.id),
        MovedFrom(MoveKind.SHOP, detail="有赞导出"),
        MovedFrom(MoveKind.SHOP, detail="有赞导出"),
        MovedFrom(MoveKind.REFERRAL, detail="李姐介绍"),
    )
    for number, origin in enumerate(origins):
        moved(session, store, wang, f"顾客{number}", moved_from=origin)
    lines = longest(funnel(session, true(), FunnelBy.LIST, since=None))
    assert [(one.kind, one.name, one.moved) for one in lines] == [
        (MoveKind.SHOP, "有赞导出", 2),
        (MoveKind.REFERRAL, None, 1),
        (MoveKind.GROUP, "人民路 2 群", 1),
    ]


def test_facts_before_the_move_or_taken_back_tell_nothing(session, store, wang):
    chen = moved(session, store, wang)
    make_touch(session, chen, actor=wang, ago=31 * DAY)
    make_touch(session, chen, actor=wang, ago=DAY).undone_at = NOW
    make_orders(session, chen, 31)
    make_orders(session, chen, 1, status=OrderStatus.CANCELLED)
    join(session, make_noise(session), NOW)
    session.flush()
    assert taken(session, chen) == {}
    (line,) = funnel(session, true(), FunnelBy.STORE, since=None)
    assert (line.moved, line.taken) == (1, (0, 0, 0, 0))


def lived(session, chen, n, lead):
    """Let a person take steps by the rule of her number; returns which."""
    steps = set()
    if n % 2 == 0:
        make_touch(session, chen, actor=lead, ago=(n % 40 + 1) * DAY)
        steps |= {MoveStep.INVITED, MoveStep.ADDED} if n % 40 < 30 else set()
    if n % 7 == 0:
        tap_step(session, chen, MoveStep.INVITED, actor=lead, now=NOW)
        steps.add(MoveStep.INVITED)
    if n % 6 == 1:
        join(session, chen, NOW - DAY)
        steps.add(MoveStep.JOINED_GROUP)
    if n % 9 == 4:
        record_move(session, chen, MovedFrom(MoveKind.SHOP), actor=lead, now=NOW)
        make_orders(session, chen, 1, 2)
        steps.add(MoveStep.FIRST_ORDER)
    return steps


def test_figures_are_those_of_counting_person_by_person(session, store, wang, lead):
    """Sixty lives by rule; what the funnel says is counted again here, from how they were made."""
    far, group = make_store(session, name="中山路店"), make_group(session, name="人民路 2 群")
    counts = {by: {} for by in FunnelBy}
    for n in range(60):
        here, who, from_group = (store, far)[n % 3 == 0], (wang, lead)[n % 4 == 0], n % 5 == 0
        origin = MovedFrom(MoveKind.GROUP, group_id=group.id)
        chen = moved(session, here, who, f"顾客{n}", **{"moved_from": origin} if from_group else {})
        steps = lived(session, chen, n, lead)
        lines = {
            FunnelBy.STORE: MoveKind.GROUP if from_group else here.name,
            FunnelBy.MANAGER: who.name,
            FunnelBy.LIST: group.name if from_group else MoveKind.STORE,
        }
        for by, line in lines.items():
            figures = counts[by].setdefault(line, [0] * 5)
            counts[by][line] = list(map(add, figures, [1, *(step in steps for step in MoveStep)]))
    lived(session, make_noise(session), 14, lead)  # was never moved
    session.flush()
    for by in FunnelBy:
        lines = funnel(session, true(), by, since=None)
        assert {one.name or one.kind: [one.moved, *one.taken] for one in lines} == counts[by], by


def test_funnel_begins_where_the_period_begins(session, store, wang):
    moved(session, store, wang)
    late = MovedFrom(MoveKind.STORE, store_id=store.id, at=NOW - 2 * DAY)
    moved(session, store, wang, "新来", moved_from=late)
    assert gathered(funnel(session, true(), FunnelBy.STORE, since=NOW - 7 * DAY)).moved == 1


def test_last_ground_withdrawn_holds_lists_back_and_undo_lets_go(session, store, wang, now):
    chen = moved(session, store, wang, consent=Given(ConsentBasis.CONSENT))
    consents.give_consent(session, chen, Given(ConsentBasis.CONTRACT), actor=wang, now=now)
    contract, consent = session.scalars(select(Consent).order_by(Consent.id.desc()))
    consents.withdraw_consent(session, chen, consent, actor=wang, now=now)
    assert chen.do_not_contact_at is None
    consents.withdraw_consent(session, chen, contract, actor=wang, now=now + DAY)
    consents.withdraw_consent(session, chen, contract, actor=wang, now=now + 2 * DAY)
    assert (contract.withdrawn_at, chen.do_not_contact_at) == (now + DAY, now + DAY)
    consents.restore_consent(session, chen, contract, actor=wang, now=now + 2 * DAY)
    assert (contract.withdrawn_at, chen.do_not_contact_at) == (None, None)
    with pytest.raises(WithdrawnLongAgo):
        consents.restore_consent(session, chen, consent, actor=wang, now=now + 2 * DAY)


def test_undo_leaves_who_asked_to_be_left_alone_before(session, store, wang, now):
    chen = moved(session, store, wang, consent=Given(ConsentBasis.CONSENT))
    chen.do_not_contact_at = now - DAY
    (consent,) = session.scalars(select(Consent))
    consents.withdraw_consent(session, chen, consent, actor=wang, now=now)
    consents.restore_consent(session, chen, consent, actor=wang, now=now)
    assert chen.do_not_contact_at == now - DAY


def test_new_ground_after_a_withdrawal_lets_go_and_a_second_tap_writes_nothing(
    session, store, wang, now
):
    chen = moved(session, store, wang, consent=Given(ConsentBasis.CONSENT))
    (consent,) = session.scalars(select(Consent))
    consents.withdraw_consent(session, chen, consent, actor=wang, now=now)
    for seconds in (0, 2):
        at = now + timedelta(seconds=seconds)
        consents.give_consent(session, chen, Given(ConsentBasis.CONSENT), actor=wang, now=at)
    assert chen.do_not_contact_at is None
    assert [row.withdrawn_at for row in grounds_of(session, chen.id)] == [None, now]
    assert {row.staff_name for row in grounds_of(session, chen.id)} == {"王梅"}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_pages_of_a_timeline_show_every_entry_once(session, store, wang, lead, now, size):
    chen = moved(session, store, wang, consent=Given(ConsentBasis.CONSENT), tags=("怕热", "老客"))
    twin = moved(session, store, wang, "二")
    merge(session, Merge(chen.id, twin.id), actor=lead, now=now)
    for minutes in range(1, 6):  # five at one instant, in which an order fell too
        make_touch(session, chen, actor=wang, minutes=minutes, ago=DAY)
    make_orders(session, chen, 1, 1, 1, 2)
    tap_step(session, chen, MoveStep.INVITED, actor=wang, now=NOW - DAY)
    (consent,) = session.scalars(select(Consent))
    consents.withdraw_consent(session, chen, consent, actor=wang, now=now)
    session.flush()
    few, shown, after = ledger(session, chen.id), [], None
    while page := timeline(session, few, wang, after=after, most=size):
        shown += [one.position for one in page]
        after = shown[-1]
    assert shown == sorted(set(shown), reverse=True)
    kinds = [kind for _at, kind, _id in shown]
    counts = {Kind.TOUCH: 5, Kind.ORDER: 4, Kind.TAG: 2, Kind.MOVE: 2, Kind.MERGE: 1}
    assert {kind: kinds.count(kind) for kind in counts} == counts
    assert {Kind.STEP, Kind.CONSENT, Kind.CONSENT_END} <= set(kinds)
