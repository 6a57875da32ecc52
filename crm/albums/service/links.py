"""The link of an album: how long it opens, who took it back."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.albums.models import Album
from crm.albums.rules import LinkNotWithdrawn, LinkWithdrawn, new_token
from crm.albums.service.making import note


def extend_link(session: Session, album: Album, days: int, *, actor: Actor, now: datetime) -> None:
    """Let the link open the album for so many days from now, also one that had run out.

    Raises LinkWithdrawn: days would not open it.
    """
    if album.withdrawn_at is not None:
        raise LinkWithdrawn
    album.expires_at = now + timedelta(days=days)
    note(session, album, "link_extended", actor=actor, now=now)


def withdraw_link(session: Session, album: Album, *, actor: Actor, now: datetime) -> None:
    """Take the link back at once."""
    if album.withdrawn_at is None:
        album.withdrawn_at = now
        note(session, album, "link_withdrawn", actor=actor, now=now)


def restore_link(session: Session, album: Album, *, actor: Actor, now: datetime) -> None:
    """Undo that a link was taken back: it opens the album again until its days are over."""
    if album.withdrawn_at is not None:
        album.withdrawn_at = None
        note(session, album, "link_restored", actor=actor, now=now)


def renew_link(session: Session, album: Album, days: int, *, actor: Actor, now: datetime) -> None:
    """Give the album another link than the one taken back, which finds nothing from now on.

    Raises LinkNotWithdrawn.
    """
    if album.withdrawn_at is None:
        raise LinkNotWithdrawn
    album.token, album.withdrawn_at = new_token(), None
    album.expires_at = now + timedelta(days=days)
    note(session, album, "link_renewed", actor=actor, now=now)
