"""The page of an incident: its figures, its complaints, who else bought the same."""

import pytest
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.complaints.models import Complaint
from crm.complaints.rules.words import Category, EventType
from crm.orders.rules import NewLine
from tests.client import PageClient
from tests.factories.contacts import make_contact
from tests.factories.desk import MINUTE, Desk
from tests.factories.groups import make_member
from tests.factories.orders import make_orders
from tests.factories.stores import make_staff
from tests.html import text_of

E = EventType


@pytest.fixture
def shop(session: Session) -> Desk:
    desk = Desk(session)
    desk.group.member_count = 480
    session.flush()
    return desk


def spread(shop: Desk, now) -> list[Complaint]:
    """Two ordinary complaints about one dress, then two doubters."""
    dress = {"product_ref": "碎花连衣裙 M", "category": Category.QUALITY}
    both = [
        shop.log(now, reporter_name=who, occurred_at=now - 20 * MINUTE, **dress)
        for who in ("陈姐", "小鹿")
    ]
    for minutes, complaint in enumerate(both):
        data = {"signal": "doubt", "member": f"M{minutes}"}
        shop.record(complaint, E.ONLOOKER_SIGNAL, now, at=now - 19 * MINUTE, data=data)
    return both


def test_incident_shows_state_silence_exposure_and_each_childs_clocks(
    shop: Desk, page: PageClient, now
):
    first, second = spread(shop, now)
    shop.record(first, E.HOLDING_REPLY, now, at=now - 6 * MINUTE)
    page.sign_in(shop.staff["lead"])
    got = page.get(f"/incidents/{first.incident_id}", queries=14)
    assert "正在扩散" in got.text
    assert "6,720 人·分钟" in got.text
    assert "480 人 × 14 分钟" in got.text
    assert "质疑 2" in got.text
    assert "M0" not in got.text
    for complaint in (first, second):
        assert got.link(f"#{complaint.short_no} 「收到的裙子吊牌不对，是不是假货？」")
    assert len(got.all(role="timer")) >= 4
    assert "先别发，客诉" in got.text


def test_sales_are_for_those_who_see_results_and_of_their_stores(
    shop: Desk, page: PageClient, session: Session, now
):
    strange = make_contact(session, "别店的", store=shop.other)
    make_member(session, shop.group, "别店的", contact_id=strange.id)
    make_orders(session, strange, 3, 5, 9)
    first, _second = spread(shop, now)
    path = f"/incidents/{first.incident_id}"
    page.sign_in(make_staff(session, Role.ASSISTANT, shop.store, name="小季"))
    assert "前后的订单" not in page.get(path).text
    for name, orders in (("manager", "0"), ("lead", "3")):
        page.sign_in(shop.staff[name])
        rows = [text_of(row) for row in page.get(path, queries=14).all("tr")]
        assert f"{shop.group.name}{orders}0" in next(r for r in rows if shop.group.name in r)


def test_incident_of_another_store_is_not_found(shop: Desk, page: PageClient, now):
    first, _second = spread(shop, now)
    page.sign_in(shop.staff["stranger"])
    page.get(f"/incidents/{first.incident_id}", status=404)
    page.post(f"/incidents/{first.incident_id}/cause", {}, status=404)
    page.get(f"/complaints/{first.id}/matter", status=404)
    page.post(f"/complaints/{first.id}/matter", {}, status=404)


def buys(session: Session, shop: Desk, name: str, *days_ago: int, store=None, **more):
    contact = make_contact(session, name, store=store or shop.store)
    lines = (NewLine("碎花连衣裙 M", 1, 32900, "裙"),)
    make_orders(session, contact, *days_ago, lines=lines, **more)
    return contact


