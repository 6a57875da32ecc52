"""Every select about albums and their photos."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.albums.models import Album, AlbumPhoto
from crm.albums.rules import is_token
from crm.db import older
from crm.stores.models import Store

_LIVE = AlbumPhoto.removed_at.is_(None)
_COUNT = (
    select(func.count())
    .select_from(AlbumPhoto)
    .where(AlbumPhoto.album_id == Album.id, _LIVE)
    .scalar_subquery()
)
_COVER = (
    select(AlbumPhoto.name)
    .where(AlbumPhoto.album_id == Album.id, _LIVE)
    .order_by(AlbumPhoto.number)
    .limit(1)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class AlbumRow:
    """One line of the list."""

    album: Album
    store_name: str
    photos_count: int
    cover: str | None


def album_rows(
    session: Session, actor: Actor, *, before: tuple[datetime, int] | None, most: int
) -> list[AlbumRow]:
    """Return the albums of the actor's stores, newest first."""
    rows = session.execute(
        select(Album, Store.name, _COUNT, _COVER)
        .join(Store, Store.id == Album.store_id)
        .where(
            in_scope(Album.store_id, actor),
            Album.removed_at.is_(None),
            older(Album.made_at, Album.id, before),
        )
        .order_by(Album.made_at.desc(), Album.id.desc())
        .limit(most)
    )
    return [AlbumRow(*row) for row in rows]


def visible_album(session: Session, album_id: int, actor: Actor) -> Album:
    """Return an album of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(Album).where(
            Album.id == album_id, in_scope(Album.store_id, actor), Album.removed_at.is_(None)
        )
    ).one()


def album_name(session: Session, album_id: int, actor: Actor) -> str | None:
    """Return what an album of the actor's stores is called, None if it is not there."""
    return session.scalar(
        select(Album.name).where(
            Album.id == album_id, in_scope(Album.store_id, actor), Album.removed_at.is_(None)
        )
    )


def album_for_update(session: Session, album_id: int, actor: Actor) -> Album:
    """Return an album of the actor's stores, locked. Raises NoResultFound."""
    return session.scalars(_locked(album_id, actor).where(Album.removed_at.is_(None))).one()


def any_album_for_update(session: Session, album_id: int, actor: Actor) -> Album:
    """Return an album of the actor's stores, removed or not, locked. Raises NoResultFound."""
    return session.scalars(_locked(album_id, actor)).one()


def album_of_key(session: Session, staff_id: int, client_key: str) -> Album:
    """Return what somebody made with a form, removed or not. Raises NoResultFound."""
    return session.scalars(
        select(Album).where(Album.made_by == staff_id, Album.client_key == client_key)
    ).one()


def _locked(album_id: int, actor: Actor) -> Select[Album]:
    return (
        select(Album).where(Album.id == album_id, in_scope(Album.store_id, actor)).with_for_update()
    )


def open_albums(session: Session, store_id: int, *, now: datetime, most: int) -> list[Album]:
    """Return the newest albums of a store whose link opens and that show something."""
    return list(
        session.scalars(
            select(Album)
            .where(
                Album.store_id == store_id,
                Album.removed_at.is_(None),
                Album.withdrawn_at.is_(None),
                Album.expires_at > now,
                _COVER.is_not(None),
            )
            .order_by(Album.made_at.desc(), Album.id.desc())
            .limit(most)
        )
    )


def album_of_token(session: Session, token: str) -> Album | None:
    """Return the album of a link, whether the link still opens it or not."""
    if not is_token(token):
        return None
    return session.scalar(select(Album).where(Album.token == token))


def albums_that_name(
    session: Session, names: Collection[str], store_ids: Collection[int]
) -> list[Album]:
    """Return the albums of these stores whose name holds one of these, removed or not, locked."""
    if not names:
        return []
    named = or_(*(Album.name.contains(name, autoescape=True) for name in names))
    theirs = select(Album).where(Album.store_id.in_(store_ids), named)
    return list(session.scalars(theirs.order_by(Album.id).with_for_update()))


def photos_of(session: Session, album_id: int) -> list[AlbumPhoto]:
    """Return the photos that an album shows, in their order."""
    return list(
        session.scalars(
            select(AlbumPhoto)
            .where(AlbumPhoto.album_id == album_id, _LIVE)
            .order_by(AlbumPhoto.number)
        )
    )


def photos_count(session: Session, album_id: int) -> int:
    """Return how many photos an album shows."""
    return session.scalars(
        select(func.count()).select_from(AlbumPhoto).where(AlbumPhoto.album_id == album_id, _LIVE)
    ).one()


def is_shown(session: Session, album_id: int, name: str | None) -> bool:
    """Say whether an album shows the photo of this name."""
    shown = select(AlbumPhoto.id).where(
        AlbumPhoto.album_id == album_id, AlbumPhoto.name == name, _LIVE
    )
    return session.scalar(shown) is not None


def photo_of_digest(session: Session, album_id: int, digest: str) -> AlbumPhoto | None:
    """Return the photo of an album that came from the same file, removed or not, locked."""
    return session.scalar(
        select(AlbumPhoto)
        .where(AlbumPhoto.album_id == album_id, AlbumPhoto.digest == digest)
        .with_for_update()
    )


def photo_for_update(session: Session, album_id: int, number: int) -> AlbumPhoto:
    """Return a photo of an album, removed or not, locked. Raises NoResultFound."""
    return session.scalars(
        select(AlbumPhoto)
        .where(AlbumPhoto.album_id == album_id, AlbumPhoto.number == number)
        .with_for_update()
    ).one()


def removed_photos(session: Session, *, before: datetime, most: int) -> list[AlbumPhoto]:
    """Return photos removed before a moment, by themselves or with their album, locked."""
    return list(
        session.scalars(
            select(AlbumPhoto)
            .join(Album, Album.id == AlbumPhoto.album_id)
            .where(or_(AlbumPhoto.removed_at < before, Album.removed_at < before))
            .order_by(AlbumPhoto.id)
            .limit(most)
            .with_for_update(of=AlbumPhoto)
        )
    )


def known_names(session: Session, names: Collection[str]) -> set[str]:
    """Return which of these names are photos."""
    return set(session.scalars(select(AlbumPhoto.name).where(AlbumPhoto.name.in_(names))))
