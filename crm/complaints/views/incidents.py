"""An incident: what spread costs, its complaints, what it goes back to, who is told before."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import queries, service
from crm.complaints.forms import MatterForm, OriginForm
from crm.complaints.queries.buyers import origin_of
from crm.complaints.queries.incidents import incident_page, visible_incident
from crm.complaints.rules.incidents import Origin
from crm.complaints.rules.words import BadEvent
from crm.complaints.service.matter import ORIGIN_REFS, REFS
from crm.complaints.views import bp
from crm.groups.rules import mask_phones
from crm.i18n import _
from crm.orders.rules import DAYS_COMPARED
from crm.web.session import db_session, unit_of_work


def _page(incident_id: int, form: OriginForm | None = None) -> str:
    session, actor, now = db_session(), current_actor(), clock.now()
    incident = visible_incident(session, incident_id, actor)
    return render_template(
        "complaints/incident.html",
        page=incident_page(session, incident, actor, now=now),
        incident=incident,
        form=form or OriginForm(data=_covered(origin_of(incident))),
        days=DAYS_COMPARED,
        now=now,
    )


def _covered(origin: Origin) -> dict[str, Any]:
    return vars(origin) | {name: mask_phones(getattr(origin, name)) for name in ORIGIN_REFS}


@bp.get("/incidents/<int:incident_id>")
@require(Permission.SEE)
def incident(incident_id: int) -> ResponseReturnValue:
    """Show an incident."""
    return _page(incident_id)


@bp.post("/incidents/<int:incident_id>/cause")
@require(Permission.RECORD)
def set_origin(incident_id: int) -> ResponseReturnValue:
    """Say what it goes back to; the list of other buyers follows."""
    form, actor = OriginForm(request.form), current_actor()
    if not form.validate():
        return _page(incident_id, form), 422
    try:
        with unit_of_work() as session:
            found = visible_incident(session, incident_id, actor)
            service.set_origin(session, found, form.to_origin(), actor=actor, now=clock.now())
    except BadEvent as error:
        form[error.field].errors = [_(error.key, **error.values)]
        return _page(incident_id, form), 422
    flash(_("web.saved"))
    return redirect(url_for(".incident", incident_id=incident_id, _anchor="buyers"), code=303)


@bp.post("/incidents/<int:incident_id>/told/<int:contact_id>")
@require(Permission.RECORD)
def tell_buyer(incident_id: int, contact_id: int) -> ResponseReturnValue:
    """Note that a buyer was told; it can be taken back."""
    actor = current_actor()
    with unit_of_work() as session:
        found = visible_incident(session, incident_id, actor)
        service.tell_buyer(session, found, contact_id, actor=actor, now=clock.now())
    undo = url_for(".take_telling_back", incident_id=incident_id, contact_id=contact_id)
    flash(_("complaints.incident.told_noted"), f"undo:{undo}")
    return redirect(url_for(".incident", incident_id=incident_id, _anchor="buyers"), code=303)


@bp.post("/incidents/<int:incident_id>/told/<int:contact_id>/undo")
@require(Permission.RECORD)
def take_telling_back(incident_id: int, contact_id: int) -> ResponseReturnValue:
    """Take it back; a second tap changes nothing."""
    actor = current_actor()
    with unit_of_work() as session:
        found = visible_incident(session, incident_id, actor)
        service.take_telling_back(session, found, contact_id, actor=actor)
    flash(_("web.undone"))
    return redirect(url_for(".incident", incident_id=incident_id, _anchor="buyers"), code=303)


def _matter_page(complaint_id: int, form: MatterForm | None = None) -> str:
    complaint = queries.visible_complaint(db_session(), complaint_id, current_actor())
    form = form or MatterForm(data={name: mask_phones(getattr(complaint, name)) for name in REFS})
    return render_template("complaints/matter.html", complaint=complaint, form=form)


@bp.get("/complaints/<int:complaint_id>/matter")
@require(Permission.SEE)
def matter(complaint_id: int) -> ResponseReturnValue:
    """Show which order, product and parcel a complaint is about."""
    return _matter_page(complaint_id)


@bp.post("/complaints/<int:complaint_id>/matter")
@require(Permission.RECORD)
def name_matter(complaint_id: int) -> ResponseReturnValue:
    """Say it: doubts about the same product or order count together."""
    form, actor = MatterForm(request.form), current_actor()
    if not form.validate():
        return _matter_page(complaint_id, form), 422
    try:
        with unit_of_work() as session:
            found = queries.visible_complaint(session, complaint_id, actor)
            service.name_matter(session, found, form.refs(), actor=actor, now=clock.now())
    except BadEvent as error:
        form[error.field].errors = [_(error.key, **error.values)]
        return _matter_page(complaint_id, form), 422
    flash(_("web.saved"))
    return redirect(url_for(".show", complaint_id=complaint_id), code=303)
