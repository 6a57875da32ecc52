"""Log time with a customer, take it back, plan what comes next, set the limits.

A limit never blocks: the touch is written first, the owner is told, a reason is asked for after.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.accounts.queries import active_staff
from crm.accounts.rules import Actor, Role
from crm.alerts.rules import AlertKind, NewAlert
from crm.alerts.service import raise_alert
from crm.attention import queries, rules
from crm.attention.models import AttentionPolicy, CapOverride, FollowUp, Touch
from crm.attention.queries.forgetting import follow_ups_of_contacts
from crm.attention.rules import (
    Allowance,
    FollowUpReason,
    LogTouch,
    MoreTime,
    NewFollowUp,
    NotYours,
    OverReason,
    Policy,
    TooLate,
)
from crm.audit.service import record
from crm.contacts.models import Contact
from crm.contacts.queries import contact_for_update, led_to
from crm.contacts.rules import NewContact
from crm.contacts.service import log_contact, mark_active
from crm.db import repoint, repoint_back, repoint_some, upsert_insert
from crm.i18n import fmt

HERS = (Touch.contact_id, FollowUp.contact_id, CapOverride.contact_id)


@dataclass(frozen=True, slots=True)
class LoggedTouch:
    """What was logged; `created` is False for a repeated key."""

    touch: Touch
    allowance: Allowance
    created: bool

    @property
    def ask_reason(self) -> bool:
        """Past the limit, and nobody has said why yet."""
        return self.touch.over_asked_at is not None and self.touch.over_reason is None


def log_touch(session: Session, command: LogTouch, *, actor: Actor, now: datetime) -> LoggedTouch:
    """Log a touch. The same key again returns the first one and changes nothing.

    Raises NoResultFound where the contact or the follow-up is not the actor's.
    """
    # The lock makes two touches of one contact count one after the other against her limit.
    contact = contact_for_update(session, command.contact_id, actor)
    command = rules.with_contact(command, contact.id)  # whom she was merged into meanwhile
    touch_id = _insert(session, command, actor=actor, now=now)
    if touch_id is None:
        return repeated(session, command.client_key, actor=actor, now=now)
    touch = session.get_one(Touch, touch_id)
    if command.follow_up_id is not None:
        _finish(session, command.follow_up_id, touch, now=now)
    if command.next_step or command.next_on:
        _plan_next(session, touch, command, now=now)
    mark_active(session, contact.id, at=min(command.happened_at, now))
    standing = _hold_against_limit(session, touch, contact, actor=actor, now=now)
    return LoggedTouch(touch, standing, created=True)


def _hold_against_limit(
    session: Session, touch: Touch, contact: Contact, *, actor: Actor, now: datetime
) -> Allowance:
    """Ask for a reason and tell the owners where a charged touch passes the limit."""
    standing = queries.allowance(session, contact.id, now=now)
    if rules.is_charged(touch.topic) and rules.passes_limit(standing):
        touch.over_asked_at = touch.over_asked_at or now
        _tell_owners(session, contact, actor=actor, now=now)
    elif touch.over_reason is None:
        touch.over_asked_at = None  # corrected downwards: there is nothing left to explain
    return standing


def _insert(session: Session, command: LogTouch, *, actor: Actor, now: datetime) -> int | None:
    """Insert the touch unless its key was used; two senders of one key cannot both succeed."""
    statement = upsert_insert(session, Touch).values(
        contact_id=command.contact_id,
        staff_id=actor.id,
        kind=command.kind,
        topic=rules.topic_of(command.topic, command.complaint_id),
        seconds=command.minutes * 60,
        note=command.note,
        complaint_id=command.complaint_id,
        client_key=command.client_key,
        happened_at=command.happened_at,
        received_at=now,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["staff_id", "client_key"])
    return session.scalar(statement.returning(Touch.id))  # type: ignore[no-any-return]


def repeated(session: Session, client_key: str, *, actor: Actor, now: datetime) -> LoggedTouch:
    """Return what a key has logged before. Raises NoResultFound."""
    touch = queries.touch_of_key(session, actor.id, client_key)
    return LoggedTouch(touch, queries.allowance(session, touch.contact_id, now=now), created=False)


def log_first_touch(
    session: Session, contact: NewContact, command: LogTouch, *, actor: Actor, now: datetime
) -> LoggedTouch:
    """Log a new contact together with the first touch; `command.contact_id` is not looked at.

    A repeated key makes no second contact. Raises DuplicateIdentity, PhoneWrong.
    """
    queries.wait_for_own_turn(session, actor.id)  # a double tap must find the first one's touch
    if queries.touch_by_key(session, actor.id, command.client_key) is not None:
        return repeated(session, command.client_key, actor=actor, now=now)
    made = log_contact(session, contact, actor=actor, now=now)
    session.flush()  # the touch names the contact
    return log_touch(session, rules.with_contact(command, made.id), actor=actor, now=now)


def _finish(session: Session, follow_up_id: int, touch: Touch, *, now: datetime) -> None:
    row = queries.follow_up_for_update(session, follow_up_id, touch.contact_id)
    if row.done_at is None and row.cancelled_at is None:
        row.done_at, row.touch_id = now, touch.id


def _plan_next(session: Session, touch: Touch, command: LogTouch, *, now: datetime) -> None:
    tomorrow = fmt.local(now).date() + timedelta(days=1)
    step = NewFollowUp(
        contact_id=touch.contact_id,
        staff_id=touch.staff_id,
        due_on=command.next_on or tomorrow,
        reason=FollowUpReason.NEXT_STEP,
        words={"text": command.next_step},
        dedupe_key=f"touch:{touch.id}",
        made_by_touch_id=touch.id,
    )
    add_follow_ups(session, [step], now=now)


def _tell_owners(session: Session, contact: Contact, *, actor: Actor, now: datetime) -> None:
    """One alert a contact and day: every further minute of that day is no news."""
    others = [one for one in active_staff(session, frozenset({Role.OWNER})) if one != actor.id]
    if not others:  # an alert to nobody would go to the owner who has just done it
        return
    raise_alert(
        session,
        NewAlert(
            kind=AlertKind.ATTENTION_OVER,
            subject_id=contact.id,
            recipients=tuple(others),
            dedupe_base=f"attention-{contact.id}:{fmt.local(now):%Y-%m-%d}",
            store_id=contact.store_id,
        ),
        now=now,
    )


def _refuse_late_or_foreign(touch: Touch, *, actor: Actor, now: datetime) -> None:
    if not rules.is_theirs(actor, touch.staff_id):
        raise NotYours
    if not rules.may_change(touch.received_at, now):
        raise TooLate(touch.contact_id)


def undo_touch(session: Session, touch: Touch, *, actor: Actor, now: datetime) -> None:
    """Take a touch back with what it ended and planned. Raises NotYours, TooLate."""
    if touch.undone_at is not None:
        return
    _refuse_late_or_foreign(touch, actor=actor, now=now)
    touch.undone_at = now
    for row in queries.follow_ups_of_touch(session, touch.id):
        if row.touch_id == touch.id:
            row.done_at = row.touch_id = None
        elif row.done_at is None:
            row.cancelled_at = now
    record(session, "touch.undone", subject=f"touch:{touch.id}", actor=actor, now=now)


def change_minutes(
    session: Session, touch: Touch, minutes: int, *, actor: Actor, now: datetime
) -> None:
    """Correct how long a touch took; a limit counts as if it had been logged so.

    Raises NotYours, TooLate.
    """
    _refuse_late_or_foreign(touch, actor=actor, now=now)
    before, touch.seconds = touch.seconds, minutes * 60
    if touch.undone_at is None:
        contact = contact_for_update(session, touch.contact_id, actor)
        _hold_against_limit(session, touch, contact, actor=actor, now=now)
    record(
        session,
        "touch.minutes",
        subject=f"touch:{touch.id}",
        actor=actor,
        now=now,
        before={"seconds": before},
        after={"seconds": touch.seconds},
    )


def give_reason(
    session: Session, touch: Touch, reason: OverReason, *, actor: Actor, now: datetime
) -> None:
    """Keep why more was spent than the limit gives. Raises NotYours."""
    if not rules.is_theirs(actor, touch.staff_id):
        raise NotYours
    touch.over_reason = reason
    touch.over_asked_at = touch.over_asked_at or now
    record(
        session,
        "touch.over_reason",
        subject=f"touch:{touch.id}",
        actor=actor,
        now=now,
        after={"reason": reason.value},
    )


def add_follow_ups(session: Session, planned: list[NewFollowUp], *, now: datetime) -> int:
    """Plan people to contact; return how many are new. A known `dedupe_key` adds nothing."""
    if not planned:
        return 0
    leads = led_to(session, (item.contact_id for item in planned))
    rows = [
        {
            "contact_id": leads[item.contact_id],
            "staff_id": item.staff_id,
            "due_on": item.due_on,
            "reason": item.reason,
            "words": item.words,
            "kind": item.kind,
            "planned_minutes": item.minutes,
            "dedupe_key": item.dedupe_key,
            "made_by_touch_id": item.made_by_touch_id,
            "created_at": now,
        }
        for item in planned
    ]
    statement = upsert_insert(session, FollowUp).on_conflict_do_nothing(
        index_elements=["dedupe_key"]
    )
    added = 0
    for start in range(0, len(rows), 500):  # SQLite binds at most 32,766 values in one statement
        batch = statement.values(rows[start : start + 500]).returning(FollowUp.id)
        added += len(session.scalars(batch).all())
    return added


def set_policy(session: Session, limits: Policy, *, actor: Actor, now: datetime) -> None:
    """Change the shop's limits."""
    row = queries.policy_row(session)
    before = rules.policy_values(queries.policy(session))
    after = rules.policy_values(limits)
    if row is None:
        session.add(AttentionPolicy(id=1, changed_at=now, **after))
    else:
        for field, value in after.items():
            setattr(row, field, value)
        row.changed_at = now
    record(
        session,
        "attention.policy",
        subject="shop:1",
        actor=actor,
        now=now,
        before=before,
        after=after,
    )


