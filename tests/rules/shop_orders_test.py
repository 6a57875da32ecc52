"""Reading the order exports of a shop's back office."""

import contextlib
import random
from datetime import date, datetime

import pytest

from crm.integrations.formats import shop_orders
from crm.integrations.formats.shop_orders import (
    FileProblem,
    Problem,
    UnreadableFile,
)
from crm.integrations.formats.tables import cells
from crm.integrations.formats.tables import reading as tables
from tests.rules.shop_orders_samples import (
    FIRST,
    FULL,
    OLD,
    SECOND,
    WITHOUT_WECOM,
    as_csv,
    as_xlsx,
    order_cells,
)

OTHER = order_cells("3707000000000000002", 收件人手机="138****0142", 企业微信加密id="")


def problems(data):
    return [(e.line_no, e.problem) for e in shop_orders.read(data).errors]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_csv_reads_like_xlsx_in_every_encoding(encoding):
    from_sheet = shop_orders.read(as_xlsx([FIRST, SECOND, OTHER]))
    from_text = shop_orders.read(as_csv([FIRST, SECOND, OTHER], encoding))
    assert from_text.orders == from_sheet.orders
    assert from_text.errors == from_sheet.errors == ()
    assert from_text.lines_count == from_sheet.lines_count == 3


def test_order_money_repeated_on_each_line_counts_once():
    order = shop_orders.read(as_csv([FIRST, SECOND], "utf-8")).orders[0]
    assert order.paid_fen == 58800
    assert order.refunded_fen == 5900
    assert [line.amount_fen for line in order.lines] == [32900, 25900]
    assert [line.product for line in order.lines] == ["碎花连衣裙", "针织衫"]
    assert order.ordered_at_local == datetime.fromisoformat("2025-06-01T20:14:05")
    assert order.paid_at_local == datetime.fromisoformat("2025-06-01T20:15")
    assert (order.external_userid, order.phone) == ("wmAAAA0001", "13800000142")


def test_lines_of_one_order_are_found_when_they_do_not_stand_together():
    orders = shop_orders.read(as_csv([FIRST, OTHER, SECOND], "utf-8")).orders
    assert [(o.order_no[-1], len(o.lines), o.paid_fen) for o in orders] == [
        ("1", 2, 58800),
        ("2", 1, 32900),
    ]


def test_line_repeated_whole_counts_once():
    order = shop_orders.read(as_csv([FIRST, SECOND, FIRST], "utf-8")).orders[0]
    assert len(order.lines) == 2


@pytest.mark.parametrize(
    ("header", "layout", "external_userid"),
    [
        (FULL, "wxshop2026", "wmAAAA0001"),
        (WITHOUT_WECOM, "wxshop57", None),
        (OLD, "channels_shop", None),
    ],
)
def test_each_generation_of_the_export_is_known(header, layout, external_userid):
    file = shop_orders.read(as_csv([FIRST], "utf-8-sig", header))
    assert file.layout == layout
    assert file.orders[0].external_userid == external_userid
    assert file.orders[0].paid_fen == 58800
    assert file.orders[0].lines[0].amount_fen == 32900
    assert file.orders[0].lines[0].code == "10000001"


def test_full_width_brackets_in_the_header_are_the_same_column():
    header = [name.replace("(", "（").replace(")", "）") for name in FULL]
    row = {name.replace("(", "（").replace(")", "）"): value for name, value in FIRST.items()}
    assert (
        shop_orders.read(as_csv([row], "gbk", header)).orders
        == shop_orders.read(as_csv([FIRST], "gbk")).orders
    )


def test_header_below_a_title_row_is_found_and_lines_keep_their_numbers():
    file = shop_orders.read(as_xlsx([FIRST, OTHER | {"订单下单时间": "昨天"}], first_row=2))
    assert file.orders[0].line_no == 4
    assert [(e.line_no, e.problem) for e in file.errors] == [(5, Problem.BAD_TIME)]


def test_long_id_that_the_sheet_made_a_number_is_refused_not_guessed():
    assert problems(as_xlsx([FIRST | {"订单号": 3707000000000000001}])) == [
        (2, Problem.DIGITS_LOST)
    ]
    assert problems(as_csv([FIRST | {"订单号": "3.70700E+18"}], "utf-8")) == [
        (2, Problem.DIGITS_LOST)
    ]


def test_short_id_and_amounts_kept_as_numbers_read_like_text():
    numbers = FIRST | {
        "订单号": 123456,
        "订单实际支付金额": 588.1,
        "商品数量": 2,
        "收件人手机": 13800000142,
    }
    order = shop_orders.read(as_xlsx([numbers])).orders[0]
    assert (order.order_no, order.paid_fen, order.lines[0].quantity) == ("123456", 58810, 2)
    assert order.phone == "13800000142"


@pytest.mark.parametrize(
    "written", ["\t3707000000000000001", "'3707000000000000001", '="3707000000000000001"']
)
def test_order_number_loses_the_dress_that_exports_put_on(written):
    assert (
        shop_orders.read(as_csv([FIRST | {"订单号": written}], "utf-8")).orders[0].order_no
        == FIRST["订单号"]
    )


