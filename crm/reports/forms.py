"""Shape of the choices above the results: how far back, which store, split by what."""

from typing import Any

from wtforms import SelectField

from crm.accounts.forms import PageForm
from crm.i18n import _, _l
from crm.lifecycle.rules.moves import FunnelBy
from crm.reports.rules import Period

ALWAYS = ""
"""No period: everybody who was ever moved."""


def _periods() -> list[tuple[str, str]]:
    return [(period.value, _(f"reports.period_{period.name.lower()}")) for period in Period]


class ResultsForm(PageForm):
    """A choice that is none falls back to the shipped one: a link must never fail."""

    period = SelectField(_l("reports.period"), default=Period.QUARTER.value)
    store = SelectField(_l("reports.store"), default="")

    def __init__(self, *args: Any, stores: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_choices()
        every = ("", _("reports.store_all"))
        self.store.choices = [every, *((str(store_id), name) for store_id, name in stores)]
        self.validate()
        for field in self:
            if field.errors:
                field.data, field.errors = field.default, []

    def set_choices(self) -> None:
        """Word the choices in the language of the page."""
        self.period.choices = _periods()

    @property
    def chosen_period(self) -> Period:
        return Period(self.period.data)

    @property
    def store_id(self) -> int | None:
        return int(self.store.data) if self.store.data else None


class MovesForm(ResultsForm):
    """The choices above the move funnel, which counts everybody unless a period is chosen."""

    period = SelectField(_l("reports.moved_within"), default=ALWAYS)
    by = SelectField(_l("reports.split_by"), default=FunnelBy.STORE.value)

    def set_choices(self) -> None:
        """Word the choices in the language of the page."""
        self.period.choices = [(ALWAYS, _("reports.always")), *_periods()]
        self.by.choices = [(by.value, _(f"reports.by_{by.value}")) for by in FunnelBy]

    @property
    def chosen_by(self) -> FunnelBy:
        return FunnelBy(self.by.data)

    @property
    def days(self) -> int | None:
        return Period(self.period.data).days if self.period.data else None
