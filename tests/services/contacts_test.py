"""Contacts over a real database: identities, search, scope, audit."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound

from crm.accounts.rules import Role
from crm.audit.models import AuditEntry
from crm.contacts import queries, service
from crm.contacts.models import Consent, Contact, ContactIdentity, ContactMove
from crm.contacts.rules import (
    TAGS_MAX,
    ConsentBasis,
    DuplicateIdentity,
    EditContact,
    EditedMeanwhile,
    IdentityKind,
    MovedFrom,
    MoveKind,
    NewContact,
    PhoneWrong,
    TooManyTags,
)
from crm.contacts.rules import Consent as ConsentGiven
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import actor_of, make_staff, make_store


@pytest.fixture
def store(session):
    make_noise(session)
    return make_store(session)


@pytest.fixture
def wang(session, store):
    return actor_of(session, make_staff(session, Role.MANAGER, store, name="王梅"))


def names(hits):
    return [hit.name for hit in hits]


def actions(session, subject):
    query = select(AuditEntry.action).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
    return list(session.scalars(query))


def test_contact_is_logged_with_move_consent_and_tags(session, store, wang, now):
    other = make_store(session, name="中山路店")
    session.flush()
    contact = service.log_contact(
        session,
        NewContact(
            store_id=store.id,
            name="陈姐",
            identities=((IdentityKind.PHONE, "100 1234 0142"), (IdentityKind.WECHAT_ID, "ChenJie")),
            moved_from=MovedFrom(MoveKind.STORE, store_id=other.id, detail="闭店"),
            consent=ConsentGiven(ConsentBasis.CONSENT, note="当面说的"),
            tags=("怕热面料", "怕热面料"),
        ),
        actor=wang,
        now=now,
    )
    session.flush()
    move = session.scalars(select(ContactMove).where(ContactMove.contact_id == contact.id)).one()
    consent = session.scalars(select(Consent).where(Consent.contact_id == contact.id)).one()
    assert (move.from_store_id, move.moved_by, move.moved_at) == (other.id, wang.id, now)
    assert (consent.basis, consent.given_at, consent.note) == (
        ConsentBasis.CONSENT,
        now,
        "当面说的",
    )
    assert queries.tags_of(session, [contact.id]) == {contact.id: ("怕热面料",)}
    assert contact.owner_id == wang.id
    assert queries.masked_identities(session, [contact.id]) == {
        contact.id: [(IdentityKind.PHONE, "100****0142"), (IdentityKind.WECHAT_ID, "ch****ie")]
    }
    assert actions(session, f"contact:{contact.id}") == ["contact.logged"]


def test_no_table_holds_a_phone_number_in_clear(session, store, now):
    contact = make_contact(session, store=store, phone="10012340142")
    row = session.scalars(
        select(ContactIdentity).where(ContactIdentity.contact_id == contact.id)
    ).one()
    stored = f"{row.value_encrypted} {row.value_hash} {row.tail_hash} {contact.search_text}"
    assert "10012340142" not in stored
    assert "0142" not in f"{row.value_hash} {row.tail_hash}"[:60]
    assert queries.phone_of(session, contact.id) == "10012340142"


@pytest.mark.parametrize("typed", ["10012340142", "100-1234-0142", "１００１２３４０１４２"])
def test_known_number_is_refused_however_it_is_typed(session, store, now, typed):
    known = make_contact(session, store=store, phone="10012340142")
    with pytest.raises(DuplicateIdentity) as caught:
        make_contact(session, "又一个", store=store, phone=typed)
    assert caught.value.existing_id == known.id
    assert caught.value.kind is IdentityKind.PHONE


def test_shared_number_stays_with_both_and_leads_to_the_first(session, store, now):
    first = make_contact(session, "陈姐", store=store, phone="10012340142")
    second = make_contact(
        session, "陈姐女儿", store=store, phone="10012340142", share_identity=True
    )
    pair = (IdentityKind.PHONE, "10012340142")
    assert queries.contacts_by_identity(session, [pair]) == {pair: first.id}
    assert queries.phone_of(session, second.id) == "10012340142"


def test_same_identity_twice_on_one_contact_is_refused(session, store, now):
    contact = make_contact(session, store=store, phone="10012340142")
    with pytest.raises(DuplicateIdentity):
        service.add_identity(session, contact, IdentityKind.PHONE, "10012340142", now=now)
    assert session.scalar(select(func.count()).select_from(ContactIdentity)) == 2  # noise has one


def test_wrong_phone_is_refused(session, store, now):
    with pytest.raises(PhoneWrong):
        make_contact(session, store=store, phone="138 1234 014")


def test_contacts_by_identity_ignores_what_is_no_phone(session, store):
    contact = make_contact(session, store=store, phone="10012340142")
    asked = [
        (IdentityKind.PHONE, "12"),
        (IdentityKind.PHONE, "100 1234 0142"),
        (IdentityKind.UNIONID, "x"),
    ]
    assert queries.contacts_by_identity(session, asked) == {
        (IdentityKind.PHONE, "100 1234 0142"): contact.id
    }
    assert queries.contacts_by_identity(session, []) == {}


def test_contacts_by_alias_finds_names_and_nicknames_in_these_stores(session, store, wang):
    one = make_contact(session, "梅子", store=store)
    two = make_contact(session, "王姐", store=store, nickname="梅子")
    make_contact(session, "梅子", store=make_store(session, name="中山路店"))
    found = queries.contacts_by_alias(session, ["梅子", "没有"], [store.id])
    assert [person.id for person in found["梅子"]] == [one.id, two.id]
    assert set(found) == {"梅子"}
    assert queries.contacts_by_alias(session, ["梅子"], []) == {}


def test_edit_of_an_older_version_is_refused(session, store, wang, now):
    contact = make_contact(session, store=store)
    version = contact.version
    service.edit_contact(
        session, contact, EditContact("陈姐姐", version=version), actor=wang, now=now
    )
    session.flush()
    with pytest.raises(EditedMeanwhile):
        service.edit_contact(
            session, contact, EditContact("陈大姐", version=version), actor=wang, now=now
        )


def test_tags_are_limited_and_given_once(session, store, wang, now):
    contact = make_contact(session, store=store, tags=tuple(f"t{n}" for n in range(TAGS_MAX)))
    assert service.tag(session, contact, "t1", actor=wang, now=now) == ("t1", False)
    with pytest.raises(TooManyTags):
        service.tag(session, contact, "更多", actor=wang, now=now)
    assert service.untag(session, contact, "没有", actor=wang, now=now) is None


def test_do_not_contact_and_back_is_written_down_once_each(session, store, wang, now):
    contact = make_contact(session, store=store)
    service.do_not_contact(session, contact, actor=wang, now=now)
    service.do_not_contact(session, contact, actor=wang, now=now + timedelta(hours=1))
    session.flush()
    assert queries.opted_out(session, [contact.id]) == {contact.id: now}
    service.allow_contact(session, contact, actor=wang, now=now)
    service.allow_contact(session, contact, actor=wang, now=now)
    session.flush()
    assert queries.opted_out(session, [contact.id]) == {}
    assert actions(session, f"contact:{contact.id}")[1:] == [
        "contact.opted_out",
        "contact.opted_in",
    ]


def test_reveal_is_written_down_without_the_number(session, store, wang, now):
    contact = make_contact(session, store=store, phone="10012340142")
    assert service.reveal_phone(session, contact, actor=wang, now=now) == "10012340142"
    session.flush()
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "contact.phone_revealed")
    ).one()
    assert (entry.actor_id, entry.subject, entry.after) == (wang.id, f"contact:{contact.id}", None)
    assert (
        service.reveal_phone(session, make_contact(session, store=store), actor=wang, now=now)
        is None
    )


def test_contact_of_another_store_is_not_found(session, store, wang):
    other = make_contact(session, store=make_store(session, name="中山路店"))
    with pytest.raises(NoResultFound):
        queries.visible_contact(session, other.id, wang)
    with pytest.raises(NoResultFound):
        queries.contact_for_update(session, other.id, wang)
    assert queries.known_in_scope(session, other.id, wang) is None
    assert queries.visible_contact(session, other.id, None).id == other.id


def test_mark_active_never_moves_backwards(session, store, now):
    contact = make_contact(session, store=store)
    service.mark_active(session, contact.id, at=now - timedelta(days=3))
    assert session.scalar(select(Contact.active_at).where(Contact.id == contact.id)) == now
