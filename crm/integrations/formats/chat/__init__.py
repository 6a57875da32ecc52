"""Group chat as people paste it: text in, lines out.

Reads the layouts of WeChat copies, QQ, chatlog, PyWxDump and WechatExporter. Text that no layout
fits stays one note: nothing is dropped, nothing is guessed. No zone, no clock, no storage here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, time

from crm.integrations.formats.chat.clean import normalised
from crm.integrations.formats.chat.exporter import looks_exported, parse_exported
from crm.integrations.formats.chat.parsed import (
    ChatFormat,
    ChatLine,
    LineKind,
    Missing,
    ParsedChat,
    Stamp,
)
from crm.integrations.formats.chat.pasted import NAME_MAX, as_note, parse_pasted
from crm.integrations.formats.chat.stamps import with_day
from crm.integrations.formats.chat.tables import parse_table, table_format

__all__ = [
    "NAME_MAX",
    "ChatFormat",
    "ChatLine",
    "LineKind",
    "Missing",
    "ParsedChat",
    "Stamp",
    "normalised",
    "parse",
]

_NOBODY: Mapping[str, str] = {}


def parse(
    text: str,
    format: ChatFormat | str = ChatFormat.AUTO,  # noqa: A002  the word of the API
    date: date | None = None,
    about: time | None = None,
    members: Iterable[str] = (),
    names: Mapping[str, str] = _NOBODY,
) -> ParsedChat:
    """Return the lines of a pasted or exported chat.

    `date` and `about` complete what the stamps leave open; `members` are the names known in the
    group; `names` says who is behind the ids of a PyWxDump table.
    """
    parsed = _read(normalised(text), ChatFormat(format), frozenset(members), names)
    if date is None:
        return parsed
    placed = parsed.missing is Missing.TIME
    return replace(parsed, lines=tuple(with_day(parsed.lines, date, about)), placed=placed)


def _read(
    text: str, form: ChatFormat, members: frozenset[str], names: Mapping[str, str]
) -> ParsedChat:
    if form is ChatFormat.NOTE:
        return as_note(text)
    table = table_format(text)
    if table and form in (ChatFormat.AUTO, table):
        return _table(text, table, names)
    if form is ChatFormat.X4 or (form is ChatFormat.AUTO and looks_exported(text.split("\n"))):
        return parse_exported(text)
    if form in (ChatFormat.X2, ChatFormat.X3):
        return as_note(text)
    return parse_pasted(text, form, members)


def _table(text: str, form: ChatFormat, names: Mapping[str, str]) -> ParsedChat:
    try:
        return parse_table(text, form, names)
    except csv.Error:
        return as_note(text)
