"""From parsed lines in the shop's local time to messages with a place in time."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from crm.groups.rules.terms import FUTURE_SLACK, FutureLine, MessageKind, NewMessage, UndatedLine
from crm.integrations.formats.chat import ChatLine, LineKind, ParsedChat

_KINDS = {LineKind.MESSAGE: MessageKind.MESSAGE, LineKind.SYSTEM: MessageKind.SYSTEM}


def placed_messages(parsed: ParsedChat, zone: ZoneInfo) -> list[NewMessage]:
    """Give every line its time; one without stands beside its neighbour. Notes are no messages.

    Raises UndatedLine where the text leaves the day open.
    """
    lines = [line for line in parsed.lines if line.kind is not LineKind.NOTE]
    times = _filled([line.sent_at_local for line in lines])
    return [
        _message(line, _at(local, zone, position), placed=parsed.placed)
        for position, (line, local) in enumerate(zip(lines, times, strict=True), start=1)
    ]


def _filled(times: list[datetime | None]) -> list[datetime | None]:
    """Carry the last known time forward, and the first one back to the lines before it."""
    last = next((local for local in times if local), None)
    filled = []
    for local in times:
        last = local or last
        filled.append(last)
    return filled


def _at(local: datetime | None, zone: ZoneInfo, position: int) -> datetime:
    if local is None:
        raise UndatedLine(position)
    return local.replace(tzinfo=zone)


def _message(line: ChatLine, sent_at: datetime, *, placed: bool) -> NewMessage:
    return NewMessage(line.sender, sent_at, line.text, line.quote, _KINDS[line.kind], placed=placed)


def check_times(messages: Sequence[NewMessage], now: datetime) -> None:
    """Refuse a line from the future: its deadline would be nonsense."""
    for position, message in enumerate(messages, start=1):
        if message.sent_at > now + FUTURE_SLACK:
            raise FutureLine(position, message.sent_at)
