"""What pages take and give: typed text, keyset paging (a cursor, never an offset), downloads."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from flask import Request, Response
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items
from werkzeug.routing import IntegerConverter, Map

from crm.unseen import seen

Item = TypeVar("Item")
POLLING_OVER = 286
"""The status that ends the polling of a page."""
CSV = "text/csv; charset=utf-8"
ROW_MAX = 2**31 - 1  # PostgreSQL refuses to look for a larger row number


class _Typed(ImmutableMultiDict[str, Any]):
    """What a form or an address holds, without what nobody sees; a password stays as it is."""

    def __init__(self, sent: Any = None) -> None:
        super().__init__(
            (seen(name), value if "password" in name or not isinstance(value, str) else seen(value))
            for name, value in iter_multi_items(sent or ())
        )


class TypedRequest(Request):
    """The one door by which text of pages comes in: so none of it spoils the page that answers."""

    parameter_storage_class = _Typed


class BadCursor(ValueError):
    """The cursor was not made by this product."""


def row_id(text: str | int) -> int:
    """Return the number of a row from a form or a query. Raises ValueError for any other text."""
    number = int(text)
    if not 0 <= number <= ROW_MAX:
        raise ValueError(text)
    return number


class RowId(IntegerConverter):
    """The number of a row in an address; one that no database keeps is an unknown page.

    The pattern bounds it before the method is looked at: else PUT of too large a number is a 405.
    """

    regex = r"\d{1,9}|1\d{9}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=ROW_MAX)


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list; a cursor is None at that end."""

    items: list[Item]
    next_cursor: str | None = None
    previous_cursor: str | None = None


def encode_cursor(*values: str | int) -> str:
    """Return the sort values of a row as text for an address."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def decode_cursor(text: str, *types: type) -> tuple[Any, ...]:
    """Return the sort values of `encode_cursor`. Raises BadCursor."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error) as error:
        raise BadCursor(text) from error
    if not isinstance(values, list) or len(values) != len(types):
        raise BadCursor(text)
    if not all(type(v) is t for v, t in zip(values, types, strict=True)):
        raise BadCursor(text)
    if any(isinstance(v, int) and abs(v) > ROW_MAX for v in values):
        raise BadCursor(text)
    return tuple(values)


def cursor_moment(text: str) -> datetime:
    """Return the time that a cursor holds in ISO form. Raises BadCursor."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadCursor(text) from error
    raise BadCursor(text)


def attachment(body: bytes, kind: str, name: str) -> Response:
    """Return a file to download."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=kind, headers=headers)
