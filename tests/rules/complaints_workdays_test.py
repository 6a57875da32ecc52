"""The shipped workdays against the State Council's lists, day by day."""

from datetime import date, timedelta

from crm.complaints.service.workdays import published
from crm.stores.rules.calendar import Statutory
from tests.rules.stores_calendar_test import KNOWN


def test_all_days_of_2025_and_2026_are_as_published():
    stored = published()
    shipped = Statutory(
        {date.fromisoformat(day): is_work for day, is_work in stored["days"].items()},
        date.fromisoformat(stored["until"]),
    )
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(730)]
    assert days[-1] == date(2026, 12, 31)
    wrong = [day for day in days if shipped.is_workday(day) is not KNOWN.is_workday(day)]
    assert wrong == []
    assert shipped.covers(days[-1])
    assert not shipped.covers(days[-1] + timedelta(days=1))
