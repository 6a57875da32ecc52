"""Reading the customer files of tills, Youzan, WeChat Shop and WeCom."""

import contextlib
import random
from datetime import date, datetime

import pytest

from crm.contacts import rules
from crm.integrations.formats import contact_files
from crm.integrations.formats.contact_files import Field, Layout, Problem, reading
from crm.integrations.formats.tables import FileProblem, UnreadableFile, letters
from tests.rules.contact_files_samples import (
    FOLDER,
    NOTES,
    TILL,
    WECHAT_SHOP,
    WECOM,
    YOUZAN,
    as_csv,
    as_xlsx,
    member,
)


def read(data, **columns):
    """People and errors of a file, its columns as known, or as told."""
    table = contact_files.open_table(data)
    known = contact_files.known_columns(table.header) | columns
    return contact_files.read_lines(table.rows, table.header, known)


def people(data, **columns):
    found, errors = read(data, **columns)
    assert errors == []
    return found


def problems(data):
    return [(error.line_no, error.column, error.problem) for error in read(data)[1]]


LINES = [
    member(1, 会员姓名="陈䶮", 会员等级="金卡；VIP", 营业员="王梅"),
    member(2, 手机号="138****0142", 入会时间=""),
    member(3, 手机号=" +86 100-0000-0003 "),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_reads_like_xlsx_in_every_encoding(encoding):
    from_sheet = people(as_xlsx(LINES))
    assert people(as_csv(LINES, encoding)) == from_sheet
    assert [person.name for person in from_sheet] == ["陈䶮", "顾客2", "顾客3"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "xlsx"])
def test_sample_files_read_alike(encoding):
    data = (FOLDER / f"till-{encoding}.{'xlsx' if encoding == 'xlsx' else 'csv'}").read_bytes()
    found = people(data)
    assert [(p.name, p.phone, p.phone_hint, p.member_no, p.tags) for p in found] == [
        ("陈姐", "10000000142", "", "000123", ("金卡",)),
        ("李晓燕", "", "186****0523", "000124", ("银卡",)),
        ("王芳", "10000000777", "", "000125", ()),
    ]
    assert found[0].joined_at_local == datetime.fromisoformat("2024-03-08T00:00:00")


@pytest.mark.parametrize(
    ("header", "layout"),
    [
        (TILL, Layout.TILL),
        (YOUZAN, Layout.YOUZAN),
        (WECHAT_SHOP, Layout.WECHAT_SHOP),
        (WECOM, Layout.WECOM),
        (NOTES, Layout.OTHER),
        (("Who", "Mobile"), Layout.OTHER),
    ],
)
def test_header_says_where_a_file_comes_from(header, layout):
    assert (
        contact_files.layout_of(contact_files.open_table(as_csv([], header=header)).header)
        is layout
    )


def test_youzan_with_its_single_spaces_and_its_empty_last_column():
    row = {
        "客户姓名": " ",
        "客户昵称": "小陈",
        "客户手机号": "186******05",
        "标签": "老客,怕热",
        "免费等级": "VIP1",
        "导购员": "王梅",
        "来源渠道": "微信小程序",
        "成为客户时间": "2024-03-08 09:00:00",
        "成为会员店铺": "人民路店",
    }
    (found,) = people(as_csv([row], header=YOUZAN))
    assert (found.name, found.nickname, found.phone, found.phone_hint) == (
        *("", "小陈", "", "186******05"),
    )
    assert (found.tags, found.guide, found.store) == (("老客", "怕热", "VIP1"), "王梅", "人民路店")
    assert found.source == "微信小程序"


def test_buyers_of_wechat_shop_come_with_their_external_id():
    row = {
        "订单号": "3707000000000000001",
        "收件人姓名": "陈姐",
        "收件人手机": "138****0142",
        "企业微信加密id": "wmAAAA0001",
        "企微备注": "怕热",
    }
    (found,) = people(as_csv([row], "gbk", WECHAT_SHOP))
    assert (found.external_userid, found.phone, found.phone_hint) == (
        *("wmAAAA0001", "", "138****0142"),
    )


@pytest.mark.parametrize(
    ("cell", "key", "hint"),
    [
        ("138-0000-0142", "13800000142", ""),
        ("１３８００００００１４２"[:11], "13800000014", ""),
        ("'13800000142", "13800000142", ""),
        ('="13800000142"', "13800000142", ""),
        (13800000142.0, "13800000142", ""),
        ("+8613800000142", "13800000142", ""),
        ("138****0142", "", "138****0142"),
        ("138XXXX0142", "", "138****0142"),
        ("13800000142转8001", "", "138****8001"),
        ("0571-88886666", "", "057****6666"),
        ("——", "", ""),
        (" ", "", ""),
        ("\u202d138 0000 0142\u202c", "13800000142", ""),
        ("+86\u00a0138\u200b0000\u00a00142", "13800000142", ""),
    ],
)
def test_phone_is_a_key_only_with_all_its_digits(cell, key, hint):
    assert reading.phone(cell) == (key, hint)


