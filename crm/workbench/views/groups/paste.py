"""Paste chat: preview (nothing is stored, the text stays in the form), import, undo."""

from dataclasses import replace
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import service as complaints
from crm.complaints.service.scoring import shop_scorer
from crm.groups import queries
from crm.groups.forms import PasteForm
from crm.groups.models import ChatGroup
from crm.groups.rules import (
    UNDO_WITHIN,
    Detection,
    FutureLine,
    MessageKind,
    NewMessage,
    Origin,
    Pick,
    TooLateToUndo,
    check_times,
    placed_messages,
)
from crm.i18n import _, fmt
from crm.integrations.formats.chat import Missing, ParsedChat, parse
from crm.web.session import db_session, unit_of_work
from crm.workbench.forms import typed_id
from crm.workbench.queries.groups import (
    OPTION_NOBODY,
    Preview,
    as_option,
    preview,
)
from crm.workbench.views.groups import bp

SHOWN_LINES = 60
IMPORT = "import"


@bp.get("/groups/<int:group_id>/import")
@require(Permission.RECORD)
def paste(group_id: int) -> ResponseReturnValue:
    """Show the empty form."""
    group = queries.visible_group(db_session(), group_id, current_actor())
    return _page(group, PasteForm(today=_today()))


@bp.post("/groups/<int:group_id>/import")
@require(Permission.RECORD)
def take(group_id: int) -> ResponseReturnValue:
    """Show what the text holds, or, with the second button, take it in."""
    group = queries.visible_group(db_session(), group_id, current_actor())
    form = PasteForm(request.form, today=_today())
    if file := request.files.get("file"):
        form.take_file(file.read())
    parsed = _read(form, group)
    lines = _placed(form, parsed) if parsed else None
    if parsed is None or lines is None:
        return _page(group, form), 422
    found = preview(db_session(), group, lines, _picks())
    if request.form.get("act") != IMPORT or not found.new:
        return _page(group, form, parsed, found)
    return _store(group_id, _spoken(lines, found), form)


def _today() -> date:
    return fmt.local(clock.now()).date()


def _read(form: PasteForm, group: ChatGroup) -> ParsedChat | None:
    """Parse the text; say at the fields what is missing or wrong."""
    if not form.validate():
        return None
    names = queries.member_names(db_session(), group.id)
    text = str(form.text.data)
    parsed = parse(text, form.chat_format, members=names)
    if not parsed.messages:
        form.text.errors = [_("groups.nothing_found")]
        return None
    if parsed.missing is Missing.NOTHING:
        return parsed
    dated = parse(text, form.chat_format, form.date.data, form.about.data, names)
    if dated.missing is not Missing.NOTHING:
        form.ask_for(dated.missing)
        return None
    return dated


def _placed(form: PasteForm, parsed: ParsedChat) -> list[NewMessage] | None:
    lines = placed_messages(parsed, fmt.zone())
    try:
        check_times(lines, clock.now())
    except FutureLine as error:
        words = _("groups.future", n=error.position, time=fmt.full(error.sent_at))
        form.text.errors = [words]
        return None
    return lines


def _picks() -> dict[str, Pick]:
    """Read who was chosen for each name; what is no choice of the page counts as none."""
    picks = {}
    names = request.form.getlist("speaker")
    for name, value in zip(names, request.form.getlist("who"), strict=False):
        kind, _colon, number = value.partition(":")
        if value == OPTION_NOBODY:
            picks[name] = Pick()
        elif kind == "contact":
            picks[name] = Pick(contact_id=typed_id(number))
        elif kind == "staff":
            picks[name] = Pick(staff_id=typed_id(number))
    return picks


def _spoken(lines: list[NewMessage], found: Preview) -> list[NewMessage]:
    """Give the lines the speakers that the page offered and a person chose."""
    offered = {
        one.name: {OPTION_NOBODY, *(value for value, _words in one.options)}
        for one in found.speakers
    }
    known = {
        name: pick for name, pick in _picks().items() if as_option(pick) in offered.get(name, ())
    }
    return [
        replace(line, contact_id=pick.contact_id, staff_id=pick.staff_id, asked=True)
        if (pick := known.get(line.sender)) is not None
        else line
        for line in lines
    ]


def _store(group_id: int, lines: list[NewMessage], form: PasteForm) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    origin = Origin(format=form.chat_format.value)
    with unit_of_work() as session:
        group = queries.visible_group(session, group_id, actor)
        taken = complaints.take_lines(session, group, lines, actor=actor, now=now, origin=origin)
    if taken.import_id is None:  # somebody pasted the same a moment ago
        flash(_("groups.nothing_new"))
    else:
        undo = url_for(".undo", group_id=group_id, import_id=taken.import_id)
        flash(_("groups.imported", n=taken.accepted), f"undo:{undo}")
    return redirect(url_for(".show", group_id=group_id), code=303)


def _suspected(group: ChatGroup, found: Preview) -> set[int]:
    """Positions of the new lines that Shuke would ask about or open."""
    own = {one.name for one in found.speakers if one.is_staff}
    if group.complaint_detection is Detection.OFF:
        return set()
    scorer = shop_scorer(db_session())
    return {
        i
        for i, line in enumerate(found.new)
        if line.kind is MessageKind.MESSAGE
        and line.sender not in own
        and scorer.suspects(line.text)
    }


def _page(
    group: ChatGroup,
    form: PasteForm,
    parsed: ParsedChat | None = None,
    found: Preview | None = None,
) -> str:
    suspected = _suspected(group, found) if found else set()
    return render_template(
        "groups/import.html",
        group=group,
        form=form,
        parsed=parsed,
        found=found,
        suspected=suspected,
        shown=list(enumerate(found.new))[:SHOWN_LINES] if found else [],
        imports=queries.imports_since(db_session(), group.id, clock.now() - UNDO_WITHIN),
        now=clock.now(),
    )


@bp.post("/groups/<int:group_id>/imports/<int:import_id>/undo")
@require(Permission.RECORD)
def undo(group_id: int, import_id: int) -> ResponseReturnValue:
    """Take an import back, within a day of it."""
    actor, now = current_actor(), clock.now()
    try:
        with unit_of_work() as session:
            group = queries.visible_group(session, group_id, actor)
            kept = complaints.undo_import(session, group, import_id, actor=actor, now=now)
        numbers = " #".join(str(number) for number in kept)
        flash(_("groups.undone_but", no=numbers) if kept else _("groups.undone"))
    except TooLateToUndo:
        flash(_("groups.too_late"))
    return redirect(url_for(".show", group_id=group_id), code=303)
