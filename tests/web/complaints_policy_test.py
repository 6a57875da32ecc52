"""The whole promise on its pages: targets, ladder, thresholds, versions, periods of others."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.complaints import queries, service
from crm.complaints.models import DeadlinePreset, SlaPolicyVersion
from crm.complaints.queries.presets import DuePreset, all_presets, due_by_preset
from crm.complaints.rules.limits import BadPolicy, check
from crm.complaints.rules.policy import FULL, HOUR, MINUTE, Target
from crm.complaints.rules.presets import AMOUNTS_MAX, Confidence, PresetBasis, given
from crm.complaints.rules.words import Basis, Channel, ClockKind, Party, within_reach
from crm.i18n import fmt
from crm.integrations.rules import Level
from crm.stores import service as stores
from crm.stores.queries import statutory
from tests.client import PageClient
from tests.factories.desk import Desk
from tests.factories.stores import actor_of, make_staff, make_store

K = ClockKind
INFORMATION = PresetBasis.INFORMATION


@pytest.fixture
def owner(page: PageClient, session: Session) -> PageClient:
    make_store(session)
    page.sign_in(make_staff(session, Role.OWNER))
    return page


def _policy(session: Session):
    return queries.current_policy(session)[1]


def _of(session: Session, channel: Channel) -> list[DuePreset]:
    return [one for one in all_presets(session) if one.channel is channel]


def _versions(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(SlaPolicyVersion)) or 0


def test_a_shop_that_never_chose_is_told_what_is_in_force(owner: PageClient) -> None:
    """BC-1."""
    page = owner.get("/settings/deadlines")
    assert "用的是自带的完整方案" in page.text
    assert "50% → 负责人" in page.text
    assert "100% → 负责人＋值班" in page.text
    assert "之后每 30 分钟，最多 6 次" in page.text


def test_thirty_minutes_and_two_hours_is_one_edit(owner: PageClient, session: Session) -> None:
    page = owner.get("/settings/deadlines/table/1")
    changed = {
        "public_ack-amount": "30",
        "first_response-amount": "2",
        "first_response-unit": "hour",
    }
    owner.submit(page, "保存", **changed)
    row = _policy(session).targets[1]
    assert row[K.PUBLIC_ACK].seconds == 30 * MINUTE
    assert row[K.FIRST_RESPONSE].seconds == 2 * HOUR
    assert row[K.RESOLUTION] == FULL.targets[1][K.RESOLUTION]
    assert _policy(session).targets[2] == FULL.targets[2]
    assert "2 小时" in owner.get("/settings/deadlines").text


def test_running_complaints_keep_the_version_they_were_logged_under(
    page: PageClient, session: Session, now
) -> None:
    shop = Desk(session)
    before = shop.log(now)
    page.sign_in(shop.staff["owner"])
    page.submit(page.get("/settings/deadlines/table/1"), "保存", **{"first_response-amount": "10"})
    after = shop.log(now)
    first = [shop.clocks(one)[K.FIRST_RESPONSE].due_at - now for one in (before, after)]
    assert first == [timedelta(minutes=30), timedelta(minutes=10)]
    assert before.policy_version_id != after.policy_version_id


def test_what_is_saved_unchanged_makes_no_version(owner: PageClient, session: Session) -> None:
    for path in ("deadlines/table/1", "deadlines/table/2", "deadlines/table/3", "deadlines/ladder"):
        owner.submit(owner.get(f"/settings/{path}"), "保存")
    owner.submit(owner.get("/settings/deadlines/table/4"), "保存")
    owner.submit(owner.get("/settings/deadlines"), "保存")
    assert _policy(session) == FULL
    assert _versions(session) == 0


def test_the_short_page_keeps_what_the_table_changed(owner: PageClient, session: Session) -> None:
    owner.submit(owner.get("/settings/deadlines/table/1"), "保存", **{"next_response-amount": "7"})
    owner.submit(owner.get("/settings/deadlines"), "保存", urgent_solve="12")
    row = _policy(session).targets[1]
    assert row[K.NEXT_RESPONSE].seconds == 7 * MINUTE
    assert row[K.RESOLUTION].seconds == 12 * HOUR


def test_clocks_that_may_be_off_are_off_without_an_amount(
    owner: PageClient, session: Session
) -> None:
    owner.submit(owner.get("/settings/deadlines/table/2"), "保存", **{"public_ack-amount": ""})
    assert K.PUBLIC_ACK not in _policy(session).targets[2]


@pytest.mark.parametrize(
    ("severity", "changed", "words"),
    [
        (1, {"first_response-amount": "0"}, "的整数"),
        (1, {"first_response-amount": "-5"}, "的整数"),
        (1, {"first_response-amount": "1000000000"}, "的整数"),
        (1, {"first_response-amount": "1e9"}, "的整数"),
        (1, {"first_response-amount": ""}, "这一项不能没有"),
        (1, {"resolution-amount": ""}, "这一项不能没有"),
        (1, {"first_response-amount": "2000"}, "这个长度不行"),
        (1, {"resolution-amount": "3", "resolution-unit": "workday"}, "这个长度不行"),
        (4, {"resolution-amount": "61", "resolution-unit": "workday"}, "这个长度不行"),
        (3, {"resolution-amount": "61", "resolution-unit": "day"}, "这个长度不行"),
        (3, {"resolution-unit": "year"}, "从列出的里面选一个"),
        (3, {"resolution-basis": "external"}, "从列出的里面选一个"),
        (2, {"public_ack-cap": "0"}, "的整数"),
        (3, {"first_response-basis": "desk"}, "售后台还没有时间"),
    ],
)
def test_targets_that_cannot_be_are_refused(
    owner: PageClient, session: Session, severity: int, changed: dict[str, str], words: str
) -> None:
    path = f"/settings/deadlines/table/{severity}"
    page = owner.submit(owner.get(path), "保存", 422, **changed)
    assert words in page.text
    assert _policy(session) == FULL


def test_special_hours_of_the_shop_give_the_desk_no_hours(
    owner: PageClient, session: Session, now: datetime
) -> None:
    who = actor_of(session, make_staff(session, Role.OWNER))
    day = now.date() + timedelta(days=3)
    stores.set_day(session, day, [(600, 900)], actor=who, now=now)
    page = owner.get("/settings/deadlines/table/3")
    refused = owner.submit(page, "保存", 422, **{"first_response-basis": "desk"})
    assert "售后台还没有时间" in refused.text


def test_a_promise_of_more_than_a_day_is_refused_wherever_it_comes_from() -> None:
    too_long = replace(FULL, promise_seconds=25 * HOUR)
    with pytest.raises(BadPolicy) as caught:
        check(too_long, has_hours=True, has_desk=True)
    assert caught.value.field == "promise"


def test_there_are_four_levels(owner: PageClient) -> None:
    owner.get("/settings/deadlines/table/5", 404)
    owner.post("/settings/deadlines/table/0", {}, 404)


def test_desk_hours_can_be_owed_once_the_desk_has_some(
    owner: PageClient, session: Session, now
) -> None:
    desk = {f"day_{day}": "9:00-12:00、13:30-18:00" for day in range(5)}
    owner.post("/settings/hours/desk", desk)
    page = owner.get("/settings/deadlines/table/3")
    owner.submit(page, "保存", **{"first_response-basis": "desk", "first_response-amount": "60"})
    target = _policy(session).targets[3][K.FIRST_RESPONSE]
    assert (target.by_desk, target.basis, target.seconds) == (True, Basis.BUSINESS_HOURS, HOUR)
    shop = Desk(session)
    saturday = datetime.fromisoformat("2026-02-14T17:30:00+08:00")  # made up; then nine days off
    complaint = shop.log(saturday, channel=Channel.PRIVATE)
    due = shop.clocks(complaint)[K.FIRST_RESPONSE].due_at
    assert due == datetime.fromisoformat("2026-02-24T09:30:00+08:00")


def test_what_another_level_lacks_is_said_at_the_head_of_the_page(
    owner: PageClient, session: Session
) -> None:
    owner.post("/settings/hours/desk", {f"day_{day}": "9:00-12:00" for day in range(5)})
    page = owner.get("/settings/deadlines/table/2")
    owner.submit(page, "保存", **{"public_ack-basis": "desk", "public_ack-amount": "10"})
    owner.post("/settings/hours/desk/close")
    page = owner.get("/settings/deadlines/table/3")
    refused = owner.submit(page, "保存", status=422, **{"first_response-amount": "90"})
    assert "一般的先应一声：售后台还没有时间" in refused.text


def test_a_policy_of_hours_that_nobody_has_is_refused(session: Session, now) -> None:
    owner = actor_of(session, make_staff(session, Role.OWNER))
    with pytest.raises(BadPolicy):
        service.change_policy(session, lambda _before: _tightened(), actor=owner, now=now)


def _tightened():
    row = {**FULL.targets[3], K.FIRST_RESPONSE: Target(Basis.BUSINESS_HOURS, 5 * MINUTE)}
    return replace(FULL, targets={**FULL.targets, 3: row})


def test_the_ladder_says_when_and_to_whom(owner: PageClient, session: Session) -> None:
    page = owner.get("/settings/deadlines/ladder")
    owner.submit(
        page,
        "保存",
        **{
            "w0-to": ["assignee"],
            "w1-when": "40",
            "l1-when": "7",
            "l1-to": ["lead", "duty"],
            "l2-when": "",
            "repeat_every": "20",
            "repeats": "3",
            "hold_1": "12",
            "wakes": "08:00",
            "sleeps": "23:00",
            "doubters": "3",
            "within": "20",
            "score": "5",
            "spread": "6",
            "promise": "25",
        },
    )
    policy = _policy(session)
    rungs = {rung.level: rung for rung in policy.ladder.rungs}
    assert rungs[Level.W0].percent == 0
    assert rungs[Level.W1].percent == 40
    assert (rungs[Level.L1].after, set(rungs[Level.L1].to)) == (420, {Party.DUTY, Party.LEAD})
    assert Level.L2 not in rungs
    assert (policy.ladder.repeat_every, policy.ladder.repeats) == (1200, 3)
    assert policy.ack_hold[1] == 12 * MINUTE
    assert policy.waking == (480, 1380)
    assert (policy.spread.doubters, policy.spread.within_minutes, policy.spread.score) == (3, 20, 5)
    assert (policy.spread_seconds, policy.promise_seconds) == (360, 1500)
    assert "超时 7 分 → 值班＋值班主管" in owner.get("/settings/deadlines").text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"l0-to": []}, "选至少一个人"),
        ({"l1-to": []}, "选至少一个人"),
        ({"w1-when": "80", "w2-when": "50"}, "后一次要比前一次大"),
        ({"w1-when": "100"}, "后一次要比前一次大"),
        ({"w1-when": "0"}, "的整数"),
        ({"l1-when": "15", "l2-when": "5"}, "一步比一步大"),
        ({"l1-when": "-5"}, "的整数"),
        ({"repeat_every": "0"}, "的整数"),
        ({"repeats": "1000000000"}, "的整数"),
        ({"hold_1": ""}, "的整数"),
        ({"wakes": "22:00", "sleeps": "09:00"}, "要晚于"),
        ({"wakes": "25:00"}, "时间写成 20:14 这样"),
        ({"doubters": "1"}, "的整数"),
        ({"spread": "0"}, "的整数"),
        ({"l1-to": ["king"]}, "从列出的里面选一个"),
    ],
)
def test_ladders_that_cannot_be_are_refused(
    owner: PageClient, session: Session, changed: dict[str, str], words: str
) -> None:
    page = owner.submit(owner.get("/settings/deadlines/ladder"), "保存", 422, **changed)
    assert words in page.text
    assert _policy(session) == FULL


def test_only_owners_see_and_change_the_promise(page: PageClient, session: Session) -> None:
    store = make_store(session)
    for role in (Role.LEAD, Role.MANAGER, Role.ASSISTANT):
        page.sign_in(make_staff(session, role, store))
        for path in ("table/1", "ladder", "periods"):
            page.get(f"/settings/deadlines/{path}", 403)


def test_every_period_that_is_not_official_asks_to_be_checked(
    owner: PageClient, session: Session
) -> None:
    page = owner.get("/settings/deadlines/periods")
    presets = all_presets(session)
    assert len(presets) == 19
    asking = [one for one in presets if one.needs_check]
    assert page.text.count("核对现行规定") == len(asking) + 1  # and the sentence above
    assert all(one.confidence is not Confidence.DOC for one in asking)
    assert not any(one.confidence is Confidence.DOC for one in asking)


@pytest.mark.parametrize(
    ("slug", "start", "due", "provisional"),
    [
        ("wechat_refund", "2026-02-10T14:00", "2026-02-12T14:00", False),
        ("seven_days_return", "2026-02-10T14:00", "2026-02-18T00:00", False),  # G1
        ("privacy_request", "2026-11-23T15:20", "2026-12-23T15:20", False),  # G2
        ("regulator_own", "2026-02-13T09:00", "2026-02-25T00:00", False),  # F4
        ("regulator_accepts", "2026-02-09T09:00", "2026-02-26T00:00", False),  # F1
        ("regulator_accepts", "2026-12-28T09:00", "2027-01-07T00:00", True),  # F12
    ],
)
def test_a_period_ends_as_it_is_counted(
    session: Session, slug: str, start: str, due: str, *, provisional: bool
) -> None:
    row = session.scalars(select(DeadlinePreset).where(DeadlinePreset.slug == slug)).one()
    found = due_by_preset(session, row.id, datetime.fromisoformat(f"{start}:00+08:00"))
    assert found.due_at == datetime.fromisoformat(f"{due}:00+08:00")
    assert found.provisional is provisional


@pytest.mark.parametrize("basis", [one for one in PresetBasis if one is not INFORMATION])
def test_the_longest_period_ends_within_reach_whenever_it_began(session: Session, basis) -> None:
    for month in range(1, 13):
        start = datetime(2026, month, 1, 20, tzinfo=UTC)
        due = given(basis, AMOUNTS_MAX[basis], start, statutory(session), fmt.zone()).due_at
        within_reach(due, start, field="external_due_at")


def test_a_period_is_changed_switched_off_and_added(owner: PageClient, session: Session) -> None:
    first = _of(session, Channel.REGULATOR)[0]
    page = owner.get(f"/settings/deadlines/periods/{first.id}")
    owner.submit(page, "保存", amount="3", checked_on="2026-11-20")
    changed = _of(session, Channel.REGULATOR)[0]
    assert (changed.amount, changed.checked_on) == (3, date(2026, 11, 20))
    assert changed.own_name == ""  # the shipped words stay in both languages
    page = owner.get(f"/settings/deadlines/periods/{first.id}")
    fields = page.fields(page.form_of("保存"))
    owner.post(
        f"/settings/deadlines/periods/{first.id}", {**fields, "is_on": ""} | {"name": "自己的"}
    )
    own = {
        "name": "抖音小店售后",
        "channel": "platform_aftersale",
        "amount": "24",
        "basis": "elapsed",
        "source": "商家后台",
        "confidence": "secondary",
        "is_on": "y",
    }
    owner.post("/settings/deadlines/periods", own)
    assert "抖音小店售后" in [one.name for one in _of(session, Channel.PLATFORM_AFTERSALE)]
    owner.get("/settings/deadlines/periods/99999", 404)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": ""}, "写一个名称"),
        ({"amount": ""}, "写多久"),
        ({"amount": "0"}, "的整数"),
        ({"amount": "1000000000"}, "的整数"),
        ({"amount": "241"}, "1 到 240 的整数"),
        ({"amount": "366", "basis": "natural_days"}, "1 到 365 的整数"),
        ({"amount": "8785", "basis": "elapsed"}, "1 到 8784 的整数"),
        ({"name": "x" * 61}, "最多"),
        ({"source": "x" * 301}, "最多"),
        ({"basis": "moon"}, "从列出的里面选一个"),
        ({"channel": "group"}, "从列出的里面选一个"),
        ({"checked_on": "yesterday"}, "日期写成 2025-06-18 这样"),
    ],
)
def test_a_period_that_cannot_be_is_refused(
    owner: PageClient, session: Session, changed: dict[str, str], words: str
) -> None:
    own = {"name": "时限", "channel": "regulator", "amount": "2", "basis": "workdays"}
    form = own | {"confidence": "default", "source": "", "is_on": "y"} | changed
    page = owner.post("/settings/deadlines/periods", form, 422)
    assert words in page.text
    assert len(all_presets(session)) == 19
