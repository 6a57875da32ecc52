"""What the pages of a group put together: chat, contacts, staff, complaints."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.complaints.models import Complaint, Suspicion
from crm.complaints.queries.scoring import Asked, asked_today
from crm.complaints.queries.speakers import matches
from crm.complaints.rules.marking import Band, band, segments, split
from crm.complaints.rules.words import UNDECIDED, SuspicionState
from crm.contacts import queries as contacts
from crm.groups import queries as groups
from crm.groups.models import ChatGroup, GroupMember
from crm.groups.queries import Unanswered
from crm.groups.rules import (
    Candidate,
    ItemState,
    Match,
    MatchState,
    NewMessage,
    Pick,
    mask_phones,
    phones_in,
)
from crm.i18n import _, fmt

GUESS_MIN = 2
"""Characters of a staff name that a nickname must hold to be taken for hers."""
OPTION_NOBODY = "new"
EXCERPT = 240


@dataclass(frozen=True)
class Speaker:
    """A name of the preview: `who` it is, or the choices to ask with."""

    name: str
    state: MatchState
    who: str = ""
    options: tuple[tuple[str, str], ...] = ()
    guess: str = ""
    is_staff: bool = False


@dataclass(frozen=True)
class Preview:
    """What an import would bring."""

    new: tuple[NewMessage, ...]
    duplicates: int
    speakers: tuple[Speaker, ...]
    phones: int


@dataclass(frozen=True)
class Row:
    """An item of the group page. Handled by a complaint, or waiting for a tap."""

    item: Unanswered
    complaint_id: int | None
    short_no: int | None
    dismissed: bool
    asked: Band | None
    """Set where people are asked whether it is a complaint, and how much it reads like one."""
    reasons: tuple[str, ...]
    pieces: tuple[tuple[str, bool], ...]
    """The words of the item, True where they spoke for a complaint."""


@dataclass(frozen=True)
class MemberRow:
    """A name in the group and the name of the person behind it."""

    member: GroupMember
    who: str
    is_staff: bool


def preview(
    session: Session, group: ChatGroup, lines: Sequence[NewMessage], picks: dict[str, Pick]
) -> Preview:
    """Say what would be new, who speaks, and what has to be asked. Writes nothing."""
    positions = groups.fresh_positions(session, group, lines)
    new = tuple(lines[i] for i in positions)
    names = dict.fromkeys(line.sender for line in new if line.sender)
    found = matches(session, group, names)
    people = _people(session, group, found.values())
    speakers = tuple(_speaker(name, one, people, picks.get(name)) for name, one in found.items())
    phones = sum(1 for line in new if phones_in(line.text))
    return Preview(new, len(lines) - len(new), speakers, phones)


@dataclass(frozen=True)
class _People:
    contacts: dict[int, str]
    staff: dict[int, str]

    def name(self, one: Candidate | Match) -> str:
        if one.contact_id is not None:
            return self.contacts.get(one.contact_id, "")
        return self.staff.get(one.staff_id or 0, "")


def _people(session: Session, group: ChatGroup, matches: Iterable[Match]) -> _People:
    matches = list(matches)
    wanted = {found.contact_id for found in matches}
    wanted |= {one.contact_id for found in matches for one in found.candidates}
    named = contacts.contact_names(session, [i for i in wanted if i is not None])
    return _People(
        {
            one.id: _("groups.person_of_store", name=one.name, store=one.store_name)
            for one in named.values()
        },
        {row.id: row.name for row in groups.staff_of_store(session, group.store_id)},
    )


def _speaker(name: str, found: Match, people: _People, picked: Pick | None) -> Speaker:
    if found.state in (MatchState.KNOWN, MatchState.MATCHED):
        return Speaker(name, found.state, people.name(found), is_staff=found.staff_id is not None)
    guess = _guess(name, people.staff)
    state = MatchState.ASK if guess else found.state
    options = [
        (as_option(one), people.name(one))
        for one in found.candidates
        if as_option(one) != OPTION_NOBODY
    ]
    options += [(f"staff:{i}", _("groups.our_own", name=who)) for i, who in people.staff.items()]
    chosen = as_option(picked) if picked else guess
    return Speaker(
        name,
        state,
        options=tuple(dict.fromkeys(options)),
        guess=chosen,
        is_staff=chosen.startswith("staff:"),
    )


def _guess(name: str, staff: dict[int, str]) -> str:
    """A nickname that holds the name of one member of staff is probably hers."""
    inside = [i for i, who in staff.items() if len(who) >= GUESS_MIN and who in name]
    return f"staff:{inside[0]}" if len(inside) == 1 else ""


def as_option(one: Candidate | Pick) -> str:
    """Return the value of the choice that means this person."""
    if one.contact_id is not None:
        return f"contact:{one.contact_id}"
    return OPTION_NOBODY if one.staff_id is None else f"staff:{one.staff_id}"


def unanswered_rows(session: Session, group: ChatGroup, *, now: datetime) -> list[Row]:
    """Return what waits in a group, complaints that are still open among it."""
    items = groups.unanswered(session, [group.id], (ItemState.WAITING, ItemState.COMPLAINT))
    ids = [message_id for item in items for message_id in item.message_ids]
    open_ones = _complaints(session, ids)
    doubts = _doubts(session, group, ids, now)
    rows = [_row(item, open_ones, doubts) for item in items]
    return [row for row in rows if row.item.state is ItemState.WAITING or row.complaint_id]


@dataclass(frozen=True)
class _Doubts:
    dismissed: set[int]
    reasons: dict[int, str]
    asked: Asked


def _doubts(session: Session, group: ChatGroup, ids: Sequence[int], now: datetime) -> _Doubts:
    """Read what is thought of these lines, and which of them the store is asked about today."""
    rows = session.execute(
        select(Suspicion.message_id, Suspicion.state, Suspicion.reason).where(
            Suspicion.message_id.in_(ids)
        )
    ).all()
    dismissed = {row.message_id for row in rows if row.state is SuspicionState.DISMISSED}
    reasons = {row.message_id: row.reason for row in rows}
    if all(row.state is not SuspicionState.ASKED for row in rows):
        return _Doubts(dismissed, reasons, Asked())
    today = fmt.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return _Doubts(dismissed, reasons, asked_today(session, group.store_id, since=today))


def _complaints(session: Session, message_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return id and number of the live complaint that each of these lines is part of."""
    rows = session.execute(
        select(Complaint.id, Complaint.short_no, Complaint.message_id, Suspicion.message_id)
        .outerjoin(Suspicion, Suspicion.complaint_id == Complaint.id)
        .where(
            or_(Complaint.message_id.in_(message_ids), Suspicion.message_id.in_(message_ids)),
            Complaint.state.in_(UNDECIDED),
        )
    )
    found: dict[int, tuple[int, int]] = {}
    for complaint_id, short_no, *lines in rows:
        found |= {line: (complaint_id, short_no) for line in lines if line is not None}
    return found


