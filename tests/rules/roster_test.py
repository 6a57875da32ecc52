"""Duty over midnight, stand-ins in chains and circles, gaps in the plan; never nobody is told."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.accounts.rules import Role
from crm.complaints.rules.recipients import Crew
from crm.complaints.rules.words import Party
from crm.stores.rules.calendar import DEFAULT_ZONE
from crm.stores.rules.hours import merged
from crm.stores.rules.roster import (
    BadLeave,
    BadShift,
    DutyRole,
    Leave,
    Shift,
    away_on,
    check_leave,
    check_shift,
    duties,
    gaps,
    on_duty,
    stand_in,
)

SATURDAY = 5
NIGHT = Shift(1, DutyRole.DUTY, None, SATURDAY, None, 1320, 1800)  # 22:00 to 06:00
ONCE = Shift(2, DutyRole.DUTY, 7, None, date(2026, 6, 7), 0, 600)


def at(text: str) -> datetime:
    """A moment in the shop's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=DEFAULT_ZONE)


@pytest.mark.parametrize(
    ("when", "store_id", "people"),
    [
        ("2026-06-06 21:59:59", 7, []),
        ("2026-06-06 22:00", 7, [1]),
        ("2026-06-07 00:00", 7, [1, 2]),
        ("2026-06-07 00:00", 8, [1]),
        ("2026-06-07 05:59:59", 8, [1]),
        ("2026-06-07 06:00", 7, [2]),
        ("2026-06-07 10:00", 7, []),
        ("2026-06-14 05:00", 7, [1]),
        ("2026-06-14 22:30", 7, []),
    ],
)
def test_who_is_on_duty(when: str, store_id: int, people: list[int]) -> None:
    now = at(when)
    assert on_duty([NIGHT, ONCE], DutyRole.DUTY, store_id, now, DEFAULT_ZONE) == people
    assert on_duty([NIGHT, ONCE], DutyRole.LEAD, store_id, now, DEFAULT_ZONE) == []


@pytest.mark.parametrize("weekday", range(7))
def test_every_weekday_is_itself(weekday: int) -> None:
    monday = date(2026, 6, 8)
    shift = Shift(1, DutyRole.DUTY, None, weekday, None, 540, 600)
    week = duties([shift], at("2026-06-08 00:00"), at("2026-06-15 00:00"), DEFAULT_ZONE)
    assert [duty.start.date() for duty in week] == [monday + timedelta(days=weekday)]


def test_a_shift_that_started_last_night_is_still_listed() -> None:
    (duty,) = duties([NIGHT], at("2026-06-07 01:00"), at("2026-06-08 00:00"), DEFAULT_ZONE)
    assert (duty.start, duty.end) == (at("2026-06-06 22:00"), at("2026-06-07 06:00"))


@pytest.mark.parametrize(
    ("away", "person", "who"),
    [
        ({}, 1, 1),
        ({1: 2}, 1, 2),
        ({1: 2, 2: 3}, 1, 3),
        ({1: 2, 2: 1}, 1, None),
        ({1: 1}, 1, None),
        ({1: 9}, 1, None),
        ({n: n + 1 for n in range(1, 6)}, 1, 6),
        ({n: n + 1 for n in range(1, 7)}, 1, None),
    ],
)
def test_stand_ins_are_followed_as_far_as_they_may(
    away: dict[int, int], person: int, who: int | None
) -> None:
    assert stand_in(person, away, {1, 2, 3, 4, 5, 6, 7}.__contains__) == who


def test_leave_holds_on_both_its_ends_and_the_newest_entry_wins() -> None:
    old = Leave(1, 2, date(2026, 6, 1), date(2026, 6, 3))
    new = Leave(1, 3, date(2026, 6, 3), date(2026, 6, 5))
    days = [date(2026, 5, 31) + timedelta(days=n) for n in range(7)]
    found = [away_on([old, new], day).get(1) for day in days]
    assert found == [None, 2, 2, 3, 3, 3, None]


@pytest.mark.parametrize(
    "shift",
    [
        Shift(1, DutyRole.DUTY, None, None, None, 540, 600),
        Shift(1, DutyRole.DUTY, None, 0, date(2026, 6, 1), 540, 600),
        Shift(1, DutyRole.DUTY, None, 0, None, 600, 600),
        Shift(1, DutyRole.DUTY, None, 0, None, 1440, 1500),
        Shift(1, DutyRole.DUTY, None, 0, None, 540, 2881),
        Shift(1, DutyRole.DUTY, None, 0, None, -1, 60),
    ],
)
def test_shifts_that_cannot_be_are_refused(shift: Shift) -> None:
    with pytest.raises(BadShift):
        check_shift(shift)


