"""Groups: add, list, take messages and pasted chat in."""

from collections.abc import Sequence
from typing import Any

from crm import clock
from crm.accounts.access import current_actor
from crm.accounts.queries import staff_of_store
from crm.api.schemas.cases import (
    ChatIn,
    ChatOut,
    GroupIn,
    GroupList,
    GroupOut,
    MessagesIn,
    MessagesOut,
)
from crm.api.schemas.fields import ListQuery
from crm.api.views.base import located, reads, resource, short_list, writes
from crm.complaints import service as complaints
from crm.complaints.queries.speakers import named
from crm.complaints.service.scoring import ShopScorer, shop_scorer
from crm.contacts.queries import contacts_in_scope
from crm.groups import queries, service
from crm.groups.models import ChatGroup
from crm.groups.rules import (
    ChatKnown,
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
@bp.arguments(ListQuery, location="query")
@bp.response(200, GroupList)
def index(query: dict[str, Any]) -> Any:
    """List the groups of the token's stores."""
    return short_list(queries.groups_in_scope(db_session(), current_actor()), query)


@bp.post("/groups")
@writes()
@bp.arguments(GroupIn)
@bp.response(201, GroupOut)
@bp.alt_response(404, "NOT_FOUND")
def create(command: NewGroup) -> Any:
    """Add a group; 409 where another group has its chat."""
    actor, session = current_actor(), db_session()
    store = visible_store(session, command.store_id, actor)
    if command.owner_id is not None and command.owner_id not in staff_of_store(session, store.id):
        return problem(422, errors=[{"field": "owner_id", "message": _("api.not_found")}])
    try:
        with unit_of_work() as work:
            group = service.add_group(work, command, actor=actor, now=clock.now())
    except ChatKnown:
        return problem(409, _("api.chat_known"))
    return group, 201, located(f"/groups/{group.id}")


@bp.post("/groups/<int:group_id>/messages")
@writes()
@bp.arguments(MessagesIn)
@bp.response(200, MessagesOut)
def take_messages(lines: list[NewMessage], group_id: int) -> Any:
    """Take messages in; the same message_id again, or the same stretch again, changes nothing."""
    actor, now = current_actor(), clock.now()
    queries.visible_group(db_session(), group_id, actor)
    wrong = [*_unknown_people(lines), *_from_the_future(lines, "messages.{}.sent_at")]
    if wrong:
        return problem(422, errors=wrong)
    origin = Origin(source=ImportSource.API)
    with unit_of_work() as session:
        group = queries.visible_group(session, group_id, actor)
        return complaints.take_lines(session, group, lines, actor=actor, now=now, origin=origin)


def _unknown_people(lines: Sequence[NewMessage]) -> list[dict[str, str]]:
    ids = [line.contact_id for line in lines if line.contact_id]
    known = contacts_in_scope(db_session(), ids, current_actor())
    return [
        {"field": f"messages.{i}.contact_id", "message": _("api.not_found")}
        for i, line in enumerate(lines)
        if line.contact_id and line.contact_id not in known
    ]


def _from_the_future(lines: Sequence[NewMessage], field: str) -> list[dict[str, str]]:
    try:
        check_times(lines, clock.now())
    except FutureLine as error:
        message = _("groups.future", n=error.position, time=fmt.full(error.sent_at))
        return [{"field": field.format(error.position - 1), "message": message}]
    return []


@bp.post("/groups/<int:group_id>/chat-imports")
@writes()
@bp.arguments(ChatIn)
@bp.response(200, ChatOut)
def take_chat(body: dict[str, Any], group_id: int) -> Any:
    """Read pasted chat; with `dry_run` nothing is stored."""
    actor, session = current_actor(), db_session()
    group = queries.visible_group(session, group_id, actor)
    names = queries.member_names(session, group.id)
    parsed = parse(body["text"], ChatFormat(body["format"]), body["date"], members=names)
    if parsed.missing is not Missing.NOTHING:
        return problem(422, errors=[{"field": "date", "message": _("api.date_needed")}])
    lines = placed_messages(parsed, fmt.zone())
    if wrong := _from_the_future(lines, "text"):
        return problem(422, errors=wrong)
    shown = _shown(group, parsed, lines)
    return shown if body["dry_run"] else {**shown, **_taken(group.id, parsed, lines)}


def _taken(group_id: int, parsed: ParsedChat, lines: list[NewMessage]) -> dict[str, int]:
    actor = current_actor()
    origin = Origin(source=ImportSource.API, format=parsed.format.value)
    with unit_of_work() as session:
        group = queries.visible_group(session, group_id, actor)
        taken = complaints.take_lines(
            session, group, lines, actor=actor, now=clock.now(), origin=origin
        )
    return {"duplicates": taken.duplicates, "accepted": taken.accepted}


def _shown(group: ChatGroup, parsed: ParsedChat, lines: list[NewMessage]) -> dict[str, Any]:
    fresh = queries.fresh_positions(db_session(), group, lines)
    watched = group.complaint_detection is not Detection.OFF
    scorer = shop_scorer(db_session())
    return {
        "format": parsed.format.value,
        "messages": [
            {
                "sender": line.sender,
                "sent_at": line.sent_at,
                "text": line.text,
                "matched_contact_id": line.contact_id,
                "suspected": watched and _reads_like_one(scorer, line),
            }
            for line in named(db_session(), group, lines)
        ],
        "unparsed": list(parsed.unparsed),
        "duplicates": len(lines) - len(fresh),
        "accepted": 0,
    }


def _reads_like_one(scorer: ShopScorer, line: NewMessage) -> bool:
    if line.staff_id is not None or line.is_staff or line.kind is not MessageKind.MESSAGE:
        return False
    return scorer.suspects(line.text)
