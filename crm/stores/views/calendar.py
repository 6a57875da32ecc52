"""The statutory days: a year shown, pasted, looked at, saved, taken back."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.i18n import _, fmt
from crm.stores import queries, service
from crm.stores.forms import YearForm
from crm.stores.rules import BadYear, NamedDay
from crm.stores.rules.statutory import EditSpent, as_csv, read_year, stretches
from crm.stores.views import bp
from crm.web.session import db_session, unit_of_work


def _page(form: YearForm | None = None, preview: tuple[NamedDay, ...] = ()) -> str:
    known, today = queries.named_years(db_session()), fmt.local(clock.now()).date()
    coming = today.year if today.year not in known else max(known) + 1
    asked = request.args.get("edit", type=int)
    if form is None:
        year = asked if asked in known else coming
        form = YearForm(data={"year": year, "text": as_csv(known.get(year, ()))}, today=today)
    return render_template(
        "stores/calendar.html",
        form=form,
        editing=asked in known,
        years=[(year, stretches(days)) for year, days in reversed(known.items())],
        preview=stretches(preview),
        unknown=[year for year in (today.year, today.year + 1) if year not in known],
    )


@bp.get("/settings/calendar")
@require(Permission.SETTINGS)
def calendar() -> ResponseReturnValue:
    """Show the years that are known, and the form for another one."""
    return _page()


@bp.post("/settings/calendar")
@require(Permission.SETTINGS)
def enter_year() -> ResponseReturnValue:
    """Show what was read; saved only when it was looked at."""
    form = YearForm(request.form, today=fmt.local(clock.now()).date())
    if not form.validate():
        return _page(form), 422
    try:
        days = read_year(str(form.text.data), int(form.year.data or 0))
    except BadYear as error:
        form.text.errors = [_(error.key, **error.values)]
        return _page(form), 422
    return _save(form, days) if "save" in request.form else _page(form, days)


def _save(form: YearForm, days: tuple[NamedDay, ...]) -> ResponseReturnValue:
    year = int(form.year.data or 0)
    with unit_of_work() as session:
        edit = service.enter_year(
            session,
            year,
            days,
            source=str(form.source.data or ""),
            actor=current_actor(),
            now=clock.now(),
        )
        session.flush()  # undo names the change
    undo = f"undo:{url_for('.undo_year', edit_id=edit.id)}" if edit else "message"
    flash(_("stores.calendar_saved", year=year), undo)
    return redirect(url_for(".calendar"), code=303)


@bp.post("/settings/calendar/<int:edit_id>/undo")
@require(Permission.SETTINGS)
def undo_year(edit_id: int) -> ResponseReturnValue:
    """Put back what stood there before."""
    try:
        with unit_of_work() as session:
            service.undo_year(session, edit_id, actor=current_actor(), now=clock.now())
    except EditSpent:
        flash(_("stores.calendar_undo_spent"))
    else:
        flash(_("web.undone"))
    return redirect(url_for(".calendar"), code=303)
