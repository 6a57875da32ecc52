"""Albums and their photos. The pictures are files in the data folder; a row names them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.albums.rules import CLIENT_KEY_MAX, NAME_LENGTH, NAME_MAX, TOKEN_MAX
from crm.db import Base

DIGEST_LENGTH = 64


class Album(Base):
    """Photos of a store behind one link. A removed one stays as a row: the audit log names it.

    The link's token lies open: who reads this database has the photos themselves beside it.
    """

    __tablename__ = "album"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_MAX}", name="name_length"),
        CheckConstraint(f"length(token) <= {TOKEN_MAX}", name="token_length"),
        UniqueConstraint("made_by", "client_key"),
        Index(None, "store_id", "made_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    made_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"))
    client_key: Mapped[str | None] = mapped_column(String(CLIENT_KEY_MAX))
    """Of the form it was made with: the same form again is the same album."""
    made_at: Mapped[datetime]
    token: Mapped[str] = mapped_column(String(TOKEN_MAX), unique=True)
    expires_at: Mapped[datetime]
    last_number: Mapped[int] = mapped_column(default=0)
    """The highest number that a photo of it ever had."""
    withdrawn_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None] = mapped_column(index=True)


class AlbumPhoto(Base):
    """One photo. Its number is what customers say: it never changes and is never given again."""

    __tablename__ = "album_photo"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint(f"length(name) = {NAME_LENGTH}", name="name_length"),
        CheckConstraint(f"length(digest) = {DIGEST_LENGTH}", name="digest_length"),
        UniqueConstraint("album_id", "number"),
        UniqueConstraint("album_id", "digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    album_id: Mapped[int] = mapped_column(ForeignKey("album.id", ondelete="RESTRICT"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    """The first part of its files' names."""
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH))
    """Of the file as it was sent: the same file again is the same photo."""
    width: Mapped[int]
    height: Mapped[int]
    added_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None] = mapped_column(index=True)
