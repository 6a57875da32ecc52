"""Logs of events and calendars for tests of the pure rules."""

from datetime import datetime, timedelta

from crm.complaints.rules.calendars import Calendars
from crm.complaints.rules.policy import FULL, Policy
from crm.complaints.rules.projection import Event, Projection
from crm.complaints.rules.replay import replay
from crm.complaints.rules.words import EventType, Visibility
from crm.stores.rules.calendar import DEFAULT_ZONE, BusinessCalendar, Statutory

DAILY = range(7)
STORE = BusinessCalendar({day: [(600, 1320)] for day in DAILY})
LIVE = BusinessCalendar({day: [(1200, 1500)] for day in DAILY})
CALENDARS = Calendars(STORE, LIVE, Statutory(), DEFAULT_ZONE, 1)
NOBODY = 7


def moment(text: str) -> datetime:
    """A moment in the shop's zone; a bare clock time lies on Saturday 2026-06-06."""
    full = text if "-" in text else f"2026-06-06 {text}"
    return datetime.fromisoformat(full).replace(tzinfo=DEFAULT_ZONE)


class Log:
    """A complaint's events, written one after the other; `case` replays them."""

    def __init__(
        self,
        at: str = "15:02",
        *,
        channel: str = "group",
        category: str = "suspected_fake",
        policy: Policy = FULL,
        calendars: Calendars = CALENDARS,
        logged: str | None = None,
        **data: object,
    ) -> None:
        self.policy, self.calendars = policy, {calendars.id: calendars}
        self.events: list[Event] = []
        given = {"channel": channel, "category": category, "calendar_id": calendars.id, **data}
        self.add("logged", at, recorded=logged, **given)

    def add(
        self,
        what: str,
        at: str,
        /,
        *,
        recorded: str | None = None,
        actor: int | None = NOBODY,
        visibility: str | None = None,
        **data: object,
    ) -> "Log":
        """Write one event."""
        when = moment(at)
        self.events.append(
            Event(
                len(self.events) + 1,
                EventType(what),
                when,
                moment(recorded) if recorded else when,
                actor,
                Visibility(visibility) if visibility else None,
                data,
            )
        )
        return self

    def offer(self, at: str) -> "Log":
        """Answer, then offer a solution ten minutes later."""
        self.add("public_reply", at)
        later = moment(at) + timedelta(minutes=10)
        return self.add("resolution_offered", f"{later:%Y-%m-%d %H:%M}")

    @property
    def case(self) -> Projection:
        """What is true after these events."""
        return replay(self.events, self.policy, self.calendars)
