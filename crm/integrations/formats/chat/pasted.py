"""Text copied out of a chat window or mailed from a phone: W1-W6, QQ and chatlog text.

Bodies go to the header above them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from crm.integrations.formats.chat import clean
from crm.integrations.formats.chat.headers import MAIL_DAY, Header, Place, families, read_header
from crm.integrations.formats.chat.parsed import (
    NO_STAMP,
    ChatFormat,
    ChatLine,
    LineKind,
    ParsedChat,
)

NAME_MAX = 64
# One line proves no layout, two do.
TELLING = 2
_PREAMBLE = re.compile(r"Dear:|.+ 在微信上的聊天记录如下，请查收。|微信群.+的聊天记录如下[:：]")
_BARE_NAME = re.compile(r"(?P<name>\S.{0,63}?): ?")
# Words that open a line of an address block, never a nickname.
_LABEL = re.compile(
    r"(?:收货|收件|联系)?(?:人|地址|电话|手机|手机号|姓名|单号|快递单号|订单号|备注|尺码|颜色|款号|链接)"
)
_BODY, _DAY, _SYSTEM = "body", "day", "system"
Mark = Header | str


@dataclass
class _Open:
    """The message that is being collected."""

    header: Header | None
    body: list[str] = field(default_factory=list)


def parse_pasted(text: str, form: ChatFormat, members: frozenset[str]) -> ParsedChat:
    lines = _without_preamble(text.split("\n"))
    marks: list[Mark] = [_BODY] * len(lines)
    if form is not ChatFormat.W1:
        marks = _marks(lines, form, members)
    if form in (ChatFormat.AUTO, ChatFormat.W1) and not _headers(marks):
        marks = _bare_marks(lines, members)
    if not _headers(marks):
        return as_note(text)
    return _assemble(lines, marks)


def as_note(text: str) -> ParsedChat:
    body = text.strip()
    lines = (ChatLine(LineKind.NOTE, "", NO_STAMP, body),) if body else ()
    return ParsedChat(ChatFormat.NOTE, lines)


def _without_preamble(lines: list[str]) -> list[str]:
    start = 0
    while start < len(lines) and (
        not lines[start].strip() or _PREAMBLE.fullmatch(lines[start].strip())
    ):
        start += 1
    return lines[start:]


def _headers(marks: Sequence[Mark]) -> list[Header]:
    return [mark for mark in marks if isinstance(mark, Header)]


def _marks(lines: Sequence[str], form: ChatFormat, members: frozenset[str]) -> list[Mark]:
    """What each line is; the day of a separator holds until the next one."""
    tried, day = families(form), ""
    marks: list[Mark] = []
    for index, line in enumerate(lines):
        after_blank = _after_blank(lines, index)
        if separator := MAIL_DAY.fullmatch(line.strip()):
            day = separator.group("day")
            marks.append(_DAY)
        elif header := read_header(line, Place(day, members, after_blank=after_blank), tried):
            marks.append(header)
        else:
            marks.append(_SYSTEM if after_blank and clean.is_system(line) else _BODY)
    return _drop_look_alikes(lines, marks, members)


def _after_blank(lines: Sequence[str], index: int) -> bool:
    return index == 0 or not lines[index - 1].strip()


def _drop_look_alikes(
    lines: Sequence[str], marks: list[Mark], members: frozenset[str]
) -> list[Mark]:
    """Drop headers that nobody knows and no blank line announces, where the others have one.

    They are body lines that end with a date.
    """
    senders = {i: mark.sender for i, mark in enumerate(marks) if isinstance(mark, Header)}
    apart = {i for i in senders if _after_blank(lines, i)}
    close = senders.keys() - apart
    if len(apart) < TELLING or len(close) >= len(apart):
        return marks
    known = {senders[i] for i in apart}
    doubtful = {i for i in close if senders[i] not in known and senders[i] not in members}
    return [_BODY if i in doubtful else mark for i, mark in enumerate(marks)]


def _bare_marks(lines: Sequence[str], members: frozenset[str]) -> list[Mark]:
    """W1: `昵称:` alone on a line.

    Without a list of members at least two such lines are needed; with one, a stranger must speak
    twice.
    """
    names = {i: name for i in range(len(lines)) if (name := _bare_name(lines, i))}
    counts = Counter(names.values())
    if members & counts.keys():
        names = {i: name for i, name in names.items() if name in members or counts[name] > 1}
    elif len(names) < TELLING:
        names = {}
    return [_bare_mark(lines, i, names.get(i)) for i in range(len(lines))]


def _bare_name(lines: Sequence[str], index: int) -> str | None:
    found = _BARE_NAME.fullmatch(lines[index])
    if not found or not _after_blank(lines, index) or _LABEL.fullmatch(found.group("name")):
        return None
    followed = index + 1 < len(lines) and lines[index + 1].strip()
    return found.group("name").strip() if followed else None


def _bare_mark(lines: Sequence[str], index: int, name: str | None) -> Mark:
    if name:
        return Header(ChatFormat.W1, name, NO_STAMP)
    return _SYSTEM if _after_blank(lines, index) and clean.is_system(lines[index]) else _BODY


def _assemble(lines: Sequence[str], marks: Sequence[Mark]) -> ParsedChat:
    current = _Open(None)
    parsed: list[_Open] = []
    for line, mark in zip(lines, marks, strict=True):
        if mark is _BODY:
            current.body.append(line)
            continue
        parsed.append(current)
        current = _Open(mark if isinstance(mark, Header) else None)
        if mark is _SYSTEM:
            parsed.append(_Open(Header(ChatFormat.NOTE, "", NO_STAMP, system=True), [line]))
    parsed.append(current)
    found = [read for read in map(_line, parsed) if read.text or read.quote]
    joined = sum(_continued(message) for message in parsed if message.header)
    return ParsedChat(_main_format(marks), tuple(found), joined)


def _main_format(marks: Sequence[Mark]) -> ChatFormat:
    return Counter(header.format for header in _headers(marks)).most_common(1)[0][0]


def _continued(message: _Open) -> int:
    return max(0, sum(1 for line in message.body if line.strip() and not line.startswith("> ")) - 1)


def _line(message: _Open) -> ChatLine:
    body = "\n".join(line.rstrip() for line in message.body).strip("\n")
    header = message.header
    if header is None:
        return ChatLine(LineKind.NOTE, "", NO_STAMP, body.strip())
    if header.system:
        return ChatLine(LineKind.SYSTEM, "", header.stamp, body.strip())
    text, quote = (
        cut_chatlog_quote(body) if header.format is ChatFormat.X1 else clean.cut_quote(body)
    )
    return ChatLine(LineKind.MESSAGE, header.sender[:NAME_MAX], header.stamp, text, quote)


def cut_chatlog_quote(body: str) -> tuple[str, str]:
    """Chatlog puts `> ` before the quoted message, its header included."""
    lines = body.split("\n")
    count = next((i for i, line in enumerate(lines) if not line.startswith("> ")), len(lines))
    quoted = [line[2:] for line in lines[:count]]
    if not quoted:
        return body, ""
    header = read_header(
        quoted[0], Place("", frozenset(), after_blank=True), families(ChatFormat.X1)
    )
    words = " ".join(quoted[1:] if header else quoted)
    return "\n".join(lines[count:]).strip("\n"), f"{header.sender}：{words}" if header else words
