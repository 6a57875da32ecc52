"""Rows -> a csv that spreadsheets open rightly: BOM for Chinese, no cell that runs as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

# A spreadsheet runs a cell that begins so; full-width forms are read as the plain ones by some.
_FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return the whole file; text that would be a formula is quoted, numbers stay numbers."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(header)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def _safe(cell: object) -> object:
    if isinstance(cell, str) and cell.lstrip(" \u3000").startswith(_FORMULA_SIGNS):
        return f"'{cell}"
    return cell
