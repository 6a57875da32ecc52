"""The pages on which orders are brought in."""

import io

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role
from crm.integrations.formats import shop_orders
from crm.integrations.rules.files import FileState
from crm.orders import jobs
from crm.orders.models import OrderFile, OrderLine, ShopOrder
from crm.orders.service import files as file_service
from crm.orders.service import take_orders
from tests.conftest import NOW
from tests.factories.orders import make_buyer, new_order
from tests.factories.stores import make_staff, make_store
from tests.rules.shop_orders_samples import FIRST, SECOND, as_csv, as_xlsx, order_cells


@pytest.fixture
def owner(session, page, store):
    staff = make_staff(session, Role.OWNER)
    page.sign_in(staff)
    return staff


def upload(page, data, name="订单.xlsx", status=303, **fields):
    return page.post(
        "/imports",
        {"kind": "orders", "file": (io.BytesIO(data), name), "store": "0", **fields},
        status,
    )


def orders(session):
    return list(session.scalars(select(ShopOrder).order_by(ShopOrder.id)))


def test_data_page_names_its_controls(page, owner) -> None:
    shown = page.get("/settings/data")
    assert shown.h1 == "导入导出与备份"
    assert "预览导入" in shown.buttons
    assert shown.link("下载模板") == "/imports/contacts/template.csv"
    assert shown.link("下载订单模板") == "/imports/template.xlsx"
    assert shown.one("label", "选择文件").get("for") == shown.one("input", type="file").get("id")


def test_waiting_orders_are_those_of_ones_own_stores(page, session, store) -> None:
    rows = (make_store(session, "别的店"), 3), (store, 2), (None, 1)
    for place, count in rows:
        session.flush()
        waiting = [new_order(store_id=place.id if place else None) for _ in range(count)]
        take_orders(session, waiting, actor=None, now=NOW)
    session.commit()
    for role, count in ((Role.MANAGER, 3), (Role.LEAD, 6)):
        page.sign_in(make_staff(session, role, store))
        assert f"有 {count} 个订单还没找到顾客" in page.get("/settings/data").text


@pytest.mark.parametrize(
    "data", [as_xlsx([FIRST, SECOND]), as_csv([FIRST, SECOND], "gb18030")], ids=["xlsx", "csv"]
)
def test_file_is_previewed_then_imported(page, owner, session, store, data) -> None:
    buyer = make_buyer(session, store, external_userid="wmAAAA0001")
    upload(page, data)
    preview = page.get(page.location)
    assert "读到 1 个订单（2 行）" in preview.text
    assert orders(session) == []
    page.submit(preview, "导入 1 个订单")
    done = page.get(page.location)
    assert "导入好了：新订单 1，有变化 0，没变化 0" in done.text
    assert [(row.contact_id, row.paid_fen) for row in orders(session)] == [(buyer.id, 58800)]


def test_same_file_twice_changes_nothing(page, owner, session) -> None:
    for expected in ("新订单 1，有变化 0", "新订单 0，有变化 0，没变化 1"):
        upload(page, as_xlsx([FIRST, SECOND]))
        page.submit(page.get(page.location), "导入 1 个订单")
        assert expected in page.get(page.location).text
    assert len(orders(session)) == 1


def test_pressing_import_twice_is_once(page, owner, session) -> None:
    upload(page, as_xlsx([FIRST]))
    preview = page.get(page.location)
    page.submit(preview, "导入 1 个订单")
    page.submit(preview, "导入 1 个订单")
    assert "新订单 1" in page.get(page.location).text


def test_bad_lines_are_shown_with_reason_and_can_be_downloaded(page, owner) -> None:
    bad = order_cells("=cmd", 订单下单时间="昨天")
    upload(page, as_csv([FIRST, SECOND, bad], "utf-8"), "a.csv")
    where = page.location
    preview = page.get(where)
    assert "没导入的 1 行" in preview.text
    assert "时间看不懂。写成 2025-06-18 20:14" in preview.text
    page.get(f"{where}/errors.csv")
    lines = page.response.get_data().decode("utf-8-sig").splitlines()
    assert lines[0] == "行,订单号,列,原因"
    assert lines[1].startswith("4,'=cmd,订单下单时间,")


def test_file_without_one_good_order_offers_no_import(page, owner) -> None:
    upload(page, as_csv([order_cells("1", 商品数量="x")], "utf-8"))
    shown = page.get(page.location)
    assert "没有可以导入的订单" in shown.text
    assert not [name for name in shown.buttons if name.startswith("导入")]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "这个文件是空的，换一个"),
        ("姓名,电话\n陈姐,1".encode(), "表里没有这些列：订单号"),
        (b"PK\x03\x04broken", "打不开这个文件"),
    ],
)
def test_file_that_cannot_be_read_says_what_to_do(page, owner, session, data, says) -> None:
    shown = upload(page, data, status=422)
    assert says in shown.text
    assert list(session.scalars(select(OrderFile.id))) == []


