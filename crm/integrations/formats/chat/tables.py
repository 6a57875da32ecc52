"""CSV of chatlog (X2) and PyWxDump (X3). The names of X3 are passed in by the caller."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from crm.integrations.formats.chat import clean
from crm.integrations.formats.chat.parsed import (
    NO_STAMP,
    ChatFormat,
    ChatLine,
    LineKind,
    ParsedChat,
)
from crm.integrations.formats.chat.pasted import NAME_MAX, cut_chatlog_quote
from crm.integrations.formats.chat.stamps import read_moment

CHATLOG_COLUMNS = ["Time", "SenderName", "Sender", "TalkerName", "Talker", "Content"]
PYWXDUMP_COLUMNS = [
    "id",
    "MsgSvrID",
    "type_name",
    "is_sender",
    "talker",
    "room_name",
    "msg",
    "src",
    "CreateTime",
]
_SYSTEM_TYPES = ("系统通知", "拍一拍", "邀请加群")


def table_format(text: str) -> ChatFormat | None:
    first = text.lstrip("\n").split("\n", 1)[0].strip()
    if first == ",".join(CHATLOG_COLUMNS):
        return ChatFormat.X2
    return ChatFormat.X3 if first == ",".join(PYWXDUMP_COLUMNS) else None


def parse_table(text: str, form: ChatFormat, names: Mapping[str, str]) -> ParsedChat:
    """Raises csv.Error on text that is no table after all."""
    rows = csv.DictReader(io.StringIO(text.lstrip("\n")), restval="", restkey="rest")
    lines = [
        _chatlog_line(row) if form is ChatFormat.X2 else _pywxdump_line(row, names) for row in rows
    ]
    return ParsedChat(form, tuple(line for line in lines if line.text or line.quote))


def _chatlog_line(row: Mapping[str, str]) -> ChatLine:
    stamp = read_moment(row["Time"]) or NO_STAMP
    if row["Sender"] == "系统消息":
        return ChatLine(LineKind.SYSTEM, "", stamp, row["Content"])
    text, quote = cut_chatlog_quote(row["Content"])
    return ChatLine(
        LineKind.MESSAGE, (row["SenderName"] or row["Sender"])[:NAME_MAX], stamp, text, quote
    )


def _pywxdump_line(row: Mapping[str, str], names: Mapping[str, str]) -> ChatLine:
    stamp = read_moment(row["CreateTime"]) or NO_STAMP
    kind = row["type_name"]
    if row["talker"] == "系统" or kind in _SYSTEM_TYPES or kind.startswith("消息撤回"):
        return ChatLine(LineKind.SYSTEM, "", stamp, row["msg"])
    text, quote = clean.cut_quote(row["msg"])
    return ChatLine(
        LineKind.MESSAGE, names.get(row["talker"], row["talker"])[:NAME_MAX], stamp, text, quote
    )
