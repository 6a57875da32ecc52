"""Paste chat: preview, speakers, import, undo, and text that nobody can read."""

import io
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.complaints.models import Complaint
from crm.complaints.rules.words import State
from crm.groups.models import ChatGroup, GroupMember, GroupMessage
from crm.groups.rules import PASTE_MAX
from crm.stores.models import Store
from tests.client import PageClient
from tests.factories.contacts import make_contact
from tests.factories.stores import make_store
from tests.html import text_of
from tests.web.groups.conftest import count, tap

COMPLAINT = "收到的裙子吊牌不对，领标也不一样，是不是假货？"
W2 = f"""陈姐 2025/6/18 20:14
{COMPLAINT}

阿莲 2025/6/18 20:15
多少钱
13800000142

王梅 2025/6/18 20:16
大家好
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_is_read_as_if_it_were_pasted(
    page: PageClient, session: Session, group: ChatGroup, encoding: str
) -> None:
    file = (io.BytesIO(W2.encode(encoding)), "群聊.txt")
    got = page.post(f"/groups/{group.id}/import", {"text": "旧的", "file": file}, status=200)
    assert "识别到 3 条消息" in " ".join(got.role("status"))
    assert count(session, GroupMessage) == 0
    taken = {**got.fields(got.form_of("导入 3 条")), "act": "import", "file": ""}
    page.post(f"/groups/{group.id}/import", taken, queries=120)
    assert count(session, GroupMessage) == 3


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0\x00\x10JFIF\xff\xff", b"\x00" * 20])
def test_a_file_without_text_says_what_to_do(
    page: PageClient, group: ChatGroup, content: bytes
) -> None:
    file = (io.BytesIO(content), "照片.txt")
    got = page.post(f"/groups/{group.id}/import", {"text": W2, "file": file}, status=422)
    assert "这个文件里没有文字，选 .txt 或 .csv 文件，或者直接粘贴" in got.text
    assert got.fields()["text"] == W2


def test_preview_shows_what_was_read_and_stores_nothing(
    page: PageClient, session: Session, group: ChatGroup, store: Store
) -> None:
    make_contact(session, "陈姐", store=store)
    got = page.post(f"/groups/{group.id}/import", {"text": W2}, 200)
    assert got.h1 == "预览"
    assert "识别到 3 条消息，1 行并入上一条，0 条已导过" in " ".join(got.role("status"))
    assert "✓ 陈姐 → 陈姐（人民路店）" in got.text
    assert "⚠ 1 条含手机号，已遮住" in got.text
    assert "建议建客诉：1 条" in got.text
    assert "导入 3 条" in got.buttons
    assert count(session, GroupMessage) == 0
    assert got.fields()["text"] == W2


def test_phones_are_covered_outside_the_typed_text(page: PageClient, group: ChatGroup) -> None:
    page.post(f"/groups/{group.id}/import", {"text": W2}, 200)
    html = page.response.text
    outside = html[: html.index("<textarea")] + html[html.index("</textarea>") :]
    assert "13800000142" not in outside
    assert "138****0142" in outside


def test_import_stores_lines_and_the_group_shows_what_waits(
    page: PageClient, session: Session, group: ChatGroup
) -> None:
    page.post(f"/groups/{group.id}/import", {"text": W2, "act": "import"}, queries=120)
    assert page.location == f"/groups/{group.id}"
    got = page.get(f"/groups/{group.id}", queries=14)
    assert got.h1 == "人民路 2 群"
    assert "已导入 3 条" in got.text
    complaint = session.scalars(select(Complaint)).one()
    assert (complaint.text, complaint.group_id) == (COMPLAINT, group.id)
    assert got.link(f"客诉 #{complaint.short_no}")
    assert "没人回的话 2" in got.text
    assert "138****0142" in got.text
    assert "13800000142" not in page.response.text


def test_import_twice_brings_nothing_new(
    page: PageClient, session: Session, group: ChatGroup
) -> None:
    page.post(f"/groups/{group.id}/import", {"text": W2, "act": "import"}, queries=120)
    got = page.post(f"/groups/{group.id}/import", {"text": W2, "act": "import"}, 200)
    assert "这些都导过了" in got.text
    assert "3 条已导过" in got.text
    assert count(session, GroupMessage) == 3


def test_undo_takes_lines_and_untouched_complaints_back(
    page: PageClient, session: Session, group: ChatGroup
) -> None:
    page.post(f"/groups/{group.id}/import", {"text": W2, "act": "import"}, queries=120)
    got = page.get(f"/groups/{group.id}", queries=14)
    tap(page, got, "撤销导入")
    got = page.get(f"/groups/{group.id}", queries=14)
    assert "没人回的话 0" in got.text
    assert session.scalars(select(Complaint.state)).all() == [State.VOIDED]
    page.post(f"/groups/{group.id}/import", {"text": W2}, 200)
    assert "导入 3 条" in page.response.text


def test_two_people_of_one_name_are_asked_for_and_the_answer_is_kept(
    page: PageClient, session: Session, group: ChatGroup, store: Store
) -> None:
    one = make_contact(session, "梅子A", store=store, nickname="梅子")
    make_contact(session, "梅子B", store=store, nickname="梅子")
    text = "梅子 2025/6/18 20:14\n多少钱"
    got = page.post(f"/groups/{group.id}/import", {"text": text}, 200)
    assert len(got.all("label", "梅子 是谁")) == 1
    assert {"梅子A（人民路店）", "梅子B（人民路店）"} <= {
        text_of(option) for option in got.all("option")
    }
    data = {"text": text, "act": "import", "speaker": "梅子", "who": f"contact:{one.id}"}
    page.post(f"/groups/{group.id}/import", data, queries=120)
    member = session.scalars(select(GroupMember)).one()
    assert member.contact_id == one.id
    assert member.confirmed_at is not None
    got = page.post(
        f"/groups/{group.id}/import", {"text": text + "\n\n梅子 2025/6/18 20:15\n在吗"}, 200
    )
    assert "✓ 梅子 → 梅子A（人民路店）" in got.text


def test_choice_that_the_page_did_not_offer_is_not_taken(
    page: PageClient, session: Session, group: ChatGroup
) -> None:
    stranger = make_contact(session, "远方", store=make_store(session, "中山路店"))
    data = {
        "text": "梅子 2025/6/18 20:14\n多少钱",
        "act": "import",
        "speaker": "梅子",
        "who": f"contact:{stranger.id}",
    }
    page.post(f"/groups/{group.id}/import", data, queries=120)
    assert session.scalars(select(GroupMember.contact_id)).one() is None


@pytest.mark.parametrize(
    "who", ["contact:", "contact:x", "staff:99999999999999999999", "x", "contact:-1", "staff:²"]
)
def test_nonsense_choice_is_no_choice(
    page: PageClient, session: Session, group: ChatGroup, who: str
) -> None:
    data = {"text": "梅子 2025/6/18 20:14\n多少钱", "act": "import", "speaker": "梅子", "who": who}
    page.post(f"/groups/{group.id}/import", data, queries=120)
    assert session.scalars(select(GroupMember.contact_id)).one() is None


def test_nickname_that_holds_a_staff_name_is_guessed(page: PageClient, group: ChatGroup) -> None:
    text = "店长王梅 2025/6/18 20:14\n在的亲"
    got = page.post(f"/groups/{group.id}/import", {"text": text}, 200)
    assert len(got.all("label", "店长王梅 是谁")) == 1
    assert str(got.fields()["who"]).startswith("staff:")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"text": ""}, "先把聊天记录粘贴到这里"),
        ({"text": " \n\x00"}, "先把聊天记录粘贴到这里"),
        ({"text": "字" * (PASTE_MAX + 1)}, "一次最多 50000 个字，现在是 50001"),
        ({"text": "客户说起球\n电话:\n138"}, "没有认出消息"),
        ({"text": "甲:\n在吗\n\n乙:\n在"}, "聊天记录里没有时间，写上是哪一天、大约几点"),
        (
            {"text": "甲:\n在吗\n\n乙:\n在", "date": "2025-06-18"},
            "聊天记录里没有时间，写上大约几点",
        ),
        ({"text": "我 10:35:00\n在吗"}, "聊天记录里没有日期，写上是哪一天的"),
        ({"text": "我 03-01 10:35:00\n在吗"}, "聊天记录里没有年份"),
        ({"text": "我 02-29 10:35:00\n在吗", "date": "2022-03-01"}, "换一个日期"),
        ({"text": "甲 2026/6/18 10:35\n在吗"}, "第 1 条的时间是 2026-06-18 10:35，在将来"),
        ({"text": "我 10:35:00\n在吗", "date": "2099-01-01"}, "写一个过去的日期"),
        ({"text": "我 10:35:00\n在吗", "date": "0001-01-01"}, "写一个过去的日期"),
        ({"text": "我 10:35:00\n在吗", "date": "x"}, "错误"),
    ],
)
@pytest.mark.parametrize("act", ["preview", "import"])
def test_unreadable_paste_says_what_to_do_and_keeps_the_text(
    page: PageClient, session: Session, group: ChatGroup, data: dict[str, str], words: str, act: str
) -> None:
    got = page.post(f"/groups/{group.id}/import", {**data, "act": act}, 422)
    assert got.title.startswith("错误：")
    assert words in got.text + got.title
    assert got.fields()["text"] == data["text"].replace("\x00", "")
    assert count(session, GroupMessage) == 0


def test_day_and_hour_of_a_timeless_paste_are_taken(
    page: PageClient, session: Session, group: ChatGroup, now: datetime
) -> None:
    data = {"text": "甲:\n在吗\n\n乙:\n在", "date": "2025-06-18", "about": "20:14", "act": "import"}
    page.post(f"/groups/{group.id}/import", data, queries=120)
    line = session.scalars(select(GroupMessage)).first()
    assert line is not None
    assert line.sent_at == now.replace(hour=20, minute=14, second=0)
    assert line.placed


@pytest.mark.parametrize("size", [3_000, 20_000])
def test_long_pastes_are_taken_whole(
    page: PageClient, session: Session, group: ChatGroup, size: int
) -> None:
    lines = [
        f"桃子🌸{i % 7} 2025/6/18 9:{i % 60:02}\n第 {i} 句，今天直播几点开始呀"
        for i in range(size // 40)
    ]
    page.post(
        f"/groups/{group.id}/import", {"text": "\n\n".join(lines), "act": "import"}, queries=4000
    )
    assert count(session, GroupMessage) == len(lines)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("x" * 20_000, 422),
        ("「" * 3_000, 422),
        ("甲 2025/6/18 9:07\n" * 500, 422),
        ("\ufeff\u200b", 422),
        ("<script>alert(1)</script> 2025/6/18 9:07\n<b>", 200),
        ("甲 2025/6/18 9:07\n" + "长" * 20_000, 200),
        ("\u202e甲 2025/6/18 9:07\n\x07好\x1b[0m", 200),
    ],
)
def test_odd_pastes_never_break_the_page(
    page: PageClient, group: ChatGroup, text: str, status: int
) -> None:
    page.post(f"/groups/{group.id}/import", {"text": text}, status)
    assert "<script>alert" not in page.response.text


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("w1", 422),
        ("w4", 422),
        ("q", 422),
        ("x2", 422),
        ("x4", 422),
        ("note", 422),
        ("nonsense", 200),
        ("", 200),
    ],
)
def test_picked_layout_is_tried(page: PageClient, group: ChatGroup, form: str, status: int) -> None:
    got = page.post(f"/groups/{group.id}/import", {"text": W2, "format": form}, status)
    assert got.fields()["text"] == W2
