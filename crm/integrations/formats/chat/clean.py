"""Pasted text before parsing: invisible characters out, one kind of line end, quotes cut off."""

from __future__ import annotations

import re

from crm.unseen import seen

_SPACES = re.compile("[\u00a0\u2005\u3000]")
_DASHES = re.compile(r"(?:- ?){3,}|—{3,}")
_BRACKET_QUOTE = re.compile(r"「([^」]*)」\n(?:- ?){3,}\s*(?:\n|$)")
_REPLY_QUOTE = "这是一条引用/回复消息："
_TAIL_QUOTE = re.compile(r"\n+\[引用\]\([^)\n]*\)([^:：\n]*)[:：](.*)\Z", re.DOTALL)

SYSTEM_MAX = 60
_SYSTEM = re.compile(
    r"(?:撤回了一条消息|加入了?群聊|加入本群|移出了?群聊|退出了?群聊)[。.]?$"
    r"|修改群名为|拍了拍|^System Message: "
)


def normalised(text: str) -> str:
    return _SPACES.sub(" ", seen(text))


def is_system(line: str) -> bool:
    return len(line) < SYSTEM_MAX and bool(_SYSTEM.search(line))


def is_rule(line: str) -> bool:
    """A line of dashes, as it stands between a quote and the answer."""
    return bool(_DASHES.fullmatch(line.strip()))


def cut_quote(body: str) -> tuple[str, str]:
    """(text, quote): quoted words are someone else's and must not be scored as this sender's."""
    if found := _BRACKET_QUOTE.match(body):
        return body[found.end() :].strip("\n"), _one_line(found.group(1))
    if body.startswith(_REPLY_QUOTE):
        return _cut_reply(body)
    if found := _TAIL_QUOTE.search(body):
        return body[: found.start()], _one_line(f"{found.group(1)}：{found.group(2)}")
    return body, ""


def _cut_reply(body: str) -> tuple[str, str]:
    quoted, rest = [], body.split("\n")[1:]
    while rest and not is_rule(rest[0]):
        quoted.append(rest.pop(0))
    if not rest:
        return body, ""
    return "\n".join(rest[1:]).strip("\n"), _one_line("".join(quoted).strip('"“”「」'))


def _one_line(text: str) -> str:
    return " ".join(text.split())
