"""The status page: what the engine does, what it could not do, and how to try again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role
from crm.alerts import service as alerts
from crm.alerts.models import AlertAttempt
from crm.alerts.rules import AlertState, AttemptResult
from crm.audit.models import AuditEntry
from crm.integrations.models import OutsidePing
from crm.integrations.rules import ChannelState
from crm.workbench.queries.status import figures
from tests.conftest import NOW
from tests.factories.alerts import make_channel, outbox, raise_one
from tests.factories.stores import actor_of, make_staff, make_store
from tests.plans import plan_of

PATH = "/status"
URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=sesame"


@pytest.fixture
def owner(session, page):
    make_store(session)
    staff = make_staff(session, Role.OWNER)
    page.sign_in(staff)
    return actor_of(session, staff)


@pytest.fixture
def robot(session, owner):
    return make_channel(session, owner, url=URL)


def give_up(session, owner, count=1):
    for number in range(count):
        raise_one(session, owner.id, base=f"b{number}", short_no=100 + number)
    for alert in outbox(session):
        alert.state, alert.attempts = AlertState.DEAD, 1
        session.add(
            AlertAttempt(
                alert_id=alert.id,
                number=1,
                started_at=NOW,
                ended_at=NOW,
                result=AttemptResult.REFUSED,
                code="93000",
            )
        )
    session.commit()


def test_page_says_that_all_is_well(page, session, owner):
    alerts.beat(session, worker="4711", started_at=NOW - timedelta(hours=2), now=NOW)
    got = page.get(PATH)
    assert got.h1 == "运行状态"
    assert "进程 4711" in got.text
    assert "没有放弃的通知" in got.text
    assert "通道都通" in got.text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_shows_everything_that_needs_a_person(page, session, owner, robot, lang):
    alerts.beat(session, worker="4711", started_at=NOW, now=NOW - timedelta(minutes=5))
    give_up(session, owner)
    raise_one(session, owner.id, base="waits", fire_at=NOW - timedelta(minutes=3))
    robot.state, robot.last_code, robot.last_at = ChannelState.DISABLED, "93000", NOW
    session.add(
        AuditEntry(at=NOW, actor_id=None, action="complaint.steps_repaired", subject="complaint:1")
    )
    session.add(OutsidePing(sealed_url="x", last_at=NOW, last_code="timeout"))
    session.commit()
    got = page.get(PATH, lang=lang)
    for words in ("4711", "93000", "#100", "timeout", "look" if lang == "en" else "要看"):
        assert words in got.text


def test_alert_that_was_given_up_is_sent_again_by_a_button(page, session, owner, robot):
    give_up(session, owner, 2)
    got = page.get(PATH)
    page.submit(got, "再发 客诉 #100 · S1 紧急 · 期限到了，还没处理完 · 第 1 次提醒")
    session.expire_all()
    assert [alert.state for alert in outbox(session)] == [AlertState.PENDING, AlertState.DEAD]
    assert "1 条通知重新排上了" in page.get(PATH).text
    assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == (
        "alerts.retried"
    )


def test_all_that_were_given_up_are_sent_again_at_once(page, session, owner, robot):
    give_up(session, owner, 30)
    page.submit(page.get(PATH), "全部再发（30 条）")
    session.expire_all()
    assert {alert.state for alert in outbox(session)} == {AlertState.PENDING}


def test_alert_that_is_not_given_up_is_not_found(page, session, owner, robot):
    raise_one(session, owner.id)
    page.post(f"{PATH}/alerts/{outbox(session)[0].id}/retry", status=404)


def test_page_costs_the_same_whatever_lies_there(page, session, owner, robot):
    give_up(session, owner)
    page.get(PATH)
    few = len(page.statements)
    for number in range(30):
        raise_one(session, owner.id, base=f"more {number}")
        outbox(session)[-1].state = AlertState.DEAD
    session.commit()
    page.get(PATH)
    assert len(page.statements) == few


def test_figures_are_read_along_indexes(session, owner):
    plan = plan_of(session, lambda: session.execute(figures(NOW)).one())
    for index in ("ix_alert_next_at", "ix_alert_step_wake_at", "ix_alert_step_error"):
        assert index in plan


@pytest.mark.parametrize(
    ("role", "status"), [(Role.LEAD, 200), (Role.MANAGER, 403), (Role.ASSISTANT, 403)]
)
def test_lead_and_owner_see_the_page(page, session, role, status):
    page.sign_in(make_staff(session, role, make_store(session)))
    page.get(PATH, status=status)
    page.post(f"{PATH}/alerts/retry", status=303 if status == 200 else 403)
