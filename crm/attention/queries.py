"""Every select about touches, follow-ups and limits. Lists ask in batches, never per row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.attention import rules
from crm.attention.models import AttentionPolicy, CapOverride, FollowUp, Touch
from crm.attention.rules import Allowance, Policy, StaffDay
from crm.contacts.models import Contact
from crm.db import int_sum
from crm.i18n import fmt
from crm.loyalty.models import LoyaltyStat, RuleTag
from crm.loyalty.queries import loyal_orders
from crm.orders.queries import net_spent_since
from crm.loyalty.rules import Tag
from crm.stores.models import Store

_CHARGED = int_sum(case((Touch.topic.in_(rules.CHARGED), Touch.seconds), else_=0))
_SPENT = (
    select(Touch.contact_id, _CHARGED.label("charged"), int_sum(Touch.seconds).label("spent"))
    .where(
        Touch.contact_id.in_(bindparam("ids", expanding=True)),
        Touch.happened_at > bindparam("since"),
        Touch.undone_at.is_(None),
    )
    .group_by(Touch.contact_id)
)
_GRANTED = (
    select(CapOverride.contact_id, int_sum(CapOverride.minutes).label("minutes"))
    .where(
        CapOverride.contact_id.in_(bindparam("ids", expanding=True)),
        CapOverride.expires_at > bindparam("now"),
    )
    .group_by(CapOverride.contact_id)
)
_STAFF_DAY = select(_CHARGED).where(
    Touch.staff_id == bindparam("staff_id"),
    Touch.happened_at >= bindparam("start"),
    Touch.happened_at < bindparam("end"),
    Touch.undone_at.is_(None),
)
_FOLLOW_UPS = (
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
_FOLLOW_UPS_OF_ONE = _FOLLOW_UPS.where(FollowUp.staff_id == bindparam("staff_id"))
_TOUCHES = (
    select(
        Touch.id,
        Touch.kind,
        Touch.topic,
        Touch.seconds,
        Touch.note,
        Touch.happened_at,
        Touch.received_at,
        Touch.staff_id,
        Touch.over_asked_at,
        Touch.over_reason,
        Staff.name.label("staff_name"),
    )
    .join(Staff, Staff.id == Touch.staff_id)
    .where(Touch.contact_id == bindparam("contact_id"), Touch.undone_at.is_(None))
    .order_by(Touch.happened_at.desc(), Touch.id.desc())
    .limit(bindparam("most"))
)
_RECENT = (
    select(Touch.contact_id)
    .where(
        Touch.staff_id == bindparam("staff_id"),
        Touch.happened_at > bindparam("since"),
        Touch.undone_at.is_(None),
    )
    .group_by(Touch.contact_id)
    .order_by(func.max(Touch.happened_at).desc(), Touch.contact_id.desc())
    .limit(bindparam("most"))
)


def policy_row(session: Session) -> AttentionPolicy | None:
    """Return the stored limits, None before the first change."""
    return session.get(AttentionPolicy, 1)


def policy(session: Session) -> Policy:
    """Return the limits in force."""
    row = policy_row(session)
    if row is None:
        return Policy()
    return Policy(
        cap_minutes=row.cap_minutes,
        loyal_cap_minutes=row.loyal_cap_minutes,
        staff_day_minutes=row.staff_day_minutes,
        warn_percent=row.warn_percent,
        margin_percent=row.margin_percent,
        hourly_cost_fen=row.hourly_cost_fen,
    )


def allowances(
    session: Session, contact_ids: Iterable[int], *, now: datetime
) -> dict[int, Allowance]:
    """Return how each of these contacts stands: the last 30 days against her limit."""
    ids = sorted(set(contact_ids))
    if not ids:
        return {}
    limits, loyal = policy(session), loyal_orders(session, ids)
    spent = {row.contact_id: row for row in spent_since(session, ids, rules.window_start(now))}
    granted = {
        row.contact_id: row.minutes for row in session.execute(_GRANTED, {"ids": ids, "now": now})
    }
    found = {}
    for contact_id in ids:
        row = spent.get(contact_id)
        charged, total = (row.charged, row.spent) if row else (0, 0)
        cap = rules.cap_of(
            limits, loyal=contact_id in loyal, extra_minutes=granted.get(contact_id, 0)
        )
        found[contact_id] = rules.allowance(
            limits, cap_minutes=cap, charged_seconds=charged, exempt_seconds=total - charged
        )
    return found


def allowance(session: Session, contact_id: int, *, now: datetime) -> Allowance:
    """Return how one contact stands."""
    return allowances(session, [contact_id], now=now)[contact_id]


def spent_since(session: Session, contact_ids: list[int], since: datetime) -> list[Row[Any]]:
    """Return charged and all seconds of these contacts after a moment."""
    return list(session.execute(_SPENT, {"ids": contact_ids, "since": since}))


def day_borders(now: datetime) -> tuple[datetime, datetime]:
    """Return where today begins and ends in the shop's zone."""
    today = fmt.local(now).date()
    start = datetime.combine(today, time(), tzinfo=fmt.zone())
    return start, datetime.combine(today + timedelta(days=1), time(), tzinfo=fmt.zone())


