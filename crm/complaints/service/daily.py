"""The morning's summary for lead and owner: once a day, when the shop's waking hours begin."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from crm.accounts.queries import active_staff
from crm.accounts.rules import ALL_STORES
from crm.alerts import service as alerts
from crm.alerts.queries import last_of
from crm.alerts.rules import AlertKind, NewAlert
from crm.complaints.queries.case import current_policy
from crm.complaints.queries.daily import Day, day_figures
from crm.i18n import fmt
from crm.integrations.queries import usable_channels

LATEST = timedelta(hours=3)
"""A summary that could not be told so long after the morning began is not told any more."""


def summarise_day(session: Session, *, now: datetime) -> bool:
    """Tell how the day begins; says whether it did. A day without complaints is not told of."""
    today = fmt.local(now).date()
    day = _day(session, now)
    if not day.morning <= now < day.morning + LATEST:
        return False
    if last_of(session, AlertKind.DAILY, today.toordinal()):
        return False
    figures = asdict(day_figures(session, day, now=now))
    if not any(figures.values()):
        return False
    told = tuple(active_staff(session, ALL_STORES))
    channels = tuple(one.id for one in usable_channels(session, None) if not one.levels)
    base = f"daily:{today}"
    new = NewAlert(AlertKind.DAILY, today.toordinal(), told, base, channels=channels, data=figures)
    alerts.raise_alert(session, new, now=now)
    return True


def _day(session: Session, now: datetime) -> Day:
    starts = datetime.combine(fmt.local(now).date(), time(), fmt.zone())
    waking = current_policy(session)[1].waking[0]
    return Day(
        starts=starts,
        ends=starts + timedelta(days=1),
        yesterday=starts - timedelta(days=1),
        morning=starts + timedelta(minutes=waking),
    )
