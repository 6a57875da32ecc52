"""X4, text of WechatExporter: header and words on one line, quotes without any header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from crm.integrations.formats.chat import clean
from crm.integrations.formats.chat.parsed import (
    NO_STAMP,
    ChatFormat,
    ChatLine,
    LineKind,
    ParsedChat,
    Stamp,
)
from crm.integrations.formats.chat.pasted import NAME_MAX
from crm.integrations.formats.chat.stamps import CLOCK, DATE, read_stamp

QUOTE_LINES = 20
_HEADER = re.compile(
    rf"(?P<name>.{{1,{NAME_MAX}}}?) \((?P<day>{DATE}) (?P<clock>{CLOCK})\):(?P<text>.*)"
)
_TITLE = re.compile(r".* - (?:微信聊天记录|WeChat Chat History)\s*")


def looks_exported(lines: Sequence[str]) -> bool:
    return any(_HEADER.match(line) for line in lines)


def parse_exported(text: str) -> ParsedChat:
    lines = text.strip("\n").split("\n")
    if lines and _TITLE.fullmatch(lines[0]):
        lines = lines[1:]
    blocks: list[tuple[LineKind, str, Stamp, list[str]]] = []
    for index, line in enumerate(lines):
        opened = _opened(lines, index)
        if opened:
            blocks.append(opened)
        elif not blocks or (blocks[-1][0] is LineKind.SYSTEM and line.strip()):
            blocks.append((LineKind.NOTE, "", NO_STAMP, [line]))
        else:
            blocks[-1][3].append(line)
    parsed = [_line(*block) for block in blocks]
    return ParsedChat(
        ChatFormat.X4, tuple(line for line in parsed if line.text or line.quote), _joined(blocks)
    )


def _opened(lines: Sequence[str], index: int) -> tuple[LineKind, str, Stamp, list[str]] | None:
    line = lines[index]
    if found := _HEADER.fullmatch(line):
        stamp = read_stamp(found.group("day"), found.group("clock"))
        return (
            (LineKind.MESSAGE, found.group("name"), stamp, [found.group("text")]) if stamp else None
        )
    if clean.is_system(line):
        return LineKind.SYSTEM, "", NO_STAMP, [line]
    if line.startswith("「") and _quote_ends(lines[index : index + QUOTE_LINES]):
        # who answered is not in the file; it must not be put into the mouth of the sender before
        return LineKind.MESSAGE, "", NO_STAMP, [line]
    return None


def _quote_ends(lines: Sequence[str]) -> bool:
    for first, second in pairwise(lines):
        if first.rstrip().endswith("」"):
            return clean.is_rule(second)
    return False


def _line(kind: LineKind, sender: str, stamp: Stamp, body: list[str]) -> ChatLine:
    text, quote = "\n".join(body).strip(), ""
    if kind is LineKind.MESSAGE:
        text, quote = clean.cut_quote(text)
    return ChatLine(kind, sender, stamp, text, quote)


def _joined(blocks: Sequence[tuple[LineKind, str, Stamp, list[str]]]) -> int:
    return sum(
        sum(1 for line in body[1:] if line.strip())
        for kind, sender, _, body in blocks
        if kind is LineKind.MESSAGE and sender
    )
