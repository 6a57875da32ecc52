"""The pages on which customers are brought in."""

import io
import re

import pytest
from sqlalchemy import select

from crm import crypto
from crm.accounts.rules import Role
from crm.contacts import jobs
from crm.contacts.models import Consent, Contact, ContactFile, ContactTag
from crm.contacts.rules import ConsentBasis
from crm.contacts.service import files
from crm.integrations.formats.contact_files.columns import ALIASES
from crm.integrations.rules.files import FileState
from tests.conftest import NOW
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import make_staff, make_store
from tests.rules.contact_files_samples import as_csv, as_xlsx, member


@pytest.fixture
def store(session):
    make_noise(session)
    return make_store(session, code="RM")


@pytest.fixture
def owner(session, page, store):
    staff = make_staff(session, Role.OWNER)
    page.sign_in(staff)
    return staff


@pytest.fixture
def take(factory, session):
    def take():
        jobs.take_files(factory, now=lambda: NOW)
        session.expire_all()

    return take


def upload(page, data, name="会员.xlsx", status=303, **fields):
    sent = {"kind": "contacts", "file": (io.BytesIO(data), name), "store": "0", **fields}
    return page.post("/imports", sent, status)


def names(session, store):
    found = select(Contact.name).where(Contact.store_id == store.id).order_by(Contact.id)
    return list(session.scalars(found))


@pytest.mark.parametrize(
    "data", [as_xlsx([member(1), member(2)]), as_csv([member(1), member(2)], "gb18030")]
)
def test_file_is_previewed_then_taken_by_the_worker(page, owner, session, store, take, data):
    upload(page, data, store=str(store.id))
    where = page.location
    preview = page.get(where)
    assert "读到 2 行，看样子是收银系统的会员表" in preview.text
    assert "新顾客 2，补全资料 0，没变化 0，不能导入 0 行" in preview.text
    assert "100****0001" in preview.text
    assert "10000000001" not in page.response.get_data(as_text=True)
    assert names(session, store) == []
    page.submit(preview, "导入 2 行")
    asked = {"X-Poll": "1"}
    assert "已看 0 / 2 行" in page.get(where, headers=asked).text
    take()
    page.get(where, 286, headers=asked)
    assert "导入好了：新顾客 2，补全资料 0，没变化 0" in page.get(where).text
    assert names(session, store) == ["顾客1", "顾客2"]


def test_meaning_of_a_column_is_corrected_and_remembered(page, owner, session, store, take):
    header = ("Who", "Mobile", "City")
    data = as_csv([{"Who": "陈姐", "Mobile": "10000000001", "City": "杭州"}], header=header)
    upload(page, data, store=str(store.id))
    where = page.location
    preview = page.get(where)
    assert "自己做的表" in preview.text
    wrong = page.submit(preview, "改了设定，再看一遍", status=422)
    assert "选出哪一列是姓名" in wrong.text
    said = {"columns-0": "name", "columns-1": "name"}
    twice = page.submit(preview, "改了设定，再看一遍", status=422, **said)
    assert "「姓名」选了两列" in twice.text
    assert session.scalars(select(ContactFile.state)).one() is FileState.PREVIEW
    page.submit(preview, "改了设定，再看一遍", **said | {"columns-1": "phone"})
    assert "新顾客 1" in page.get(where).text
    page.submit(page.get(where), "导入 1 行")
    take()
    assert names(session, store) == ["陈姐"]
    upload(page, data, store=str(store.id))
    assert "新顾客 0，补全资料 0，没变化 1" in page.get(page.location).text


def test_file_without_names_of_columns_keeps_its_first_customer(page, owner, session, store, take):
    upload(page, "陈姐,10000000001\n何敏,10000000002\n".encode(), store=str(store.id))
    where = page.location
    said = {"columns-0": "name", "columns-1": "phone"}
    page.submit(page.get(where), "改了设定，再看一遍", **said)
    assert "新顾客 2" in page.get(where).text
    page.submit(page.get(where), "导入 2 行")
    take()
    assert names(session, store) == ["陈姐", "何敏"]
    upload(page, "茶,10000000003\n".encode(), store=str(store.id))
    assert "没有一行能导入" in page.get(page.location).text  # as wide, and yet another file


