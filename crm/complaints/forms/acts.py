"""Something that happened to a complaint: one form for each kind of act.

Simple acts are buttons of the page's own form, which carries the words of the reply box.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.accounts.forms import stripped
from crm.complaints.forms.moments import CHOICE, RefusableForm, is_readable, typed_moment
from crm.complaints.rules.commands import NewEvent
from crm.complaints.rules.words import (
    REASON_MAX,
    REF_MAX,
    SAID_BY_STAFF,
    TEXT_MAX,
    EventType,
    Intent,
    SignalKind,
)
from crm.contacts.rules import many_lines
from crm.i18n import _, _l
from crm.web.pages import ROW_MAX

E = EventType
PAUSE_REASONS = ("photos", "warehouse")
CLOCK_NAME_MAX = 40
"""A kind of clock and the number of its cycle."""
PAUSE_FOR = timedelta(hours=24)
"""What the pause form offers; at its end the clock goes on by itself."""
QUOTED = frozenset({E.PUBLIC_REPLY, E.PRIVATE_REPLY, E.PUBLIC_CLOSURE})
"""Acts for which the words in the reply box are the proof."""
_SAID_AT = SAID_BY_STAFF | {E.PUBLIC_CLOSURE}
"""Acts that may have happened before somebody typed them in."""
_CAREFUL = frozenset(E) - SAID_BY_STAFF - {E.CUSTOMER_MESSAGE, E.ONLOOKER_SIGNAL, E.PROMISE_KEPT}
"""Acts that wait when somebody else acted meanwhile; an answer never waits."""


def _reason(id_: str) -> StringField:
    words = _l("complaints.error.too_long", limit=REASON_MAX)
    return StringField(
        _l("complaints.reason"),
        id=id_,
        filters=[stripped],
        validators=[Length(max=REASON_MAX, message=words)],
    )


def _when(label: Any, id_: str, *, needed: bool = False) -> StringField:
    first = [InputRequired(_l("complaints.error.when_shape"))] if needed else []
    return StringField(label, id=id_, validators=[*first, is_readable])


def _words(label: Any, id_: str) -> TextAreaField:
    limit = Length(max=TEXT_MAX, message=_l("complaints.error.too_long", limit=TEXT_MAX))
    return TextAreaField(label, id=id_, filters=[many_lines], validators=[limit])


class ActForm(RefusableForm):
    """What every act has: its type, and the last event that the person saw."""

    type = SelectField(choices=[SelectChoice(e.value, e.value) for e in E], **CHOICE)
    version = IntegerField(validators=[Optional(), NumberRange(0, ROW_MAX)])

    def __init__(self, sent: Any = None, *, now: datetime, **given: Any) -> None:
        super().__init__(sent, **given)
        self.now = now
        self.elsewhere = next(name for name in self._fields if name not in {"type", "version"})

    def commands(self, _since: datetime) -> list[NewEvent]:
        """Return what happened, for a complaint that was raised at `_since`."""
        return [self._event(E(self.type.data))]

    def content(self) -> dict[str, Any]:
        """Return the data of the event."""
        return {}

    def _event(self, kind: EventType, **parts: Any) -> NewEvent:
        is_careful = kind in _CAREFUL
        given = {"data": self.content(), "version": self.version.data, "careful": is_careful}
        return NewEvent(kind, **(given | parts))


class EventForm(ActForm):
    """An act that is one button of the page."""

    text = _words(_l("complaints.reply_text"), "text")
    at = _when(_l("complaints.said_when"), "at")
    to_id = IntegerField(validators=[Optional()])
    cycle = IntegerField(validators=[Optional()])
    message_id = IntegerField(validators=[Optional(), NumberRange(1, ROW_MAX)])

    def commands(self, since: datetime) -> list[NewEvent]:
        """Return the event with the words and the time that its type has."""
        kind = E(self.type.data)
        text = (self.text.data or "") if kind in QUOTED else ""
        at = _not_before(typed_moment(self, self.at), since) if kind in _SAID_AT else None
        if kind in SAID_BY_STAFF and self.message_id.data:
            return [self._event(kind, message_id=self.message_id.data)]
        return [self._event(kind, text=text, at=at)]

    def content(self) -> dict[str, Any]:
        """Return to whom it is handed, or which clock was met."""
        kind = E(self.type.data)
        if kind is E.HANDED_OVER:
            return {"to_id": self.to_id.data}
        if kind in {E.PROMISE_KEPT, E.EXTERNAL_MET}:
            return {"cycle": self.cycle.data}
        return {}


class MessageForm(ActForm):
    """What the customer said later, or that she took it back."""

    intent = RadioField(_l("complaints.intent"), default=Intent.PROBLEM.value, **CHOICE)
    text = _words(_l("complaints.what"), "message-text")
    at = _when(_l("complaints.when"), "message-at")

    def __init__(self, sent: Any = None, **given: Any) -> None:
        super().__init__(sent, **given)
        words = [intent.value for intent in Intent if intent is not Intent.INFO]
        self.intent.choices = [
            SelectChoice(word, _(f"complaints.intent_{word}")) for word in [*words, "recalled"]
        ]

    def commands(self, since: datetime) -> list[NewEvent]:
        """Return the message at the time when it was written."""
        at = _not_before(typed_moment(self, self.at), since)
        return [self._event(E.CUSTOMER_MESSAGE, text=self.text.data or "", at=at)]

    def content(self) -> dict[str, Any]:
        """Return what kind of message it is."""
        is_recalled = self.intent.data == "recalled"
        if is_recalled:
            return {"intent": Intent.INFO.value, "recalled": True}
        return {"intent": self.intent.data}


class SignalForm(ActForm):
    """What an onlooker did besides doubting aloud."""

    signal = SelectField(_l("complaints.signal"), default=SignalKind.DOUBT.value, **CHOICE)
    member = StringField(
        _l("complaints.member"),
        filters=[stripped],
        validators=[Length(max=REF_MAX, message=_l("complaints.error.too_long", limit=REF_MAX))],
    )

    def __init__(self, sent: Any = None, **given: Any) -> None:
        super().__init__(sent, **given)
        self.signal.choices = [
            SelectChoice(kind.value, _(f"complaints.signal_word_{kind.value}"))
            for kind in SignalKind
        ]

    def content(self) -> dict[str, Any]:
        """Return what was done and by whom."""
        return {"signal": self.signal.data or SignalKind.DOUBT.value, "member": self.member.data}


class PromiseForm(ActForm):
    """A refund, a pick-up, a parcel sent again: by when the customer was told it is done."""

    due_at = _when(_l("complaints.done_by"), "done-by", needed=True)
    task = StringField(_l("complaints.task_words"), id="task", filters=[stripped])

    def content(self) -> dict[str, Any]:
        """Return the date that was given and what is to be done."""
        due_at = typed_moment(self, self.due_at)
        return {"due_at": due_at, "task": self.task.data or ""}


class PauseForm(ActForm):
    """Hold the solution, for a reason and until a time; a reply given with it counts first."""

    reason = RadioField(
        _l("complaints.pause_why"), filters=[stripped], validate_choice=False, **CHOICE
    )
    until = _when(_l("complaints.pause_until"), "until")
    text = _words(_l("complaints.pause_reply"), "pause-text")
    reply = SelectField(
        choices=[SelectChoice(e.value, e.value) for e in (E.PUBLIC_REPLY, E.PRIVATE_REPLY)],
        default=E.PRIVATE_REPLY.value,
        **CHOICE,
    )
    """Where she was answered; the page knows."""

    def __init__(self, sent: Any = None, **given: Any) -> None:
        super().__init__(sent, **given)
        words = [_(f"complaints.pause_{reason}") for reason in PAUSE_REASONS]
        self.reason.choices = [SelectChoice(word, word) for word in words]

    def commands(self, since: datetime) -> list[NewEvent]:
        """Return the pause, and the reply where one was written."""
        pause = super().commands(since)
        if not self.text.data:
            return pause
        return [self._event(E(self.reply.data), text=self.text.data, data={}), *pause]

    def content(self) -> dict[str, Any]:
        """Return why and how long."""
        until = typed_moment(self, self.until) or self.now + PAUSE_FOR
        return {"reason": self.reason.data, "until": until}


class ExtendForm(ActForm):
    """More time for one clock."""

    clock = SelectField(_l("complaints.which_clock"), validate_choice=False, **CHOICE)
    due_at = _when(_l("complaints.new_due"), "extend-due", needed=True)
    reason = _reason("extend-reason")

    def offer(self, clocks: Sequence[tuple[str, str]]) -> None:
        """Offer the clocks that may have more time."""
        self.clock.choices = [SelectChoice(name, words) for name, words in clocks]

    def content(self) -> dict[str, Any]:
        """Return the clock, its new end and why."""
        kind, _colon, cycle = str(self.clock.data or "")[:CLOCK_NAME_MAX].partition(":")
        return {
            "kind": kind,
            "cycle": int(cycle) if cycle.isdecimal() else None,
            "due_at": typed_moment(self, self.due_at),
            "reason": self.reason.data,
        }


class SeverityForm(ActForm):
    """Another severity than the one that was reckoned."""

    severity = SelectField(_l("complaints.level"), coerce=int, id="new-severity", **CHOICE)
    reason = _reason("severity-reason")

    def __init__(self, sent: Any = None, **given: Any) -> None:
        super().__init__(sent, **given)
        self.severity.choices = [
            SelectChoice(number, _(f"complaints.severity_{number}")) for number in range(1, 5)
        ]

    def content(self) -> dict[str, Any]:
        """Return the severity and why."""
        return {"severity": self.severity.data, "reason": self.reason.data}


class MergeForm(ActForm):
    """The same person complained of the same twice."""

    into_id = IntegerField(
        _l("complaints.merge_into"),
        [
            InputRequired(_l("complaints.error.choose")),
            NumberRange(1, ROW_MAX, _l("complaints.error.choose")),
        ],
    )

    def content(self) -> dict[str, Any]:
        """Return the complaint that goes on."""
        return {"into_id": self.into_id.data}


class EndForm(ActForm):
    """Void it, or close it without a statement in the group; why."""

    reason = _reason("end-reason")

    def content(self) -> dict[str, Any]:
        """Return why."""
        return {"reason": self.reason.data}


_FORMS: dict[EventType, type[ActForm]] = {
    E.CUSTOMER_MESSAGE: MessageForm,
    E.ONLOOKER_SIGNAL: SignalForm,
    E.PROMISED: PromiseForm,
    E.PAUSED: PauseForm,
    E.EXTENDED: ExtendForm,
    E.SEVERITY_CHANGED: SeverityForm,
    E.MERGED: MergeForm,
    E.VOIDED: EndForm,
    E.CLOSURE_WAIVED: EndForm,
}


def act_form(data: Any, *, now: datetime) -> ActForm:
    """Return the form of the act that was sent."""
    sent = data.get("type", "")
    known = next((form for kind, form in _FORMS.items() if kind.value == sent), EventForm)
    return known(data, now=now)


def _not_before(at: datetime | None, since: datetime) -> datetime | None:
    """The typed minute in which the complaint was raised began before it."""
    if at is not None and at < since < at + timedelta(minutes=1):
        return since
    return at
