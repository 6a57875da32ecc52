"""Touches and follow-ups to test with, made by the services."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention import service
from crm.attention.models import FollowUp, Touch
from crm.attention.rules import FollowUpReason, LogTouch, NewFollowUp, TouchKind
from crm.contacts.models import Contact
from tests.conftest import NOW

_numbers = count(1)


def make_touch(
    session: Session,
    contact: Contact,
    *,
    actor: Actor,
    minutes: int = 3,
    ago: timedelta = timedelta(0),
    now: datetime = NOW,
    **overrides: Any,
) -> Touch:
    """A touch of so many minutes, so long ago."""
    command = LogTouch(
        contact_id=contact.id,
        kind=overrides.pop("kind", TouchKind.CHAT),
        minutes=minutes,
        happened_at=now - ago,
        client_key=overrides.pop("client_key", f"key-{next(_numbers)}"),
        **overrides,
    )
    touch = service.log_touch(session, command, actor=actor, now=now - ago).touch
    session.flush()
    return touch


def make_follow_up(
    session: Session,
    contact: Contact,
    staff_id: int,
    *,
    due_on: date | None = None,
    reason: FollowUpReason = FollowUpReason.NEXT_STEP,
    **overrides: Any,
) -> FollowUp:
    """Somebody to contact today."""
    key = overrides.pop("dedupe_key", f"test:{next(_numbers)}")
    overrides.setdefault("words", {"text": "问合不合身"})
    planned = NewFollowUp(
        contact_id=contact.id,
        staff_id=staff_id,
        due_on=due_on or NOW.date(),
        reason=reason,
        dedupe_key=key,
        **overrides,
    )
    service.add_follow_ups(session, [planned], now=NOW)
    return session.scalars(select(FollowUp).where(FollowUp.dedupe_key == key)).one()
