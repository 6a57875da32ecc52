"""What may be done with a contact. Nothing here decides what to ask or how to word an error."""

from datetime import datetime

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm import crypto
from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.contacts import queries
from crm.contacts.models import (
    Consent,
    Contact,
    ContactGram,
    ContactIdentity,
    ContactMove,
    ContactTag,
)
from crm.contacts.rules import (
    TAGS_MAX,
    TAIL_DIGITS,
    DuplicateIdentity,
    EditContact,
    EditedMeanwhile,
    IdentityKind,
    MovedFrom,
    NewContact,
    TooManyTags,
    grams,
    normalise_identity,
    search_text,
)
from crm.contacts.rules import Consent as ConsentGiven


def log_contact(
    session: Session, command: NewContact, *, actor: Actor | None, now: datetime
) -> Contact:
    """Add a contact with what is known of her. Raises DuplicateIdentity, PhoneWrong."""
    if not command.share_identity:
        _refuse_duplicates(session, command.identities)
    contact = Contact(
        store_id=command.store_id,
        owner_id=command.owner_id if command.owner_id is not None else _id(actor),
        name=command.name,
        nickname=command.nickname,
        remark=command.remark,
        created_at=now,
        created_by=_id(actor),
        active_at=now,
    )
    session.add(contact)
    session.flush()  # identities, moves and tags need contact.id
    for kind, value in command.identities:
        add_identity(session, contact, kind, value, share=command.share_identity, now=now)
    if command.moved_from is not None:
        record_move(session, contact, command.moved_from, actor=actor, now=now)
    if command.consent is not None:
        record_consent(session, contact, command.consent, actor=actor, now=now)
    for name in dict.fromkeys(command.tags):
        session.add(
            ContactTag(contact_id=contact.id, tag=name, tagged_by=_id(actor), tagged_at=now)
        )
    _reindex(session, contact, command.tags)
    record(session, "contact.logged", subject=f"contact:{contact.id}", actor=actor, now=now)
    return contact


def log_typed_contact(
    session: Session, command: NewContact, *, actor: Actor, now: datetime
) -> Contact:
    """Log a contact from a form; a second tap on it finds her. Raises as `log_contact`."""
    tapped = queries.logged_just_now(
        session, command.name, command.store_id, staff_id=actor.id, now=now
    )
    return tapped or log_contact(session, command, actor=actor, now=now)


def _id(actor: Actor | None) -> int | None:
    return None if actor is None else actor.id


def _refuse_duplicates(session: Session, identities: tuple[tuple[IdentityKind, str], ...]) -> None:
    known = queries.contacts_by_identity(session, identities)
    for pair in identities:
        if pair in known:
            raise DuplicateIdentity(known[pair], pair[0])


