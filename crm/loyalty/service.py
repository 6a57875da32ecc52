"""Counts figures and tags anew from the orders; writes only what changed."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Table, delete, insert
from sqlalchemy.orm import Session

from crm.db import plain, typed, upsert_insert
from crm.i18n import fmt
from crm.loyalty import queries
from crm.loyalty.models import LoyaltyModel, LoyaltyStat, RuleTag
from crm.loyalty.rules import (
    OrderFact,
    Standing,
    Stats,
    Tag,
    fit_cadence,
    purchase_stats,
    standing,
)
from crm.orders import queries as orders

BATCH = 500
_STATS = cast("Table", LoyaltyStat.__table__)
_TAGS = cast("Table", RuleTag.__table__)
HERS = (LoyaltyStat.contact_id, RuleTag.contact_id)
"""Figures about a person: counted anew, never moved."""


def recompute(session: Session, contact_ids: Iterable[int] | None, *, now: datetime) -> int:
    """Bring figures and tags to what the orders say today; None means everybody.

    Returns how many contacts changed. The same call again changes nobody.
    """
    model = queries.newest_model(session) or refit(session, now=now)
    batches = _everybody(session) if contact_ids is None else _batches(sorted(set(contact_ids)))
    return sum(_recompute_batch(session, batch, model, now=now) for batch in batches)


def refit(session: Session, *, now: datetime) -> LoyaltyModel:
    """Read the shop's rhythm from all orders and keep it as the one that tags are made with."""
    today = fmt.local(now).date()
    cadence = fit_cadence(_histories(session), today)
    model = LoyaltyModel(
        fitted_at=now,
        gap_half_days=cadence.gap_half_days,
        prior_days=cadence.prior_days,
        own_gap_days=cadence.own_gap_days,
        buyers=cadence.buyers,
        occasions=cadence.occasions,
    )
    session.add(model)
    session.flush()  # the figures that follow name their model
    return model


def _histories(session: Session) -> Iterator[list[date]]:
    rows = orders.purchase_days(session)
    for _contact, days in groupby(rows, key=lambda row: row.contact_id):
        yield [row.bought_on for row in days]


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _everybody(session: Session) -> Iterator[Sequence[int]]:
    batch = next_contacts(session, 0)
    while batch:
        yield batch
        batch = next_contacts(session, batch[-1])


def next_contacts(session: Session, contact_id: int) -> list[int]:
    """Return the next contacts by id who have orders, or figures from orders that are gone."""
    buyers = orders.buyer_ids_after(session, contact_id, most=BATCH)
    known = queries.stat_ids_after(session, contact_id, most=BATCH)
    return sorted({*buyers, *known})[:BATCH]


def _recompute_batch(
    session: Session, contact_ids: Sequence[int], model: LoyaltyModel, *, now: datetime
) -> int:
    cadence, today = queries.cadence_of(model), fmt.local(now).date()
    histories = _stats(session, contact_ids)
    standings = {one: standing(stats, cadence, today) for one, stats in histories.items()}
    figures = {
        one: {"contact_id": one, "model_id": model.id, **_figures(stats, standings[one])}
        for one, stats in histories.items()
    }
    stored = queries.rhythms(session, contact_ids)
    changed = [one for one in figures if one not in stored or _differ(stored[one], figures[one])]
    gone = [one for one in stored if one not in figures]
    retagged = _write_tags(session, contact_ids, standings, now=now)
    if changed:
        _upsert(session, _STATS, ["contact_id"], [figures[one] for one in changed])
    if gone:
        session.execute(delete(_STATS).where(_STATS.c.contact_id.in_(gone)))
    return len({*changed, *gone, *retagged})


def _stats(session: Session, contact_ids: Sequence[int]) -> dict[int, Stats]:
    rows = orders.purchases(session, contact_ids)
    found = {
        contact_id: purchase_stats(OrderFact(row.bought_on, row.net_fen) for row in group)
        for contact_id, group in groupby(rows, key=lambda row: row.contact_id)
    }
    return {contact_id: stats for contact_id, stats in found.items() if stats is not None}


