"""What was promised to customers with a date: done with one tap, taken back with another."""

from datetime import datetime

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import queries, service
from crm.complaints.queries.tasks import OpenTask, task_clock, task_page
from crm.complaints.rules.commands import NewEvent
from crm.complaints.rules.words import BadEvent, EventType, IllegalTransition
from crm.complaints.views import bp
from crm.i18n import _
from crm.web.pages import ROW_MAX, BadCursor, cursor_moment, decode_cursor, encode_cursor
from crm.web.session import db_session, unit_of_work

PAGE = 50


@bp.get("/tasks")
@require(Permission.WORK_TASKS)
def tasks() -> ResponseReturnValue:
    """Show the open tasks of the person's stores, due first."""
    cursor = request.args.get("cursor")
    try:
        after = _place(cursor) if cursor else None
    except BadCursor:
        return redirect(url_for(".tasks"), code=303)
    rows = task_page(db_session(), current_actor(), after=after, most=PAGE + 1)
    shown = rows[:PAGE]
    following = url_for(".tasks", cursor=_cursor(shown[-1])) if len(rows) > PAGE else None
    first = url_for(".tasks") if cursor else None
    return render_template(
        "complaints/tasks.html", tasks=shown, next_url=following, first_url=first, now=clock.now()
    )


def _cursor(task: OpenTask) -> str:
    return encode_cursor(task.due_at.isoformat(), task.id)


def _place(cursor: str) -> tuple[datetime, int]:
    due_at, clock_id = decode_cursor(cursor, str, int)
    if not 0 <= clock_id <= ROW_MAX:
        raise BadCursor(cursor)
    return cursor_moment(due_at), clock_id


@bp.post("/tasks/<int:clock_id>/done")
@require(Permission.WORK_TASKS)
def task_done(clock_id: int) -> ResponseReturnValue:
    """Note that a task is done; a second tap notes nothing."""
    actor, now = current_actor(), clock.now()
    with unit_of_work() as session:
        complaint_id, cycle = task_clock(session, clock_id, actor)
        complaint = queries.visible_complaint(session, complaint_id, actor)
        kept = NewEvent(EventType.PROMISE_KEPT, data={"cycle": cycle})
        try:
            row = service.record_event(session, complaint, kept, actor=actor, now=now)
            undo = url_for(".undo", complaint_id=complaint_id, seq=row.seq)
        except (BadEvent, IllegalTransition):  # done already, or the case has ended
            undo = None
    return _answered(clock_id, undo)


def _answered(clock_id: int, undo: str | None) -> ResponseReturnValue:
    words = _("complaints.done.promise_kept") if undo else _("complaints.task_was_done")
    if request.accept_mimetypes.best == "application/json":
        return jsonify(id=clock_id, message=words, undo=undo)
    flash(words, f"undo:{undo}" if undo else "message")
    back = "/today" if request.form.get("back") == "today" else url_for(".tasks")
    return redirect(back, code=303)
