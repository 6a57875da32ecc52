"""The page that hands one contact on, and its undo; a role changed on the team page."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.accounts.models import StaffStore
from crm.accounts.rules import Role
from crm.complaints.rules.words import Channel, EventType
from crm.contacts.models import Contact
from crm.lifecycle.models import HandOver
from crm.lifecycle.rules.merging import Merge
from crm.lifecycle.service.merging import merge
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import make_staff


@pytest.fixture
def heir(session, desk):
    heir = make_staff(session, Role.MANAGER, desk.store, name="陈芳")
    session.commit()
    return heir


@pytest.fixture
def her(session, desk):
    her = make_contact(session, "柳金枝", store=desk.store, actor=desk.manager)
    make_noise(session)
    session.commit()
    return her


def owner_of(session, her):
    session.expire_all()
    return session.get_one(Contact, her.id).owner_id


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("who", ["manager", "lead", "owner"])
def test_handed_on_from_her_page_and_back(as_, session, desk, heir, her, who, lang):
    page, hand_over = as_(who), "转给" if lang == "zh" else "Hand over"
    shown = page.get(f"/contacts/{her.id}", lang=lang, queries=26)
    form = page.get(shown.link(hand_over))
    assert form.h1 == ("转给同事：柳金枝" if lang == "zh" else "Hand over: 柳金枝")
    assert "李晓" not in form.text  # of another store
    page.submit(form, hand_over, to_id=str(heir.id))
    assert owner_of(session, her) == heir.id
    after = page.get(page.location, queries=26)
    assert any("陈芳" in said for said in after.role("status"))
    page.submit(after, f"撤销 {hand_over}" if lang == "zh" else f"Undo {hand_over}")
    assert owner_of(session, her) == desk.manager.id
    assert "陈芳" not in page.get(f"/contacts/{her.id}", queries=26).text


@pytest.mark.parametrize(
    ("lang", "said", "nobody"),
    [
        ("zh", "没有撤销，现在由 李晓 照看", "没有撤销，现在没有人照看"),
        ("en", "Not undone: 李晓 looks after her now", "Not undone: nobody looks after her now"),
    ],
)
def test_undo_that_came_too_late_says_who_has_her(
    as_, session, desk, heir, her, lang, said, nobody
):
    page = as_("manager")
    page.get("/today", lang=lang)
    page.post(f"/contacts/{her.id}/hand-on", {"to_id": str(heir.id)})
    act = page.get(page.location, queries=26).form_of(
        "撤销 转给" if lang == "zh" else "Undo Hand over"
    )
    for owner_id, words in ((desk.stranger.id, said), (None, nobody)):
        session.get_one(Contact, her.id).owner_id = owner_id
        session.commit()
        page.post(act.get("action"), {})
        shown = page.get(page.location, queries=26).role("status")
        assert any(words in one for one in shown), shown
        assert owner_of(session, her) == owner_id


def test_second_tap_changes_nothing(as_, session, heir, her):
    page = as_("manager")
    for _ in range(2):
        page.post(f"/contacts/{her.id}/hand-on", {"to_id": str(heir.id)})
    assert owner_of(session, her) == heir.id
    assert "陈芳" in page.get(f"/contacts/{her.id}", queries=26).text


@pytest.mark.parametrize("bad", ["", "0", "999999", "x", "４", "-1", "stranger"])
def test_bad_choice_is_said_and_nothing_moves(as_, session, desk, heir, her, bad):
    page = as_("manager")
    chosen = str(desk.stranger.id) if bad == "stranger" else bad
    shown = page.post(f"/contacts/{her.id}/hand-on", {"to_id": chosen}, 422)
    assert "选一位同事" in shown.text
    assert owner_of(session, her) == desk.manager.id


def test_store_with_nobody_else_says_so(as_, session, desk, her):
    for who in ("lead", "owner"):
        desk.staff[who].disabled_at = desk.now
    session.commit()
    assert "这家店没有别的同事" in as_("manager").get(f"/contacts/{her.id}/hand-on").text


def test_others_neither_hand_on_nor_take_back(as_, session, desk, heir, her):
    helper = make_staff(session, Role.ASSISTANT, desk.store, name="小赵")
    session.commit()
    desk.staff["assistant"] = helper
    for who, status in (("assistant", 403), ("stranger", 404)):
        page = as_(who)
        page.get(f"/contacts/{her.id}/hand-on", status)
        page.post(f"/contacts/{her.id}/hand-on", {"to_id": str(heir.id)}, status)
    page = as_("owner")
    page.post(f"/contacts/{her.id}/hand-on", {"to_id": str(heir.id)})
    act = page.get(f"/contacts/{her.id}", queries=26).form_of("撤销 转给").get("action")
    assert "撤销 转给" not in as_("manager").get(f"/contacts/{her.id}", queries=26).buttons
    page.post(act, {}, 403)
    page.post(f"/contacts/{her.id}/hand-on/999999/undo", {}, 404)
    assert owner_of(session, her) == heir.id


def undo_of(page, her, lang="zh"):
    shown = page.get(f"/contacts/{her.id}", queries=26)
    return shown.form_of("撤销 转给" if lang == "zh" else "Undo Hand over").get("action")


def test_undo_by_an_address_from_before_a_merge(as_, session, desk, heir, her):
    other = make_contact(session, "柳枝", store=desk.store, actor=desk.manager)
    session.commit()
    page = as_("manager")
    page.post(f"/contacts/{other.id}/hand-on", {"to_id": str(heir.id)})
    merged = undo_of(page, other)
    merge(session, Merge(her.id, other.id), actor=desk.owner, now=desk.now)
    session.commit()
    for path in (merged, merged.replace(f"/{other.id}/", f"/{her.id}/")):
        page.post(path, {})
        shown = page.get(f"/contacts/{her.id}", queries=26)
        assert any("没有撤销，现在由 王梅 照看" in one for one in shown.role("status"))
    page.post(f"/contacts/{other.id}/hand-on", {"to_id": str(heir.id)})
    assert owner_of(session, her) == heir.id
    page.get(f"/contacts/{her.id}", queries=26)  # the notice is seen
    page.post(undo_of(page, her).replace(f"/{her.id}/", f"/{other.id}/"), {})
    assert owner_of(session, her) == desk.manager.id


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "之前已经撤销了"), ("en", "This was undone before")]
)
def test_second_undo_says_that_she_is_back(as_, session, desk, heir, her, lang, said):
    page = as_("manager")
    page.get("/today", lang=lang)
    page.post(f"/contacts/{her.id}/hand-on", {"to_id": str(heir.id)})
    act = undo_of(page, her, lang)
    page.post(act, {})
    page.get(page.location, queries=26)
    page.post(act, {})
    assert any(said in one for one in page.get(page.location, queries=26).role("status"))
    assert owner_of(session, her) == desk.manager.id


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", "没有撤销：原来照看的人已经不在这家店"),
        ("en", "Not undone: whoever looked after her is not in this store any more"),
    ],
)
def test_undo_to_who_left_the_store_says_so(as_, session, desk, heir, her, lang, said):
    page = as_("owner")
    page.get("/today", lang=lang)
    page.post(f"/contacts/{her.id}/hand-on", {"to_id": str(heir.id)})
    act = undo_of(page, her, lang)
    away = {"role": "manager", "stores": str(desk.other.id)}
    page.post(f"/settings/team/{desk.manager.id}/role", away, queries=90)
    page.post(act, {})
    shown = page.get(f"/contacts/{her.id}", queries=26).role("status")
    assert any(said in one for one in shown), shown
    assert owner_of(session, her) == heir.id


def test_undo_is_offered_only_while_it_works(as_, session, desk, heir, her):
    page = as_("manager")
    page.post(f"/contacts/{her.id}/hand-on", {"to_id": str(heir.id)})
    page.get(page.location, queries=26)  # the notice of it is seen
    act, undo = undo_of(page, her), "撤销 转给"
    her.owner_id = desk.lead.id
    session.commit()
    assert undo not in page.get(f"/contacts/{her.id}", queries=26).buttons
    her.owner_id = heir.id
    session.commit()
    assert undo in page.get(f"/contacts/{her.id}", queries=26).buttons
    handed = session.scalars(select(HandOver)).one()
    handed.handed_at = desk.now - timedelta(days=1, minutes=1)
    session.commit()
    assert undo not in page.get(f"/contacts/{her.id}", queries=26).buttons
    page.post(act, {})
    late = page.get(page.location, queries=26).role("status")
    assert any("超过 24 小时" in one for one in late), late
    assert owner_of(session, her) == heir.id


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_changed_stores_show_who_answers_for_her_complaints_now(as_, desk, session, lang):
    case = desk.opened(channel=Channel.PRIVATE)
    desk.happened(case, EventType.ACKNOWLEDGED)
    page = as_("owner")
    page.get("/settings/team", lang=lang)
    changed = {"role": "manager", "stores": str(desk.other.id)}
    page.post(f"/settings/team/{desk.manager.id}/role", changed, queries=90)
    result = page.get(page.location)
    assert ("客诉 1" if lang == "zh" else "Complaints 1") in result.text
    assert desk.fresh(case).assignee_id not in {None, desk.manager.id}
    stores = select(StaffStore.store_id).where(StaffStore.staff_id == desk.manager.id)
    assert session.scalars(stores).all() == [desk.other.id]
