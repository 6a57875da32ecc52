"""The line that opens a message: WeChat copies (W2-W6), QQ (Q) and chatlog text (X1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crm.integrations.formats.chat.parsed import ChatFormat, Stamp
from crm.integrations.formats.chat.stamps import CLOCK, DATE, read_stamp, shows_seconds

HEADER_MAX = 160


@dataclass(frozen=True)
class Place:
    """Where a line stands: what decides whether it may be a header."""

    day: str
    members: frozenset[str]
    after_blank: bool


@dataclass(frozen=True)
class Header:
    """A line read as the beginning of a message."""

    format: ChatFormat
    sender: str
    stamp: Stamp
    system: bool = False


_DATED = re.compile(rf"(?P<name>.+?)\s+(?P<day>{DATE})\s*(?P<clock>{CLOCK})\s*")
_ROUND = re.compile(rf"(?P<name>.+)\((?P<day>{DATE})\s+(?P<clock>{CLOCK})\)\s*")
_ROOM = r"(?: \[.+\])?"
_WHEN = r"(?:(?P<day>(?:\d{4}-)?\d{2}-\d{2}) )?(?P<clock>\d{2}:\d{2}:\d{2})\s*"
_WECHAT_ID = r"(?:wxid_[\w-]+|gh_\w+|\d+@\w+|我)"
_CHATLOG = re.compile(rf"(?P<name>.+)\((?P<id>[A-Za-z0-9_@.-]+)\){_ROOM} {_WHEN}")
_CHATLOG_OWN = re.compile(rf"(?P<name>.+)\((?P<id>{_WECHAT_ID})\){_ROOM} {_WHEN}")
_CHATLOG_BARE = re.compile(rf"(?P<name>系统消息|{_WECHAT_ID}){_ROOM} {_WHEN}")
_BADGES = r"(?:【[^】]*】)*"
_QQ_FIRST = re.compile(
    rf"(?P<day>{DATE}) (?P<clock>\d{{1,2}}:\d{{2}}:\d{{2}}) "
    rf"{_BADGES}(?P<name>.+?)(?P<id>\(\d+\)|<[^>]*>)?\s*"
)
_QQ_LAST = re.compile(
    rf"{_BADGES}(?P<name>.+?):? (?P<day>\d{{2}}-\d{{2}})? ?(?P<clock>\d{{1,2}}:\d{{2}}:\d{{2}})\s*"
)
_MAIL = re.compile(rf"(?P<name>.+?)\s{{2,}}(?P<clock>{CLOCK})\s*")
MAIL_DAY = re.compile(rf"[—–-]{{3,}}\s*(?P<day>{DATE})\s*[—–-]{{3,}}")


def _header(form: ChatFormat, found: re.Match[str], day: str | None = None) -> Header | None:
    groups = found.groupdict()
    stamp = read_stamp(day or groups.get("day") or "", groups["clock"])
    name = groups["name"].strip()
    if stamp is None or not name:
        return None
    return Header(form, name, stamp, system=name == "系统消息")


def dated(line: str, _place: Place) -> Header | None:
    """W2, W3, W6: date and time end the line."""
    found = _DATED.fullmatch(line)
    if not found:
        return None
    day, clock = found.group("day", "clock")
    if "年" in day:
        form = ChatFormat.W6
    else:
        form = ChatFormat.W3 if "-" in day or shows_seconds(clock) else ChatFormat.W2
    return _header(form, found)


def bracketed(line: str, _place: Place) -> Header | None:
    """W5: date and time in brackets behind the name."""
    found = _ROUND.fullmatch(line)
    return _header(ChatFormat.W5, found) if found else None


def chatlog_own(line: str, _place: Place) -> Header | None:
    """X1 with a sender as only chatlog writes it; the dated family would swallow the id."""
    found = _CHATLOG_OWN.fullmatch(line) or _CHATLOG_BARE.fullmatch(line)
    return _header(ChatFormat.X1, found) if found else None


def chatlog(line: str, _place: Place) -> Header | None:
    """X1: any Latin id in brackets."""
    found = _CHATLOG.fullmatch(line)
    return _header(ChatFormat.X1, found) if found else None


def qq(line: str, place: Place) -> Header | None:
    """Q: time first (with a number or after a blank line), or last (after a blank line)."""
    found = _QQ_FIRST.fullmatch(line)
    if found and (place.after_blank or found.group("id")):
        return _header(ChatFormat.Q, found)
    found = _QQ_LAST.fullmatch(line)
    return _header(ChatFormat.Q, found) if found and place.after_blank else None


def mail(line: str, place: Place) -> Header | None:
    """W4: two spaces before the time, after a blank line, under a day or by a known member."""
    found = _MAIL.fullmatch(line)
    if not found or not place.after_blank:
        return None
    if not place.day and found.group("name").strip() not in place.members:
        return None
    return _header(ChatFormat.W4, found, place.day)


Family = Callable[[str, Place], Header | None]
_ALL: tuple[Family, ...] = (chatlog_own, dated, bracketed, chatlog, qq, mail)
_FAMILIES: dict[ChatFormat, tuple[Family, ...]] = {
    ChatFormat.W2: (dated,),
    ChatFormat.W3: (dated,),
    ChatFormat.W6: (dated,),
    ChatFormat.W5: (bracketed,),
    ChatFormat.X1: (chatlog_own, chatlog),
    ChatFormat.Q: (qq,),
    ChatFormat.W4: (mail,),
}


def families(form: ChatFormat) -> tuple[Family, ...]:
    return _ALL if form is ChatFormat.AUTO else _FAMILIES[form]


def read_header(line: str, place: Place, tried: Iterable[Family]) -> Header | None:
    """A line behind `> ` is a quote, however much it looks like a header."""
    if len(line) > HEADER_MAX or line.startswith("> "):
        return None
    for family in tried:
        if header := family(line, place):
            return header
    return None
