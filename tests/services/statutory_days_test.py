"""The statutory days that ship, day by day; a year entered, changed and taken back."""

from datetime import date, timedelta

import pytest

from crm.accounts.rules import Role
from crm.stores import queries, service
from crm.stores.rules import BadYear, NamedDay
from crm.stores.rules.statutory import EditSpent
from tests.factories.stores import actor_of, make_staff, make_store
from tests.rules.stores_calendar_test import KNOWN

NEW_YEAR = tuple(NamedDay(date(2027, 1, day), is_workday=False, label="元旦") for day in (1, 2, 3))


@pytest.fixture
def owner(session):
    make_store(session)
    return actor_of(session, make_staff(session, Role.OWNER))


def test_all_days_of_2025_and_2026_are_as_published(session):
    shipped = queries.statutory(session)
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(730)]
    assert days[-1] == date(2026, 12, 31)
    wrong = [day for day in days if shipped.is_workday(day) is not KNOWN.is_workday(day)]
    assert wrong == []
    assert shipped.covers(days[-1])
    assert not shipped.covers(days[-1] + timedelta(days=1))


def test_a_year_is_known_once_it_was_entered_and_unknown_after_undo(session, owner, now):
    edit = service.enter_year(session, 2027, NEW_YEAR, source="", actor=owner, now=now)
    session.flush()
    assert queries.statutory(session).coverage_until == date(2027, 12, 31)
    assert not queries.statutory(session).is_workday(date(2027, 1, 1))
    service.undo_year(session, edit.id, actor=owner, now=now)
    session.flush()
    assert queries.statutory(session).coverage_until == date(2026, 12, 31)
    assert queries.named_days(session, 2027) == ()


def test_a_changed_year_comes_back_as_it_was(session, owner, now):
    before = queries.named_days(session, 2026)
    edit = service.enter_year(session, 2026, before[:5], source="", actor=owner, now=now)
    session.flush()
    assert len(queries.named_days(session, 2026)) == 5
    service.undo_year(session, edit.id, actor=owner, now=now)
    session.flush()
    assert queries.named_days(session, 2026) == before


def test_a_change_is_taken_back_once_and_only_while_it_is_the_last(session, owner, now):
    first = service.enter_year(session, 2027, NEW_YEAR, source="", actor=owner, now=now)
    session.flush()
    second = service.enter_year(session, 2027, NEW_YEAR[:1], source="", actor=owner, now=now)
    session.flush()
    with pytest.raises(EditSpent):
        service.undo_year(session, first.id, actor=owner, now=now)
    service.undo_year(session, second.id, actor=owner, now=now)
    session.flush()
    assert queries.named_days(session, 2027) == NEW_YEAR
    with pytest.raises(EditSpent):
        service.undo_year(session, second.id, actor=owner, now=now)


def test_a_year_with_a_hole_before_it_is_not_covered(session, owner, now):
    days = tuple(NamedDay(day.on.replace(year=2028), is_workday=False) for day in NEW_YEAR)
    service.enter_year(session, 2028, days, source="", actor=owner, now=now)
    session.flush()
    assert queries.statutory(session).coverage_until == date(2026, 12, 31)


def test_the_same_once_more_is_no_change(session, owner, now):
    before = queries.named_days(session, 2026)
    assert service.enter_year(session, 2026, before, source="", actor=owner, now=now) is None


def test_an_empty_year_is_refused(session, owner, now):
    with pytest.raises(BadYear):
        service.enter_year(session, 2027, (), source="", actor=owner, now=now)
