"""What a line of a customer file says is kept to the letter; what cannot be kept is told."""

# ruff: noqa: F811  fixtures of the tests of files

import io

import pytest
from sqlalchemy import select

from crm.contacts import jobs
from crm.contacts.models import ContactFilePart, ContactNote, ContactTag
from crm.contacts.service import files
from crm.integrations.rules.files import FileFailure, FileState
from tests.conftest import NOW
from tests.rules.contact_files_samples import NOTES, as_csv, member
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


def test_signs_that_mean_something_to_a_database_are_kept(session, store, bring):
    said = '\\N\t甲\\.\n{乙},"丙"\\'
    line = {"姓名": r"\N", "手机号": "10000000001", "标签": r"C:\t", "跟进记录": said}
    bring(as_csv([line], header=(*NOTES, "标签")))
    (person,) = people(session, store)
    assert (person.name, person.search_text) == (r"\N", "\\n\nc:\\t\nn")
    tags = select(ContactTag.tag).where(ContactTag.contact_id == person.id)
    assert session.scalars(tags).all() == [r"C:\t"]
    assert session.scalars(select(ContactNote.text)).all() == [said]


def test_line_whose_tags_have_no_room_is_told_and_changes_nothing(session, store, bring):
    header = ("姓名", "手机号", "备注", "标签")
    line = {"姓名": "陈姐", "手机号": "10000000001"}
    most = [f"签{n}" for n in range(20)]
    bring(as_csv([line | {"标签": "、".join(most)}], header=header))
    known = line | {"备注": "爱喝普洱", "标签": "签7"}
    row = bring(as_csv([line | {"备注": "怕热", "标签": "签7、新客"}, known], header=header))
    assert (counts(row), problems(session, row)) == ((0, 1, 0, 1), [(2, "标签", "tags_full")])
    (person,) = people(session, store)
    tags = select(ContactTag.tag).where(ContactTag.contact_id == person.id)
    assert set(session.scalars(tags)) == set(most)
    assert person.remark == "爱喝普洱"


def test_file_with_a_part_that_is_gone_stops(session, factory, store, owner, monkeypatch):
    monkeypatch.setattr(files, "BATCH", 1)
    parcel = files.cut(io.BytesIO(as_csv([member(1), member(2)])), "会员.csv")
    row = files.keep_file(session, parcel, store_id=store.id, actor=owner, now=NOW)
    files.start_file(session, row, actor=owner, now=NOW)
    session.get_one(ContactFilePart, (row.id, 1)).content = None
    session.commit()
    jobs.take_files(factory, now=lambda: NOW)
    session.expire_all()
    assert (row.state, row.failure) == (FileState.FAILED, FileFailure.BROKEN)
    assert (row.done_parts, counts(row)) == (1, (1, 0, 0, 0))