@pytest.mark.parametrize("cell", ["1.38E+10", 1.38e17, "1380000014", "138000001422", "微信同号"])
def test_phone_that_lost_its_digits_refuses_the_line(cell):
    data = as_xlsx([member(1, 手机号=cell), member(2)])
    ((line, column, problem),) = problems(data)
    assert (line, column) == (2, "手机号")
    assert problem in {Problem.DIGITS_LOST, Problem.BAD_PHONE}


@pytest.mark.parametrize(
    "cell", [45809.5, "2025-06-01 12:00", "2025/6/1 12:00:00", "2025年6月1日 12:00"]
)
def test_times_are_read_however_the_sheet_keeps_them(cell):
    (found,) = people(as_xlsx([member(1, 入会时间=cell)]))
    assert found.joined_at_local == datetime.fromisoformat("2025-06-01T12:00:00")


def test_unseen_signs_make_no_second_word():
    header = ("姓名", "标签", "跟进记录")
    line = {
        "姓名": "陈\u2063姐",
        "标签": "老客,老\u200e客,老客\u200d",
        "跟进记录": "问过\r周三再来",
    }
    (found,) = people(as_csv([line], header=header))
    assert (found.name, found.tags, found.note.text) == ("陈姐", ("老客",), "问过\n周三再来")


def test_dates_of_a_workbook_survive_the_parts_of_a_file():
    for cell in (
        datetime.fromisoformat("2025-06-01T12:00:30"),
        date(2025, 6, 1),
        45809.5,
        True,
        "x",
        None,
        7,
    ):
        stored = contact_files.storable(cell)
        assert isinstance(stored, str | int | float | None)
        if isinstance(cell, date):
            assert reading.cells.moment(stored) == reading.cells.moment(cell)


def test_formula_in_a_cell_is_only_text():
    (found,) = people(as_csv([member(1, 会员姓名='=HYPERLINK("http://x")')]))
    assert found.name == '=HYPERLINK("http://x")'


def test_each_wrong_line_is_named_and_the_others_are_read():
    lines = [
        member(1, 入会时间="昨天"),
        member(2, 会员姓名="长" * 41),
        member(3, 会员等级="长" * 21),
        member(4, 会员卡号=1.5),
        member(5),
    ]
    found, errors = read(as_xlsx(lines))
    assert [person.name for person in found] == ["顾客5"]
    assert [(e.line_no, e.column, e.problem) for e in errors] == [
        (2, "入会时间", Problem.BAD_TIME),
        (3, "会员姓名", Problem.TOO_LONG),
        (4, "会员等级", Problem.TOO_LONG),
        (5, "会员卡号", Problem.DIGITS_LOST),
    ]


def test_line_numbers_are_those_of_the_sheet():
    lines = [member(1), {}, member(2, 手机号="1")]
    assert problems(as_xlsx(lines, above=2)) == [(6, "手机号", Problem.BAD_PHONE)]


def test_header_that_nobody_knows_is_read_as_told():
    data = as_csv([{"Who": "陈姐", "Mobile": "13800000142"}], header=("Who", "Mobile"))
    assert contact_files.known_columns(contact_files.open_table(data).header) == {}
    (found,) = people(data, Who=Field.NAME, Mobile=Field.PHONE)
    assert (found.name, found.phone) == ("陈姐", "13800000142")


NAMELESS = [
    ("陈姐", "13800000142", "老客"),
    ("何敏", "13800000143", ""),
    ("姓名", "139****0144", "老客"),
]


@pytest.mark.parametrize("lines", [NAMELESS, NAMELESS[1:], NAMELESS[:1], NAMELESS[2:]])
def test_file_without_names_of_columns_loses_no_line(lines):
    data = "".join(",".join(line) + "\n" for line in lines).encode()
    assert contact_files.open_table(data).header == ("A", "B", "C")
    assert not contact_files.has_names(("A", "B", "C"))
    found = people(data, A=Field.NAME, B=Field.PHONE, C=Field.TAGS)
    assert [person.name for person in found] == [name for name, *_rest in lines]


@pytest.mark.parametrize(
    ("top", "below"),
    [
        ("Who,Since", "陈姐,2025-03-01\n何敏,2025-03-02"),
        ("Who,Mobile,Likes", "陈姐,138 0000 0142,茶\n,139****0144,"),
        ("2024,Who,Paid", "1,陈姐,12800\n2,何敏,30000"),
    ],
)
def test_words_above_numbers_are_names_of_columns(top, below):
    table = contact_files.open_table(f"{top}\n{below}\n".encode())
    assert table.header == tuple(top.split(","))
    assert contact_files.has_names(table.header)
    assert len(list(table.rows)) == 2


@pytest.mark.parametrize(
    "lines",
    ["陈姐,茶\n何敏,酒", "老客,陈姐,2025-03-01\n老客,何敏,2025-03-02", "会员,无\n会员,12345"],
)
def test_what_may_be_somebody_is_a_line(lines):
    table = contact_files.open_table(lines.encode())
    assert not contact_files.has_names(table.header)
    assert [line_no for line_no, _row in table.rows] == [1, 2]


