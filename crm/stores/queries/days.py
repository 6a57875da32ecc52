"""Every select about statutory days: a year, what is known, how far."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.stores.models import CalendarDay, CalendarEdit
from crm.stores.rules import NamedDay, Statutory
from crm.stores.rules.statutory import coverage


def statutory(session: Session) -> Statutory:
    """Return the statutory days, and until when they are known."""
    days = {
        row.on_date: row.is_workday
        for row in session.execute(
            select(CalendarDay.on_date, CalendarDay.is_workday).order_by(CalendarDay.on_date)
        )
    }
    return Statutory(days, coverage(days))


def named_years(session: Session) -> dict[int, list[NamedDay]]:
    """Return the named days of every year that somebody entered, in order."""
    found: dict[int, list[NamedDay]] = {}
    for row in session.scalars(select(CalendarDay).order_by(CalendarDay.on_date)):
        found.setdefault(row.on_date.year, []).append(_as_named(row))
    return found


def days_of_year(session: Session, year: int) -> list[CalendarDay]:
    """Return the named days of a year in order; none while the year is unknown."""
    return list(
        session.scalars(
            select(CalendarDay)
            .where(CalendarDay.on_date.between(date(year, 1, 1), date(year, 12, 31)))
            .order_by(CalendarDay.on_date)
        )
    )


def named_days(session: Session, year: int) -> tuple[NamedDay, ...]:
    """Return the same as the rules read it."""
    return tuple(_as_named(row) for row in days_of_year(session, year))


def _as_named(row: CalendarDay) -> NamedDay:
    return NamedDay(row.on_date, row.is_workday, row.label)


def edit_for_update(session: Session, edit_id: int) -> CalendarEdit:
    """Return and lock one change of a year. Raises NoResultFound."""
    return session.scalars(
        select(CalendarEdit).where(CalendarEdit.id == edit_id).with_for_update()
    ).one()


def newer_edit(session: Session, edit: CalendarEdit) -> int | None:
    """Return a later change of the same year."""
    return session.scalar(
        select(CalendarEdit.id)
        .where(CalendarEdit.year == edit.year, CalendarEdit.id > edit.id)
        .limit(1)
    )
