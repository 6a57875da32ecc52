"""Who a contact is. Whoever is named to a person passes through the actor's stores."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, bindparam, or_, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.contacts.models import Consent, Contact, ContactMove, ContactTag
from crm.contacts.queries.files import keys_of
from crm.contacts.queries.merging import led_to
from crm.contacts.rules import SECOND_TAP, ContactName, Forgotten, IdentityKind
from crm.db import held_if
from crm.groups.models import ChatGroup
from crm.stores.models import Store

_NAMES = select(Contact.id, Contact.name, Contact.store_id, Store.name.label("store_name")).join(
    Store, Store.id == Contact.store_id
)
_BATCH = 500
_NAMES_BY_ID = _NAMES.where(Contact.id.in_(bindparam("ids", expanding=True)))
_MOVES = (
    select(
        ContactMove.id,
        ContactMove.kind,
        ContactMove.detail,
        ContactMove.moved_at,
        Store.name.label("store_name"),
        ChatGroup.name.label("group_name"),
        Staff.name.label("staff_name"),
    )
    .outerjoin(Store, Store.id == ContactMove.from_store_id)
    .outerjoin(ChatGroup, ChatGroup.id == ContactMove.from_group_id)
    .outerjoin(Staff, Staff.id == ContactMove.moved_by)
    .where(ContactMove.contact_id == bindparam("contact_id"))
    .order_by(ContactMove.moved_at.desc(), ContactMove.id.desc())
)


def visible_contact(session: Session, contact_id: int, actor: Actor | None) -> Contact:
    """Return a contact of the actor's stores, or whom she was merged into. Raises NoResultFound."""
    found = session.scalars(select(Contact).where(Contact.id == contact_id)).one()
    while found.merged_into_id is not None:
        found = session.scalars(select(Contact).where(Contact.id == found.merged_into_id)).one()
    if actor is not None and not actor.sees(found.store_id):
        raise NoResultFound
    return found


def contact_to_name(session: Session, contact_id: int, actor: Actor | None) -> Contact:
    """Return `visible_contact` for rows that will name her. Raises NoResultFound, Forgotten."""
    return remembered(visible_contact(session, contact_id, actor))


def contact_for_update(
    session: Session, contact_id: int, actor: Actor | None, *, even_forgotten: bool = False
) -> Contact:
    """Return and lock `visible_contact`, to write about her. Raises NoResultFound, Forgotten.

    Only who stands is locked, as a merge and its undo lock both in the order of their ids.
    """
    found = None
    while found is None:
        standing = led_to(session, [contact_id], hold=False)[contact_id]
        found = held_if(session, partial(_locked, session, standing), _stands)
    if actor is not None and not actor.sees(found.store_id):
        raise NoResultFound
    return found if even_forgotten else remembered(found)


