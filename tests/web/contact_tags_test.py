"""Tags on a contact's page: given, taken away, and either taken back with one tap."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.accounts.rules import Role
from crm.contacts.models import ContactTag
from crm.contacts.rules import TAGS_MAX
from tests.factories.contacts import make_contact
from tests.factories.stores import make_staff

QUERIES = 28


@pytest.fixture
def chen(session, store, wang, now):
    return make_contact(
        session, store=store, actor=wang, now=now - timedelta(days=200), tags=("怕热面料",)
    )


def show(page, contact):
    return page.get(f"/contacts/{contact.id}", queries=QUERIES)


def test_tag_is_given_and_taken(session, page, chen):
    page.submit(show(page, chen), "加标签", tag="旗袍")
    assert "旗袍" in show(page, chen).text
    got = page.get(f"/contacts/{chen.id}/edit")
    page.submit(got, "去掉「旗袍」")
    assert "旗袍" not in show(page, chen).one("section", aria_labelledby="tags").itertext()


def given_tags(session, chen):
    session.expire_all()
    hers = select(ContactTag.tag, ContactTag.tagged_by, ContactTag.tagged_at)
    return session.execute(hers.where(ContactTag.contact_id == chen.id).order_by("tag")).all()


def test_removed_tag_comes_back_as_it_was_given(session, page, chen):
    for tag in ("旗袍", "老客"):
        page.submit(show(page, chen), "加标签", tag=tag)
    before = given_tags(session, chen)
    removed = []
    for tag in ("旗袍", "老客"):
        page.submit(page.get(f"/contacts/{chen.id}/edit"), f"去掉「{tag}」")
        removed.append(page.get(page.location, queries=26))
    assert len(given_tags(session, chen)) == len(before) - 2
    page.submit(removed[0], "撤销")
    assert "请重新加" in page.get(page.location, queries=26).text  # only the last one
    for _tap in range(2):
        page.submit(removed[1], "撤销")
        assert "已撤销" in page.get(page.location, queries=26).text
    assert given_tags(session, chen) == [row for row in before if row.tag != "旗袍"]
    page.post(f"/contacts/{chen.id}/tags/remove", {"tag": "没有的"})
    assert "撤销" not in page.get(page.location, queries=26).buttons


def test_tag_just_given_is_taken_back_and_a_second_tap_takes_no_other(session, page, chen):
    for tag in ("旗袍", "老客"):
        page.submit(show(page, chen), "加标签", tag=tag)
    got = show(page, chen)  # its status line offers it too
    assert [name for name in got.buttons if name.startswith("撤销")].count("撤销") == 1
    assert "撤销 标签：旗袍" in got.buttons
    for _tap in range(2):
        page.submit(got, "撤销 标签：老客")
    tags = select(ContactTag.tag).order_by(ContactTag.tag)
    assert session.scalars(tags.where(ContactTag.contact_id == chen.id)).all() == [
        "怕热面料",
        "旗袍",
    ]
    page.submit(show(page, chen), "加标签", tag="旗袍")  # she has it: nothing to take back
    assert "撤销" not in show(page, chen).buttons
    page.post(f"/contacts/{chen.id}/tags/undo", {})  # names none, takes none
    assert len(given_tags(session, chen)) == 2


def test_undo_of_one_of_two_tags_given_at_one_moment_takes_that_one(session, page, store, wang):
    her = make_contact(session, "丁丽", store=store, actor=wang, tags=("老客", "VIP"))  # as a file
    got = show(page, her)
    for _tap in range(2):
        page.submit(got, "撤销 标签：VIP")
        assert [row.tag for row in given_tags(session, her)] == ["老客"]
    page.submit(got, "撤销 标签：老客")
    assert given_tags(session, her) == []


def test_removed_tags_of_one_moment_are_not_taken_for_each_other(session, page, chen):
    page.submit(show(page, chen), "加标签", tag="旗袍")
    removed = []
    for tag in ("旗袍", "怕热面料"):
        page.submit(page.get(f"/contacts/{chen.id}/edit"), f"去掉「{tag}」")
        removed.append(page.get(page.location, queries=QUERIES))
    page.submit(removed[0], "撤销")
    assert given_tags(session, chen) == []
    page.submit(removed[1], "撤销")
    assert [row.tag for row in given_tags(session, chen)] == ["怕热面料"]


def test_undo_takes_no_tag_that_a_colleague_gave_again_since(session, page, store, chen):
    page.submit(show(page, chen), "加标签", tag="旗袍")
    stale = show(page, chen)
    lin = make_staff(session, Role.MANAGER, store, name="林敏")
    row = session.get_one(ContactTag, (chen.id, "旗袍"))
    row.tagged_by = lin.id
    session.flush()
    page.submit(stale, "撤销 标签：旗袍")
    got = show(page, chen)
    assert "没有撤销：「旗袍」是同事加的" in got.text
    assert "撤销 标签：旗袍" not in got.buttons
    assert ("旗袍", lin.id) in [(row.tag, row.tagged_by) for row in given_tags(session, chen)]


@pytest.mark.parametrize(("hours", "is_taken"), [(23, True), (25, False)])
def test_tag_given_is_taken_back_within_a_day(session, page, chen, now, hours, is_taken):
    page.submit(show(page, chen), "加标签", tag="旗袍")
    stale = show(page, chen)
    session.get_one(ContactTag, (chen.id, "旗袍")).tagged_at = now - timedelta(hours=hours)
    session.flush()
    page.submit(stale, "撤销 标签：旗袍")
    assert ("没有撤销" in show(page, chen).text) is not is_taken
    assert len(given_tags(session, chen)) == (1 if is_taken else 2)


def removed(page, chen, tag):
    page.submit(page.get(f"/contacts/{chen.id}/edit"), f"去掉「{tag}」")
    return page.get(page.location, queries=QUERIES)


def test_undo_of_a_removed_tag_is_not_played_again(session, page, chen):
    page.submit(show(page, chen), "加标签", tag="旗袍")
    once = removed(page, chen, "旗袍")
    for _tap in range(2):
        page.submit(once, "撤销")
        assert "已撤销" in show(page, chen).text
    session.delete(session.get_one(ContactTag, (chen.id, "旗袍")))  # a colleague, elsewhere
    session.flush()
    page.submit(once, "撤销")
    assert "请重新加" in show(page, chen).text
    assert [row.tag for row in given_tags(session, chen)] == ["怕热面料"]


@pytest.mark.parametrize(("hours", "is_back"), [(23, True), (25, False)])
def test_removed_tag_is_put_back_within_a_day(session, page, chen, now, hours, is_back):
    got = removed(page, chen, "怕热面料")
    clock.set_offset(timedelta(0))
    clock.set_offset(now + timedelta(hours=hours) - clock.now())
    page.submit(got, "撤销")
    assert ("请重新加" in show(page, chen).text) is not is_back
    assert len(given_tags(session, chen)) == is_back


def test_number_in_a_tag_is_covered_in_the_answer_too(page, chen):
    page.post(f"/contacts/{chen.id}/tags", {"tag": "老客13900000177"})
    got = show(page, chen)
    assert "已加标签：老客139****0177" in got.text
    assert "13900000177" not in got.text


def test_undo_of_a_tag_with_a_number_says_that_the_number_is_kept(page, chen):
    page.post(f"/contacts/{chen.id}/tags", {"tag": "老客13900000177"})
    page.submit(show(page, chen), "撤销")
    assert "已撤销；标签里的号码 139****0177 仍在她的电话里" in show(page, chen).text
    for tag in ("137****0177", "老客"):  # no number of hers
        page.post(f"/contacts/{chen.id}/tags", {"tag": tag})
        page.submit(show(page, chen), "撤销")
        assert "留作" not in show(page, chen).text


@pytest.mark.parametrize("tag", ["", "  ", "长" * 21])
def test_bad_tag_is_refused_in_words(page, chen, tag):
    got = page.post(f"/contacts/{chen.id}/tags", {"tag": tag}, 422)
    assert got.role("alert")
    assert got.one("input", name="tag").get("value") == tag.strip()


def test_undo_for_which_there_was_no_room_is_not_used_up(session, page, chen, now):
    once = removed(page, chen, "怕热面料")
    full = [f"标签{number}" for number in range(TAGS_MAX)]
    session.add_all(ContactTag(contact_id=chen.id, tag=tag, tagged_at=now) for tag in full)
    session.flush()
    page.submit(once, "撤销")
    assert "先去掉" in show(page, chen).text
    session.delete(session.get_one(ContactTag, (chen.id, full[0])))
    session.flush()
    page.submit(once, "撤销")
    assert "怕热面料" in [row.tag for row in given_tags(session, chen)]
