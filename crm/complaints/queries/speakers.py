"""Who speaks in lines of a chat: names matched to members, staff and contacts of the store."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from crm.contacts import queries as contacts
from crm.groups import queries as groups
from crm.groups.models import ChatGroup
from crm.groups.rules import Candidate, Known, Match, MatchState, NewMessage, Pick, match


def matches(session: Session, group: ChatGroup, names: Iterable[str]) -> dict[str, Match]:
    """Return for each name the one person who fits, or the choices to ask with."""
    names = list(names)
    known = groups.members_by_name(session, group.id, names)
    staff = groups.staff_by_name(session, group.store_id, names)
    found = contacts.contacts_by_alias(session, names, [group.store_id])
    return {
        name: match(
            [
                Known(m.id, m.contact_id, m.staff_id, confirmed=m.confirmed_at is not None)
                for m in known.get(name, [])
            ],
            [*staff.get(name, []), *(Candidate(contact_id=one.id) for one in found.get(name, []))],
        )
        for name in names
    }


def with_speakers(
    session: Session, group: ChatGroup, lines: Sequence[NewMessage]
) -> dict[str, Pick]:
    """Return the one contact who fits each name that the group does not know."""
    names = dict.fromkeys(line.sender for line in lines if line.sender)
    return {
        name: Pick(found.contact_id, found.staff_id, sure=False)
        for name, found in matches(session, group, names).items()
        if found.state is MatchState.MATCHED
    }


def named(session: Session, group: ChatGroup, lines: Sequence[NewMessage]) -> list[NewMessage]:
    """Return the lines with the speaker that alone fits, where nobody has said who speaks."""
    known = with_speakers(session, group, [line for line in lines if not _is_told(line)])
    return [
        replace(line, contact_id=pick.contact_id, staff_id=pick.staff_id)
        if (pick := known.get(line.sender)) is not None and not _is_told(line)
        else line
        for line in lines
    ]


def standing(session: Session, lines: Sequence[NewMessage]) -> list[NewMessage]:
    """Return lines about to be written: by whom a contact was merged into, none by a forgotten."""
    leads = contacts.led_to(session, (one.contact_id for one in lines if one.contact_id))
    gone = dict.fromkeys(contacts.forgotten_of(session, leads.values()))
    return [
        line
        if line.contact_id is None
        else replace(line, contact_id=gone.get(to := leads[line.contact_id], to))
        for line in lines
    ]


def _is_told(line: NewMessage) -> bool:
    return line.asked or line.is_staff or line.contact_id is not None or line.staff_id is not None
