"""What a list says and how it leaves: message, tasks, issuing, export, result."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Role
from crm.attention.models import FollowUp
from crm.campaigns import queries, service
from crm.campaigns.models import CampaignExport
from crm.campaigns.queries import Status
from crm.campaigns.rules import State
from crm.stores.models import Store
from tests.client import PageClient
from tests.conftest import NOW
from tests.factories.contacts import make_contact
from tests.factories.orders import make_orders
from tests.factories.stores import make_staff
from tests.html import text_of
from tests.web.campaigns.conftest import STEP_QUERIES, buyers, draft, show

# Message


def test_wording_is_checked_and_offered(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    campaign = draft(session, actor, store, copy="李姐，新色到了，全网最低价")
    page = show(owner, campaign, "copy")
    assert [text_of(a) for a in page.all("p") if a.get("role") == "alert"] == [
        "「全网最低价」不能用"
    ]
    owner.submit(page, "采用 实惠价")
    session.expire_all()
    assert campaign.copy == "李姐，新色到了，实惠价"
    assert "没有问题" in show(owner, campaign, "copy").text


def test_message_is_kept_as_typed(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    campaign = draft(session, actor, store)
    page = show(owner, campaign, "copy")
    owner.submit(page, "检查用语", text="您好\r\n根治失眠")
    session.expire_all()
    assert campaign.copy == "您好\n根治失眠"


def test_message_too_long_is_refused_and_kept(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    campaign = draft(session, actor, store)
    data = {"text": "字" * 1001, "industry": "general", "version": campaign.version}
    page = owner.post(f"/campaigns/{campaign.id}/copy", data, 422)
    assert "最多 1000 个字" in page.text
    assert "字" * 1001 in owner.response.text


# Tasks


def test_tasks_step_shows_who_writes_to_how_many(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    make_staff(session, Role.MANAGER, store, name="王梅")
    buyers(session, store, 3)
    campaign = draft(session, actor, store)
    page = show(owner, campaign, "tasks")
    assert "王梅 3 人" in page.text
    owner.submit(page, "保存", daily_cap="2")
    session.expire_all()
    assert campaign.daily_cap == 2


@pytest.mark.parametrize("value", ["", "0", "501", "two"])
def test_bad_daily_cap_is_refused(
    owner: PageClient, session: Session, store: Store, actor: Actor, value: str
) -> None:
    campaign = draft(session, actor, store)
    data = {"daily_cap": value, "version": campaign.version}
    page = owner.post(f"/campaigns/{campaign.id}/tasks", data, 422, queries=STEP_QUERIES)
    assert "写 1 到 500 的整数" in page.text


def test_list_is_issued_after_a_page_that_asks(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    writer = make_staff(session, Role.MANAGER, store, name="王梅")
    buyers(session, store, 2)
    campaign = draft(session, actor, store)
    page = owner.get(f"/campaigns/{campaign.id}/issue", queries=STEP_QUERIES)
    assert page.h1 == "确认：派给店长"
    assert session.scalars(select(FollowUp)).all() == []
    owner.submit(page, "确认派发")
    session.expire_all()
    assert campaign.state is State.ISSUED
    assert {task.staff_id for task in session.scalars(select(FollowUp))} == {writer.id}
    assert "派给店长" not in show(owner, campaign, "tasks").links


@pytest.mark.parametrize("what", ["issue", "export"])
@pytest.mark.parametrize(
    ("copy", "words"),
    [("根治失眠", "「根治」不能用"), ("央视推荐", "「央视推荐」要有证明"), ("", "先写文案")],
)
def test_nothing_leaves_while_the_wording_is_wrong(
    owner: PageClient,
    session: Session,
    store: Store,
    actor: Actor,
    what: str,
    copy: str,
    words: str,
) -> None:
    buyers(session, store, 1)
    campaign = draft(session, actor, store, copy=copy)
    for answer in (
        owner.get(f"/campaigns/{campaign.id}/{what}", 422, queries=STEP_QUERIES),
        owner.post(f"/campaigns/{campaign.id}/{what}", {}, 422),
    ):
        assert words in answer.text
        assert answer.title.startswith("错误：")
    assert campaign.state is State.DRAFT


# Export


def exported(client: PageClient) -> list[dict[str, str]]:
    body = client.response.get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body)))


def test_export_is_a_file_of_people_to_contact(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    buyers(session, store, 20)
    campaign = draft(session, actor, store, holdout_percent=50)
    page = owner.get(f"/campaigns/{campaign.id}/export", queries=STEP_QUERIES)
    owner.submit(page, "确认导出", 200)
    assert owner.response.get_data().startswith(
        b"\xef\xbb\xbfcontact_id,name,phone_masked,store,owner,reason,copy\r\n"
    )
    assert owner.response.mimetype == "text/csv"
    session.expire_all()
    found = queries.audience(session, campaign, now=NOW)
    assert {int(row["contact_id"]) for row in exported(owner)} == {
        person.contact_id for person in found.of(Status.REACHABLE)
    }
    assert found.held_out
    [log] = session.scalars(select(CampaignExport))
    assert log.row_count == found.reachable


def test_cells_are_safe_in_a_spreadsheet(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    for name in ("=1+1", "+86", "-妮", "@群", " =2", "＝3"):
        make_contact(session, name, store=store)
    campaign = draft(session, actor, store, copy="=SUM(A1)您好")
    owner.post(f"/campaigns/{campaign.id}/export", {}, 200)
    rows = exported(owner)
    assert len(rows) == 6
    assert all(row["name"].startswith("'") for row in rows)
    assert all(row["copy"] == "'=SUM(A1)您好" for row in rows)


def test_export_is_not_reached_by_a_link(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    campaign = draft(session, actor, store)
    service.approve(session, campaign.id, actor=actor, now=NOW)
    owner.get(f"/campaigns/{campaign.id}/export", queries=STEP_QUERIES)
    assert session.scalars(select(CampaignExport)).all() == []


# Result


def test_result_shows_counts_until_the_window_ends(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    buyers(session, store, 20)
    campaign = draft(session, actor, store, holdout_percent=50)
    service.approve(session, campaign.id, actor=actor, now=NOW - timedelta(days=20))
    page = show(owner, campaign, "results")
    assert page.one("caption", "结果（30 天）") is not None
    assert "才能看有没有用" in page.text
    assert "%" not in text_of(page.one("main"))


def test_result_says_what_may_be_said(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    people = buyers(session, store, 20)
    campaign = draft(session, actor, store, holdout_percent=50)
    service.approve(session, campaign.id, actor=actor, now=NOW - timedelta(days=40))
    make_orders(session, people[0], 20)
    page = show(owner, campaign, "results")
    assert "还不能确定有用" in page.text
    assert "个百分点" in page.text
    assert "收入约" in page.text
    assert page.link("合并看") == "/results#figure-lists"


def test_result_of_a_draft_is_not_there_yet(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    assert "以后才有结果" in show(owner, draft(session, actor, store), "results").text
