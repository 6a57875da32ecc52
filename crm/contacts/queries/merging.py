"""What two contacts have in common, and who an id leads to since they are one."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy import RowMapping, bindparam, select
from sqlalchemy.orm import Session, aliased

from crm.contacts.models import Contact, ContactIdentity, ContactNote, ContactTag
from crm.contacts.queries.identities import highest_rank
from crm.db import held_if

_LEADS = select(Contact.id, Contact.merged_into_id).where(
    Contact.id.in_(bindparam("ids", expanding=True))
)
_BATCH = 500


def led_to(session: Session, contact_ids: Iterable[int], *, hold: bool = True) -> dict[int, int]:
    """Return who each of these leads to today, held so: no merge changes it meanwhile.

    For who is about to write rows that name them: a merge that has begun is waited for. Only who
    stands is held, as a merge and its undo hold both in the order of their ids.
    """
    found = {one: one for one in contact_ids}
    while True:
        asked = set(found.values())
        while asked:
            leads = _leads(session, asked, hold=False)
            found = {one: leads.get(to, to) for one, to in found.items()}
            asked = set(leads.values())
        held = partial(_leads, session, set(found.values()), hold=True)
        if not hold or held_if(session, held, lambda leads: not leads) is not None:
            return found


def _leads(session: Session, contact_ids: set[int], *, hold: bool) -> dict[int, int]:
    statement = _LEADS.order_by(Contact.id)
    if hold:
        statement = statement.with_for_update(read=True, key_share=True)
    leads = {}
    ids = sorted(contact_ids)  # in one order everywhere: nobody waits in a circle
    for start in range(0, len(ids), _BATCH):
        rows = session.execute(statement, {"ids": ids[start : start + _BATCH]})
        leads.update({row.id: row.merged_into_id for row in rows if row.merged_into_id})
    return leads


def identities_of_both(session: Session, old: int, new: int) -> list[tuple[Any, Any]]:
    """Return the rows of `new` and `old` of each identity that both have."""
    columns = (
        ContactIdentity.id,
        ContactIdentity.kind,
        ContactIdentity.value_hash,
        ContactIdentity.rank,
    )
    rows = {
        contact_id: {
            (row.kind, row.value_hash): row
            for row in session.execute(
                select(*columns).where(ContactIdentity.contact_id == contact_id)
            )
        }
        for contact_id in (new, old)
    }
    return [(own, rows[old][key]) for key, own in rows[new].items() if key in rows[old]]


def ranks_of(session: Session, first_id: int, second_id: int) -> tuple[int, int, int]:
    """Return the ranks of two rows of one identity, and one that nobody has."""
    first = session.get_one(ContactIdentity, first_id, populate_existing=True)
    second = session.get_one(ContactIdentity, second_id, populate_existing=True)
    highest = highest_rank(session, first.kind, first.value_hash)
    return first.rank, second.rank, (highest or 0) + 1


def notes_of_both(session: Session, old: int, new: int) -> list[int]:
    """Return the notes of `old` that `new` has word for word."""
    same = select(ContactNote.content_hash).where(ContactNote.contact_id == new)
    return list(
        session.scalars(
            select(ContactNote.id).where(
                ContactNote.contact_id == old, ContactNote.content_hash.in_(same)
            )
        )
    )


def tags_only_of(session: Session, contact_id: int, other_id: int) -> list[RowMapping]:
    """Return the tags of one contact that the other one has not."""
    other = aliased(ContactTag)
    same = select(other.tag).where(other.contact_id == other_id)
    rows = session.execute(
        select(ContactTag.tag, ContactTag.tagged_at).where(
            ContactTag.contact_id == contact_id, ContactTag.tag.not_in(same)
        )
    )
    return list(rows.mappings())
