"""One-on-one time: log a touch, take it back, how a contact stands."""

from typing import Any

from flask import Response

from crm import clock
from crm.accounts.access import current_actor
from crm.api.schemas.people import AllowanceOut, TouchIn, TouchOut
from crm.api.views.base import CLOCK_SKEW, located, reads, resource, writes
from crm.attention import queries, service
from crm.attention.rules import Allowance, LogTouch, NotYours, TooLate
from crm.complaints.queries.case import visible_complaint
from crm.contacts.queries import visible_contact
from crm.i18n import _
from crm.web.errors import problem
from crm.web.session import db_session, unit_of_work

bp = resource("touches", "One-on-one time")


@bp.post("/touches")
@writes()
@bp.arguments(TouchIn)
@bp.response(201, TouchOut)
@bp.alt_response(200, schema=TouchOut, success=True)
@bp.alt_response(404, "NOT_FOUND")
def create(command: LogTouch) -> Any:
    """Log a touch; the same client_key again answers 200 with the same id."""
    actor, now = current_actor(), clock.now()
    if command.happened_at > now + CLOCK_SKEW:
        message = _("api.in_the_future")
        return problem(422, errors=[{"field": "happened_at", "message": message}])
    if command.complaint_id is not None:
        visible_complaint(db_session(), command.complaint_id, actor)
    with unit_of_work() as session:
        logged = service.log_touch(session, command, actor=actor, now=now)
    standing = _standing(logged.touch.contact_id, logged.allowance)
    body = {"id": logged.touch.id, "allowance": standing}
    return body, 201 if logged.created else 200, located(f"/touches/{logged.touch.id}")


@bp.delete("/touches/<int:touch_id>")
@writes()
@bp.response(204)
@bp.alt_response(409, "CONFLICT")
def undo(touch_id: int) -> Response | None:
    """Take a touch back within 24 hours."""
    actor = current_actor()
    try:
        with unit_of_work() as session:
            touch = queries.visible_touch(session, touch_id, actor)
            service.undo_touch(session, touch, actor=actor, now=clock.now())
    except (NotYours, TooLate):
        return problem(409, _("api.undo_refused"))
    return None


@bp.get("/contacts/<int:contact_id>/attention")
@reads()
@bp.response(200, AllowanceOut)
def show(contact_id: int) -> Any:
    """Return the last 30 days against the limit, with margin and cost of 90 days."""
    session = db_session()
    contact = visible_contact(session, contact_id, current_actor())
    allowance = queries.allowance(session, contact.id, now=clock.now())
    return _standing(contact.id, allowance)


def _standing(contact_id: int, allowance: Allowance) -> dict[str, Any]:
    session = db_session()
    worth = queries.worth(session, contact_id, now=clock.now())
    limits = queries.policy(session)
    names = ("window_days", "cap_minutes", "used_minutes", "exempt_minutes", "remaining_minutes")
    return {
        **{name: getattr(allowance, name) for name in names},
        "state": allowance.state,
        "margin_fen": worth.margin_fen,
        "cost_fen": worth.cost_fen,
        "policy": _("api.policy", cap=limits.cap_minutes, loyal=limits.loyal_cap_minutes),
    }
