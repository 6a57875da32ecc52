"""The inbox of whoever is signed in: what each line is about, where, and where to go."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.alerts import queries, service
from crm.alerts.forms import place_in_time
from crm.alerts.queries import InboxLine
from crm.alerts.rules import COMPLAINT_KINDS, AlertKind
from crm.i18n import _
from crm.web.pages import encode_cursor
from crm.web.session import db_session
from crm.workbench.queries.inbox import places

bp = Blueprint("inbox", __name__)

_LINKS = {
    AlertKind.ATTENTION_OVER: ("/contacts/{id}", "alerts.open_contact"),
    AlertKind.ROBOT_REFUSED: ("/settings/alerts", "alerts.open_channels"),
    AlertKind.INCIDENT: ("/incidents/{id}", "alerts.open_incident"),
    AlertKind.DAILY: ("/complaints", "alerts.open_board"),
    AlertKind.BROKEN: ("/status", "alerts.open_status"),
} | dict.fromkeys(COMPLAINT_KINDS, ("/complaints/{id}", "alerts.open_complaint"))


@bp.get("/inbox")
@require(Permission.SEE)
def index() -> ResponseReturnValue:
    """Show a page of the person's lines, newest first."""
    session, actor = db_session(), current_actor()
    cursor, only_new = request.args.get("cursor", ""), request.args.get("only") == "new"
    before = place_in_time(cursor) if cursor else None
    lines = queries.inbox(session, actor, before=before, only_new=only_new)
    shown, more = lines[: queries.INBOX_LENGTH], lines[queries.INBOX_LENGTH :]
    where = places(session, [line.alert for line in shown])
    return render_template(
        "workbench/inbox.html",
        lines=[(x, service.line(x.alert), where.get(x.alert.id), *_link(x)) for x in shown],
        unseen=queries.unseen(session, actor),
        only_new=only_new,
        cursor=cursor,
        up_to=_cursor(shown[0]) if shown else "",
        older=url_for(".index", cursor=_cursor(shown[-1]), only=request.args.get("only"))
        if more
        else None,
        now=clock.now(),
    )


def _cursor(line: InboxLine) -> str:
    return encode_cursor(line.alert.created_at.isoformat(), line.alert.id)


def _link(line: InboxLine) -> tuple[str, str]:
    """Return where a line leads, and in which words."""
    path, key = _LINKS[line.alert.kind]
    return path.format(id=line.alert.subject_id), _(key, no=line.alert.short_no)
