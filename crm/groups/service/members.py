"""Groups themselves, and who is behind a name in them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit import service as audit
from crm.groups import queries
from crm.groups.models import ChatGroup, GroupMember
from crm.groups.rules import (
    Candidate,
    ChatKnown,
    Known,
    MatchState,
    NewGroup,
    NewMessage,
    Pick,
    match,
)
from crm.groups.service import items

Speaker = tuple[str, Pick | None]
"""A name in the chat and, where somebody has said so, who it is."""


def add_group(
    session: Session, command: NewGroup, *, actor: Actor | None, now: datetime
) -> ChatGroup:
    """Add a group chat of a store that the actor sees (the caller has looked).

    Raises ChatKnown where its chat belongs to a group already.
    """
    group = ChatGroup(
        name=command.name,
        store_id=command.store_id,
        owner_id=command.owner_id,
        external_chat_id=command.external_chat_id,
        member_count=command.member_count,
        complaint_detection=command.complaint_detection,
        created_at=now,
    )
    try:
        with session.begin_nested():  # its end writes the row; the audit row needs the id
            session.add(group)
    except IntegrityError as error:
        if command.external_chat_id is None:
            raise
        raise ChatKnown from error
    audit.record(session, "group.added", subject=f"group:{group.id}", actor=actor, now=now)
    return group


def identify(
    session: Session,
    group: ChatGroup,
    member: GroupMember,
    pick: Pick,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Say who a member is. What staff wrote is no question, so her items are looked at again."""
    before = {"contact": member.contact_id, "staff": member.staff_id}
    was_staff = member.staff_id is not None
    _link(member, pick, now)
    after = {"contact": member.contact_id, "staff": member.staff_id}
    audit.record(
        session,
        "group.member_identified",
        subject=f"group_member:{member.id}",
        actor=actor,
        now=now,
        before=before,
        after=after,
    )
    if was_staff is not (pick.staff_id is not None):
        items.reassign(session, group, member, now=now)


def _link(member: GroupMember, pick: Pick, now: datetime) -> None:
    member.contact_id = pick.contact_id
    member.staff_id = pick.staff_id
    member.confirmed_at = now if pick.sure else member.confirmed_at


def speakers(
    session: Session, group: ChatGroup, lines: Iterable[NewMessage], *, now: datetime
) -> dict[Speaker, GroupMember | None]:
    """Find or add the member behind each speaker; None where twins leave it open."""
    wanted = dict.fromkeys(speaker_of(line) for line in lines if line.sender)
    names = {name for name, _told in wanted}
    known = queries.members_by_name(session, group.id, names)
    staff = queries.staff_by_name(session, group.store_id, names)
    found: dict[Speaker, GroupMember | None] = {}
    member: GroupMember | None
    for name, told in wanted:
        rows = known.setdefault(name, [])
        if told:
            member = _told_member(group, name, told, rows, now)
        else:
            member = _matched_member(group, name, rows, staff.get(name, []), now)
        found[name, told] = member
        if member is not None and member not in rows:
            rows.append(member)
            session.add(member)
    session.flush()  # messages name their members by id
    return found


def speaker_of(line: NewMessage) -> Speaker:
    """Return the name and, where somebody has said so, the person."""
    told = line.asked or line.contact_id is not None or line.staff_id is not None
    return line.sender, Pick(line.contact_id, line.staff_id, sure=line.asked) if told else None


def change_group(
    session: Session, group: ChatGroup, command: NewGroup, *, actor: Actor | None, now: datetime
) -> None:
    """Rename a group, hand it over, or change what Shuke may do in it. Its store stays."""
    before = {"owner": group.owner_id, "detection": group.complaint_detection.value}
    group.name, group.owner_id = command.name, command.owner_id
    group.member_count = command.member_count
    group.complaint_detection = command.complaint_detection
    after = {"owner": group.owner_id, "detection": group.complaint_detection.value}
    audit.record(
        session,
        "group.changed",
        subject=f"group:{group.id}",
        actor=actor,
        now=now,
        before=before,
        after=after,
    )


def _told_member(
    group: ChatGroup, name: str, told: Pick, rows: Sequence[GroupMember], now: datetime
) -> GroupMember:
    for one in rows:
        if (one.contact_id, one.staff_id) in ((told.contact_id, told.staff_id), (None, None)):
            _link(one, told, now)
            return one
    member = _new_member(group, name, now)  # a twin of those known so far
    _link(member, told, now)
    return member


def _matched_member(
    group: ChatGroup,
    name: str,
    rows: Sequence[GroupMember],
    candidates: Sequence[Candidate],
    now: datetime,
) -> GroupMember | None:
    known = [
        Known(one.id, one.contact_id, one.staff_id, confirmed=one.confirmed_at is not None)
        for one in rows
    ]
    found = match(known, candidates)
    if len(rows) > 1:
        return None
    member = rows[0] if rows else _new_member(group, name, now)
    if found.state is MatchState.MATCHED:
        member.contact_id, member.staff_id = found.contact_id, found.staff_id
    return member


def _new_member(group: ChatGroup, name: str, now: datetime) -> GroupMember:
    return GroupMember(group_id=group.id, nickname=name, created_at=now)
