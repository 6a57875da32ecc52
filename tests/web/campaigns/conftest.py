"""The owner of a store with lists, or its manager, is signed in; another store lies beside."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.rules import Actor, Role
from crm.campaigns.models import Campaign
from crm.contacts.models import Contact
from crm.stores.models import Store
from tests.client import PageClient
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_contact, make_noise
from tests.factories.orders import make_orders
from tests.factories.stores import actor_of, make_staff, make_store
from tests.html import Page

STEP_QUERIES = 30
"""A list is read anew: matching, holds, time, other lists, and what can be chosen."""


@pytest.fixture
def store(session: Session) -> Store:
    make_noise(session)
    return make_store(session)


@pytest.fixture
def boss(session: Session, store: Store) -> Staff:
    return make_staff(session, Role.OWNER, name="阿俊")


@pytest.fixture
def actor(session: Session, boss: Staff) -> Actor:
    return actor_of(session, boss)


@pytest.fixture
def owner(page: PageClient, boss: Staff) -> PageClient:
    page.sign_in(boss)
    return page


@pytest.fixture
def manager(page: PageClient, session: Session, store: Store) -> PageClient:
    page.sign_in(make_staff(session, Role.MANAGER, store))
    return page


def buyers(session: Session, store: Store, count: int, **more: Any) -> list[Contact]:
    made = [make_contact(session, f"顾客{n}", store=store, **more) for n in range(count)]
    for contact in made:
        make_orders(session, contact, 60)
    return made


def draft(session: Session, actor: Actor, store: Store, **overrides: Any) -> Campaign:
    return make_campaign(session, actor, ("store_id", "is", store.id), **overrides)


def show(client: PageClient, campaign: Campaign, step: str = "people", **query: Any) -> Page:
    return client.get(f"/campaigns/{campaign.id}", step=step, queries=STEP_QUERIES, **query)
