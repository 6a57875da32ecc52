"""Enter a year of statutory days, and take that back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.stores.models import CalendarDay, CalendarEdit
from crm.stores.queries import days as queries
from crm.stores.queries import hold_settings
from crm.stores.rules import NamedDay
from crm.stores.rules.statutory import EditSpent, check_year


def enter_year(
    session: Session,
    year: int,
    days: Sequence[NamedDay],
    *,
    source: str,
    actor: Actor,
    now: datetime,
) -> CalendarEdit | None:
    """Replace the days of a year; None where nothing changes. Raises BadYear."""
    days = check_year(tuple(days), year)
    hold_settings(session)
    if days == queries.named_days(session, year):
        return None
    edit = CalendarEdit(
        year=year, before=_plain(session, year), created_at=now, created_by=actor.id
    )
    session.add(edit)
    rows = [
        {"on_date": day.on, "is_workday": day.is_workday, "label": day.label, "source": source}
        for day in days
    ]
    _replace(session, year, rows)
    _record(session, "calendar.entered", year, rows, actor=actor, now=now)
    return edit


def undo_year(session: Session, edit_id: int, *, actor: Actor, now: datetime) -> int:
    """Put back what stood before a change; says which year.

    Raises EditSpent where it was taken back already or changed again since, and NoResultFound.
    """
    hold_settings(session)
    edit = queries.edit_for_update(session, edit_id)
    if edit.undone_at is not None or queries.newer_edit(session, edit) is not None:
        raise EditSpent
    edit.undone_at = now
    rows = [{**row, "on_date": date.fromisoformat(row["on_date"])} for row in edit.before]
    _replace(session, edit.year, rows)
    _record(session, "calendar.taken_back", edit.year, rows, actor=actor, now=now)
    return edit.year


def _plain(session: Session, year: int) -> list[dict[str, Any]]:
    return [
        {
            "on_date": row.on_date.isoformat(),
            "is_workday": row.is_workday,
            "label": row.label,
            "source": row.source,
        }
        for row in queries.days_of_year(session, year)
    ]


def _replace(session: Session, year: int, rows: list[dict[str, Any]]) -> None:
    in_year = CalendarDay.on_date.between(date(year, 1, 1), date(year, 12, 31))
    session.execute(delete(CalendarDay).where(in_year))
    if rows:
        session.execute(insert(CalendarDay), rows)


def _record(
    session: Session,
    action: str,
    year: int,
    rows: list[dict[str, Any]],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    off = sum(not row["is_workday"] for row in rows)
    after = {"year": year, "off": off, "made_up": len(rows) - off}
    record(session, action, subject="shop:1", actor=actor, now=now, after=after)
