"""One bad row: whatever is gone or unreadable about a complaint, every other alert is sent."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from crm.accounts.rules import Role
from crm.alerts.queries import inbox
from crm.alerts.rules import AlertKind, AlertState
from crm.complaints import jobs as complaints
from crm.complaints.queries import alert_subject
from crm.complaints.rules.commands import LogComplaint
from crm.complaints.rules.words import Category, Channel
from crm.complaints.service import log_complaint
from tests.factories.alerts import outbox
from tests.factories.contacts import make_contact
from tests.factories.groups import make_group
from tests.factories.stores import actor_of, make_staff, make_store

VANISH = {
    "contact": "DELETE FROM contact WHERE id = {contact_id}",
    "group": "DELETE FROM chat_group WHERE id = {group_id}",
    "assignee": "DELETE FROM staff WHERE id = {assignee_id}",
    "order": "UPDATE complaint SET order_ref = 'gone' WHERE id = {id}",
    "store": "DELETE FROM store WHERE id = {store_id}",
    "complaint": "DELETE FROM complaint WHERE id = {id}",
    "its log": "UPDATE complaint_event SET data = '{{}}' WHERE complaint_id = {id}",
}


@pytest.fixture
def cases(session, owner, clock):
    """Three complaints, each of its own store, group, contact and person."""

    def one(number):
        store = make_store(session, f"{number} 号店")
        manager = actor_of(session, make_staff(session, Role.MANAGER, store))
        group = make_group(session, f"老粉 {number} 群", store)
        contact = make_contact(session, store=store)
        session.flush()
        command = LogComplaint(
            channel=Channel.GROUP,
            text="这是假货吧",
            occurred_at=clock() - timedelta(minutes=1),
            store_id=store.id,
            group_id=group.id,
            contact_id=contact.id,
            category=Category.SUSPECTED_FAKE,
        )
        return log_complaint(session, command, actor=manager, now=clock())

    return [one(number) for number in range(1, 4)]


def vanish(session, what, complaint):
    """Break what the constraints of the database protect: as a bad import or a bug would."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
    else:
        session.execute(text("SET LOCAL session_replication_role = 'replica'"))
    names = ("id", "contact_id", "group_id", "assignee_id", "store_id")
    values = {name: getattr(complaint, name) for name in names}
    values["assignee_id"] = complaint.assignee_id or complaint.logged_by
    session.execute(text(VANISH[what].format(**values)))
    session.expunge_all()


@pytest.mark.parametrize("when", ["before the tick", "before the delivery"])
@pytest.mark.parametrize("what", list(VANISH))
def test_all_other_alerts_of_the_batch_are_sent_and_the_bad_one_is_alarmed(
    session, owner, robot, fake, deliver, clock, cases, what, when
):
    bad, *good = [(one.id, one.short_no, one) for one in cases]
    clock.forward(minutes=5)
    if when == "before the tick":
        vanish(session, what, bad[2])
    complaints.tick(session, now=clock())
    if when == "before the delivery":
        session.flush()
        vanish(session, what, bad[2])
    for _ in range(30):
        deliver(alert_subject)
        clock.forward(seconds=1)
    texts = " ".join(request.text for request in fake.accepted)
    assert all(f"#{short_no} " in texts for _id, short_no, _row in good)
    states = {a.subject_id: a.state for a in outbox(session) if a.kind is AlertKind.COMPLAINT}
    assert {states[one[0]] for one in good} == {AlertState.SENT}
    alarms = [line for line in inbox(session, owner) if line.alert.kind is AlertKind.BROKEN]
    assert len(alarms) == (states.get(bad[0]) is not AlertState.SENT)