def raise_cap(
    session: Session, contact: Contact, more: MoreTime, *, actor: Actor, now: datetime
) -> None:
    """Give one contact more time until a moment, with the reason; a second tap gives no more."""
    contact = contact_for_update(session, contact.id, actor)  # two taps look in turn
    if queries.granted_just_now(session, contact.id, more, staff_id=actor.id, now=now):
        return
    session.add(
        CapOverride(
            contact_id=contact.id,
            minutes=more.minutes,
            reason=more.reason,
            expires_at=more.expires_at,
            granted_by=actor.id,
            granted_at=now,
        )
    )
    record(
        session,
        "attention.cap_raised",
        subject=f"contact:{contact.id}",
        actor=actor,
        now=now,
        after={"minutes": more.minutes},
    )


def move_person(session: Session, old: int, new: int) -> dict[str, list[int]]:
    """Let time spent, planned and granted of `old` be that of `new`."""
    return repoint(session, HERS, old, new)


def return_person(session: Session, moved: dict[str, list[int]], old: int, new: int) -> None:
    """Undo `move_person`; what was logged for `new` since stays hers."""
    repoint_back(session, HERS, moved, old, new)


def reassign(session: Session, follow_up_ids: Sequence[int], *, old: int, new: int) -> set[int]:
    """Give what somebody is still to do to somebody else; return what that was."""
    still = (FollowUp.done_at.is_(None), FollowUp.cancelled_at.is_(None))
    return repoint_some(session, FollowUp.staff_id, follow_up_ids, old, new, *still)


