"""A customer file is taken part by part: who is new, who is known, what the book keeps."""

import io

import pytest
from sqlalchemy import func, select

from crm import crypto
from crm.accounts.rules import Role
from crm.audit.models import AuditEntry
from crm.contacts import jobs, service
from crm.contacts.models import (
    Consent,
    Contact,
    ContactFile,
    ContactFilePart,
    ContactIdentity,
    ContactMove,
    ContactNote,
    ContactTag,
)
from crm.contacts.queries import search_contacts
from crm.contacts.queries.files import file_errors
from crm.contacts.rules import ConsentBasis, EditContact, FileReading, IdentityKind, MoveKind
from crm.contacts.service import files
from crm.contacts.service.taking import patiently
from crm.db import transaction
from crm.integrations import queries as uploads
from crm.integrations.rules.files import FileState
from crm.lifecycle.rules.merging import Merge
from crm.lifecycle.service.merging import merge
from tests.conftest import NOW
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import actor_of, make_staff, make_store
from tests.rules.contact_files_samples import NOTES, WECOM, YOUZAN, as_csv, as_xlsx, member

pytestmark = pytest.mark.usefixtures("noise")


@pytest.fixture
def noise(session):
    make_noise(session)


@pytest.fixture
def store(session):
    return make_store(session, code="RM")


@pytest.fixture
def owner(session):
    return actor_of(session, make_staff(session, Role.OWNER, name="阿俊"))


@pytest.fixture
def bring(session, factory, store, owner):
    """Uploads a file, lets it go and lets the worker take it."""

    def bring(data, *, actor=owner, name="会员.csv", store_id=None, **reading):
        parcel = files.cut(io.BytesIO(data), name)
        row = files.keep_file(session, parcel, store_id=store_id or store.id, actor=actor, now=NOW)
        if reading:
            said = {
                "columns": row.columns,
                "store_id": row.store_id,
                "moved_kind": row.moved_kind,
                "consent_basis": None,
            }
            files.read_file_so(session, row, FileReading(**said | reading), actor=actor, now=NOW)
        files.start_file(session, row, actor=actor, now=NOW)
        session.commit()
        jobs.take_files(factory, now=lambda: NOW)
        session.expire_all()
        return row

    return bring


def counts(row):
    return (row.created_count, row.updated_count, row.unchanged_count, row.errors_count)


def people(session, store):
    return list(
        session.scalars(select(Contact).where(Contact.store_id == store.id).order_by(Contact.id))
    )


def problems(session, row):
    return [(line, column, problem) for line, column, problem in file_errors(session, row.id)]


def test_people_of_a_till_come_with_ledger_identities_and_audit(session, store, owner, bring):
    row = bring(as_csv([member(1), member(2)]), consent_basis=ConsentBasis.CONTRACT)
    assert (row.state, counts(row)) == (FileState.DONE, (2, 0, 0, 0))
    first, _second = people(session, store)
    assert (first.name, first.created_by, first.owner_id) == ("顾客1", owner.id, None)
    kinds = select(ContactIdentity.kind).where(ContactIdentity.contact_id == first.id)
    assert set(session.scalars(kinds)) == {IdentityKind.MEMBER_NO, IdentityKind.PHONE}
    move = session.scalars(select(ContactMove).where(ContactMove.contact_id == first.id)).one()
    assert (move.kind, move.from_store_id, move.moved_by) == (MoveKind.STORE, store.id, owner.id)
    assert move.moved_at.isoformat() == "2025-04-27T02:00:00+00:00"
    consent = session.scalars(select(Consent).where(Consent.contact_id == first.id)).one()
    assert (consent.basis, consent.given_at) == (ConsentBasis.CONTRACT, move.moved_at)
    assert session.scalars(select(ContactTag.tag)).all().count("金卡") == 2
    audit = select(AuditEntry.action).where(AuditEntry.subject == f"contact:{first.id}")
    assert session.scalars(audit).all() == ["contact.imported"]
    assert [hit.id for hit in search_contacts(session, "顾客1", owner)] == [first.id]
    assert [hit.id for hit in search_contacts(session, "0001", owner)] == [first.id]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_same_file_twice_changes_nothing(session, store, bring, encoding):
    lines = [member(1), member(2), member(3, 手机号="138****0142", 会员卡号="")]
    assert counts(bring(as_csv(lines, encoding))) == (3, 0, 0, 0)
    before = [(p.id, p.version, p.search_text) for p in people(session, store)]
    for again in (as_csv(lines, "utf-8"), as_xlsx(lines)):
        assert counts(bring(again)) == (0, 0, 3, 0)
    assert [(p.id, p.version, p.search_text) for p in people(session, store)] == before
    assert session.scalar(select(func.count(ContactMove.id))) == 3