def test_form_without_a_file_asks_for_one(page, owner) -> None:
    assert "选一个文件" in page.post("/imports", {"kind": "orders", "store": "0"}, 422).text


def test_long_file_waits_for_the_worker(page, owner, factory, monkeypatch) -> None:
    monkeypatch.setattr(file_service, "BATCH", 1)
    upload(page, as_csv([order_cells("1"), order_cells("2")], "utf-8"))
    page.submit(page.get(page.location), "导入 2 个订单")
    where = page.location
    assert "已导入 0 / 2 个订单" in page.get(where).text
    asked = {"X-Poll": "1"}
    assert page.get(where, headers=asked).one("div", id="progress").get("data-poll") == "3"
    assert jobs.take_files(factory, now=lambda: NOW) == 1
    page.get(where, 286, headers=asked)
    assert "导入好了：新订单 2" in page.get(where).text


def test_expired_file_asks_to_be_sent_again(page, owner, session) -> None:
    upload(page, as_xlsx([FIRST]))
    where, row = page.location, session.scalars(select(OrderFile)).one()
    row.state, row.content = FileState.EXPIRED, None
    session.commit()
    assert "超过一天没有确认" in page.get(where).text
    page.post(f"{where}/start")
    session.expire_all()
    assert row.state is FileState.EXPIRED


def test_list_shows_files_newest_first_page_by_page(page, owner, monkeypatch) -> None:
    monkeypatch.setattr("crm.orders.views.PAGE_ROWS", 2)
    for name in ("一.xlsx", "二.xlsx", "三.xlsx"):
        upload(page, as_xlsx([FIRST]), name)
    first = page.get("/imports")
    assert first.text.index("三.xlsx") < first.text.index("二.xlsx")
    assert "一.xlsx" not in first.text
    assert "一.xlsx" in page.get(first.link("下一页")).text


def test_list_without_files_says_what_to_do(page, owner) -> None:
    assert page.get("/imports").link("导入") == "/settings/data"
    page.get("/imports", 422, cursor="nonsense")


def test_template_reads_as_an_order_file_without_orders(page, owner) -> None:
    file = shop_orders.read(page.client.get("/imports/template.xlsx").get_data())
    assert (file.orders, file.errors, file.lines_count) == ((), (), 0)


def test_english_pages_speak_english(page, owner) -> None:
    upload(page, as_csv([FIRST, order_cells("2", 商品数量="x")], "utf-8"))
    where = page.location
    assert "(lines: 2)" in page.get(where, lang="en").text
    assert page.get("/settings/data").h1 == "Import, export, backup"


def test_managers_see_their_own_files_only_and_assistants_none(page, owner, session, store) -> None:
    upload(page, as_xlsx([FIRST]))
    where = page.location
    page.sign_in(make_staff(session, Role.MANAGER, store))
    page.get(where, 404)
    page.post(f"{where}/start", status=404)
    page.get(f"{where}/errors.csv", 404)
    upload(page, as_xlsx([SECOND]), "自己的.xlsx")
    assert "自己的.xlsx" in page.get("/imports").text
    assert "订单.xlsx" not in page.get("/imports").text
    page.sign_in(make_staff(session, Role.ASSISTANT, store))
    for path in ("/settings/data", "/imports", where, "/imports/template.xlsx"):
        page.get(path, 403)
    upload(page, as_xlsx([FIRST]), status=403)


def test_store_of_somebody_else_cannot_be_chosen(page, session, store) -> None:
    other = make_store(session, "中山路店")
    page.sign_in(make_staff(session, Role.MANAGER, store))
    session.flush()
    upload(page, as_xlsx([FIRST]), store=str(other.id), status=422)
    upload(page, as_xlsx([FIRST]), store="x", status=422)
    upload(page, as_xlsx([FIRST]), store=str(store.id))
    assert session.scalars(select(OrderFile.store_id)).one() == store.id


def test_unknown_file_is_not_found(page, owner) -> None:
    page.get("/imports/999999", 404)


def test_long_product_with_long_attributes_is_shortened(page, owner, session) -> None:
    wordy = order_cells("1", 商品名称="裙" * 150, 商品属性="蓝" * 100)
    upload(page, as_csv([wordy], "utf-8"))
    page.submit(page.get(page.location), "导入 1 个订单")
    (product,) = session.scalars(select(OrderLine.product))
    assert product == "裙" * 150 + " " + "蓝" * 49


@pytest.mark.parametrize(
    ("name", "shown"), [("订\x00单\u202e.csv", "订单.csv"), (" 订  单.csv ", "订 单.csv")]
)
def test_file_name_is_kept_as_a_page_can_show_it(page, owner, name, shown) -> None:
    upload(page, as_csv([FIRST], "utf-8"), name)
    assert page.get(page.location).h1 == shown


def test_file_without_a_name_is_asked_for_again(page, owner, session) -> None:
    assert "选一个文件" in upload(page, as_csv([FIRST], "utf-8"), " ", 422).text
