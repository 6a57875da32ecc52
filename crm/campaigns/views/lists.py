"""All lists, and a new one."""

import secrets

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, may, require
from crm.accounts.rules import Permission
from crm.campaigns import queries, service
from crm.campaigns.rules import KEY_MAX, Condition, Field, NewCampaign, Op, StoresRefused
from crm.campaigns.views import bp
from crm.claims.rules import clean_line
from crm.i18n import _, fmt
from crm.web.session import db_session, unit_of_work

FIRST_CONDITIONS = (
    Condition(Field.ORDERS, Op.AT_LEAST, 1),
    Condition(Field.DAYS, Op.AT_LEAST, 14),
)
"""What a new list starts from: old customers who did not just buy."""


@bp.get("/campaigns")
@require(Permission.SEE)
def index() -> ResponseReturnValue:
    """Show all lists, newest first."""
    today = fmt.local(clock.now()).date()
    return render_template(
        "campaigns/index.html",
        lists=queries.lists(db_session(), current_actor(), today=today),
        today=today,
        may_build=may(Permission.BUILD_LIST),
        key=secrets.token_urlsafe(16),
    )


@bp.post("/campaigns")
@require(Permission.BUILD_LIST)
def create() -> ResponseReturnValue:
    """Draw up a list; the button pressed twice makes one."""
    now = clock.now()
    command = NewCampaign(
        name=_("campaigns.new_name", day=fmt.day(now)),
        conditions=FIRST_CONDITIONS,
        client_key=(clean_line(request.form.get("key")) or "")[:KEY_MAX] or None,
    )
    try:
        with unit_of_work() as session:
            campaign = service.create(session, command, actor=current_actor(), now=now)
    except StoresRefused:
        flash(_("campaigns.error.no_store"))
        return redirect(url_for(".index"), code=303)
    return redirect(url_for(".show", campaign_id=campaign.id, step="people"), code=303)