@pytest.mark.parametrize(
    "leave",
    [
        Leave(1, 1, date(2026, 6, 1), date(2026, 6, 2)),
        Leave(1, 2, date(2026, 6, 2), date(2026, 6, 1)),
    ],
)
def test_leave_that_cannot_be_is_refused(leave: Leave) -> None:
    with pytest.raises(BadLeave):
        check_leave(leave)


MINUTES = st.lists(
    st.tuples(st.integers(0, 300), st.integers(1, 90)).map(
        lambda pair: (
            at("2026-06-06 08:00") + timedelta(minutes=pair[0]),
            at("2026-06-06 08:00") + timedelta(minutes=pair[0] + pair[1]),
        )
    ),
    max_size=6,
)


@given(wanted=MINUTES, covered=MINUTES)
def test_gaps_are_the_wanted_minutes_that_nothing_covers(wanted, covered) -> None:
    """Against a minute-by-minute count, with shifts that overlap, touch and lie outside."""

    def minutes(spans):
        return {
            start + timedelta(minutes=n)
            for start, end in spans
            for n in range(int((end - start).total_seconds() // 60))
        }

    found = list(gaps(merged(wanted), covered))
    assert minutes(found) == minutes(wanted) - minutes(covered)
    assert all(first[1] < second[0] for first, second in pairwise(found))


IDS = st.integers(1, 12)
CREWS = st.builds(
    Crew,
    people=st.dictionaries(IDS, st.sampled_from(Role), max_size=8).map(
        lambda people: {**people, 50: Role.OWNER}
    ),
    duty=st.dictionaries(st.sampled_from(DutyRole), st.lists(IDS, max_size=4)),
    away=st.dictionaries(IDS | st.just(50), IDS, max_size=10),
)


@given(
    crew=CREWS,
    parties=st.frozensets(st.sampled_from(Party)),
    assignee=st.none() | IDS,
)
def test_i8_somebody_is_told_and_nobody_disabled_or_out_of_scope(crew, parties, assignee) -> None:
    """Invariant I8, whatever roster, leave, circles of stand-ins and vanished people say."""
    told = crew.told(parties, assignee)
    assert told
    assert set(told) <= set(crew.people)
    assert len(set(told)) == len(told)
    owners = {one for one, role in crew.people.items() if role is Role.OWNER}
    assert {one for one in told if one in crew.away} <= owners


@pytest.mark.parametrize(
    ("duty", "away", "parties", "assignee", "told"),
    [
        ({}, {}, {Party.ASSIGNEE}, 1, (1,)),
        ({}, {1: 2}, {Party.ASSIGNEE}, 1, (2,)),
        ({}, {1: 99}, {Party.ASSIGNEE}, 1, (3,)),
        ({}, {}, {Party.ASSIGNEE}, None, (3,)),
        ({}, {}, {Party.ASSIGNEE}, 99, (3,)),
        ({DutyRole.DUTY: [2]}, {}, {Party.ASSIGNEE}, None, (2,)),
        ({DutyRole.DUTY: [2]}, {}, {Party.ASSIGNEE, Party.DUTY}, 1, (1, 2)),
        ({DutyRole.DUTY: [2]}, {2: 1}, {Party.DUTY}, None, (1,)),
        ({DutyRole.DUTY: [99]}, {}, {Party.DUTY}, None, (3,)),
        ({DutyRole.LEAD: [2]}, {}, {Party.LEAD}, None, (2,)),
        ({}, {3: 99}, {Party.LEAD}, None, (4,)),
        ({}, {3: 4, 4: 3}, {Party.OWNER}, None, (4,)),
        ({}, {4: 1}, {Party.OWNER}, None, (1,)),
        ({}, {}, set(), None, (4,)),
    ],
)
def test_an_empty_level_passes_to_the_next(duty, away, parties, assignee, told) -> None:
    people = {1: Role.MANAGER, 2: Role.ASSISTANT, 3: Role.LEAD, 4: Role.OWNER}
    assert Crew(people, duty, away).told(frozenset(parties), assignee) == told
