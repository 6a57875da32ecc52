"""How long customers waited for the first answer, in staffed time, and one line a complaint."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.complaints.queries.figures import Figure, figures
from crm.reports.queries.orders import in_stores
from crm.reports.rules import AnswerTimes, answer_times

REACH = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """Before an event, up to and with it, and since; without an event all stand in `since`."""

    before: AnswerTimes | None
    since: AnswerTimes | None
    unanswered: int


def first_answers(
    session: Session,
    actor: Actor,
    store_id: int | None,
    *,
    event_at: datetime | None,
    now: datetime,
) -> FirstAnswers:
    """Return the times of the last two years, split at the event."""
    lines = complaint_lines(session, actor, store_id, now=now)
    answered = [(line.occurred_at, line.waited_seconds) for line in lines]
    before = [
        seconds
        for at, seconds in answered
        if seconds is not None and event_at is not None and at <= event_at
    ]
    since = [
        seconds
        for at, seconds in answered
        if seconds is not None and (event_at is None or at > event_at)
    ]
    return FirstAnswers(
        before=answer_times(before),
        since=answer_times(since),
        unanswered=sum(seconds is None for _at, seconds in answered),
    )


def complaint_lines(
    session: Session, actor: Actor, store_id: int | None, *, now: datetime
) -> list[Figure]:
    """Return the complaints of the last two years, oldest first, the removed ones too."""
    return figures(
        session, lambda column: in_stores(column, actor, store_id), since=now - REACH, now=now
    )
