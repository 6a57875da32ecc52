"""One contact: who she is, what she bought, how much time is left, and all that happened."""

import secrets

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, may, require
from crm.accounts.rules import Permission
from crm.albums.rules import is_public
from crm.albums.views.books import link_of
from crm.attention.rules import TouchKind
from crm.contacts.queries import visible_contact
from crm.i18n import fmt
from crm.lifecycle.rules.timeline import Kind, Position
from crm.web.pages import BadCursor, cursor_moment, decode_cursor, encode_cursor
from crm.web.session import db_session
from crm.workbench.queries.contact import contact_page
from crm.workbench.rules import TimelineFilter
from crm.workbench.views.rows import why

bp = Blueprint("contact", __name__)

ONE_TAP = (TouchKind.CHAT, TouchKind.PHOTO, TouchKind.VOICE, TouchKind.STORE)
CHOICES = {
    "filters": list(TimelineFilter),
    "kinds": ONE_TAP,
    "link_of": link_of,
    "is_public": is_public,
}
RIGHTS = {
    "may_reveal": Permission.REVEAL_PHONE,
    "may_raise": Permission.OVERRULE_LIMIT,
    "may_merge": Permission.MERGE_CONTACTS,
    "may_hand_on": Permission.HAND_ON,
    "may_administer": Permission.ADMINISTER,
}


@bp.get("/contacts/<int:contact_id>")
@require(Permission.SEE)
def show(contact_id: int) -> ResponseReturnValue:
    """Show one contact with the latest of her timeline."""
    session, now = db_session(), clock.now()
    contact = visible_contact(session, contact_id, current_actor())
    if contact.id != contact_id:  # she was merged into that one
        return redirect(url_for(".show", contact_id=contact.id))
    only, after, today = _filter(), _after(), fmt.local(now).date()
    page = contact_page(session, contact, current_actor(), only=only, after=after, now=now)
    return render_template(
        "workbench/contact.html",
        page=page,
        planned=[(fmt.day(row.due_on, today=today), why(row, today)) for row in page.planned],
        only=only,
        older=_older(contact_id, only, page.timeline.after),
        **CHOICES,
        key=secrets.token_urlsafe(12),
        **{name: may(permission) for name, permission in RIGHTS.items()},
        now=now,
        today=today,
    )


def _after() -> Position | None:
    text = request.args.get("after")
    if not text:
        return None
    moment, kind, number = decode_cursor(text, str, str, int)
    if kind not in set(Kind):
        raise BadCursor(text)
    return cursor_moment(moment), Kind(kind), number


def _older(contact_id: int, only: TimelineFilter, after: Position | None) -> str | None:
    if after is None:
        return None
    cursor = encode_cursor(after[0].isoformat(), after[1].value, after[2])
    path = url_for(".show", contact_id=contact_id, show=only.value, after=cursor)
    return f"{path}#timeline"


def _filter() -> TimelineFilter:
    try:
        return TimelineFilter(request.args.get("show", TimelineFilter.ALL))
    except ValueError:
        return TimelineFilter.ALL
