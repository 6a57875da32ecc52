"""Who is on duty and who is away; what was added or removed can be taken back."""

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.i18n import _
from crm.stores import queries, service
from crm.stores.forms import LeaveForm, ShiftForm, write_windows
from crm.stores.rules.roster import BadLeave, BadShift, NotHere
from crm.stores.views import bp
from crm.web.session import db_session, unit_of_work


def _page(
    plan: queries.Plan,
    now: datetime,
    shift: ShiftForm | None = None,
    leave: LeaveForm | None = None,
) -> str:
    stores = list(plan.stores.items())
    return render_template(
        "stores/roster.html",
        plan=plan,
        shift=shift or ShiftForm(people=plan.active, stores=stores),
        leave=leave or LeaveForm(people=plan.active),
        failed=shift or leave,
        write_windows=write_windows,
        now=now,
    )


def _plan() -> tuple[queries.Plan, datetime]:
    now = clock.now()
    return queries.duty_plan(db_session(), now=now), now


def _done(words: str, undo: str = "") -> ResponseReturnValue:
    flash(words, f"undo:{undo}" if undo else "message")
    return redirect(url_for(".roster"), code=303)


def _put(act: Callable[..., None], number: int, undo: str = "", **how: bool) -> ResponseReturnValue:
    with unit_of_work() as session:
        act(session, number, actor=current_actor(), now=clock.now(), **how)
    return _done(_("stores.removed") if undo else _("web.undone"), undo)


@bp.get("/settings/roster")
@require(Permission.ROSTER_TEMPLATES)
def roster() -> ResponseReturnValue:
    """Show who is on duty now and in the next days, gaps, and leave."""
    return _page(*_plan())


@bp.post("/settings/roster/shifts")
@require(Permission.ROSTER_TEMPLATES)
def add_shift() -> ResponseReturnValue:
    """Put somebody on duty."""
    plan, now = _plan()
    form = ShiftForm(request.form, people=plan.active, stores=list(plan.stores.items()))
    if not form.validate():
        return _page(plan, now, shift=form), 422
    try:
        with unit_of_work() as session:
            rows = service.add_shifts(session, form.to_shifts(), actor=current_actor(), now=now)
    except (BadShift, NotHere):
        form.person.errors = [_("stores.duty_not_here")]
        return _page(plan, now, shift=form), 422
    if not rows:
        return _done(_("stores.duty_known"))
    return _done(_("stores.duty_added"), url_for(".take_back_shifts", shift_id=rows[0].id))


@bp.post("/settings/roster/shifts/<int:shift_id>/take-back")
@require(Permission.ROSTER_TEMPLATES)
def take_back_shifts(shift_id: int) -> ResponseReturnValue:
    """Take out again what one form put into the plan."""
    return _put(service.take_back_shifts, shift_id)


@bp.post("/settings/roster/shifts/<int:shift_id>/remove")
@require(Permission.ROSTER_TEMPLATES)
def remove_shift(shift_id: int) -> ResponseReturnValue:
    """Take a shift out of the plan."""
    undo = url_for(".restore_shift", shift_id=shift_id)
    return _put(service.put_shift, shift_id, undo, is_in=False)


@bp.post("/settings/roster/shifts/<int:shift_id>/restore")
@require(Permission.ROSTER_TEMPLATES)
def restore_shift(shift_id: int) -> ResponseReturnValue:
    """Put a shift back."""
    return _put(service.put_shift, shift_id, is_in=True)


@bp.post("/settings/roster/leave")
@require(Permission.ROSTER_TEMPLATES)
def add_leave() -> ResponseReturnValue:
    """Note that somebody is away, and who stands in."""
    plan, now = _plan()
    form = LeaveForm(request.form, people=plan.active)
    if not form.validate():
        return _page(plan, now, leave=form), 422
    try:
        with unit_of_work() as session:
            row = service.add_leave(session, form.to_leave(), actor=current_actor(), now=now)
    except (BadLeave, NotHere):
        form.last_day.errors = [_("stores.leave_bad")]
        return _page(plan, now, leave=form), 422
    return _done(_("stores.leave_added"), url_for(".remove_leave", leave_id=row.id))


@bp.post("/settings/roster/leave/<int:leave_id>/remove")
@require(Permission.ROSTER_TEMPLATES)
def remove_leave(leave_id: int) -> ResponseReturnValue:
    """Take leave back."""
    undo = url_for(".restore_leave", leave_id=leave_id)
    return _put(service.put_leave, leave_id, undo, is_in=False)


@bp.post("/settings/roster/leave/<int:leave_id>/restore")
@require(Permission.ROSTER_TEMPLATES)
def restore_leave(leave_id: int) -> ResponseReturnValue:
    """Let leave hold again."""
    return _put(service.put_leave, leave_id, is_in=True)
