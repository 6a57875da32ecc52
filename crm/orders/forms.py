"""Shape and wording of the form that takes an order file."""

from typing import Any

from wtforms import FileField, SelectField
from wtforms.validators import ValidationError

from crm.accounts.forms import PageForm
from crm.contacts.rules import one_line
from crm.i18n import _, _l
from crm.integrations.formats.shop_orders import UnreadableFile


class OrderFileForm(PageForm):
    """A file, and the store whose orders it holds; the view passes the actor's stores in."""

    file = FileField(_l("orders.choose_file"))
    store = SelectField(_l("orders.store"), coerce=int, default=0)

    def __init__(self, *args: Any, stores: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.store.choices = [(0, _("orders.store_any")), *stores]

    def validate_file(self, field: FileField) -> None:
        if not getattr(field.data, "filename", "") or not self.filename:
            raise ValidationError(_("orders.file_missing"))

    def refuse(self, error: UnreadableFile) -> None:
        """Say beside the file why it cannot be read."""
        columns = _("orders.and").join(error.missing)
        self.file.errors = [_(f"integrations.file.{error.problem.value}", columns=columns)]

    @property
    def filename(self) -> str:
        """The file's name as a page may show it."""
        return one_line(str(self.file.data.filename))

    @property
    def store_id(self) -> int | None:
        return self.store.data or None