def cancel_follow_ups(session: Session, keys: Sequence[str], *, now: datetime) -> list[int]:
    """Take the open ones of these tasks off everybody's list; return which."""
    statement = update(FollowUp).where(
        FollowUp.dedupe_key.in_(keys), FollowUp.done_at.is_(None), FollowUp.cancelled_at.is_(None)
    )
    return list(session.scalars(statement.values(cancelled_at=now).returning(FollowUp.id)))


def reopen_follow_ups(session: Session, ids: Sequence[int], *, cancelled_at: datetime) -> None:
    """Put back what was cancelled at that moment and not touched since."""
    session.execute(
        update(FollowUp)
        .where(FollowUp.id.in_(ids), FollowUp.cancelled_at == cancelled_at)
        .values(cancelled_at=None)
    )


def forget_person(session: Session, contact_ids: Collection[int], *, now: datetime) -> None:
    """Empty what was noted about time with her; nobody is to contact her. The time itself stays."""
    hers = {"synchronize_session": False}
    notes = update(Touch).where(Touch.contact_id.in_(contact_ids)).values(note="")
    session.execute(notes.execution_options(**hers))
    granted = update(CapOverride).where(CapOverride.contact_id.in_(contact_ids))
    session.execute(granted.values(reason="-").execution_options(**hers))
    for planned in follow_ups_of_contacts(session, contact_ids):
        if "text" in planned.words:
            planned.words = {**planned.words, "text": ""}
        if planned.done_at is None and planned.cancelled_at is None:
            planned.cancelled_at = now
