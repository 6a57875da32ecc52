"""One-on-one time against its limits, in batches: one statement for any number of people."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, func, select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention import rules
from crm.attention.models import AttentionPolicy, CapOverride, Touch
from crm.attention.rules import Allowance, MoreTime, Policy, StaffDay
from crm.contacts.models import Contact
from crm.contacts.rules import SECOND_TAP
from crm.db import int_sum, one_of, reading
from crm.i18n import fmt
from crm.loyalty.models import RuleTag
from crm.loyalty.rules import Tag
from crm.orders.queries import net_spent_since

IDS_AT_ONCE = 5_000
"""People of one statement: their ids stand in it three times, and both databases limit that."""
_CHARGED = int_sum(case((one_of(Touch.topic, rules.CHARGED), Touch.seconds), else_=0))
_IDS: Any = bindparam("ids", expanding=True)
_SPENT = (
    select(Touch.contact_id, _CHARGED.label("charged"), int_sum(Touch.seconds).label("spent"))
    .where(
        Touch.contact_id.in_(_IDS),
        Touch.happened_at > bindparam("since"),
        Touch.undone_at.is_(None),
    )
    .group_by(Touch.contact_id)
)
_USED = _SPENT.subquery("used")
_GRANTED = (
    select(CapOverride.contact_id, int_sum(CapOverride.minutes).label("minutes"))
    .where(CapOverride.contact_id.in_(_IDS), CapOverride.expires_at > bindparam("now"))
    .group_by(CapOverride.contact_id)
    .subquery("granted")
)
_LIMITS = tuple(getattr(AttentionPolicy, field.name) for field in fields(Policy))
_STANDING = (
    select(
        Contact.id.label("contact_id"),
        func.coalesce(_USED.c.charged, 0).label("charged"),
        func.coalesce(_USED.c.spent, 0).label("spent"),
        func.coalesce(_GRANTED.c.minutes, 0).label("granted"),
        RuleTag.contact_id.is_not(None).label("loyal"),
        *_LIMITS,
    )
    .outerjoin(_USED, _USED.c.contact_id == Contact.id)
    .outerjoin(_GRANTED, _GRANTED.c.contact_id == Contact.id)
    .outerjoin(RuleTag, and_(RuleTag.contact_id == Contact.id, RuleTag.tag == Tag.LOYAL))
    .outerjoin(AttentionPolicy, AttentionPolicy.id == 1)
    .where(Contact.id.in_(_IDS))
)
_POLICY = select(*_LIMITS).where(AttentionPolicy.id == 1)
_USED_TODAY = (
    select(_CHARGED)
    .where(
        Touch.staff_id == bindparam("staff_id"),
        Touch.happened_at >= bindparam("start"),
        Touch.happened_at < bindparam("end"),
        Touch.undone_at.is_(None),
    )
    .scalar_subquery()
)
_DAY_LIMIT = select(AttentionPolicy.staff_day_minutes).where(AttentionPolicy.id == 1)
_STAFF_DAY = select(_USED_TODAY.label("seconds"), _DAY_LIMIT.scalar_subquery().label("minutes"))
_LATELY_OVER = (
    select(Touch.contact_id, Contact.name)
    .join(Contact, Contact.id == Touch.contact_id)
    .where(
        Touch.over_asked_at.is_not(None),
        Touch.over_asked_at > bindparam("since"),
        Touch.undone_at.is_(None),
    )
    .order_by(Touch.over_asked_at.desc())
    .limit(bindparam("most"))
)
_LATELY_OVER_HERE = _LATELY_OVER.where(Contact.store_id.in_(bindparam("stores", expanding=True)))


@dataclass(frozen=True, slots=True)
class Worth:
    """What a contact left in 90 days and what the time with her cost, in fen."""

    margin_fen: int
    cost_fen: int


def granted_just_now(
    session: Session, contact_id: int, more: MoreTime, *, staff_id: int, now: datetime
) -> bool:
    """Say whether this person has given this contact just that a moment ago."""
    same = select(CapOverride.id).where(
        CapOverride.contact_id == contact_id,
        CapOverride.expires_at > now,
        CapOverride.granted_at > now - SECOND_TAP,
        CapOverride.granted_by == staff_id,
        CapOverride.minutes == more.minutes,
        CapOverride.reason == more.reason,
    )
    return session.scalar(same.limit(1)) is not None


def policy_row(session: Session) -> AttentionPolicy | None:
    """Return the stored limits, None before the first change."""
    return session.get(AttentionPolicy, 1)


def policy(session: Session) -> Policy:
    """Return the limits in force."""
    row = session.execute(_POLICY).first()
    return Policy() if row is None else Policy(*row)


def allowances(
    session: Session, contact_ids: Iterable[int], *, now: datetime
) -> dict[int, Allowance]:
    """Return how each of these contacts stands: the last 30 days against her limit."""
    ids, found = sorted(set(contact_ids)), {}
    for start in range(0, len(ids), IDS_AT_ONCE):
        values = {
            "ids": ids[start : start + IDS_AT_ONCE],
            "since": rules.window_start(now),
            "now": now,
        }
        for row in session.execute(_STANDING, values):
            found[row.contact_id] = _standing(row)
    return found


def _standing(row: Row[Any]) -> Allowance:
    limits = Policy() if row.cap_minutes is None else Policy(*row[-len(_LIMITS) :])
    return rules.allowance(
        limits,
        cap_minutes=rules.cap_of(limits, loyal=row.loyal, extra_minutes=row.granted),
        charged_seconds=row.charged,
        exempt_seconds=row.spent - row.charged,
    )


def allowance(session: Session, contact_id: int, *, now: datetime) -> Allowance:
    """Return how one contact stands."""
    return allowances(session, [contact_id], now=now)[contact_id]


def spent_since(session: Session, contact_ids: list[int], since: datetime) -> list[Row[Any]]:
    """Return charged and all seconds of these contacts after a moment."""
    return list(session.execute(_SPENT, {"ids": contact_ids, "since": since}))


def worth(session: Session, contact_id: int, *, now: datetime) -> Worth:
    """Return margin and cost of one contact over the last 90 days."""
    limits, since = policy(session), now - timedelta(days=rules.WORTH_DAYS)
    net = net_spent_since(session, contact_id, fmt.local(since).date())
    spent = sum(row.charged for row in spent_since(session, [contact_id], since))
    return Worth(rules.margin_fen(limits, net), rules.time_cost_fen(limits, spent))


def day_borders(now: datetime) -> tuple[datetime, datetime]:
    """Return where today begins and ends in the shop's zone."""
    today = fmt.local(now).date()
    start = datetime.combine(today, time(), tzinfo=fmt.zone())
    return start, datetime.combine(today + timedelta(days=1), time(), tzinfo=fmt.zone())


def staff_day(session: Session, staff_id: int, *, now: datetime) -> StaffDay:
    """Return one member of staff's charged minutes of today against the limit."""
    start, end = day_borders(now)
    values = {"staff_id": staff_id, "start": start, "end": end}
    row = reading(session).execute(_STAFF_DAY, values).one()
    limit = Policy().staff_day_minutes if row.minutes is None else row.minutes
    return StaffDay(rules.whole_minutes(row.seconds), limit)


def lately_over(session: Session, actor: Actor, *, now: datetime, most: int) -> dict[int, str]:
    """Return the contacts of the actor's stores who passed their limit lately, with names."""
    values: dict[str, Any] = {"since": rules.window_start(now), "most": most}
    if actor.store_ids is None:
        rows = reading(session).execute(_LATELY_OVER, values)
    else:
        rows = reading(session).execute(
            _LATELY_OVER_HERE, values | {"stores": sorted(actor.store_ids)}
        )
    return {row.contact_id: row.name for row in rows}
