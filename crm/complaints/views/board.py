"""The board: what waits, what is handled, what was closed today."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import queries, service
from crm.complaints.queries.board import Narrowed
from crm.complaints.rules.commands import NewEvent
from crm.complaints.rules.words import EventType, State
from crm.complaints.views import bp
from crm.complaints.views.refused import explained
from crm.stores.queries import stores_in_scope
from crm.web.pages import row_id
from crm.web.session import db_session, unit_of_work


@bp.get("/complaints")
@require(Permission.SEE)
def board() -> ResponseReturnValue:
    """Show the complaints of the person's stores: all, or of one store, one severity, her own."""
    session, actor, now = db_session(), current_actor(), clock.now()
    only = Narrowed(
        request.args.get("store", type=row_id),
        request.args.get("severity", type=row_id),
        actor.id if "mine" in request.args else None,
    )
    return render_template(
        "complaints/board.html",
        board=queries.board(session, actor, now, only=only),
        stores=stores_in_scope(session, actor),
        is_filtering="filter" in request.args or bool(only),
        only=only,
        now=now,
    )


@bp.post("/complaints/<int:complaint_id>/take")
@require(Permission.RECORD)
@explained
def take(complaint_id: int) -> ResponseReturnValue:
    """Become the one who answers. It stops no clock."""
    actor, now = current_actor(), clock.now()
    with unit_of_work() as session:
        complaint = queries.visible_complaint(session, complaint_id, actor)
        if complaint.assignee_id not in {None, actor.id}:
            hand = NewEvent(EventType.HANDED_OVER, data={"to_id": actor.id})
            service.record_event(session, complaint, hand, actor=actor, now=now)
        if complaint.state is State.OPEN:
            taken = NewEvent(EventType.ACKNOWLEDGED)
            service.record_event(session, complaint, taken, actor=actor, now=now)
    return redirect(url_for(".show", complaint_id=complaint_id), code=303)
