"""What a complaint or an incident goes back to."""

from __future__ import annotations

from typing import Any

from wtforms import (
    DateField,
    StringField,
)
from wtforms.validators import (
    Length,
    Optional,
    ValidationError,
)

from crm.accounts.forms import PageForm, stripped
from crm.complaints.rules.incidents import Origin
from crm.complaints.rules.words import (
    REF_MAX,
)
from crm.i18n import _, _l


def _ref(label: Any) -> StringField:
    words = _l("complaints.error.too_long", limit=REF_MAX)
    return StringField(
        label, filters=[stripped], validators=[Optional(), Length(max=REF_MAX, message=words)]
    )


class MatterForm(PageForm):
    """Which order, parcel, product, batch and packer a complaint is about."""

    order_ref = _ref(_l("complaints.order_ref"))
    product_ref = _ref(_l("complaints.product_ref"))
    parcel_ref = _ref(_l("complaints.parcel_ref"))
    batch_ref = _ref(_l("complaints.batch_ref"))
    packer_ref = _ref(_l("complaints.packer_ref"))

    def refs(self) -> dict[str, str]:
        """Return what was typed; nothing where nothing is known."""
        return {name: str(value or "") for name, value in self.data.items()}


class OriginForm(PageForm):
    """What an incident goes back to, and on which days others bought the same."""

    product_ref = _ref(_l("complaints.product_ref"))
    order_ref = _ref(_l("complaints.order_ref"))
    batch_ref = _ref(_l("complaints.batch_ref"))
    packer_ref = _ref(_l("complaints.packer_ref"))
    bought_from = DateField(_l("complaints.bought_from"), validators=[Optional()])
    bought_until = DateField(_l("complaints.bought_until"), validators=[Optional()])

    def validate_bought_until(self, field: DateField) -> None:
        """The last day is not before the first."""
        if field.data and self.bought_from.data and field.data < self.bought_from.data:
            raise ValidationError(_("complaints.error.days_order"))

    def to_origin(self) -> Origin:
        """Return it as the rules read it."""
        return Origin(
            product_ref=self.product_ref.data or "",
            order_ref=self.order_ref.data or "",
            batch_ref=self.batch_ref.data or "",
            packer_ref=self.packer_ref.data or "",
            bought_from=self.bought_from.data,
            bought_until=self.bought_until.data,
        )
