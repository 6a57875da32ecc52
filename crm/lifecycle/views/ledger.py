"""Steps that are tapped on a contact's page, and the grounds on which she is kept."""

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Forbidden, Permission
from crm.contacts.models import Contact
from crm.contacts.queries import contact_for_update, contact_to_name, visible_contact
from crm.contacts.queries.ledger import consent_for_update
from crm.contacts.rules import WithdrawnLongAgo
from crm.contacts.service import consents
from crm.i18n import _, fmt
from crm.lifecycle.forms.ledger import ConsentForm, StepForm
from crm.lifecycle.queries.moves import tap_for_update
from crm.lifecycle.rules.moves import NotYourTap, TapTooOld
from crm.lifecycle.service import moves
from crm.lifecycle.views import bp
from crm.web.session import db_session, unit_of_work


def _page(contact_id: int) -> str:
    return f"/contacts/{contact_id}"


@bp.post("/contacts/<int:contact_id>/steps")
@require(Permission.RECORD)
def tap_step(contact_id: int) -> ResponseReturnValue:
    """Remember by one tap that she took a step."""
    step = StepForm(request.form).chosen()
    if step is None:
        abort(404)
    with unit_of_work() as session:
        contact = contact_for_update(session, contact_id, current_actor())
        tap = moves.tap_step(session, contact, step, actor=current_actor(), now=clock.now())
    undo = f"undo:{_page(contact.id)}/steps/{tap.id}/undo"
    flash(_("lifecycle.step_saved", step=_(f"lifecycle.step_{step.value}")), undo)
    return redirect(_page(contact.id), code=303)


@bp.post("/contacts/<int:contact_id>/steps/<int:step_id>/undo")
@require(Permission.RECORD)
def take_step_back(contact_id: int, step_id: int) -> ResponseReturnValue:
    """Take a tap back within a day."""
    try:
        with unit_of_work() as session:
            contact = contact_for_update(session, contact_id, current_actor())
            tap = tap_for_update(session, contact.id, step_id)
            moves.take_step_back(session, tap, actor=current_actor(), now=clock.now())
    except NotYourTap:
        raise Forbidden from None
    except TapTooOld:
        return _too_late(contact_id)
    flash(_("web.undone"))
    return redirect(_page(contact.id), code=303)


def _too_late(contact_id: int) -> ResponseReturnValue:
    return render_template("attention/too_late.html", contact_id=contact_id), 409


def _form() -> ConsentForm:
    typed = request.form if request.method == "POST" else None
    return ConsentForm(typed, today=fmt.local(clock.now()).date())


def _consent_page(form: ConsentForm, contact: Contact) -> str:
    return render_template("lifecycle/consent.html", form=form, contact=contact)


@bp.get("/contacts/<int:contact_id>/consents/new")
@require(Permission.RECORD)
def new_consent(contact_id: int) -> ResponseReturnValue:
    """Ask on which ground she is kept."""
    return _consent_page(_form(), contact_to_name(db_session(), contact_id, current_actor()))


@bp.post("/contacts/<int:contact_id>/consents")
@require(Permission.RECORD)
def give_consent(contact_id: int) -> ResponseReturnValue:
    """Write down on which ground she is kept."""
    form, actor = _form(), current_actor()
    if not form.validate():
        return _consent_page(form, visible_contact(db_session(), contact_id, actor)), 422
    with unit_of_work() as session:
        contact = contact_for_update(session, contact_id, actor)
        given = form.to_command()
        consents.give_consent(session, contact, given, actor=actor, now=clock.now())
    flash(_("lifecycle.consent_saved"))
    return redirect(_page(contact.id), code=303)


@bp.post("/contacts/<int:contact_id>/consents/<int:consent_id>/withdraw")
@require(Permission.RECORD)
def withdraw_consent(contact_id: int, consent_id: int) -> ResponseReturnValue:
    """She takes her word back."""
    with unit_of_work() as session:
        contact = contact_for_update(session, contact_id, current_actor())
        ground = consent_for_update(session, contact.id, consent_id)
        consents.withdraw_consent(session, contact, ground, actor=current_actor(), now=clock.now())
    undo = f"undo:{_page(contact.id)}/consents/{consent_id}/restore"
    flash(_("lifecycle.consent_withdrawn"), undo)
    return redirect(_page(contact.id), code=303)


@bp.post("/contacts/<int:contact_id>/consents/<int:consent_id>/restore")
@require(Permission.RECORD)
def restore_consent(contact_id: int, consent_id: int) -> ResponseReturnValue:
    """It was a slip: the ground stands as before."""
    try:
        with unit_of_work() as session:
            contact = contact_for_update(session, contact_id, current_actor())
            ground = consent_for_update(session, contact.id, consent_id)
            consents.restore_consent(
                session, contact, ground, actor=current_actor(), now=clock.now()
            )
    except WithdrawnLongAgo:
        return _too_late(contact_id)
    flash(_("web.undone"))
    return redirect(_page(contact.id), code=303)
