"""Today as a page: whom to contact, in one tap, and how much time is left."""

from datetime import date, timedelta

import pytest

from crm.accounts.rules import Role
from crm.attention.rules import FollowUpReason
from crm.complaints.rules.commands import LogComplaint
from crm.complaints.rules.words import Category, Channel
from crm.complaints.service import log_complaint
from tests.factories.attention import make_follow_up, make_touch
from tests.factories.contacts import make_contact
from tests.factories.groups import make_group
from tests.factories.stores import make_staff

QUERIES = 15


def people(got):
    return [link.text for item in got.all("li", class_="row") for link in item.iter("a")]


def test_today_has_its_date_and_says_when_nothing_waits(page, wang):
    got = page.get("/today", queries=QUERIES)
    assert got.h1 == "今天 6 月 18 日 周三"
    assert "现在没有等回复的客诉" in got.text
    assert "今天要联系的 0 位" in got.text
    assert "已用 0 分钟，还剩 90 分钟" in got.text
    assert page.get("/today?lang=en", queries=QUERIES).h1 == "Today, Wed 18 Jun"


def test_people_to_contact_stand_with_reason_and_minutes(session, page, store, wang):
    li = make_contact(session, "李晓燕", store=store)
    due = {"product": "连衣裙", "last_on": "2025-04-27", "interval": 50}
    make_follow_up(session, li, wang.id, reason=FollowUpReason.REPURCHASE, words=due)
    he = make_contact(session, "何敏", store=store)
    added = {"added_on": "2025-06-17"}
    make_follow_up(session, he, wang.id, reason=FollowUpReason.GREETING, words=added, minutes=2)
    got = page.get("/today", queries=QUERIES)
    assert people(got) == ["李晓燕", "何敏"]
    assert "上次连衣裙 52 天前，常 50 天回购" in got.text
    assert "昨天新加，还没打招呼" in got.text
    assert "约 2 分钟" in got.text
    assert "今天要联系的 2 位" in got.text


@pytest.mark.parametrize(
    ("reason", "words", "sentence"),
    [
        (FollowUpReason.NEXT_STEP, {"text": "问合不合身"}, "问合不合身"),
        (FollowUpReason.NEXT_STEP, {"text": ""}, "约好今天联系"),
        (FollowUpReason.AFTER_SALES, {"text": "换货已签收"}, "换货已签收"),
        (FollowUpReason.CAMPAIGN, {"name": "夏装老客"}, "复购名单：夏装老客"),
        (FollowUpReason.GREETING, {"added_on": "2025-06-16"}, "6 月 16 日新加，还没打招呼"),
        (
            FollowUpReason.REPURCHASE,
            {"product": "", "last_on": "2025-06-08", "interval": 9},
            "上次买是 10 天前，常 9 天回购",
        ),
    ],
)
def test_every_reason_is_a_sentence(session, page, store, wang, reason, words, sentence):
    make_follow_up(session, make_contact(session, store=store), wang.id, reason=reason, words=words)
    assert sentence in page.get("/today", queries=QUERIES).text
    page.get("/today?lang=en", queries=QUERIES)


def test_one_tap_logs_the_planned_touch_and_the_row_is_gone(session, page, store, wang):
    li = make_contact(session, "李晓燕", store=store)
    make_follow_up(session, li, wang.id)
    got = page.get("/today", queries=QUERIES)
    page.submit(got, "已联系 李晓燕")
    assert page.location == "/today"
    after = page.get("/today", queries=QUERIES)
    assert people(after) == []
    assert "已记录：李晓燕，微信聊 3 分钟" in " ".join(after.role("status"))
    assert "已用 3 分钟，还剩 87 分钟" in after.text
    assert "撤销" in after.buttons
    assert "改时长" in after.buttons
    page.submit(after, "撤销")
    assert people(page.get("/today", queries=QUERIES)) == ["李晓燕"]


