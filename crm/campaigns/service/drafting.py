"""Draw up a list and change it, step by step, until it is approved."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.campaigns import queries, rules
from crm.campaigns.models import Campaign, CampaignStore
from crm.campaigns.rules import (
    ChangeCopy,
    ChangePeople,
    ChangeTasks,
    Condition,
    Field,
    ListChanged,
    ListFrozen,
    NewCampaign,
    Op,
    State,
    StoresRefused,
)
from crm.stores.queries import stores_in_scope


def create(session: Session, command: NewCampaign, *, actor: Actor, now: datetime) -> Campaign:
    """Draws up a list; the same key again returns the first one. Raises StoresRefused."""
    known = _made_before(session, command, actor)
    if known:
        return known
    conditions, stores = _limited(session, command.conditions, actor)
    campaign = Campaign(
        name=command.name,
        purpose=command.purpose,
        filter=rules.filter_json(conditions),
        holdout_percent=command.holdout_percent,
        copy=command.copy,
        industry=command.industry,
        salt=command.seed or secrets.token_hex(8),
        daily_cap=rules.DAILY_CAP_DEFAULT,
        attribution_days=rules.ATTRIBUTION_DAYS,
        created_by=actor.id,
        created_at=now,
        client_key=command.client_key,
    )
    try:
        with session.begin_nested():
            session.add(campaign)
            session.flush()  # the unique key decides between two senders
    except IntegrityError:
        if (known := _made_before(session, command, actor)) is None:
            raise
        return known
    _limit_to(session, campaign, stores)
    record(session, "campaign.created", subject=f"campaign:{campaign.id}", actor=actor, now=now)
    return campaign


def _made_before(session: Session, command: NewCampaign, actor: Actor) -> Campaign | None:
    if not command.client_key:
        return None
    known = queries.by_client_key(session, command.client_key)
    return known if known and known.created_by == actor.id else None


def change_people(
    session: Session, campaign_id: int, command: ChangePeople, *, actor: Actor, now: datetime
) -> Campaign:
    """Changes whom a draft asks for. Raises ListFrozen, StoresRefused, ListChanged."""
    campaign = _draft(session, campaign_id, command.version, actor)
    conditions, stores = _limited(session, command.conditions, actor)
    campaign.name = command.name
    campaign.filter = rules.filter_json(conditions)
    campaign.holdout_percent = command.holdout_percent
    campaign.purpose = command.purpose
    for row in queries.store_rows(session, campaign.id):
        session.delete(row)
    session.flush()  # the old rows go before the same ones come back
    _limit_to(session, campaign, stores)
    _note(session, campaign, "people", actor=actor, now=now)
    return campaign


def change_copy(
    session: Session, campaign_id: int, command: ChangeCopy, *, actor: Actor, now: datetime
) -> Campaign:
    """Changes what a draft says. Raises ListFrozen, ListChanged."""
    campaign = _draft(session, campaign_id, command.version, actor)
    campaign.copy = command.copy
    campaign.industry = command.industry
    _note(session, campaign, "copy", actor=actor, now=now)
    return campaign


def change_tasks(
    session: Session, campaign_id: int, command: ChangeTasks, *, actor: Actor, now: datetime
) -> Campaign:
    """Changes how many a writer gets a day. Raises ListFrozen, ListChanged."""
    campaign = _draft(session, campaign_id, command.version, actor)
    campaign.daily_cap = command.daily_cap
    _note(session, campaign, "tasks", actor=actor, now=now)
    return campaign


def _note(session: Session, campaign: Campaign, step: str, *, actor: Actor, now: datetime) -> None:
    subject, after = f"campaign:{campaign.id}", {"step": step}
    record(session, "campaign.changed", subject=subject, actor=actor, now=now, after=after)


def _draft(session: Session, campaign_id: int, version: int, actor: Actor) -> Campaign:
    campaign = queries.campaign_for_update(session, campaign_id, actor)
    if campaign.state is not State.DRAFT:
        raise ListFrozen
    if campaign.version != version:
        raise ListChanged
    return campaign


def _limited(
    session: Session, conditions: Sequence[Condition], actor: Actor
) -> tuple[Sequence[Condition], frozenset[int]]:
    """The conditions inside the actor's stores, and the stores; none named: all stores."""
    own = frozenset(store.id for store in stores_in_scope(session, actor))
    named = rules.stores_of(conditions)
    if named is None and actor.store_ids is None:
        return conditions, frozenset()
    if named is None:
        limit = Condition(Field.STORE, Op.IN, tuple(sorted(own)))
        conditions, named = [*conditions, limit], own
    if not named or not named <= own:
        raise StoresRefused
    return conditions, named


def _limit_to(session: Session, campaign: Campaign, stores: frozenset[int]) -> None:
    session.add_all(CampaignStore(campaign_id=campaign.id, store_id=s) for s in sorted(stores))
