"""A complaint takes people out of lists, before and after approval, and says so with its number."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Role
from crm.attention.models import FollowUp
from crm.campaigns import queries, service
from crm.campaigns.models import Campaign
from crm.campaigns.queries import Audience
from crm.campaigns.rules import Door, Reason
from crm.complaints import service as complaints
from crm.complaints.models import Complaint
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import Category, Channel, EventType, State
from crm.contacts.models import Contact
from crm.stores.models import Store
from tests.conftest import NOW
from tests.factories.attention import make_touch
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_contact, make_noise
from tests.factories.groups import make_group, make_member, say
from tests.factories.orders import make_orders
from tests.factories.stores import actor_of, make_staff, make_store

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(session: Session) -> Store:
    make_noise(session)
    store = make_store(session)
    session.flush()
    return store


@pytest.fixture
def owner(session: Session, store: Store) -> Actor:
    return actor_of(session, make_staff(session, Role.OWNER, name="阿俊"))


@pytest.fixture
def campaign(session: Session, store: Store, owner: Actor) -> Campaign:
    return make_campaign(session, owner, ("store_id", "is", store.id))


def buyer(session: Session, store: Store, name: str = "陈姐") -> Contact:
    contact = make_contact(session, name, store=store)
    make_orders(session, contact, 60)
    return contact


def complain(
    session: Session, store: Store, actor: Actor, contact: Contact | None, **overrides: Any
) -> Complaint:
    given: dict[str, Any] = {
        "channel": Channel.PRIVATE,
        "text": "衣服脱线了",
        "occurred_at": NOW - 40 * MINUTE,
        "store_id": store.id,
        "contact_id": contact.id if contact else None,
        "category": Category.QUALITY,
    }
    command = LogComplaint(**given | overrides)
    return complaints.log_complaint(session, command, actor=actor, now=NOW - 40 * MINUTE)


def skips(session: Session, campaign: Campaign) -> dict[int, tuple[Reason, Any, int | None]]:
    session.flush()
    found: Audience = queries.audience(session, campaign, now=NOW)
    return {
        person.contact_id: (person.skip.reason, person.skip.until, person.skip.complaint_id)
        for person in found.people
        if person.skip
    }


def test_open_complaint_keeps_its_contact_out_and_names_it(
    session: Session, store: Store, owner: Actor, campaign: Campaign
) -> None:
    hers, calm = buyer(session, store), buyer(session, store)
    complaint = complain(session, store, owner, hers)
    assert skips(session, campaign) == {hers.id: (Reason.OPEN_COMPLAINT, None, complaint.id)}
    assert calm.id not in skips(session, campaign)


def test_closed_complaint_keeps_out_for_a_week_with_its_end(
    session: Session, store: Store, owner: Actor, campaign: Campaign
) -> None:
    contact = buyer(session, store)
    complaint = complain(session, store, owner, contact)
    for kind in (
        EventType.PRIVATE_REPLY,
        EventType.RESOLUTION_OFFERED,
        EventType.CUSTOMER_CONFIRMED,
    ):
        complaints.record_event(
            session, complaint, NewEvent(kind, text="好的"), actor=owner, now=NOW
        )
    session.flush()
    assert complaint.state is State.CLOSED
    until = (NOW + timedelta(days=7)).date()
    assert skips(session, campaign)[contact.id][:2] == (Reason.COMPLAINT_COOLOFF, until)


def test_onlooker_whom_we_know_and_an_urgent_group_are_kept_out(
    session: Session, store: Store, owner: Actor, campaign: Campaign
) -> None:
    group = make_group(session, store=store)
    session.flush()
    spoke, silent, outside = (buyer(session, store, name) for name in ("梅子", "苏苏", "阿玲"))
    make_member(session, group, "梅子", contact_id=spoke.id)
    make_member(session, group, "苏苏", contact_id=silent.id)
    complain(session, store, owner, None, channel=Channel.GROUP, group_id=group.id,
             category=Category.DELIVERY, severity=3)  # fmt: skip
    say(session, group, "梅子 我也是 / 苏苏 几点开门", start=NOW - 30 * MINUTE)
    assert skips(session, campaign)[spoke.id][0] is Reason.OPEN_COMPLAINT
    assert outside.id not in skips(session, campaign)
    calm = make_group(session, "别的群", store=store)
    session.flush()
    make_member(session, calm, "阿玲", contact_id=outside.id)
    complain(session, store, owner, None, channel=Channel.GROUP, group_id=calm.id,
             category=Category.SUSPECTED_FAKE, severity=1)  # fmt: skip
    assert skips(session, campaign)[outside.id][0] is Reason.OPEN_COMPLAINT


def test_open_complaint_counts_before_every_other_reason(
    session: Session, store: Store, owner: Actor, campaign: Campaign
) -> None:
    contact = buyer(session, store)
    make_orders(session, contact, 1)
    contact.do_not_contact_at = NOW
    complain(session, store, owner, contact)
    assert skips(session, campaign)[contact.id][0] is Reason.OPEN_COMPLAINT


def test_complaint_after_approval_takes_the_person_out_of_export_and_tasks(
    session: Session, store: Store, owner: Actor, campaign: Campaign
) -> None:
    hers, other = buyer(session, store), buyer(session, store)
    service.approve(session, campaign.id, actor=owner, now=NOW - 50 * MINUTE)
    complaint = complain(session, store, owner, hers)
    assert skips(session, campaign) == {hers.id: (Reason.OPEN_COMPLAINT, None, complaint.id)}
    rows = service.export(session, campaign.id, actor=owner, now=NOW, door=Door.API)
    assert [row.contact_id for row in rows] == [other.id]
    service.issue(session, campaign.id, actor=owner, now=NOW)
    assert [task.contact_id for task in session.scalars(select(FollowUp))] == [other.id]


def test_spread_after_approval_stops_the_push_to_the_whole_group(
    session: Session, store: Store, owner: Actor, campaign: Campaign
) -> None:
    group = make_group(session, store=store)
    session.flush()
    members = [buyer(session, store, name) for name in ("梅子", "苏苏")]
    outside = buyer(session, store, "阿玲")
    for member in members:
        make_member(session, group, member.name, contact_id=member.id)
    service.approve(session, campaign.id, actor=owner, now=NOW - 50 * MINUTE)
    complaint = complain(session, store, owner, None, channel=Channel.GROUP, group_id=group.id)
    assert skips(session, campaign) == {}
    data = {"signal": "refund_ask", "member": "路人"}
    doubt = NewEvent(EventType.ONLOOKER_SIGNAL, data=data)
    complaints.record_event(session, complaint, doubt, actor=owner, now=NOW)
    held = (Reason.OPEN_COMPLAINT, None, complaint.id)
    assert skips(session, campaign) == {member.id: held for member in members}
    found = queries.audience(session, campaign, now=NOW)
    assert (found.matched, found.reachable, found.suppressed) == (3, 1, 2)
    rows = service.export(session, campaign.id, actor=owner, now=NOW, door=Door.API)
    assert [row.contact_id for row in rows] == [outside.id]


def test_frozen_row_stays_so_that_the_result_is_read_by_intention(
    session: Session, store: Store, owner: Actor, campaign: Campaign
) -> None:
    hers = buyer(session, store)
    service.approve(session, campaign.id, actor=owner, now=NOW - 50 * MINUTE)
    complain(session, store, owner, hers)
    session.flush()
    found = queries.audience(session, campaign, now=NOW)
    assert (found.matched, found.reachable, found.suppressed) == (1, 0, 1)
    assert queries.results(session, campaign.id, today=NOW.date()).treated.people == 1


def done_two_days_ago(session: Session, campaign: Campaign, contact: Contact, actor: Actor) -> None:
    service.issue(session, campaign.id, actor=actor, now=NOW - timedelta(days=10))
    [task] = session.scalars(select(FollowUp))
    make_touch(session, contact, actor=actor, follow_up_id=task.id, ago=timedelta(days=2))


def test_who_was_contacted_is_not_taken_out_after_it(
    session: Session, store: Store, owner: Actor, campaign: Campaign
) -> None:
    contact = buyer(session, store)
    done_two_days_ago(session, campaign, contact, owner)
    complain(session, store, owner, contact)
    session.flush()
    found = queries.audience(session, campaign, now=NOW)
    assert (found.reachable, found.done) == (1, 1)


def test_done_mark_counts_for_other_lists_when_it_is_later(
    session: Session, store: Store, owner: Actor, campaign: Campaign
) -> None:
    contact = buyer(session, store)
    done_two_days_ago(session, campaign, contact, owner)
    other = make_campaign(session, owner, ("store_id", "is", store.id), name="另一张")
    day = (NOW + timedelta(days=28)).date()
    assert skips(session, other)[contact.id][:2] == (Reason.CONTACTED_LATELY, day)
