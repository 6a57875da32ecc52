"""Fields and bases that all schemas share: strict whole numbers, aware times, safe text."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import marshmallow as ma
from marshmallow import validate

from crm.groups.rules import mask_phones
from crm.unseen import seen

ID_MAX = 2**31 - 1
FEN_MAX = 10**12
"""A shop's whole life of such orders still sums up in 64 bits."""
YEAR_MIN, YEAR_MAX = 1970, 2999
"""A day outside is a slip, and deadlines could not be added to year 9999."""


def clean(text: str) -> str:
    """Return text without unseen characters and without spaces around it."""
    return seen(text).strip()


class Moment(ma.fields.AwareDateTime):
    """RFC 3339 with an offset in, UTC with Z out; a time without a zone is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **kwargs)

    def _serialize(self, value: Any, *_where: Any, **_kwargs: Any) -> str | None:
        if not isinstance(value, datetime):
            return None
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        moment = super()._deserialize(value, attr, data, **kwargs)
        try:
            moment = moment.astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from error
        if not YEAR_MIN <= moment.year <= YEAR_MAX:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return moment


class Day(ma.fields.Date):
    """A date, as 2025-06-18."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> date:
        day = super()._deserialize(value, attr, data, **kwargs)
        if not YEAR_MIN <= day.year <= YEAR_MAX:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return day


class Text(ma.fields.String):
    """Text without unseen characters; `least` 1 refuses blanks."""

    def __init__(self, most: int, least: int = 0, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min=least, max=most), **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        return clean(text) if isinstance(text, str) else text


class Line(Text):
    """Text of one line, single spaces inside."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        return " ".join(text.split()) if isinstance(text, str) else text


class Shown(ma.fields.String):
    """Text that people typed, as every answer shows it: phone numbers covered."""

    def _serialize(self, value: Any, *_where: Any, **_kwargs: Any) -> str | None:
        return None if value is None else mask_phones(str(value))


class _Exact(ma.fields.Integer):
    """A whole number as JSON has it: 5.0 is one, "5" and true are none."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return super()._validated(value)


class Id(_Exact):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=1, max=ID_MAX), **kwargs)


class Whole(_Exact):
    """A whole number in a range."""

    def __init__(self, least: int = 0, most: int = FEN_MAX, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=least, max=most), **kwargs)


class RowIdText(ma.fields.Integer):
    """The id of a row as text, in an address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(min=1, max=ID_MAX), **kwargs)


class Command(ma.Schema):
    """What comes in: a field that nobody knows is refused."""

    class Meta:  # noqa: D106
        unknown = ma.RAISE


class ListQuery(ma.Schema):
    """The two parameters of every list."""

    class Meta:  # noqa: D106
        unknown = ma.RAISE

    limit = ma.fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))
    cursor = ma.fields.String(load_default=None, validate=validate.Length(max=400))


class FieldError(ma.Schema):
    """One thing that is wrong with what was sent."""

    field = ma.fields.String()
    message = ma.fields.String()


class Problem(ma.Schema):
    """An error as RFC 9457 has it."""

    type = ma.fields.String()
    title = ma.fields.String()
    status = ma.fields.Integer()
    detail = ma.fields.String()
    errors = ma.fields.List(ma.fields.Nested(FieldError))
