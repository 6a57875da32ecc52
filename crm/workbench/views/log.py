"""The quick log, and the one address that every log posts to."""

import secrets

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.albums.queries import album_name
from crm.attention import service
from crm.attention.rules import DEFAULT_MINUTES, whole_minutes
from crm.attention.service import LoggedTouch
from crm.contacts.queries import contact_names, known_in_scope
from crm.contacts.rules import DuplicateIdentity, Forgotten, one_line
from crm.i18n import _, fmt
from crm.stores.queries import stores_in_scope
from crm.web.session import db_session, unit_of_work
from crm.workbench.forms import LogForm, typed_id
from crm.workbench.queries.log import people

bp = Blueprint("log", __name__)


def _form() -> LogForm:
    stores = stores_in_scope(db_session(), current_actor())
    form = LogForm(
        request.form if request.method == "POST" else request.args,
        stores=[(store.id, store.name) for store in stores],
        today=fmt.local(clock.now()).date(),
    )
    if (album_id := typed_id(request.args.get("album"))) and not form.note.data:
        form.note.data = _sent(album_id)
    return form


def _sent(album_id: int) -> str:
    """Words for an album that was sent; in the address they would stay in the browser."""
    name = album_name(db_session(), album_id, current_actor())
    return "" if name is None else _("albums.sent_note", name=name)


def _page(form: LogForm) -> str:
    q = one_line(request.args.get("q"))
    who = typed_id(form.who.data)
    return render_template(
        "workbench/log.html",
        form=form,
        q=q,
        who=who,
        people=[]
        if form.is_new
        else people(db_session(), current_actor(), q=q, who=who, now=clock.now()),
        key=form.idempotency_key.data or secrets.token_urlsafe(16),
        default_minutes={kind.value: minutes for kind, minutes in DEFAULT_MINUTES.items()},
    )


@bp.get("/log")
@require(Permission.RECORD)
def show() -> ResponseReturnValue:
    """Show the quick log, for a new contact with ?new=1, for a known one with ?who=."""
    return _page(_form())


@bp.post("/log")
@require(Permission.RECORD)
def save() -> ResponseReturnValue:
    """Log a touch, however it came: plain form, outbox, one tap."""
    form = _form()
    form.fill_minutes()
    logged = _logged(form) if form.validate() else None
    if logged is None:
        return _refused(form)
    if _wants_json():
        return jsonify(_answer(logged))
    flash(_message(logged), f"touch:/touches/{logged.touch.id}")
    return redirect(_way_back(form, logged), code=303)


def _logged(form: LogForm) -> LoggedTouch | None:
    key = request.headers.get("Idempotency-Key") or form.idempotency_key.data
    command = form.to_command(key=one_line(key) or secrets.token_urlsafe(16), now=clock.now())
    actor, now = current_actor(), clock.now()
    try:
        with unit_of_work() as session:
            if form.is_new:
                return service.log_first_touch(
                    session, form.to_contact(), command, actor=actor, now=now
                )
            return service.log_touch(session, command, actor=actor, now=now)
    except DuplicateIdentity as error:
        form.explain_duplicate(form.phone, known_in_scope(db_session(), error.existing_id, actor))
    except Forgotten:
        form.who.errors = [_("errors.forgotten")]
    return None


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _refused(form: LogForm) -> ResponseReturnValue:
    if _wants_json():
        return jsonify(
            errors={field.name: str(field.errors[0]) for field in form if field.errors}
        ), 422
    return _page(form), 422


def _message(logged: LoggedTouch) -> str:
    touch = logged.touch
    return _(
        "workbench.logged",
        name=contact_names(db_session(), [touch.contact_id])[touch.contact_id].name,
        kind=_(f"attention.kind_{touch.kind.value}"),
        n=whole_minutes(touch.seconds),
    )


def _answer(logged: LoggedTouch) -> dict[str, object]:
    touch = f"/touches/{logged.touch.id}"
    return {
        "id": logged.touch.id,
        "message": _message(logged),
        "undo": f"{touch}/undo",
        "change": f"{touch}/minutes",
        "ask": f"{touch}/reason" if logged.ask_reason else None,
    }


def _way_back(form: LogForm, logged: LoggedTouch) -> str:
    return f"/contacts/{logged.touch.contact_id}" if form.back.data == "contact" else "/today"
