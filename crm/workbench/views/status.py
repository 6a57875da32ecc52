"""The status page, for lead and owner: what the engine does, what it could not do."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, may, require
from crm.accounts.rules import Permission
from crm.alerts import service as alerts
from crm.alerts.queries import AlertRow
from crm.i18n import _, fmt
from crm.integrations.views import name_of
from crm.web.session import db_session, unit_of_work
from crm.workbench.queries.status import status

bp = Blueprint("status", __name__)


@bp.get("/status")
@require(Permission.SEE_STATUS)
def index() -> ResponseReturnValue:
    """Show the state of the engine."""
    now = clock.now()
    found = status(db_session(), now=now, today=fmt.local(now).date())
    return render_template(
        "workbench/status.html",
        status=found,
        dead=[(row, alerts.line(row.alert), _channel(row)) for row in found.dead],
        refused=[(channel, name_of(channel)) for channel in found.refused],
        may_settings=may(Permission.SETTINGS),
        now=now,
    )


@bp.post("/status/alerts/<int:alert_id>/retry")
@require(Permission.SEE_STATUS)
def retry(alert_id: int) -> ResponseReturnValue:
    """Send an alert again that was given up."""
    return _again(alert_id)


@bp.post("/status/alerts/retry")
@require(Permission.SEE_STATUS)
def retry_all() -> ResponseReturnValue:
    """Send every alert again that was given up."""
    return _again(None)


def _again(alert_id: int | None) -> ResponseReturnValue:
    with unit_of_work() as session:
        count = alerts.retry_dead(session, alert_id, actor=current_actor(), now=clock.now())
    flash(_("status.retried", n=count))
    return redirect(url_for(".index"), code=303)


def _channel(row: AlertRow) -> str:
    """What people call the channel that did not take it."""
    kind = _(f"integrations.kind_{row.channel_kind}")
    return _("integrations.named", kind=kind, n=row.channel_id)
