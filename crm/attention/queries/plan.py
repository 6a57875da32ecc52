"""Whom to contact: what stands on the lists, and who could be put there."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention import rules
from crm.attention.models import FollowUp, Touch
from crm.attention.queries.limits import day_borders
from crm.contacts.models import Contact
from crm.i18n import fmt
from crm.loyalty.models import LoyaltyStat, RuleTag
from crm.loyalty.rules import Tag
from crm.stores.models import Store

FOLLOW_UPS = (
    select(
        FollowUp.id,
        FollowUp.contact_id,
        FollowUp.staff_id,
        FollowUp.due_on,
        FollowUp.reason,
        FollowUp.words,
        FollowUp.kind,
        FollowUp.planned_minutes,
        Contact.name,
        Contact.store_id,
        Store.name.label("store_name"),
    )
    .join(Contact, Contact.id == FollowUp.contact_id)
    .join(Store, Store.id == Contact.store_id)
    .where(
        FollowUp.due_on <= bindparam("on"),
        FollowUp.done_at.is_(None),
        FollowUp.cancelled_at.is_(None),
        Contact.do_not_contact_at.is_(None),
    )
    .order_by(FollowUp.due_on, FollowUp.id)
)
FOLLOW_UPS_OF_ONE = FOLLOW_UPS.where(FollowUp.staff_id == bindparam("staff_id"))


def follow_ups(session: Session, staff_id: int, on: date) -> list[Row[Any]]:
    """Return whom one member of staff is to contact by that day, longest due first."""
    return list(session.execute(FOLLOW_UPS_OF_ONE, {"staff_id": staff_id, "on": on}))


def follow_ups_in_scope(session: Session, actor: Actor, on: date) -> list[Row[Any]]:
    """Return one's own follow-ups; who sees every store sees everybody's."""
    if actor.store_ids is None:
        return list(session.execute(FOLLOW_UPS, {"on": on}))
    return [row for row in follow_ups(session, actor.id, on) if actor.sees(row.store_id)]


def follow_up_for_update(session: Session, follow_up_id: int, contact_id: int) -> FollowUp:
    """Return and lock a follow-up of this contact. Raises NoResultFound."""
    return session.scalars(
        select(FollowUp)
        .where(FollowUp.id == follow_up_id, FollowUp.contact_id == contact_id)
        .with_for_update()
    ).one()


def follow_ups_of_touch(session: Session, touch_id: int) -> list[FollowUp]:
    """Return the follow-ups that a touch ended, or that were planned with it."""
    return list(
        session.scalars(
            select(FollowUp).where(
                (FollowUp.touch_id == touch_id) | (FollowUp.made_by_touch_id == touch_id)
            )
        )
    )


def next_follow_ups(session: Session, contact_id: int) -> list[FollowUp]:
    """Return what is planned for one contact."""
    return list(
        session.scalars(
            select(FollowUp)
            .where(
                FollowUp.contact_id == contact_id,
                FollowUp.done_at.is_(None),
                FollowUp.cancelled_at.is_(None),
            )
            .order_by(FollowUp.due_on, FollowUp.id)
        )
    )


def due_buyers(session: Session, *, now: datetime, most: int) -> list[Row[Any]]:
    """Return loyal contacts whose next order is due, the most valuable first.

    Left out: who asked to be left alone, who was touched lately, who is planned already.
    """
    return list(
        session.execute(
            select(
                Contact.id,
                Contact.store_id,
                Contact.owner_id,
                LoyaltyStat.last_on,
                LoyaltyStat.median_gap_days,
            )
            .join(RuleTag, RuleTag.contact_id == Contact.id)
            .join(LoyaltyStat, LoyaltyStat.contact_id == Contact.id)
            .where(RuleTag.tag == Tag.LOYAL_DUE, *_plannable(now))
            .order_by(LoyaltyStat.spend_fen.desc(), Contact.id)
            .limit(most)
        )
    )


def ungreeted(session: Session, *, now: datetime, most: int) -> list[Row[Any]]:
    """Return contacts who were logged some days ago and never touched, the newest first."""
    return list(
        session.execute(
            select(Contact.id, Contact.store_id, Contact.owner_id, Contact.created_at)
            .where(
                Contact.active_at == Contact.created_at,
                Contact.active_at > now - rules.GREET_WITHIN,
                Contact.active_at < day_borders(now)[0],
                *_plannable(now),
            )
            .order_by(Contact.active_at.desc(), Contact.id)
            .limit(most)
        )
    )


def _plannable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    lately = exists().where(
        Touch.contact_id == Contact.id,
        Touch.happened_at > now - rules.PLAN_REST,
        Touch.undone_at.is_(None),
    )
    planned = exists().where(
        FollowUp.contact_id == Contact.id,
        FollowUp.done_at.is_(None),
        FollowUp.cancelled_at.is_(None),
    )
    stands = Contact.merged_into_id.is_(None)
    return stands, Contact.do_not_contact_at.is_(None), ~lately, ~planned


def planned_counts(session: Session, *, now: datetime) -> dict[int, int]:
    """Return how many people stand on each member of staff's list of today, done ones included."""
    today = fmt.local(now).date()
    still_open = and_(FollowUp.done_at.is_(None), FollowUp.cancelled_at.is_(None))
    rows = session.execute(
        select(FollowUp.staff_id, func.count().label("planned"))
        .where(or_(FollowUp.due_on == today, and_(FollowUp.due_on < today, still_open)))
        .group_by(FollowUp.staff_id)
    )
    return {row.staff_id: row.planned for row in rows}
