"""All lists, and a new one."""

import secrets
from datetime import datetime

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
from crm.web.pages import Page, cursor_moment, decode_cursor, encode_cursor
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
    today, most = fmt.local(clock.now()).date(), queries.LISTS_MOST
    rows = queries.lists(
        db_session(), current_actor(), today=today, before=_before(), most=most + 1
    )
    last = rows[most - 1] if len(rows) > most else None
    more = encode_cursor(last.created_at.isoformat(), last.id) if last else None
    return render_template(
        "campaigns/index.html",
        page=Page(rows[:most], next_cursor=more),
        today=today,
        may_build=may(Permission.BUILD_LIST),
        key=secrets.token_urlsafe(16),
    )


def _before() -> tuple[datetime, int] | None:
    """Return the list with which the page before ended."""
    cursor = request.args.get("cursor")
    if not cursor:
        return None
    moment, campaign_id = decode_cursor(cursor, str, int)
    return cursor_moment(moment), campaign_id


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
