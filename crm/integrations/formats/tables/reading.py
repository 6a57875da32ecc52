"""Bytes -> header and numbered rows. Knows xlsx and csv, nothing about what the columns mean.

Line numbers are those that a spreadsheet shows, so that a person finds the line again. A csv is
read piece by piece, however long it is; a workbook lies in memory while it is read.
"""

import csv
import io
import itertools
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import ascii_uppercase
from typing import BinaryIO

from python_calamine import CalamineError, load_workbook

from crm.integrations.formats.decoding import encoding_of
from crm.integrations.formats.tables.cells import Cell, text
from crm.integrations.formats.tables.problems import FileProblem, UnreadableFile

Cells = tuple[Cell, ...]

FILE_BYTES_MAX = 32 * 1024 * 1024
SHEET_BYTES_MAX = 512 * 1024 * 1024
ROWS_MAX = 1_000_000
SHEET_ROWS_MAX = 250_000
_HEADER_WITHIN = 10
_HEADING_CHARACTERS = 20_000
_SPACES = re.compile(r"\s+")
_DELIMITERS = ",\t;"
_MOBILE = re.compile(r"(?:\+?86)?1\d{2}[\d*xX]{8}")
_NUMBER = re.compile(r"\+?\d[\d*xX()/.:+-]{4,}")
"""A number, a masked one, a date or a time; a year alone may well be a column."""
_FAR_COLUMN = re.compile(rb'<c r="(?:[A-Z]{3}|[D-Z][A-Z])\d')
_ROW_NUMBER = re.compile(rb'<row[^>]* r="(\d+)"')
_CHUNK, _OVERLAP = 1024 * 1024, 1024
_END = "\0"
"""A last line that no file has: it is swallowed where a quote stays open."""
_BEFORE_WORDS = b"\xef\xbb\xbf \r\n\t"
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
    """Folded header names, and the numbered rows below, read as they are asked for.

    Columns that nothing names are called A, B, C as in spreadsheets: see letters().
    """

    encoding: str
    header: tuple[str, ...]
    rows: Iterator[tuple[int, Cells]]