def test_who_is_past_the_limit_is_named_once(session, page, store, wang):
    zhang = make_contact(session, "张阿姨", store=store)
    make_touch(session, zhang, actor=wang, minutes=42, ago=timedelta(days=1))
    got = page.get("/today", queries=QUERIES + 1)
    assert "张阿姨近 30 天已用 42 分钟，超过 30 分钟上限" in got.text
    assert got.link("张阿姨超过上限，说一下原因").endswith("/reason")


def test_later_and_foreign_follow_ups_are_not_for_today(session, page, store, wang):
    chen = make_contact(session, "陈姐", store=store)
    make_follow_up(session, chen, wang.id, due_on=date(2025, 6, 19))
    colleague = make_staff(session, Role.ASSISTANT, store, name="小林")
    make_follow_up(session, chen, colleague.id)
    assert people(page.get("/today", queries=QUERIES)) == []
    page.sign_in(make_staff(session, Role.OWNER, name="阿俊"))
    assert people(page.get("/today", queries=QUERIES)) == ["陈姐"]


def test_names_are_escaped_in_rows(session, page, store, wang):
    make_follow_up(
        session,
        make_contact(session, "<i>陈</i>", store=store),
        wang.id,
        words={"text": "<script>alert(1)</script>"},
    )
    got = page.get("/today", queries=QUERIES)
    assert people(got) == ["<i>陈</i>"]
    assert "<script>alert(1)" in got.text


def test_query_count_does_not_grow_with_people(session, page, store, wang):
    for n in range(15):
        make_follow_up(session, make_contact(session, f"顾客{n}", store=store), wang.id)
    page.get("/today", queries=QUERIES)


@pytest.fixture
def complaint(session, store, wang, now):
    def log(minutes=8, **overrides):
        at = now - timedelta(minutes=minutes)
        command = LogComplaint(
            channel=Channel.GROUP,
            text="收到的裙子吊牌不对，是不是假货？",
            occurred_at=at,
            store_id=store.id,
            group_id=make_group(session, store=store).id,
            category=Category.SUSPECTED_FAKE,
            **overrides,
        )
        made = log_complaint(session, command, actor=wang, now=at)
        session.flush()
        return made

    return log


def test_worst_complaint_stands_first_with_its_clock_and_one_button(session, page, complaint):
    first = complaint(reporter_name="陈姐")
    second = complaint(minutes=2, reporter_name="郑洁")
    got = page.get("/today", queries=QUERIES)
    assert got.link("「收到的裙子吊牌不对，是不是假货？」") == f"/complaints/{first.id}"
    assert got.link(f"去处理 客诉 #{first.short_no}") == f"/complaints/{first.id}"
    assert got.role("timer")
    assert got.markup.index("去处理") < got.markup.index(f'href="/complaints/{second.id}"')


def test_who_has_an_open_complaint_is_not_to_be_contacted(session, page, store, wang, complaint):
    chen = make_contact(session, "陈姐", store=store)
    make_follow_up(session, chen, wang.id)
    make_follow_up(session, make_contact(session, "李晓燕", store=store), wang.id)
    complaint(contact_id=chen.id)
    got = page.get("/today", queries=QUERIES)
    assert people(got) == ["李晓燕"]
    assert "今天要联系的 1 位" in got.text


def test_complaint_stands_on_the_contacts_page_and_in_the_filter(
    session, page, store, wang, complaint
):
    chen = make_contact(session, "陈姐", store=store)
    make_contact(session, "李晓燕", store=store)
    made = complaint(contact_id=chen.id)
    got = page.get(f"/contacts/{chen.id}", queries=27, show="complaints")
    assert "客诉中" in got.text
    assert got.link("收到的裙子吊牌不对，是不是假货？") == f"/complaints/{made.id}"
    listed = page.get("/contacts?show=complaint")
    assert "陈姐" in listed.links
    assert "李晓燕" not in listed.links
