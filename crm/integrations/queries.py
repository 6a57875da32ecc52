"""Which channels there are."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.integrations.models import Channel, OutsidePing
from crm.integrations.rules import ChannelKind, ChannelState


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
