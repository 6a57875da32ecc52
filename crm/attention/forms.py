"""Shape and wording of the forms about one-on-one time."""

from datetime import datetime
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    IntegerField,
    RadioField,
    SelectChoice,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from crm.accounts.forms import PageForm
from crm.attention.rules import (
    CAP_MAX,
    DAY_MAX,
    FULL,
    MINUTE_CHOICES,
    MINUTES_MAX,
    REASON_MAX,
    WINDOW,
    MoreTime,
    OverReason,
    Policy,
)
from crm.contacts.rules import one_line
from crm.i18n import _l


def _wrong(words: Any, what: str = "value") -> dict[str, Any]:
    """Return the words for what is no number, or no choice of the list."""
    return {f"invalid_{what}_message": words}


def number(label: str, low: int, high: int) -> IntegerField:
    """Return a field for a whole number between two bounds."""
    words = _l("attention.number_range", low=low, high=high)
    return IntegerField(
        _l(label),
        [InputRequired(words), NumberRange(min=low, max=high, message=words)],
        **_wrong(words),
    )


class MinutesForm(PageForm):
    """How long a touch took."""

    minutes = RadioField(
        _l("attention.minutes"),
        choices=[SelectChoice(n, _l("fmt.minutes", n=n)) for n in MINUTE_CHOICES],
        coerce=int,
        validate_choice=False,
        **_wrong(_l("attention.number_range", low=1, high=MINUTES_MAX)),
        validators=[
            NumberRange(
                min=1,
                max=MINUTES_MAX,
                message=_l("attention.number_range", low=1, high=MINUTES_MAX),
            )
        ],
    )


class ReasonForm(PageForm):
    """Why more was spent than the limit gives."""

    reason = RadioField(
        _l("attention.reason"),
        choices=[
            SelectChoice(reason.value, _l(f"attention.reason_{reason.value}"))
            for reason in OverReason
        ],
        **_wrong(_l("attention.reason_missing"), "choice"),
        validators=[InputRequired(_l("attention.reason_missing"))],
    )


class MoreTimeForm(PageForm):
    """More time for one contact, with the reason."""

    minutes = number("attention.more_minutes", 1, CAP_MAX)
    reason = StringField(
        _l("attention.more_reason"),
        [
            DataRequired(_l("attention.more_reason_missing")),
            Length(max=REASON_MAX, message=_l("contacts.too_long", n=REASON_MAX)),
        ],
        filters=[one_line],
    )

    def to_command(self, now: datetime) -> MoreTime:
        """Return what the service takes; it holds as long as the time that is counted."""
        return MoreTime(self.minutes.data or 1, str(self.reason.data), now + WINDOW)


class PolicyForm(PageForm):
    """The shop's limits."""

    cap_minutes = number("attention.cap_minutes", 0, CAP_MAX)
    loyal_cap_minutes = number("attention.loyal_cap_minutes", 0, CAP_MAX)
    staff_day_minutes = number("attention.staff_day_minutes", 1, DAY_MAX)
    warn_percent = number("attention.warn_percent", 1, FULL)

    def to_policy(self, before: Policy) -> Policy:
        """Return the limits; what this form does not show stays as it was."""
        return Policy(
            cap_minutes=self.cap_minutes.data or 0,
            loyal_cap_minutes=self.loyal_cap_minutes.data or 0,
            staff_day_minutes=self.staff_day_minutes.data or 1,
            warn_percent=self.warn_percent.data or 1,
            margin_percent=before.margin_percent,
            hourly_cost_fen=before.hourly_cost_fen,
        )