def test_others_who_bought_the_same_are_told_one_by_one(
    shop: Desk, page: PageClient, session: Session, now
):
    quiet = buys(session, shop, "苏苏", 3)
    quiet.do_not_contact_at = now
    buys(session, shop, "安安", 12)
    buys(session, shop, "早就买过", 45)
    buys(session, shop, "别店的", 2, store=shop.other)
    first, _second = spread(shop, now)
    path = f"/incidents/{first.incident_id}"
    page.sign_in(shop.staff["manager"])
    got = page.get(path, queries=14)
    assert got.link("苏苏")
    assert got.link("安安")
    assert "说过不要打扰" in got.text
    assert "早就买过" not in got.text
    assert "别店的" not in got.text
    assert "还有 2 位没说" in got.text
    page.submit(got, "已说明 苏苏")
    got = page.get(path, queries=14)
    assert "还有 1 位没说" in got.text
    assert "王梅 已说明" in got.text
    page.submit(got, "撤销 苏苏")
    assert "还有 2 位没说" in page.get(path, queries=14).text


def test_window_and_product_can_be_corrected(shop: Desk, page: PageClient, session: Session, now):
    buys(session, shop, "早就买过", 45)
    first, _second = spread(shop, now)
    path = f"/incidents/{first.incident_id}"
    page.sign_in(shop.staff["lead"])
    got = page.get(path, queries=14)
    assert "这些天没有别人买过" in got.text
    page.submit(got, "保存", bought_from="2025-04-01", packer_ref="拣货 2 号")
    got = page.get(path, queries=15)
    assert got.link("早就买过")
    refused = page.submit(got, "保存", bought_until="2025-03-01", status=422)
    assert "结束日不能早于开始日" in refused.text


def test_complaint_of_the_same_packer_is_listed(
    shop: Desk, page: PageClient, session: Session, now
):
    other = shop.log(now, reporter_name="阿玲", product_ref="针织上衣")
    other.packer_ref = "拣货 2 号"
    first, _second = spread(shop, now)
    page.sign_in(shop.staff["lead"])
    got = page.get(f"/incidents/{first.incident_id}", queries=14)
    page.submit(got, "保存", packer_ref="拣货 2 号")
    got = page.get(f"/incidents/{first.incident_id}", queries=15)
    assert got.link(f"#{other.short_no}")


def test_naming_the_product_moves_a_complaint_between_matters(
    shop: Desk, page: PageClient, session: Session, now
):
    first, second = spread(shop, now)
    page.sign_in(shop.staff["lead"])
    path = f"/complaints/{second.id}/matter"
    assert page.get(path).fields()["product_ref"] == "碎花连衣裙 M"
    page.post(path, {"product_ref": "针织上衣"}, queries=90)
    session.expire_all()
    assert (first.incident_id, second.incident_id) == (None, None)
    assert (first.severity, second.severity) == (2, 2)
    page.post(path, {"product_ref": "碎花连衣裙 M"}, queries=90)
    session.expire_all()
    assert first.severity == 1
    assert first.incident_id == second.incident_id is not None


def test_complaint_board_and_group_lead_to_the_incident(shop: Desk, page: PageClient, now):
    first, _second = spread(shop, now)
    page.sign_in(shop.staff["manager"])
    for path in ("/complaints", f"/complaints/{first.id}", f"/groups/{shop.group.id}"):
        links = page.get(path, queries=30).links.values()
        assert f"/incidents/{first.incident_id}" in links


def test_taken_back_incident_says_so(shop: Desk, page: PageClient, session: Session, now):
    first, second = spread(shop, now)
    incident_id = first.incident_id
    shop.record(second, E.UNDONE, now, data={"seq": 2})
    session.flush()
    page.sign_in(shop.staff["lead"])
    got = page.get(f"/incidents/{incident_id}", queries=14)
    assert "已经撤销" in got.text


def test_owner_sets_how_long_complaints_are_kept(shop: Desk, page: PageClient):
    page.sign_in(shop.staff["owner"])
    got = page.get("/settings/keeping")
    assert got.fields()["days"] == "180"
    page.submit(got, "保存", days="90")
    got = page.get("/settings/keeping")
    assert got.fields()["days"] == "90"
    assert "24 小时后才开始删" in got.text
    for wrong in ("29", "1826", "x", ""):
        refused = page.submit(got, "保存", days=wrong, status=422)
        assert "填 30 到 1825 之间的天数" in refused.text
    page.sign_in(shop.staff["lead"])
    page.get("/settings/keeping", status=403)