def fold(name: str) -> str:
    """One spelling for a column: brackets half-width, no spaces."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", name))


def letters(width: int) -> tuple[str, ...]:
    """Return what spreadsheets call so many columns: A to Z, AA, AB and on."""
    names = (
        "".join(name)
        for size in itertools.count(1)
        for name in itertools.product(ascii_uppercase, repeat=size)
    )
    return tuple(itertools.islice(names, width))


def read_table(
    stream: BinaryIO,
    *,
    landmarks: Collection[str],
    renames: Mapping[str, str] | None = None,
    or_first: bool = False,
) -> Table:
    """Return the first table whose header has one of the landmarks, once it is renamed.

    `or_first`: without such a header the first line that has words is taken for one if it is one,
    else columns are called by their letters and that line is a row like any other.
    """
    renames = renames or {}
    start = stream.read(_CHUNK)
    if not start.strip() and len(start) < _CHUNK:
        raise UnreadableFile(FileProblem.EMPTY)
    if stream.seek(0, io.SEEK_END) > FILE_BYTES_MAX:
        raise UnreadableFile(FileProblem.TOO_LARGE)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile(FileProblem.OLD_EXCEL)
    if start.lstrip(_BEFORE_WORDS).startswith(b"<"):  # a web page, whatever it is called
        raise UnreadableFile(FileProblem.NOT_A_TABLE)
    if start.startswith(b"PK\x03\x04"):
        sheets, encoding = _sheets(stream), "xlsx"
    else:
        encoding = _encoding(stream)
        marks = {*landmarks, *(fold(name) for name in renames)}
        sheets = iter([_csv_rows(stream, encoding, marks)])
    return _find_table(sheets, encoding, landmarks, renames, or_first=or_first)


def _find_table(
    sheets: Iterable[Iterator[Cells]],
    encoding: str,
    landmarks: Collection[str],
    renames: Mapping[str, str],
    *,
    or_first: bool,
) -> Table:
    names_of = {fold(theirs): fold(ours) for theirs, ours in renames.items()}
    first = None
    for sheet in sheets:
        numbered = enumerate(sheet, start=1)
        head = list(itertools.islice(numbered, _HEADER_WITHIN))
        for at, (_line_no, row) in enumerate(head):
            names = [names_of.get(name, name) for name in (fold(text(cell)) for cell in row)]
            is_person = or_first and any(_is(_MOBILE, cell) for cell in row)
            if not is_person and any(name in landmarks for name in names):
                return Table(
                    encoding, _unique(names), _body(itertools.chain(head[at + 1 :], numbered))
                )
            if any(names) and first is None:
                first = names, head[at:], numbered
    if first is None or not or_first:
        raise UnreadableFile(FileProblem.NO_HEADER, missing=tuple(landmarks)[:1])
    return _unknown(encoding, *first)


def _unknown(
    encoding: str,
    names: list[str],
    head: list[tuple[int, Cells]],
    rest: Iterator[tuple[int, Cells]],
) -> Table:
    """A sheet that begins with a line that nobody knows."""
    (_line_no, top), *below = head
    if _names_columns(top, [row for _line_no, row in below]):
        return Table(encoding, _unique(names), _body(itertools.chain(below, rest)))
    width = max(len(row) for _line_no, row in head)
    return Table(encoding, letters(width), _body(itertools.chain(head, rest)))


def _names_columns(top: Cells, below: list[Cells]) -> bool:
    """Say whether a line names columns, and is nobody: some word of it stands above numbers.

    A number names no column, nor does what is said again below.
    """
    if any(_is(_NUMBER, cell) for cell in top):
        return False
    is_over_numbers = False
    for index, cell in enumerate(top):
        if not (name := text(cell)):
            continue
        values = [row[index] for row in below if index < len(row) and text(row[index])]
        if any(text(value) == name for value in values):
            return False
        numbers = sum(_is(_NUMBER, value) for value in values)
        is_over_numbers |= 2 * numbers > len(values)
    return is_over_numbers


def _is(kind: re.Pattern[str], cell: Cell) -> bool:
    return kind.fullmatch(fold(text(cell))) is not None


def _body(numbered: Iterable[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
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


def _sheets(stream: BinaryIO) -> Iterator[Iterator[Cells]]:
    try:
        _refuse_vast_sheets(stream)
        stream.seek(0)
        book = load_workbook(stream)
        for name in book.sheet_names:
            yield map(tuple, book.get_sheet_by_name(name).iter_rows())
    except _BROKEN:
        raise UnreadableFile(FileProblem.NOT_A_TABLE) from None


def _refuse_vast_sheets(stream: BinaryIO) -> None:
    """The reader allots every cell up to the last: one far out would take all memory."""
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > SHEET_BYTES_MAX:
            raise UnreadableFile(FileProblem.TOO_LARGE)
        for part in parts:
            if part.filename.startswith("xl/worksheets/") and _is_vast(archive, part):
                raise UnreadableFile(FileProblem.TOO_LARGE)


def _is_vast(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    before = b""
    with archive.open(part) as sheet:
        while chunk := sheet.read(_CHUNK):
            seen = before + chunk
            rows = _ROW_NUMBER.findall(seen)
            if _FAR_COLUMN.search(seen) or (rows and int(rows[-1]) > SHEET_ROWS_MAX):
                return True
            before = seen[-_OVERLAP:]
    return False


def _encoding(stream: BinaryIO) -> str:
    try:
        return encoding_of(stream)
    except UnicodeDecodeError:
        raise UnreadableFile(FileProblem.UNKNOWN_ENCODING) from None


def _csv_rows(stream: BinaryIO, encoding: str, marks: set[str]) -> Iterator[Cells]:
    stream.seek(0)
    content = io.TextIOWrapper(stream, encoding, newline="")
    try:
        lines = content.read(_HEADING_CHARACTERS).splitlines()
        delimiter = max(_DELIMITERS, key=_heading(lines, marks).count)
        content.seek(0)
        clean = (line.replace("\0", "") for line in content)
        for row in csv.reader(itertools.chain(clean, [_END]), delimiter=delimiter):
            if row == [_END]:
                return
            yield tuple(row)
        raise UnreadableFile(FileProblem.OPEN_QUOTE)
    except csv.Error:
        raise UnreadableFile(FileProblem.NOT_A_TABLE) from None
    finally:
        content.detach()  # the file belongs to whoever opened it


def _heading(lines: list[str], marks: set[str]) -> str:
    """The line that names a known column, else the first one with words."""
    known = (line for line in lines if any(mark in fold(line) for mark in marks))
    return next(known, next((line for line in lines if line.strip()), ""))
