"""Which acts of a complaint's log may be taken back: by whom, and until when. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from crm.complaints.rules.words import UNDO_WINDOW, WRITTEN_BY_SHUKE, EventType


class Logged(Protocol):
    """An event as it stands in the log."""

    @property
    def seq(self) -> int: ...
    @property
    def type(self) -> EventType: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def actor_id(self) -> int | None: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


def undone(events: Iterable[Logged]) -> set[int]:
    """The numbers of the events that were taken back."""
    return {event.data["seq"] for event in events if event.type is EventType.UNDONE}


def is_act(event: Logged, gone: set[int]) -> bool:
    """Whether somebody did it and it still counts; a platform's deadline is typed in."""
    by_shuke = event.type in WRITTEN_BY_SHUKE - {EventType.LOGGED} and "given" not in event.data
    return not by_shuke and event.seq not in gone and event.type is not EventType.UNDONE


def may_undo(event: Logged, gone: set[int], actor_id: int | None, now: datetime) -> bool:
    """Whether the person may still take this act back: it is an own one of the last day."""
    is_late = now > event.recorded_at + UNDO_WINDOW
    return is_act(event, gone) and event.actor_id == actor_id and not is_late