def staff_day(session: Session, staff_id: int, *, now: datetime) -> StaffDay:
    """Return one member of staff's charged minutes of today against the limit."""
    start, end = day_borders(now)
    seconds = session.scalar(_STAFF_DAY, {"staff_id": staff_id, "start": start, "end": end})
    return StaffDay(rules.whole_minutes(seconds or 0), policy(session).staff_day_minutes)


def follow_ups(session: Session, staff_id: int, on: date) -> list[Row[Any]]:
    """Return whom one member of staff is to contact by that day, longest due first."""
    return list(session.execute(_FOLLOW_UPS_OF_ONE, {"staff_id": staff_id, "on": on}))


def follow_ups_in_scope(session: Session, actor: Actor, on: date) -> list[Row[Any]]:
    """Return one's own follow-ups; who sees every store sees everybody's."""
    if actor.store_ids is None:
        return list(session.execute(_FOLLOW_UPS, {"on": on}))
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


def touch_by_key(session: Session, staff_id: int, client_key: str) -> Touch | None:
    """Return what this key has logged already."""
    return session.scalar(
        select(Touch).where(Touch.staff_id == staff_id, Touch.client_key == client_key)
    )


def touch_of_key(session: Session, staff_id: int, client_key: str) -> Touch:
    """Return what this key has logged. Raises NoResultFound."""
    return session.scalars(
        select(Touch).where(Touch.staff_id == staff_id, Touch.client_key == client_key)
    ).one()


def visible_touch(session: Session, touch_id: int, actor: Actor | None) -> Touch:
    """Return and lock a touch with a contact of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(Touch)
        .join(Contact, Contact.id == Touch.contact_id)
        .where(Touch.id == touch_id, in_scope(Contact.store_id, actor))
        .with_for_update(of=Touch)
    ).one()


def touches_of(session: Session, contact_id: int, *, most: int) -> list[Row[Any]]:
    """Return the latest touches with one contact, newest first."""
    return list(session.execute(_TOUCHES, {"contact_id": contact_id, "most": most}))


def recent_contacts(session: Session, staff_id: int, *, now: datetime, most: int) -> list[int]:
    """Return whom a member of staff has touched last."""
    values = {"staff_id": staff_id, "since": rules.window_start(now), "most": most}
    return list(session.scalars(_RECENT, values))


def unanswered_over(session: Session, staff_id: int, *, now: datetime) -> list[Row[Any]]:
    """Return one's own touches past a limit for which no reason was given yet."""
    return list(
        session.execute(
            select(Touch.id, Touch.contact_id, Contact.name)
            .join(Contact, Contact.id == Touch.contact_id)
            .where(
                Touch.staff_id == staff_id,
                Touch.happened_at > rules.window_start(now),
                Touch.over_asked_at.is_not(None),
                Touch.over_reason.is_(None),
                Touch.undone_at.is_(None),
            )
            .order_by(Touch.happened_at.desc())
        )
    )


def most_used(session: Session, actor: Actor, *, now: datetime, most: int) -> list[Row[Any]]:
    """Return the contacts of the actor's stores that took most charged time in 30 days."""
    return list(
        session.execute(
            select(Touch.contact_id, Contact.name, _CHARGED.label("charged"))
            .join(Contact, Contact.id == Touch.contact_id)
            .where(
                Touch.happened_at > rules.window_start(now),
                Touch.undone_at.is_(None),
                in_scope(Contact.store_id, actor),
            )
            .group_by(Touch.contact_id, Contact.name)
            .order_by(_CHARGED.desc(), Touch.contact_id)
            .limit(most)
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
    return Contact.do_not_contact_at.is_(None), ~lately, ~planned


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


@dataclass(frozen=True, slots=True)
class Worth:
    """What a contact left in 90 days and what the time with her cost, in fen."""

    margin_fen: int
    cost_fen: int


def worth(session: Session, contact_id: int, *, now: datetime) -> Worth:
    """Return margin and cost of one contact over the last 90 days."""
    limits, since = policy(session), now - timedelta(days=rules.WORTH_DAYS)
    net = net_spent_since(session, contact_id, fmt.local(since).date())
    spent = sum(row.charged for row in spent_since(session, [contact_id], since))
    return Worth(rules.margin_fen(limits, net), rules.time_cost_fen(limits, spent))
