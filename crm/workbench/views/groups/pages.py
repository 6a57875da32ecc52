"""The list of groups, a group, and the form that adds or changes one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.queries import stores_by_staff, team
from crm.accounts.rules import ALL_STORES, Permission
from crm.complaints.queries.incidents import incident_of_group
from crm.groups import queries, service
from crm.groups.forms import NOBODY, GroupForm
from crm.groups.models import ChatGroup
from crm.groups.rules import UNDO_WITHIN
from crm.i18n import _
from crm.stores.queries import stores_in_scope
from crm.web.session import db_session, unit_of_work
from crm.workbench.queries.groups import unanswered_rows
from crm.workbench.views.groups import bp


@bp.get("/groups")
@require(Permission.SEE)
def index() -> ResponseReturnValue:
    """Show the actor's groups, those with unanswered messages first."""
    rows = queries.group_rows(db_session(), current_actor())
    return render_template("groups/index.html", rows=rows)


@bp.get("/groups/<int:group_id>")
@require(Permission.SEE)
def show(group_id: int) -> ResponseReturnValue:
    """Show what nobody has answered in a group, and what can still be undone."""
    session, now = db_session(), clock.now()
    group = queries.visible_group(session, group_id, current_actor())
    return render_template(
        "groups/show.html",
        head=queries.group_head(session, group),
        rows=unanswered_rows(session, group, now=now),
        incident_id=incident_of_group(session, group.id),
        imports=queries.imports_since(session, group.id, now - UNDO_WITHIN),
        now=now,
    )


def _form(group: ChatGroup | None = None) -> GroupForm:
    session = db_session()
    stores = [(store.id, store.name) for store in stores_in_scope(session, current_actor())]
    if group is not None:  # a group stays with its store
        stores = [(store_id, name) for store_id, name in stores if store_id == group.store_id]
    owner_id = group.owner_id if group else None
    staff = _people({store_id for store_id, _name in stores}, owner_id)
    data = None if group is None else {**vars(group), "owner_id": owner_id or NOBODY}
    return GroupForm(request.form, data=data, stores=stores, staff=staff)


def _people(store_ids: set[int], owner_id: int | None) -> list[tuple[int, str]]:
    """Return who may look after a group of these stores, and who does."""
    session = db_session()
    works = stores_by_staff(session)
    return [
        (one.id, one.name)
        for one in team(session)
        if one.id == owner_id
        or (
            one.disabled_at is None
            and (one.role in ALL_STORES or works.get(one.id, set()) & store_ids)
        )
    ]


def _page(form: GroupForm, heading: str, back: str) -> str:
    return render_template("groups/edit.html", form=form, heading=heading, back=back)


@bp.get("/groups/new")
@require(Permission.RECORD)
def new() -> ResponseReturnValue:
    """Show the form of a new group."""
    return _page(_form(), _("groups.add"), url_for(".index"))


@bp.post("/groups/new")
@require(Permission.RECORD)
def create() -> ResponseReturnValue:
    """Add a group."""
    form = _form()
    if not form.validate():
        return _page(form, _("groups.add"), url_for(".index")), 422
    with unit_of_work() as session:
        command = form.to_command()
        group = service.add_group(session, command, actor=current_actor(), now=clock.now())
    flash(_("groups.added", name=group.name))
    return redirect(url_for(".show", group_id=group.id), code=303)


@bp.get("/groups/<int:group_id>/edit")
@require(Permission.RECORD)
def edit(group_id: int) -> ResponseReturnValue:
    """Show the form of a group."""
    group = queries.visible_group(db_session(), group_id, current_actor())
    return _page(_form(group), _("groups.change"), url_for(".show", group_id=group_id))


@bp.post("/groups/<int:group_id>/edit")
@require(Permission.RECORD)
def change(group_id: int) -> ResponseReturnValue:
    """Change a group."""
    form = _form(queries.visible_group(db_session(), group_id, current_actor()))
    if not form.validate():
        return _page(form, _("groups.change"), url_for(".show", group_id=group_id)), 422
    with unit_of_work() as session:
        group = queries.visible_group(session, group_id, current_actor())
        command, actor = form.to_command(), current_actor()
        service.change_group(session, group, command, actor=actor, now=clock.now())
    flash(_("web.saved"))
    return redirect(url_for(".show", group_id=group_id), code=303)
