"""Where a person is named or heard in chats."""

from collections.abc import Collection, Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from crm.groups.models import GroupMember, GroupMessage


def members_of_contacts(session: Session, contact_ids: Collection[int]) -> list[GroupMember]:
    """Return the names in groups behind which these contacts stand."""
    hers = select(GroupMember).where(GroupMember.contact_id.in_(contact_ids))
    return list(session.scalars(hers.order_by(GroupMember.id)))


def lines_of(session: Session, members: Sequence[GroupMember]) -> list[GroupMessage]:
    """Return what these members said, and what was said by their names and given to nobody."""
    by_name = [
        and_(
            GroupMessage.group_id == one.group_id,
            GroupMessage.sender == one.nickname,
            GroupMessage.member_id.is_(None),
            GroupMessage.is_staff.is_(False),
        )
        for one in members
    ]
    hers = or_(GroupMessage.member_id.in_([one.id for one in members]), *by_name)
    return list(session.scalars(select(GroupMessage).where(hers).order_by(GroupMessage.id)))


def lines_that_name(session: Session, group_id: int, names: Collection[str]) -> list[GroupMessage]:
    """Return the lines of a group in whose text or quote one of these names stands."""
    named = [
        column.contains(name, autoescape=True)
        for name in names
        for column in (GroupMessage.text, GroupMessage.quote)
    ]
    if not named:
        return []
    lines = select(GroupMessage).where(GroupMessage.group_id == group_id, or_(*named))
    return list(session.scalars(lines.order_by(GroupMessage.id)))


def quoting_lines(session: Session, group_id: int) -> list[GroupMessage]:
    """Return the lines of a group that quote somebody."""
    lines = select(GroupMessage).where(GroupMessage.group_id == group_id, GroupMessage.quote != "")
    return list(session.scalars(lines.order_by(GroupMessage.id)))
