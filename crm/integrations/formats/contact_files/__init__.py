"""Customer files of tills, Youzan, WeChat Shop and WeCom: bytes in, frozen people out.

The header says what the file is; what it does not say, a person says by the mapping. A line that
cannot be read is an error with its number, and never refuses the file.
"""

import io
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from crm.integrations.formats.contact_files.columns import (
    FIELD_OF,
    LANDMARKS,
    Field,
    Layout,
    known_columns,
    layout_of,
)
from crm.integrations.formats.contact_files.reading import Line, read_lines, storable
from crm.integrations.formats.contact_files.rows import ContactRow, LineError, Note, Problem
from crm.integrations.formats.contact_files.template import template
from crm.integrations.formats.tables import Table, fold, letters, read_table

__all__ = [
    "ContactRow",
    "Field",
    "Layout",
    "Line",
    "LineError",
    "Note",
    "Problem",
    "field_named",
    "has_names",
    "known_columns",
    "layout_of",
    "open_table",
    "read_lines",
    "storable",
    "template",
]


def open_table(stream: BinaryIO | bytes, renames: Mapping[str, str] | None = None) -> Table:
    """Return header and lines; columns that nothing names are called by letters.

    `renames` maps a column of a shop's own sheet to a field or to a usual name of one. Raises
    UnreadableFile, also while the lines are read.
    """
    stream = io.BytesIO(stream) if isinstance(stream, bytes) else stream
    return read_table(stream, landmarks=LANDMARKS, renames=renames, or_first=True)


def has_names(header: Sequence[str]) -> bool:
    """Say whether the columns of a file have names, so that files with the same are alike."""
    return tuple(header) != letters(len(header))


def field_named(name: str) -> Field | None:
    """Return the field that a word or a usual column name stands for."""
    return FIELD_OF.get(fold(name).casefold())
