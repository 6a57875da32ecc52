"""A number or a file that no key opens stops no page: it is said, and she can be forgotten."""

import io

import pytest
from sqlalchemy import select, update

from crm.accounts.rules import Role, Scope
from crm.accounts.service import make_token
from crm.audit.models import AuditEntry
from crm.contacts.models import Contact, ContactFile, ContactFilePart, ContactIdentity
from crm.integrations.rules.files import FileState
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import make_staff, make_store
from tests.rules.contact_files_samples import as_csv, member

LOST = "A" * 40
WORDS = [("zh", "打不开", "另一把密钥"), ("en", "unreadable", "another key")]


@pytest.fixture
def store(session):
    make_noise(session)
    return make_store(session)


@pytest.fixture
def owner(session, page, store):
    owner = make_staff(session, Role.OWNER)
    session.commit()
    page.sign_in(owner)
    return owner


@pytest.fixture
def her(session, store, owner):
    her = make_contact(session, "柳金枝", store=store, phone="13800000142")
    session.flush()
    hers = update(ContactIdentity).where(ContactIdentity.contact_id == her.id)
    session.execute(hers.values(value_encrypted=LOST))
    session.commit()
    return her


@pytest.mark.parametrize(("lang", "mark", "why"), WORDS)
def test_pages_say_that_the_number_is_unreadable(page, her, lang, mark, why):
    shown = page.get(f"/contacts/{her.id}", lang=lang, queries=26)
    assert mark in shown.text
    page.post(f"/contacts/{her.id}/phone", {}, 409)
    assert why in page.response.get_data(as_text=True)


def test_nobody_is_written_down_to_have_seen_it(page, session, her):
    page.post(f"/contacts/{her.id}/phone", {}, 409)
    assert "contact.phone_revealed" not in session.scalars(select(AuditEntry.action)).all()


def test_copy_says_so_and_forgetting_works(page, session, her):
    found = page.post(f"/contacts/{her.id}/export", {}, 200)
    assert "打不开" in page.response.get_data(as_text=True), found
    page.post(f"/contacts/{her.id}/anonymise", {})
    session.expire_all()
    assert session.get_one(Contact, her.id).forgotten_at is not None
    hers = select(ContactIdentity.id).where(ContactIdentity.contact_id == her.id)
    assert session.scalars(hers).all() == []


def test_interface_says_the_same(app, session, owner, her):
    secret = make_token(session, owner, "till", Scope.WRITE, actor=None, now=her.created_at)
    session.commit()
    client, headers = app.test_client(), {"Authorization": f"Bearer {secret}"}
    path = f"/api/v1/contacts/{her.id}"
    shown = client.get(path, headers=headers)
    assert (shown.status_code, shown.json["phone_masked"]) == (200, "打不开")
    refused = client.get(f"{path}/phone", headers=headers)
    assert refused.status_code == 409
    assert "密钥" in refused.json["detail"]
    export = client.get(f"{path}/export", headers=headers)
    assert export.json["identities"][0]["value"] == "打不开"
    assert client.post(f"{path}/anonymise", headers=headers).status_code == 200


def test_preview_says_why_and_is_there_again_with_the_key(page, session, owner, store):
    data = {"kind": "contacts", "file": (io.BytesIO(as_csv([member(1)])), "a.csv"), "store": "0"}
    page.post("/imports", data)
    where = page.location
    part = session.scalars(select(ContactFilePart)).one()
    kept, part.content = part.content, LOST
    session.commit()
    stopped = page.get(where)
    assert "shuke key import" in stopped.text
    page.post(where, {"start": "1", "store_id": "x"}, 422)
    page.submit(stopped, "再试一次")
    assert "shuke key import" in page.get(where).text
    session.expire_all()
    assert session.scalars(select(ContactFile.state)).all() == [FileState.PREVIEW]
    session.scalars(select(ContactFilePart)).one().content = kept
    session.commit()
    assert "读到 1 行" in page.get(where).text
