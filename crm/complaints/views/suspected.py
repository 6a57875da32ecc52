"""What Shuke opened by itself waits for one tap: a complaint, or none."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import queries, service
from crm.complaints.rules.commands import TooLate
from crm.complaints.rules.words import BadEvent
from crm.complaints.views import bp
from crm.i18n import _
from crm.web.session import db_session, unit_of_work


def _line_of(complaint_id: int) -> int:
    """Return the line the complaint came from."""
    complaint = queries.visible_complaint(db_session(), complaint_id, current_actor())
    if complaint.message_id is None:
        raise NotFound
    return complaint.message_id


@bp.post("/complaints/<int:complaint_id>/suspected/yes")
@require(Permission.RECORD)
def confirm(complaint_id: int) -> ResponseReturnValue:
    """It is a complaint: it stays, suspected no more."""
    message_id, actor, now = _line_of(complaint_id), current_actor(), clock.now()
    opened = complaint_id
    try:
        with unit_of_work() as session:
            complaint = service.open_suspected(session, message_id, actor=actor, now=now)
            opened = complaint.id
    except BadEvent as error:  # it was ended as none, and the line is too old for another one
        flash(_(error.key, **error.values))
    return redirect(url_for(".show", complaint_id=opened), code=303)


@bp.post("/complaints/<int:complaint_id>/suspected/no")
@require(Permission.DISMISS_SUSPECTED)
def dismiss(complaint_id: int) -> ResponseReturnValue:
    """It is none: it goes, unless somebody has worked on it."""
    message_id, actor, now = _line_of(complaint_id), current_actor(), clock.now()
    try:
        with unit_of_work() as session:
            service.dismiss_suspected(session, message_id, actor=actor, now=now)
    except TooLate:
        flash(_("groups.worked_on"))
        return redirect(url_for(".show", complaint_id=complaint_id), code=303)
    flash(_("groups.dismissed"))
    return redirect(url_for(".board"), code=303)
