"""Which contacts were merged, into whom, and what is in the way of undoing it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, Select, bindparam, or_, select
from sqlalchemy.orm import Session, aliased, undefer

from crm.accounts.models import Staff
from crm.accounts.rules import Actor
from crm.contacts.models import Contact
from crm.contacts.queries import visible_contact
from crm.lifecycle.models import ContactMerge, NotTheSame

_OTHER = aliased(Contact)
_OF = (
    select(
        ContactMerge.id,
        ContactMerge.kept_id,
        ContactMerge.other_id,
        ContactMerge.merged_at,
        ContactMerge.carried.is_(None).label("sealed"),
        _OTHER.name.label("other_name"),
        Staff.name.label("staff_name"),
    )
    .join(_OTHER, _OTHER.id == ContactMerge.other_id)
    .join(Staff, Staff.id == ContactMerge.merged_by)
    .where(ContactMerge.kept_id == bindparam("contact_id"), ContactMerge.undone_at.is_(None))
    .order_by(ContactMerge.id.desc())
)


def visible_merge(session: Session, merge_id: int, actor: Actor) -> ContactMerge:
    """Return a merge whose both sides are in the actor's stores. Raises NoResultFound."""
    found = session.scalars(select(ContactMerge).where(ContactMerge.id == merge_id)).one()
    visible_contact(session, found.kept_id, actor)
    for one in (found.kept_id, found.other_id):
        session.scalars(own_contact(one, actor)).one()
    return found


def both_sides(session: Session, merge: ContactMerge) -> tuple[Contact, Contact]:
    """Return the kept and the merged-away one themselves."""
    return session.get_one(Contact, merge.kept_id), session.get_one(Contact, merge.other_id)


def standing_contact(session: Session, contact_id: int, actor: Actor) -> Contact:
    """Return a contact who leads to nobody else. Raises NoResultFound."""
    stands = own_contact(contact_id, actor).where(Contact.merged_into_id.is_(None))
    return session.scalars(stands).one()


def contacts_of(session: Session, ids: Iterable[int]) -> list[Contact]:
    """Return these contacts."""
    return list(session.scalars(select(Contact).where(Contact.id.in_(set(ids)))))


def own_contact(contact_id: int, actor: Actor) -> Select[Contact]:
    """Return the select of one contact herself, not of whom she leads to."""
    mine = () if actor.store_ids is None else (Contact.store_id.in_(actor.store_ids),)
    return select(Contact).where(Contact.id == contact_id, *mine)


def pair_for_update(
    session: Session, first_id: int, second_id: int, actor: Actor
) -> tuple[Contact, Contact]:
    """Return and lock two contacts themselves. Raises NoResultFound.

    In the order of their ids: two merges of the same people wait, none in a circle.
    """
    found = {
        one: session.scalars(
            own_contact(one, actor).with_for_update().execution_options(populate_existing=True)
        ).one()
        for one in sorted({first_id, second_id})
    }
    return found[first_id], found[second_id]


def merge_for_update(session: Session, merge_id: int) -> ContactMerge:
    """Return a merge with all that undoing it needs, locked."""
    return session.scalars(
        select(ContactMerge)
        .where(ContactMerge.id == merge_id)
        .options(undefer(ContactMerge.carried))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def merge_of(session: Session, other_id: int) -> ContactMerge:
    """Return the merge by which a contact leads to another."""
    return session.scalars(
        select(ContactMerge).where(
            ContactMerge.other_id == other_id, ContactMerge.undone_at.is_(None)
        )
    ).one()


def later_merge(session: Session, merge: ContactMerge) -> ContactMerge | None:
    """Return the last merge since that has the same person in it and stands."""
    return session.scalars(
        select(ContactMerge)
        .where(
            ContactMerge.id > merge.id,
            ContactMerge.undone_at.is_(None),
            or_(ContactMerge.kept_id == merge.kept_id, ContactMerge.other_id == merge.kept_id),
        )
        .order_by(ContactMerge.id.desc())
        .limit(1)
    ).first()


def merges_of(session: Session, contact_id: int) -> list[Row[Any]]:
    """Return who was merged into a contact and still is, the latest first."""
    return list(session.execute(_OF, {"contact_id": contact_id}))


def merged_into(session: Session, contact_id: int) -> set[int]:
    """Return everybody who leads to this contact, through others too."""
    found: set[int] = set()
    asked = {contact_id}
    while asked:
        asked = set(session.scalars(select(Contact.id).where(Contact.merged_into_id.in_(asked))))
        found |= asked
    return found


def merges_that_name(session: Session, contact_ids: set[int]) -> list[ContactMerge]:
    """Return the merges that stand with one of these in them, locked."""
    return list(
        session.scalars(
            select(ContactMerge)
            .where(
                or_(ContactMerge.kept_id.in_(contact_ids), ContactMerge.other_id.in_(contact_ids)),
                ContactMerge.undone_at.is_(None),
            )
            .order_by(ContactMerge.id)
            .options(undefer(ContactMerge.carried))
            .with_for_update()
        )
    )


def apart(session: Session, first_id: int, second_id: int) -> NotTheSame | None:
    """Return that somebody said these two, in order, are two people."""
    return session.get(NotTheSame, (first_id, second_id))
