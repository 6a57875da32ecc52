"""Two contacts become one in every domain, in one transaction, and two again, row for row.

Each domain moves its own rows and says what it moved; that is kept with the merge. Rows written
after it belong to the kept one and stay with her. The latest merge is undone first.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention import service as attention
from crm.audit.service import record
from crm.campaigns.service import merging as campaigns
from crm.complaints.service import merging as complaints
from crm.contacts.queries import remembered
from crm.contacts.service import merging as contacts
from crm.groups.service import merging as groups
from crm.lifecycle.models import ContactMerge, NotTheSame
from crm.lifecycle.queries import merging as queries
from crm.lifecycle.rules.merging import (
    LaterMerge,
    Merge,
    OwnSelf,
    Sealed,
    in_order,
    lacking,
)
from crm.loyalty import service as loyalty
from crm.orders.service import merging as orders

DOMAINS = (groups, contacts, orders, loyalty, attention, complaints, campaigns)
"""Each says in `HERS` which of its columns name a person; a house test counts them."""


def merge(session: Session, command: Merge, *, actor: Actor, now: datetime) -> ContactMerge:
    """Let one contact lead to the other, with all that is known of her.

    The same again returns the same merge. Raises NoResultFound, OwnSelf, Forgotten.
    """
    kept, other = queries.pair_for_update(session, command.kept_id, command.other_id, actor)
    if other.merged_into_id == kept.id and kept.merged_into_id is None:
        return queries.merge_of(session, other.id)
    if kept is other or other.merged_into_id or kept.merged_into_id:
        raise OwnSelf
    old, new = remembered(other).id, remembered(kept).id
    take = lacking(kept, other) if command.take is None else command.take
    carried = {
        "loyalty": loyalty.remember(session, [old, new]),
        "groups": groups.move_person(session, old, new),
        "orders": orders.move_person(session, old, new),
        "attention": attention.move_person(session, old, new),
        "complaints": complaints.move_person(session, old, new),
        "campaigns": campaigns.move_person(session, old, new, now=now),
        "contacts": contacts.move_person(session, other, kept, take),
    }
    loyalty.settle(session, [old, new], now=now)
    made = ContactMerge(
        kept_id=new, other_id=old, merged_at=now, merged_by=actor.id, carried=carried
    )
    session.add(made)
    session.flush()  # the audit row names it
    record(
        session,
        "contact.merged",
        subject=f"contact:{new}",
        actor=actor,
        now=now,
        after={"merge": made.id, "other": old, "fields": sorted(field.value for field in take)},
    )
    return made


def undo(session: Session, merge_id: int, *, actor: Actor, now: datetime) -> ContactMerge:
    """Make two contacts of one again; twice changes nothing.

    Raises NoResultFound, LaterMerge, Sealed.
    """
    seen = queries.visible_merge(session, merge_id, actor)
    kept, other = queries.pair_for_update(session, seen.kept_id, seen.other_id, actor)
    made = queries.merge_for_update(session, merge_id)
    if made.undone_at is not None:
        return made
    if (later := queries.later_merge(session, made)) is not None:
        raise LaterMerge(later.id, later.kept_id, later.other_id)
    if made.carried is None:
        raise Sealed
    old, new, carried = other.id, kept.id, made.carried
    contacts.return_person(session, carried["contacts"], other, kept)
    campaigns.return_person(session, carried["campaigns"], old, new, merged_at=made.merged_at)
    complaints.return_person(session, carried["complaints"], old, new)
    attention.return_person(session, carried["attention"], old, new)
    uncounted = orders.return_person(session, carried["orders"], old, new)
    groups.return_person(session, carried["groups"], old, new)
    loyalty.restore(session, carried["loyalty"], [old, new], counted=not uncounted, now=now)
    made.carried, made.undone_at, made.undone_by = None, now, actor.id
    record(
        session,
        "contact.unmerged",
        subject=f"contact:{new}",
        actor=actor,
        now=now,
        after={"merge": made.id, "other": old},
    )
    return made


def seal(session: Session, contact_ids: set[int]) -> None:
    """Forget what undoing needs: one of these is erased, and her names were kept in it."""
    for made in queries.merges_that_name(session, contact_ids):
        made.carried = None


def keep_apart(
    session: Session, first_id: int, second_id: int, *, actor: Actor, now: datetime
) -> None:
    """Remember that two contacts who look alike are two people. Raises NoResultFound, OwnSelf."""
    first, second = queries.pair_for_update(session, first_id, second_id, actor)
    if first is second:
        raise OwnSelf
    pair = in_order(first.id, second.id)
    if queries.apart(session, *pair) is None:
        session.add(
            NotTheSame(first_id=pair[0], second_id=pair[1], decided_at=now, decided_by=actor.id)
        )
        record(
            session,
            "contact.kept_apart",
            subject=f"contact:{pair[0]}",
            actor=actor,
            now=now,
            after={"other": pair[1]},
        )


def look_again(
    session: Session, first_id: int, second_id: int, *, actor: Actor, now: datetime
) -> None:
    """Take `keep_apart` back. Raises NoResultFound."""
    queries.pair_for_update(session, first_id, second_id, actor)
    pair = in_order(first_id, second_id)
    said = queries.apart(session, *pair)
    if said is not None:
        session.delete(said)
        record(
            session,
            "contact.look_again",
            subject=f"contact:{pair[0]}",
            actor=actor,
            now=now,
            after={"other": pair[1]},
        )
