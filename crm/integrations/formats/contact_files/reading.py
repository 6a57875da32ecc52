"""Lines of cells -> people, by what each column is taken as.

A masked phone is only ever a hint. A number that lost its digits in a spreadsheet refuses the line.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from crm.integrations.formats.contact_files.columns import Field
from crm.integrations.formats.contact_files.rows import ContactRow, LineError, Note, Problem
from crm.integrations.formats.contact_files.template import DUMMY_NAME
from crm.integrations.formats.tables import Cell, CellProblem, Cells, UnreadableCell, cells

TEXT_MAX = 40
REMARK_MAX = 200
KEY_MAX = 64
TAG_MAX = 20
TAGS_MAX = 20
SOURCE_MAX = 80
NOTE_MAX = 2_000
Line = tuple[int, Cells]

_MOBILE = re.compile(r"1[0-9]{10}")
_SEPARATORS = re.compile(r"[,，、;；|\n]+")
_SPACING = re.compile(r"[\s\-()]")


class _TooLong(Exception):
    """More letters than there is room for."""


def storable(cell: Cell) -> str | int | float | None:
    """Return a cell as JSON can hold it, such that it reads as before."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, bool | date | time | timedelta):
        return str(cell)
    return cell


def read_lines(
    lines: Iterable[Line], header: tuple[str, ...], fields: Mapping[str, Field]
) -> tuple[list[ContactRow], list[LineError]]:
    """Return the people of these lines, and the lines that cannot be read."""
    places = [
        (index, name, field, _Known(_READERS[field]))
        for index, name in enumerate(header)
        if (field := fields.get(name)) is not None
    ]
    rows, errors = [], []
    for line_no, row in lines:
        found: dict[Field, Any] = {}
        for index, name, field, known in places:
            value = known[row[index]] if index < len(row) else ""
            if isinstance(value, Problem):
                errors.append(LineError(line_no, name, value))
                break
            found[field] = value
        else:
            person = _person(line_no, found)
            if (problem := _problem(person)) is None:
                rows.append(person)
            else:
                errors.append(LineError(line_no, "", problem))
    return rows, errors


class _Known(dict[Any, Any]):
    """What the cells of a column mean, or what is wrong with them; most are there again and again.

    It lives as long as the lines of one part, so it does not grow with the file.
    """

    def __init__(self, read: Callable[[Cell], Any]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, cell: Cell) -> Any:
        try:
            value = self.read(cell)
        except UnreadableCell as error:
            value = Problem(error.problem)
        except _TooLong:
            value = Problem.TOO_LONG
        self[cell] = value
        return value


def phone(cell: Cell) -> tuple[str, str]:
    """Return (key, hint): eleven digits are a key; a masked number or a landline only a hint."""
    if isinstance(cell, str) and _MOBILE.fullmatch(cell):  # as nearly always
        return cell, ""
    raw = cells.identifier(cell)
    if not raw:
        return "", ""
    digits = _SPACING.sub("", raw).removeprefix("+").removeprefix("0086")
    if len(digits) == len("86") + 11:
        digits = digits.removeprefix("86")
    if _MOBILE.fullmatch(digits):
        return digits, ""
    is_mistyped = digits.isdigit() and digits.startswith("1")
    if is_mistyped or (hint := cells.masked(raw)) is None:
        raise UnreadableCell(CellProblem.BAD_PHONE)
    return "", hint


def _line(most: int) -> Callable[[Cell], str]:
    def read(cell: Cell) -> str:
        value = cells.text(cell)
        if not value.isascii():
            value = unicodedata.normalize("NFC", value)
        value = " ".join(value.split())
        if len(value) > most:
            raise _TooLong
        return value

    return read


def _key(cell: Cell) -> str:
    value = cells.identifier(cell)
    if len(value) > KEY_MAX:
        raise _TooLong
    return value


def _tags(cell: Cell) -> tuple[str, ...]:
    found = (" ".join(part.split()) for part in _SEPARATORS.split(cells.text(cell)))
    tags = tuple(dict.fromkeys(tag for tag in found if tag))
    if len(tags) > TAGS_MAX or any(len(tag) > TAG_MAX for tag in tags):
        raise _TooLong
    return tags


def _note(cell: Cell) -> str:
    value = cells.text(cell)
    if len(value) > NOTE_MAX:
        raise _TooLong
    return value


def _remark(cell: Cell) -> str:
    return " ".join(_note(cell).split())


_READERS: dict[Field, Callable[[Cell], Any]] = {
    Field.NAME: _line(TEXT_MAX),
    Field.NICKNAME: _line(TEXT_MAX),
    Field.PHONE: phone,
    Field.WECHAT_ID: _key,
    Field.EXTERNAL_USERID: _key,
    Field.UNIONID: _key,
    Field.MEMBER_NO: _key,
    Field.TAGS: _tags,
    Field.LEVEL: _tags,
    Field.REMARK: _remark,
    Field.STORE: _line(KEY_MAX),
    Field.GUIDE: _line(KEY_MAX),
    Field.JOINED_AT: cells.moment,
    Field.SOURCE: _line(SOURCE_MAX),
    Field.NOTE: _note,
    Field.NOTE_AUTHOR: _line(TEXT_MAX),
    Field.NOTED_AT: cells.moment,
}


def _problem(person: ContactRow) -> Problem | None:
    """What only shows when the cells of a line are put together."""
    if person.name == DUMMY_NAME:
        return Problem.EXAMPLE
    note = person.note.text if person.note else ""
    return Problem.TOO_LONG if len(person.tags) > TAGS_MAX or len(note) > NOTE_MAX else None


def _person(line_no: int, found: Mapping[Field, Any]) -> ContactRow:
    get = found.get
    key, hint = get(Field.PHONE) or ("", "")
    tags, level = get(Field.TAGS, ()), get(Field.LEVEL)
    if level:
        tags = tuple(dict.fromkeys((*tags, *level)))
    remark, noted, note = get(Field.REMARK, ""), get(Field.NOTE, ""), None
    if len(remark) > REMARK_MAX:  # too long for a remark, so it is a note
        noted, remark = "\n".join(filter(None, (noted, remark))), ""
    if noted:
        note = Note(noted, get(Field.NOTE_AUTHOR, ""), get(Field.NOTED_AT) or None)
    return ContactRow(
        line_no,
        get(Field.NAME, ""),
        get(Field.NICKNAME, ""),
        key,
        hint,
        get(Field.WECHAT_ID, ""),
        get(Field.EXTERNAL_USERID, ""),
        get(Field.UNIONID, ""),
        get(Field.MEMBER_NO, ""),
        tags,
        remark,
        get(Field.STORE, ""),
        get(Field.GUIDE, ""),
        get(Field.JOINED_AT) or None,
        get(Field.SOURCE, ""),
        note,
    )
