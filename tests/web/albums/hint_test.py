"""Near the limit of her time a contact's page offers albums: one tap copies a link and logs it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.albums import service
from crm.attention.models import Touch
from crm.attention.rules import TouchKind
from tests.factories.albums import make_album, put_in
from tests.factories.attention import make_touch
from tests.factories.contacts import make_contact
from tests.factories.stores import actor_of, make_store

BUTTON = "复制链接并记上 今天的壶"


@pytest.fixture
def album(session, store, staff, settings):
    album = make_album(session, "今天的壶", store, staff)
    put_in(session, album, settings.albums_dir, "red")
    return album


@pytest.fixture
def contact(session, store):
    return make_contact(session, store=store)


def use(session, contact, staff, minutes, now):
    make_touch(session, contact, actor=actor_of(session, staff), minutes=minutes, now=now)


def offered(page, contact):
    got = page.get(f"/contacts/{contact.id}", queries=30)
    return [name for name in got.buttons if name.startswith("复制链接")]


@pytest.mark.parametrize(("minutes", "there"), [(23, False), (24, True), (30, True), (40, True)])
def test_album_is_offered_from_80_percent(
    page, session, staff, album, contact, now, minutes, there
):
    use(session, contact, staff, minutes, now)
    assert offered(page, contact) == ([BUTTON] if there else [])


def test_one_tap_logs_a_minute_of_photos_that_can_be_undone(
    page, session, staff, album, contact, now
):
    use(session, contact, staff, 25, now)
    got = page.get(f"/contacts/{contact.id}", queries=30)
    box = got.one("input", id=f"album-{album.id}")
    assert box.get("value").endswith(f"/share/{album.token}")
    assert got.one("button", BUTTON).get("data-copy") == f"#album-{album.id}"
    page.submit(got, BUTTON)
    touch = session.scalars(select(Touch).order_by(Touch.id.desc()).limit(1)).one()
    assert (touch.contact_id, touch.kind, touch.seconds) == (contact.id, TouchKind.PHOTO, 60)
    assert "今天的壶" in touch.note
    page.submit(page.get(page.location, queries=30), "撤销")
    session.refresh(touch)
    assert touch.undone_at is not None


@pytest.mark.parametrize("why", ["empty", "expired", "withdrawn", "removed", "other store"])
def test_album_that_a_customer_could_not_open_is_not_offered(
    page, session, staff, store, contact, now, settings, why
):
    use(session, contact, staff, 25, now)
    place = make_store(session, "中山路店") if why == "other store" else store
    album = make_album(session, "今天的壶", place)
    actor = actor_of(session, staff)
    if why != "empty":
        put_in(session, album, settings.albums_dir, "red")
    if why == "expired":
        album.expires_at = now - timedelta(seconds=1)
    elif why == "withdrawn":
        service.withdraw_link(session, album, actor=actor, now=now)
    elif why == "removed":
        service.remove_album(session, album, actor=actor, now=now)
    assert offered(page, contact) == []


def test_newest_three_are_offered(page, session, staff, store, contact, now, settings):
    use(session, contact, staff, 25, now)
    for number in range(5):
        at = now - timedelta(days=5 - number)
        album = make_album(session, f"图册 {number}", store, staff, days=30, now=at)
        put_in(session, album, settings.albums_dir, "red")
    assert offered(page, contact) == [f"复制链接并记上 图册 {number}" for number in (4, 3, 2)]


def test_far_from_the_limit_the_page_asks_no_more_than_before(
    page, session, staff, album, contact, now
):
    page.get(f"/contacts/{contact.id}", queries=30)
    assert not [one for one in page.statements if "album" in one]


@pytest.mark.parametrize(("base", "warned"), [("http://shop.example.com", False), ("", True)])
def test_link_that_only_the_shop_can_open_is_said(
    page, app, session, staff, album, contact, now, base, warned
):
    use(session, contact, staff, 25, now)
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, base_url=base)
    text = page.get(f"/contacts/{contact.id}", queries=30).text
    assert ("只在店里的网络能打开" in text) is warned


@pytest.mark.parametrize(("minutes", "there"), [(23, False), (24, True), (40, True)])
def test_where_no_album_is_open_one_can_be_made(page, session, staff, contact, now, minutes, there):
    use(session, contact, staff, minutes, now)
    got = page.get(f"/contacts/{contact.id}", queries=30)
    assert ("建一个图册" in got.links) is there
    if there:
        assert got.link("建一个图册") == "/albums/new"


def test_where_an_album_is_open_it_is_offered_alone(page, session, staff, album, contact, now):
    use(session, contact, staff, 25, now)
    assert "建一个图册" not in page.get(f"/contacts/{contact.id}", queries=30).links
