"""Contacts: add, find, correct, timeline, one phone number."""

from collections.abc import Callable, Iterator
from typing import Any

from crm import clock
from crm.accounts.access import current_actor
from crm.accounts.rules import Permission
from crm.api.schemas.fields import ListQuery
from crm.api.schemas.people import (
    ContactIn,
    ContactList,
    ContactOut,
    ContactPatch,
    ContactQuery,
    HandOnIn,
    KnownProblem,
    OwnerProblem,
    Phone,
    Timeline,
)
from crm.api.views.base import CLOCK_SKEW, located, page_of, reads, resource, writes
from crm.api.views.document import PROBLEM
from crm.contacts import queries, service
from crm.contacts.models import Contact
from crm.contacts.rules import (
    BadRemark,
    DuplicateIdentity,
    EditContact,
    IdentityKind,
    MovedFrom,
    NewContact,
    PhoneWrong,
)
from crm.crypto import WrongKey
from crm.groups.queries import groups_in_scope
from crm.i18n import _, _l, fmt
from crm.lifecycle.queries import timeline as happenings
from crm.lifecycle.rules.leaving import (
    HandedSince,
    NobodyThere,
    NotYourAct,
    OutOfReach,
    TooOldAct,
)
from crm.lifecycle.rules.timeline import Happening, Kind
from crm.lifecycle.service import handing
from crm.stores.queries import store_names, visible_store
from crm.web.errors import problem
from crm.web.pages import BadCursor, cursor_moment, decode_cursor, encode_cursor
from crm.web.session import db_session, unit_of_work

bp = resource("contacts", "Contacts")


_COPIED = ("id", "name", "nickname", "remark", "store_id", "owner_id", "created_at")


def shown(contacts: list[Contact]) -> list[dict[str, Any]]:
    """Return contacts as every answer shows them: numbers masked."""
    session, ids = db_session(), [contact.id for contact in contacts]
    tags = queries.tags_of(session, ids)
    masked = queries.masked_identities(session, ids)
    return [
        {
            **{field: getattr(c, field) for field in _COPIED},
            "phone_masked": dict(masked.get(c.id, ())).get(IdentityKind.PHONE),
            "tags": tags.get(c.id, ()),
            "do_not_contact": c.do_not_contact_at is not None,
        }
        for c in contacts
    ]


@bp.get("/contacts")
@reads()
@bp.arguments(ContactQuery, location="query")
@bp.response(200, ContactList)
def index(query: dict[str, Any]) -> Any:
    """List or search contacts, latest active first."""
    after = None
    if query["cursor"]:
        moment, contact_id = decode_cursor(query["cursor"], str, int)
        after = (cursor_moment(moment), contact_id)
    wanted = queries.Wanted(query["q"], query["store_id"], query["tag"])
    rows = queries.contact_page(
        db_session(), current_actor(), wanted, after=after, most=query["limit"] + 1
    )
    page = page_of(rows, query["limit"], lambda c: encode_cursor(c.active_at.isoformat(), c.id))
    return {**page, "items": shown(page["items"])}


@bp.post("/contacts")
@writes()
@bp.arguments(ContactIn)
@bp.response(201, ContactOut)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, schema=KnownProblem, content_type=PROBLEM)
def create(command: NewContact) -> Any:
    """Add a contact; 409 where an identity is known, with `existing_id` if hers is visible."""
    actor = current_actor()
    visible_store(db_session(), command.store_id, actor)
    if wrong := [*_unknown_origin(command.moved_from), *_in_the_future(command)]:
        return problem(422, errors=wrong)
    try:
        with unit_of_work() as session:
            contact = service.log_contact(session, command, actor=actor, now=clock.now())
    except DuplicateIdentity as error:
        known = queries.known_in_scope(db_session(), error.existing_id, actor)
        return problem(409, _("api.identity_known"), existing_id=known.id if known else None)
    except PhoneWrong as error:
        message = _("contacts.phone_digits", n=error.digits)
        return problem(422, errors=[{"field": "phone", "message": message}])
    return shown([contact])[0], 201, located(f"/contacts/{contact.id}")


def _unknown_origin(moved: MovedFrom | None) -> Iterator[dict[str, str]]:
    """Say which part of where she came from does not exist; she may come from any store."""
    session, message = db_session(), _("api.not_found")
    if moved and moved.store_id is not None and moved.store_id not in store_names(session):
        yield {"field": "moved_from.store_id", "message": message}
    if moved and moved.group_id is not None:
        groups = {group.id for group in groups_in_scope(session, current_actor())}
        if moved.group_id not in groups:
            yield {"field": "moved_from.group_id", "message": message}


def _in_the_future(command: NewContact) -> Iterator[dict[str, str]]:
    dated = (("moved_from.at", command.moved_from), ("consent.at", command.consent))
    for field, what in dated:
        if what and what.at and what.at > clock.now() + CLOCK_SKEW:
            yield {"field": field, "message": _("api.in_the_future")}


@bp.get("/contacts/<int:contact_id>")
@reads()
@bp.response(200, ContactOut)
def show(contact_id: int) -> Any:
    """Return one contact."""
    return shown([queries.visible_contact(db_session(), contact_id, current_actor())])[0]


@bp.patch("/contacts/<int:contact_id>")
@writes()
@bp.arguments(ContactPatch)
@bp.response(200, ContactOut)
@bp.alt_response(409, "CONFLICT")
def edit(changes: dict[str, Any], contact_id: int) -> Any:
    """Correct name, nickname, remark, tags; what is left out, and a covered number, stays."""
    try:
        return shown([_edited(contact_id, changes)])[0]
    except BadRemark as error:
        message = _(error.key, **error.values)
        return problem(422, errors=[{"field": "remark", "message": message}])


