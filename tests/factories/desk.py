"""The after-sales desk of a store: its people, its group, complaints logged by the service."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Role
from crm.complaints import service
from crm.complaints.models import Complaint, ComplaintEvent, SlaClock
from crm.complaints.queries.case import clock_rows
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import Category, Channel, ClockKind, EventType
from tests.factories.groups import make_group
from tests.factories.stores import actor_of, make_staff, make_store

MINUTE = timedelta(minutes=1)
QUOTE = "收到的裙子吊牌不对，是不是假货？"


class Desk:
    """A store with manager, lead and owner, and the manager of another store."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.store = make_store(session)
        self.other = make_store(session, "中山路店")
        session.flush()
        self.staff = {
            "manager": make_staff(session, Role.MANAGER, self.store, name="王梅"),
            "lead": make_staff(session, Role.LEAD, name="周琳"),
            "owner": make_staff(session, Role.OWNER, name="阿俊"),
            "stranger": make_staff(session, Role.MANAGER, self.other, name="李晓"),
        }
        self.manager, self.lead, self.owner, self.stranger = (
            actor_of(session, person) for person in self.staff.values()
        )
        self.group = make_group(session, store=self.store)

    def log(self, now: datetime, by: Actor | None = None, **parts: Any) -> Complaint:
        """Log a complaint; in the group, about a fake, unless said otherwise."""
        command = {
            "channel": Channel.GROUP,
            "text": QUOTE,
            "occurred_at": now,
            "store_id": self.store.id,
            "group_id": self.group.id,
            "reporter_name": "陈姐",
            "category": Category.SUSPECTED_FAKE,
            **parts,
        }
        if command["channel"] is not Channel.GROUP:
            command["group_id"] = None
        command = LogComplaint(**command)
        return service.log_complaint(self.session, command, actor=by or self.manager, now=now)

    def record(
        self,
        complaint: Complaint,
        kind: EventType,
        now: datetime,
        by: Actor | None = None,
        **parts: Any,
    ) -> ComplaintEvent:
        """Record an event; `parts` are those of NewEvent."""
        event = NewEvent(kind, **parts)
        return service.record_event(
            self.session, complaint, event, actor=by or self.manager, now=now
        )

    def spread(self, complaint: Complaint, at: datetime) -> ComplaintEvent:
        """Somebody who looks on wants her money back: that spreads."""
        data = {"signal": "refund_ask", "member": "梅子"}
        return self.record(complaint, EventType.ONLOOKER_SIGNAL, at, data=data)

    def clocks(self, complaint: Complaint) -> dict[ClockKind, SlaClock]:
        """The newest stored clock of each kind."""
        self.session.flush()
        return {row.kind: row for row in clock_rows(self.session, complaint.id)}


class WebDesk(Desk):
    """What is written is committed, so that the pages see it; complaints are eight minutes old."""

    def __init__(self, session: Session, now: datetime) -> None:
        super().__init__(session)
        self.now = now

    def opened(self, minutes: float = 8, **parts: Any) -> Complaint:
        """Log a complaint that is so old."""
        complaint = self.log(self.now - minutes * MINUTE, **parts)
        self.session.commit()
        return complaint

    def happened(
        self, complaint: Complaint, kind: EventType, by: Actor | None = None, **data: Any
    ) -> None:
        """Record an event now."""
        self.record(complaint, kind, self.now, by, data=data)
        self.session.commit()

    def fresh(self, complaint: Complaint) -> Complaint:
        """The complaint as it is stored now."""
        self.session.expire_all()
        return self.session.get_one(Complaint, complaint.id)
