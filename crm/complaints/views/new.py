"""Log a complaint by hand; typing it in never delays its clocks."""

import secrets
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import service
from crm.complaints.forms import NewComplaintForm
from crm.complaints.queries.page import group_choices, lively_groups
from crm.complaints.queries.presets import all_presets, due_by_preset
from crm.complaints.rules.words import PLATFORM_CHANNELS, BadEvent, posted_at
from crm.complaints.views import bp
from crm.contacts.queries import search_contacts, visible_contact
from crm.contacts.rules import Forgotten, one_line
from crm.i18n import _, fmt
from crm.stores.queries import stores_in_scope
from crm.web.pages import row_id
from crm.web.session import db_session, unit_of_work

GROUP_CHIPS = 6


def _form() -> NewComplaintForm:
    session, actor, now = db_session(), current_actor(), fmt.local(clock.now())
    groups = group_choices(session, actor)
    only_group = groups[0][0] if len(groups) == 1 else 0
    return NewComplaintForm(
        request.form if request.method == "POST" else None,
        stores=[(store.id, store.name) for store in stores_in_scope(session, actor)],
        groups=groups,
        presets=_presets(),
        now=now,
        group_id=request.args.get("group", only_group, type=row_id),
        contact_id=request.args.get("contact", 0, type=row_id),
        occurred_at=f"{now:%H:%M}",
        client_key=secrets.token_hex(8),
    )


def _presets() -> list[tuple[int, str]]:
    """Return the known periods of platforms and authorities; a form without any asks for none."""
    if request.method == "POST" and not request.form.get("preset_id", "0").strip("0"):
        return []
    return [
        (one.id, f"{_(f'complaints.channel_{one.channel.value}')}：{one.name} · {one.target_words}")
        for one in all_presets(db_session())
        if one.gives_a_date and one.channel in PLATFORM_CHANNELS
    ]


def _due_by_preset(form: NewComplaintForm) -> datetime | None:
    chosen = form.preset_id.data
    if not chosen:
        return None
    said_at = posted_at(form.said_at, form.now)
    return due_by_preset(db_session(), chosen, said_at).due_at


def _people(form: NewComplaintForm, q: str) -> list[tuple[int, str]]:
    """Who was found, and who was chosen before."""
    session, actor = db_session(), current_actor()
    found = {hit.id: hit.name for hit in search_contacts(session, q, actor)} if q else {}
    chosen = form.contact_id.data
    if chosen and chosen not in found:
        found[chosen] = visible_contact(session, chosen, actor).name
    return list(found.items())


def _store_of_contact(form: NewComplaintForm) -> int | None:
    """Return the store of who was chosen; nobody's contact is looked up for somebody else."""
    chosen = form.contact_id.data
    return visible_contact(db_session(), chosen, current_actor()).store_id if chosen else None


def _page(form: NewComplaintForm, q: str) -> str:
    lively = lively_groups(db_session(), current_actor(), GROUP_CHIPS)
    return render_template(
        "complaints/new.html", form=form, q=q, people=_people(form, q), lively=lively
    )


@bp.get("/complaints/new")
@require(Permission.RECORD)
def new() -> ResponseReturnValue:
    """Show an empty form, with a group or a contact where the link names one."""
    return _page(_form(), one_line(request.args.get("q")))


@bp.post("/complaints/new")
@require(Permission.RECORD)
def create() -> ResponseReturnValue:
    """Log it and start its clocks; the same form twice logs one."""
    form, actor, q = _form(), current_actor(), one_line(request.form.get("q"))
    if "find" in request.form:
        return _page(form, q)
    if not form.validate():
        return _page(form, q), 422
    try:
        command = form.to_command(_store_of_contact(form), _due_by_preset(form))
        with unit_of_work() as session:
            complaint = service.log_complaint(session, command, actor=actor, now=clock.now())
    except BadEvent as error:
        form.explain(error)
        return _page(form, q), 422
    except Forgotten:
        form.contact_id.errors = [_("errors.forgotten")]
        return _page(form, q), 409
    flash(_("complaints.logged", no=complaint.short_no))
    return redirect(url_for(".show", complaint_id=complaint.id), code=303)
