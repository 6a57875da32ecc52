"""Which of two contacts each field is taken from."""

from typing import Any

from wtforms import IntegerField, RadioField, SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import HiddenInput

from crm.accounts.forms import PageForm
from crm.contacts.rules import Field
from crm.i18n import _l
from crm.lifecycle.rules.merging import Merge, Side
from crm.web.pages import ROW_MAX

KEPT, OTHER = "kept", "other"
NOBODY = 0
"""No row has it, so whoever looks for it finds nothing: 404."""


class PairForm(PageForm):
    """Whom a button names."""

    first = IntegerField(validators=[NumberRange(1, ROW_MAX)])
    second = IntegerField(validators=[NumberRange(1, ROW_MAX)])
    other = IntegerField(validators=[NumberRange(1, ROW_MAX)])

    def pair(self) -> tuple[int, int]:
        """Return both."""
        return self._row(self.first), self._row(self.second)

    def chosen(self) -> int:
        """Return the other one of a merge."""
        return self._row(self.other)

    def _row(self, field: IntegerField) -> int:
        return field.data or NOBODY if field.validate(self) else NOBODY


class MergeForm(PageForm):
    """One choice a field that differs; what is the same on both sides is not asked."""

    other = IntegerField(validators=[InputRequired()], widget=HiddenInput())
    name = RadioField(_l("lifecycle.field_name"))
    nickname = RadioField(_l("lifecycle.field_nickname"))
    remark = RadioField(_l("lifecycle.field_remark"))
    store_id = RadioField(_l("lifecycle.field_store_id"))
    owner_id = RadioField(_l("lifecycle.field_owner_id"))

    def __init__(self, formdata: Any, *, kept: Side, other: Side) -> None:
        """Offer the values of both; what the kept one lacks is proposed from the other."""
        lacking = {field.value: OTHER for field in Field if not kept.values[field]}
        same = {field.value: KEPT for field in Field}
        super().__init__(formdata, data={**same, **lacking, "other": other.id})
        for field in Field:
            if kept.values[field] == other.values[field]:
                del self[field.value]
                continue
            asked: Any = self[field.value]
            asked.choices = [
                SelectChoice(KEPT, kept.words[field]),
                SelectChoice(OTHER, other.words[field]),
            ]

    def to_command(self, kept_id: int, other_id: int) -> Merge:
        """Return what was chosen."""
        taken = {one for one in Field if one.value in self and self[one.value].data == OTHER}
        return Merge(kept_id, other_id, frozenset(taken))
