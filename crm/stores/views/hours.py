"""Staffed hours, days that differ, livestreams, and a calculator that shows the rule."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.i18n import _, fmt
from crm.stores import queries, service
from crm.stores.forms import DayOffForm, HoursForm, LivestreamForm, TryForm, write_windows
from crm.stores.rules import BadHours, NoWorkingTime, WindowKind
from crm.stores.rules.hours import is_simple
from crm.stores.views import bp
from crm.web.session import db_session, unit_of_work

TRY_MINUTES = 15
"""What the calculator adds: the urgent first answer of the two-level preset."""


def store_choices() -> list[tuple[int, str]]:
    """Return the stores as forms offer them."""
    return [(s.id, s.name) for s in queries.stores_in_scope(db_session(), current_actor())]


def _page(failed: Form | None = None, answer: str = "") -> str:
    session, stores = db_session(), store_choices()
    today = fmt.local(clock.now()).date()
    forms: dict[str, Form] = {
        "hours": HoursForm(data=queries.shop_hours(session)),
        "day_off": DayOffForm(stores=stores),
        "livestream": LivestreamForm(stores=stores),
        "trial": TryForm(data={"at": f"{fmt.local(clock.now()):%Y-%m-%d %H:%M}"}, stores=stores),
    }
    for name, form in forms.items():
        if type(failed) is type(form):
            forms[name] = failed
    return render_template(
        "stores/hours.html",
        **forms,
        failed=failed,
        answer=answer,
        is_simple=is_simple(queries.week(session, WindowKind.STAFFED)),
        stores=stores,
        store_names=dict(stores),
        own_week=queries.stores_with_own_week(session),
        desk_is_open=queries.has_hours(session, WindowKind.DESK),
        special_days=queries.special_days(session, today),
        streams=queries.all_livestreams(session),
        write_windows=write_windows,
        today=today,
    )


def back(endpoint: str = ".hours", **where: Any) -> ResponseReturnValue:
    """Say that it was saved."""
    flash(_("accounts.saved"))
    return redirect(url_for(endpoint, **where), code=303)


@bp.get("/settings/hours")
@require(Permission.SETTINGS)
def hours() -> ResponseReturnValue:
    """Show hours, days that differ, livestreams and the calculator."""
    return _page()


@bp.post("/settings/hours")
@require(Permission.SETTINGS)
def save_hours() -> ResponseReturnValue:
    """Replace the weekly hours."""
    form = HoursForm(request.form)
    if not form.validate():
        return _page(form), 422
    try:
        with unit_of_work() as session:
            service.set_hours(session, form.to_command(), actor=current_actor(), now=clock.now())
    except BadHours:
        form.end.errors = [_("stores.hours_order")]
        return _page(form), 422
    return back()


@bp.post("/settings/hours/days-off")
@require(Permission.SETTINGS)
def add_day_off() -> ResponseReturnValue:
    """Close the shop or a store on a date, or give it other hours there."""
    form = DayOffForm(request.form, stores=store_choices())
    if not form.validate():
        return _page(form), 422
    with unit_of_work() as session:
        service.set_day(
            session,
            form.on.data,  # type: ignore[arg-type]  # validated
            form.windows.windows(),
            store_id=form.store_id,
            actor=current_actor(),
            now=clock.now(),
        )
    return back()


@bp.post("/settings/hours/days-off/<int:day_off_id>/remove")
@require(Permission.SETTINGS)
def remove_day_off(day_off_id: int) -> ResponseReturnValue:
    """Let the week hold again on a date."""
    with unit_of_work() as session:
        service.remove_day_off(session, day_off_id, actor=current_actor(), now=clock.now())
    return back()


@bp.post("/settings/hours/livestreams")
@require(Permission.SETTINGS)
def add_livestream() -> ResponseReturnValue:
    """Add a weekly livestream."""
    form = LivestreamForm(request.form, stores=store_choices())
    if not form.validate():
        return _page(form), 422
    with unit_of_work() as session:
        service.add_livestream(
            session,
            form.weekdays.data or (),
            form.window(),
            store_id=form.store_id,
            actor=current_actor(),
            now=clock.now(),
        )
    return back()


@bp.post("/settings/hours/livestreams/<int:window_id>/remove")
@require(Permission.SETTINGS)
def remove_livestream(window_id: int) -> ResponseReturnValue:
    """Remove a weekly livestream."""
    with unit_of_work() as session:
        service.remove_livestream(session, window_id, actor=current_actor(), now=clock.now())
    return back()


@bp.post("/settings/hours/try")
@require(Permission.SETTINGS)
def try_hours() -> ResponseReturnValue:
    """Show when fifteen staffed minutes after a moment are over."""
    form, session = TryForm(request.form, stores=store_choices()), db_session()
    if not form.validate():
        return _page(form), 422
    store_id = form.store_id
    calendar = (
        queries.business_calendar(session, store_id) if store_id else queries.shop_calendar(session)
    )
    try:
        raised = form.moment(fmt.zone())
        due = calendar.add(raised, TRY_MINUTES * 60)
    except NoWorkingTime:
        form.at.errors = [_("stores.no_working_time")]
        return _page(form), 422
    except ValueError:
        form.at.errors = [_("stores.try_shape")]
        return _page(form), 422
    return _page(form, _("stores.try_answer", raised=fmt.full(raised), due=fmt.full(due)))
