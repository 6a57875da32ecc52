"""Groups and chat lines to test with."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from crm.groups import service
from crm.groups.models import ChatGroup, GroupMember
from crm.groups.rules import NewGroup, NewMessage, Stored
from crm.stores.models import Store
from tests.conftest import NOW
from tests.factories.stores import make_store


def make_group(
    session: Session, name: str = "人民路 2 群", store: Store | None = None, **overrides: Any
) -> ChatGroup:
    """A group of a store; the store is made if none is given."""
    store = store or make_store(session)
    session.flush()
    command = NewGroup(name=name, store_id=store.id, **overrides)
    return service.add_group(session, command, actor=None, now=NOW)


def make_member(
    session: Session, group: ChatGroup, nickname: str = "陈姐", **overrides: Any
) -> GroupMember:
    """A name in the group, with nobody behind it unless said so."""
    member = GroupMember(group_id=group.id, nickname=nickname, **{"created_at": NOW, **overrides})
    session.add(member)
    session.flush()
    return member


def chat(
    script: str, start: datetime = NOW - timedelta(hours=1), **overrides: Any
) -> list[NewMessage]:
    """`陈姐 在吗 / 小季 在的` -> messages a minute apart."""
    lines = [line.split(" ", 1) for line in script.split(" / ")]
    return [
        NewMessage(sender, start + timedelta(minutes=i), text, **overrides)
        for i, (sender, text) in enumerate(lines)
    ]


def say(session: Session, group: ChatGroup, script: str, **overrides: Any) -> Stored:
    """Store a short chat."""
    return service.store_messages(session, group, chat(script, **overrides), actor=None, now=NOW)
