"""Which channels there are, and whose an uploaded file is, whatever it holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select, true, tuple_
from sqlalchemy.orm import Session, undefer

from crm.accounts.rules import Actor
from crm.integrations.models import Channel, OutsidePing
from crm.integrations.rules import ChannelKind, ChannelState
from crm.integrations.rules.files import FileState

T = TypeVar("T")


def channels(session: Session) -> list[Channel]:
    """Return every channel that was not removed, oldest first."""
    return list(
        session.scalars(select(Channel).where(Channel.removed_at.is_(None)).order_by(Channel.id))
    )


def usable_channels(session: Session, store_id: int | None) -> list[Channel]:
    """Return the channels that may hear of this store, in the order of falling over."""
    found = session.scalars(
        select(Channel).where(
            Channel.removed_at.is_(None),
            Channel.state != ChannelState.DISABLED,
            (Channel.store_id == store_id) | Channel.store_id.is_(None),
        )
    )
    order = list(ChannelKind)
    return sorted(found, key=lambda channel: (order.index(channel.kind), channel.id))


def channel_for_update(session: Session, channel_id: int) -> Channel:
    """Return and lock a channel that was not removed. Raises NoResultFound."""
    return session.scalars(
        select(Channel)
        .where(Channel.id == channel_id, Channel.removed_at.is_(None))
        .with_for_update()
    ).one()


def removed_channels(session: Session, since: datetime) -> list[Channel]:
    """Return the channels whose removal can still be taken back, oldest first."""
    return list(
        session.scalars(select(Channel).where(Channel.removed_at > since).order_by(Channel.id))
    )


def removed_channel_for_update(session: Session, channel_id: int, since: datetime) -> Channel:
    """Return and lock a channel that was removed since then. Raises NoResultFound."""
    return session.scalars(
        select(Channel)
        .where(Channel.id == channel_id, Channel.removed_at > since)
        .with_for_update()
    ).one()


def removed_with_secrets(session: Session, before: datetime) -> list[Channel]:
    """Return and lock the channels that were removed before then and still hold an address."""
    return list(
        session.scalars(
            select(Channel)
            .where(Channel.removed_at <= before, Channel.sealed_url != "")
            .with_for_update(skip_locked=True)
        )
    )


_SHOP_ROBOT = (
    select(Channel)
    .where(
        Channel.kind == ChannelKind.WECOM_ROBOT,
        Channel.removed_at.is_(None),
        Channel.store_id.is_(None),
    )
    .order_by(Channel.id)
    .limit(1)
)


def shop_robot(session: Session) -> Channel | None:
    """Return the WeCom robot of the whole shop, the first one there is."""
    return session.scalar(_SHOP_ROBOT)


def shop_robot_for_update(session: Session) -> Channel | None:
    """Return and lock the WeCom robot of the whole shop."""
    return session.scalar(_SHOP_ROBOT.with_for_update())


def outside_ping(session: Session) -> OutsidePing | None:
    """Return the address outside that hears of every minute."""
    return session.get(OutsidePing, 1)


def own_files(model: Any, actor: Actor) -> ColumnElement[bool]:
    """A file may hold rows of all stores, so it is shown to whoever sees all, or who sent it."""
    return true() if actor.store_ids is None else model.uploaded_by == actor.id


def visible_file(session: Session, model: type[T], file_id: int, actor: Actor) -> T:
    """Return a file of the actor. Raises NoResultFound."""
    mine = own_files(model, actor)
    return session.scalars(select(model).where(_id_of(model) == file_id, mine)).one()


def file_for_update(session: Session, model: type[T], file_id: int, actor: Actor | None) -> T:
    """Return a file with all its columns, locked. Raises NoResultFound."""
    mine = () if actor is None else (own_files(model, actor),)
    return session.scalars(
        select(model)
        .where(_id_of(model) == file_id, *mine)
        .options(undefer("*"))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def next_file(session: Session, model: Any) -> int | None:
    """Return the oldest file that was told to go and is not finished."""
    going = model.state.in_([FileState.WAITING, FileState.RUNNING])
    return session.scalar(select(model.id).where(going).order_by(model.id).limit(1))


def old_files(
    session: Session, model: type[T], *, previews_before: datetime, failed_before: datetime
) -> list[T]:
    """Return files that nobody told to go, or to go on, locked."""
    state, uploaded_at = model.state, model.uploaded_at  # type: ignore[attr-defined]
    waiting = (state == FileState.PREVIEW) & (uploaded_at < previews_before)
    failed = (state == FileState.FAILED) & (uploaded_at < failed_before)
    return list(session.scalars(select(model).where(waiting | failed).with_for_update()))


def _id_of(model: Any) -> Any:
    return model.id


def some_sealed(session: Session, most: int) -> list[str]:
    """Return some addresses as they are stored: to see whether a key opens them."""
    sealed = select(Channel.sealed_url).where(Channel.sealed_url != "")
    return list(session.scalars(sealed.limit(most)))


def sealed_for_update(
    session: Session, column: Any, *, after: Any | None, most: int
) -> Sequence[Any]:
    """Return and lock rows of a table with something sealed in this column, after that row.

    Each is the key of the table, then what is sealed.
    """
    keys = tuple(column.class_.__table__.primary_key)
    rows = select(*keys, column).where(column.is_not(None), column != "").order_by(*keys)
    if after is not None:
        rows = rows.where(tuple_(*keys) > tuple_(*after[:-1]))
    return session.execute(rows.limit(most).with_for_update()).all()
