"""A phone number that somebody types where everybody reads: kept as hers, shown masked."""

import threading

import pytest
from sqlalchemy import select

from crm import crypto
from crm.accounts.rules import Role
from crm.audit.models import AuditEntry
from crm.contacts import queries, service
from crm.contacts.models import ContactIdentity
from crm.contacts.rules import (
    REMARK_MAX,
    BadRemark,
    DuplicateIdentity,
    EditContact,
    IdentityKind,
    NewContact,
)
from crm.db import make_engine, make_factory, transaction
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import actor_of, make_staff, make_store
from tests.waiting import until_waiting

NUMBER = "13900000142"


@pytest.fixture
def store(session):
    make_noise(session)
    return make_store(session)


@pytest.fixture
def wang(session, store):
    return actor_of(session, make_staff(session, Role.MANAGER, store))


def phones(session, contact):
    sealed = select(ContactIdentity.value_encrypted).where(
        ContactIdentity.contact_id == contact.id, ContactIdentity.kind == IdentityKind.PHONE
    )
    found = session.scalars(sealed.order_by(ContactIdentity.id))
    return [crypto.decrypt(value, purpose="identity") for value in found]


@pytest.mark.parametrize("typed", [NUMBER, f"陈姐 {NUMBER}", "陈姐139-0000-0142", f"wx{NUMBER}"])
def test_number_in_a_name_becomes_her_phone(session, store, wang, now, typed):
    command = NewContact(store.id, typed, tags=(f"老客{NUMBER}",))
    contact = service.log_typed_contact(session, command, actor=wang, now=now)
    assert contact.name.endswith("139****0142")
    assert queries.tags_of(session, [contact.id])[contact.id] == ("老客139****0142",)
    assert phones(session, contact) == [NUMBER]
    assert NUMBER not in contact.search_text
    assert [hit.id for hit in queries.search_contacts(session, NUMBER, wang)] == [contact.id]
    assert service.log_typed_contact(session, command, actor=wang, now=now) is contact


def test_second_person_of_a_name_is_no_second_tap(session, store, wang, now):
    def typed(number):
        command = NewContact(store.id, "李姐", identities=((IdentityKind.PHONE, number),))
        return service.log_typed_contact(session, command, actor=wang, now=now)

    one, other = typed("13900000142"), typed("13900000143")
    assert one is not other
    assert (typed("139-0000-0142"), typed("13900000143")) == (one, other)


def test_digits_of_another_script_are_no_number(session, store, wang, now):
    typed = "138٠٠٠٠٠١٤٢"
    command = NewContact(store.id, typed, tags=(typed,))
    contact = service.log_typed_contact(session, command, actor=wang, now=now)
    service.edit_contact(session, contact, EditContact(f"陈姐{typed}"), actor=wang, now=now)
    assert service.tag(session, contact, f"老客{typed}", actor=wang, now=now).is_new
    assert (contact.name, phones(session, contact)) == (f"陈姐{typed}", [])


def test_number_of_somebody_else_is_told(session, store, wang, now):
    known = make_contact(session, "陈姐", store=store, phone=NUMBER)
    with pytest.raises(DuplicateIdentity) as told:
        service.log_contact(session, NewContact(store.id, NUMBER), actor=wang, now=now)
    assert told.value.existing_id == known.id


def test_number_beside_the_one_that_was_given_is_kept_too(session, store, wang, now):
    given = ((IdentityKind.PHONE, "100-0000-0001"),)
    command = NewContact(store.id, f"陈姐{NUMBER}", "10000000001", identities=given)
    contact = service.log_contact(session, command, actor=wang, now=now)
    assert phones(session, contact) == ["10000000001", NUMBER]


def test_number_in_a_corrected_name_or_a_tag_is_kept_once(session, store, wang, now):
    contact = make_contact(session, "陈姐", store=store, phone="10000000001")
    for name in (f"陈姐{NUMBER}", f"小陈{NUMBER}"):
        service.edit_contact(session, contact, EditContact(name), actor=wang, now=now)
    for is_new in (True, False):
        tagged = service.tag(session, contact, NUMBER, actor=wang, now=now)
        assert tagged == ("139****0142", is_new)
    assert contact.name == "小陈139****0142"
    assert phones(session, contact) == ["10000000001", NUMBER]


def test_remark_keeps_its_number_through_an_edit_of_what_was_shown(session, store, wang, now):
    contact = make_contact(session, "陈姐", store=store, remark=f"儿子 {NUMBER}")
    assert NUMBER not in contact.search_text
    shown = EditContact("陈姐", remark="儿子小王 139****0142，周末打")
    service.edit_contact(session, contact, shown, actor=wang, now=now)
    assert contact.remark == f"儿子小王 {NUMBER}，周末打"
    assert [hit.id for hit in queries.search_contacts(session, "小王", wang)] == [contact.id]


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ("+86 138-1234-0142", "138****0142" + "喜" * (REMARK_MAX - 11)),
        ("妈妈13811110142 爸爸13822220142", "爸爸138****0142"),
    ],
    ids=["too long with its number", "one of two that look the same"],
)
def test_remark_that_cannot_be_kept_changes_nothing(session, store, wang, now, known, shown):
    contact = make_contact(session, "陈姐", store=store, remark=known)
    said = EditContact(NUMBER, remark=shown)
    with pytest.raises(BadRemark):
        service.edit_contact(session, contact, said, actor=wang, now=now)
    assert (contact.name, contact.remark) == ("陈姐", known)
    assert NUMBER not in phones(session, contact)


def test_edit_that_changes_nothing_is_no_correction(session, store, wang, now):
    contact = make_contact(session, "陈姐", store=store, remark=f"儿子 {NUMBER}")
    same = EditContact("陈姐", remark="儿子 139****0142")
    service.edit_contact(session, contact, same, actor=wang, now=now)
    session.flush()
    written = select(AuditEntry.id).where(AuditEntry.action == "contact.edited")
    assert session.scalars(written).all() == []


def test_number_that_two_type_at_once_is_kept_by_both(fresh_database, now):
    engine = make_engine(fresh_database())
    factory = make_factory(engine)
    with transaction(factory) as session:
        store = make_store(session)
        session.flush()
        owner = actor_of(session, make_staff(session, Role.OWNER))
        ids = [make_contact(session, name, store=store).id for name in ("陈姐", "何敏")]

    def add_tag(session, contact_id):
        contact = queries.contact_for_update(session, contact_id, owner)
        assert service.tag(session, contact, NUMBER, actor=owner, now=now).is_new

    def meanwhile():
        with transaction(factory) as session:
            add_tag(session, ids[1])

    other = threading.Thread(target=meanwhile)
    with transaction(factory) as session:
        add_tag(session, ids[0])
        other.start()
        until_waiting(factory)  # she has looked who has the number
    other.join()
    with factory() as session:
        kept = select(ContactIdentity.contact_id, ContactIdentity.rank)
        assert session.execute(kept.order_by(ContactIdentity.rank)).all() == [
            (ids[0], 0),
            (ids[1], 1),
        ]
    engine.dispose()
