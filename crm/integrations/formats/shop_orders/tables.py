"""Bytes -> header and numbered rows. Knows xlsx and csv, nothing about orders.

Line numbers are those that a spreadsheet shows, so that a person finds the line again.
"""

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from python_calamine import CalamineError, load_workbook

from crm.integrations.formats.decoding import decoded
from crm.integrations.formats.shop_orders.cells import Cell, text
from crm.integrations.formats.shop_orders.rows import (
    FILE_BYTES_MAX,
    ROWS_MAX,
    SHEET_BYTES_MAX,
    SHEET_ROWS_MAX,
    FileProblem,
    UnreadableFile,
)

Cells = tuple[Cell, ...]

_HEADER_WITHIN = 10
_HEADING_CHARACTERS = 20_000
_SPACES = re.compile(r"\s+")
_DELIMITERS = ",\t;"
_FAR_COLUMN = re.compile(rb'<c r="(?:[A-Z]{3}|[D-Z][A-Z])\d')
_ROW_NUMBER = re.compile(rb'<row[^>]* r="(\d+)"')
_TAIL_BYTES = 1024 * 1024
# What the two readers raise on damaged, encrypted or unknown archives.
_BROKEN = (
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Table:
    """Folded header names, and the numbered rows below, read as they are asked for."""

    encoding: str
    header: tuple[str, ...]
    rows: Iterator[tuple[int, Cells]]


def fold(name: str) -> str:
    """One spelling for a column: brackets half-width, no spaces."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", name))


def read_table(data: bytes, *, landmark: str, renames: Mapping[str, str]) -> Table:
    """Return the first table whose header has a cell named `landmark`, once it is renamed."""
    if not data.strip():
        raise UnreadableFile(FileProblem.EMPTY)
    if len(data) > FILE_BYTES_MAX:
        raise UnreadableFile(FileProblem.TOO_LARGE)
    if data.startswith(b"PK\x03\x04"):
        return _find_table(_sheets(data), "xlsx", landmark, renames)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile(FileProblem.OLD_EXCEL)
    content, encoding = _decode(data)
    marks = {landmark, *(fold(name) for name in renames)}
    return _find_table([_csv_rows(content, marks)], encoding, landmark, renames)


def _find_table(
    sheets: Iterable[Iterator[Cells]], encoding: str, landmark: str, renames: Mapping[str, str]
) -> Table:
    names_of = {fold(theirs): fold(ours) for theirs, ours in renames.items()}
    for sheet in sheets:
        numbered = enumerate(sheet, start=1)
        for line_no, row in numbered:
            names = [names_of.get(name, name) for name in (fold(text(cell)) for cell in row)]
            if landmark in names:
                return Table(encoding, _unique(names), _body(numbered))
            if line_no >= _HEADER_WITHIN:
                break
    raise UnreadableFile(FileProblem.NO_HEADER, missing=(landmark,))


def _body(
    numbered: Iterable[tuple[int, Cells]],
) -> Iterator[tuple[int, Cells]]:
    for line_no, row in numbered:
        if line_no > ROWS_MAX:
            raise UnreadableFile(FileProblem.TOO_MANY_ROWS)
        if any(text(cell) for cell in row):
            yield line_no, row


def _unique(names: list[str]) -> tuple[str, ...]:
    """Some exports use a name twice; the second becomes `name#2` instead of hiding the first."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(unique)


def _sheets(data: bytes) -> Iterator[Iterator[Cells]]:
    try:
        _refuse_vast_sheets(data)
        book = load_workbook(io.BytesIO(data))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield (tuple(row) for row in rows)
    except _BROKEN:
        raise UnreadableFile(FileProblem.NOT_A_TABLE) from None


def _refuse_vast_sheets(data: bytes) -> None:
    """The reader allots every cell up to the last: one far out would take all memory."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > SHEET_BYTES_MAX:
            raise UnreadableFile(FileProblem.TOO_LARGE)
        for part in parts:
            if part.filename.startswith("xl/worksheets/"):
                xml = archive.read(part)
                rows = _ROW_NUMBER.findall(xml[-_TAIL_BYTES:])
                if _FAR_COLUMN.search(xml) or (rows and int(rows[-1]) > SHEET_ROWS_MAX):
                    raise UnreadableFile(FileProblem.TOO_LARGE)


def _decode(data: bytes) -> tuple[str, str]:
    try:
        return decoded(data)
    except UnicodeDecodeError:
        raise UnreadableFile(FileProblem.UNKNOWN_ENCODING) from None


def _csv_rows(content: str, marks: set[str]) -> Iterator[Cells]:
    content = content.replace("\x00", "")
    lines = content[:_HEADING_CHARACTERS].splitlines()
    heading = next((line for line in lines if any(mark in fold(line) for mark in marks)), "")
    delimiter = max(_DELIMITERS, key=heading.count)
    try:
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter):
            yield tuple(row)
    except csv.Error:
        raise UnreadableFile(FileProblem.NOT_A_TABLE) from None
