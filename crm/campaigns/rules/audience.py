"""The filter of a list: conditions as data, all of which must hold.

Whether a condition makes sense is decided here; who meets it is a query's business.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

CONDITIONS_MAX = 20
VALUES_MAX = 200
WORD_MAX = 60
ID_MAX = 2**31 - 1  # what an id or a count can be in a table
MONEY_MAX = 2**53

_E = TypeVar("_E", bound=StrEnum)
Value = int | str | tuple[int, ...] | tuple[str, ...]


class Field(StrEnum):
    """What a condition may ask about a contact."""

    STORE = "store_id"
    TAG = "tag"
    ORDERS = "orders_count"
    SPENT = "net_spent_fen"
    DAYS = "days_since_last_order"
    CATEGORY = "bought_category"
    RHYTHM = "rhythm_state"
    MOVED_FROM = "moved_from_store_id"
    GROUP = "group_id"


class Op(StrEnum):
    """How it is compared."""

    IS = "is"
    IN = "in"
    HAS = "has"
    AT_LEAST = ">="
    AT_MOST = "<="
    BETWEEN = "between"


RHYTHMS = ("new", "early", "due", "lapsing", "lost")

_NUMBERS = frozenset({Op.IS, Op.AT_LEAST, Op.AT_MOST, Op.BETWEEN})
_ONE_OF = frozenset({Op.IS, Op.IN})
_ANY_OF = frozenset({Op.IS, Op.IN, Op.HAS})
OPS: Mapping[Field, frozenset[Op]] = {
    Field.STORE: _ONE_OF,
    Field.TAG: _ANY_OF,
    Field.ORDERS: _NUMBERS,
    Field.SPENT: _NUMBERS,
    Field.DAYS: _NUMBERS,
    Field.CATEGORY: _ANY_OF,
    Field.RHYTHM: _ONE_OF,
    Field.MOVED_FROM: _ONE_OF,
    Field.GROUP: _ANY_OF,
}
_WORDS = frozenset({Field.TAG, Field.CATEGORY, Field.RHYTHM})


@dataclass(frozen=True)
class Condition:
    """One condition; a list of values is a tuple."""

    field: Field
    op: Op
    value: Value

    @property
    def values(self) -> tuple[int | str, ...]:
        return self.value if isinstance(self.value, tuple) else (self.value,)


@dataclass(frozen=True)
class Problem:
    """What is wrong, where (`filter.all.2.value`), as a message key with its values."""

    field: str
    message: str
    values: tuple[tuple[str, str], ...] = ()


class FilterRefused(ValueError):
    """The filter cannot be read; says every problem at once."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(problem.message for problem in problems))
        self.problems = problems


def parse_filter(raw: object) -> tuple[Condition, ...]:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("all"), list):
        raise FilterRefused(Problem("filter", "campaigns.error.filter_shape"))
    if set(raw) != {"all"}:
        raise FilterRefused(Problem("filter", "campaigns.error.filter_shape"))
    rows = raw["all"]
    if len(rows) > CONDITIONS_MAX:
        limit = (("limit", str(CONDITIONS_MAX)),)
        raise FilterRefused(Problem("filter.all", "campaigns.error.filter_many", limit))
    conditions: list[Condition] = []
    problems: list[Problem] = []
    for index, row in enumerate(rows):
        try:
            conditions.append(_condition(row, f"filter.all.{index}"))
        except FilterRefused as refused:
            problems += refused.problems
    if problems:
        raise FilterRefused(*problems)
    return tuple(conditions)


def filter_json(conditions: Sequence[Condition]) -> dict[str, Any]:
    """The filter as it came in, which is also how it is stored."""
    return {
        "all": [
            {
                "field": condition.field.value,
                "op": condition.op.value,
                "value": list(condition.value)
                if isinstance(condition.value, tuple)
                else condition.value,
            }
            for condition in conditions
        ]
    }


def _condition(row: object, path: str) -> Condition:
    if not isinstance(row, Mapping) or set(row) != {"field", "op", "value"}:
        raise FilterRefused(Problem(path, "campaigns.error.condition_shape"))
    field = _member(Field, row["field"], f"{path}.field", tuple(f.value for f in Field))
    allowed = tuple(op.value for op in Op if op in OPS[field])
    op = _member(Op, row["op"], f"{path}.op", allowed)
    most = MONEY_MAX if field is Field.SPENT else ID_MAX
    read = _word(field) if field in _WORDS else _number(most)
    return Condition(field, op, _value(op, row["value"], f"{path}.value", read))


def _member(members: type[_E], raw: object, path: str, allowed: Sequence[str]) -> _E:
    if not isinstance(raw, str) or raw not in allowed:
        choices = (("allowed", ", ".join(allowed)),)
        raise FilterRefused(Problem(path, "campaigns.error.condition_choice", choices))
    return members(raw)


def _value(op: Op, raw: object, path: str, read: Callable[[object, str], Any]) -> Value:
    if op is Op.BETWEEN:
        if not isinstance(raw, list) or len(raw) != 2 or read(raw[0], path) > read(raw[1], path):  # noqa: PLR2004
            raise FilterRefused(Problem(path, "campaigns.error.condition_between"))
        return tuple(raw)
    if op is Op.IN or (op is Op.HAS and isinstance(raw, list)):
        if not isinstance(raw, list) or not 0 < len(raw) <= VALUES_MAX:
            limit = (("limit", str(VALUES_MAX)),)
            raise FilterRefused(Problem(path, "campaigns.error.condition_list", limit))
        return tuple(dict.fromkeys(read(item, path) for item in raw))
    value: Value = read(raw, path)
    return value


def _number(most: int) -> Callable[[object, str], int]:
    def read(raw: object, path: str) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= most:
            raise FilterRefused(Problem(path, "campaigns.error.condition_number"))
        return raw

    return read


def _word(field: Field) -> Callable[[object, str], str]:
    def read(raw: object, path: str) -> str:
        word = raw.strip() if isinstance(raw, str) else ""
        if not 0 < len(word) <= WORD_MAX or not word.isprintable():
            limit = (("limit", str(WORD_MAX)),)
            raise FilterRefused(Problem(path, "campaigns.error.condition_word", limit))
        if field is Field.RHYTHM and word not in RHYTHMS:
            choices = (("allowed", ", ".join(RHYTHMS)),)
            raise FilterRefused(Problem(path, "campaigns.error.condition_choice", choices))
        return word

    return read


def stores_of(conditions: Sequence[Condition]) -> frozenset[int] | None:
    """The stores a list is limited to by its own conditions; None: not limited."""
    limits = [
        frozenset(int(value) for value in condition.values)
        for condition in conditions
        if condition.field is Field.STORE
    ]
    return frozenset.intersection(*limits) if limits else None
