"""One complaint: what is owed, what was said, one button for each thing that can happen."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, may, require
from crm.accounts.forms import PageForm
from crm.accounts.rules import Permission
from crm.claims.queries import checker
from crm.claims.rules import Industry
from crm.complaints import queries, service
from crm.complaints.forms import act_form
from crm.complaints.models import ComplaintEvent
from crm.complaints.queries.page import case_page, merge_choices
from crm.complaints.queries.scoring import unconfirmed
from crm.complaints.queries.wording import reply_texts
from crm.complaints.rules.words import SAID_BY_STAFF, BadEvent
from crm.complaints.views import bp
from crm.complaints.views.blanks import blank_forms, texts_for
from crm.complaints.views.refused import explained
from crm.i18n import _, fmt
from crm.web.session import db_session, unit_of_work


def case_view(complaint_id: int, sent: PageForm | None = None) -> str:
    """Show the page of a complaint; the form that was refused keeps what was typed."""
    session, actor, now = db_session(), current_actor(), clock.now()
    page = case_page(session, complaint_id, actor, now=now)
    decides = may(Permission.DECIDE_COMPLAINT)
    texts = texts_for(page, reply_texts(session), actor.name, now)
    forms = blank_forms(page, fmt.local(now), first_text=texts[0][1], sent=sent)
    return render_template(
        "complaints/case.html",
        page=page,
        complaint=page.complaint,
        case=page.case,
        forms=forms,
        form=sent,
        texts=texts,
        doubt=unconfirmed(session, page.complaint),
        findings=checker(session)(forms["act"].text.data or "", Industry.GENERAL),
        pausing="pause" in request.args or sent is forms["pause"],
        twins=merge_choices(session, page.complaint) if decides and page.has_twin else [],
        decides=decides,
        now=now,
    )


@bp.get("/complaints/<int:complaint_id>")
@require(Permission.SEE)
def show(complaint_id: int) -> ResponseReturnValue:
    """Show a complaint."""
    return case_view(complaint_id)


@bp.post("/complaints/<int:complaint_id>/events")
@require(Permission.RECORD)
@explained
def record(complaint_id: int) -> ResponseReturnValue:
    """Record what happened: an answer, a doubt, a hand-over, a step towards the end."""
    actor, now = current_actor(), clock.now()
    form = act_form(request.form, now=fmt.local(now))
    if not form.validate():
        return case_view(complaint_id, form), 422
    try:
        with unit_of_work() as session:
            complaint = queries.visible_complaint(session, complaint_id, actor)
            commands = form.commands(complaint.occurred_at)
            events = service.record_together(session, complaint, commands, actor=actor, now=now)
    except BadEvent as error:
        form.explain(error)
        return case_view(complaint_id, form), 422
    return _done(events)


def _done(events: Sequence[ComplaintEvent]) -> ResponseReturnValue:
    """Say it, offer to take it back; a reply's wording is looked at afterwards, never before."""
    event = events[-1]
    undo = url_for(".undo", complaint_id=event.complaint_id, seq=event.seq)
    flash(_(f"complaints.done.{event.type.value}"), f"undo:{undo}")
    said = " ".join(one.text for one in events if one.type in SAID_BY_STAFF)
    found = len(checker(db_session())(said, Industry.GENERAL)) if said else 0
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
