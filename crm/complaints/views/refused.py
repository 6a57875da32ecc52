"""An act that the case does not take: why, what changed meanwhile, and what was typed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor
from crm.accounts.queries import staff_names
from crm.complaints import queries
from crm.complaints.forms import act_form
from crm.complaints.queries.history import Entry, Reader, log_entries
from crm.complaints.rules.commands import StaleForm, TooLate
from crm.complaints.rules.words import EventType, IllegalTransition
from crm.i18n import _, fmt
from crm.web.session import db_session

_SHOWN = ("text", "reason", "due_at", "until", "at", "member")
"""Fields that people type."""


def explained(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Answer what the case does not take with a page that says why and what to do."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        try:
            return view(*args, **kwargs)
        except StaleForm as error:
            names = staff_names(db_session(), {error.by_id} if error.by_id else set())
            when = fmt.moment(error.at, clock.now())
            who = names.get(error.by_id or 0, "")
            return _conflict(_("complaints.stale", who=who, when=when), is_stale=True)
        except IllegalTransition as error:
            if error.need:
                return _conflict(_(f"complaints.need.{error.need}"))
            return _conflict(
                _("complaints.not_now", state=_(f"complaints.state_{error.state.value}"))
            )
        except TooLate:
            return _conflict(_("complaints.too_late_to_undo"))

    return guarded


def _conflict(words: str, *, is_stale: bool = False) -> ResponseReturnValue:
    complaint_id = (request.view_args or {})["complaint_id"]
    again = {
        name: value for name, value in request.form.items() if name not in {"csrf_token", "version"}
    }
    return (
        render_template(
            "complaints/conflict.html",
            reason=words,
            complaint_id=complaint_id,
            again=again if is_stale else {},
            theirs=_since(complaint_id) if is_stale else [],
            act=_act(),
            typed=_typed(),
            action=request.path,
        ),
        409,
    )


def _act() -> str:
    """What the person wanted to do, in words."""
    known = {kind.value for kind in EventType}
    sent = request.form.get("type", "")
    return _(f"complaints.act.{sent}") if sent in known else ""


def _typed() -> list[tuple[str, str]]:
    """What she typed: nobody types it twice."""
    form = act_form(request.form, now=fmt.local(clock.now()))
    fields = (form[name] for name in _SHOWN if name in form)
    return [(field.label.text, str(field.data)) for field in fields if field.data]


def _since(complaint_id: int) -> list[Entry]:
    """What others did since the page was opened."""
    session, actor = db_session(), current_actor()
    queries.visible_complaint(session, complaint_id, actor)
    rows = queries.events_of(session, complaint_id)
    names = staff_names(session, {row.actor_id for row in rows if row.actor_id})
    seen = request.form.get("version", 0, type=int)
    reader = Reader(actor, names, clock.now())
    return [
        entry
        for entry in log_entries(rows, reader)
        if entry.seq > seen and entry.actor_id not in {None, actor.id}
    ]
