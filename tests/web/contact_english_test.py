"""Pages in English say in English what the shop's software says in Chinese."""

import io

import pytest

from crm.accounts.rules import Role
from crm.contacts.models import ContactTag
from crm.orders.rules import OrderStatus
from tests.factories.contacts import make_contact
from tests.factories.orders import make_orders
from tests.factories.stores import make_staff, make_store
from tests.rules.shop_orders_samples import FIRST, as_csv


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


def test_stores_of_a_manager_are_listed_in_english(session, page, store):
    both = (store, make_store(session, "East Side"))
    page.sign_in(make_staff(session, Role.MANAGER, *both, name="Bea"))
    text = page.get("/contacts?lang=en").text
    assert "Main Street, East Side" in text
    assert "、" not in text


def test_hours_are_listed_in_english_and_may_be_sent_back_so(session, page):
    page.sign_in(make_staff(session, Role.OWNER, name="Cy"))
    got = page.get("/settings/hours/week?lang=en")
    page.submit(got, "Save", day_0="9:00-12:00,13:30-18:00")
    got = page.get("/settings/hours/week")
    assert got.one("input", name="day_0").get("value") == "09:00–12:00, 13:30–18:00"
    page.submit(got, "Save")


def test_one_order_is_not_orders(session, page, store):
    page.sign_in(make_staff(session, Role.OWNER, name="Cy"))
    file = (io.BytesIO(as_csv([FIRST], "utf-8")), "orders.csv")
    page.post("/imports?lang=en", {"kind": "orders", "file": file, "store": "0"})
    text = page.get(page.location).text
    assert "Orders found: 1" in text
    assert "1 orders" not in text
