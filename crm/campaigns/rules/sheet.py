"""The exported list as a file that spreadsheets open as text, never as formulas."""

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass

HEADER = ("contact_id", "name", "phone_masked", "store", "owner", "reason", "copy")
BOM = "\ufeff"
# A spreadsheet runs a cell that begins so; full-width forms are read as the plain ones by some.
_FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True)
class ExportRow:
    """One person to contact."""

    contact_id: int
    name: str
    phone_masked: str
    store: str
    owner: str
    reason: str
    copy: str


def csv_text(rows: Iterable[ExportRow]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow([_safe(cell) for cell in astuple(row)])
    return BOM + file.getvalue()


def _safe(cell: object) -> object:
    if isinstance(cell, str) and cell.lstrip(" \u3000").startswith(_FORMULA_SIGNS):
        return f"'{cell}"
    return cell
