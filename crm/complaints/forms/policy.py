"""The whole promise: a target for each clock, the steps of the ladder, holds and thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import time
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    Field,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    TimeField,
)
from wtforms.validators import InputRequired, NumberRange, Optional

from crm.accounts.forms import PageForm
from crm.complaints.rules.limits import (
    DOUBTERS,
    HOLD_MINUTES_MAX,
    REPEAT_MINUTES,
    REPEATS_MAX,
    SCORE,
    SPREAD_MINUTES_MAX,
    TARGET_DAYS_MAX,
)
from crm.complaints.rules.policy import (
    DAY,
    HOUR,
    MINUTE,
    TARGET_MINUTES_MAX,
    Ladder,
    Policy,
    Rung,
    Target,
)
from crm.complaints.rules.spread import SpreadRule
from crm.complaints.rules.words import Basis, ClockKind, Party
from crm.i18n import _, _l
from crm.integrations.rules import Level
from crm.stores.rules.calendar import DAY_MINUTES

DESK, WORKDAY = "desk", "workday"
UNITS = {"minute": MINUTE, "hour": HOUR, "day": DAY}
AMOUNT_MAX = TARGET_DAYS_MAX * DAY // MINUTE


def _number(label: Any, least: int, most: int, *, needed: bool = False) -> IntegerField:
    words = _l("complaints.error.whole_number", least=least, most=most)
    first = InputRequired(message=words) if needed else Optional()
    return IntegerField(label, validators=[first, NumberRange(min=least, max=most, message=words)])


class TargetForm(PageForm):
    """What one clock of one level is owed; without an amount the clock is off."""

    amount = _number(_l("complaints.target_amount"), 1, AMOUNT_MAX)
    unit = SelectField(_l("complaints.target_unit"))
    basis = SelectField(_l("complaints.target_basis"))
    cap = _number(_l("complaints.target_cap_minutes"), 1, AMOUNT_MAX)
    live = _number(_l("complaints.target_live_minutes"), 1, AMOUNT_MAX)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = (*UNITS, WORKDAY)
        self.unit.choices = [SelectChoice(one, _(f"complaints.unit_{one}")) for one in units]
        bases = (Basis.WALL.value, Basis.BUSINESS_HOURS.value, DESK)
        self.basis.choices = [SelectChoice(one, _(f"complaints.basis_{one}")) for one in bases]

    @staticmethod
    def data_of(target: Target | None) -> dict[str, Any]:
        """Return a target as the form edits it."""
        if target is None:
            return {"unit": "minute", "basis": Basis.WALL.value}
        if target.basis is Basis.WORKDAYS:
            return {"amount": target.workdays, "unit": WORKDAY, "basis": Basis.WALL.value}
        unit = next(name for name in ("hour", "minute") if target.seconds % UNITS[name] == 0)
        return {
            "amount": target.seconds // UNITS[unit],
            "unit": unit,
            "basis": DESK if target.by_desk else target.basis.value,
            "cap": target.cap_seconds and target.cap_seconds // MINUTE,
            "live": target.live_seconds and target.live_seconds // MINUTE,
        }

    def to_target(self) -> Target | None:
        """Return the target; of whole workdays nothing else can be said."""
        if self.amount.data is None:
            return None
        amount = int(self.amount.data)
        if self.unit.data == WORKDAY:
            return Target(Basis.WORKDAYS, workdays=amount)
        by_desk = self.basis.data == DESK
        basis = Basis.BUSINESS_HOURS if by_desk else Basis(self.basis.data)
        counts_hours = basis is Basis.BUSINESS_HOURS
        return Target(
            basis,
            amount * UNITS[str(self.unit.data)],
            cap_seconds=self.cap.data * MINUTE if self.cap.data and counts_hours else None,
            live_seconds=self.live.data * MINUTE if self.live.data else None,
            by_desk=by_desk,
        )


LEVELS = (Level.W0, Level.W1, Level.W2, Level.L0, Level.L1, Level.L2)
WARNINGS = frozenset({Level.W0, Level.W1, Level.W2})
AT_ITS_TIME = frozenset({Level.W0, Level.L0})
"""At the start and at the due time; the others say when."""


class RungForm(PageForm):
    """One step: when, and to whom; without a time there is no such step."""

    when = _number("", 1, TARGET_MINUTES_MAX)
    to = SelectMultipleField("")

    def __init__(self, *args: Any, level: Level, **kwargs: Any) -> None:
        kwargs["prefix"] = f"{level.value.lower()}-"
        super().__init__(*args, **kwargs)
        self.level = level
        is_warning = level in WARNINGS
        self.when.label.text = _(
            "complaints.step_percent" if is_warning else "complaints.step_after"
        )
        self.to.label.text = _(f"complaints.step_to_{level.value.lower()}")
        self.to.choices = [SelectChoice(p.value, _(f"complaints.party_{p.value}")) for p in Party]

    @staticmethod
    def data_of(policy: Policy, level: Level) -> dict[str, Any]:
        """Return a step as the form edits it."""
        rung = next((one for one in policy.ladder.rungs if one.level is level), None)
        if rung is None:
            return {}
        when = rung.percent if level in WARNINGS else rung.after // MINUTE
        return {"when": when or None, "to": [party.value for party in rung.to]}

    def to_rung(self) -> Rung | None:
        """Return the step, or None where there is none."""
        to = tuple(party for party in Party if party.value in (self.to.data or ()))
        when = 0 if self.level in AT_ITS_TIME else self.when.data
        if when is None or (self.level is Level.W0 and not to):
            return None
        if self.level in WARNINGS:
            return Rung(self.level, to, percent=when)
        return Rung(self.level, to, after=when * MINUTE)


def rung_forms(given: Any = None, policy: Policy | None = None) -> list[RungForm]:
    """Return the six steps, as sent or as a policy has them."""
    return [
        RungForm(given, level=level, data=RungForm.data_of(policy, level) if policy else None)
        for level in LEVELS
    ]


class LadderForm(PageForm):
    """Repeats, holds, quiet hours, and from when on doubt spreads."""

    repeat_every = _number(_l("complaints.repeat_every"), *REPEAT_MINUTES, needed=True)
    repeats = _number(_l("complaints.repeats"), 0, REPEATS_MAX, needed=True)
    hold_1 = _number(_l("complaints.severity_1"), 1, HOLD_MINUTES_MAX, needed=True)
    hold_2 = _number(_l("complaints.severity_2"), 1, HOLD_MINUTES_MAX, needed=True)
    hold_3 = _number(_l("complaints.severity_3"), 1, HOLD_MINUTES_MAX, needed=True)
    hold_4 = _number(_l("complaints.severity_4"), 1, HOLD_MINUTES_MAX, needed=True)
    wakes = TimeField(_l("complaints.wakes"), [InputRequired(_l("stores.time_missing"))])
    sleeps = TimeField(_l("complaints.sleeps"), [InputRequired(_l("stores.time_missing"))])
    spread = _number(_l("complaints.spread_minutes"), 1, SPREAD_MINUTES_MAX, needed=True)
    doubters = _number(_l("complaints.spread_doubters"), *DOUBTERS, needed=True)
    within = _number(_l("complaints.spread_within"), 1, SPREAD_MINUTES_MAX, needed=True)
    score = _number(_l("complaints.spread_score"), *SCORE, needed=True)
    promise = _number(_l("complaints.promise_minutes"), 1, TARGET_MINUTES_MAX, needed=True)

    @staticmethod
    def data_of(policy: Policy) -> dict[str, Any]:
        """Return a policy as the form edits it."""
        holds = {f"hold_{level}": hold // MINUTE for level, hold in policy.ack_hold.items()}
        return holds | {
            "repeat_every": policy.ladder.repeat_every // MINUTE,
            "repeats": policy.ladder.repeats,
            "wakes": clock_time(policy.waking[0]),
            "sleeps": clock_time(policy.waking[1]),
            "spread": policy.spread_seconds // MINUTE,
            "doubters": policy.spread.doubters,
            "within": policy.spread.within_minutes,
            "score": int(policy.spread.score),
            "promise": policy.promise_seconds // MINUTE,
        }

    def holds(self) -> Iterator[Field]:
        """Return the four holds in order."""
        return (self[f"hold_{level}"] for level in range(1, 5))

    def to_policy(self, before: Policy, rungs: list[RungForm]) -> Policy:
        """Return the policy with what the form says."""
        steps = tuple(rung for form in rungs if (rung := form.to_rung()) is not None)
        return replace(
            before,
            ladder=Ladder(steps, self._seconds("repeat_every"), int(self.repeats.data or 0)),
            ack_hold={level: self._seconds(f"hold_{level}") for level in range(1, 5)},
            waking=(_minutes(self.wakes), _minutes(self.sleeps) or DAY_MINUTES),
            spread_seconds=self._seconds("spread"),
            spread=SpreadRule(
                float(self.score.data or 0),
                int(self.doubters.data or 0),
                int(self.within.data or 0),
            ),
            promise_seconds=self._seconds("promise"),
        )

    def _seconds(self, name: str) -> int:
        return int(self[name].data or 0) * MINUTE


def clock_time(minute: int) -> time:
    """Return a minute of the day; 24:00 is midnight."""
    return time(minute // 60 % 24, minute % 60)


def _minutes(field: TimeField) -> int:
    return field.data.hour * 60 + field.data.minute if field.data else 0


def with_targets(
    policy: Policy, severity: int, wanted: Mapping[ClockKind, Target | None]
) -> Policy:
    """Return the policy with other targets for one level; other clocks stay."""
    row = {kind: target for kind, target in policy.targets[severity].items() if kind not in wanted}
    row |= {kind: target for kind, target in wanted.items() if target is not None}
    return replace(policy, targets={**policy.targets, severity: row})
