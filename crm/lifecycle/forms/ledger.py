"""Which step was tapped, and the ground on which somebody is kept."""

from datetime import date, datetime, time
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    DateField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import Optional, ValidationError

from crm.accounts.forms import PageForm
from crm.contacts.forms import CHOICE, DATE, LONG_AGO, too_long
from crm.contacts.rules import (
    CONSENT_NOTE_MAX,
    TAPPED_STEPS,
    Consent,
    ConsentBasis,
    MoveStep,
    one_line,
)
from crm.i18n import _, _l, fmt


class StepForm(PageForm):
    """The step that a button names."""

    step = SelectField(choices=[SelectChoice(step.value, step.value) for step in TAPPED_STEPS])

    def chosen(self) -> MoveStep | None:
        """Return it, or None for any other word."""
        return MoveStep(self.step.data) if self.validate() else None


class ConsentForm(PageForm):
    """On which ground she is kept, and since which day."""

    basis = RadioField(
        _l("lifecycle.ground"),
        choices=[SelectChoice(b.value, _l(f"contacts.consent_{b.value}")) for b in ConsentBasis],
        default=ConsentBasis.CONSENT.value,
        **CHOICE,
    )
    given_on = DateField(_l("contacts.consent_on"), [Optional()], **DATE)
    note = StringField(
        _l("contacts.consent_note"), [too_long(CONSENT_NOTE_MAX)], filters=[one_line]
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def validate_given_on(self, field: DateField) -> None:
        """Not in the future, and no year that was begun and never finished."""
        if field.data is not None and field.data < LONG_AGO:
            raise ValidationError(_("contacts.date_shape"))
        if field.data is not None and field.data > self.today:
            raise ValidationError(_("contacts.date_in_future"))

    def to_command(self) -> Consent:
        """Return the ground as the service takes it; today and nothing mean now."""
        day, at = self.given_on.data, None
        if day is not None and day != self.today:
            at = datetime.combine(day, time(), tzinfo=fmt.zone())
        return Consent(ConsentBasis(self.basis.data), at=at, note=str(self.note.data or ""))