def _figures(stats: Stats, found: Standing) -> dict[str, Any]:
    changes_on = found.changes_on
    return {
        "first_on": stats.first_on,
        "last_on": stats.last_on,
        "occasions": stats.occasions,
        "orders_count": stats.orders_count,
        "spend_fen": stats.spend_fen,
        "median_gap_days": stats.median_gap_days,
        "loyal_count": found.loyal_count,
        "state": found.state,
        "next_at": datetime.combine(changes_on, time(), fmt.zone()) if changes_on else None,
    }


def _differ(stored: Any, figures: dict[str, Any]) -> bool:
    return any(getattr(stored, name) != value for name, value in figures.items())


def _write_tags(
    session: Session, contact_ids: Sequence[int], standings: dict[int, Standing], *, now: datetime
) -> set[int]:
    stored = queries.stored_tags(session, contact_ids)
    wanted = {
        (one, fact.tag): fact.facts for one, found in standings.items() for fact in found.tags
    }
    rows = [
        {"contact_id": one, "tag": tag, "facts": facts, "given_at": now}
        for (one, tag), facts in wanted.items()
        if stored.get((one, tag)) != facts
    ]
    gone = [key for key in stored if key not in wanted]
    for tag in {tag for _one, tag in gone}:
        _untag(session, tag, [one for one, its in gone if its is tag])
    if rows:
        _upsert(session, _TAGS, ["contact_id", "tag"], rows)
    retagged = [one for (one, tag), facts in wanted.items() if stored.get((one, tag)) != facts]
    return {*retagged, *(one for one, _tag in gone)}


def _untag(session: Session, tag: Tag, contact_ids: list[int]) -> None:
    session.execute(delete(_TAGS).where(_TAGS.c.tag == tag, _TAGS.c.contact_id.in_(contact_ids)))


def _upsert(session: Session, table: Table, keys: list[str], rows: list[dict[str, Any]]) -> None:
    statement = upsert_insert(session, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def remember(session: Session, contact_ids: Sequence[int]) -> dict[str, Any]:
    """Return what is stored of these contacts, and of which purchases it speaks."""
    return {
        "stats": [plain(_STATS, row) for row in queries.stored(session, _STATS, contact_ids)],
        "tags": [plain(_TAGS, row) for row in queries.stored(session, _TAGS, contact_ids)],
        "bought": {str(one): digest for one, digest in _bought(session, contact_ids).items()},
    }


def restore(
    session: Session,
    kept: dict[str, Any],
    contact_ids: Sequence[int],
    *,
    counted: bool,
    now: datetime,
) -> None:
    """Bring back what `remember` kept of whose purchases are as they were; count others anew.

    `counted`: figures were made since that what is kept does not know of.
    """
    bought = {} if counted else _bought(session, contact_ids)
    same = {one for one in contact_ids if kept["bought"].get(str(one)) == bought.get(one)}
    for name, table in (("stats", _STATS), ("tags", _TAGS)):
        session.execute(delete(table).where(table.c.contact_id.in_(same)))
        rows = [typed(table, row) for row in kept[name] if row["contact_id"] in same]
        if rows:
            session.execute(insert(table), rows)
    settle(session, sorted(set(contact_ids) - same), now=now)


def settle(session: Session, contact_ids: Sequence[int], *, now: datetime) -> None:
    """Count these anew once the shop's rhythm was read; before that the job will."""
    if queries.newest_model(session) is not None:
        recompute(session, contact_ids, now=now)


def _bought(session: Session, contact_ids: Sequence[int]) -> dict[int, str]:
    days = groupby(orders.purchases(session, contact_ids), key=lambda row: row.contact_id)
    return {
        one: hashlib.sha256(
            repr(sorted((row.bought_on, row.net_fen) for row in rows)).encode()
        ).hexdigest()
        for one, rows in days
    }
