"""Lines of cells -> people, by what each column is taken as.

A masked phone is only ever a hint. A number that lost its digits in a spreadsheet refuses the line.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import repeat
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
    """Return the people of these lines, and the lines that cannot be read, both in their order."""
    lines = list(lines)
    said: dict[Field, Iterable[Any]] = {each: repeat(_READERS[each](None)) for each in Field}
    wrong: dict[int, LineError] = {}
    for index, name in enumerate(header):
        if (field := fields.get(name)) is not None:
            said[field] = _column(lines, index, name, _Known(_READERS[field]), wrong)
    people = []
    for (line_no, _row), *found in zip(lines, *said.values(), strict=False):
        if line_no in wrong:
            continue
        person = _person(line_no, found)
        if (problem := _problem(person)) is None:
            people.append(person)
        else:
            wrong[line_no] = LineError(line_no, "", problem)
    return people, [wrong[line_no] for line_no in sorted(wrong)]


def _column(
    lines: list[Line], index: int, name: str, known: "_Known", wrong: dict[int, LineError]
) -> list[Any]:
    """Return what the cells of a column mean; the first cell of a line that is wrong is told."""
    values = [known[row[index] if index < len(row) else None] for _no, row in lines]
    if known.has_problems:
        for (line_no, _row), value in zip(lines, values, strict=True):
            if isinstance(value, Problem):
                wrong.setdefault(line_no, LineError(line_no, name, value))
    return values


class _Known(dict[Any, Any]):
    """What the cells of a column mean, or what is wrong with them; most are there again and again.

    It lives as long as the lines of one part, so it does not grow with the file.
    """

    def __init__(self, read: Callable[[Cell], Any]) -> None:
        super().__init__()
        self.read = read
        self.has_problems = False

    def __missing__(self, cell: Cell) -> Any:
        try:
            value = self.read(cell)
        except UnreadableCell as error:
            value = Problem(error.problem)
        except _TooLong:
            value = Problem.TOO_LONG
        self.has_problems |= isinstance(value, Problem)
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


def _person(line_no: int, found: Sequence[Any]) -> ContactRow:
    """Return whom a line is about, from what its cells mean in the order of `Field`."""
    name, nickname, (phone_key, hint), wechat_id, external_userid, unionid, card, *rest = found
    tags, level, remark, store, guide, joined_at, source, noted, author, noted_at = rest
    if level:
        tags = tuple(dict.fromkeys((*tags, *level)))
    if len(remark) > REMARK_MAX:  # too long for a remark, so it is a note
        noted, remark = "\n".join(filter(None, (noted, remark))), ""
    note = Note(noted, author, noted_at) if noted else None
    return ContactRow(
        line_no,
        name,
        nickname,
        phone_key,
        hint,
        wechat_id,
        external_userid,
        unionid,
        card,
        tags,
        remark,
        store,
        guide,
        joined_at,
        source,
        note,
    )
