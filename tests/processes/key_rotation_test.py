"""A rotation that is killed at any step can be read, goes on, and makes no second key."""

import signal
import subprocess
import sys

import pytest
from sqlalchemy import select

from crm import crypto
from crm.contacts.models import ContactIdentity
from crm.contacts.queries import contacts_by_identity, phone_of
from crm.contacts.rules import IdentityKind
from crm.db import make_engine, make_factory, transaction
from tests.factories.contacts import make_contact
from tests.factories.stores import make_store
from tests.processes.installation import PATIENCE, ROOT, SECRET, environment

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there"),
    pytest.mark.timeout(600),
]
PEOPLE = 1_100
"""More than two batches."""
STEPS = (2, 9, 11, 12, 13, 14, 26)
"""Before the mark, before the key is in place, before the rows, twice between them, in the second
pass and at its end."""


class Shop:
    """A database with many numbers, and a key in the data folder."""

    def __init__(self, url, folder):
        self.environ = environment(url, folder) | {"PYTHONDONTWRITEBYTECODE": "1"}
        del self.environ["SHUKE_SECRET_KEY"]
        self.key_file = folder / "data" / "secret.key"
        self.key_file.parent.mkdir()
        self.key_file.write_text(SECRET)
        self.engine = make_engine(url)
        self.factory = make_factory(self.engine)
        crypto.configure(SECRET)
        with transaction(self.factory) as session:
            store = make_store(session)
            one = make_contact(session, phone="13812340142", store=store)
            self.contact_id = one.id
            rows = (
                {
                    "contact_id": one.id,
                    "kind": IdentityKind.WECHAT_ID,
                    "value_encrypted": crypto.encrypt(f"wx{number}", purpose="identity"),
                    "value_hash": crypto.digest(f"wx{number}", purpose="identity:wechat_id"),
                    "rank": 0,
                    "added_at": one.created_at,
                }
                for number in range(PEOPLE)
            )
            session.execute(ContactIdentity.__table__.insert(), list(rows))

    def run(self, *command):
        process = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert "Traceback" not in process.stderr
        return process

    def keys(self):
        return self.key_file.read_text().split("\n")

    def opened(self):
        """Every secret as somebody reads it who starts now."""
        crypto.configure("\n".join(self.keys()))
        with self.factory() as session:
            sealed = session.scalars(select(ContactIdentity.value_encrypted)).all()
            found = contacts_by_identity(session, [(IdentityKind.WECHAT_ID, "wx7")])
            assert set(found.values()) == {self.contact_id}
            assert phone_of(session, self.contact_id) == "13812340142"
        return {crypto.decrypt(one, purpose="identity") for one in sealed}

    def sealed_with(self, key):
        with self.factory() as session:
            sealed = session.scalars(select(ContactIdentity.value_encrypted)).all()
        return sum(crypto.opens(key, one, purpose="identity") for one in sealed)


@pytest.fixture
def shop(fresh_database, tmp_path):
    shop = Shop(fresh_database(), tmp_path)
    yield shop
    shop.engine.dispose()
    crypto.configure(SECRET)


def test_rotation_killed_at_any_step_goes_on_with_one_new_key(shop):
    everything = shop.opened()
    assert len(everything) == PEOPLE + 1
    half_way = killed = 0
    for step in STEPS:
        process = shop.run("tests.processes.dying", str(step), "key", "rotate")
        killed += process.returncode == -signal.SIGKILL
        assert shop.opened() == everything
        newest, *older = shop.keys()
        if older:
            half_way += 0 < shop.sealed_with(newest) < PEOPLE + 1
            assert "rotation was broken off" in shop.run("crm.cli", "doctor").stdout
        assert shop.run("crm.cli", "key", "rotate").returncode == 0
        assert shop.keys()[1:] == [SECRET]
        assert not older or shop.keys()[0] == newest
        assert shop.sealed_with(shop.keys()[0]) == PEOPLE + 1
        assert shop.opened() == everything
        back_to_the_first_key(shop)
    assert (killed, half_way) == (len(STEPS), 2)


def back_to_the_first_key(shop):
    crypto.configure(f"{SECRET}\n{shop.keys()[0]}")
    with transaction(shop.factory) as session:
        for row in session.scalars(select(ContactIdentity)):
            row.value_encrypted = crypto.renewed(row.value_encrypted, purpose="identity")
    shop.key_file.write_text(SECRET)
    for copy in shop.key_file.parent.glob("secret.key.*"):
        copy.unlink()  # or the next rotation has fewer steps