@pytest.mark.parametrize(
    ("cell", "key", "hint"),
    [
        ("13800000142", "13800000142", None),
        ("+86 138-0000-0142", "13800000142", None),
        ("１３８００００００１４２"[:11], "13800000014", None),
        ("138****0142", None, "138****0142"),
        ("13800000142-1234", None, "138****1234"),
        ("13800000142转1234", None, "138****1234"),
        ("1.38E+10", None, None),
        ("——", None, None),
        ("10000000142", None, "100****0142"),
    ],
)
def test_masked_or_virtual_phone_is_never_a_key(cell, key, hint):
    order = shop_orders.read(as_csv([FIRST | {"收件人手机": cell}], "utf-8")).orders[0]
    assert (order.phone, order.phone_hint) == (key, hint)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"订单号": ""}, Problem.NO_ORDER_NO),
        ({"订单号": "9" * 65}, Problem.ORDER_NO_TOO_LONG),
        ({"订单下单时间": "", "支付时间": ""}, Problem.NO_TIME),
        ({"订单下单时间": "2025-02-30 10:00"}, Problem.BAD_TIME),
        ({"订单下单时间": "1970-01-01 10:00"}, Problem.BAD_TIME),
        ({"订单实际支付金额": "三百"}, Problem.BAD_AMOUNT),
        ({"订单实际支付金额": "-1"}, Problem.BAD_AMOUNT),
        ({"订单实际支付金额": "1.005"}, Problem.BAD_AMOUNT),
        ({"订单实际支付金额": "NaN"}, Problem.BAD_AMOUNT),
        ({"订单实际支付金额": "1e30"}, Problem.BAD_AMOUNT),
        ({"商品数量": "0"}, Problem.BAD_QUANTITY),
        ({"商品数量": "½"}, Problem.BAD_QUANTITY),
        ({"商品已退款金额": "400.00"}, Problem.REFUND_TOO_HIGH),
        ({"订单下单时间": "45000.5"}, Problem.BAD_TIME),
    ],
)
def test_bad_cell_refuses_its_order_with_line_and_reason(changes, problem):
    good, bad = order_cells("1"), order_cells("2") | changes
    file = shop_orders.read(as_csv([good, bad], "utf-8"))
    assert [order.order_no for order in file.orders] == ["1"]
    assert [(e.line_no, e.problem) for e in file.errors] == [(3, problem)]


def test_order_with_one_bad_line_is_refused_whole():
    bad = SECOND | {"商品数量": "两件"}
    assert problems(as_csv([FIRST, bad], "utf-8")) == [
        (2, Problem.SAME_ORDER_REFUSED),
        (3, Problem.BAD_QUANTITY),
    ]


def test_order_money_that_differs_between_lines_is_refused():
    assert problems(as_csv([FIRST, SECOND | {"订单实际支付金额": "1.00"}], "utf-8")) == [
        (2, Problem.SAME_ORDER_REFUSED),
        (3, Problem.AMOUNTS_DIFFER),
    ]


def test_order_money_written_on_the_first_line_only_is_taken_from_there():
    file = shop_orders.read(as_csv([FIRST, SECOND | {"订单实际支付金额": ""}], "utf-8"))
    assert file.orders[0].paid_fen == 58800


def test_missing_order_money_column_is_the_sum_of_its_lines():
    header = [name for name in FULL if name != "订单实际支付金额"]
    assert shop_orders.read(as_csv([FIRST, SECOND], "utf-8", header)).orders[0].paid_fen == 58800


def test_unpaid_order_is_named_and_not_taken():
    file = shop_orders.read(as_csv([FIRST | {"订单状态": "待付款"}, OTHER], "utf-8"))
    assert file.unpaid == ("3707000000000000001",)
    assert [order.order_no for order in file.orders] == ["3707000000000000002"]


def test_missing_columns_are_named():
    with pytest.raises(UnreadableFile) as caught:
        shop_orders.read(as_csv([FIRST], "utf-8", ["订单号", "商品名称"]))
    assert caught.value.problem is FileProblem.NO_HEADER
    assert caught.value.missing == ("订单下单时间", "订单实际支付金额")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", FileProblem.EMPTY),
        (b" \r\n", FileProblem.EMPTY),
        (b"PK\x03\x04 no archive", FileProblem.NOT_A_TABLE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileProblem.OLD_EXCEL),
        (b"\x89PNG\r\n\x1a\n\xff\xff", FileProblem.UNKNOWN_ENCODING),
        ("姓名,电话\n陈姐,1".encode(), FileProblem.NO_HEADER),
        (b"x" * (32 * 1024 * 1024 + 1), FileProblem.TOO_LARGE),
    ],
)
def test_file_that_is_no_order_export_says_why(data, problem):
    with pytest.raises(UnreadableFile) as caught:
        shop_orders.read(data)
    assert caught.value.problem is problem


