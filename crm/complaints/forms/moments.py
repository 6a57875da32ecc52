"""Times as people type them, and what every form about complaints says of a wrong choice."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from wtforms import Field
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from crm.accounts.forms import PageForm
from crm.complaints.rules.words import BadEvent
from crm.i18n import _, _l

CHOICE = {
    "invalid_choice_message": _l("complaints.error.choose"),
    "invalid_value_message": _l("complaints.error.choose"),
}
_WHEN = re.compile(
    r"(?:(?:(?P<year>\d{4})[-/.年 ]+)?(?P<month>\d{1,2})[-/.月 ]+(?P<day>\d{1,2})日?[ ,T]*)?"
    r"(?P<hour>\d{1,2})[:点 ](?P<minute>\d{1,2})"
)
_PLAIN = str.maketrans("０１２３４５６７８９：－／．　", "0123456789:-/. ")


def read_moment(text: str, now: datetime) -> datetime | None:
    """Read 20:14, 6-18 20:14 or 2025-06-18 20:14 in the zone of `now`; None where it is no time."""
    found = _WHEN.fullmatch(text.translate(_PLAIN).strip())
    if found is None:
        return None
    parts = {name: int(value) for name, value in found.groupdict().items() if value}
    try:
        moment = now.replace(**parts, second=0, microsecond=0)  # type: ignore[arg-type]
        # In January 12-31 is a day of last year.
        is_last_year = "year" not in parts and moment - now > timedelta(days=180)
        moment = moment.replace(year=now.year - 1) if is_last_year else moment
        moment.astimezone(UTC)  # the first and the last day of all overflow
    except (ValueError, OverflowError):
        return None
    return moment


def is_readable(form: BaseForm, field: Field) -> None:
    """Nothing, or a time that can be read."""
    if (field.data or "").strip() and read_moment(str(field.data), form.now) is None:  # type: ignore[attr-defined]
        raise ValidationError(_("complaints.error.when_shape"))


def typed_moment(form: BaseForm, field: Field) -> datetime | None:
    """Return the time in a field that was found readable; None where nothing was typed."""
    typed = (field.data or "").strip()
    return read_moment(typed, form.now) if typed else None  # type: ignore[attr-defined]


class RefusableForm(PageForm):
    """A form whose service may refuse what was typed."""

    elsewhere = "text"
    """The field that shows what is about no field of the form."""

    def explain(self, error: BadEvent) -> None:
        """Show what the service refused beside its field."""
        field = self[error.field if error.field in self else self.elsewhere]
        field.errors = [*field.errors, _(error.key, **error.values)]
