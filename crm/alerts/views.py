"""What a person does with a line of the inbox. Opening it changes nothing; only a POST does."""

from urllib.parse import quote

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.alerts import queries, service
from crm.alerts.forms import SeenForm
from crm.i18n import _
from crm.web.session import unit_of_work

bp = Blueprint("alerts", __name__)


@bp.post("/inbox/<int:alert_id>/acknowledge")
@require(Permission.SEE)
def acknowledge(alert_id: int) -> ResponseReturnValue:
    """Note that the person knows; it stops no clock."""
    with unit_of_work() as session:
        alert = queries.inbox_alert(session, alert_id, current_actor())
        service.acknowledge(session, alert, actor=current_actor(), now=clock.now())
    flash(_("alerts.acknowledged"))
    return _back()


@bp.post("/inbox/seen")
@require(Permission.SEE)
def mark_all_seen() -> ResponseReturnValue:
    """Mark as seen what the page showed."""
    form = SeenForm(request.form)
    if form.validate():
        with unit_of_work() as session:
            service.mark_all_seen(
                session, actor=current_actor(), newest=form.newest, now=clock.now()
            )
        flash(_("alerts.marked"))
    return _back()


def _back() -> ResponseReturnValue:
    """Return to the page of the inbox on which the button stood."""
    cursor = quote(request.form.get("cursor", ""))
    return redirect(f"/inbox?cursor={cursor}" if cursor else "/inbox", code=303)
