"""The cause, who was told, and what a platform says: kept beside the log of acts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    BooleanField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from crm.accounts.forms import PageForm, stripped
from crm.complaints.forms.moments import CHOICE, RefusableForm, is_readable, typed_moment
from crm.complaints.rules.commands import PlatformStep
from crm.complaints.rules.words import ALIAS_MAX, REF_MAX, Cause
from crm.i18n import _, _l


class CauseForm(PageForm):
    """Why it came to the complaint; nothing where nobody knows yet."""

    cause = SelectField(_l("complaints.cause"), **CHOICE)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.cause.choices = [SelectChoice("", _("complaints.cause_unknown"))] + [
            SelectChoice(cause.value, _(f"complaints.why_{cause.value}")) for cause in Cause
        ]

    def chosen(self) -> Cause | None:
        """Return the cause."""
        return Cause(self.cause.data) if self.cause.data else None


class ToldForm(PageForm):
    """One onlooker was told, or was not after all."""

    name = StringField(
        filters=[stripped],
        validators=[
            DataRequired(_l("complaints.error.choose")),
            Length(max=ALIAS_MAX, message=_l("complaints.error.choose")),
        ],
    )
    told = BooleanField()


class PlatformForm(RefusableForm):
    """A deadline that a platform or an authority gave: a new step, or another time for one."""

    elsewhere = "due_at"
    due_at = StringField(
        _l("complaints.external_due"),
        id="platform-due",
        validators=[InputRequired(_l("complaints.error.when_shape")), is_readable],
    )
    step = StringField(
        _l("complaints.external_step"),
        filters=[stripped],
        validators=[Length(max=REF_MAX, message=_l("complaints.error.too_long", limit=REF_MAX))],
    )
    cycle = IntegerField(validators=[Optional()])

    def __init__(self, sent: Any = None, *, now: datetime, **given: Any) -> None:
        super().__init__(sent, **given)
        self.now = now

    def to_command(self) -> PlatformStep:
        """Return the step."""
        due_at = typed_moment(self, self.due_at) or self.now
        return PlatformStep(due_at, self.step.data or "", self.cycle.data)
