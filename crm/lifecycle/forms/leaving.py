"""Who takes over somebody's book, and what becomes of it when her access ends."""

from collections.abc import Mapping
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    RadioField,
    SelectChoice,
    SelectField,
)
from wtforms.validators import InputRequired, ValidationError

from crm.accounts.forms import PageForm
from crm.i18n import _, _l
from crm.lifecycle.rules.leaving import Way, Wish

LEAVE_IT, IN_TURN = "", "turn"
WAITS, NOW = "waits", "now"


class HandOverForm(PageForm):
    """To one person, or by store; the view makes a field for each store with `for_stores`."""

    way = RadioField(
        _l("lifecycle.way"),
        [InputRequired(_l("lifecycle.way_missing"))],
        choices=[SelectChoice(way.value, _l(f"lifecycle.way_{way.value}")) for way in Way],
        default=Way.ONE.value,
    )
    to = SelectField(_l("lifecycle.to"), default=LEAVE_IT)

    def __init__(
        self, *args: Any, people: Mapping[int, str], homes: Mapping[int, set[int]], **kwargs: Any
    ) -> None:
        """`people` are all who could take over, `homes` who may see each store."""
        super().__init__(*args, **kwargs)
        self.to.choices = [
            SelectChoice(LEAVE_IT, _("lifecycle.choose")),
            *(SelectChoice(str(one), name) for one, name in people.items()),
        ]
        for store_id, here in homes.items():
            self._of(store_id).choices = [
                SelectChoice(IN_TURN, _("lifecycle.in_turn")),
                *(SelectChoice(str(one), people[one]) for one in people if one in here),
                SelectChoice(LEAVE_IT, _("lifecycle.leave_it")),
            ]
        self.homes = homes

    @classmethod
    def for_stores(cls, stores: Mapping[int, str]) -> type["HandOverForm"]:
        """Return the form with a field for each of these stores."""
        fields = {
            f"store_{one}": SelectField(name, default=IN_TURN) for one, name in stores.items()
        }
        return type("HandOverForm", (cls,), fields)

    def _of(self, store_id: int) -> SelectField:
        field = self[f"store_{store_id}"]
        assert isinstance(field, SelectField)  # noqa: S101  `for_stores` made it
        return field

    @property
    def by_store(self) -> list[SelectField]:
        """The fields of the stores, in order."""
        return [self._of(one) for one in self.homes]

    def validate_to(self, field: SelectField) -> None:
        """Somebody is chosen where all goes to one."""
        if self.is_asked and self.way.data == Way.ONE.value and not field.data:
            raise ValidationError(_("lifecycle.to_missing"))

    @property
    def is_asked(self) -> bool:
        """Whether anything is handed over now."""
        return True

    def to_wish(self) -> Wish | None:
        """Return who shall take over; nobody where the book waits."""
        if not self.is_asked:
            return None
        if self.way.data == Way.ONE.value:
            return Wish(everything=int(self.to.data))
        chosen = {one: self._of(one).data for one in self.homes}
        return Wish(
            by_store={
                one: None if answer == IN_TURN else int(answer)
                for one, answer in chosen.items()
                if answer != LEAVE_IT
            }
        )


class LeaveForm(HandOverForm):
    """Access ends now; the book is handed over with it, or waits."""

    book = RadioField(
        _l("lifecycle.book"),
        [InputRequired(_l("lifecycle.book_missing"))],
        choices=[SelectChoice(one, _l(f"lifecycle.book_{one}")) for one in (NOW, WAITS)],
        default=NOW,
    )

    @property
    def is_asked(self) -> bool:
        """Whether anything is handed over now."""
        return bool(self.book.data == NOW)
