"""Lists to test with, drawn up by the service."""

from typing import Any

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.campaigns import rules, service
from crm.campaigns.models import Campaign
from crm.campaigns.rules import NewCampaign
from tests.conftest import NOW

COPY = "{name}，您上次看的裙子出了新色，给您留了一件"


def conditions(*rows: tuple[str, str, Any]) -> tuple[rules.Condition, ...]:
    """Conditions written as (field, op, value)."""
    raw = [{"field": field, "op": op, "value": value} for field, op, value in rows]
    return rules.parse_filter({"all": raw})


def make_campaign(
    session: Session, actor: Actor, *rows: tuple[str, str, Any], **overrides: Any
) -> Campaign:
    """A draft that nobody is held out of, unless told otherwise."""
    given = {"name": "夏装老客", "holdout_percent": 0, "copy": COPY, "seed": "s", **overrides}
    command = NewCampaign(conditions=conditions(*rows), **given)
    campaign = service.create(session, command, actor=actor, now=NOW)
    session.flush()
    return campaign
