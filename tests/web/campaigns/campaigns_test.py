"""The pages of repurchase lists: all of them, whom one asks for, who may see it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Role
from crm.campaigns import queries, service
from crm.campaigns.models import Campaign
from crm.campaigns.queries import Status
from crm.contacts import service as contacts
from crm.contacts.models import Contact
from crm.contacts.rules import MovedFrom, MoveKind
from crm.orders.rules import NewLine
from crm.stores.models import Store
from tests.client import PageClient
from tests.conftest import NOW
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_contact
from tests.factories.orders import make_orders
from tests.factories.stores import actor_of, make_staff, make_store
from tests.html import text_of
from tests.web.campaigns.conftest import STEP_QUERIES, buyers, draft, show

# All lists


def test_without_lists_the_page_says_what_to_do(owner: PageClient) -> None:
    page = owner.get("/campaigns")
    assert page.h1 == "复购名单"
    assert "还没有名单" in page.text


def test_new_list_opens_on_its_people(owner: PageClient, session: Session) -> None:
    page = owner.get("/campaigns")
    owner.submit(page, "新建名单")
    [campaign] = session.scalars(select(Campaign))
    assert owner.location == f"/campaigns/{campaign.id}?step=people"
    assert show(owner, campaign).h1 == campaign.name


def test_button_pressed_twice_makes_one_list(owner: PageClient, session: Session) -> None:
    page = owner.get("/campaigns")
    owner.submit(page, "新建名单")
    owner.submit(page, "新建名单")
    assert len(session.scalars(select(Campaign)).all()) == 1


def test_lists_show_state_people_and_result_in_words(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    buyers(session, store, 40)
    old = draft(session, actor, store, name="春装老客", holdout_percent=50)
    service.approve(session, old.id, actor=actor, now=NOW - timedelta(days=45))
    session.flush()
    for person in queries.audience(session, old, now=NOW).of(Status.REACHABLE):
        make_orders(session, session.get_one(Contact, person.contact_id), 30)
    ready = draft(session, actor, store, name="夏装老客")
    service.approve(session, ready.id, actor=actor, now=NOW)
    draft(session, actor, store, name="草稿一张")
    page = owner.get("/campaigns")
    rows = {row.split(" ", 1)[0]: row for row in map(text_of, page.all("li")) if row}
    assert "待派发" in rows["夏装老客"]
    assert "有结果" in rows["春装老客"]
    assert "有用 +100.0 个百分点" in rows["春装老客"]
    assert "草稿" in rows["草稿一张"]
    owner.get("/campaigns?lang=en")


def test_assistant_sees_lists_but_makes_none(
    page: PageClient, session: Session, store: Store
) -> None:
    page.sign_in(make_staff(session, Role.ASSISTANT, store))
    assert "新建名单" not in page.get("/campaigns").text
    page.post("/campaigns", {}, 403)


def test_manager_chooses_among_words_of_her_own_customers(
    page: PageClient, session: Session, store: Store
) -> None:
    shut, strange = make_store(session, "关了的店"), make_store(session, "外人店")
    session.flush()
    came = MovedFrom(MoveKind.STORE, shut.id)
    for place, word in ((store, "旗袍"), (strange, "雨衣")):
        contact = make_contact(
            session, f"{word}客", store=place, moved_from=came, tags=(f"{word}控",)
        )
        make_orders(session, contact, 60, lines=(NewLine(word, 1, 32900, word),))
    manager = make_staff(session, Role.MANAGER, store)
    page.sign_in(manager)
    text = show(page, draft(session, actor_of(session, manager), store)).text
    assert {
        word: word in text for word in ("旗袍", "旗袍控", "关了的店", "雨衣", "雨衣控", "外人店")
    } == {
        **dict.fromkeys(("旗袍", "旗袍控", "关了的店"), True),
        **dict.fromkeys(("雨衣", "雨衣控", "外人店"), False),
    }


def test_manager_without_a_store_is_told_what_to_do(
    page: PageClient, session: Session, store: Store
) -> None:
    staff = make_staff(session, Role.MANAGER)
    page.sign_in(staff)
    assert "先请店主" in page.post("/campaigns", {}, follow=True).text


# People


def test_people_step_says_how_many_and_why_not(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    people = buyers(session, store, 12)
    contacts.do_not_contact(session, people[0], actor=actor, now=NOW)
    make_orders(session, people[1], 2)
    campaign = draft(session, actor, store, holdout_percent=20)
    page = show(owner, campaign)
    found = queries.audience(session, campaign, now=NOW)
    assert f"{found.reachable} 人这次联系" in page.role("status")
    assert "12 人符合，2 人不联系" in page.text
    assert f"10 人可联系，随机留 {found.held_out} 人对照（20%）" in page.text
    names = page.links
    assert {
        "客诉没结 0",
        "本周已联系 0",
        "一对一时间到上限 0",
        "说过不要打扰 1",
        "刚买过 1",
    } <= set(names)
    assert "在另一张名单里 0" not in names
    assert "看得出的最小差别" in page.text or "看不出效果" in page.text


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ("opted_out", {"顾客0"}),
        ("suppressed", {"顾客0"}),
        ("matched", {"顾客0", "顾客1"}),
        ("magic", set()),
    ],
)
def test_each_number_opens_the_people_behind_it(
    owner: PageClient, session: Session, store: Store, actor: Actor, part: str, shown: set[str]
) -> None:
    people = buyers(session, store, 2)
    contacts.do_not_contact(session, people[0], actor=actor, now=NOW)
    page = show(owner, draft(session, actor, store), of=part)
    assert {name for name in ("顾客0", "顾客1") if f">{name}<" in owner.response.text} == shown
    if part == "opted_out":
        assert "到她说可以" in page.text


def test_long_part_goes_on_on_a_second_page(
    owner: PageClient, session: Session, store: Store, actor: Actor, monkeypatch: Any
) -> None:
    monkeypatch.setattr("crm.campaigns.views.steps.SHOWN_MOST", 2)
    buyers(session, store, 3)
    campaign = draft(session, actor, store)
    page = show(owner, campaign, of="matched")
    assert "顾客2" not in page.text
    assert "顾客2" in show(owner, campaign, of="matched", **{"from": 2}).text


def test_conditions_are_kept_added_and_taken_away(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    buyers(session, store, 3, tags=("夏装",))
    campaign = make_campaign(
        session, actor, ("orders_count", ">=", 1), ("days_since_last_order", ">=", 90)
    )
    page = show(owner, campaign)
    assert "买过 ≥ 1 次" in page.text
    assert "90 天以上没买" in page.text
    change = {
        "name": "夏装",
        "keep": ["0"],
        "tag": "夏装",
        "store": str(store.id),
        "holdout": "10",
        "purpose": "arrival",
        "version": campaign.version,
    }
    owner.post(f"/campaigns/{campaign.id}/people", change)
    session.expire_all()
    assert campaign.filter == {
        "all": [
            {"field": "orders_count", "op": ">=", "value": 1},
            {"field": "store_id", "op": "is", "value": store.id},
            {"field": "tag", "op": "has", "value": "夏装"},
        ]
    }
    page = show(owner, campaign)
    assert page.h1 == "夏装"
    found = queries.audience(session, campaign, now=NOW)
    assert found.reachable + found.held_out == 3  # who is held out is drawn by their numbers
    assert f"{found.reachable} 人这次联系" in page.role("status")


def test_manager_is_offered_the_tags_of_her_own_stores(
    manager: PageClient, session: Session, store: Store
) -> None:
    make_contact(session, store=store, tags=("夏装",))
    make_contact(session, store=make_store(session, "远方店"), tags=("爱还价",))
    manager.submit(manager.get("/campaigns"), "新建名单")
    page = manager.get(manager.location, queries=STEP_QUERIES)
    assert "夏装" in page.text
    assert "爱还价" not in page.text


def test_lists_of_years_are_shown_page_by_page(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    made = [draft(session, actor, store, name=f"名单{n}") for n in range(queries.LISTS_MOST + 1)]
    page = owner.get("/campaigns")
    assert page.link(made[-1].name)
    assert made[0].name not in page.links
    page = owner.get(page.link("下一页"))
    assert page.link(made[0].name)
    assert made[1].name not in page.links
    owner.get("/campaigns", 422, cursor="x")


def test_every_condition_is_shown_in_words(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    rows = [
        ("store_id", "in", [store.id]), ("tag", "in", ["夏装", "loyal"]), ("orders_count", "is", 2),
        ("orders_count", "between", [1, 9]), ("orders_count", "<=", 3),
        ("net_spent_fen", ">=", 10_000), ("net_spent_fen", "between", [0, 99_950]),
        ("net_spent_fen", "is", 1), ("net_spent_fen", "<=", 1),
        ("days_since_last_order", "is", 3), ("days_since_last_order", "between", [1, 2]),
        ("days_since_last_order", "<=", 9), ("bought_category", "has", "裙"),
        ("rhythm_state", "in", ["due", "lost"]), ("moved_from_store_id", "is", store.id),
        ("group_id", "is", 77),
    ]  # fmt: skip
    campaign = make_campaign(session, actor, *rows)
    page = show(owner, campaign)
    assert "标签：夏装、忠诚" in page.text
    assert "花了 ¥0 至 ¥999.50" in page.text
    owner.get("/campaigns?lang=en")
    show(owner, campaign)


# Rights


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ASSISTANT])
def test_only_owner_and_lead_issue_and_export(
    page: PageClient, session: Session, store: Store, actor: Actor, role: Role
) -> None:
    campaign = draft(session, actor, store)
    page.sign_in(make_staff(session, role, store))
    for what in ("issue", "export"):
        page.get(f"/campaigns/{campaign.id}/{what}", 403)
        page.post(f"/campaigns/{campaign.id}/{what}", {}, 403)
    assert "由店主或值班派发" in show(page, campaign, "tasks").text


def test_lead_issues(page: PageClient, session: Session, store: Store, actor: Actor) -> None:
    campaign = draft(session, actor, store)
    page.sign_in(make_staff(session, Role.LEAD))
    page.post(f"/campaigns/{campaign.id}/issue", {})


def test_list_of_another_store_is_not_found(
    manager: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    other = make_store(session, "别处")
    session.flush()
    campaign = draft(session, actor, other)
    manager.get(f"/campaigns/{campaign.id}", 404)
    manager.post(f"/campaigns/{campaign.id}/copy", {"text": "x", "industry": "general"}, 404)
    manager.get("/campaigns/999999", 404)


def test_manager_builds_a_list_of_her_store(
    manager: PageClient, session: Session, store: Store
) -> None:
    buyers(session, store, 2)
    buyers(session, make_store(session, "别处"), 2)
    manager.submit(manager.get("/campaigns"), "新建名单")
    page = manager.get(manager.location, queries=STEP_QUERIES)
    assert "2 人符合，0 人不联系" in page.text  # the draw may hold out either


@pytest.mark.parametrize("step", ["people", "copy", "tasks", "results"])
@pytest.mark.parametrize("state", ["draft", "approved"])
def test_each_step_speaks_english(
    owner: PageClient, session: Session, store: Store, actor: Actor, step: str, state: str
) -> None:
    buyers(session, store, 2)
    campaign = draft(session, actor, store, copy="您好，央视推荐" if state == "draft" else "您好")
    if state == "approved":
        service.approve(session, campaign.id, actor=actor, now=NOW)
    owner.get("/campaigns?lang=en")
    page = show(owner, campaign, step, of="matched")
    assert page.one("html").get("lang") == "en"


def test_approved_list_cannot_be_changed(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    campaign = draft(session, actor, store)
    page = show(owner, campaign)
    people = {**page.fields(page.form_of("重新算人数"))}
    people.pop("csrf_token")
    service.approve(session, campaign.id, actor=actor, now=NOW)
    session.flush()
    version = campaign.version
    for path, data in (
        ("people", {**people, "version": version}),
        ("copy", {"text": "x", "industry": "general", "version": version}),
        ("tasks", {"daily_cap": "3", "version": version}),
    ):
        owner.post(f"/campaigns/{campaign.id}/{path}", data, 409)
