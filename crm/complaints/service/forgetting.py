"""One person goes out of complaints: her words, what was said of them, her names. Verdicts stay.

The log is append-only; here, and only here, words in it are emptied. What decides (times, types,
who is who) is left as it is, so that replaying gives what it gave.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from crm.complaints.models import Complaint, ComplaintEvent
from crm.complaints.queries import forgetting as queries
from crm.complaints.rules.words import NAMES_IN_DATA, WORDS_IN_DATA
from crm.groups.service.forgetting import Spoken, without


def forget_person(
    session: Session, contact_ids: Collection[int], spoken: Spoken, pseudonym: str
) -> None:
    """Empty her complaints; in those of others call her by the pseudonym."""
    hers = queries.raised_by(session, contact_ids, spoken.names, spoken.message_ids)
    for complaint in hers:
        complaint.text, complaint.reporter_alias, complaint.parcel_ref = pseudonym, "", ""
    ids = {complaint.id for complaint in hers}
    reporters = _reporters(session, ids)
    for event in queries.events_of_all(session, ids):
        event.text = ""
        _redact(event, reporters[event.complaint_id], pseudonym, words=WORDS_IN_DATA)
    for clock in queries.tasks_of_all(session, ids):
        clock.task = ""
    for suspicion in queries.suspicions_of(session, spoken.message_ids):
        suspicion.reason = ""
    _in_others(session, spoken.names, ids, pseudonym)


def _reporters(session: Session, complaint_ids: Collection[int]) -> dict[int, set[str]]:
    """By which name each complaint knows who raised it."""
    found: dict[int, set[str]] = {one: set() for one in complaint_ids}
    for event in queries.events_of_all(session, complaint_ids):
        if event.data.get("reporter"):
            found[event.complaint_id].add(event.data["reporter"])
    return found


def _redact(
    event: ComplaintEvent, names: Collection[str], pseudonym: str, *, words: Collection[str] = ()
) -> None:
    data: dict[str, Any] = dict(event.data)
    for key in NAMES_IN_DATA:
        if data.get(key) in names:
            data[key] = pseudonym
    for key in words:
        if key in data:
            data[key] = ""
    if words and "given" in data and isinstance(data["given"], list):  # what a merge brought along
        data["given"] = [{**one, "note": ""} for one in data["given"]]
    if data != event.data:
        event.data = data


def _in_others(
    session: Session, names: Mapping[int, Collection[str]], but: Collection[int], pseudonym: str
) -> None:
    others: dict[int, Complaint] = {
        one.id: one for one in queries.others_of_groups(session, names.keys(), but)
    }
    for event in queries.events_of_all(session, others):
        called = names[_group(others[event.complaint_id])]
        event.text = without(event.text, called, pseudonym)
        _redact(event, called, pseudonym)
    for one in others.values():
        one.text = without(one.text, names[_group(one)], pseudonym)
    for told in queries.told_of_all(session, others):
        if told.name in names[_group(others[told.complaint_id])]:
            told.name = pseudonym


def _group(complaint: Complaint) -> int:
    assert complaint.group_id is not None  # noqa: S101  they were found by it
    return complaint.group_id
