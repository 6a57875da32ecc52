"""Random lives of a few customers, told through the services, and what every table then holds."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.attention import service as attention
from crm.attention.queries import touch_by_key
from crm.attention.rules import FollowUpReason as Why
from crm.attention.rules import LogTouch, MoreTime, NewFollowUp, TouchKind
from crm.campaigns import service as campaigns
from crm.complaints.models import Incident
from crm.complaints.rules.words import Category, Channel
from crm.complaints.service import matter
from crm.contacts import service as contacts
from crm.contacts.models import Contact, ContactNote, StepTaken
from crm.contacts.rules import (
    TAPPED_STEPS,
    Consent,
    ConsentBasis,
    DuplicateIdentity,
    EditContact,
    IdentityKind,
    MovedFrom,
    MoveKind,
    TooManyTags,
)
from crm.db import Base
from crm.groups.models import ChatGroup
from crm.groups.rules import Pick
from crm.groups.service import identify
from crm.lifecycle.rules.merging import Merge, OwnSelf
from crm.lifecycle.service import merging
from crm.loyalty import service as loyalty
from crm.orders.queries import changes
from crm.orders.service import forget_changes, take_orders
from tests.conftest import NOW
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_contact
from tests.factories.desk import Desk
from tests.factories.groups import make_member
from tests.factories.orders import new_order

BUT = {"audit_entry", "contact_merge"}
"""What a merge and its undo add to for good."""
PHONES = ("13800000142", "13800000143", "13900000142")
NICKNAMES = ("小鹿", "梅子")
TAGS = ("怕热", "老客", "直播")
Deed = tuple[str, int, int, int]
"""What, who, and two numbers that choose the rest."""


@dataclass
class Story:
    """A desk with five customers; each deed is an hour after the one before."""

    session: Session
    desk: Desk
    people: list[Contact]
    group: ChatGroup
    incident: Incident
    hours: int = 0

    @property
    def now(self) -> Any:
        return NOW + timedelta(hours=self.hours)

    def tell(self, deeds: Sequence[Deed]) -> None:
        for what, who, one, two in deeds:
            self.hours += 1
            with suppress(DuplicateIdentity, OwnSelf, TooManyTags):
                DEEDS[what](self, self.people[who % len(self.people)], one, two)
            self.session.flush()


def begin(session: Session) -> Story:
    """A story in which nothing has happened yet, but for a complaint about a parcel."""
    desk = Desk(session)
    names = ("陈姐", "陈小姐", "刘姐", "何敏", "周桂芳")
    stores = (desk.store, desk.store, desk.other, desk.store, desk.store)
    people = [
        make_contact(session, name, store=store, actor=desk.owner)
        for name, store in zip(names, stores, strict=True)
    ]
    case = desk.log(NOW, reporter_name="孙姐", category=Category.WRONG_ITEM)
    incident = session.get_one(Incident, case.incident_id) if case.incident_id else Incident()
    if incident.id is None:
        incident.store_id, incident.opened_at = desk.store.id, NOW
        session.add(incident)
        session.flush()
    loyalty.refit(session, now=NOW)
    return Story(session, desk, people, desk.group, incident)


def _touch(story: Story, who: Contact, one: int, two: int) -> None:
    step = {"next_step": "问尺码"} if two % 2 else {}
    key, kind = f"k{story.hours}", tuple(TouchKind)[one % len(TouchKind)]
    command = LogTouch(who.id, kind, 1 + one % 9, story.now, key, **step)
    attention.log_touch(story.session, command, actor=story.desk.owner, now=story.now)


def _undone(story: Story, who: Contact, one: int, two: int) -> None:
    _touch(story, who, one, two)
    touch = touch_by_key(story.session, story.desk.owner.id, f"k{story.hours}")
    attention.undo_touch(story.session, touch, actor=story.desk.owner, now=story.now)


def _more_time(story: Story, who: Contact, one: int, _two: int) -> None:
    more = MoreTime(10 + one, "老客", story.now + timedelta(days=3))
    attention.raise_cap(story.session, who, more, actor=story.desk.owner, now=story.now)


def _follow_up(story: Story, who: Contact, one: int, _two: int) -> None:
    person = story.people[one % len(story.people)]
    day = story.now.date()
    planned = NewFollowUp(person.id, story.desk.owner.id, day, Why.GREETING, f"g{story.hours}")
    attention.add_follow_ups(story.session, [planned], now=story.now)


def _order(story: Story, who: Contact, one: int, two: int) -> None:
    whose = {"contact_id": who.id} if two % 2 else {"phone": PHONES[one % len(PHONES)]}
    at = story.now - timedelta(days=30 * (one % 12))
    order = new_order(order_no=f"A{one % 7}", ordered_at=at, refunded_fen=100 * (two % 3), **whose)
    take_orders(story.session, [order], actor=story.desk.owner, now=story.now)


def _counted(story: Story, _who: Contact, _one: int, _two: int) -> None:
    marks = changes(story.session, most=100)
    loyalty.recompute(story.session, {row.contact_id for row in marks}, now=story.now)
    forget_changes(story.session, [row.id for row in marks])


def _complaint(story: Story, who: Contact, _one: int, _two: int) -> None:
    at = {"channel": Channel.PRIVATE, "group_id": None}
    story.desk.log(story.now, story.desk.owner, contact_id=who.id, store_id=who.store_id, **at)


def _told(story: Story, who: Contact, _one: int, _two: int) -> None:
    matter.tell_buyer(story.session, story.incident, who.id, actor=story.desk.owner, now=story.now)


def _number(story: Story, who: Contact, one: int, two: int) -> None:
    kind = IdentityKind.PHONE if two % 3 else IdentityKind.WECHAT_ID
    contacts.add_identity(
        story.session, who, kind, PHONES[one % len(PHONES)], share=True, now=story.now
    )


def _tag(story: Story, who: Contact, one: int, _two: int) -> None:
    name = TAGS[one % len(TAGS)]
    contacts.tag(story.session, who, name, actor=story.desk.owner, now=story.now)


def _untag(story: Story, who: Contact, one: int, _two: int) -> None:
    name = TAGS[one % len(TAGS)]
    contacts.untag(story.session, who, name, actor=story.desk.owner, now=story.now)


def _ledger(story: Story, who: Contact, one: int, two: int) -> None:
    owner, now = story.desk.owner, story.now
    contacts.record_consent(
        story.session, who, Consent(tuple(ConsentBasis)[one % 3]), actor=owner, now=now
    )
    contacts.record_move(
        story.session, who, MovedFrom(tuple(MoveKind)[two % 6]), actor=owner, now=now
    )


def _quiet(story: Story, who: Contact, one: int, _two: int) -> None:
    act = contacts.do_not_contact if one % 3 else contacts.allow_contact
    act(story.session, who, actor=story.desk.owner, now=story.now)


def _edit(story: Story, who: Contact, one: int, two: int) -> None:
    command = EditContact(who.name, NICKNAMES[one % 2] if two % 2 else "", f"备注{one % 3}")
    contacts.edit_contact(story.session, who, command, actor=story.desk.owner, now=story.now)


def _member(story: Story, who: Contact, one: int, _two: int) -> None:
    member = make_member(story.session, story.group, NICKNAMES[one % 2])
    identify(
        story.session,
        story.group,
        member,
        Pick(who.id),
        actor=story.desk.owner,
        now=story.now,
    )


def _list(story: Story, _who: Contact, one: int, two: int) -> None:
    draft = make_campaign(
        story.session,
        story.desk.owner,
        ("orders_count", ">=", one % 2),
        name=f"名单{story.hours}",
        holdout_percent=50 if one % 3 else 0,
        seed=f"s{one}{two}",
        client_key=f"c{story.hours}",
    )
    act = campaigns.issue if two % 2 else campaigns.approve
    act(story.session, draft.id, actor=story.desk.owner, now=story.now)


def _merge(story: Story, who: Contact, one: int, _two: int) -> None:
    standing = [one for one in story.people if one.merged_into_id is None]
    other = story.people[one % len(story.people)]
    if len(standing) > 3 and {who, other} <= set(standing):
        command = Merge(who.id, other.id)
        merging.merge(story.session, command, actor=story.desk.owner, now=story.now)


def _step(story: Story, who: Contact, one: int, _two: int) -> None:
    step = TAPPED_STEPS[one % len(TAPPED_STEPS)]
    row = {"contact_id": who.id, "step": step, "recorded_by": story.desk.owner.id}
    story.session.add(StepTaken(**row, taken_at=story.now))


def _note(story: Story, who: Contact, one: int, _two: int) -> None:
    """As a file brings it: the same words twice are one note."""
    words, known = f"备注{one % 3}", select(ContactNote.content_hash)
    if words not in story.session.scalars(known.where(ContactNote.contact_id == who.id)).all():
        row = {"contact_id": who.id, "text": words, "content_hash": words}
        story.session.add(ContactNote(**row, noted_at=NOW, recorded_at=story.now))
        who.phone_hint = f"138****{one:04}"


DEEDS: dict[str, Callable[[Story, Contact, int, int], None]] = {
    "touch": _touch,
    "undone": _undone,
    "more_time": _more_time,
    "follow_up": _follow_up,
    "order": _order,
    "counted": _counted,
    "complaint": _complaint,
    "told": _told,
    "number": _number,
    "tag": _tag,
    "untag": _untag,
    "ledger": _ledger,
    "quiet": _quiet,
    "edit": _edit,
    "member": _member,
    "list": _list,
    "merge": _merge,
    "step": _step,
    "note": _note,
}

Dump = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


def dump(session: Session) -> Dump:
    """Return every row of every table, new tables too, by its key."""
    session.flush()
    return {
        table.name: {
            tuple(row[column.name] for column in table.primary_key): dict(row)
            for row in session.execute(select(table)).mappings()
        }
        for table in Base.metadata.sorted_tables
        if table.name not in BUT
    }
