"""Periodic work of complaints: climb the ladder, let time pass, repair, follow changed hours.

Nothing is sent here: alerts are rows, and another job delivers them. Every function may run late,
twice, and in several workers at once. Much work is done in slices: on SQLite whoever logs or
answers waits for the one write lock, and gets it between two of them.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from crm import log
from crm.alerts import service as alerts
from crm.audit import service as audit
from crm.complaints.models import Complaint, Incident
from crm.complaints.queries import bundles as incident_queries
from crm.complaints.queries import case as queries
from crm.complaints.queries import due as due_queries
from crm.complaints.queries.many import free_wholes
from crm.complaints.rules.calendars import Calendars
from crm.complaints.rules.words import EventType
from crm.complaints.service import bundles, catch_up, daily, learning, telling
from crm.complaints.service.book import Book, Entry, open_book
from crm.complaints.service.effects import write
from crm.complaints.service.firing import fire
from crm.complaints.service.intake import pin_hours
from crm.complaints.service.keeping import remove_empty_incidents, remove_old
from crm.db import transaction
from crm.i18n import fmt

BATCH = 100
TOGETHER = 20  # complaints that are read at once
SLICE = 0.05  # seconds of work in one transaction
PASS = 10.0  # seconds of one call; what is left is for the next
REST = 0.02  # seconds that others have to themselves between two
TRY_AGAIN = timedelta(minutes=1)  # what cannot be replayed

T = TypeVar("T")
Now = Callable[[], datetime]
Act = Callable[[Session, Complaint, datetime], None]
_logger = log.get(__name__)


def climb_ladders(factory: sessionmaker[Session], *, now: Now) -> int:
    """The tick: an idle one is two probes of indexes, without the write lock."""
    handled, until = 0, time.monotonic() + PASS
    while time.monotonic() < until and _is_due(factory, now()):
        with transaction(factory) as session:
            found = tick(session, now=now(), seconds=SLICE)  # `now` is read under the lock
        if not found:  # another worker is at it
            break
        handled += found
        _rest(session)
    return handled


def _rest(session: Session) -> None:
    """After a transaction of this session; on PostgreSQL nobody waits for a whole database."""
    if session.get_bind().dialect.name == "sqlite":
        time.sleep(REST)


def _is_due(factory: sessionmaker[Session], now: datetime) -> bool:
    with factory() as session:
        return due_queries.anything_due(session, now)


def keep_straight(factory: sessionmaker[Session], *, now: Now) -> None:
    """Once a minute: repair what lost its step, follow changed hours."""
    with factory() as session:
        lost = due_queries.without_step(session, now())
    if lost:
        _logger.warning("alert steps lost", complaints=len(lost))
        _in_slices(factory, lost, _repair, now)
    follow_hours(factory, now=now)


def tick(session: Session, *, now: datetime, seconds: float = math.inf) -> int:
    """Let time pass, then fire what is due, each for half of the time; says how many were handled.

    The steps take what the first half has left over.
    """
    begun = time.monotonic()
    coming = due_queries.with_automatics(session, now, BATCH)
    handled = sum(_let_pass(session, one, now) for one in _while(coming, begun + seconds / 2))
    due: dict[int, list[due_queries.DueStep]] = {}
    for step in due_queries.due_steps(session, now, BATCH):
        due.setdefault(step.complaint_id, []).append(step)
    return handled + sum(_fire(session, due[one], now) for one in _while(due, begun + seconds))


def tell_incidents(factory: sessionmaker[Session], *, now: Now) -> int:
    """Tell leaders what changed in the incidents that go on; says how many were looked at."""
    with factory() as session:
        waiting = incident_queries.to_tell(session, now())
    for incident_id in waiting:
        with transaction(factory) as session:
            incident = incident_queries.incident_to_tell(session, incident_id, now())
            if incident is not None:
                _tell(session, incident, now())
    return len(waiting)


def _tell(session: Session, incident: Incident, now: datetime) -> None:
    """An incident that cannot be read is shown to the owners, and stops no other."""
    try:
        with session.begin_nested():
            bundles.tell(session, incident, now=now)
    except OperationalError:
        raise
    except Exception:
        _logger.exception("incident failed", incident_id=incident.id)
        incident.update_at = now + TRY_AGAIN
        alerts.alarm(session, what="incident", subject_id=incident.id, now=now)


def summarise_day(factory: sessionmaker[Session], *, now: Now) -> bool:
    """Tell lead and owner in the morning how the day begins; says whether it did."""
    with transaction(factory) as session:
        return daily.summarise_day(session, now=now())


def keep_no_longer(factory: sessionmaker[Session], *, now: Now) -> int:
    """Remove the complaints that are past their time of keeping, in batches; says how many."""
    removed = 0
    while True:
        with transaction(factory) as session:
            batch = remove_old(session, now=now(), limit=BATCH)
        if not batch:
            break
        removed += batch
        _rest(session)
    with transaction(factory) as session:
        remove_empty_incidents(session, now=now())
    return removed


def follow_hours(factory: sessionmaker[Session], *, now: Now) -> int:
    """Move the open deadlines of stores whose hours were changed; says how many complaints."""
    with factory() as session:
        changed = queries.outdated_calendars(session)
    moved = 0
    for store_id, old in changed:
        with transaction(factory) as session:
            new = pin_hours(session, store_id, now())
            pinned = queries.complaints_pinned_to(session, store_id, old)
        some = [pinned[first : first + TOGETHER] for first in range(0, len(pinned), TOGETHER)]
        moved += _in_slices(factory, some, partial(_repin, old=old, new=new), now)
    return moved


def _in_slices(
    factory: sessionmaker[Session],
    todo: Iterable[T],
    act: Callable[[Session, T, datetime], int],
    now: Now,
) -> int:
    """Do all of it, a slice of time in a transaction; says for how many complaints it went well."""
    left, done = deque(todo), 0
    while left:
        with transaction(factory) as session:
            until = time.monotonic() + SLICE
            done += act(session, left.popleft(), now())
            while left and time.monotonic() < until:
                done += act(session, left.popleft(), now())
        _rest(session)
    return done


def _repin(
    session: Session, complaint_ids: Sequence[int], now: datetime, *, old: int, new: int
) -> int:
    """Move some together: a new year moves every deadline in workdays."""
    try:
        with session.begin_nested(), session.no_autoflush:
            return _repin_together(session, complaint_ids, now, old=old, new=new)
    except OperationalError:
        raise
    except Exception:
        if len(complaint_ids) > 1:  # perhaps only one of them is bad
            return sum(_repin(session, [one], now, old=old, new=new) for one in complaint_ids)
        _logger.exception("complaint failed", complaint_id=complaint_ids[0])
        alerts.alarm(session, what="complaint", subject_id=complaint_ids[0], now=now)
        return 0


def _repin_together(
    session: Session, complaint_ids: Sequence[int], now: datetime, *, old: int, new: int
) -> int:
    wholes, hours = free_wholes(session, complaint_ids, old), dict[int, Calendars]()
    versions = {whole.complaint.policy_version_id for whole in wholes}
    policies = {version: queries.policy_of(session, version) for version in versions}
    for whole in wholes:
        policy = policies[whole.complaint.policy_version_id]
        book = Book(session, whole.complaint, whole.events, policy, hours)
        telling.catch_up(session, book, now=now)
        data = {"cause": "calendar", "calendar_id": new}
        book.append(Entry(EventType.DEADLINE_CHANGED, now, data=data), now=now)
        write(session, book, now=now, stored=whole.stored)
    return len(wholes)


def _repair(session: Session, complaint_id: int, now: datetime) -> bool:
    """Who holds it, or was at it just now, has changed what was found: the next run looks again."""
    complaint = due_queries.free_complaint(session, complaint_id)
    if complaint is None or not due_queries.lacks_step(session, complaint_id, now):
        return False
    return _on_its_own(session, complaint, _write_again, now)


def _on_its_own(session: Session, complaint: Complaint, act: Act, now: datetime) -> bool:
    """A complaint that cannot be replayed is written down and stops no other."""
    try:
        with session.begin_nested():
            act(session, complaint, now)
    except OperationalError:  # the database's trouble, not this complaint's
        raise
    except Exception:
        _logger.exception("complaint failed", complaint_id=complaint.id)
        due_queries.put_off(session, complaint.id, now)
        return False
    return True


def _write_again(session: Session, complaint: Complaint, now: datetime) -> None:
    failed = due_queries.most_attempts(session, complaint.id)
    write(session, open_book(session, complaint), now=now)
    if failed > 1:  # written down when it was repaired first
        return
    subject = f"complaint:{complaint.id}"
    audit.record(session, "complaint.steps_repaired", subject=subject, actor=None, now=now)


def _while(found: Iterable[int], until: float) -> Iterator[int]:
    """Hand out complaints as long as there is time; the first one always."""
    for complaint_id in found:
        yield complaint_id
        if time.monotonic() > until:
            return


def _let_pass(session: Session, complaint_id: int, now: datetime) -> int:
    complaint = due_queries.free_complaint(session, complaint_id)
    if complaint is None:
        return 0
    if not _on_its_own(session, complaint, _catch_up, now):  # the others go first for a while
        due_queries.postpone(session, complaint_id, now + TRY_AGAIN)
        alerts.alarm(session, what="complaint", subject_id=complaint_id, now=now)
    return 1


def _catch_up(session: Session, complaint: Complaint, now: datetime) -> None:
    catch_up(session, complaint, now=now)


def _fire(session: Session, steps: list[due_queries.DueStep], now: datetime) -> int:
    """Fire the due steps of one complaint; one that cannot be is put aside, shown, and repaired."""
    complaint = due_queries.free_complaint(session, steps[0].complaint_id)
    if complaint is None:
        return _set_aside_if_gone(session, steps, now)
    try:
        with session.begin_nested():
            if complaint.automatic_at is not None and complaint.automatic_at <= now:
                catch_up(session, complaint, now=now)  # an end may take the step away
            fire(session, complaint, [step.clock_id for step in steps], now=now)
    except OperationalError:
        raise
    except Exception:
        if len(steps) > 1:  # perhaps only one of them is bad
            return sum(_fire(session, [step], now) for step in steps)
        _logger.exception("alert step failed", step_id=steps[0].id)
        _set_aside(session, steps, now)
    return len(steps)


def _set_aside(session: Session, steps: list[due_queries.DueStep], now: datetime) -> None:
    for step in steps:
        due_queries.put_aside(session, step.id, now)
    alerts.alarm(session, what="complaint", subject_id=steps[0].complaint_id, now=now)


def _set_aside_if_gone(session: Session, steps: list[due_queries.DueStep], now: datetime) -> int:
    """Steps of a complaint that is there are for whoever holds it; says how many were settled."""
    if due_queries.is_there(session, steps[0].complaint_id):
        return 0
    _set_aside(session, steps, now)
    return len(steps)


def has_something_to_learn(factory: sessionmaker[Session], *, now: Now) -> bool:
    """Say whether it is night and people have tapped, or lines went that were learnt from."""
    with factory() as session:
        return learning.is_due(session, now=now(), zone=fmt.zone())


def learn_from_taps(factory: sessionmaker[Session], *, now: Now) -> None:
    """Once a night: learn, compare, keep the better. No transaction is open while it counts."""
    zone = fmt.zone()
    with factory() as session:
        material = learning.gather(session)
    lesson = learning.study(material, zone)
    with transaction(factory) as session:
        kept = learning.keep(session, material, lesson, now=now(), zone=zone)
    if kept is not None:
        _logger.info("learnt from taps", outcome=kept.outcome.value, lines=len(material.lines))
