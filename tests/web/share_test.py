"""What customers see behind a link, without sign-in: one album, or friendly words."""

import logging
from datetime import timedelta

import pytest

from crm.accounts.rules import Role
from crm.albums import queries, service
from crm.albums.rules import is_public, public_root
from tests.factories.albums import make_album, put_in, take_out
from tests.factories.stores import actor_of, make_staff, make_store


@pytest.fixture
def staff(session):
    return make_staff(session, Role.MANAGER, make_store(session), name="王梅", login="wangmei")


@pytest.fixture
def album(session, staff, settings):
    album = make_album(session, staff=staff)
    put_in(session, album, settings.albums_dir, "red", "green", "blue")
    return album


@pytest.fixture(autouse=True)
def noise(session, settings):
    other = make_album(session, "别家的图册")
    put_in(session, other, settings.albums_dir, "black")
    return other


def test_customer_sees_the_photos_and_the_shop(page, album):
    got = page.get(f"/share/{album.token}", queries=6)
    assert got.h1 == album.name
    assert "锦禾女装" in got.text
    assert [text for text in got.links if text.startswith("第")] == [
        "第 1 张",
        "第 2 张",
        "第 3 张",
    ]


def test_customer_learns_nothing_of_staff_or_other_albums(page, session, staff, album, noise):
    bodies = []
    for path in ("", "/photo/2"):
        page.get(f"/share/{album.token}{path}")
        bodies.append(page.response.text)
    text = "".join(bodies)
    secrets = [staff.name, staff.login, noise.name, noise.token, "/albums", "/contacts", "csrf"]
    assert [one for one in secrets if one in text] == []
    (row,) = queries.photos_of(session, noise.id)
    page.get(f"/share/{album.token}/{row.name}.jpg", 404)


def test_signed_in_people_see_what_customers_see(page, album, staff):
    page.get(f"/share/{album.token}")
    before = page.response.text
    page.sign_in(staff)
    page.get(f"/share/{album.token}")
    assert page.response.text == before


def test_photo_is_large_with_its_neighbours(page, session, album):
    got = page.get(f"/share/{album.token}/photo/2")
    row = queries.photos_of(session, album.id)[1]
    assert got.one("img").get("src") == f"/share/{album.token}/{row.name}.jpg"
    assert got.link("上一张").endswith("/photo/1")
    assert got.link("下一张").endswith("/photo/3")
    assert "上一张" not in page.get(f"/share/{album.token}/photo/1").links
    assert "下一张" not in page.get(f"/share/{album.token}/photo/3").links
    page.get(f"/share/{album.token}/photo/9", 302)
    assert page.location == f"/share/{album.token}"


def test_photo_taken_out_leaves_its_neighbours_beside_each_other(page, session, album, now):
    take_out(session, queries.photos_of(session, album.id)[1], now=now)
    assert page.get(f"/share/{album.token}/photo/1").link("下一张").endswith("/photo/3")


@pytest.mark.parametrize("size", ["", "-small"])
def test_pictures_come_without_sign_in(page, session, album, size):
    for row in queries.photos_of(session, album.id):
        with page.client.get(f"/share/{album.token}/{row.name}{size}.jpg") as answer:
            assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
            assert answer.headers["Cache-Control"] == "private, no-cache"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["", "/photo/1"])
def test_no_search_engine_and_no_other_site_learns_the_address(page, album, path):
    got = page.get(f"/share/{album.token}{path}")
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert page.response.headers["X-Robots-Tag"].startswith("noindex")
    assert page.response.headers["Cache-Control"] == "no-store"
    assert got.one("meta", name="robots").get("content") == "noindex, nofollow"


def close(session, album, how, now):
    if how == "expired":
        album.expires_at = now
    elif how == "withdrawn":
        album.withdrawn_at = now
    else:
        album.removed_at = now
    session.flush()


@pytest.mark.parametrize("how", ["expired", "withdrawn", "removed"])
def test_link_that_is_over_says_whom_to_ask(page, session, album, now, how):
    row = queries.photos_of(session, album.id)[0]
    close(session, album, how, now)
    for path in ("", "/photo/1", f"/{row.name}.jpg", f"/{row.name}-small.jpg"):
        got = page.get(f"/share/{album.token}{path}", 410)
        assert got.h1 == "这个图册打不开了"
        assert album.name not in got.text
        assert page.response.headers["X-Robots-Tag"].startswith("noindex")


def test_link_opens_until_its_last_moment(page, session, album, now):
    album.expires_at = now + timedelta(minutes=1)
    page.get(f"/share/{album.token}")
    album.expires_at = now - timedelta(seconds=1)
    page.get(f"/share/{album.token}", 410)


