"""The inbox of whoever is signed in. Opening it changes nothing; only a POST acknowledges."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.alerts import queries, service
from crm.alerts.forms import SeenForm
from crm.alerts.rules import COMPLAINT_KINDS, AlertKind
from crm.i18n import _
from crm.web.pages import decode_cursor, encode_cursor
from crm.web.session import db_session, unit_of_work

bp = Blueprint("alerts", __name__)

_LINKS = {
    AlertKind.ATTENTION_OVER: ("/contacts/{id}", "alerts.open_contact"),
    AlertKind.ROBOT_REFUSED: ("/settings/alerts", "alerts.open_channels"),
    AlertKind.INCIDENT: ("/incidents/{id}", "alerts.open_incident"),
    AlertKind.DAILY: ("/complaints", "alerts.open_board"),
    AlertKind.BROKEN: ("/status", "alerts.open_status"),
} | dict.fromkeys(COMPLAINT_KINDS, ("/complaints/{id}", "alerts.open_complaint"))


@bp.get("/inbox")
@require(Permission.SEE)
def inbox() -> ResponseReturnValue:
    """Show a page of the person's lines, newest first."""
    session, actor = db_session(), current_actor()
    cursor = request.args.get("cursor")
    before = decode_cursor(cursor, int)[0] if cursor else None
    lines = queries.inbox(session, actor, before=before)
    shown, more = lines[: queries.INBOX_LENGTH], lines[queries.INBOX_LENGTH :]
    return render_template(
        "alerts/inbox.html",
        lines=[(line, service.line(line.alert), *_link(line)) for line in shown],
        unseen=queries.unseen(session, actor),
        up_to=shown[0].alert.id if shown else 0,
        next_cursor=encode_cursor(shown[-1].alert.id) if more else None,
        now=clock.now(),
    )


@bp.post("/inbox/<int:alert_id>/acknowledge")
@require(Permission.SEE)
def acknowledge(alert_id: int) -> ResponseReturnValue:
    """Note that the person knows; it stops no clock."""
    with unit_of_work() as session:
        alert = queries.inbox_alert(session, alert_id, current_actor())
        service.acknowledge(session, alert, actor=current_actor(), now=clock.now())
    flash(_("alerts.acknowledged"))
    return redirect(url_for(".inbox"), code=303)


@bp.post("/inbox/seen")
@require(Permission.SEE)
def mark_all_seen() -> ResponseReturnValue:
    """Mark as seen what the page showed."""
    form = SeenForm(request.form)
    if form.validate():
        with unit_of_work() as session:
            service.mark_all_seen(
                session, actor=current_actor(), up_to=form.alert_id, now=clock.now()
            )
        flash(_("alerts.marked"))
    return redirect(url_for(".inbox"), code=303)


def _link(line: queries.InboxLine) -> tuple[str, str]:
    """Return where a line leads, and in which words."""
    path, key = _LINKS[line.alert.kind]
    return path.format(id=line.alert.subject_id), _(key, no=line.alert.short_no)
