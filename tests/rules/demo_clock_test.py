"""At what time a demo opens."""

from datetime import datetime

import pytest

from crm.demo.cast.clock import SHIPPED, opening

WEDNESDAY_EVENING = "2025-06-18T20:22:18+08:00"


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        (SHIPPED, SHIPPED),
        ("2025-06-18T10:41:07+08:00", "2025-06-18T10:41:07+08:00"),
        ("2025-06-19T09:44:59+08:00", WEDNESDAY_EVENING),  # opened less than 45 minutes ago
        ("2025-06-19T09:45:00+08:00", "2025-06-19T09:45:00+08:00"),
        ("2025-06-19T12:30:00+08:00", WEDNESDAY_EVENING),  # lunch
        ("2025-06-19T13:44:59+08:00", WEDNESDAY_EVENING),
        ("2025-06-19T13:45:00+08:00", "2025-06-19T13:45:00+08:00"),
        ("2025-06-19T19:29:59+08:00", "2025-06-19T19:29:59+08:00"),
        ("2025-06-19T19:30:00+08:00", WEDNESDAY_EVENING),  # the livestream of Thursday
        ("2025-06-19T23:10:00+08:00", WEDNESDAY_EVENING),
        ("2025-06-21T03:00:00+08:00", "2025-06-20T20:22:18+08:00"),
        ("2025-06-18T22:30:00+08:00", WEDNESDAY_EVENING),  # closed, and today's evening fits
    ],
)
def test_demo_opens_where_the_story_can_run(asked: str, opens: str) -> None:
    assert opening(datetime.fromisoformat(asked)) == datetime.fromisoformat(opens)
