"""Shape and wording of the form that takes a file: of customers or of orders."""

from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    FileField,
    RadioField,
    SelectChoice,
    SelectField,
)
from wtforms.validators import ValidationError

from crm.accounts.forms import PageForm
from crm.contacts.rules import one_line
from crm.i18n import _, _l, fmt
from crm.integrations.formats.tables import UnreadableFile

EITHER, PEOPLE, ORDERS = "either", "contacts", "orders"


class ImportForm(PageForm):
    """A file, what it holds, and of which store; the view passes the actor's stores in."""

    kind = RadioField(
        _l("orders.file_kind"),
        choices=[
            SelectChoice(EITHER, _l("orders.kind_either")),
            SelectChoice(PEOPLE, _l("orders.kind_contacts")),
            SelectChoice(ORDERS, _l("orders.kind_orders")),
        ],
        default=EITHER,
    )
    file = FileField(_l("orders.choose_file"))
    store = SelectField(_l("orders.store"), coerce=int, default=0)

    def __init__(self, *args: Any, stores: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores = stores
        self.store.choices = [(0, _("orders.store_any")), *stores]

    def validate_file(self, field: FileField) -> None:
        if not getattr(field.data, "filename", "") or not self.filename:
            raise ValidationError(_("orders.file_missing"))

    def refuse(self, error: UnreadableFile) -> None:
        """Say beside the file why it cannot be read."""
        columns = fmt.listed(error.missing)
        self.file.errors = [_(f"integrations.file.{error.problem.value}", columns=columns)]

    @property
    def filename(self) -> str:
        """The file's name as a page may show it."""
        return one_line(str(self.file.data.filename))

    @property
    def store_id(self) -> int | None:
        """The chosen store."""
        return self.store.data or None

    @property
    def store_of_people(self) -> int | None:
        """The chosen store; customers of somebody with one store are that store's."""
        return self.stores[0][0] if len(self.stores) == 1 else self.store_id