def test_a_column_without_a_name_moves_no_other(page, owner, session, store, take):
    header = ("会员姓名", "", "手机号", "标签")
    line = {"会员姓名": "陈姐", "": "7", "手机号": "10000000001", "标签": "怕热"}
    upload(page, as_csv([line], header=header), store=str(store.id))
    where = page.location
    page.submit(page.get(where), "改了设定，再看一遍")
    again = page.get(where)
    assert "100****0001" in again.text
    page.submit(again, "导入 1 行")
    take()
    assert names(session, store) == ["陈姐"]
    assert set(session.scalars(select(ContactTag.tag))) == {"怕热", "杂"}  # one is of the noise


def test_consent_is_noted_with_everybody_new(page, owner, session, store, take):
    upload(page, as_csv([member(1)]), store=str(store.id))
    page.submit(page.get(page.location), "导入 1 行", consent_basis="consent")
    take()
    assert session.scalars(select(Consent.basis)).all() == [ConsentBasis.CONSENT]


def test_bad_lines_are_shown_with_reason_and_can_be_downloaded(page, owner, session, store, take):
    lines = [member(1), member(2, 手机号="1.38E+10"), member(3, 手机号="1380000014")]
    upload(page, as_csv(lines), "a.csv", store=str(store.id))
    where = page.location
    preview = page.get(where)
    assert "手机号要 11 位数字" in preview.text
    assert "不能导入的 2 行" in preview.text
    page.submit(preview, "导入 1 行")
    take()
    assert "没导入的 2 行" in page.get(where).text
    page.get(f"{where}/errors.csv")
    told = page.response.get_data().decode("utf-8-sig").splitlines()
    assert told[0] == "行,列,原因"
    assert [line.split(",")[:2] for line in told[1:]] == [["3", "手机号"], ["4", "手机号"]]
    assert "13800" not in "".join(told)


def test_line_without_a_store_waits_for_one(page, owner, session, store, take):
    upload(page, as_csv([member(1)]))
    where = page.location
    preview = page.get(where)
    assert "没写门店" in preview.text
    page.submit(preview, "改了设定，再看一遍", store_id=str(store.id))
    assert "新顾客 1" in page.get(where).text


def test_file_too_long_to_look_through_promises_no_number(page, owner, session, store):
    lines = as_csv([member(number) for number in range(1, files.LOOKED + 2)])
    upload(page, lines)
    preview = page.get(page.location)
    assert "前 500 行没有一行能导入" in preview.text
    page.submit(preview, "改了设定，再看一遍", store_id=str(store.id))
    again = page.get(page.location)
    assert "没有一行能导入" not in again.text
    page.submit(again, "导入这个文件")
    assert session.scalars(select(ContactFile.state)).one() is FileState.WAITING


def test_file_whose_good_lines_come_late_can_be_imported(page, owner, session, store, take):
    bad = [member(number, 手机号="12345") for number in range(1, files.LOOKED + 1)]
    upload(page, as_csv([*bad, member(9_999)]), store=str(store.id))
    page.submit(page.get(page.location), "导入这个文件")
    take()
    assert names(session, store) == ["顾客9999"]


def test_pressing_import_twice_is_once(page, owner, session, store, take):
    upload(page, as_csv([member(1)]), store=str(store.id))
    preview = page.get(page.location)
    page.submit(preview, "导入 1 行")
    take()
    page.submit(preview, "导入 1 行")
    take()
    assert names(session, store) == ["顾客1"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "这个文件是空的，换一个"),
        (b"PK\x03\x04broken", "打不开这个文件"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "这是旧版 xls"),
        (b"\x89PNG\r\n\x1a\n\xff\xff", "认不出这个文件的文字编码"),
        (b"\r\n,,\r\n", "表里没有这些列"),
    ],
)
def test_file_that_cannot_be_read_says_what_to_do(page, owner, session, data, says):
    assert says in upload(page, data, status=422).text
    assert session.scalars(select(ContactFile.id)).all() == []


def test_file_with_a_header_only_offers_no_import(page, owner):
    upload(page, as_csv([]))
    shown = page.get(page.location)
    assert "表里只有表头" in shown.text
    assert not [name for name in shown.buttons if name.startswith("导入")]


def test_file_that_was_let_go_asks_to_be_sent_again(page, owner, session, store):
    upload(page, as_csv([member(1)]), store=str(store.id))
    where, row = page.location, session.scalars(select(ContactFile)).one()
    preview = page.get(where)
    files.let_go(session, row)
    session.commit()
    page.submit(preview, "导入 1 行")
    assert "再传一次" in page.get(where).text