def test_masked_phone_is_shown_and_leads_to_nobody(session, store, bring):
    make_contact(session, "陈姐", store=store, phone="13800000142")
    row = bring(as_csv([member(1, 手机号="138****0142", 会员卡号="")]))
    assert counts(row) == (1, 0, 0, 0)
    masked = people(session, store)[1]
    assert masked.phone_hint == "138****0142"
    kinds = select(ContactIdentity.kind).where(ContactIdentity.contact_id == masked.id)
    assert session.scalars(kinds).all() == [IdentityKind.FILE_LINE]


def test_two_people_with_the_same_mask_stay_two(session, store, bring):
    lines = [
        member(1, 手机号="138****0142", 会员卡号="", 会员姓名="王芳"),
        member(2, 手机号="138****0142", 会员卡号="", 会员姓名="李敏"),
    ]
    assert counts(bring(as_csv(lines))) == (2, 0, 0, 0)


def test_what_is_known_is_filled_and_never_overwritten(session, store, bring):
    known = make_contact(session, "陈姐", store=store, phone="10000000001", remark="怕热面料")
    data = as_csv(
        [
            {
                "姓名": "陈晓",
                "昵称": "小陈",
                "手机号": "100-0000-0001",
                "备注": "别的",
                "标签": "老客",
            }
        ],
        header=("姓名", "昵称", "手机号", "备注", "标签"),
    )
    assert counts(bring(data)) == (0, 1, 0, 0)
    assert (known.name, known.nickname, known.remark) == ("陈姐", "小陈", "怕热面料")
    assert counts(bring(data)) == (0, 0, 1, 0)
    found = search_contacts(session, "老客", None)
    assert [hit.id for hit in found] == [known.id]


def test_lines_of_one_person_become_one(session, store, bring):
    row = bring(as_csv([member(1), member(1), member(1, 会员等级="银卡")]))
    assert counts(row) == (1, 1, 1, 0)
    (person,) = people(session, store)
    tags = select(ContactTag.tag).where(ContactTag.contact_id == person.id)
    assert set(session.scalars(tags)) == {"金卡", "银卡"}


def test_lines_of_one_person_in_two_parts_become_one(session, store, bring, monkeypatch):
    monkeypatch.setattr(files, "BATCH", 1)
    row = bring(as_csv([member(1), member(2), member(1)]))
    assert (row.parts_count, row.done_parts, counts(row)) == (3, 3, (2, 0, 1, 0))


def test_shared_phone_with_other_cards_is_two_people(session, store, bring):
    lines = [member(1), member(2, 手机号="10000000001")]
    assert counts(bring(as_csv(lines))) == (2, 0, 0, 0)
    ranks = select(ContactIdentity.rank).where(ContactIdentity.kind == IdentityKind.PHONE)
    phones = ranks.where(ContactIdentity.contact_id.in_([p.id for p in people(session, store)]))
    assert sorted(session.scalars(phones)) == [0, 1]
    assert counts(bring(as_csv(lines))) == (0, 0, 2, 0)


def test_line_never_goes_to_somebody_who_was_merged(session, store, owner, bring):
    bring(as_csv([member(1), member(2, 手机号="10000000001")]))
    kept, old = (person.id for person in people(session, store))
    merge(session, Merge(kept, old), actor=owner, now=NOW)
    session.commit()
    hers = select(ContactIdentity.id).where(ContactIdentity.contact_id == old)
    before = session.scalars(hers).all()
    row = bring(as_csv([member(3, 手机号="10000000001")]))
    assert problems(session, row) == []
    assert session.scalars(hers).all() == before


def test_keys_that_lead_to_two_people_are_refused_with_their_line(session, store, bring):
    header = ("姓名", "会员卡号", "external_userid")
    bring(
        as_csv(
            [{"姓名": "甲", "会员卡号": "1"}, {"姓名": "乙", "external_userid": "wm1"}],
            header=header,
        )
    )
    row = bring(as_csv([{"姓名": "丙", "会员卡号": "1", "external_userid": "wm1"}], header=header))
    assert problems(session, row) == [(2, "", "two_people")]


