"""What lists brought, by intention to treat: everybody frozen counts in the arm of the draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, case, func, select
from sqlalchemy.orm import Session

from crm.campaigns.models import CampaignMember
from crm.campaigns.rules import Arm, Difference, Side, Verdict, newcombe
from crm.contacts.models import Contact
from crm.db import int_sum
from crm.orders.models import ShopOrder

COUNTS = CampaignMember.contact_id.not_in(
    select(Contact.id).where(Contact.merged_into_id.is_not(None))
)
"""One person is one member, also where two contacts turned out to be her after the draw."""
_PEOPLE = (
    select(
        CampaignMember.campaign_id,
        CampaignMember.arm,
        func.count().label("people"),
        func.max(CampaignMember.window_ends_on).label("ends_on"),
    )
    .where(
        CampaignMember.campaign_id.in_(bindparam("ids", expanding=True)),
        CampaignMember.arm.is_not(None),
        COUNTS,
    )
    .group_by(CampaignMember.campaign_id, CampaignMember.arm)
)
_BUYERS = (
    select(
        CampaignMember.campaign_id,
        CampaignMember.arm,
        func.count(CampaignMember.contact_id.distinct()).label("buyers"),
        int_sum(ShopOrder.net_fen).label("net_fen"),
    )
    .join(ShopOrder, ShopOrder.contact_id == CampaignMember.contact_id)
    .where(
        CampaignMember.campaign_id.in_(bindparam("ids", expanding=True)),
        CampaignMember.arm.is_not(None),
        COUNTS,
        ShopOrder.net_fen > 0,
        ShopOrder.bought_on >= CampaignMember.planned_on,
        ShopOrder.bought_on <= CampaignMember.window_ends_on,
    )
    .group_by(CampaignMember.campaign_id, CampaignMember.arm)
)
_BEFORE = (
    select(
        ShopOrder.contact_id,
        func.max(case((ShopOrder.bought_on > bindparam("since"), 1), else_=0)).label("again"),
    )
    .where(ShopOrder.contact_id.is_not(None), ShopOrder.net_fen > 0)
    .group_by(ShopOrder.contact_id)
    .having(func.min(ShopOrder.bought_on) <= bindparam("since"))
    .subquery()
)
_BASE_RATE = select(func.count().label("people"), int_sum(_BEFORE.c.again).label("buyers"))


@dataclass(frozen=True)
class Results:
    """Both arms; the difference only when the last member's window has ended."""

    treated: Side
    holdout: Side
    ends_on: date | None
    ended: bool

    @property
    def difference(self) -> Difference | None:
        return newcombe(self.treated, self.holdout) if self.ended else None

    @property
    def verdict(self) -> Verdict:
        difference = self.difference
        return difference.verdict if difference else Verdict.UNCERTAIN

    @property
    def basket_fen(self) -> int:
        """What a buyer left, over both arms."""
        buyers = self.treated.buyers + self.holdout.buyers
        return (self.treated.net_fen + self.holdout.net_fen) // buyers if buyers else 0


def results(session: Session, campaign_id: int, *, today: date) -> Results:
    """What one list brought so far."""
    empty = Results(Side(0, 0), Side(0, 0), None, ended=False)
    return results_of(session, [campaign_id], today=today).get(campaign_id, empty)


def results_of(session: Session, campaign_ids: Sequence[int], *, today: date) -> dict[int, Results]:
    """What each of these lists brought so far."""
    if not campaign_ids:
        return {}
    ids = {"ids": list(campaign_ids)}
    bought = {(row.campaign_id, row.arm): row for row in session.execute(_BUYERS, ids)}
    sides: dict[int, dict[Arm, Side]] = {}
    ends: dict[int, date] = {}
    for row in session.execute(_PEOPLE, ids):
        arm = bought.get((row.campaign_id, row.arm))
        side = Side(row.people, arm.buyers if arm else 0, arm.net_fen if arm else 0)
        sides.setdefault(row.campaign_id, {})[row.arm] = side
        ends[row.campaign_id] = max(row.ends_on, ends.get(row.campaign_id, row.ends_on))
    return {
        campaign_id: Results(
            arms.get(Arm.TREATED, Side(0, 0)),
            arms.get(Arm.HOLDOUT, Side(0, 0)),
            ends[campaign_id],
            ended=ends[campaign_id] < today,
        )
        for campaign_id, arms in sides.items()
    }


def base_rate(session: Session, *, today: date, days: int) -> float | None:
    """The share of earlier buyers who bought in the last days; None while nobody is known."""
    row = session.execute(_BASE_RATE, {"since": today - timedelta(days=days)}).one()
    return row.buyers / row.people if row.people else None


def has_ended(session: Session, campaign_id: int, *, today: date) -> bool:
    """Whether the window of the last member is over; a list without members never ends."""
    ends_on = session.scalar(
        select(func.max(CampaignMember.window_ends_on)).where(
            CampaignMember.campaign_id == campaign_id
        )
    )
    return ends_on is not None and ends_on < today


def on_list_twice(session: Session, old: int, new: int) -> list[tuple[Row[Any], Row[Any]]]:
    """Return the rows of `new` and of `old` on each list that has both, locked."""
    rows = session.execute(
        select(*CampaignMember.__table__.columns)
        .where(CampaignMember.contact_id.in_([old, new]))
        .order_by(CampaignMember.id)
        .with_for_update()
    )
    lists: dict[int, dict[int, Row[Any]]] = {}
    for row in rows:
        lists.setdefault(row.campaign_id, {})[row.contact_id] = row
    return [(on[new], on[old]) for on in lists.values() if len(on) > 1]
