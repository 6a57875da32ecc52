"""Pages of groups: list, group with its taps, members; another store sees none."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.complaints.models import Complaint
from crm.groups.models import ChatGroup, ChatImport, GroupMember, UnansweredItem
from crm.groups.rules import Detection
from crm.stores.models import Store
from tests.client import PageClient
from tests.factories.contacts import make_contact
from tests.factories.groups import make_group, make_member, say
from tests.factories.stores import make_staff, make_store
from tests.web.groups.conftest import count, tap


def test_only_who_works_in_the_store_is_offered_to_look_after_its_group(
    page: PageClient, session: Session, group: ChatGroup
) -> None:
    make_staff(session, Role.LEAD, name="周琳")
    make_staff(session, Role.MANAGER, make_store(session, "别的店"), name="李晓")
    for path in ("/groups/new", f"/groups/{group.id}/edit"):
        offered = page.get(path).text
        assert "王梅" in offered
        assert "周琳" in offered
        assert "李晓" not in offered


def test_list_names_groups_and_what_waits(
    page: PageClient, session: Session, group: ChatGroup, store: Store
) -> None:
    make_group(session, "安静群", store)
    say(session, group, "陈姐 在吗 / 阿莲 多少钱")
    got = page.get("/groups")
    assert got.h1 == "群"
    assert got.link("人民路 2 群 2 条没人回")
    assert got.link("安静群")
    assert got.link("加群")


def test_list_without_groups_offers_to_add_one(page: PageClient) -> None:
    assert page.get("/groups").link("加群")


def test_group_is_added_and_changed(page: PageClient, session: Session, store: Store) -> None:
    page.get("/groups/new")
    data = {"name": " 暖阳  老粉群 ", "store_id": store.id, "owner_id": 0, "member_count": "120"}
    page.post("/groups/new", {**data, "complaint_detection": "suggest"})
    group = session.scalars(select(ChatGroup)).one()
    assert (group.name, group.member_count) == ("暖阳 老粉群", 120)
    assert group.complaint_detection is Detection.SUGGEST
    assert page.location == f"/groups/{group.id}"
    page.get(f"/groups/{group.id}/edit")
    data = {"name": "新名字", "store_id": store.id, "owner_id": 0, "member_count": ""}
    page.post(f"/groups/{group.id}/edit", {**data, "complaint_detection": "off"})
    session.refresh(group)
    assert (group.name, group.member_count) == ("新名字", None)
    assert group.complaint_detection is Detection.OFF


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "群" * 61),
        ("name", "\x00"),
        ("store_id", "999"),
        ("store_id", "x"),
        ("owner_id", "999"),
        ("member_count", "-1"),
        ("member_count", "x"),
        ("member_count", "99999999999999999999"),
        ("complaint_detection", "x"),
    ],
)
def test_wrong_group_says_what_to_mend_and_keeps_the_rest(
    page: PageClient, session: Session, store: Store, field: str, value: str
) -> None:
    data = {
        "name": "暖阳老粉群",
        "store_id": store.id,
        "owner_id": 0,
        "member_count": "12",
        "complaint_detection": "open",
    }
    got = page.post("/groups/new", {**data, field: value}, 422)
    assert got.title.startswith("错误：")
    kept = "name" if field != "name" else "member_count"
    assert f'value="{data[kept]}"' in page.response.text
    assert count(session, ChatGroup) == 0


def test_question_becomes_a_complaint_with_one_tap(
    page: PageClient, session: Session, group: ChatGroup
) -> None:
    say(session, group, "阿莲 这件还有 M 码吗？")
    got = page.get(f"/groups/{group.id}", queries=14)
    tap(page, got, "建客诉 阿莲")
    complaint = session.scalars(select(Complaint)).one()
    got = page.get(f"/groups/{group.id}", queries=14)
    assert got.link(f"客诉 #{complaint.short_no}")
    assert "建客诉 阿莲" not in got.buttons


def test_line_of_last_month_becomes_no_complaint_and_says_why(
    page: PageClient, session: Session, group: ChatGroup, now: datetime
) -> None:
    say(session, group, "阿莲 这件是不是假货？", start=now - timedelta(days=31))
    item = session.scalars(select(UnansweredItem)).one()
    page.post(f"/groups/{group.id}/items/{item.id}/complaint")
    assert "已经超过 30 天，不能再登记" in page.get(f"/groups/{group.id}").text
    assert count(session, Complaint) == 0


def test_dismissed_line_is_asked_no_more_and_waits_on(
    page: PageClient, session: Session, group: ChatGroup
) -> None:
    say(session, group, "阿莲 这件还有 M 码吗？")
    got = page.get(f"/groups/{group.id}", queries=14)
    tap(page, got, "不是客诉 阿莲")
    got = page.get(f"/groups/{group.id}", queries=14)
    assert "不是客诉 阿莲" not in got.buttons
    assert "已回 阿莲" in got.buttons


@pytest.mark.parametrize("button", ["已回 阿莲", "不用回 阿莲"])
def test_tap_takes_a_line_off_and_undo_brings_it_back(
    page: PageClient, session: Session, group: ChatGroup, button: str
) -> None:
    say(session, group, "阿莲 多少钱")
    tap(page, page.get(f"/groups/{group.id}", queries=14), button)
    got = page.get(f"/groups/{group.id}", queries=14)
    assert "没人回的话 0" in got.text
    tap(page, got, "撤销")
    assert "没人回的话 1" in page.get(f"/groups/{group.id}", queries=14).text


def test_late_import_cannot_be_undone(page: PageClient, session: Session, group: ChatGroup) -> None:
    stored = say(session, group, "阿莲 多少钱")
    brought = session.get_one(ChatImport, stored.import_id)
    brought.imported_at -= timedelta(hours=25)
    session.flush()
    page.post(f"/groups/{group.id}/imports/{brought.id}/undo")
    got = page.get(f"/groups/{group.id}", queries=14)
    assert "不能撤销了" in got.text
    assert "撤销导入" not in got.buttons


def test_member_is_found_and_linked(
    page: PageClient, session: Session, group: ChatGroup, store: Store
) -> None:
    contact = make_contact(session, "陈丽", store=store)
    member = make_member(session, group, "丽丽")
    got = page.get(f"/groups/{group.id}/members")
    assert got.link("是谁 丽丽")
    got = page.get(f"/groups/{group.id}/members/{member.id}", q="陈丽")
    tap(page, got, "就是她 陈丽")
    session.refresh(member)
    assert member.contact_id == contact.id
    assert page.get(f"/groups/{group.id}/members").link("陈丽（人民路店）")


def test_member_becomes_staff_and_nobody_again(
    page: PageClient, session: Session, group: ChatGroup
) -> None:
    say(session, group, "小梅 大家还要吗？")
    member = session.scalars(select(GroupMember)).one()
    tap(page, page.get(f"/groups/{group.id}/members/{member.id}"), "就是她 王梅")
    assert "没人回的话 0" in page.get(f"/groups/{group.id}", queries=14).text
    tap(page, page.get(f"/groups/{group.id}/members/{member.id}"), "是顾客，先不对上")
    assert "没人回的话 1" in page.get(f"/groups/{group.id}", queries=14).text


def test_taps_on_a_line_whose_import_was_taken_back_elsewhere(
    page: PageClient, session: Session, group: ChatGroup
) -> None:
    stored = say(session, group, "阿莲 是不是假货？")
    item = session.scalars(select(UnansweredItem)).one()
    page.post(f"/groups/{group.id}/imports/{stored.import_id}/undo")
    path = f"/groups/{group.id}/items/{item.id}"
    page.post(f"{path}/complaint", status=404)
    for tap_on in ("not-complaint", "answered", "not-needed", "reopen"):
        page.post(f"{path}/{tap_on}")
    assert count(session, Complaint) == 0


@pytest.mark.parametrize("field", ["contact", "staff"])
@pytest.mark.parametrize("number", ["x", "", "-1", "0", "4000000000", "9" * 30])
def test_forged_person_is_not_found_and_changes_nothing(
    page: PageClient, session: Session, group: ChatGroup, store: Store, field: str, number: str
) -> None:
    member = make_member(session, group, "丽丽")
    member.contact_id = make_contact(session, "陈丽", store=store).id
    known = member.contact_id
    session.flush()
    page.post(f"/groups/{group.id}/members/{member.id}", {field: number}, 404)
    session.refresh(member)
    assert member.contact_id == known


def test_contact_of_another_store_cannot_be_linked(
    page: PageClient, session: Session, group: ChatGroup
) -> None:
    stranger = make_contact(session, "远方", store=make_store(session, "中山路店"))
    member = make_member(session, group)
    page.post(f"/groups/{group.id}/members/{member.id}", {"contact": stranger.id}, 404)


GETS = ["", "/edit", "/import", "/members", "/members/{member}"]
POSTS = [
    "/edit",
    "/import",
    "/members/{member}",
    "/imports/{brought}/undo",
    "/items/{item}/complaint",
    "/items/{item}/not-complaint",
    "/items/{item}/answered",
    "/items/{item}/not-needed",
    "/items/{item}/reopen",
]


@pytest.mark.parametrize(
    ("verb", "path"), [("get", path) for path in GETS] + [("post", path) for path in POSTS]
)
def test_other_stores_find_nothing(
    page: PageClient, session: Session, group: ChatGroup, verb: str, path: str
) -> None:
    stored = say(session, group, "阿莲 多少钱")
    line = stored.messages[0]
    stranger = make_staff(session, Role.MANAGER, make_store(session, "中山路店"), name="郑洁")
    page.sign_in(stranger)
    path = path.format(member=line.member_id, item=line.item_id, brought=stored.import_id)
    if verb == "get":
        page.get(f"/groups/{group.id}{path}", 404)
    else:
        page.post(f"/groups/{group.id}{path}", {"text": "阿莲 2025/6/18 20:14\n在吗"}, 404)
    assert "阿莲" not in page.response.text


@pytest.mark.parametrize(
    "path", ["/items/999/answered", "/items/999/complaint", "/imports/999/undo", "/members/999"]
)
def test_unknown_parts_of_a_group_are_not_found(
    page: PageClient, group: ChatGroup, path: str
) -> None:
    page.post(f"/groups/{group.id}{path}", {}, 404)


def test_pages_speak_english(page: PageClient, session: Session, group: ChatGroup) -> None:
    say(session, group, "Lian how much")
    assert page.get("/groups", lang="en").h1 == "Groups"
    got = page.get(f"/groups/{group.id}", queries=14)
    assert "Open a complaint Lian" in got.buttons
    assert "Not a complaint Lian" in got.buttons
    got = page.post(f"/groups/{group.id}/import", {"text": "Lian 2025/6/18 20:14\nhi"}, 200)
    assert "1 messages found, 0 lines joined to the one before, 0 already imported" in got.text
    page.get("/groups/new")
    page.get(f"/groups/{group.id}/members")


def test_waiting_line_counts_down_to_its_due_time(
    page: PageClient, session: Session, group: ChatGroup, now: datetime
) -> None:
    say(session, group, "阿莲 多少钱", start=now - timedelta(minutes=5))
    got = page.get(f"/groups/{group.id}", queries=14)
    assert "剩 9 分" in " ".join(got.role("timer")) or "剩 10 分" in " ".join(got.role("timer"))