def test_card_number_of_another_till_is_refused_with_its_line(session, store, bring):
    bring(as_csv([member(1)]))
    row = bring(as_csv([member(1, 会员姓名="周琳", 手机号="10000000777")]))
    assert problems(session, row) == [(2, "会员卡号", "card_of_another")]


def test_notes_keep_their_own_author_and_date(session, store, bring):
    line = {
        "姓名": "陈姐",
        "手机号": "10000000001",
        "跟进记录": "问过夏款，\n周三再来",
        "记录人": "早就离职的小赵",
        "记录时间": "2023-03-08 15:30",
    }
    second = line | {"跟进记录": "已到店", "记录时间": "2023-03-10"}
    assert counts(bring(as_csv([line, second], header=NOTES))) == (1, 1, 0, 0)
    noted = session.scalars(select(ContactNote).order_by(ContactNote.noted_at)).all()
    assert [(n.text, n.author_name) for n in noted] == [
        ("问过夏款，\n周三再来", "早就离职的小赵"),
        ("已到店", "早就离职的小赵"),
    ]
    assert noted[0].noted_at.isoformat() == "2023-03-08T07:30:00+00:00"
    assert counts(bring(as_csv([line, second], header=NOTES))) == (0, 0, 2, 0)


def test_line_says_its_store_and_its_guide(session, store, bring):
    other = make_store(session, "中山路店", code="ZS")
    guide = make_staff(session, Role.MANAGER, other, name="王梅")
    lines = [
        member(1, 发卡门店="中山路店", 营业员="王梅"),
        member(2, 发卡门店="RM", 营业员="没有这个人"),
        member(3, 发卡门店="火星店"),
    ]
    row = bring(as_csv(lines))
    assert problems(session, row) == [(4, "发卡门店", "unknown_store")]
    (first,) = people(session, other)
    assert (first.name, first.owner_id) == ("顾客1", guide.id)
    assert [(p.name, p.owner_id) for p in people(session, store)] == [("顾客2", None)]


def test_manager_brings_her_own_stores_only(session, store, bring):
    other = make_store(session, "中山路店", code="ZS")
    make_contact(session, "别店的", store=other, phone="10000000003")
    manager = actor_of(session, make_staff(session, Role.MANAGER, store))
    lines = [member(1), member(2, 发卡门店="中山路店"), member(3)]
    row = bring(as_csv(lines), actor=manager)
    assert problems(session, row) == [
        (3, "发卡门店", "unknown_store"),
        (4, "", "known_elsewhere"),
    ]
    (mine,) = people(session, store)
    assert mine.owner_id == manager.id
    assert len(people(session, other)) == 1


def test_file_of_somebody_who_left_is_let_go(session, factory, store, owner, bring):
    staff = make_staff(session, Role.MANAGER, store)
    manager = actor_of(session, staff)
    row = files.keep_file(
        session,
        files.cut(io.BytesIO(as_csv([member(1)])), "a.csv"),
        store_id=store.id,
        actor=manager,
        now=NOW,
    )
    files.start_file(session, row, actor=manager, now=NOW)
    staff.disabled_at = NOW
    session.commit()
    jobs.take_files(factory, now=lambda: NOW)
    session.expire_all()
    assert row.state is FileState.EXPIRED
    assert people(session, store) == []
    assert session.scalars(select(ContactFilePart.content)).all() == [None]


def test_columns_a_person_chose_are_remembered_for_the_next_file(session, store, bring):
    header = ("Who", "Mobile")
    data = as_csv([{"Who": "陈姐", "Mobile": "10000000001"}], header=header)
    row = bring(data, columns={"Who": "name", "Mobile": "phone"})
    assert counts(row) == (1, 0, 0, 0)
    again = bring(as_csv([{"Who": "李姐", "Mobile": "10000000002"}], header=header))
    assert (again.columns, counts(again)) == ({"Who": "name", "Mobile": "phone"}, (1, 0, 0, 0))


def test_content_is_sealed_and_goes_when_it_is_taken(session, store, owner, bring):
    parcel = files.cut(io.BytesIO(as_csv([member(1)])), "a.csv")
    row = files.keep_file(session, parcel, store_id=store.id, actor=owner, now=NOW)
    content = session.scalars(select(ContactFilePart.content)).one()
    assert "1000" not in content
    files.start_file(session, row, actor=owner, now=NOW)
    session.commit()
    bring(as_csv([member(2)]))
    assert session.scalars(select(ContactFilePart.content)).all() == [None, None]
    sealed = session.scalars(select(ContactIdentity.value_encrypted)).all()
    assert "10000000001" in {crypto.decrypt(value, purpose="identity") for value in sealed}


