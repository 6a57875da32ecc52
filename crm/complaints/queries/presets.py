"""Every select about periods of platforms and authorities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.complaints.models import DeadlinePreset
from crm.complaints.rules.presets import Confidence, Given, PresetBasis, given
from crm.complaints.rules.words import Channel
from crm.i18n import _, fmt
from crm.stores.queries import statutory


@dataclass(frozen=True)
class DuePreset:
    """A period in words: a row's own, else those that ship."""

    id: int
    channel: Channel
    name: str
    basis: PresetBasis
    amount: int | None
    source: str
    checked_on: date | None
    confidence: Confidence
    is_on: bool
    is_shipped: bool
    own_name: str
    own_source: str

    @property
    def needs_check(self) -> bool:
        """Only an official document needs no second look."""
        return self.confidence is not Confidence.DOC

    @property
    def gives_a_date(self) -> bool:
        """Whether it may set a deadline."""
        return self.is_on and self.basis is not PresetBasis.INFORMATION and self.amount is not None

    @property
    def target_words(self) -> str:
        """How long it is; nothing for a rule without a period."""
        if self.amount is None:
            return ""
        return _(f"complaints.period_{self.basis.value}", n=self.amount)


def all_presets(session: Session) -> list[DuePreset]:
    """Return every period, in the order in which they came."""
    rows = session.scalars(select(DeadlinePreset).order_by(DeadlinePreset.id))
    return [_preset(row) for row in rows]


def preset(session: Session, preset_id: int) -> DuePreset:
    """Return one period. Raises NoResultFound."""
    return _preset(preset_row(session, preset_id))


def preset_row(session: Session, preset_id: int) -> DeadlinePreset:
    """Return one row. Raises NoResultFound."""
    return session.scalars(select(DeadlinePreset).where(DeadlinePreset.id == preset_id)).one()


def due_by_preset(session: Session, preset_id: int, start: datetime) -> Given:
    """Return when a period ends that began at `start`. Raises NoResultFound."""
    row = session.scalars(
        select(DeadlinePreset).where(
            DeadlinePreset.id == preset_id,
            DeadlinePreset.basis != PresetBasis.INFORMATION,
            DeadlinePreset.amount.is_not(None),
        )
    ).one()
    return given(row.basis, row.amount or 0, start, statutory(session), fmt.zone())


def _preset(row: DeadlinePreset) -> DuePreset:
    return DuePreset(
        id=row.id,
        channel=row.channel,
        name=row.name or _(f"complaints.preset_name.{row.slug}"),
        basis=row.basis,
        amount=row.amount,
        source=row.source or _(f"complaints.preset_source.{row.slug}"),
        checked_on=row.checked_on,
        confidence=row.confidence,
        is_on=row.is_on,
        is_shipped=row.slug is not None,
        own_name=row.name,
        own_source=row.source,
    )
