"""Shape and wording of the steps of a list."""

from collections.abc import Sequence
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from crm.accounts.forms import PageForm, whole_number
from crm.campaigns.rules import (
    CONDITIONS_MAX,
    COPY_MAX,
    DAILY_CAP_MAX,
    HOLDOUT_MAX,
    NAME_MAX,
    RHYTHMS,
    ChangeCopy,
    ChangePeople,
    ChangeTasks,
    Condition,
    Field,
    Op,
    Purpose,
)
from crm.claims.forms import INDUSTRIES
from crm.claims.rules import Industry, clean_line, clean_text
from crm.i18n import _, _l, fmt
from crm.loyalty.rules import Tag

ORDER_STEPS = (1, 2, 3, 5)
DAY_STEPS = (14, 30, 45, 60, 90, 180)
ANY = ""
RULE_TAGS = tuple((tag.value, _l(f"loyalty.tag.{tag.value}")) for tag in Tag)


Options = dict[str, Sequence[tuple[int | str, Any]]]


class VersionField(IntegerField):
    """The version the person saw; a form without one is stale."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]) if valuelist else ""
        self.data = int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004


def _within(message: str, low: int, high: int) -> list[Any]:
    return whole_number(_l(message, low=low, high=high), low, high)


class PeopleForm(PageForm):
    """Name, conditions, hold-out. Conditions are kept by a tick or added, one of each kind."""

    name = StringField(
        _l("campaigns.name"),
        [
            DataRequired(_l("campaigns.name_missing")),
            Length(max=NAME_MAX, message=_l("campaigns.too_long", n=NAME_MAX)),
        ],
        filters=[clean_line],
    )
    keep = SelectMultipleField(
        _l("campaigns.conditions"),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    store = SelectField(_l("campaigns.field.store_id"), default=ANY)
    tag = SelectField(_l("campaigns.field.tag"), default=ANY)
    orders = SelectField(_l("campaigns.field.orders_count"), default=ANY)
    days = SelectField(_l("campaigns.field.days_since_last_order"), default=ANY)
    rhythm = SelectField(_l("campaigns.field.rhythm_state"), default=ANY)
    category = SelectField(_l("campaigns.field.bought_category"), default=ANY)
    moved_from = SelectField(_l("campaigns.field.moved_from_store_id"), default=ANY)
    group = SelectField(_l("campaigns.field.group_id"), default=ANY)
    holdout = IntegerField(
        _l("campaigns.holdout"), _within("campaigns.holdout_range", 0, HOLDOUT_MAX)
    )
    purpose = SelectField(
        _l("campaigns.purpose"),
        choices=[SelectChoice(p.value, _l(f"campaigns.purpose.{p.value}")) for p in Purpose],
    )
    version = VersionField()

    _adds = (
        ("store", Field.STORE, Op.IS, int),
        ("tag", Field.TAG, Op.HAS, str),
        ("orders", Field.ORDERS, Op.AT_LEAST, int),
        ("days", Field.DAYS, Op.AT_LEAST, int),
        ("rhythm", Field.RHYTHM, Op.IS, str),
        ("category", Field.CATEGORY, Op.HAS, str),
        ("moved_from", Field.MOVED_FROM, Op.IS, int),
        ("group", Field.GROUP, Op.IS, int),
    )

    def __init__(
        self,
        *args: Any,
        conditions: Sequence[Condition],
        words: Sequence[str],
        options: Options,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.conditions = conditions
        self.keep.choices = [SelectChoice(str(i), text) for i, text in enumerate(words)]
        for name, *_rest in self._adds:
            found = [SelectChoice(str(value), text) for value, text in options[name]]
            field: Any = self[name]
            field.choices = [SelectChoice(ANY, _("campaigns.any")), *found]

    @property
    def added(self) -> list[Any]:
        """The fields that add a condition, in the order of the page."""
        fields: list[Any] = [self[name] for name, *_rest in self._adds]
        return [field for field in fields if len(field.choices) > 1]

    def keep_all(self) -> None:
        """Tick every condition: ticks of an older page mean other ones."""
        self.keep.data = [str(i) for i in range(len(self.conditions))]

    def validate_keep(self, field: SelectMultipleField) -> None:
        """A filter with more conditions could be stored but never read again."""
        added = sum(1 for name, *_rest in self._adds if self[name].data)
        if len(field.data or ()) + added > CONDITIONS_MAX:
            raise ValidationError(_("campaigns.error.filter_many", limit=CONDITIONS_MAX))

    def to_command(self) -> ChangePeople:
        kept = [c for i, c in enumerate(self.conditions) if str(i) in (self.keep.data or ())]
        new = [
            Condition(field, op, read(self[name].data))
            for name, field, op, read in self._adds
            if self[name].data
        ]
        return ChangePeople(
            name=str(self.name.data),
            conditions=tuple(dict.fromkeys([*kept, *new])),
            holdout_percent=int(self.holdout.data or 0),
            purpose=Purpose(self.purpose.data),
            version=int(self.version.data or 0),
        )


class CopyForm(PageForm):
    """What the message says. `take` is the wording of a finding to take over: start:end:rule."""

    text = TextAreaField(
        _l("campaigns.copy"),
        [Length(max=COPY_MAX, message=_l("campaigns.too_long", n=COPY_MAX))],
        filters=[clean_text],
    )
    industry = SelectField(_l("claims.industry"), choices=INDUSTRIES)
    version = VersionField()

    def to_command(self) -> ChangeCopy:
        return ChangeCopy(
            copy=self.text.data or "",
            industry=Industry(self.industry.data),
            version=int(self.version.data or 0),
        )


class TasksForm(PageForm):
    """How many people a writer gets a day."""

    daily_cap = IntegerField(
        _l("campaigns.daily_cap"), _within("campaigns.daily_cap_range", 1, DAILY_CAP_MAX)
    )
    version = VersionField()

    def to_command(self) -> ChangeTasks:
        return ChangeTasks(int(self.daily_cap.data or 0), int(self.version.data or 0))


def options_of(
    *,
    stores: dict[int, str],
    own_stores: dict[int, str],
    groups: dict[int, str],
    tags: Sequence[str],
    categories: Sequence[str],
) -> Options:
    """What each added condition can be chosen from."""
    return {
        "store": list(own_stores.items()),
        "tag": [*RULE_TAGS, *((tag, tag) for tag in tags)],
        "orders": [(n, _("campaigns.cond.orders_count.>=", value=n)) for n in ORDER_STEPS],
        "days": [(n, _("campaigns.cond.days_since_last_order.>=", value=n)) for n in DAY_STEPS],
        "rhythm": [(state, _(f"loyalty.state.{state}")) for state in RHYTHMS],
        "category": [(category, category) for category in categories],
        "moved_from": list(stores.items()),
        "group": list(groups.items()),
    }


def condition_words(condition: Condition, *, stores: dict[int, str], groups: dict[int, str]) -> str:
    """A condition as a person reads it."""
    field, op = condition.field, condition.op
    if field in {Field.ORDERS, Field.SPENT, Field.DAYS}:
        low, *rest = (
            fmt.money(int(value)) if field is Field.SPENT else value for value in condition.values
        )
        key = f"campaigns.cond.{field.value}.{op.value}"
        return _(key, value=low, most=rest[0]) if rest else _(key, value=low)
    tables: dict[Field, dict[Any, Any]] = {
        Field.STORE: stores,
        Field.MOVED_FROM: stores,
        Field.GROUP: groups,
        Field.TAG: dict(RULE_TAGS),
        Field.RHYTHM: {state: _l(f"loyalty.state.{state}") for state in RHYTHMS},
    }
    names = tables.get(field, {})
    words = [names.get(value, value) for value in condition.values]
    return _(f"campaigns.cond.{field.value}", value=fmt.listed(map(str, words)))
