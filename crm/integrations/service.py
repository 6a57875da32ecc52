"""Channels: add, change, remove, open for sending, note what came back; files sealed and opened.

Secrets go in encrypted and come out only as a Route for the moment of sending.
"""

import base64
import zlib
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm import crypto
from crm.accounts.rules import Actor
from crm.audit import service as audit
from crm.integrations import queries
from crm.integrations.models import Channel, OutsidePing
from crm.integrations.rules import (
    CODE_MAX,
    DETAIL_MAX,
    KEPT_AFTER_REMOVAL,
    ChannelKind,
    ChannelState,
    Delivery,
    NewChannel,
    Reach,
    Route,
    Verdict,
    free_at,
)
from crm.integrations.rules.files import FileFailure, FileState, check_transition

SEALED = "channel"
_STATES = {
    Verdict.DELIVERED: ChannelState.OK,
    Verdict.TEMPORARY: ChannelState.REFUSED,
    Verdict.REFUSED: ChannelState.REFUSED,
    Verdict.DISABLED: ChannelState.DISABLED,
}


def add_channel(session: Session, new: NewChannel, *, actor: Actor, now: datetime) -> Channel:
    """Store a channel; from now on alerts go there."""
    channel = Channel(
        kind=new.kind,
        sealed_url=_seal(new.url),
        sealed_secret=_seal(new.secret),
        address=new.address,
        store_id=new.store_id,
        level_words=" ".join(new.levels),
        created_at=now,
    )
    session.add(channel)
    session.flush()  # the audit row needs its id
    _record(session, "channel.added", channel, actor, now)
    return channel


def set_shop_robot(session: Session, url: str, *, actor: Actor, now: datetime) -> Channel:
    """Give the shop its WeCom robot, or the one it has a new address."""
    channel = queries.shop_robot_for_update(session)
    if channel is None:
        return add_channel(session, NewChannel(ChannelKind.WECOM_ROBOT, url), actor=actor, now=now)
    channel.sealed_url = _seal(url)
    channel.state, channel.not_before = ChannelState.OK, None
    _record(session, "channel.changed", channel, actor, now)
    return channel


def change_reach(
    session: Session, channel_id: int, reach: Reach, *, actor: Actor, now: datetime
) -> Channel:
    """Let a channel hear of other stores or levels. Raises NoResultFound."""
    channel = queries.channel_for_update(session, channel_id)
    channel.store_id, channel.level_words = reach.store_id, " ".join(reach.levels)
    _record(session, "channel.changed", channel, actor, now)
    return channel


def remove_channel(session: Session, channel_id: int, *, actor: Actor, now: datetime) -> Channel:
    """Stop using a channel; its secrets stay a day, for undo. Raises NoResultFound."""
    channel = queries.channel_for_update(session, channel_id)
    channel.removed_at = now
    _record(session, "channel.removed", channel, actor, now)
    return channel


def restore_channel(session: Session, channel_id: int, *, actor: Actor, now: datetime) -> Channel:
    """Take a removal of the last day back. Raises NoResultFound."""
    since = now - KEPT_AFTER_REMOVAL
    channel = queries.removed_channel_for_update(session, channel_id, since)
    channel.removed_at = None
    _record(session, "channel.restored", channel, actor, now)
    return channel


def wipe_removed(session: Session, *, now: datetime) -> int:
    """Forget the secrets of channels whose removal is final; says of how many."""
    gone = queries.removed_with_secrets(session, now - KEPT_AFTER_REMOVAL)
    for channel in gone:
        channel.sealed_url = channel.sealed_secret = channel.address = ""
    return len(gone)


def open_route(channel: Channel) -> Route:
    """Return the channel with its secrets open. Raises crypto.WrongKey."""
    return Route(
        channel_id=channel.id,
        kind=channel.kind,
        url=_unseal(channel.sealed_url),
        secret=_unseal(channel.sealed_secret),
        address=channel.address,
    )


def note_outcome(channel: Channel, outcome: Delivery, *, now: datetime) -> None:
    """Keep what the last attempt showed, and until when the channel rests."""
    channel.state = _STATES[outcome.verdict]
    channel.last_at = now
    channel.last_code = outcome.code[:CODE_MAX]
    channel.last_detail = outcome.detail[:DETAIL_MAX]
    free = free_at(channel.bucket_at) if channel.bucket_at else now
    channel.not_before = max(free, now + outcome.wait) if outcome.wait else free


def note_test(session: Session, channel_id: int, outcome: Delivery, *, now: datetime) -> None:
    """Keep the outcome of a trial that a person asked for. Raises NoResultFound."""
    note_outcome(queries.channel_for_update(session, channel_id), outcome, now=now)


def set_outside_ping(session: Session, url: str, *, actor: Actor, now: datetime) -> None:
    """Let a watcher outside hear that the worker ticks; an empty address ends it."""
    ping = queries.outside_ping(session)
    if ping is not None:
        session.delete(ping)
        session.flush()  # its one row is free again
    if url:
        session.add(OutsidePing(sealed_url=_seal(url)))
    action = "ping.set" if url else "ping.removed"
    audit.record(session, action, subject="ping:1", actor=actor, now=now)


def ping_address(ping: OutsidePing | None) -> str:
    """Return the address to call, or nothing: there is none, or its key is lost."""
    try:
        return _unseal(ping.sealed_url) if ping else ""
    except crypto.WrongKey:
        return ""


def note_ping(session: Session, outcome: Delivery, *, now: datetime) -> None:
    """Keep what the watcher answered."""
    if ping := queries.outside_ping(session):
        ping.last_at, ping.last_code = now, "" if outcome.delivered else outcome.code[:CODE_MAX]


def _seal(text: str) -> str:
    return crypto.encrypt(text, purpose=SEALED) if text else ""


def _unseal(token: str) -> str:
    return crypto.decrypt(token, purpose=SEALED) if token else ""


def _record(session: Session, action: str, channel: Channel, actor: Actor, now: datetime) -> None:
    after = {
        "kind": channel.kind.value,
        "store_id": channel.store_id,
        "levels": channel.level_words,
    }
    audit.record(
        session, action, subject=f"channel:{channel.id}", actor=actor, now=now, after=after
    )


def fail_file(row: Any, failure: FileFailure) -> None:
    """Let a locked file stand aside. Raises IllegalTransition."""
    check_transition(row.state, FileState.FAILED)
    row.state, row.failure = FileState.FAILED, failure


def try_again(row: Any) -> None:
    """Let a file that failed go on behind what was taken of it. Raises IllegalTransition."""
    check_transition(row.state, FileState.RUNNING)
    row.state, row.failure = FileState.RUNNING, None


def pack(data: bytes, *, purpose: str) -> str:
    """Return a file, or a part of one, as it is kept: small, and encrypted, for it names people."""
    return crypto.encrypt(base64.b64encode(zlib.compress(data, 1)).decode(), purpose=purpose)


def unpack(kept: str, *, purpose: str) -> bytes:
    """Return what `pack` was given."""
    return zlib.decompress(base64.b64decode(crypto.decrypt(kept, purpose=purpose)))
