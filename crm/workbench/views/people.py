"""The list of contacts: search, filters, pages."""

from datetime import datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, may, require
from crm.accounts.rules import Permission
from crm.contacts.rules import QUERY_MAX, one_line
from crm.i18n import fmt
from crm.web.filters import render_around
from crm.web.pages import cursor_moment, decode_cursor, encode_cursor
from crm.web.session import db_session
from crm.workbench.queries.people import Position, Slice, contact_page, contact_search
from crm.workbench.rules import ListFilter
from crm.workbench.views.rows import contact_rows

bp = Blueprint("people", __name__)


@bp.get("/contacts")
@require(Permission.SEE)
def index() -> ResponseReturnValue:
    """Show the actor's contacts, or what a search finds."""
    q, only, now = one_line(request.args.get("q"))[:QUERY_MAX], _filter(), clock.now()
    page = _slice(q, only, now)
    changing = {
        "rows": contact_rows(page.rows, fmt.local(now).date()),
        "previous_url": _url(only, "before", page.previous),
        "next_url": _url(only, "after", page.next),
    }
    return render_around(
        "workbench/people.html",
        changing,
        keep=not q,
        q=q,
        only=only,
        filters=tuple(ListFilter),
        found=bool(page.rows),
        may_merge=may(Permission.MERGE_CONTACTS),
        may_import=may(Permission.IMPORT_FILES),
    )


def _slice(q: str, only: ListFilter, now: datetime) -> Slice:
    if q:
        return Slice(contact_search(db_session(), current_actor(), q, now=now))
    where = {"after": _position("after"), "before": _position("before")}
    return contact_page(db_session(), current_actor(), only, **where, now=now)


def _filter() -> ListFilter:
    try:
        return ListFilter(request.args.get("show", ListFilter.ALL))
    except ValueError:
        return ListFilter.ALL


def _position(name: str) -> Position | None:
    text = request.args.get(name)
    if not text:
        return None
    moment, contact_id = decode_cursor(text, str, int)
    return cursor_moment(moment), contact_id


def _url(only: ListFilter, direction: str, position: Position | None) -> str | None:
    if position is None:
        return None
    cursor = encode_cursor(position[0].isoformat(), position[1])
    show = "" if only is ListFilter.ALL else f"show={only.value}&"
    return f"/contacts?{show}{direction}={cursor}"  # a cursor is made of what addresses may hold
