"""What people do while a customer file is taken stays done, and what breaks off is told right."""

# ruff: noqa: F811  fixtures of the tests of files

import pytest
from sqlalchemy import text

from crm.accounts.rules import Role
from crm.contacts import service
from crm.contacts.queries import tags_of
from crm.contacts.rules import MoveKind
from crm.contacts.service import files
from crm.contacts.service.planning import Origin
from crm.contacts.service.taking import write
from crm.db import DATABASE_AWAY, transaction
from crm.integrations.formats.contact_files import Field
from tests.conftest import NOW
from tests.factories.contacts import make_contact
from tests.factories.stores import make_staff
from tests.services.contacts_files_test import noise, store  # noqa: F401  fixtures

pytestmark = pytest.mark.usefixtures("noise")
HEADER = ("姓名", "手机号", "标签", "导购员")
COLUMNS = dict(zip(HEADER, (Field.NAME, Field.PHONE, Field.TAGS, Field.GUIDE), strict=True))


@pytest.fixture
def origin(store):
    return Origin(store.id, MoveKind.STORE, None, COLUMNS, None)


@pytest.fixture
def prepare(factory, origin):
    def prepare(*lines):
        with factory() as session:
            numbered = list(enumerate(lines, start=2))
            return files.prepare_lines(session, numbered, HEADER, origin, now=NOW)

    return prepare


@pytest.mark.parametrize(
    ("before", "meanwhile", "after"),
    [
        ("wang", "li", "li"),
        ("wang", None, None),
        (None, "li", "li"),
        (None, None, "wang"),
    ],
)
def test_book_she_was_handed_to_meanwhile_stays_hers(
    session, factory, store, prepare, before, meanwhile, after
):
    staff = {n: make_staff(session, Role.MANAGER, store, name=n) for n in ("wang", "li")}
    ids = {None: None} | {name: person.id for name, person in staff.items()}
    her = make_contact(session, store=store, phone="13900000142", owner_id=ids[before])
    session.commit()
    part = prepare(("陈姐", "13900000142", "怕热", "wang"))
    service.reassign(session, [her.id], old=ids[before], new=ids[meanwhile])
    session.commit()
    with transaction(factory) as writing:
        write(writing, part.ready)
    session.expire_all()
    assert her.owner_id == ids[after]
    assert tags_of(session, [her.id]) == {her.id: ("怕热",)}


def test_deadlock_is_no_fault_of_a_line(session, factory, prepare):
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("SQLite has one writer, so nobody waits in a circle")
    part = prepare(("陈姐", "13900000142", "", ""))
    for statement in (
        (
            "CREATE FUNCTION circle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$"
        ),
        "CREATE TRIGGER circle BEFORE INSERT ON contact FOR EACH ROW EXECUTE FUNCTION circle()",
    ):
        session.execute(text(statement))
    session.commit()
    with pytest.raises(DATABASE_AWAY), transaction(factory) as writing:
        write(writing, part.ready)
