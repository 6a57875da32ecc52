"""Who a person is passes to another contact, and back.

The merged-away one stays as a row that leads to the other. What both have stays with her as well:
the same tag, the same number; of a number that both share, the kept one takes the better rank.
"""

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import Table, update
from sqlalchemy.orm import Session

from crm.contacts import queries
from crm.contacts.models import (
    Consent,
    Contact,
    ContactIdentity,
    ContactMove,
    ContactNote,
    ContactTag,
    StepTaken,
)
from crm.contacts.queries.merging import (
    identities_of_both,
    notes_of_both,
    ranks_of,
    tags_only_of,
)
from crm.contacts.rules import Field
from crm.contacts.service.indexing import index_contact
from crm.db import plain, repoint, repoint_back, typed

HERS = (
    ContactIdentity.contact_id,
    ContactMove.contact_id,
    Consent.contact_id,
    StepTaken.contact_id,
    ContactNote.contact_id,
    ContactTag.contact_id,
    Contact.merged_into_id,
)
_LEDGERS, _NOTES = HERS[1:4], HERS[4:5]
_CONTACT = cast("Table", Contact.__table__)
_IDENTITY = cast("Table", ContactIdentity.__table__)
_TAG = cast("Table", ContactTag.__table__)
_SAID = (
    *(field.value for field in Field),
    "phone_hint",
    "active_at",
    "do_not_contact_at",
    "version",
)


def move_person(
    session: Session, old: Contact, new: Contact, take: Collection[Field]
) -> dict[str, Any]:
    """Let `old` lead to `new`, who takes these fields and all that is known of her."""
    before = _said(new)
    numbers, swapped = _move_identities(session, old.id, new.id)
    carried = {
        **repoint(session, _LEDGERS, old.id, new.id),
        **repoint(session, _NOTES, old.id, new.id, but=notes_of_both(session, old.id, new.id)),
        str(ContactIdentity.contact_id): numbers,
        "swapped": swapped,
        "tags": _move_tags(session, old.id, new.id),
    }
    for field in take:
        setattr(new, field.value, getattr(old, field.value))
    new.phone_hint = new.phone_hint or old.phone_hint
    new.active_at = max(old.active_at, new.active_at)
    # Whoever asked to be left alone asked for the whole person.
    new.do_not_contact_at = new.do_not_contact_at or old.do_not_contact_at
    index_contact(session, new, queries.tags_of(session, [new.id]).get(new.id, ()))
    session.execute(update(_CONTACT).where(_CONTACT.c.id == old.id).values(merged_into_id=new.id))
    session.expire(old)
    session.flush()  # its version is among what is kept
    return carried | {"before": before, "after": _said(new)}


def return_person(session: Session, carried: dict[str, Any], old: Contact, new: Contact) -> None:
    """Undo `move_person`: what was changed about `new` since stays hers."""
    back = (*_LEDGERS, *_NOTES, ContactIdentity.contact_id)
    repoint_back(session, back, carried, old.id, new.id)
    for own_id, other_id in carried["swapped"]:
        _swap_ranks(session, own_id, other_id)
    _return_tags(session, carried["tags"], old.id, new.id)
    before, after = carried["before"], carried["after"]
    now = _said(new)
    undone = {name: before[name] for name in before if now[name] == after[name]}
    version = undone.pop("version", None)
    for name, value in typed(_CONTACT, undone).items():
        setattr(new, name, value)
    index_contact(session, new, queries.tags_of(session, [new.id]).get(new.id, ()))
    session.flush()  # counts the version, which below is that of before where nobody edited her
    session.execute(update(_CONTACT).where(_CONTACT.c.id == old.id).values(merged_into_id=None))
    if version is not None:
        session.execute(update(_CONTACT).where(_CONTACT.c.id == new.id).values(version=version))
    session.expire(new)
    session.expire(old)


def _said(contact: Contact) -> dict[str, Any]:
    return plain(_CONTACT, {name: getattr(contact, name) for name in _SAID})


def _move_identities(
    session: Session, old: int, new: int
) -> tuple[list[int], list[tuple[int, int]]]:
    """Return which rows moved, and of which pairs that both have the ranks were exchanged."""
    both = identities_of_both(session, old, new)
    swapped = []
    for own, other in both:
        if other.rank < own.rank:
            _swap_ranks(session, own.id, other.id)
            swapped.append((own.id, other.id))
    column = ContactIdentity.contact_id
    moved = repoint(session, [column], old, new, but=[other.id for _own, other in both])
    return moved[str(column)], swapped


def _swap_ranks(session: Session, first_id: int, second_id: int) -> None:
    """Exchange the ranks of two rows of one identity; no two rows may ever have the same."""
    first, second, spare = ranks_of(session, first_id, second_id)
    for row_id, rank in ((first_id, spare), (second_id, first), (first_id, second)):
        session.execute(update(_IDENTITY).where(_IDENTITY.c.id == row_id).values(rank=rank))


def _move_tags(session: Session, old: int, new: int) -> list[dict[str, Any]]:
    rows = tags_only_of(session, old, new)
    names = [row["tag"] for row in rows]
    _retag(session, names, old, new)
    return [plain(_TAG, {name: row[name] for name in ("tag", "tagged_at")}) for row in rows]


def _return_tags(session: Session, kept: Sequence[dict[str, Any]], old: int, new: int) -> None:
    """A tag that was taken away and given anew since is one of the kept one's own."""
    since = {row["tag"]: row["tagged_at"] for row in tags_only_of(session, new, old)}
    rows = [typed(_TAG, row) for row in kept]
    _retag(session, [r["tag"] for r in rows if since.get(r["tag"]) == r["tagged_at"]], new, old)


def _retag(session: Session, names: Sequence[str], old: int, new: int) -> None:
    session.execute(
        update(_TAG).where(_TAG.c.contact_id == old, _TAG.c.tag.in_(names)).values(contact_id=new)
    )
