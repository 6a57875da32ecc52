"""One cell of a spreadsheet or csv file -> one value. Raises UnreadableCell with the reason.

Cells come as text (csv) or as what the spreadsheet stored (float, datetime, bool). Spreadsheets
turn long ids into floats and lose the last digits; such an id is refused, never guessed.
"""

import enum
import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from crm.integrations.formats.tables.problems import CellProblem
from crm.unseen import seen

AMOUNT_FEN_MAX = 10_000_000_000
QUANTITY_MAX = 100_000

Cell = str | int | float | bool | datetime | date | time | timedelta | None

_EMPTY = {"", "-", "--", "—", "——", "/", "无", "null", "NULL", "None"}
_DRESS = ('="', "'", "`")
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  the file's own clock has no zone
_EXACT_FLOAT = 2**53
_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?[eE]\+?\d+$")
_TIME = re.compile(
    r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?)?$"
)
_MOBILE_DIGITS = 11
_MOBILE = re.compile(r"^1[3-9]\d{9}$")
_HINT = re.compile(r"^\d{3}[\d*xX转,()\[\]-]{4,}$")


class UnreadableCell(Exception):
    """This cell cannot be read."""

    def __init__(self, problem: enum.StrEnum) -> None:
        super().__init__(problem.value)
        self.problem = problem


def text(cell: Cell) -> str:
    """The cell as people see it: without padding, spreadsheet quotes and unseen signs."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    raw = str(cell).strip()
    if not raw.isprintable():
        raw = seen(raw).strip()
    if raw.startswith(_DRESS):
        if raw.startswith('="') and raw.endswith('"'):
            raw = raw[2:-1]
        raw = raw.lstrip("'`").strip()
    return "" if raw in _EMPTY else raw


def plain(cell: Cell) -> str:
    """The text with full-width digits and signs made plain."""
    raw = text(cell)
    return raw if raw.isascii() else unicodedata.normalize("NFKC", raw)


def identifier(cell: Cell) -> str:
    """An id, exact to the last digit."""
    if isinstance(cell, float) and (not cell.is_integer() or abs(cell) >= _EXACT_FLOAT):
        raise UnreadableCell(CellProblem.DIGITS_LOST)
    value = plain(cell).replace(" ", "")
    if _SCIENTIFIC.match(value):
        raise UnreadableCell(CellProblem.DIGITS_LOST)
    return value


def fen(cell: Cell) -> int | None:
    """An amount in yuan as integer fen; None for an empty cell."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        # A spreadsheet keeps 329.9 as the nearest float; six places bring the written number back.
        raw = f"{cell:.6f}"
    else:
        raw = plain(cell).removeprefix("¥")
        raw = raw.removesuffix("元").replace(",", "").strip()
        if not raw:
            return None
    try:
        yuan = Decimal(raw)
    except InvalidOperation:
        raise UnreadableCell(CellProblem.BAD_AMOUNT) from None
    if not yuan.is_finite() or yuan < 0 or yuan * 100 > AMOUNT_FEN_MAX or yuan * 100 % 1:
        raise UnreadableCell(CellProblem.BAD_AMOUNT)
    return int(yuan * 100)


def count(cell: Cell) -> int:
    """A quantity; an empty cell means one piece."""
    raw = plain(cell).removesuffix(".00").removesuffix(".0")
    if not raw:
        return 1
    if not raw.isascii() or not raw.isdigit() or not 0 < int(raw) <= QUANTITY_MAX:
        raise UnreadableCell(CellProblem.BAD_QUANTITY)
    return int(raw)


def moment(cell: Cell) -> datetime | None:
    """A time without a zone; None for an empty cell."""
    if isinstance(cell, datetime):
        found = cell.replace(tzinfo=None, microsecond=0)
    elif isinstance(cell, date):
        found = datetime.combine(cell, time())
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        found = _excel_moment(float(cell))
    else:
        raw = plain(cell)
        if not raw:
            return None
        found = _written_moment(raw)
    if not 2000 <= found.year < 2100:  # noqa: PLR2004  a shop order of any other year is a typing error
        raise UnreadableCell(CellProblem.BAD_TIME)
    return found


def phone(cell: Cell) -> tuple[str | None, str | None]:
    """(key, hint): a real mobile number is a key; a masked or virtual one is only ever a hint."""
    raw = plain(cell).replace(" ", "")
    if not raw:
        return None, None
    # A dash may only be spacing (138-0000-0142); digits beyond the eleven make a number virtual.
    digits = raw.removeprefix("+").replace("-", "")
    if len(digits) == _MOBILE_DIGITS + 2:
        digits = digits.removeprefix("86")
    return (digits, None) if _MOBILE.match(digits) else (None, masked(raw))


def masked(raw: str) -> str | None:
    """At most first three and last four signs, so that a hint never becomes a number again."""
    head, tail = raw[:3], raw[-4:]
    return f"{head}****{tail}" if _HINT.match(raw) else None


def _excel_moment(serial: float) -> datetime:
    try:
        found = _EXCEL_ZERO + timedelta(seconds=round(serial * 86400))
    except (OverflowError, ValueError):
        raise UnreadableCell(CellProblem.BAD_TIME) from None
    return found


def _written_moment(raw: str) -> datetime:
    match = _TIME.match(raw)
    if match is None:
        raise UnreadableCell(CellProblem.BAD_TIME)
    try:
        return datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise UnreadableCell(CellProblem.BAD_TIME) from None
