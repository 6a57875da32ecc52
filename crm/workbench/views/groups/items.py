"""One tap on what nobody has answered: a complaint, none, answered, needs no answer."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import service as complaints
from crm.complaints.rules.commands import TooLate
from crm.complaints.rules.words import BadEvent
from crm.groups import queries, service
from crm.i18n import _
from crm.web.session import unit_of_work
from crm.workbench.views.groups import bp


def _back(group_id: int, words: str, undo: str = "") -> ResponseReturnValue:
    flash(words, f"undo:{undo}" if undo else "message")
    return redirect(url_for(".show", group_id=group_id), code=303)


@bp.post("/groups/<int:group_id>/items/<int:item_id>/complaint")
@require(Permission.RECORD)
def open_complaint(group_id: int, item_id: int) -> ResponseReturnValue:
    """Open a complaint from the line that reads most like one."""
    actor, now = current_actor(), clock.now()
    try:
        with unit_of_work() as session:
            group = queries.visible_group(session, group_id, actor)
            complaint = complaints.open_item(session, group, item_id, actor=actor, now=now)
    except BadEvent as error:  # said too long ago
        return _back(group_id, _(error.key, **error.values))
    return _back(group_id, _("groups.complaint_opened", no=complaint.short_no))


@bp.post("/groups/<int:group_id>/items/<int:item_id>/not-complaint")
@require(Permission.DISMISS_SUSPECTED)
def not_complaint(group_id: int, item_id: int) -> ResponseReturnValue:
    """Say that none of these lines is a complaint; a question goes on waiting."""
    actor, now = current_actor(), clock.now()
    try:
        with unit_of_work() as session:
            group = queries.visible_group(session, group_id, actor)
            complaints.dismiss_item(session, group, item_id, actor=actor, now=now)
    except TooLate:
        return _back(group_id, _("groups.worked_on"))
    return _back(group_id, _("groups.dismissed"))


@bp.post("/groups/<int:group_id>/items/<int:item_id>/answered")
@require(Permission.RECORD)
def answered(group_id: int, item_id: int) -> ResponseReturnValue:
    """Say that it was answered."""
    actor, now = current_actor(), clock.now()
    with unit_of_work() as session:
        group = queries.visible_group(session, group_id, actor)
        item = queries.item_of_group(session, group.id, item_id)
        service.answer_item(session, item, reply=None, actor=actor, now=now)
    undo = url_for(".reopen", group_id=group_id, item_id=item_id)
    return _back(group_id, _("groups.answered"), undo)


@bp.post("/groups/<int:group_id>/items/<int:item_id>/not-needed")
@require(Permission.RECORD)
def not_needed(group_id: int, item_id: int) -> ResponseReturnValue:
    """Say that it needs no answer."""
    actor, now = current_actor(), clock.now()
    with unit_of_work() as session:
        group = queries.visible_group(session, group_id, actor)
        item = queries.item_of_group(session, group.id, item_id)
        service.dismiss_item(session, item, actor=actor, now=now)
    undo = url_for(".reopen", group_id=group_id, item_id=item_id)
    return _back(group_id, _("groups.not_needed"), undo)


@bp.post("/groups/<int:group_id>/items/<int:item_id>/reopen")
@require(Permission.RECORD)
def reopen(group_id: int, item_id: int) -> ResponseReturnValue:
    """Take a tap back."""
    actor, now = current_actor(), clock.now()
    with unit_of_work() as session:
        group = queries.visible_group(session, group_id, actor)
        item = queries.item_of_group(session, group.id, item_id)
        service.reopen_item(session, item, actor=actor, now=now)
    return _back(group_id, _("groups.undone"))
