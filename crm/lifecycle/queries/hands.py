"""What a member of staff has in hand, in numbers, before it is handed over."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.queries import staff_names
from crm.attention.queries import count_open_follow_ups
from crm.campaigns.queries import open_tasks_of
from crm.complaints.models import Complaint
from crm.complaints.rules.words import LIVE
from crm.contacts.models import Contact
from crm.groups.queries import groups_owned_by
from crm.lifecycle.models import HandOver
from crm.lifecycle.queries.leaving import StorePeople, hand_overs_of, stores_with_people
from crm.lifecycle.rules.leaving import Thing


@dataclass(frozen=True)
class Hands:
    """Everything on the page of a hand-over."""

    staff: Staff
    counts: dict[Thing, int]
    book: dict[int, int]
    """Contacts by store."""
    stores: dict[int, StorePeople]
    """The stores from which something is to be handed over, with who is there."""
    people: dict[int, str]
    """Who could take over."""
    earlier: list[HandOver]

    @property
    def is_empty(self) -> bool:
        """Whether she has nothing in hand."""
        return not any(self.counts.values())


def in_hand(session: Session, staff_id: int) -> Hands:
    """Return what a person has in hand, and who could take it over. Raises NoResultFound."""
    staff = session.scalars(select(Staff).where(Staff.id == staff_id)).one()
    book = _book(session, staff_id)
    complaints = _complaints(session, staff_id)
    groups = groups_owned_by(session, staff_id)
    tasks = open_tasks_of(session, staff_id)
    given_out = sum(task.follow_up_id is not None for task in tasks)
    homes = stores_with_people(session, without=staff_id)
    wanted = set(book) | set(complaints) | set(groups.values()) | {t.store_id for t in tasks}
    stores = {one: homes[one] for one in homes if one in wanted}
    here = set[int]().union(*(people.all for people in homes.values()))
    return Hands(
        staff=staff,
        counts={
            Thing.CONTACT: sum(book.values()),
            Thing.FOLLOW_UP: count_open_follow_ups(session, staff_id) - given_out,
            Thing.TASK: len(tasks),
            Thing.COMPLAINT: sum(complaints.values()),
            Thing.GROUP: len(groups),
        },
        book=book,
        stores=stores,
        people=dict(sorted(staff_names(session, here).items())),
        earlier=hand_overs_of(session, staff_id),
    )


def _book(session: Session, staff_id: int) -> dict[int, int]:
    rows = session.execute(
        select(Contact.store_id, func.count())
        .where(Contact.owner_id == staff_id, Contact.merged_into_id.is_(None))
        .group_by(Contact.store_id)
        .order_by(func.count().desc())
    )
    return {row[0]: row[1] for row in rows}


def _complaints(session: Session, staff_id: int) -> dict[int, int]:
    rows = session.execute(
        select(Complaint.store_id, func.count())
        .where(Complaint.assignee_id == staff_id, Complaint.state.in_(LIVE))
        .group_by(Complaint.store_id)
    )
    return {row[0]: row[1] for row in rows}
