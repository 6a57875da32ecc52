"""One contact is handed to a colleague from her page, and taken back."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.queries import staff_names, staff_of_store
from crm.accounts.rules import Forbidden, Permission
from crm.contacts.models import Contact
from crm.contacts.queries import contact_to_name
from crm.i18n import _
from crm.lifecycle.forms.handing import HandOnForm
from crm.lifecycle.rules.leaving import (
    HandedSince,
    NobodyThere,
    NotYourAct,
    OutOfReach,
    TooOldAct,
)
from crm.lifecycle.service import handing
from crm.lifecycle.views import bp
from crm.web.session import db_session, unit_of_work


def _form(contact: Contact) -> HandOnForm:
    here = set(staff_of_store(db_session(), contact.store_id)) - {contact.owner_id}
    people = staff_names(db_session(), here)
    return HandOnForm(request.form if request.method == "POST" else None, people=people)


def _page(form: HandOnForm, contact: Contact) -> str:
    owner = contact.owner_id
    names = staff_names(db_session(), set() if owner is None else {owner})
    return render_template(
        "lifecycle/hand_on.html", form=form, contact=contact, owner_name=names.get(owner or 0, "")
    )


@bp.get("/contacts/<int:contact_id>/hand-on")
@require(Permission.HAND_ON)
def ask_hand_on(contact_id: int) -> ResponseReturnValue:
    """Show who could look after her."""
    contact = contact_to_name(db_session(), contact_id, current_actor())
    return _page(_form(contact), contact)


@bp.post("/contacts/<int:contact_id>/hand-on")
@require(Permission.HAND_ON)
def hand_on(contact_id: int) -> ResponseReturnValue:
    """Hand her on; a second tap finds it done."""
    actor = current_actor()
    contact = contact_to_name(db_session(), contact_id, actor)
    form = _form(contact)
    if form.to_id.data == str(contact.owner_id):
        return _shown(contact.id)
    if not form.validate():
        return _page(form, contact), 422
    try:
        with unit_of_work() as session:
            (to_id, name), now = form.chosen(), clock.now()
            act = handing.hand_on(session, contact_id, to_id, actor=actor, now=now)
    except NobodyThere:
        form.to_id.errors = [_("lifecycle.nobody_there")]
        return _page(form, contact_to_name(db_session(), contact_id, actor)), 422
    if act is not None:
        undo = f"undo:/contacts/{contact_id}/hand-on/{act.id}/undo"
        flash(_("lifecycle.handed_on", name=name), undo)
    return _shown(contact_id)


def _shown(contact_id: int) -> ResponseReturnValue:
    return redirect(f"/contacts/{contact_id}", code=303)


def _stayed(contact_id: int) -> str:
    """Say who has her, where she did not come back."""
    owner = contact_to_name(db_session(), contact_id, current_actor()).owner_id
    if owner is None:
        return _("lifecycle.not_back_nobody")
    return _("lifecycle.not_back", name=staff_names(db_session(), {owner})[owner])


@bp.post("/contacts/<int:contact_id>/hand-on/<int:hand_over_id>/undo")
@require(Permission.HAND_ON)
def take_contact_back(contact_id: int, hand_over_id: int) -> ResponseReturnValue:
    """Give her back to who looked after her."""
    actor, now = current_actor(), clock.now()
    try:
        with unit_of_work() as session:
            came = handing.take_back(session, contact_id, hand_over_id, actor=actor, now=now)
    except NotYourAct:
        raise Forbidden from None
    except TooOldAct:
        flash(_("lifecycle.hand_on_too_old"))
    except OutOfReach:
        flash(_("lifecycle.not_back_out_of_reach"))
    except NobodyThere:
        flash(_("lifecycle.enable_first"))
    except HandedSince:
        flash(_stayed(contact_id))
    else:
        flash(_("web.undone") if came else _("lifecycle.hand_on_undone_before"))
    return _shown(contact_id)
