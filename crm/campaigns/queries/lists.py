"""Lists as such: one, all, and what a change has to lock."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.campaigns.models import Campaign, CampaignMember, CampaignStore
from crm.campaigns.queries.results import COUNTS, Results, results_of
from crm.campaigns.rules import Arm, State
from crm.stores.models import Shop

LISTS_MOST = 50
"""Lists on one page."""

_COUNTS = (
    select(
        CampaignMember.campaign_id,
        func.count(case((CampaignMember.arm == Arm.TREATED, 1))).label("treated"),
        func.max(CampaignMember.window_ends_on).label("ends_on"),
    )
    .where(COUNTS)
    .group_by(CampaignMember.campaign_id)
    .subquery()
)
_LISTS = (
    select(
        Campaign.id,
        Campaign.name,
        Campaign.state,
        Campaign.created_at,
        _COUNTS.c.treated,
        _COUNTS.c.ends_on,
    )
    .outerjoin(_COUNTS, _COUNTS.c.campaign_id == Campaign.id)
    .order_by(Campaign.created_at.desc(), Campaign.id.desc())
)


@dataclass(frozen=True)
class ListLine:
    """One list among the others; `people` is None while it is a draft."""

    id: int
    name: str
    state: State
    created_at: datetime
    people: int | None
    ends_on: date | None
    results: Results | None = None


def in_actors_stores(actor: Actor | None) -> ColumnElement[bool]:
    """A list is seen by who sees every store of it; one without stores covers all stores."""
    if actor is None or actor.store_ids is None:
        return true()
    of_list = select(CampaignStore.store_id).where(CampaignStore.campaign_id == Campaign.id)
    foreign = of_list.where(CampaignStore.store_id.not_in(actor.store_ids))
    return of_list.exists() & ~foreign.exists()


def visible_campaign(session: Session, campaign_id: int, actor: Actor | None) -> Campaign:
    """Returns a list of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(Campaign).where(Campaign.id == campaign_id, in_actors_stores(actor))
    ).one()


def campaign_for_update(session: Session, campaign_id: int, actor: Actor | None) -> Campaign:
    """Returns and locks a list of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(Campaign)
        .where(Campaign.id == campaign_id, in_actors_stores(actor))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def lock_approvals(session: Session) -> None:
    """Lets one list be approved at a time: two at once could both write to one person."""
    session.scalars(select(Shop.id).with_for_update()).all()


def by_client_key(session: Session, key: str) -> Campaign | None:
    return session.scalar(select(Campaign).where(Campaign.client_key == key))


def store_rows(session: Session, campaign_id: int) -> list[CampaignStore]:
    return list(
        session.scalars(select(CampaignStore).where(CampaignStore.campaign_id == campaign_id))
    )


def _older_than(created_at: datetime, campaign_id: int) -> ColumnElement[bool]:
    return or_(
        Campaign.created_at < created_at,
        and_(Campaign.created_at == created_at, Campaign.id < campaign_id),
    )


def lists(
    session: Session,
    actor: Actor,
    *,
    today: date,
    before: tuple[datetime, int] | None = None,
    most: int | None = None,
) -> list[ListLine]:
    """The lists the actor sees, newest first, with the result of those that have one.

    `before` is time and id of the last list of the page before; without `most` all are meant.
    """
    older = () if before is None else (_older_than(*before),)
    rows = session.execute(_LISTS.where(in_actors_stores(actor), *older).limit(most)).all()
    ended = [row.id for row in rows if row.ends_on and row.ends_on < today]
    found = results_of(session, ended, today=today)
    return [
        ListLine(
            row.id,
            row.name,
            row.state,
            row.created_at,
            None if row.state is State.DRAFT else row.treated or 0,
            row.ends_on,
            found.get(row.id),
        )
        for row in rows
    ]