def test_columns_without_names_are_called_as_in_spreadsheets():
    assert letters(0) == ()
    assert (letters(28)[25:], letters(703)[-2:]) == (("Z", "AA", "AB"), ("ZZ", "AAA"))


def test_column_that_stands_twice_is_taken_once():
    header = ("姓名", "手机号", "手机号")
    stream = "姓名,手机号,手机号\n陈姐,13800000142,139\n".encode()
    assert contact_files.known_columns(contact_files.open_table(stream).header) == {
        "姓名": Field.NAME,
        "手机号": Field.PHONE,
    }
    assert people(stream)[0].phone == "13800000142"
    assert len(contact_files.open_table(stream).header) == len(header)


def test_remark_too_long_for_its_place_becomes_a_note():
    header = ("姓名", "备注", "跟进记录")
    (found,) = people(
        as_csv([{"姓名": "陈姐", "备注": "长" * 201, "跟进记录": "问过"}], header=header)
    )
    assert (found.remark, found.note.text) == ("", "问过\n" + "长" * 201)


NOTED = ("姓名", "备注", "跟进记录", "标签", "会员等级")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"跟进记录": "长" * 2_001}, "跟进记录"),
        ({"备注": "长" * 2_001}, "备注"),
        ({"备注": "长" * 1_000, "跟进记录": "长" * 1_000}, ""),
        ({"标签": ",".join(f"t{n}" for n in range(21))}, "标签"),
        ({"标签": ",".join(f"t{n}" for n in range(20)), "会员等级": "金卡"}, ""),
    ],
)
def test_line_that_says_more_than_there_is_room_for_is_told(cells, column):
    full = {"跟进记录": "长" * 2_000, "标签": ",".join(f"t{n}" for n in range(20))}
    lines = [{"姓名": "陈姐", **cells}, {"姓名": "何敏", **full}]
    found, errors = read(as_csv(lines, header=NOTED))
    assert [(e.line_no, e.column, e.problem) for e in errors] == [(2, column, Problem.TOO_LONG)]
    assert [(len(p.note.text), len(p.tags)) for p in found] == [(2_000, 20)]


def test_example_of_the_template_is_nobody():
    found, errors = read(contact_files.template())
    assert (found, [error.problem for error in errors]) == ([], [Problem.EXAMPLE])
    known = contact_files.known_columns(contact_files.open_table(contact_files.template()).header)
    assert len(known) == 13


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", FileProblem.EMPTY),
        (b" \r\n", FileProblem.EMPTY),
        (b"\r\n,,\r\n", FileProblem.NO_HEADER),
        (b"PK\x03\x04 no archive", FileProblem.NOT_A_TABLE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileProblem.OLD_EXCEL),
        (b"\x89PNG\r\n\x1a\n\xff\xff", FileProblem.UNKNOWN_ENCODING),
        (b"x" * (32 * 1024 * 1024 + 1), FileProblem.TOO_LARGE),
    ],
)
def test_file_that_is_no_table_says_why(data, problem):
    with pytest.raises(UnreadableFile) as caught:
        list(contact_files.open_table(data).rows)
    assert caught.value.problem is problem


def test_ten_megabytes_are_read():
    data = as_csv([member(1, 会员姓名="陈" * 30) for _ in range(75_000)])
    assert len(data) > 10_000_000
    assert sum(1 for _row in contact_files.open_table(data).rows) == 75_000


def test_damaged_workbook_is_refused_or_read_and_never_an_error():
    whole, dice = as_xlsx(LINES), random.Random(1)
    for _trial in range(200):
        damaged = bytearray(whole)
        damaged[dice.randrange(4, len(whole))] = dice.randrange(256)
        with contextlib.suppress(UnreadableFile):
            read(bytes(damaged))


def test_limits_are_those_of_the_book():
    assert (reading.TEXT_MAX, reading.REMARK_MAX) == (rules.NAME_MAX, rules.REMARK_MAX)
    assert (reading.TEXT_MAX, reading.KEY_MAX) == (rules.NICKNAME_MAX, rules.EXTERNAL_ID_MAX)
    assert (reading.TAG_MAX, reading.TAGS_MAX) == (rules.TAG_MAX, rules.TAGS_MAX)
    assert (reading.SOURCE_MAX, reading.NOTE_MAX) == (rules.DETAIL_MAX, rules.NOTE_MAX)


def test_every_column_is_read_as_what_it_is_taken_for():
    texts = {
        Field.NAME: "name",
        Field.NICKNAME: "nickname",
        Field.WECHAT_ID: "wechat_id",
        Field.EXTERNAL_USERID: "external_userid",
        Field.UNIONID: "unionid",
        Field.MEMBER_NO: "member_no",
        Field.REMARK: "remark",
        Field.STORE: "store",
        Field.GUIDE: "guide",
        Field.SOURCE: "source",
    }
    header = tuple(field.value for field in reversed(texts))
    line = (2, tuple(reversed(texts.values())))
    [person], errors = contact_files.read_lines([line], header, {f.value: f for f in texts})
    assert errors == []
    assert {name: getattr(person, name) for name in texts.values()} == {
        n: n for n in texts.values()
    }
