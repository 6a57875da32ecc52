"""Staffed hours, days off, livestreams, and a calculator that shows the rule."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.i18n import _, fmt
from crm.stores import queries, service
from crm.stores.forms import DayOffForm, HoursForm, LivestreamForm, TryForm
from crm.stores.rules import BadHours, NoWorkingTime, WindowKind
from crm.stores.views import bp
from crm.web.session import db_session, unit_of_work

TRY_MINUTES = 15
"""What the calculator adds: the urgent first answer of the two-level preset."""


def _page(failed: Form | None = None, answer: str = "") -> str:
    session = db_session()
    forms: dict[str, Form] = {
        "hours": HoursForm(data=queries.shop_hours(session)),
        "day_off": DayOffForm(),
        "livestream": LivestreamForm(),
        "trial": TryForm(data={"at": f"{fmt.local(clock.now()):%Y-%m-%d %H:%M}"}),
    }
    for name, form in forms.items():
        if type(failed) is type(form):
            forms[name] = failed
    return render_template(
        "stores/hours.html",
        **forms,
        failed=failed,
        answer=answer,
        days_off=queries.overrides(session),
        streams=queries.windows(session, WindowKind.LIVESTREAM),
        today=fmt.local(clock.now()).date(),
    )


def _back() -> ResponseReturnValue:
    flash(_("accounts.saved"))
    return redirect(url_for(".hours"), code=303)


@bp.get("/settings/hours")
@require(Permission.SETTINGS)
def hours() -> ResponseReturnValue:
    """Show hours, days off, livestreams and the calculator."""
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
    return _back()


@bp.post("/settings/hours/days-off")
@require(Permission.SETTINGS)
def add_day_off() -> ResponseReturnValue:
    """Close the shop on a date."""
    form = DayOffForm(request.form)
    if not form.validate():
        return _page(form), 422
    with unit_of_work() as session:
        service.add_day_off(session, form.on.data, actor=current_actor(), now=clock.now())  # type: ignore[arg-type]
    return _back()


@bp.post("/settings/hours/days-off/<int:day_off_id>/remove")
@require(Permission.SETTINGS)
def remove_day_off(day_off_id: int) -> ResponseReturnValue:
    """Open the shop again on a date."""
    with unit_of_work() as session:
        service.remove_day_off(session, day_off_id, actor=current_actor(), now=clock.now())
    return _back()


@bp.post("/settings/hours/livestreams")
@require(Permission.SETTINGS)
def add_livestream() -> ResponseReturnValue:
    """Add a weekly livestream."""
    form = LivestreamForm(request.form)
    if not form.validate():
        return _page(form), 422
    start, end = form.window()
    with unit_of_work() as session:
        service.add_livestream(
            session, form.weekdays.data or (), start, end, actor=current_actor(), now=clock.now()
        )
    return _back()


@bp.post("/settings/hours/livestreams/<int:window_id>/remove")
@require(Permission.SETTINGS)
def remove_livestream(window_id: int) -> ResponseReturnValue:
    """Remove a weekly livestream."""
    with unit_of_work() as session:
        service.remove_livestream(session, window_id, actor=current_actor(), now=clock.now())
    return _back()


@bp.post("/settings/hours/try")
@require(Permission.SETTINGS)
def try_hours() -> ResponseReturnValue:
    """Show when fifteen staffed minutes after a moment are over."""
    form = TryForm(request.form)
    if not form.validate():
        return _page(form), 422
    try:
        raised = form.moment(fmt.zone())
        due = queries.shop_calendar(db_session()).add(raised, TRY_MINUTES * 60)
    except NoWorkingTime:
        form.at.errors = [_("stores.no_working_time")]
        return _page(form), 422
    except ValueError:
        form.at.errors = [_("stores.try_shape")]
        return _page(form), 422
    return _page(form, _("stores.try_answer", raised=fmt.full(raised), due=fmt.full(due)))
