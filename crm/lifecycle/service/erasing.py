"""Forget one person: every domain lets go of what names her, in one transaction, for good.

Figures stay: orders, minutes, clocks and steps are counted as before, of somebody without a name.
The audit log holds numbers only and is left alone.
"""

from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.accounts.service import forget_answers
from crm.albums.service import forgetting as albums
from crm.attention import service as attention
from crm.audit.service import record
from crm.complaints.queries.forgetting import undecided_of
from crm.complaints.service import forgetting as complaints
from crm.contacts import queries as people
from crm.contacts.models import Contact
from crm.contacts.queries.forgetting import called, family_for_update
from crm.contacts.rules import IdentityKind
from crm.contacts.service import forgetting as contacts
from crm.groups.service import forgetting as groups
from crm.lifecycle.queries.person import everything_about
from crm.lifecycle.rules.privacy import StillOpen
from crm.lifecycle.service.merging import seal
from crm.lifecycle.service.requests import end_all
from crm.orders.service import forgetting as orders


def anonymise(session: Session, contact_id: int, *, actor: Actor, now: datetime) -> Contact:
    """Forget a person and whoever was merged into her, also again: data may have come back.

    The same again changes nothing. All she asked for about her own data ends with it. Raises
    NoResultFound, and StillOpen while a complaint of hers is: it needs her words.
    """
    contact = people.contact_for_update(session, contact_id, actor, even_forgotten=True)
    family = family_for_update(session, contact)
    ids = [one.id for one in family]
    if still := undecided_of(session, ids):
        raise StillOpen([one.short_no for one in still])
    before = everything_about(session, ids) if contact.forgotten_at else None
    alias = contacts.pseudonym(contact.id)
    names = called(family) - {contacts.pseudonym(one) for one in ids}  # such a one begins others
    shown = [one for some in people.masked_identities(session, ids).values() for one in some]
    phones = {value for kind, value in shown if kind is IdentityKind.PHONE and "*" in value}
    contacts.forget_person(session, family, now=now)
    session.flush()  # her identities are gone: orders look for the newest that is left
    spoken = groups.forget_person(session, ids, names, alias)
    complaints.forget_person(session, ids, spoken, alias)
    orders.forget_person(session, ids)
    stores = {one.store_id for one in family}
    known = albums.Known(names, phones, partial(people.covers_of, session, store_ids=stores))
    albums.forget_person(session, stores, known, alias, actor=actor, now=now)
    attention.forget_person(session, ids, now=now)
    seal(session, set(ids))
    masks = {value for _kind, value in shown}
    end_all(session, ids, actor=actor, now=now)
    forget_answers(session, names | masks | {f"/contacts/{one}" for one in ids})
    session.flush()
    if before is None or everything_about(session, ids) != before:
        record(session, "contact.anonymised", subject=f"contact:{contact.id}", actor=actor, now=now)
    return contact