def _locked(session: Session, contact_id: int) -> Contact:
    statement = select(Contact).where(Contact.id == contact_id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def _stands(contact: Contact) -> bool:
    return contact.merged_into_id is None


def remembered(contact: Contact) -> Contact:
    """Return a contact about whom may be written. Raises Forgotten."""
    if contact.forgotten_at is not None:
        raise Forgotten
    return contact


def logged_just_now(
    session: Session,
    name: str,
    store_id: int,
    keys: AbstractSet[tuple[IdentityKind, str]],
    *,
    staff_id: int,
    now: datetime,
) -> Contact | None:
    """Return whom this member of staff has just logged by that name with all these identities.

    Identities are given by kind and keyed hash. Her logs wait in turn.
    """
    session.execute(select(Staff.id).where(Staff.id == staff_id).with_for_update(key_share=True))
    same_name = session.scalars(
        select(Contact).where(
            Contact.store_id == store_id,
            Contact.active_at > now - SECOND_TAP,
            Contact.created_at > now - SECOND_TAP,
            Contact.created_by == staff_id,
            Contact.name == name,
            Contact.merged_into_id.is_(None),
        )
    ).all()
    hers: dict[int, set[tuple[IdentityKind, str]]] = {one.id: set() for one in same_name}
    for row in keys_of(session, hers):
        hers[row.contact_id].add((row.kind, row.value_hash))
    return next((one for one in same_name if keys <= hers[one.id]), None)


def contact_names(session: Session, ids: Iterable[int]) -> dict[int, ContactName]:
    """Return how these contacts are named."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {row.id: ContactName(*row) for row in session.execute(_NAMES_BY_ID, {"ids": wanted})}


def contacts_by_alias(
    session: Session, aliases: Iterable[str], store_ids: Iterable[int]
) -> dict[str, list[ContactName]]:
    """Return who in these stores bears each name or nickname, exactly as written."""
    wanted, stores = sorted(set(aliases)), sorted(set(store_ids))
    if not wanted or not stores:
        return {}
    rows = session.execute(
        _NAMES.add_columns(Contact.nickname)
        .where(
            or_(Contact.name.in_(wanted), Contact.nickname.in_(wanted)),
            Contact.store_id.in_(stores),
            Contact.merged_into_id.is_(None),
            Contact.forgotten_at.is_(None),
        )
        .order_by(Contact.id)
    )
    found: dict[str, list[ContactName]] = {}
    for row in rows:
        person = ContactName(row.id, row.name, row.store_id, row.store_name)
        for alias in {row.name, row.nickname} & set(wanted):
            found.setdefault(alias, []).append(person)
    return found


def moves_of(session: Session, contact_id: int) -> list[Row[Any]]:
    """Return where she came from, newest first."""
    return list(session.execute(_MOVES, {"contact_id": contact_id}))


def consents_of(session: Session, contact_id: int) -> list[Consent]:
    """Return the grounds on which she is kept, newest first."""
    return list(
        session.scalars(
            select(Consent)
            .where(Consent.contact_id == contact_id)
            .order_by(Consent.given_at.desc(), Consent.id.desc())
        )
    )


def tags_of(session: Session, contact_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Return the tags that people gave to these contacts."""
    tags: dict[int, list[str]] = {}
    rows = session.execute(
        select(ContactTag.contact_id, ContactTag.tag)
        .where(ContactTag.contact_id.in_(sorted(set(contact_ids))))
        .order_by(ContactTag.tagged_at, ContactTag.tag)
    )
    for row in rows:
        tags.setdefault(row.contact_id, []).append(row.tag)
    return {contact_id: tuple(names) for contact_id, names in tags.items()}


def tag_row(session: Session, contact_id: int, tag: str) -> ContactTag | None:
    """Return one tag of one contact."""
    return session.get(ContactTag, (contact_id, tag))


def opted_out(session: Session, contact_ids: Iterable[int]) -> dict[int, datetime]:
    """Return which of these contacts asked not to be contacted, and since when."""
    rows = session.execute(
        select(Contact.id, Contact.do_not_contact_at).where(
            Contact.id.in_(sorted(set(contact_ids))), Contact.do_not_contact_at.is_not(None)
        )
    )
    return {row.id: row.do_not_contact_at for row in rows}


def forgotten_of(session: Session, contact_ids: Iterable[int]) -> set[int]:
    """Return which of these contacts were forgotten."""
    gone = Contact.id.in_(bindparam("ids", expanding=True)), Contact.forgotten_at.is_not(None)
    ids, found = sorted(set(contact_ids)), set[int]()
    for start in range(0, len(ids), _BATCH):
        some = {"ids": ids[start : start + _BATCH]}
        found.update(session.scalars(select(Contact.id).where(*gone), some))
    return found


def recently_added(session: Session, actor: Actor, limit: int) -> list[int]:
    """Return the ids of the contacts that were logged last in the actor's stores."""
    return list(
        session.scalars(
            select(Contact.id)
            .where(
                in_scope(Contact.store_id, actor),
                Contact.merged_into_id.is_(None),
                Contact.forgotten_at.is_(None),
            )
            .order_by(Contact.active_at.desc(), Contact.id.desc())
            .limit(limit)
        )
    )


def group_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the groups of the actor's stores that somebody may have come from."""
    rows = session.execute(
        select(ChatGroup.id, ChatGroup.name)
        .where(in_scope(ChatGroup.store_id, actor))
        .order_by(ChatGroup.name, ChatGroup.id)
    )
    return [(row.id, row.name) for row in rows]


def known_in_scope(session: Session, contact_id: int, actor: Actor) -> ContactName | None:
    """Return how a contact is named, or None where she is not in the actor's stores."""
    name = contact_names(session, [contact_id]).get(contact_id)
    return name if name is not None and actor.sees(name.store_id) else None


def contacts_in_scope(session: Session, ids: Iterable[int], actor: Actor | None) -> set[int]:
    """Return which of these contacts are the actor's."""
    found = select(Contact.id).where(Contact.id.in_(set(ids)), in_scope(Contact.store_id, actor))
    return set(session.scalars(found))