def test_stray_cell_far_out_is_refused_before_it_takes_all_memory():
    header = FULL + [""] * 16_000 + ["far"]
    with pytest.raises(UnreadableFile) as caught:
        shop_orders.read(as_xlsx([FIRST], header))
    assert caught.value.problem is FileProblem.TOO_LARGE


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_delimiters_and_nul_bytes_are_read(delimiter):
    data = (
        as_csv([FIRST | {"商品名称": "裙\x00\x07子"}], "utf-16")
        .decode("utf-16")
        .replace(",", delimiter)
    )
    assert shop_orders.read(data.encode("utf-16")).orders[0].lines[0].product == "裙子"


YOUZAN = [
    *(
        "订单号",
        "归属店铺",
        "订单状态",
        "订单创建时间",
        "买家付款时间",
        "订单实付金额",
        "全部商品名称",
    ),
    *("买家手机号", "分销员", "订单已退款金额", "分销员", ""),
]


def test_order_level_export_of_youzan_is_read():
    row = {
        "订单号": "E20250601201405000000001",
        "订单状态": "交易完成",
        "订单创建时间": "2025-06-01 20:14:05",
        "买家付款时间": "2025-06-01 20:15:00",
        "订单实付金额": "329.00",
        "全部商品名称": "西洋参片",
        "买家手机号": "13800000142",
        "订单已退款金额": "29.00",
    }
    file = shop_orders.read(as_csv([row], "gbk", YOUZAN))
    order = file.orders[0]
    assert (file.layout, order.paid_fen, order.refunded_fen) == ("youzan", 32900, 2900)
    assert (order.phone, order.lines[0].product) == ("13800000142", "西洋参片")


def test_line_level_export_of_youzan_is_refused_by_its_missing_columns():
    header = ["订单号", "外部订单号", "商品名称", "商品数量", "商品金额小计"]
    with pytest.raises(UnreadableFile) as caught:
        shop_orders.read(as_csv([FIRST], "utf-8", header))
    assert caught.value.missing == ("订单下单时间", "订单实际支付金额")


def test_own_column_names_are_renamed():
    header = ["Order (no)", "When", "Paid"]
    data = as_csv([{"Order (no)": "7", "When": "2025-06-01", "Paid": "9.90"}], "utf-8", header)
    names = {"Order (no)": "订单号", "When": "订单下单时间", "Paid": "订单实际支付金额"}
    assert shop_orders.read(data, names).orders[0].paid_fen == 990


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        (datetime.fromisoformat("2025-06-01T20:14:05.600"), "2025-06-01T20:14:05"),
        (date(2025, 6, 1), "2025-06-01T00:00:00"),
        (45809.5, "2025-06-01T12:00:00"),
        ("2025年6月1日 8:05", "2025-06-01T08:05:00"),
        ("２０２５/６/１", "2025-06-01T00:00:00"),
    ],
)
def test_times_are_read_however_the_sheet_keeps_them(cell, read):
    assert cells.moment(cell) == datetime.fromisoformat(read)


@pytest.mark.parametrize("cell", [1e300, -1e300, 1.0, "昨天", "2025-13-01"])
def test_time_that_is_none_is_refused(cell):
    with pytest.raises(cells.UnreadableCell):
        cells.moment(cell)


def test_order_without_any_amount_is_refused():
    header = ["订单号", "订单下单时间", "订单实际支付金额"]
    assert problems(as_csv([FIRST | {"订单实际支付金额": ""}], "utf-8", header)) == [
        (2, Problem.NO_AMOUNT)
    ]


def test_header_far_below_the_top_is_not_looked_for():
    with pytest.raises(UnreadableFile) as caught:
        shop_orders.read(as_xlsx([FIRST], first_row=10))
    assert caught.value.problem is FileProblem.NO_HEADER


def test_cell_of_a_hundred_thousand_letters_is_no_table():
    with pytest.raises(UnreadableFile) as caught:
        shop_orders.read(as_csv([FIRST | {"商品名称": "x" * 140_000}], "utf-8"))
    assert caught.value.problem is FileProblem.NOT_A_TABLE


def test_more_rows_than_allowed_are_refused(monkeypatch):
    monkeypatch.setattr(tables, "ROWS_MAX", 2)
    assert len(shop_orders.read(as_csv([FIRST], "utf-8")).orders) == 1
    with pytest.raises(UnreadableFile) as caught:
        shop_orders.read(as_csv([FIRST, SECOND], "utf-8"))
    assert caught.value.problem is FileProblem.TOO_MANY_ROWS


def test_sheet_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "SHEET_BYTES_MAX", 1_000)
    with pytest.raises(UnreadableFile) as caught:
        shop_orders.read(as_xlsx([FIRST]))
    assert caught.value.problem is FileProblem.TOO_LARGE


def test_damaged_workbook_is_refused_wherever_the_damage_is() -> None:
    whole, dice = as_xlsx([FIRST, SECOND]), random.Random(1)
    for _trial in range(300):
        damaged = bytearray(whole)
        damaged[dice.randrange(4, len(whole))] = dice.randrange(256)
        with contextlib.suppress(shop_orders.UnreadableFile):
            shop_orders.read(bytes(damaged))
