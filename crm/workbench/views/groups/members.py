"""Who is in a group, and who is behind a name."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.contacts.queries import contact_to_name, search_contacts
from crm.contacts.rules import QUERY_MAX, one_line
from crm.groups import queries, service
from crm.groups.models import ChatGroup
from crm.groups.rules import Pick, mask_phones
from crm.i18n import _
from crm.web.pages import ROW_MAX
from crm.web.session import db_session, unit_of_work
from crm.workbench.forms import typed_id
from crm.workbench.queries.groups import member_rows
from crm.workbench.views.groups import bp


@bp.get("/groups/<int:group_id>/members")
@require(Permission.SEE)
def members(group_id: int) -> ResponseReturnValue:
    """Show the names of a group; those nobody was found for come first."""
    session = db_session()
    group = queries.visible_group(session, group_id, current_actor())
    return render_template("groups/members.html", group=group, rows=member_rows(session, group))


@bp.get("/groups/<int:group_id>/members/<int:member_id>")
@require(Permission.RECORD)
def member(group_id: int, member_id: int) -> ResponseReturnValue:
    """Show whom a name may belong to: contacts found by a search, and the store's people."""
    session, actor = db_session(), current_actor()
    group = queries.visible_group(session, group_id, actor)
    one = queries.member_of_group(session, group.id, member_id)
    q = one_line(request.args.get("q", one.nickname))[:QUERY_MAX]
    return render_template(
        "groups/member.html",
        group=group,
        member=one,
        q=mask_phones(q),
        hits=search_contacts(session, q, actor),
        staff=queries.staff_of_store(session, group.store_id),
    )


@bp.post("/groups/<int:group_id>/members/<int:member_id>")
@require(Permission.RECORD)
def identify(group_id: int, member_id: int) -> ResponseReturnValue:
    """Say who is behind a name: a contact, a member of staff, or nobody known."""
    actor, now = current_actor(), clock.now()
    contact_id, staff_id = _posted("contact"), _posted("staff")
    with unit_of_work() as session:
        group = queries.visible_group(session, group_id, actor)
        one = queries.member_of_group(session, group.id, member_id)
        if contact_id is not None:  # 404 outside the actor's stores
            contact_id = contact_to_name(session, contact_id, actor).id
        elif staff_id is not None and staff_id not in _staff_ids(session, group):
            raise NotFound
        pick = Pick(contact_id, None if contact_id else staff_id)
        service.identify(session, group, one, pick, actor=actor, now=now)
    flash(_("web.saved"))
    return redirect(url_for(".members", group_id=group_id), code=303)


def _posted(name: str) -> int | None:
    """Return the row that a button names, None where it names none; 404 for what is no row."""
    text = request.form.get(name)
    if text is None:
        return None
    number = typed_id(text)
    if number is None or number > ROW_MAX:
        raise NotFound
    return number


def _staff_ids(session: Any, group: ChatGroup) -> set[int]:
    return {row.id for row in queries.staff_of_store(session, group.store_id)}
