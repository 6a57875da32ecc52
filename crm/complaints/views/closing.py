"""The way to the end of a complaint: who was told, the cause, a platform's dates."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import queries, service
from crm.complaints.forms import CauseForm, PlatformForm, ToldForm
from crm.complaints.queries.page import case_page
from crm.complaints.rules.closing import Step
from crm.complaints.rules.words import BadEvent
from crm.complaints.views import bp
from crm.complaints.views.case import case_view
from crm.complaints.views.refused import explained
from crm.i18n import _, fmt
from crm.web.session import db_session, unit_of_work


@bp.post("/complaints/<int:complaint_id>/close")
@require(Permission.RECORD)
def close(complaint_id: int) -> ResponseReturnValue:
    """Keep the cause, and say which step towards the end is missing."""
    actor, now, form = current_actor(), clock.now(), CauseForm(request.form)
    if "cause" in request.form:
        if not form.validate():
            return case_view(complaint_id, form), 422
        with unit_of_work() as session:
            complaint = queries.visible_complaint(session, complaint_id, actor)
            service.set_cause(session, complaint, form.chosen(), actor=actor, now=now)
    page = case_page(db_session(), complaint_id, actor, now=now)
    missing = [step_words(step) for step in page.steps if not step.is_done]
    said = _("complaints.close_missing", steps=fmt.listed(missing))
    flash(said if missing else _("complaints.all_done"))
    return redirect(url_for(".show", complaint_id=complaint_id), code=303)


def step_words(step: Step) -> str:
    """Return a step in words, counted where it is counted."""
    words = _(f"complaints.step.{step.key}")
    return f"{words} {step.done}/{step.of}" if step.of else words


@bp.post("/complaints/<int:complaint_id>/onlookers")
@require(Permission.RECORD)
def tell_onlooker(complaint_id: int) -> ResponseReturnValue:
    """Note that an onlooker was told what came of it, or that she was not."""
    form, actor = ToldForm(request.form), current_actor()
    name, is_told = form.name.data or "", bool(form.told.data)
    if not form.validate():
        flash(_("complaints.error.choose"))
    else:
        with unit_of_work() as session:
            complaint = queries.visible_complaint(session, complaint_id, actor)
            service.tell_onlooker(
                session, complaint, name, is_told=is_told, actor=actor, now=clock.now()
            )
        flash(_("complaints.told_noted" if is_told else "complaints.told_taken_back", name=name))
    return redirect(url_for(".show", complaint_id=complaint_id, _anchor="onlookers"), code=303)


@bp.post("/complaints/<int:complaint_id>/platform")
@require(Permission.RECORD)
@explained
def platform_deadline(complaint_id: int) -> ResponseReturnValue:
    """Keep the date and time that a platform or an authority gave."""
    actor, now = current_actor(), clock.now()
    form = PlatformForm(request.form, now=fmt.local(now))
    if not form.validate():
        return case_view(complaint_id, form), 422
    try:
        with unit_of_work() as session:
            complaint = queries.visible_complaint(session, complaint_id, actor)
            row = service.set_platform_deadline(
                session, complaint, form.to_command(), actor=actor, now=now
            )
    except BadEvent as error:
        form.explain(error)
        return case_view(complaint_id, form), 422
    undo = url_for(".undo", complaint_id=complaint_id, seq=row.seq)
    flash(_("complaints.done.deadline_changed"), f"undo:{undo}")
    return redirect(url_for(".show", complaint_id=complaint_id), code=303)
