"""One complaint: what is owed, what was said, one button for each thing that can happen."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, may, require
from crm.accounts.queries import staff_names
from crm.accounts.rules import Permission
from crm.claims.queries import checker
from crm.claims.rules import Industry
from crm.complaints import queries, service
from crm.complaints.forms import PAUSE_REASONS, QUOTED, EventForm
from crm.complaints.models import ComplaintEvent
from crm.complaints.queries.page import case_page
from crm.complaints.rules.closing import steps_to_close
from crm.complaints.rules.commands import StaleForm, TooLate
from crm.complaints.rules.explain import explain
from crm.complaints.rules.templates import template_keys
from crm.complaints.rules.words import SAID_BY_STAFF, BadEvent, IllegalTransition, State
from crm.complaints.views import bp
from crm.i18n import _, fmt
from crm.web.session import db_session, unit_of_work


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


def _typed() -> str:
    """Return the answer of a form that was refused: nobody types it twice."""
    quoted = {event.value for event in QUOTED}
    return request.form.get("text", "") if request.form.get("type") in quoted else ""


def _conflict(words: str, *, is_stale: bool = False) -> ResponseReturnValue:
    view_args = request.view_args or {}
    again = {
        name: value for name, value in request.form.items() if name not in {"csrf_token", "version"}
    }
    return (
        render_template(
            "complaints/conflict.html",
            reason=words,
            complaint_id=view_args["complaint_id"],
            again=again if is_stale else {},
            typed=_typed(),
            action=request.path,
        ),
        409,
    )


def _page(complaint_id: int, form: EventForm | None = None) -> str:
    session, actor, now = db_session(), current_actor(), clock.now()
    complaint = queries.visible_complaint(session, complaint_id, actor)
    page = case_page(session, complaint, actor, now=now)
    texts = [
        (
            _(f"complaints.template.{key}_name"),
            _(
                f"complaints.template.{key}",
                name=page.person or _("complaints.dear"),
                me=actor.name,
            ),
        )
        for key in template_keys(
            complaint.category,
            is_public=page.case.is_public,
            is_resolved=page.case.state is State.RESOLVED,
        )
    ]
    return render_template(
        "complaints/case.html",
        page=page,
        complaint=complaint,
        case=page.case,
        form=form or EventForm(data={"text": texts[0][1]}),
        texts=texts,
        findings=checker(session)(
            (form.text.data if form else "") or texts[0][1], Industry.GENERAL
        ),
        pausing="pause" in request.args,
        pause_reasons=PAUSE_REASONS,
        decides=may(Permission.DECIDE_COMPLAINT),
        now=now,
    )


@bp.get("/complaints/<int:complaint_id>")
@require(Permission.SEE)
def show(complaint_id: int) -> ResponseReturnValue:
    """Show a complaint."""
    return _page(complaint_id)


@bp.get("/complaints/<int:complaint_id>/deadlines")
@require(Permission.SEE)
def explain_deadlines(complaint_id: int) -> ResponseReturnValue:
    """Show span by span why each deadline is when it is."""
    session, actor = db_session(), current_actor()
    complaint = queries.visible_complaint(session, complaint_id, actor)
    case = queries.case_of(session, complaint)
    return render_template(
        "complaints/deadlines.html",
        complaint=complaint,
        clocks=[
            (clock_, explain(clock_), clock_.breached_at(clock.now())) for clock_ in case.clocks
        ],
        policy=case.policy,
        now=clock.now(),
    )


@bp.post("/complaints/<int:complaint_id>/events")
@require(Permission.RECORD)
@explained
def record(complaint_id: int) -> ResponseReturnValue:
    """Record what happened: an answer, a doubt, a hand-over, a step towards the end."""
    actor, now, form = current_actor(), clock.now(), EventForm(request.form)
    if not form.validate():
        return _page(complaint_id, form), 422
    try:
        with unit_of_work() as session:
            complaint = queries.visible_complaint(session, complaint_id, actor)
            event = service.record_event(
                session, complaint, form.to_command(now), actor=actor, now=now
            )
    except BadEvent as error:
        form.text.errors = [_(error.key, **error.values)]
        return _page(complaint_id, form), 422
    return _done(event)


def _done(event: ComplaintEvent) -> ResponseReturnValue:
    """Say it, offer to take it back; a reply's wording is looked at afterwards, never before."""
    undo = url_for(".undo", complaint_id=event.complaint_id, seq=event.seq)
    flash(_(f"complaints.done.{event.type.value}"), f"undo:{undo}")
    if event.type in SAID_BY_STAFF and event.text:
        found = len(checker(db_session())(event.text, Industry.GENERAL))
        if found:
            flash(_("complaints.wording_problems", n=found))
    return redirect(url_for(".show", complaint_id=event.complaint_id), code=303)


@bp.post("/complaints/<int:complaint_id>/undo/<int:seq>")
@require(Permission.RECORD)
@explained
def undo(complaint_id: int, seq: int) -> ResponseReturnValue:
    """Take one's own act back; a second tap changes nothing."""
    actor, now = current_actor(), clock.now()
    try:
        with unit_of_work() as session:
            complaint = queries.visible_complaint(session, complaint_id, actor)
            service.undo(session, complaint, seq, actor=actor, now=now)
    except BadEvent:
        flash(_("complaints.nothing_to_undo"))
    else:
        flash(_("web.undone"))
    return redirect(url_for(".show", complaint_id=complaint_id), code=303)


@bp.post("/complaints/<int:complaint_id>/close")
@require(Permission.RECORD)
def close(complaint_id: int) -> ResponseReturnValue:
    """Say which step towards the end is missing."""
    session, actor = db_session(), current_actor()
    complaint = queries.visible_complaint(session, complaint_id, actor)
    steps = steps_to_close(queries.case_of(session, complaint))
    missing = [_(f"complaints.step.{step}") for step, is_done in steps if not is_done]
    if missing:
        flash(_("complaints.close_missing", steps="、".join(missing)))
    return redirect(url_for(".show", complaint_id=complaint_id), code=303)
