"""Shape and wording of a platform's or an authority's period."""

from __future__ import annotations

from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    BooleanField,
    DateField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional, ValidationError

from crm.accounts.forms import PageForm, stripped
from crm.complaints.rules.presets import (
    AMOUNT_MAX,
    AMOUNTS_MAX,
    PRESET_NAME_MAX,
    PRESET_SOURCE_MAX,
    Confidence,
    PresetBasis,
)
from crm.complaints.rules.words import PLATFORM_CHANNELS, Channel
from crm.i18n import _, _l

OFFERED = (*sorted(PLATFORM_CHANNELS, key=list(Channel).index), Channel.PRIVACY_REQUEST)


class PeriodForm(PageForm):
    """What it is called, how long it is, where that stands and when it was looked up."""

    name = StringField(
        _l("complaints.period_name"),
        [
            Length(
                max=PRESET_NAME_MAX, message=_l("complaints.error.too_long", limit=PRESET_NAME_MAX)
            )
        ],
        filters=[stripped],
    )
    channel = SelectField(_l("complaints.channel"))
    amount = IntegerField(
        _l("complaints.period_amount"),
        [Optional()],
    )
    basis = SelectField(_l("complaints.period_basis"))
    source = TextAreaField(
        _l("complaints.period_source"),
        [
            Length(
                max=PRESET_SOURCE_MAX,
                message=_l("complaints.error.too_long", limit=PRESET_SOURCE_MAX),
            )
        ],
        filters=[stripped],
    )
    confidence = SelectField(_l("complaints.period_confidence"))
    checked_on = DateField(_l("complaints.period_checked"), [Optional()])
    is_on = BooleanField(_l("complaints.period_is_on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel.choices = [
            SelectChoice(one.value, _(f"complaints.channel_{one.value}")) for one in OFFERED
        ]
        self.basis.choices = [
            SelectChoice(one.value, _(f"complaints.period_basis_{one.value}"))
            for one in PresetBasis
        ]
        self.confidence.choices = [
            SelectChoice(one.value, _(f"complaints.confidence_{one.value}")) for one in Confidence
        ]

    def validate_amount(self, field: IntegerField) -> None:
        """Hours may be more than days: no period is longer than a year."""
        known = {basis.value: most for basis, most in AMOUNTS_MAX.items()}
        most = known.get(self.basis.data, AMOUNT_MAX)
        if field.data is not None and not 1 <= field.data <= most:
            raise ValidationError(_("complaints.error.whole_number", least=1, most=most))

    def check(self, *, needs_name: bool) -> bool:
        """Say whether it can be saved; a period of the shop's own needs a name."""
        valid = bool(self.validate())
        if needs_name and not self.name.data:
            self.name.errors = [_("complaints.error.period_name_needed")]
            return False
        if self.basis.data != PresetBasis.INFORMATION.value and self.amount.data is None:
            self.amount.errors = [_("complaints.error.period_amount_needed")]
            return False
        return valid
