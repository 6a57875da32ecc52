"""Pasted chat, format by format: each sample file against the lines it must come out as."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from crm.integrations.formats.chat import ChatFormat, ChatLine, LineKind, Missing, ParsedChat, parse

SAMPLES = Path(__file__).parent.parent / "data" / "chat"
MEMBERS = {"W1-members": ("晓琳南门店", "店长小季"), "W4-nosep": ("喵喵12:00-21:00",)}
FORMATS = {
    "W1": "w1",
    "W1-members": "w1",
    "W2": "w2",
    "W3": "w3",
    "W4": "w4",
    "W4-two": "w4",
    "W4-nosep": "w4",
    "W5": "w5",
    "W6": "w6",
    "Q1": "q",
    "Q2": "q",
    "X1": "x1",
    "X1-day": "x1",
    "X2": "x2",
    "X3": "x3",
    "X4": "x4",
    "note": "note",
}
NAMES = {"wxid_demo01": "王姐"}


def sample(name: str) -> str:
    path = next(path for path in SAMPLES.glob(f"{name}.*") if path.suffix != ".expected")
    return path.read_text(encoding="utf-8")


def read(name: str, **options) -> ParsedChat:
    return parse(sample(name), members=MEMBERS.get(name, ()), names=NAMES, **options)


def shown(line: ChatLine) -> str:
    sender = {LineKind.SYSTEM: "(system)", LineKind.NOTE: "(note)"}.get(
        line.kind, line.sender or "(unknown)"
    )
    fields = [sender, shown_stamp(line), line.text.replace("\n", "\\n")]
    return " | ".join([*fields, line.quote] if line.quote else fields)


def shown_stamp(line: ChatLine) -> str:
    stamp = line.stamp
    if stamp.clock is None:
        return "-"
    clock = stamp.clock.strftime("%H:%M:%S" if stamp.to_the_second else "%H:%M")
    if stamp.day is None:
        return f"? {clock}"
    if stamp.year is None:
        return f"?-{stamp.month:02}-{stamp.day:02} {clock}"
    return f"{stamp.local:%Y-%m-%d} {clock}"


@pytest.mark.parametrize("name", FORMATS)
def test_sample_comes_out_as_its_expected_lines(name: str) -> None:
    expected = (SAMPLES / f"{name}.expected").read_text(encoding="utf-8").splitlines()
    assert [shown(line) for line in read(name).lines] == expected


@pytest.mark.parametrize(("name", "form"), FORMATS.items())
def test_sample_names_its_format(name: str, form: str) -> None:
    assert read(name).format is ChatFormat(form)


@pytest.mark.parametrize(("name", "form"), FORMATS.items())
def test_picked_format_reads_like_the_found_one(name: str, form: str) -> None:
    assert read(name, format=form).lines == read(name).lines


@pytest.mark.parametrize("name", ["W1", "W2", "W3", "W4", "X4"])
def test_bom_and_windows_line_ends_change_nothing(name: str) -> None:
    assert parse("\ufeff" + sample(name).replace("\n", "\r\n")).lines == parse(sample(name)).lines


def test_w1_with_members_reads_like_without() -> None:
    assert (
        parse(sample("W1"), members=("晓琳南门店", "店长小季")).lines == parse(sample("W1")).lines
    )


def test_w1_stranger_among_members_speaks_when_named_twice() -> None:
    text = "店长小季:\n在\n\n新来的:\n衣服破了\n\n新来的:\n有人吗\n"
    assert [line.sender for line in parse(text, members=("店长小季",)).lines] == [
        "店长小季",
        "新来的",
        "新来的",
    ]


def test_mail_without_members_stays_a_note_when_it_has_no_day() -> None:
    parsed = parse(sample("W4-nosep"))
    assert parsed.format is ChatFormat.NOTE
    assert "退款还没到" in parsed.unparsed[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲 2025/3/1 下午12:05\n好", "2025-03-01 12:05"),
        ("甲 2025/3/1 中午12:05\n好", "2025-03-01 12:05"),
        ("甲 2025/3/1 中午1:05\n好", "2025-03-01 13:05"),
        ("甲 2025/3/1 中午11:05\n好", "2025-03-01 11:05"),
        ("甲 2025/3/1 凌晨12:05\n好", "2025-03-01 00:05"),
        ("甲 2025/3/1 晚上9:05\n好", "2025-03-01 21:05"),
        ("Ann 2025/3/1 9:05 PM\nhi", "2025-03-01 21:05"),
        ("Ann 2025/3/1 12:05 AM\nhi", "2025-03-01 00:05"),
    ],
)
def test_half_days_turn_into_hours(text: str, expected: str) -> None:
    assert f"{parse(text).lines[0].sent_at_local:%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize(
    "head",
    [
        "甲 2025/13/1 9:00",
        "甲 2025/2/30 9:00",
        "甲 2025/3/1 25:00",
        "甲 2025/3/1 9:61",
        "甲 0000/1/1 9:00",
    ],
)
def test_impossible_moment_is_no_header(head: str) -> None:
    assert parse(f"{head}\n好").format is ChatFormat.NOTE


def test_body_line_that_ends_with_a_date_is_no_speaker_among_spaced_messages() -> None:
    text = (
        "桃子 2025/3/1 9:07\n在吗\n\n"
        "小季 2025/3/1 9:12\n通知\n活动改到 2025/3/5 20:00\n\n"
        "桃子 2025/3/1 9:13\n好"
    )
    lines = parse(text).lines
    assert [line.sender for line in lines] == ["桃子", "小季", "桃子"]
    assert lines[1].text == "通知\n活动改到 2025/3/5 20:00"


def test_reply_quote_is_cut_off() -> None:
    text = (
        "小季 2025-03-01 10:33\n这是一条引用/回复消息：\n"
        "“桃子：\n衣服是假货吧？”\n------\n我们马上核实"
    )
    line = parse(text).lines[0]
    assert (line.text, line.quote) == ("我们马上核实", "桃子：衣服是假货吧？")


def test_text_before_the_first_header_is_kept_as_a_note() -> None:
    parsed = parse("看这里\n\n桃子 2025/3/1 9:07\n在吗")
    assert parsed.unparsed == ("看这里",)
    assert [line.text for line in parsed.messages] == ["在吗"]


def test_joined_counts_lines_added_to_the_message_before() -> None:
    assert [read(name).joined for name in ("W2", "W4", "W5", "X4")] == [1, 0, 1, 1]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("W1", Missing.TIME),
        ("W2", Missing.NOTHING),
        ("W4-nosep", Missing.DATE),
        ("Q2", Missing.DATE),
        ("X1", Missing.YEAR),
        ("X1-day", Missing.DATE),
        ("X4", Missing.NOTHING),
        ("note", Missing.NOTHING),
    ],
)
def test_missing_says_what_to_ask_for(name: str, missing: Missing) -> None:
    assert read(name).missing is missing


def test_day_and_hour_complete_text_without_any_time() -> None:
    parsed = read("W1", date=date(2025, 6, 18), about=time(20, 14))
    assert {f"{line.sent_at_local:%Y-%m-%d %H:%M}" for line in parsed.messages} == {
        "2025-06-18 20:14"
    }
    assert parsed.missing is Missing.NOTHING


def test_day_alone_leaves_text_without_time_open() -> None:
    assert read("W1", date=date(2025, 6, 18)).missing is Missing.TIME


def test_clock_that_runs_back_is_the_next_day() -> None:
    text = "我 23:58:00\n在吗\n\n我 23:57:30\n好\n\n我 00:04:00\n收到\n\n我 09:00:00\n早"
    days = [line.sent_at_local.day for line in parse(text, date=date(2025, 6, 30)).lines]
    assert days == [30, 30, 1, 1]


def test_year_turns_between_december_and_january() -> None:
    text = "我 12-31 23:58:00\n在吗\n\n我 01-01 00:04:00\n收到"
    years = [line.sent_at_local.year for line in parse(text, date=date(2025, 12, 31)).lines]
    assert years == [2025, 2026]


def test_leap_day_without_a_leap_year_stays_open() -> None:
    assert parse("我 02-29 10:00:00\n好", date=date(2025, 3, 1)).missing is Missing.NOTHING
    assert parse("我 02-29 10:00:00\n好", date=date(2022, 3, 1)).missing is Missing.YEAR


@pytest.mark.parametrize("name", FORMATS)
def test_every_prefix_of_a_sample_is_read_without_error(name: str) -> None:
    text = sample(name)
    for end in range(0, len(text), 3):
        assert isinstance(parse(text[:end]), ParsedChat)


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "\n\n",
        "\x00",
        "\ud83d",
        "「" * 5000,
        "- " * 5000,
        "甲 " * 5000,
        "甲 (2024-01-01 1:1",
        "，" * 20000,
        "(" * 3000,
    ],
)
def test_junk_is_never_an_error(junk: str) -> None:
    assert not parse(junk).messages


def test_nul_and_lone_surrogates_are_dropped_and_emoji_kept() -> None:
    line = parse("👩\u200d👧 阿\x00花\ud83c 2025/3/1 9:07\n衣\x00服破了\udc00👍").lines[0]
    assert (line.sender, line.text) == ("👩\u200d👧 阿花", "衣服破了👍")


def test_table_with_an_endless_field_is_a_note() -> None:
    assert parse(sample("X2") + '2025-03-01 10:32:05,"' + "长" * 140_000).format is ChatFormat.NOTE


def test_twenty_thousand_characters_are_read_whole() -> None:
    text = "\n\n".join(
        f"桃子{i % 7} 2025/3/1 9:{i % 60:02}\n第 {i} 句话，衣服什么时候发货呀" for i in range(600)
    )
    parsed = parse(text)
    assert len(text) > 20_000
    assert [line.text for line in parsed.lines] == [
        f"第 {i} 句话，衣服什么时候发货呀" for i in range(600)
    ]
