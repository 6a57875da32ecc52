"""Contacts who may be one person: found, laid side by side, merged, made two again."""

from urllib.parse import urlencode

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.contacts.models import Contact
from crm.contacts.queries import contact_to_name, search_contacts, visible_contact
from crm.contacts.rules import QUERY_MAX, one_line
from crm.i18n import _
from crm.lifecycle.forms.merging import MergeForm, PairForm
from crm.lifecycle.queries import merging as queries
from crm.lifecycle.queries.duplicates import Position, alike_of, duplicates
from crm.lifecycle.queries.sides import goes_back, sides
from crm.lifecycle.rules.merging import LaterMerge, OwnSelf, Sealed
from crm.lifecycle.service import merging as service
from crm.lifecycle.views import bp
from crm.stores.queries import store_names
from crm.web.pages import cursor_moment, decode_cursor, encode_cursor, row_id
from crm.web.session import db_session, unit_of_work

LIST = "/contacts/duplicates"


@bp.get("/contacts/duplicates")
@require(Permission.MERGE_CONTACTS)
def index() -> ResponseReturnValue:
    """Show pairs who may be one person, each with the reason."""
    session = db_session()
    found = duplicates(session, current_actor(), after=_after())
    shown = {one for pair in found.pairs for one in (pair.first_id, pair.second_id)}
    people = {one.id: one for one in sides(session, queries.contacts_of(session, shown))}
    return render_template(
        "lifecycle/duplicates.html", found=found, people=people, next_url=_next(found.next)
    )


def _after() -> Position | None:
    text = request.args.get("after")
    if not text:
        return None
    moment, contact_id = decode_cursor(text, str, int)
    return cursor_moment(moment), contact_id


def _next(position: Position | None) -> str | None:
    if position is None:
        return None
    return f"{LIST}?{urlencode({'after': encode_cursor(position[0].isoformat(), position[1])})}"


@bp.post("/contacts/duplicates/apart")
@require(Permission.MERGE_CONTACTS)
def keep_apart() -> ResponseReturnValue:
    """Remember that two who look alike are two people."""
    first, second = PairForm(request.form).pair()
    with unit_of_work() as session:
        service.keep_apart(session, first, second, actor=current_actor(), now=clock.now())
    flash(_("lifecycle.kept_apart"), f"undo:{LIST}/{first}/{second}/together")
    return redirect(LIST, code=303)


@bp.post("/contacts/duplicates/<int:first_id>/<int:second_id>/together")
@require(Permission.MERGE_CONTACTS)
def look_again(first_id: int, second_id: int) -> ResponseReturnValue:
    """Take back that they are two people."""
    with unit_of_work() as session:
        service.look_again(session, first_id, second_id, actor=current_actor(), now=clock.now())
    return redirect(LIST, code=303)


@bp.get("/contacts/<int:contact_id>/merge")
@require(Permission.MERGE_CONTACTS)
def ask(contact_id: int) -> ResponseReturnValue:
    """Lay two contacts side by side, or find the other one first."""
    session, actor = db_session(), current_actor()
    kept = contact_to_name(session, contact_id, actor)
    other_id = request.args.get("with", type=row_id)
    if other_id is not None:
        return _side_by_side(kept, visible_contact(session, other_id, actor))
    q = one_line(request.args.get("q"))[:QUERY_MAX]
    return render_template(
        "lifecycle/merge_with.html",
        contact=kept,
        q=q,
        hits=[hit for hit in search_contacts(session, q, actor) if hit.id != kept.id],
        alike=alike_of(session, kept, actor),
        stores=store_names(session),
    )


def _side_by_side(kept: Contact, other: Contact) -> ResponseReturnValue:
    if kept.id == other.id:
        return redirect(f"/contacts/{kept.id}", code=303)
    mine, hers = sides(db_session(), [kept, other])
    form = MergeForm(None, kept=mine, other=hers)
    return render_template("lifecycle/merge.html", form=form, mine=mine, hers=hers)


@bp.post("/contacts/<int:contact_id>/merge")
@require(Permission.MERGE_CONTACTS)
def merge(contact_id: int) -> ResponseReturnValue:
    """Make one of two contacts."""
    session, actor = db_session(), current_actor()
    kept = queries.standing_contact(session, contact_id, actor)
    other = queries.standing_contact(session, PairForm(request.form).chosen(), actor)
    mine, hers = sides(session, [kept, other])
    form = MergeForm(request.form, kept=mine, other=hers)
    if not form.validate():
        return render_template("lifecycle/merge.html", form=form, mine=mine, hers=hers), 422
    command = form.to_command(kept.id, other.id)
    try:
        with unit_of_work() as session:
            made = service.merge(session, command, actor=actor, now=clock.now())
    except OwnSelf:
        return redirect(f"/contacts/{contact_id}", code=303)
    flash(_("lifecycle.merged", name=hers.name), f"undo:/merges/{made.id}/undo")
    return redirect(f"/contacts/{made.kept_id}", code=303)


@bp.get("/merges/<int:merge_id>")
@require(Permission.MERGE_CONTACTS)
def show(merge_id: int) -> ResponseReturnValue:
    """Say what undoing a merge will do."""
    return _shown(merge_id, 200)


def _shown(merge_id: int, status: int) -> ResponseReturnValue:
    session, actor = db_session(), current_actor()
    made = queries.visible_merge(session, merge_id, actor)
    kept, other = queries.both_sides(session, made)
    return render_template(
        "lifecycle/merged.html",
        merge=made,
        mine=kept,
        hers=other,
        counts=goes_back(made),
        later=queries.later_merge(session, made),
        sealed=made.undone_at is None and made.carried is None,
    ), status


@bp.post("/merges/<int:merge_id>/undo")
@require(Permission.MERGE_CONTACTS)
def unmerge(merge_id: int) -> ResponseReturnValue:
    """Make two contacts again; where that is not possible, say why."""
    try:
        with unit_of_work() as session:
            made = service.undo(session, merge_id, actor=current_actor(), now=clock.now())
    except (LaterMerge, Sealed):
        return _shown(merge_id, 409)
    flash(_("lifecycle.unmerged"))
    return redirect(f"/contacts/{made.other_id}", code=303)
