"""The audit log, for the owner."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.accounts.access import require
from crm.accounts.rules import Permission
from crm.web.pages import decode_cursor, encode_cursor
from crm.web.session import db_session
from crm.workbench.queries.audit import PAGE_ROWS, audit_lines

bp = Blueprint("audit", __name__)


@bp.get("/audit")
@require(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Show who did what, newest first."""
    cursor = request.args.get("cursor")
    before = decode_cursor(cursor, int)[0] if cursor else None
    lines = audit_lines(db_session(), before=before)
    shown = lines[:PAGE_ROWS]
    more = len(lines) > PAGE_ROWS
    older = url_for(".index", cursor=encode_cursor(shown[-1].id)) if more else None
    return render_template("workbench/audit.html", lines=shown, older=older)
