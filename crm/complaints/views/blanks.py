"""What the page of a complaint offers: empty forms with fitting defaults, texts with their gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from crm.accounts.forms import PageForm
from crm.complaints.forms import (
    PAUSE_FOR,
    CauseForm,
    EndForm,
    EventForm,
    ExtendForm,
    MergeForm,
    MessageForm,
    PauseForm,
    PlatformForm,
    PromiseForm,
    SeverityForm,
    SignalForm,
)
from crm.complaints.queries.page import CasePage
from crm.complaints.rules.templates import Moment, ReplyText, fill, fitting_first
from crm.complaints.rules.words import EXTENSIONS_MAX, ClockKind, State
from crm.i18n import _, fmt

DONE_BY_HOUR = 18
"""Until when tomorrow a task is to be done, unless the customer was told another time."""


def blank_forms(
    page: CasePage, now: datetime, *, first_text: str, sent: PageForm | None
) -> dict[str, Any]:
    """Return a form for each act, that which was refused in the place of its blank."""
    extend = ExtendForm(now=now)
    extend.offer(_extendable(page))
    cause = page.complaint.cause
    forms = {
        "act": EventForm(now=now, data={"text": first_text}),
        "pause": PauseForm(now=now, data={"until": typed(now + PAUSE_FOR)}),
        "promise": PromiseForm(now=now, data={"due_at": typed(_tomorrow(now))}),
        "message": MessageForm(now=now),
        "signal": SignalForm(now=now),
        "extend": extend,
        "severity": SeverityForm(now=now, data={"severity": page.case.severity}),
        "merge": MergeForm(now=now),
        "end": EndForm(now=now),
        "cause": CauseForm(data={"cause": cause.value if cause else ""}),
        "platform": PlatformForm(now=now),
    }
    if isinstance(sent, ExtendForm):
        sent.offer(_extendable(page))
    same = (name for name, form in forms.items() if type(form) is type(sent))
    return forms | {name: sent for name in same if sent is not None}


def texts_for(
    page: CasePage, texts: Sequence[ReplyText], me: str, now: datetime
) -> list[tuple[str, str]]:
    """Return names and filled words of the texts, fitting ones first."""
    case = page.case
    moment = Moment(
        case.category,
        case.visibility,
        is_resolved=case.state is State.RESOLVED,
        is_off_shift=page.opens_at is not None and case.owes_answer,
        tasks=frozenset(clock.note for clock in page.tasks),
    )
    opens = fmt.moment(page.opens_at, now) if page.opens_at else _("complaints.open_now")
    gaps = {"name": page.person or _("complaints.dear"), "me": me, "open": opens}
    return [(text.name, fill(text.text, gaps)) for text in fitting_first(texts, moment)]


def typed(moment: datetime) -> str:
    """Return a time as the forms read it."""
    return f"{moment:%m-%d %H:%M}"


def _tomorrow(now: datetime) -> datetime:
    return (now + timedelta(days=1)).replace(hour=DONE_BY_HOUR, minute=0)


def _extendable(page: CasePage) -> list[tuple[str, str]]:
    return [
        (
            f"{clock.kind.value}:{clock.cycle}",
            f"{_(f'complaints.clock_{clock.kind.value}')} · {fmt.full(clock.due_at)}",
        )
        for clock in page.case.clocks
        if clock.is_ticking
        and clock.kind is not ClockKind.EXTERNAL
        and clock.extensions < EXTENSIONS_MAX
    ]