def test_template_can_be_filled_in_and_its_example_is_nobody(page, owner, session, store, take):
    data = page.client.get("/imports/contacts/template.csv").get_data()
    upload(page, data, "模板.csv", store=str(store.id))
    shown = page.get(page.location)
    assert "新顾客 0，补全资料 0，没变化 0，不能导入 1 行" in shown.text
    assert "这是模板里的示例行" in shown.text


def test_both_kinds_of_files_stand_in_one_list(page, owner, store, monkeypatch):
    monkeypatch.setattr("crm.orders.views.PAGE_ROWS", 1)
    upload(page, as_csv([member(1)]), "一.csv")
    upload(page, as_csv([member(2)]), "二.csv")
    first = page.get("/imports")
    assert "二.csv" in first.text
    assert "一.csv" not in first.text
    assert "一.csv" in page.get(first.link("下一页")).text


def test_managers_see_their_own_files_only_and_assistants_none(page, owner, session, store):
    upload(page, as_csv([member(1)]))
    where = page.location
    page.sign_in(make_staff(session, Role.MANAGER, store))
    page.get(where, 404)
    page.post(where, status=404)
    page.get(f"{where}/errors.csv", 404)
    page.sign_in(make_staff(session, Role.ASSISTANT, store))
    for path in (where, f"{where}/errors.csv", "/imports/contacts/template.csv"):
        page.get(path, 403)
    upload(page, as_csv([member(1)]), status=403)


def test_store_of_somebody_else_cannot_be_chosen(page, session, store):
    other = make_store(session, "中山路店", code="ZS")
    make_contact(session, "别人的", store=other, phone="10000000001")
    page.sign_in(make_staff(session, Role.MANAGER, store))
    upload(page, as_csv([member(1)]), store=str(other.id), status=422)
    upload(page, as_csv([member(1)]))
    preview = page.get(page.location, queries=14)  # what the book has of them is asked by kind
    assert "已在别的门店名下" in preview.text
    assert "别人的" not in preview.text
    page.submit(preview, "改了设定，再看一遍", start="1", store_id=str(other.id), status=422)


def test_english_pages_speak_english(page, owner, store):
    upload(page, as_csv([member(1, 手机号="1380000014")]), store=str(store.id))
    assert "1 lines found" in page.get(page.location, lang="en").text


def test_stopped_file_says_why_and_goes_on_when_told(page, owner, session, store, take):
    crypto.configure("another key")
    upload(page, as_csv([member(1)]), store=str(store.id))
    where = page.location
    page.submit(page.get(where), "导入 1 行")
    crypto.configure("key of the tests")
    take()
    page.get(where, 286, headers={"X-Poll": "1"})
    stopped = page.get(where)
    assert "导入停在 0 / 1 行" in stopped.text
    assert "换过主密钥" in stopped.text
    assert "没导完" in page.get("/imports").text
    for _twice in range(2):
        page.submit(stopped, "再试一次")
    assert "已看 0 / 1 行" in page.get(where).text
    crypto.configure("another key")
    take()
    assert names(session, store) == ["顾客1"]


def test_no_number_is_shown_before_a_reveal(page, owner, session, store, take):
    line = member(1, 会员姓名="13900000142", 会员等级="13900000555", 营业员="VX13900000333")
    headless = "王芳,13900000777,13900000888\n李敏,13900000778,13900000889".encode()
    for data, name in ((as_csv([line]), "13900000999.csv"), (headless, "a.csv")):
        upload(page, data, name, store=str(store.id))
        where = page.location
        page.get(where)
        shown = page.response.get_data(as_text=True)
        assert "139****" in shown
        assert not re.findall(r"1[39]\d{9}", shown)
        page.get("/imports")
        assert not re.findall(r"1[39]\d{9}", page.response.get_data(as_text=True))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_names_every_column_and_limit(page, owner, lang):
    shown = page.get("/help/imports", lang=lang).text
    assert all(name in shown for names in ALIASES.values() for name in names)
    assert all(limit in shown for limit in ("32 MB", "250,000", "1,000,000", "GB18030"))


def test_empty_list_of_files_offers_a_template(page, owner):
    assert page.get("/imports").link("下载模板") == "/imports/contacts/template.csv"
