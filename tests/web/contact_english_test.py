"""A contact's pages in English say in English what the shop's software says in Chinese."""

import pytest

from crm.accounts.rules import Role
from crm.contacts.models import ContactTag
from crm.orders.rules import OrderStatus
from tests.factories.contacts import make_contact
from tests.factories.orders import make_orders
from tests.factories.stores import make_staff, make_store


@pytest.fixture
def store(session):
    return make_store(session, "Main Street")


@pytest.fixture
def page(page, session, store):
    page.sign_in(make_staff(session, Role.LEAD, store, name="Ann"))
    return page


@pytest.mark.parametrize("status", list(OrderStatus), ids=lambda status: status.value)
def test_state_of_an_order_is_said_in_the_language_of_the_page(session, page, store, status):
    contact = make_contact(session, store=store, name="Lily")
    make_orders(session, contact, 10, status=status, status_text="交易成功")
    text = page.get(f"/contacts/{contact.id}?lang=en", queries=30).text
    assert status.value.capitalize() in text
    assert "交易成功" not in text


def test_tags_side_by_side_are_listed_in_english(session, page, store, now):
    ann = make_staff(session, Role.MANAGER, store)
    kept, other = (make_contact(session, store=store, name=name) for name in ("Lily", "Lily Z"))
    for tag in ("linen", "silk"):
        session.add(ContactTag(contact_id=kept.id, tag=tag, tagged_by=ann.id, tagged_at=now))
    session.flush()
    text = page.get(f"/contacts/{kept.id}/merge?with={other.id}&lang=en").text
    assert "linen, silk" in text
    assert "、" not in text
