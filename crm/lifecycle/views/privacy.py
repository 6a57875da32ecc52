"""One person's data: what she asked for, a copy of it, and forgetting her."""

import json
import secrets

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, may, require
from crm.accounts.rules import Permission
from crm.complaints.queries.forgetting import undecided_of
from crm.contacts.models import Contact
from crm.contacts.queries import contact_for_update, visible_contact
from crm.contacts.queries.forgetting import family_ids
from crm.i18n import _
from crm.lifecycle.forms.privacy import RequestForm
from crm.lifecycle.queries.privacy import requests_of
from crm.lifecycle.rules.privacy import NotDone, StillOpen
from crm.lifecycle.service import requests
from crm.lifecycle.service.erasing import anonymise
from crm.lifecycle.service.exporting import export
from crm.lifecycle.views import bp
from crm.web.session import db_session, unit_of_work


def _page(form: RequestForm, contact: Contact) -> str:
    session = db_session()
    return render_template(
        "lifecycle/privacy.html",
        form=form,
        contact=contact,
        requests=requests_of(session, family_ids(session, contact.id)),
        may_administer=may(Permission.ADMINISTER),
    )


@bp.get("/contacts/<int:contact_id>/privacy")
@require(Permission.RECORD)
def privacy(contact_id: int) -> ResponseReturnValue:
    """Show what she asked for about her own data, and what can be done."""
    contact = visible_contact(db_session(), contact_id, current_actor())
    return _page(RequestForm(client_key=secrets.token_hex(8)), contact)


@bp.post("/contacts/<int:contact_id>/privacy")
@require(Permission.RECORD)
def log_request(contact_id: int) -> ResponseReturnValue:
    """Log what she asks for; its thirty days begin."""
    form, actor = RequestForm(request.form), current_actor()
    if not form.validate():
        return _page(form, visible_contact(db_session(), contact_id, actor)), 422
    with unit_of_work() as session:
        contact = contact_for_update(session, contact_id, actor)
        complaint = requests.ask(session, contact, form.to_command(), actor=actor, now=clock.now())
        number = complaint.short_no
    flash(_("lifecycle.asked", no=number))
    return _back(contact_id)


def _back(contact_id: int) -> ResponseReturnValue:
    return redirect(url_for(".privacy", contact_id=contact_id), code=303)


@bp.post("/contacts/<int:contact_id>/privacy/<int:request_id>/done")
@require(Permission.RECORD)
def done(contact_id: int, request_id: int) -> ResponseReturnValue:
    """Stop the clock of what was done for her; the audit log must know of it."""
    visible_contact(db_session(), contact_id, current_actor())
    try:
        with unit_of_work() as session:
            requests.end(session, contact_id, request_id, actor=current_actor(), now=clock.now())
    except NotDone:
        flash(_("lifecycle.not_done_yet"))
    else:
        flash(_("lifecycle.request_ended"))
    return _back(contact_id)


@bp.get("/contacts/<int:contact_id>/export")
@require(Permission.ADMINISTER)
def confirm_export(contact_id: int) -> ResponseReturnValue:
    """Ask once more: the file holds her number in full."""
    contact = visible_contact(db_session(), contact_id, current_actor())
    return render_template("lifecycle/export.html", contact=contact)


@bp.post("/contacts/<int:contact_id>/export")
@require(Permission.ADMINISTER)
def take_out(contact_id: int) -> ResponseReturnValue:
    """Give a file with everything about her; that it was taken is written down."""
    with unit_of_work() as session:
        about = export(session, contact_id, actor=current_actor(), now=clock.now())
    text = json.dumps(about, ensure_ascii=False, indent=1)
    name = f'attachment; filename="contact-{contact_id}.json"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(text, headers=headers, content_type="application/json; charset=utf-8")


@bp.get("/contacts/<int:contact_id>/anonymise")
@require(Permission.ADMINISTER)
def confirm_anonymise(contact_id: int) -> ResponseReturnValue:
    """Ask once more: this cannot be taken back."""
    return _confirm(contact_id)


def _confirm(contact_id: int) -> str:
    session = db_session()
    contact = visible_contact(session, contact_id, current_actor())
    still = undecided_of(session, family_ids(session, contact.id))
    return render_template("lifecycle/anonymise.html", contact=contact, still=still)


@bp.post("/contacts/<int:contact_id>/anonymise")
@require(Permission.ADMINISTER)
def forget(contact_id: int) -> ResponseReturnValue:
    """Forget her; while a complaint of hers is open the page says which."""
    try:
        with unit_of_work() as session:
            anonymise(session, contact_id, actor=current_actor(), now=clock.now())
    except StillOpen:
        return _confirm(contact_id), 409
    flash(_("lifecycle.forgotten"))
    return redirect(f"/contacts/{contact_id}", code=303)
