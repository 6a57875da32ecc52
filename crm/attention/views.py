"""What is done with a logged touch: undo, correct, say why; and the shop's limits."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Forbidden, Permission
from crm.attention import queries, service
from crm.attention.forms import MinutesForm, MoreTimeForm, PolicyForm, ReasonForm
from crm.attention.rules import NotYours, OverReason, TooLate, whole_minutes
from crm.contacts.queries import contact_to_name, visible_contact
from crm.i18n import _
from crm.web.session import db_session, unit_of_work

bp = Blueprint("attention", __name__)


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


@bp.post("/touches/<int:touch_id>/undo")
@require(Permission.RECORD)
def undo(touch_id: int) -> ResponseReturnValue:
    """Take a touch back."""
    try:
        with unit_of_work() as session:
            touch = queries.visible_touch(session, touch_id, current_actor())
            service.undo_touch(session, touch, actor=current_actor(), now=clock.now())
    except NotYours:
        raise Forbidden from None
    except TooLate as error:
        return _too_late(error.contact_id)
    if _wants_json():
        return jsonify(id=touch_id)
    flash(_("attention.undone"))
    return redirect(_way_back(touch.contact_id), code=303)


def _way_back(contact_id: int) -> str:
    return f"/contacts/{contact_id}" if request.form.get("back") == "contact" else "/today"


def _too_late(contact_id: int) -> ResponseReturnValue:
    if _wants_json():
        return jsonify(errors={"touch": _("attention.too_late")}), 409
    return render_template("attention/too_late.html", contact_id=contact_id), 409


@bp.get("/touches/<int:touch_id>/minutes")
@require(Permission.RECORD)
def minutes(touch_id: int) -> ResponseReturnValue:
    """Ask how long it took."""
    return _touch_page(touch_id, MinutesForm(), "attention/minutes.html")


@bp.post("/touches/<int:touch_id>/minutes")
@require(Permission.RECORD)
def save_minutes(touch_id: int) -> ResponseReturnValue:
    """Correct how long a touch took."""
    form = MinutesForm(request.form)
    if not form.validate():
        return _touch_page(touch_id, form, "attention/minutes.html"), 422
    try:
        with unit_of_work() as session:
            touch = queries.visible_touch(session, touch_id, current_actor())
            service.change_minutes(
                session, touch, form.minutes.data, actor=current_actor(), now=clock.now()
            )
    except NotYours:
        raise Forbidden from None
    except TooLate as error:
        return _too_late(error.contact_id)
    flash(_("attention.minutes_saved", n=form.minutes.data))
    return redirect(f"/contacts/{touch.contact_id}", code=303)


@bp.get("/touches/<int:touch_id>/reason")
@require(Permission.RECORD)
def reason(touch_id: int) -> ResponseReturnValue:
    """Ask why more was spent than the limit gives."""
    return _touch_page(touch_id, ReasonForm(), "attention/reason.html")


@bp.post("/touches/<int:touch_id>/reason")
@require(Permission.RECORD)
def save_reason(touch_id: int) -> ResponseReturnValue:
    """Keep why more was spent than the limit gives."""
    form = ReasonForm(request.form)
    if not form.validate():
        return _touch_page(touch_id, form, "attention/reason.html"), 422
    try:
        with unit_of_work() as session:
            touch = queries.visible_touch(session, touch_id, current_actor())
            service.give_reason(
                session, touch, OverReason(form.reason.data), actor=current_actor(), now=clock.now()
            )
    except NotYours:
        raise Forbidden from None
    flash(_("attention.reason_saved"))
    return redirect(_way_back(touch.contact_id), code=303)


def _touch_page(touch_id: int, form: MinutesForm | ReasonForm, template: str) -> str:
    session = db_session()
    touch = queries.visible_touch(session, touch_id, current_actor())
    contact = visible_contact(session, touch.contact_id, current_actor())
    if isinstance(form, MinutesForm) and form.minutes.data is None:
        form.minutes.data = whole_minutes(touch.seconds)
    return render_template(
        template,
        form=form,
        touch=touch,
        contact=contact,
        allowance=queries.allowance(session, contact.id, now=clock.now()),
    )


@bp.get("/contacts/<int:contact_id>/more-time")
@require(Permission.OVERRULE_LIMIT)
def more_time(contact_id: int) -> ResponseReturnValue:
    """Ask how much more time and why."""
    return _more_time_page(contact_id, MoreTimeForm())


def _more_time_page(contact_id: int, form: MoreTimeForm) -> str:
    session = db_session()
    contact = contact_to_name(session, contact_id, current_actor())
    standing = queries.allowance(session, contact.id, now=clock.now())
    return render_template(
        "attention/more_time.html", form=form, contact=contact, allowance=standing
    )


@bp.post("/contacts/<int:contact_id>/more-time")
@require(Permission.OVERRULE_LIMIT)
def give_more_time(contact_id: int) -> ResponseReturnValue:
    """Give one contact more time than her limit."""
    form, now = MoreTimeForm(request.form), clock.now()
    if not form.validate():
        return _more_time_page(contact_id, form), 422
    with unit_of_work() as session:
        contact = visible_contact(session, contact_id, current_actor())
        service.raise_cap(session, contact, form.to_command(now), actor=current_actor(), now=now)
    flash(_("attention.more_given", n=form.minutes.data))
    return redirect(f"/contacts/{contact_id}", code=303)


@bp.get("/settings/attention")
@require(Permission.SETTINGS)
def policy() -> ResponseReturnValue:
    """Show the shop's limits."""
    form = PolicyForm(obj=queries.policy(db_session()))
    return render_template("attention/settings.html", form=form)


@bp.post("/settings/attention")
@require(Permission.SETTINGS)
def save_policy() -> ResponseReturnValue:
    """Keep the shop's limits."""
    form = PolicyForm(request.form)
    if not form.validate():
        return render_template("attention/settings.html", form=form), 422
    with unit_of_work() as session:
        limits = form.to_policy(queries.policy(session))
        service.set_policy(session, limits, actor=current_actor(), now=clock.now())
    flash(_("web.saved"))
    return redirect("/settings/attention", code=303)