def add_identity(
    session: Session,
    contact: Contact,
    kind: IdentityKind,
    value: str,
    *,
    share: bool = False,
    now: datetime,
) -> None:
    """Give a contact an identity. Raises DuplicateIdentity unless shared, PhoneWrong."""
    plain = normalise_identity(kind, value)
    digest = queries.identity_digest(kind, plain)
    highest = queries.highest_rank(session, kind, digest)
    row = ContactIdentity(
        contact_id=contact.id,
        kind=kind,
        value_encrypted=crypto.encrypt(plain, purpose="identity"),
        value_hash=digest,
        tail_hash=queries.tail_digest(plain[-TAIL_DIGITS:]) if kind is IdentityKind.PHONE else None,
        rank=0 if highest is None or not share else highest + 1,
        added_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Somebody has it, perhaps since a moment ago: say who.
        raise DuplicateIdentity(
            queries.contacts_by_identity(session, [(kind, value)])[kind, value], kind
        ) from None


def edit_contact(
    session: Session, contact: Contact, command: EditContact, *, actor: Actor, now: datetime
) -> None:
    """Correct how she is called and what is remarked of her. Raises EditedMeanwhile."""
    if command.version not in {None, contact.version}:
        raise EditedMeanwhile
    changed = [
        field
        for field in ("name", "nickname", "remark")
        if getattr(contact, field) != getattr(command, field)
    ]
    contact.name, contact.nickname, contact.remark = command.name, command.nickname, command.remark
    _reindex(session, contact, queries.tags_of(session, [contact.id]).get(contact.id, ()))
    record(
        session,
        "contact.edited",
        subject=f"contact:{contact.id}",
        actor=actor,
        now=now,
        after={"fields": changed},
    )


def record_move(
    session: Session, contact: Contact, moved: MovedFrom, *, actor: Actor | None, now: datetime
) -> None:
    """Write where she came from into the move ledger."""
    session.add(
        ContactMove(
            contact_id=contact.id,
            kind=moved.kind,
            from_store_id=moved.store_id,
            from_group_id=moved.group_id,
            detail=moved.detail,
            moved_at=moved.at or now,
            moved_by=_id(actor),
            recorded_at=now,
        )
    )


def record_consent(
    session: Session, contact: Contact, given: ConsentGiven, *, actor: Actor | None, now: datetime
) -> None:
    """Write on which ground she is kept."""
    session.add(
        Consent(
            contact_id=contact.id,
            basis=given.basis,
            given_at=given.at or now,
            note=given.note,
            recorded_by=_id(actor),
            recorded_at=now,
        )
    )


def tag(session: Session, contact: Contact, name: str, *, actor: Actor, now: datetime) -> bool:
    """Give her a tag; False when she has it already. Raises TooManyTags."""
    tags = queries.tags_of(session, [contact.id]).get(contact.id, ())
    if name in tags:
        return False
    if len(tags) >= TAGS_MAX:
        raise TooManyTags
    session.add(ContactTag(contact_id=contact.id, tag=name, tagged_by=actor.id, tagged_at=now))
    _reindex(session, contact, (*tags, name))
    record(session, "contact.tagged", subject=f"contact:{contact.id}", actor=actor, now=now)
    return True


def untag(session: Session, contact: Contact, name: str, *, actor: Actor, now: datetime) -> bool:
    """Take a tag away; False when she has not got it."""
    row = queries.tag_row(session, contact.id, name)
    if row is None:
        return False
    session.delete(row)
    tags = queries.tags_of(session, [contact.id]).get(contact.id, ())
    _reindex(session, contact, tuple(other for other in tags if other != name))
    record(session, "contact.untagged", subject=f"contact:{contact.id}", actor=actor, now=now)
    return True


def do_not_contact(session: Session, contact: Contact, *, actor: Actor, now: datetime) -> None:
    """She asked to be left alone: lists leave her out from now on."""
    if contact.do_not_contact_at is None:
        contact.do_not_contact_at = now
        record(session, "contact.opted_out", subject=f"contact:{contact.id}", actor=actor, now=now)


def allow_contact(session: Session, contact: Contact, *, actor: Actor, now: datetime) -> None:
    """She may be contacted again."""
    if contact.do_not_contact_at is not None:
        contact.do_not_contact_at = None
        record(session, "contact.opted_in", subject=f"contact:{contact.id}", actor=actor, now=now)


def reveal_phone(session: Session, contact: Contact, *, actor: Actor, now: datetime) -> str | None:
    """Return the whole phone number; that somebody saw it is written down."""
    phone = queries.phone_of(session, contact.id)
    if phone is not None:
        record(
            session, "contact.phone_revealed", subject=f"contact:{contact.id}", actor=actor, now=now
        )
    return phone


def mark_active(session: Session, contact_id: int, *, at: datetime) -> None:
    """Move a contact up in lists; an older event moves nobody. No edit, so no new version."""
    session.execute(
        update(Contact).where(Contact.id == contact_id, Contact.active_at < at).values(active_at=at)
    )


def _reindex(session: Session, contact: Contact, tags: tuple[str, ...]) -> None:
    """Bring the search index to what the contact says now, in the same transaction."""
    contact.search_text = search_text(contact.name, contact.nickname, contact.remark, tags)
    wanted, present = grams(contact.search_text), queries.grams_of(session, contact.id)
    if gone := present - wanted:
        session.execute(
            delete(ContactGram).where(
                ContactGram.contact_id == contact.id, ContactGram.gram.in_(gone)
            )
        )
    if added := wanted - present:
        session.execute(
            insert(ContactGram),
            [{"gram": gram, "contact_id": contact.id} for gram in sorted(added)],
        )
