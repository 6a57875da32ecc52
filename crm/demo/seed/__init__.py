"""Fill an empty database with one of the three shops, told through rules and services."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.accounts.queries import has_staff
from crm.alerts.models import Alert
from crm.alerts.service import mark_all_seen
from crm.demo.cast.shops import PLANS
from crm.demo.seed import lists, people, shop, threads, trade, work
from crm.demo.seed.stage import Stage
from crm.demo.stories import story

DEFAULT_SEEDS = {"apparel": 20250618, "tonics": 20250618, "teapots": 20250618}
"""The first from 20250618 on whose statistics lie inside every band."""
SMALL = 0.1


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
    past = stage.story.get("past")
    incident = stage.at(past["at"], past["days_ago"]) if past else None
    say("shop")
    shop.open_shop(stage, passwords)
    people.number_people(stage)
    sent = trade.plan_orders(stage, incident)
    say("people")
    people.add_people(stage)
    people.fill_groups(stage)
    say("orders")
    trade.take_orders(stage)
    say("complaints")
    minutes = threads.answers(stage)
    threads.old_complaints(stage, minutes, incident)
    threads.newest_ones(stage, minutes.newest)
    say("lists")
    lists.past_lists(stage, sent)
    lists.blocked_list(stage)
    work.limits(stage)
    work.chats(stage)
    work.touches_by_hand(stage)
    work.to_contact_today(stage)
    threads.live_ones(stage)
    lists.ready_list(stage)
    shop.staff_leaves(stage)
    _read_inboxes(stage)
    return stage


def _read_inboxes(stage: Stage) -> None:
    """Leave only the alerts of the last two hours unread."""
    stage.session.flush()
    old = stage.as_of - timedelta(hours=2)
    newest = stage.session.scalar(select(func.max(Alert.id)).where(Alert.created_at < old)) or 0
    for actor in stage.actors.values():
        mark_all_seen(stage.session, actor=actor, up_to=newest, now=old)
