"""Shape of the choices above the results: how far back, which store."""

from typing import Any

from wtforms import SelectField

from crm.accounts.forms import PageForm
from crm.i18n import _, _l
from crm.reports.rules import Period


class ResultsForm(PageForm):
    """A choice that is none falls back to the shipped one: a link must never fail."""

    period = SelectField(_l("reports.period"), default=Period.QUARTER.value)
    store = SelectField(_l("reports.store"), default="")

    def __init__(self, *args: Any, stores: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.period.choices = [(p.value, _(f"reports.period_{p.name.lower()}")) for p in Period]
        every = ("", _("reports.store_all"))
        self.store.choices = [every, *((str(store_id), name) for store_id, name in stores)]
        self.validate()
        for field in (self.period, self.store):
            if field.errors:
                field.data, field.errors = field.default, []

    @property
    def chosen_period(self) -> Period:
        return Period(self.period.data)

    @property
    def store_id(self) -> int | None:
        return int(self.store.data) if self.store.data else None