@pytest.mark.parametrize(
    ("data", "kind", "detail"),
    [
        (
            as_csv(
                [{"客户姓名": "陈姐", "客户手机号": "10000000001", "来源渠道": "视频号"}],
                header=YOUZAN,
            ),
            MoveKind.SHOP,
            "视频号",
        ),
        (
            as_csv([{"客户名称": "陈姐", "external_userid": "wm1"}], header=WECOM),
            MoveKind.OTHER,
            "",
        ),
    ],
    ids=["youzan", "wecom"],
)
def test_ledger_says_where_the_people_of_a_file_came_from(session, bring, data, kind, detail):
    bring(data)
    moves = session.execute(select(ContactMove.kind, ContactMove.detail)).all()
    assert moves == [(kind, detail)]


def test_person_without_a_name_is_called_by_her_tail(session, store, bring):
    row = bring(as_csv([member(1, 会员姓名=""), member(2, 会员姓名="", 手机号="", 会员卡号="")]))
    assert [p.name for p in people(session, store)] == ["尾号 0001"]
    assert problems(session, row) == [(3, "会员姓名", "no_name")]


def test_preview_says_what_would_happen_and_takes_nobody(session, store, owner):
    make_contact(session, "陈姐", store=store, phone="10000000001")
    lines = [member(1), member(2), member(3, 入会时间="昨天")]
    parcel = files.cut(io.BytesIO(as_csv(lines)), "a.csv")
    row = files.keep_file(session, parcel, store_id=store.id, actor=owner, now=NOW)
    seen = files.look(session, row, owner, now=NOW)
    assert (seen.created, seen.updated, seen.unchanged) == (1, 1, 0)
    assert [(error.line_no, error.column) for error in seen.errors] == [(4, "入会时间")]
    assert seen.cells["手机号"] == ["100****0001", "100****0002"]
    assert len(people(session, store)) == 1
    assert session.scalars(select(ContactFile.state)).all() == [FileState.PREVIEW]


@pytest.mark.parametrize("known_before", [False, True], ids=["logged", "edited"])
def test_what_somebody_does_meanwhile_is_neither_doubled_nor_lost(
    session, factory, store, owner, known_before
):
    if known_before:
        make_contact(session, "陈姐", store=store, phone="10000000001")
    data = as_csv([member(1, 备注="文件里的")], header=("会员姓名", "手机号", "会员卡号", "备注"))
    parcel = files.cut(io.BytesIO(data), "a.csv")
    row = files.keep_file(session, parcel, store_id=store.id, actor=owner, now=NOW)
    files.start_file(session, row, actor=owner, now=NOW)
    session.commit()
    tries = []

    def take():
        with factory() as reader:
            part = files.prepare_part(reader, reader.get_one(ContactFile, row.id), owner, now=NOW)
        tries.append(part)
        if len(tries) == 1 and known_before:
            (known,) = people(session, store)
            command = EditContact(name="陈姐", remark="她说的")
            service.edit_contact(session, known, command, actor=owner, now=NOW)
        elif len(tries) == 1:
            make_contact(session, "陈姐", store=store, phone="10000000001", remark="她说的")
        session.commit()
        with transaction(factory) as writer:
            locked = uploads.file_for_update(writer, ContactFile, row.id, None)
            files.take_part(writer, locked, part, now=NOW)

    patiently(take)
    session.expire_all()
    assert len(tries) == 2
    assert counts(row) == (0, 1, 0, 0)
    (person,) = people(session, store)
    assert (person.name, person.remark) == ("陈姐", "她说的")


def test_part_that_another_worker_took_is_left_alone(session, store, owner):
    parcel = files.cut(io.BytesIO(as_csv([{"会员姓名": "陈姐", "手机号": "138****0142"}])), "a.csv")
    row = files.keep_file(session, parcel, store_id=store.id, actor=owner, now=NOW)
    files.start_file(session, row, actor=owner, now=NOW)
    session.flush()
    mine, theirs = (files.prepare_part(session, row, owner, now=NOW) for _worker in range(2))
    files.take_part(session, row, theirs, now=NOW)
    row.state, row.finished_at = FileState.RUNNING, None
    files.take_part(session, row, mine, now=NOW)
    assert (row.done_parts, counts(row), len(people(session, store))) == (1, (1, 0, 0, 0), 1)
