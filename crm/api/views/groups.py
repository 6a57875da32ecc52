"""Groups: add, list, take messages and pasted chat in."""

from dataclasses import replace
from typing import Any

from crm import clock
from crm.accounts.access import current_actor
from crm.api.schemas.cases import (
    ChatIn,
    ChatOut,
    GroupIn,
    GroupList,
    GroupOut,
    MessagesIn,
    MessagesOut,
)
from crm.api.views.base import located, reads, resource, writes
from crm.complaints import service as complaints
from crm.complaints.queries.speakers import with_speakers
from crm.complaints.rules.scorer import THRESHOLD_ASK
from crm.complaints.service.scoring import score
from crm.contacts.queries import contacts_in_scope
from crm.groups import queries, service
from crm.groups.models import ChatGroup
from crm.groups.rules import (
    Detection,
    FutureLine,
    ImportSource,
    MessageKind,
    NewGroup,
    NewMessage,
    Origin,
    check_times,
    placed_messages,
)
from crm.i18n import _, fmt
from crm.integrations.formats.chat import ChatFormat, Missing, ParsedChat, parse
from crm.stores.queries import visible_store
from crm.web.errors import problem
from crm.web.session import db_session, unit_of_work

bp = resource("groups", "Group chats")


@bp.get("/groups")
@reads()
@bp.response(200, GroupList)
def index() -> Any:
    """List the groups of the token's stores; a shop has some dozens, so all come at once."""
    return {"items": queries.groups_in_scope(db_session(), current_actor()), "next_cursor": None}


@bp.post("/groups")
@writes()
@bp.arguments(GroupIn)
@bp.response(201, GroupOut)
def create(body: dict[str, Any]) -> Any:
    """Add a group."""
    actor = current_actor()
    visible_store(db_session(), body["store_id"], actor)
    with unit_of_work() as session:
        group = service.add_group(session, NewGroup(**body), actor=actor, now=clock.now())
    return group, 201, located(f"/groups/{group.id}")


@bp.post("/groups/<int:group_id>/messages")
@writes()
@bp.arguments(MessagesIn)
@bp.response(200, MessagesOut)
def take_messages(body: dict[str, Any], group_id: int) -> Any:
    """Take messages in; the same message_id again, or the same stretch again, changes nothing."""
    actor, now = current_actor(), clock.now()
    lines = [
        NewMessage(
            sender=m["sender"],
            sent_at=m["sent_at"],
            text=m["text"],
            external_id=m["message_id"],
            contact_id=m["contact_id"],
            is_staff=m["is_staff"],
        )
        for m in body["messages"]
    ]
    refused = _refused(lines)
    if refused is not None:
        return refused
    origin = Origin(source=ImportSource.API)
    with unit_of_work() as session:
        group = queries.visible_group(session, group_id, actor)
        return complaints.take_lines(session, group, lines, actor=actor, now=now, origin=origin)


def _refused(lines: list[NewMessage]) -> Any:
    known = contacts_in_scope(
        db_session(), [m.contact_id for m in lines if m.contact_id], current_actor()
    )
    wrong = [
        {"field": f"messages.{i}.contact_id", "message": _("api.not_found")}
        for i, m in enumerate(lines)
        if m.contact_id and m.contact_id not in known
    ]
    try:
        check_times(lines, clock.now())
    except FutureLine as error:
        message = _("groups.future", n=error.position, time=fmt.full(error.sent_at))
        wrong.append({"field": f"messages.{error.position - 1}.sent_at", "message": message})
    return problem(422, errors=wrong) if wrong else None


@bp.post("/groups/<int:group_id>/chat-imports")
@writes()
@bp.arguments(ChatIn)
@bp.response(200, ChatOut)
def take_chat(body: dict[str, Any], group_id: int) -> Any:
    """Read pasted chat; with `dry_run` nothing is stored."""
    actor, now = current_actor(), clock.now()
    session = db_session()
    group = queries.visible_group(session, group_id, actor)
    names = queries.member_names(session, group.id)
    parsed = parse(body["text"], ChatFormat(body["format"]), body["date"], members=names)
    if parsed.missing is not Missing.NOTHING:
        return problem(422, errors=[{"field": "date", "message": _("api.date_needed")}])
    lines = placed_messages(parsed, fmt.zone())
    try:
        check_times(lines, now)
    except FutureLine as error:
        message = _("groups.future", n=error.position, time=fmt.full(error.sent_at))
        return problem(422, errors=[{"field": "text", "message": message}])
    fresh, lines = queries.fresh_positions(session, group, lines), _named(group, lines)
    shown = _shown(group, parsed, lines, len(lines) - len(fresh))
    if body["dry_run"] or not lines:
        return {**shown, "accepted": 0}
    origin = Origin(source=ImportSource.API, format=parsed.format.value)
    with unit_of_work() as work:
        group = queries.visible_group(work, group_id, actor)
        taken = complaints.take_lines(work, group, lines, actor=actor, now=now, origin=origin)
    return {**shown, "duplicates": taken.duplicates, "accepted": taken.accepted}


def _named(group: ChatGroup, lines: list[NewMessage]) -> list[NewMessage]:
    known = with_speakers(db_session(), group, lines)
    return [
        replace(line, contact_id=pick.contact_id, staff_id=pick.staff_id)
        if (pick := known.get(line.sender)) is not None
        else line
        for line in lines
    ]


def _shown(
    group: ChatGroup, parsed: ParsedChat, lines: list[NewMessage], duplicates: int
) -> dict[str, Any]:
    watched = group.complaint_detection is not Detection.OFF
    return {
        "format": parsed.format.value,
        "messages": [
            {
                "sender": line.sender,
                "sent_at": line.sent_at,
                "text": line.text,
                "matched_contact_id": line.contact_id,
                "suspected": watched and _reads_like_one(line),
            }
            for line in lines
        ],
        "unparsed": list(parsed.unparsed),
        "duplicates": duplicates,
    }


def _reads_like_one(line: NewMessage) -> bool:
    if line.staff_id is not None or line.is_staff or line.kind is not MessageKind.MESSAGE:
        return False
    return (score(line.text).value or 0.0) >= THRESHOLD_ASK
