"""What names a person goes for good; that somebody was there, where from and since when, stays."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from crm.contacts.models import (
    Consent,
    Contact,
    ContactIdentity,
    ContactMove,
    ContactNote,
    ContactTag,
    ForgottenIdentity,
)
from crm.contacts.queries.files import keys_of
from crm.contacts.service.indexing import index_contact
from crm.db import upsert_insert


def forget_person(session: Session, contacts: Sequence[Contact], *, now: datetime) -> None:
    """Empty these contacts, which the caller has locked; nothing finds them any more.

    Of their identities the keyed hashes stay, of nobody, so that no customer file brings them back.
    """
    ids = [one.id for one in contacts]
    hashes = {row.value_hash for row in keys_of(session, ids)}
    if gone := [{"value_hash": one} for one in sorted(hashes)]:
        session.execute(upsert_insert(session, ForgottenIdentity).on_conflict_do_nothing(), gone)
    for table in (ContactIdentity, ContactNote, ContactTag):
        session.execute(delete(table).where(table.contact_id.in_(ids)))
    hers = {"synchronize_session": False}
    moves = update(ContactMove).where(ContactMove.contact_id.in_(ids)).values(detail="")
    session.execute(moves.execution_options(**hers))
    grounds = update(Consent).where(Consent.contact_id.in_(ids)).values(note="")
    session.execute(grounds.execution_options(**hers))
    for one in contacts:
        one.name, one.nickname, one.remark = pseudonym(one.id), "", ""
        one.phone_hint = ""
        one.do_not_contact_at = one.do_not_contact_at or now
        one.forgotten_at = one.forgotten_at or now
        index_contact(session, one, ())


def pseudonym(contact_id: int) -> str:
    """Return how a person is called whose name is gone, in every language."""
    return f"№{contact_id}"
