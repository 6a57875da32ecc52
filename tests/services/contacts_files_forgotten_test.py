"""Who was forgotten does not come back with the next file of the till, only by herself."""

# ruff: noqa: F811  fixtures of the tests of files

import io
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from crm import crypto
from crm.contacts import service
from crm.contacts.cli import import_contacts
from crm.contacts.models import Contact, ContactIdentity, ContactTag, ForgottenIdentity
from crm.contacts.queries import phone_of
from crm.contacts.rules import IdentityKind, NewContact
from crm.contacts.service import files
from crm.lifecycle.service.erasing import anonymise
from tests.conftest import NOW
from tests.factories.contacts import make_contact
from tests.rules.contact_files_samples import as_csv, member
from tests.services.contacts_files_test import (  # noqa: F401  fixtures
    bring,
    counts,
    noise,
    owner,
    people,
    problems,
    store,
)

pytestmark = pytest.mark.usefixtures("noise")
LATER = NOW + timedelta(days=1)
SHE, OTHER = member(1), member(2)
BARE = member(3, 会员姓名="王芳", 手机号="", 会员卡号="")


def named(session, store):
    return [one.name for one in people(session, store) if one.forgotten_at is None]


@pytest.fixture
def forget(session, owner):
    def forget(contact):
        anonymise(session, contact.id, actor=owner, now=LATER)
        session.commit()

    return forget


@pytest.fixture
def forgotten(session, store, bring, forget):
    bring(as_csv([SHE, BARE]))
    for each in people(session, store):
        forget(each)


@pytest.mark.usefixtures("forgotten")
def test_the_same_file_again_tells_her_line_and_takes_the_others(session, store, bring):
    row = bring(as_csv([SHE, BARE, OTHER]))
    assert counts(row) == (1, 0, 0, 2)
    assert problems(session, row) == [(2, "", "forgotten"), (3, "", "forgotten")]
    assert named(session, store) == ["顾客2"]
    text = files.error_file(problems(session, row)).decode()
    assert text.count("她要求过删除，没有再导入") == 2
    assert "顾客1" not in text


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("cells", [{"手机号": ""}, {"会员卡号": ""}, {"会员姓名": "改了名"}])
def test_one_of_her_identities_is_enough(session, store, bring, cells):
    row = bring(as_csv([member(1, **cells), OTHER]))
    assert counts(row) == (1, 0, 0, 1)
    assert named(session, store) == ["顾客2"]


@pytest.mark.usefixtures("forgotten")
def test_preview_says_so(session, store, owner):
    parcel = files.cut(io.BytesIO(as_csv([SHE, OTHER])), "会员.csv")
    row = files.keep_file(session, parcel, store_id=store.id, actor=owner, now=NOW)
    seen = files.look(session, row, owner, now=NOW)
    assert (seen.created, [error.problem for error in seen.errors]) == (1, ["forgotten"])


@pytest.mark.usefixtures("forgotten")
def test_shell_says_so(session, store, factory, tmp_path):
    path, refused = tmp_path / "会员.csv", tmp_path / "refused.csv"
    path.write_bytes(as_csv([SHE, OTHER]))
    told = [str(path), "--store", store.code, "--errors", str(refused)]
    done = CliRunner().invoke(import_contacts, told, obj=factory)
    assert (done.exit_code, "created 1" in done.output, "refused 1" in done.output) == (3, 1, 1)
    assert len(refused.read_bytes().splitlines()) == 2


@pytest.mark.usefixtures("forgotten")
def test_whoever_comes_back_herself_is_new_and_files_know_her_again(session, store, owner, bring):
    new = NewContact(store.id, "顾客1", identities=((IdentityKind.PHONE, SHE["手机号"]),))
    service.log_contact(session, new, actor=owner, now=LATER)
    session.commit()
    for became in ((0, 1, 0, 0), (0, 0, 1, 0)):
        assert counts(bring(as_csv([SHE]))) == became
    assert named(session, store) == ["顾客1"]
    [her] = [one for one in people(session, store) if one.forgotten_at is None]
    kinds = select(ContactIdentity.kind).where(ContactIdentity.contact_id == her.id)
    assert set(session.scalars(kinds)) == {IdentityKind.PHONE, IdentityKind.MEMBER_NO}
    by_card = member(1, 手机号="", 会员等级="钻石")
    assert counts(bring(as_csv([by_card]))) == (0, 1, 0, 0)


@pytest.mark.usefixtures("forgotten")
def test_line_with_her_card_is_not_for_whoever_has_her_number_now(session, store, owner, bring):
    phone = ((IdentityKind.PHONE, SHE["手机号"]),)
    service.log_contact(
        session, NewContact(store.id, "李强", identities=phone), actor=owner, now=LATER
    )
    session.commit()
    row = bring(as_csv([member(1, 会员等级="金卡")]))
    assert problems(session, row) == [(2, "", "number_of_forgotten")]
    tags = select(ContactTag.tag).join(Contact).where(Contact.name == "李强")
    assert session.scalars(tags).all() == []


def test_daughter_with_the_same_phone_stays_herself(session, store, owner, bring, forget):
    phone = SHE["手机号"]
    mother = make_contact(session, "顾客1", store=store, phone=phone, actor=owner)
    sharer = make_contact(
        session, "女儿", store=store, phone=phone, actor=owner, share_identity=True
    )
    sharer.nickname = "小雨"
    session.commit()
    forget(mother)
    mine = member(1, 会员姓名="女儿", 会员卡号="", 会员等级="金卡")
    assert counts(bring(as_csv([mine]))) == (0, 1, 0, 0)
    called = member(1, 会员姓名="小雨", 会员卡号="", 会员等级="银卡")
    assert counts(bring(as_csv([called]))) == (0, 1, 0, 0)
    assert counts(bring(as_csv([member(1, 会员卡号="", 会员等级="旧卡")]))) == (0, 0, 0, 1)
    tags = select(ContactTag.tag).join(Contact).where(Contact.store_id == store.id)
    assert set(session.scalars(tags)) == {"金卡", "银卡"}


@pytest.mark.usefixtures("forgotten")
def test_a_changed_key_does_not_bring_her_back(session, store, bring, monkeypatch):
    monkeypatch.setattr(crypto, "_keys", ("another key", *crypto._keys))
    assert counts(bring(as_csv([SHE]))) == (0, 0, 0, 1)
    assert named(session, store) == []


@pytest.mark.usefixtures("forgotten")
def test_forgotten_again_changes_nothing_of_what_is_kept(session, store, forget):
    kept = select(func.count()).select_from(ForgottenIdentity)
    before = session.scalar(kept)
    assert before == 3  # phone and card, and the line that had neither
    forget(people(session, store)[0])
    assert session.scalar(kept) == before


@pytest.mark.usefixtures("forgotten")
def test_no_file_gives_her_number_to_somebody_else(session, store, bring):
    """Her line names a card that the line before it gave to somebody new."""
    new = member(9, 手机号="", 会员卡号="C9")
    bring(as_csv([new, member(9, 手机号=SHE["手机号"], 会员卡号="C9")]))
    [card] = [one for one in people(session, store) if one.forgotten_at is None]
    assert phone_of(session, card.id) is None