def test_old_link_finds_nothing_after_a_new_one(page, session, staff, album, now):
    old = album.token
    actor = actor_of(session, staff)
    service.withdraw_link(session, album, actor=actor, now=now)
    service.renew_link(session, album, 7, actor=actor, now=now)
    page.get(f"/share/{old}", 404)
    page.get(f"/share/{album.token}")


@pytest.mark.parametrize(
    "token", ["x", "a" * 22, "a" * 4000, "%00", "..", "%20", "' OR 1=1 --", "%F0%9F%8D%B5", "1"]
)
def test_unknown_link_says_the_same_friendly_words(page, album, token):
    got = page.get(f"/share/{token}", 404)
    assert got.h1 == "这个图册打不开了"
    page.get(f"/share/{token}/photo/1", 404)
    page.get(f"/share/{token}/x.jpg", 404)


@pytest.mark.parametrize(
    "rest",
    ["/x.jpg", f"/{'a' * 32}.jpg", "/%00", "/photo/9999999999999", "/photo/x", "/photo/", "/a/b/c"],
)
def test_whatever_is_asked_of_an_open_link_is_answered_for_customers(page, album, rest):
    got = page.get(f"/share/{album.token}{rest}", 404)
    assert got.h1 == "这个图册打不开了"
    assert page.response.headers["X-Robots-Tag"].startswith("noindex")
    assert page.response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/share", "/share/", "/share/x/"])
def test_link_that_was_cut_short_says_the_same_friendly_words(page, album, path):
    got = page.get(path, 404)
    assert got.h1 == "这个图册打不开了"
    assert page.response.headers["X-Robots-Tag"].startswith("noindex")


def test_phone_asks_again_for_a_picture_and_gets_it_only_while_the_link_opens(
    page, session, album, now
):
    path = f"/share/{album.token}/{queries.photos_of(session, album.id)[0].name}.jpg"
    with page.client.get(path) as answer:
        tag = answer.headers["ETag"]
    with page.client.get(path, headers={"If-None-Match": tag}) as answer:
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["Cache-Control"] == "private, no-cache"
    close(session, album, "withdrawn", now)
    assert page.client.get(path, headers={"If-None-Match": tag}).status_code == 410


def test_token_is_never_the_same_and_hard_to_guess(session, album):
    tokens = {make_album(session).token for _ in range(20)} | {album.token}
    assert len(tokens) == 21
    assert min(map(len, tokens)) >= 22


def test_link_is_written_into_no_log(page, album, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    page.get(f"/share/{album.token}")
    monkeypatch.setattr("crm.albums.views.shared.queries.photos_of", lambda *_a: 1 / 0)
    page.get(f"/share/{album.token}", 500, skip=("title",))
    assert album.token not in caplog.text


def test_only_the_page_itself_can_be_asked_for(page, album):
    answer = page.client.post(f"/share/{album.token}", data={"csrf_token": page.csrf_token()})
    assert answer.status_code == 405


def test_english_customer_reads_english(page, album, session, now):
    assert "Photo 1" in page.get(f"/share/{album.token}", lang="en").links
    close(session, album, "expired", now)
    assert page.get(f"/share/{album.token}", 410).h1 == "This album does not open any more"


@pytest.mark.parametrize(
    ("base_url", "asked", "root"),
    [
        ("https://shop.cn", "http://192.168.1.5:8000", "https://shop.cn"),
        ("", "http://192.168.1.5:8000", "http://192.168.1.5:8000"),
        ("http://127.0.0.1:8000", "http://192.168.1.5:8000", "http://192.168.1.5:8000"),
        ("http://[::1]:8000", "http://shop.test", "http://shop.test"),
        ("http://localhost:8000", "http://shop.test", "http://shop.test"),
        ("http://192.168.1.5:8000", "http://127.0.0.1:8000", "http://192.168.1.5:8000"),
    ],
)
def test_link_begins_with_the_address_that_customers_reach(base_url, asked, root):
    assert public_root(base_url, asked) == root


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("https://shop.cn/share/x", True),
        ("http://203.0.113.9.example.com:8000", True),
        ("http://8.8.8.8", True),
        ("http://192.168.1.5:8000", False),
        ("http://shop", False),
        ("http://shop.local", False),
        ("http://shop.lan:8000", False),
        ("http://nas.home", False),
        ("http://nas.home.arpa", False),
        ("http://book.internal", False),
        ("http://book.localdomain", False),
    ],
)
def test_address_that_only_the_house_knows_is_not_public(address, public):
    assert is_public(address) is public


def test_withdrawn_link_is_not_extended_by_an_old_tab(page, session, album):
    page.sign_in(make_staff(session, Role.OWNER))
    before = album.expires_at
    page.post(f"/albums/{album.id}/link/withdraw")
    page.get(page.location)
    page.post(f"/albums/{album.id}/link", {"days": "30"})
    text = page.get(page.location).text
    assert "30 天内能打开" not in text
    assert "链接还是收回的" in text
    session.refresh(album)
    assert album.expires_at == before
