"""The forms of a list: what is refused keeps what was typed, also when somebody was faster."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.campaigns.models import Campaign
from crm.stores.models import Store
from tests.client import PageClient
from tests.factories.campaigns import make_campaign
from tests.factories.stores import make_store
from tests.web.campaigns.conftest import STEP_QUERIES, draft, show


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "给名单起个名字"),
        ("name", "字" * 61, "最多 60 个字"),
        ("holdout", "many", "写 0 到 90 的整数"),
        ("holdout", "91", "写 0 到 90 的整数"),
        ("holdout", "-1", "写 0 到 90 的整数"),
    ],
)
def test_bad_people_form_is_refused_and_keeps_what_was_typed(
    owner: PageClient,
    session: Session,
    store: Store,
    actor: Actor,
    field: str,
    value: str,
    words: str,
) -> None:
    campaign = draft(session, actor, store)
    page = show(owner, campaign)
    data = {**page.fields(page.form_of("重新算人数")), field: value}
    data.pop("csrf_token")
    page = owner.post(f"/campaigns/{campaign.id}/people", data, 422, queries=STEP_QUERIES)
    assert words in page.text
    assert value in owner.response.text


def test_stores_that_exclude_each_other_are_refused(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    other = make_store(session, "别处")
    session.flush()
    campaign = draft(session, actor, store)
    page = show(owner, campaign)
    data = {**page.fields(page.form_of("重新算人数")), "store": str(other.id)}
    data.pop("csrf_token")
    page = owner.post(f"/campaigns/{campaign.id}/people", data, 422, queries=40)
    assert "合不到一起" in page.text


@pytest.mark.parametrize("data", [{}, {"keep": ["99"], "store": "x", "purpose": "?"}])
def test_forged_people_form_is_refused(
    owner: PageClient, session: Session, store: Store, actor: Actor, data: dict[str, Any]
) -> None:
    campaign = draft(session, actor, store)
    owner.post(f"/campaigns/{campaign.id}/people", data, 422, queries=STEP_QUERIES)


def test_stale_message_is_answered_409_and_kept_beside_the_newer_one(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    campaign = draft(session, actor, store)
    data = {"text": "她的新款", "industry": "general", "version": campaign.version}
    owner.post(f"/campaigns/{campaign.id}/copy", data)
    page = owner.post(f"/campaigns/{campaign.id}/copy", {**data, "text": "我的新款"}, 409)
    assert "这一步刚被人改过" in page.text
    assert page.one("textarea").text.strip() == "我的新款"
    assert "她的新款" in page.text
    owner.submit(page, "检查用语")
    session.expire_all()
    assert campaign.copy == "我的新款"


def test_stale_conditions_are_answered_409_with_the_newer_ones_ticked(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    campaign = draft(session, actor, store)
    page = show(owner, campaign)
    data = page.fields(page.form_of("重新算人数"))
    data.pop("csrf_token")
    owner.post(f"/campaigns/{campaign.id}/people", {**data, "orders": "2"})
    path = f"/campaigns/{campaign.id}/people"
    page = owner.post(path, {**data, "name": "我的名字"}, 409, queries=60)
    owner.submit(page, "重新算人数")
    session.expire_all()
    assert campaign.name == "我的名字"
    assert [row["field"] for row in campaign.filter["all"]] == ["store_id", "orders_count"]


@pytest.mark.parametrize("name", ["   ", " \x00 "])
def test_list_without_a_name_is_refused(
    owner: PageClient, session: Session, store: Store, actor: Actor, name: str
) -> None:
    campaign = draft(session, actor, store)
    data = {"name": name, "holdout": "20", "purpose": "repurchase", "version": campaign.version}
    page = owner.post(f"/campaigns/{campaign.id}/people", data, 422, queries=STEP_QUERIES)
    assert "给名单起个名字" in page.text


def test_more_conditions_than_a_filter_holds_are_refused(
    owner: PageClient, session: Session, store: Store, actor: Actor
) -> None:
    many = [("orders_count", ">=", n) for n in range(19)]
    campaign = make_campaign(session, actor, ("store_id", "is", store.id), *many)
    page = show(owner, campaign)
    data = page.fields(page.form_of("重新算人数"))
    data.pop("csrf_token")
    path = f"/campaigns/{campaign.id}/people"
    page = owner.post(path, {**data, "days": "14"}, 422, queries=STEP_QUERIES)
    assert "最多 20 个条件" in page.text
    show(owner, campaign)


def test_key_of_a_new_list_may_hold_anything(owner: PageClient, session: Session) -> None:
    owner.post("/campaigns", {"key": "a\x00b"})
    assert session.scalar(select(Campaign.client_key)) == "ab"
