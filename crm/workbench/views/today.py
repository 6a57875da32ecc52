"""Today: a queue of decisions, not a dashboard."""

import secrets

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.i18n import fmt
from crm.web.security import csrf_token
from crm.web.session import db_session
from crm.workbench.queries.today import today
from crm.workbench.rules import TODAY_ROWS
from crm.workbench.views.rows import follow_up_rows

bp = Blueprint("today", __name__)


@bp.get("/today")
@require(Permission.SEE)
def show() -> ResponseReturnValue:
    """Show what waits, whom to contact, and the time that is left."""
    now = clock.now()
    page = today(db_session(), current_actor(), now=now)
    key = secrets.token_urlsafe(12)
    return render_template(
        "workbench/today.html",
        now=now,
        date=fmt.local(now).date(),
        today=page,
        rows=follow_up_rows(
            page.people[:TODAY_ROWS], fmt.local(now).date(), key=key, csrf=csrf_token()
        ),
    )