def _edited(contact_id: int, changes: dict[str, Any]) -> Contact:
    actor, now, tags = current_actor(), clock.now(), changes.pop("tags", None)
    with unit_of_work() as session:
        contact = queries.contact_for_update(session, contact_id, actor)
        if changes:
            kept = {f: getattr(contact, f) for f in ("name", "nickname", "remark")}
            command = EditContact(**{**kept, **changes})
            service.edit_contact(session, contact, command, actor=actor, now=now)
        present = queries.tags_of(session, [contact.id]).get(contact.id, ())
        for name in set(present) - set(present if tags is None else tags):
            service.untag(session, contact, name, actor=actor, now=now)
        for name in tags or ():
            service.tag(session, contact, name, actor=actor, now=now)
    return contact


@bp.post("/contacts/<int:contact_id>/hand-on")
@writes(Permission.HAND_ON)
@bp.arguments(HandOnIn)
@bp.response(200, ContactOut)
@bp.alt_response(409, "CONFLICT")
def hand_on(body: dict[str, int], contact_id: int) -> Any:
    """Let a colleague of her store look after her, with what is planned; the same again is done."""
    actor, now = current_actor(), clock.now()
    try:
        with unit_of_work() as session:
            handing.hand_on(session, contact_id, body["to_id"], actor=actor, now=now)
    except NobodyThere:
        wrong = {"field": "to_id", "message": _("lifecycle.nobody_there")}
        return problem(422, errors=[wrong])
    return shown([queries.visible_contact(db_session(), contact_id, actor)])[0]


@bp.post("/contacts/<int:contact_id>/hand-on/undo")
@writes(Permission.HAND_ON)
@bp.response(200, ContactOut)
@bp.alt_response(409, schema=OwnerProblem, content_type=PROBLEM)
def take_back(contact_id: int) -> Any:
    """Give her back within 24 hours; 409 with `owner_id` where she did not come back.

    The same again is done; the latest time that she alone was handed on counts.
    """
    actor, now, refused = current_actor(), clock.now(), None
    try:
        with unit_of_work() as session:
            handing.take_back(session, contact_id, None, actor=actor, now=now)
    except (NotYourAct, TooOldAct, HandedSince, NobodyThere) as error:
        refused = str(_NOT_BACK[type(error)])
    contact = queries.visible_contact(db_session(), contact_id, actor)
    if refused is not None:
        return problem(409, refused, owner_id=contact.owner_id)
    return shown([contact])[0]


_NOT_BACK = {
    NotYourAct: _l("api.undo_refused"),
    TooOldAct: _l("lifecycle.hand_on_too_old"),
    HandedSince: _l("api.handed_since"),
    NobodyThere: _l("lifecycle.enable_first"),
    OutOfReach: _l("lifecycle.not_back_out_of_reach"),
}


@bp.get("/contacts/<int:contact_id>/phone")
@reads(Permission.REVEAL_PHONE)
@bp.response(200, Phone)
@bp.alt_response(409, "CONFLICT")
def phone(contact_id: int) -> Any:
    """Reveal the phone number, 409 where no key opens it; the audit log keeps who asked."""
    actor = current_actor()
    try:
        with unit_of_work() as session:
            contact = queries.visible_contact(session, contact_id, actor)
            number = service.reveal_phone(session, contact, actor=actor, now=clock.now())
    except WrongKey:
        return problem(409, _("contacts.phone_unreadable"))
    return {"phone": number}


@bp.get("/contacts/<int:contact_id>/timeline")
@reads()
@bp.arguments(ListQuery, location="query")
@bp.response(200, Timeline)
def timeline(query: dict[str, Any], contact_id: int) -> Any:
    """Return what happened with her, newest first, from every domain."""
    session, actor, after = db_session(), current_actor(), None
    contact = queries.visible_contact(session, contact_id, actor)
    if query["cursor"]:
        moment, kind, row_id = decode_cursor(query["cursor"], str, str, int)
        if kind not in set(Kind):
            raise BadCursor(kind)
        after = (cursor_moment(moment), Kind(kind), row_id)
    few = happenings.ledger(session, contact.id)
    found = happenings.timeline(session, few, actor, after=after, most=query["limit"] + 1)
    page = page_of(
        found, query["limit"], lambda e: encode_cursor(e.at.isoformat(), e.kind.value, e.id)
    )
    return {**page, "items": [_entry(one) for one in page["items"]]}


def _entry(one: Happening) -> dict[str, Any]:
    text = _TEXTS[one.kind](one.row)
    return {"type": one.kind.value, "id": one.id, "at": one.at, "text": text}


_TEXTS: dict[Kind, Callable[[Any], str]] = {
    Kind.COMPLAINT: lambda row: row.quote,
    Kind.CONSENT: lambda row: row.basis.value,
    Kind.CONSENT_END: lambda row: row.basis.value,
    Kind.MERGE: lambda row: row.other_name,
    Kind.MOVE: lambda row: row.detail,
    Kind.NOTE: lambda row: row.text,
    Kind.ORDER: lambda row: fmt.money(row.paid_fen),
    Kind.STEP: lambda row: row.step.value,
    Kind.TAG: lambda row: row.tag,
    Kind.TOUCH: lambda row: row.note,
}
