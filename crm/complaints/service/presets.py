"""Change, add and switch the periods of platforms and authorities."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit import service as audit
from crm.complaints.models import DeadlinePreset
from crm.complaints.queries.presets import preset_row
from crm.complaints.rules.presets import Confidence, PresetBasis
from crm.complaints.rules.words import Channel


@dataclass(frozen=True)
class Period:
    """A period as the owner says it; without a name a shipped one keeps its own words."""

    channel: Channel
    basis: PresetBasis
    amount: int | None
    confidence: Confidence
    name: str = ""
    source: str = ""
    checked_on: date | None = None
    is_on: bool = True


def save_preset(
    session: Session, preset_id: int | None, period: Period, *, actor: Actor, now: datetime
) -> None:
    """Change a period, or add one. Raises NoResultFound."""
    row = DeadlinePreset() if preset_id is None else preset_row(session, preset_id)
    row.channel, row.basis, row.amount = period.channel, period.basis, period.amount
    row.confidence, row.checked_on, row.is_on = period.confidence, period.checked_on, period.is_on
    row.name, row.source = period.name, period.source
    session.add(row)
    session.flush()  # the audit row names it by id
    action = "preset.added" if preset_id is None else "preset.changed"
    audit.record(session, action, subject=f"deadline_preset:{row.id}", actor=actor, now=now)
