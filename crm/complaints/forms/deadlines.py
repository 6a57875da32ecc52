"""The promise: which preset, and the shop's own times in it."""

from __future__ import annotations

from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    IntegerField,
    RadioField,
    SelectChoice,
)
from wtforms.validators import (
    InputRequired,
    NumberRange,
    Optional,
)

from crm.accounts.forms import PageForm
from crm.complaints.forms.moments import CHOICE
from crm.complaints.rules.policy import (
    TARGET_HOURS_MAX,
    TARGET_MINUTES_MAX,
    LevelTimes,
    Preset,
)
from crm.i18n import _, _l


def _minutes(label: Any, *, needed: bool) -> IntegerField:
    words = _l("complaints.error.minutes", most=TARGET_MINUTES_MAX)
    first = InputRequired(message=words) if needed else Optional()
    limit = NumberRange(min=1, max=TARGET_MINUTES_MAX, message=words)
    return IntegerField(label, validators=[first, limit])


def _hours(label: Any) -> IntegerField:
    words = _l("complaints.error.hours", most=TARGET_HOURS_MAX)
    limit = NumberRange(min=1, max=TARGET_HOURS_MAX, message=words)
    return IntegerField(label, validators=[InputRequired(message=words), limit])


class DeadlinesForm(PageForm):
    """The two presets, and the shop's own times in the one that it uses."""

    preset = RadioField(_l("complaints.preset"), **CHOICE)
    urgent_first = _minutes(_l("complaints.urgent_first"), needed=True)
    urgent_solve = _hours(_l("complaints.urgent_solve"))
    urgent_live = _minutes(_l("complaints.urgent_live"), needed=False)
    normal_first = _minutes(_l("complaints.normal_first"), needed=True)
    normal_solve = _hours(_l("complaints.normal_solve"))
    normal_live = _minutes(_l("complaints.normal_live"), needed=False)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.preset.choices = [
            SelectChoice(preset.value, _(f"complaints.preset_{preset.value}"))
            for preset in (Preset.TWO_LEVEL, Preset.FULL)
        ]

    @staticmethod
    def data_of(preset: Preset, urgent: LevelTimes, normal: LevelTimes) -> dict[str, Any]:
        """Return a policy as the form edits it."""
        return {
            "preset": preset.value,
            "urgent_first": urgent.first_minutes,
            "urgent_solve": urgent.solve_hours,
            "urgent_live": urgent.live_minutes,
            "normal_first": normal.first_minutes,
            "normal_solve": normal.solve_hours,
            "normal_live": normal.live_minutes,
        }

    def chosen(self, before: dict[str, Any]) -> tuple[Preset, dict[int, LevelTimes] | None]:
        """Return the preset and the times; another preset with untouched times brings its own."""
        preset = Preset(self.preset.data)
        untouched = all(self.data[name] == before[name] for name in before if name != "preset")
        if preset.value != before["preset"] and untouched:
            return preset, None
        return preset, {1: self._times("urgent"), 2: self._times("normal")}

    def _times(self, level: str) -> LevelTimes:
        live = self[f"{level}_live"].data
        return LevelTimes(int(self[f"{level}_first"].data), int(self[f"{level}_solve"].data), live)
