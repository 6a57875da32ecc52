"""Rows that ship: the statutory days of 2025 and 2026, periods of platforms and authorities.

The days are those of chinesecalendar 1.11.0 (MIT), compared day by day with the State Council's
lists. On the way down nothing is taken away: what the owner edited since is the shop's own.
"""

from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SOURCE = "chinesecalendar 1.11.0，与国务院办公厅的通知逐日核对"
OFF = (
    ("2025-01-01", 1, "元旦"),
    ("2025-01-28", 8, "春节"),
    ("2025-04-04", 3, "清明节"),
    ("2025-05-01", 5, "劳动节"),
    ("2025-05-31", 3, "端午节"),
    ("2025-10-01", 8, "国庆节、中秋节"),
    ("2026-01-01", 3, "元旦"),
    ("2026-02-15", 9, "春节"),
    ("2026-04-04", 3, "清明节"),
    ("2026-05-01", 5, "劳动节"),
    ("2026-06-19", 3, "端午节"),
    ("2026-09-25", 3, "中秋节"),
    ("2026-10-01", 7, "国庆节"),
)
MADE_UP = (
    ("2025-01-26", "春节"),
    ("2025-02-08", "春节"),
    ("2025-04-27", "劳动节"),
    ("2025-09-28", "国庆节、中秋节"),
    ("2025-10-11", "国庆节、中秋节"),
    ("2026-01-04", "元旦"),
    ("2026-02-14", "春节"),
    ("2026-02-28", "春节"),
    ("2026-05-09", "劳动节"),
    ("2026-09-20", "国庆节"),
    ("2026-10-10", "国庆节"),
)
CHECKED = date(2026, 11, 1)
PRESETS = (  # slug, channel, basis, amount, confidence, on
    ("wechat_refund", "platform_aftersale", "elapsed", 48, "doc", True),
    ("wechat_return", "platform_aftersale", "elapsed", 48, "doc", True),
    ("wechat_receipt", "platform_aftersale", "elapsed", 240, "doc", True),
    ("wechat_buyer_asks", "platform_aftersale", "information", 168, "doc", True),
    ("wechat_buyer_ships", "platform_aftersale", "information", 168, "doc", True),
    ("wechat_refused", "platform_dispute", "information", 168, "doc", True),
    ("wechat_five_requests", "platform_aftersale", "information", None, "doc", True),
    ("wechat_dispute_states", "platform_dispute", "information", None, "doc", True),
    ("wechat_callbacks", "platform_aftersale", "information", None, "doc", True),
    ("wechat_auto_36", "platform_aftersale", "elapsed", 36, "secondary", False),
    ("wechat_new_year", "platform_aftersale", "information", None, "secondary", True),
    ("seven_days_return", "platform_aftersale", "natural_days", 7, "secondary", True),
    ("refund_after_receipt", "platform_aftersale", "natural_days", 7, "secondary", True),
    ("return_exceptions", "platform_aftersale", "information", None, "secondary", True),
    ("regulator_own", "regulator", "workdays", 2, "default", True),
    ("regulator_accepts", "regulator", "workdays", 7, "secondary", True),
    ("regulator_mediates", "regulator", "workdays", 45, "secondary", True),
    ("regulator_reports", "regulator", "workdays", 15, "secondary", True),
    ("privacy_request", "privacy_request", "elapsed", 720, "secondary", True),
)
DAYS = sa.table(
    "calendar_day",
    sa.column("on_date", sa.Date()),
    sa.column("is_workday", sa.Boolean()),
    sa.column("label", sa.String()),
    sa.column("source", sa.String()),
)
PERIODS = sa.table(
    "deadline_preset",
    sa.column("slug", sa.String()),
    sa.column("channel", sa.String()),
    sa.column("basis", sa.String()),
    sa.column("amount", sa.Integer()),
    sa.column("confidence", sa.String()),
    sa.column("name", sa.String()),
    sa.column("source", sa.String()),
    sa.column("checked_on", sa.Date()),
    sa.column("is_on", sa.Boolean()),
)


def upgrade() -> None:
    """Add what is not there yet; a year that has rows is the shop's own."""
    connection = op.get_bind()
    years = {on.year for on in connection.scalars(sa.select(DAYS.c.on_date))}
    days = [row for row in _days() if row["on_date"].year not in years]  # type: ignore[attr-defined]
    if days:
        connection.execute(DAYS.insert(), days)
    slugs = set(connection.scalars(sa.select(PERIODS.c.slug)))
    periods = [row for row in _periods() if row["slug"] not in slugs]
    if periods:
        connection.execute(PERIODS.insert(), periods)


def downgrade() -> None:
    """The rows stay; their tables go with the revision that made them."""


def _days() -> list[dict[str, object]]:
    found: dict[date, tuple[bool, str]] = {}
    for first, count, label in OFF:
        start = date.fromisoformat(first)
        found |= {start + timedelta(days=number): (False, label) for number in range(count)}
    found |= {date.fromisoformat(day): (True, label) for day, label in MADE_UP}
    return [
        {"on_date": day, "is_workday": is_workday, "label": label, "source": SOURCE}
        for day, (is_workday, label) in sorted(found.items())
    ]


def _periods() -> list[dict[str, object]]:
    return [
        {
            "slug": slug,
            "channel": channel,
            "basis": basis,
            "amount": amount,
            "confidence": confidence,
            "name": "",
            "source": "",
            "checked_on": CHECKED,
            "is_on": is_on,
        }
        for slug, channel, basis, amount, confidence, is_on in PRESETS
    ]
