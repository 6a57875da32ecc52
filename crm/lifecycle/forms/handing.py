"""Who looks after one contact from now on."""

from collections.abc import Mapping
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    RadioField,
    SelectChoice,
)
from wtforms.validators import AnyOf

from crm.accounts.forms import PageForm
from crm.i18n import _, _l


class HandOnForm(PageForm):
    """One colleague of her store."""

    to_id = RadioField(_l("lifecycle.hand_on_to"), validate_choice=False)

    def __init__(self, *args: Any, people: Mapping[int, str], **kwargs: Any) -> None:
        """`people` are all who may look after her, but for who does now."""
        super().__init__(*args, **kwargs)
        self.to_id.choices = [SelectChoice(str(one), name) for one, name in people.items()]
        self.to_id.validators = [AnyOf({str(one) for one in people}, _("lifecycle.to_missing"))]
        self.people = people

    def chosen(self) -> tuple[int, str]:
        """Return the chosen colleague and how she is called."""
        to_id = int(self.to_id.data)
        return to_id, self.people[to_id]