def _row(item: Unanswered, open_ones: dict[int, tuple[int, int]], doubts: _Doubts) -> Row:
    found = next((open_ones[i] for i in item.message_ids if i in open_ones), None)
    complaint_id, short_no = found or (None, None)
    is_dismissed = doubts.dismissed.issuperset(item.message_ids)
    asked = None
    if not doubts.asked.message_ids.isdisjoint(item.message_ids):
        asked = band(item.score, ask=doubts.asked.ask, opening=doubts.asked.opening)
    named = [split(doubts.reasons.get(i, "")) for i in item.message_ids]
    reasons = tuple(dict.fromkeys(word for words in named for word in words))
    pieces = tuple(segments(_excerpt(mask_phones(item.text)), () if is_dismissed else reasons))
    return Row(item, complaint_id, short_no, is_dismissed, asked, reasons, pieces)


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def member_rows(session: Session, group: ChatGroup) -> list[MemberRow]:
    """Return the names of a group, each with the person behind it."""
    members = groups.members(session, group.id)
    people = _people(
        session,
        group,
        [Match(MatchState.KNOWN, one.id, one.contact_id, one.staff_id) for one in members],
    )
    return [
        MemberRow(
            one,
            people.name(Candidate(one.contact_id, one.staff_id)),
            is_staff=one.staff_id is not None,
        )
        for one in members
    ]
