"""What an old tab or a second tap does to the link of an album, and what is said of it."""

from datetime import timedelta

import pytest


def act(page, album, name):
    """What the page says after an act on the link."""
    page.post(f"/albums/{album.id}/link/{name}")
    return page.get(page.location).text


def test_old_tab_does_not_change_a_link_that_customers_use(page, session, album):
    before = (album.token, album.expires_at)
    text = act(page, album, "renew")
    assert "现在用的就是这个链接" in text
    assert "旧的打不开了" not in text
    session.refresh(album)
    assert (album.token, album.expires_at) == before
    page.get(f"/share/{before[0]}")


def test_second_tap_leaves_the_new_link_as_it_is(page, session, album):
    old = album.token
    act(page, album, "withdraw")
    assert "换了新链接" in act(page, album, "renew")
    session.refresh(album)
    new = album.token
    assert "现在用的就是这个链接" in act(page, album, "renew")
    session.refresh(album)
    assert album.token == new != old
    page.get(f"/share/{old}", 404)
    page.get(f"/share/{new}")


@pytest.mark.parametrize(
    ("left", "words"),
    [(timedelta(minutes=5), "链接又能打开了"), (-timedelta(minutes=5), "期限已经过了，还打不开")],
    ids=["in time", "over"],
)
def test_link_that_comes_back_is_said_to_open_only_if_it_does(
    page, session, album, now, left, words
):
    act(page, album, "withdraw")
    album.expires_at = now + left
    session.flush()
    text = act(page, album, "restore")
    assert words in text
    assert ("又能打开了" in text) is (left > timedelta(0))
    page.get(f"/share/{album.token}", 200 if left > timedelta(0) else 410)
