"""The manager of a store is signed in, before a group of hers."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.groups.models import ChatGroup
from crm.stores.models import Store
from tests.client import PageClient
from tests.factories.groups import make_group
from tests.factories.stores import make_staff
from tests.html import Page


@pytest.fixture
def group(session: Session, store: Store) -> ChatGroup:
    return make_group(session, store=store, member_count=186)


@pytest.fixture
def page(page: PageClient, session: Session, store: Store) -> PageClient:
    """王梅, who manages the store of the group."""
    page.sign_in(make_staff(session, Role.MANAGER, store, name="王梅"))
    return page


def tap(page: PageClient, got: Page, button: str) -> None:
    """Press a one-button form; a complaint takes more statements than most."""
    form = got.form_of(button)
    data = {name: value for name, value in got.fields(form).items() if name != "csrf_token"}
    page.post(form.get("action") or "", data, queries=120)


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0
