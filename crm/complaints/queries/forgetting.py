"""Which complaints speak of a person: her own, and those of the groups she was in."""

from collections.abc import Collection, Mapping

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from crm.complaints.models import Complaint, ComplaintEvent, OnlookerTold, SlaClock, Suspicion
from crm.complaints.rules.words import UNDECIDED, Channel
from crm.groups.models import GroupMember


def undecided_of(session: Session, contact_ids: Collection[int]) -> list[Complaint]:
    """Return her complaints that are not over, requests about her own data apart."""
    by_name = exists().where(
        GroupMember.contact_id.in_(contact_ids),
        GroupMember.group_id == Complaint.group_id,
        GroupMember.nickname == Complaint.reporter_alias,
    )
    return list(
        session.scalars(
            select(Complaint)
            .where(
                or_(Complaint.contact_id.in_(contact_ids), by_name),
                Complaint.state.in_(UNDECIDED),
                Complaint.channel != Channel.PRIVACY_REQUEST,
            )
            .order_by(Complaint.id)
        )
    )


def raised_by(
    session: Session,
    contact_ids: Collection[int],
    names: Mapping[int, Collection[str]],
    message_ids: Collection[int],
) -> list[Complaint]:
    """Return and lock the complaints of a person, by number, by line, or by name in a group.

    By name only where nobody else is known to have raised it: no contact, and no other member who
    is called so. Her own memberships have their pseudonym by now.
    """
    namesake = exists().where(
        GroupMember.group_id == Complaint.group_id,
        GroupMember.nickname == Complaint.reporter_alias,
    )
    by_name = [
        and_(
            Complaint.group_id == group_id,
            Complaint.reporter_alias.in_(called),
            Complaint.contact_id.is_(None),
            ~namesake,
        )
        for group_id, called in names.items()
    ]
    hers = or_(
        Complaint.contact_id.in_(contact_ids), Complaint.message_id.in_(message_ids), *by_name
    )
    return list(
        session.scalars(select(Complaint).where(hers).order_by(Complaint.id).with_for_update())
    )


def others_of_groups(
    session: Session, group_ids: Collection[int], but: Collection[int]
) -> list[Complaint]:
    """Return and lock the complaints of these groups, without these."""
    rest = select(Complaint).where(Complaint.group_id.in_(group_ids), Complaint.id.not_in(but))
    return list(session.scalars(rest.order_by(Complaint.id).with_for_update()))


def events_of_all(session: Session, complaint_ids: Collection[int]) -> list[ComplaintEvent]:
    """Return everything that happened to these complaints."""
    rows = select(ComplaintEvent).where(ComplaintEvent.complaint_id.in_(complaint_ids))
    return list(session.scalars(rows.order_by(ComplaintEvent.id)))


def told_of_all(session: Session, complaint_ids: Collection[int]) -> list[OnlookerTold]:
    """Return to whom these complaints were explained."""
    return list(
        session.scalars(select(OnlookerTold).where(OnlookerTold.complaint_id.in_(complaint_ids)))
    )


def tasks_of_all(session: Session, complaint_ids: Collection[int]) -> list[SlaClock]:
    """Return the clocks of these complaints that carry the words of a task."""
    rows = select(SlaClock).where(SlaClock.complaint_id.in_(complaint_ids))
    return list(session.scalars(rows.where(SlaClock.task.is_not(None))))


def suspicions_of(session: Session, message_ids: Collection[int]) -> list[Suspicion]:
    """Return what was thought of these lines."""
    return list(session.scalars(select(Suspicion).where(Suspicion.message_id.in_(message_ids))))
