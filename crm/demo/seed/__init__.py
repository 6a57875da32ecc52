"""Fill an empty database with one of the three shops, told through rules and services."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.queries import has_staff
from crm.alerts.service import mark_all_seen
from crm.attention import jobs as attention
from crm.db import transaction
from crm.demo.cast.shops import PLANS
from crm.demo.seed import complaints, lists, people, shop, talk, trade, work
from crm.demo.seed.stage import Stage
from crm.demo.stories import story

DEFAULT_SEEDS = {"apparel": 20250620, "tonics": 20250621, "teapots": 20250637}
"""The first from 20250618 on whose statistics lie inside every band; for teapots the first of these
with about half of the minutes and an eighth of the margin in the top tenth."""
SMALL = 0.1
UNREAD_HOURS = 2


class NotEmpty(Exception):
    """The database holds a shop already; the demo never writes into one."""


@dataclass(frozen=True)
class Telling:
    """Which shop, when, and how large."""

    shop: str
    as_of: datetime
    seed: int
    small: bool = False


def tell(
    session: Session,
    telling: Telling,
    passwords: dict[str, str],
    *,
    say: Callable[[str], None] = lambda _step: None,
) -> Stage:
    """Tell a shop into the session's empty database. Raises NotEmpty."""
    if has_staff(session):
        raise NotEmpty
    stage = Stage(
        session,
        story(telling.shop),
        PLANS[telling.shop],
        telling.as_of,
        telling.seed,
        SMALL if telling.small else 1.0,
    )
    say("shop")
    shop.open_shop(stage, passwords)
    people.number_people(stage)
    sent = trade.plan_orders(stage)
    say("people")
    people.add_people(stage)
    people.fill_groups(stage)
    say("orders")
    trade.take_orders(stage)
    say("work")
    work.limits(stage)
    work.background(stage)
    work.touches_by_hand(stage)
    work.to_contact_today(stage)
    say("complaints")
    _tell_complaints(stage)
    say("lists")
    lists.past_lists(stage, sent)
    lists.blocked_list(stage)
    lists.ready_list(stage)
    shop.staff_leaves(stage)
    _read_inboxes(stage)
    return stage


def _tell_complaints(stage: Stage) -> None:
    """In the order in which they happened, so that their numbers follow each other."""
    minutes = complaints.answers(stage)
    complaints.before_incident(stage, minutes)
    talk.tell_incident(stage)
    complaints.since_incident(stage, minutes)
    talk.chatter(stage)
    complaints.newest_ones(stage, minutes.newest)
    complaints.climb_ladder(stage, stage.ago(hours=UNREAD_HOURS))
    talk.live_ones(stage)
    complaints.climb_ladder(stage, stage.as_of)


def open_doors(factory: sessionmaker[Session], as_of: datetime, *, real_now: datetime) -> None:
    """Plan the day of everybody, and let the clock of the demo start now at `as_of`."""
    attention.plan_day(factory, now=as_of)
    with transaction(factory) as session:
        shop.set_clock(session, as_of, real_now)


def _read_inboxes(stage: Stage) -> None:
    """Leave only the newest alerts unread."""
    stage.session.flush()
    old = stage.ago(hours=UNREAD_HOURS)
    for actor in stage.actors.values():
        mark_all_seen(stage.session, actor=actor, newest=(old, 0), now=old)
