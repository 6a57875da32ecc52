"""Every select about loyalty, in batches: pages name many people at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, RowMapping, Table, bindparam, func, select
from sqlalchemy.orm import Session

from crm.i18n import _, fmt
from crm.loyalty.models import LoyaltyModel, LoyaltyStat, RuleTag
from crm.loyalty.rules import (
    Cadence,
    Reason,
    RhythmState,
    Tag,
    Window,
    next_window,
    reason,
    return_probability,
)

PROBABILITY_DAYS = 90
_NEWEST_MODEL = select(LoyaltyModel).order_by(LoyaltyModel.id.desc()).limit(1)
_STATS = select(*LoyaltyStat.__table__.columns).where(
    LoyaltyStat.contact_id.in_(bindparam("ids", expanding=True))
)
_TAGS = (
    select(RuleTag.contact_id, RuleTag.tag, RuleTag.facts)
    .where(RuleTag.contact_id.in_(bindparam("ids", expanding=True)))
    .order_by(RuleTag.contact_id, RuleTag.tag)
)
_LOYAL = (
    select(LoyaltyStat.contact_id, LoyaltyStat.loyal_count)
    .join(RuleTag, RuleTag.contact_id == LoyaltyStat.contact_id)
    .where(RuleTag.tag == Tag.LOYAL, RuleTag.contact_id.in_(bindparam("ids", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class TagView:
    """A rule tag with the sentence that is true today."""

    tag: Tag
    reason: Reason

    @property
    def words(self) -> str:
        """The sentence in the language in use."""
        return _(f"loyalty.reason.{self.tag.value}", **self.reason.values)


@dataclass(frozen=True, slots=True)
class LoyaltyView:
    """What a page or the API shows of one contact who has bought."""

    tags: tuple[TagView, ...]
    orders_count: int
    net_spent_fen: int
    occasions: int
    loyal_count: int
    first_on: date
    last_on: date
    recency_days: int
    median_interval_days: float | None
    state: RhythmState
    window: Window | None
    probability_90d: float


def loyal_orders(session: Session, contact_ids: Iterable[int]) -> dict[int, int]:
    """Return which of these contacts are loyal, and for how many purchases in twelve months."""
    ids = sorted(set(contact_ids))
    return {row.contact_id: row.loyal_count for row in session.execute(_LOYAL, {"ids": ids})}


def tags_of(
    session: Session, contact_ids: Iterable[int], *, now: datetime
) -> dict[int, tuple[TagView, ...]]:
    """Return the rule tags of these contacts, each with today's reason."""
    today = fmt.local(now).date()
    tags: dict[int, list[TagView]] = {}
    for row in session.execute(_TAGS, {"ids": sorted(set(contact_ids))}):
        view = TagView(row.tag, reason(row.tag, row.facts, today))
        tags.setdefault(row.contact_id, []).append(view)
    return {contact_id: tuple(views) for contact_id, views in tags.items()}


def rhythms(session: Session, contact_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Return the stored figures of these contacts."""
    rows = session.execute(_STATS, {"ids": sorted(set(contact_ids))})
    return {row.contact_id: row for row in rows}


def stored(session: Session, table: Table, contact_ids: Iterable[int]) -> list[RowMapping]:
    """Return whole rows of one of the two tables about these contacts."""
    found = session.execute(select(table).where(table.c.contact_id.in_(set(contact_ids))))
    return list(found.mappings())


def loyalty_of(session: Session, contact_id: int, *, now: datetime) -> LoyaltyView | None:
    """Return everything known of one contact's purchases; None before the first."""
    stat = rhythms(session, [contact_id]).get(contact_id)
    model = newest_model(session)
    if stat is None or model is None:
        return None
    cadence, today = cadence_of(model), fmt.local(now).date()
    return LoyaltyView(
        tags=tags_of(session, [contact_id], now=now).get(contact_id, ()),
        orders_count=stat.orders_count,
        net_spent_fen=stat.spend_fen,
        occasions=stat.occasions,
        loyal_count=stat.loyal_count,
        first_on=stat.first_on,
        last_on=stat.last_on,
        recency_days=max(0, (today - stat.last_on).days),
        median_interval_days=stat.median_gap_days,
        state=stat.state,
        window=next_window(stat, cadence, today),
        probability_90d=return_probability(stat, cadence, today, PROBABILITY_DAYS),
    )


def newest_model(session: Session) -> LoyaltyModel | None:
    """Return the shop's rhythm that tags are made with."""
    return session.scalars(_NEWEST_MODEL).one_or_none()


def cadence_of(model: LoyaltyModel) -> Cadence:
    """Return a stored rhythm as rules take it."""
    return Cadence(
        gap_half_days=model.gap_half_days,
        prior_days=model.prior_days,
        own_gap_days=model.own_gap_days,
        buyers=model.buyers,
        occasions=model.occasions,
    )


def stored_tags(
    session: Session, contact_ids: Iterable[int]
) -> dict[tuple[int, Tag], dict[str, Any]]:
    """Return the tags of these contacts as they are stored."""
    rows = session.execute(_TAGS, {"ids": sorted(set(contact_ids))})
    return {(row.contact_id, row.tag): row.facts for row in rows}


def due_by_time(session: Session, *, now: datetime, most: int) -> list[int]:
    """Return contacts whose state or tags time alone has changed."""
    return list(
        session.scalars(
            select(LoyaltyStat.contact_id)
            .where(LoyaltyStat.next_at <= now)
            .order_by(LoyaltyStat.next_at)
            .limit(most)
        )
    )


def decided_with_older(session: Session, model_id: int, *, most: int) -> list[int]:
    """Return contacts whose tags were decided with another rhythm than this one."""
    return list(
        session.scalars(
            select(LoyaltyStat.contact_id).where(LoyaltyStat.model_id != model_id).limit(most)
        )
    )


def stat_ids_after(session: Session, contact_id: int, *, most: int) -> list[int]:
    """Return contacts with figures, in order of id, after this one."""
    return list(
        session.scalars(
            select(LoyaltyStat.contact_id)
            .where(LoyaltyStat.contact_id > contact_id)
            .order_by(LoyaltyStat.contact_id)
            .limit(most)
        )
    )


def occasions_now(session: Session) -> int:
    """Return how many purchase days everybody has together."""
    return session.scalar(select(func.coalesce(func.sum(LoyaltyStat.occasions), 0))) or 0
