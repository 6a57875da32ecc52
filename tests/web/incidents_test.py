"""The page of an incident: its figures, its complaints, who else bought the same."""


import pytest
from sqlalchemy.orm import Session

from crm.complaints.models import Complaint
from crm.complaints.rules.words import Category, EventType
from tests.client import PageClient
from tests.factories.desk import MINUTE, Desk

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


def test_incident_of_another_store_is_not_found(shop: Desk, page: PageClient, now):
    first, _second = spread(shop, now)
    page.sign_in(shop.staff["stranger"])
    page.get(f"/incidents/{first.incident_id}", status=404)
    page.post(f"/incidents/{first.incident_id}/cause", {}, status=404)
    page.get(f"/complaints/{first.id}/matter", status=404)
    page.post(f"/complaints/{first.id}/matter", {}, status=404)
