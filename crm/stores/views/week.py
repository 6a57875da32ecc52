"""The hours of each weekday: of the shop, of one store, of the after-sales desk."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.i18n import _
from crm.stores import queries, service
from crm.stores.forms import WeekForm
from crm.stores.rules import BadHours, WindowKind
from crm.stores.views import bp
from crm.stores.views.hours import back
from crm.web.session import db_session, unit_of_work

STAFFED, DESK = WindowKind.STAFFED, WindowKind.DESK


def _page(
    form: WeekForm, kind: WindowKind, store_id: int | None = None, *, has_own: bool = True
) -> str:
    name = ""
    if store_id is not None:
        name = queries.visible_store(db_session(), store_id, current_actor()).name
    return render_template(
        "stores/week.html",
        form=form,
        kind=kind,
        store_id=store_id,
        store_name=name,
        has_own=has_own,
        known_until=queries.statutory(db_session()).coverage_until if kind is DESK else None,
    )


def _save(kind: WindowKind, store_id: int | None) -> ResponseReturnValue:
    form = WeekForm(request.form)
    if not form.validate():
        return _page(form, kind, store_id), 422
    try:
        with unit_of_work() as session:
            if store_id is not None:
                queries.visible_store(session, store_id, current_actor())
            service.set_week(
                session,
                form.week(),
                kind=kind,
                store_id=store_id,
                actor=current_actor(),
                now=clock.now(),
            )
    except BadHours:
        form.day_0.errors = [_("stores.week_empty")]
        return _page(form, kind, store_id), 422
    return back()


@bp.get("/settings/hours/week")
@require(Permission.SETTINGS)
def week() -> ResponseReturnValue:
    """Show the shop's hours, a line a weekday."""
    return _page(WeekForm(data=WeekForm.data_of(queries.week(db_session(), STAFFED))), STAFFED)


@bp.post("/settings/hours/week")
@require(Permission.SETTINGS)
def save_week() -> ResponseReturnValue:
    """Replace the shop's hours."""
    return _save(STAFFED, None)


@bp.get("/settings/hours/week/<int:store_id>")
@require(Permission.SETTINGS)
def store_week(store_id: int) -> ResponseReturnValue:
    """Show a store's hours; until it has its own they are the shop's."""
    session = db_session()
    own = queries.week(session, STAFFED, store_id)
    form = WeekForm(data=WeekForm.data_of(own or queries.week(session, STAFFED)))
    return _page(form, STAFFED, store_id, has_own=bool(own))


@bp.post("/settings/hours/week/<int:store_id>")
@require(Permission.SETTINGS)
def save_store_week(store_id: int) -> ResponseReturnValue:
    """Give a store hours of its own."""
    return _save(STAFFED, store_id)


@bp.post("/settings/hours/week/<int:store_id>/same")
@require(Permission.SETTINGS)
def same_week(store_id: int) -> ResponseReturnValue:
    """Let the shop's hours hold for a store again."""
    with unit_of_work() as session:
        queries.visible_store(session, store_id, current_actor())
        service.follow_shop(session, store_id, actor=current_actor(), now=clock.now())
    return back()


@bp.get("/settings/hours/desk")
@require(Permission.SETTINGS)
def desk() -> ResponseReturnValue:
    """Show the after-sales desk, which works on statutory workdays."""
    own = queries.week(db_session(), DESK)
    return _page(WeekForm(data=WeekForm.data_of(own)), DESK, has_own=bool(own))


@bp.post("/settings/hours/desk")
@require(Permission.SETTINGS)
def save_desk() -> ResponseReturnValue:
    """Replace the hours of the desk."""
    return _save(DESK, None)


@bp.post("/settings/hours/desk/close")
@require(Permission.SETTINGS)
def close_desk() -> ResponseReturnValue:
    """Take the desk's hours away."""
    with unit_of_work() as session:
        service.close_desk(session, actor=current_actor(), now=clock.now())
    return back()
