"""Tables of the customer book. Phone numbers lie encrypted, beside keyed hashes that find them."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    column,
    event,
    table,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.contacts.rules import (
    CONSENT_NOTE_MAX,
    DETAIL_MAX,
    NAME_MAX,
    NICKNAME_MAX,
    NOTE_MAX,
    PHONE_HINT_MAX,
    REMARK_MAX,
    TAG_MAX,
    ConsentBasis,
    IdentityKind,
    MoveKind,
    MoveStep,
)
from crm.db import Base, choice
from crm.integrations.formats.contact_files import Layout
from crm.integrations.rules.files import FILENAME_MAX, FileFailure, FileState


class Contact(Base):
    """A customer. Never deleted: orders, complaints and the audit log name her."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_MAX}", name="name_length"),
        CheckConstraint(f"length(nickname) <= {NICKNAME_MAX}", name="nickname_length"),
        CheckConstraint(f"length(remark) <= {REMARK_MAX}", name="remark_length"),
        CheckConstraint(f"length(phone_hint) <= {PHONE_HINT_MAX}", name="phone_hint_length"),
        Index(None, "store_id", "active_at", "id"),
        Index(None, "active_at", "id"),
        CheckConstraint("merged_into_id <> id", name="merged_into_another"),
        Index(None, "name", "store_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="RESTRICT"))
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    """The member of staff who looks after her."""
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    nickname: Mapped[str] = mapped_column(String(NICKNAME_MAX), default="", index=True)
    remark: Mapped[str] = mapped_column(String(REMARK_MAX), default="")
    phone_hint: Mapped[str] = mapped_column(String(PHONE_HINT_MAX), default="")
    """A masked number of some file: shown, and never a key."""
    search_text: Mapped[str] = mapped_column(Text, default="")
    """What a search hit is checked against: folded name, nickname, remark, tags, initials."""
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    active_at: Mapped[datetime]
    """Last touch, or when she was logged: the order of lists."""
    do_not_contact_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    """She asked for it: what names her is gone for good, figures stay."""
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT")
    )
    """She turned out to be that one, who is shown, found and counted in her place."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  declared so by SQLAlchemy


_MERGED = Contact.merged_into_id.is_not(None)
Index(  # only these: of the others, nearly everybody, a database would rather read this index
    "ix_contact_merged_into_id",
    Contact.merged_into_id,
    sqlite_where=_MERGED,
    postgresql_where=_MERGED,
)


class ContactIdentity(Base):
    """By what the outside world knows her.

    Rank 0 is whom the identity leads to; a number that a family shares stays with the others under
    the next ranks.
    """

    __tablename__ = "contact_identity"
    __table_args__ = (
        UniqueConstraint("kind", "value_hash", "rank"),
        UniqueConstraint("contact_id", "kind", "value_hash"),
        CheckConstraint("(kind = 'phone') = (tail_hash IS NOT NULL)", name="phone_has_tail"),
        CheckConstraint("rank >= 0", name="rank_counts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="RESTRICT"))
    kind: Mapped[IdentityKind] = mapped_column(choice(IdentityKind, name="kind"))
    value_encrypted: Mapped[str] = mapped_column(Text)
    value_hash: Mapped[str] = mapped_column(String(64))
    tail_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    rank: Mapped[int] = mapped_column(default=0)
    added_at: Mapped[datetime]


class ForgottenIdentity(Base):
    """The keyed hash of an identity of somebody forgotten: no file brings her back.

    It names nobody and leads to nobody. It goes when a person gives that identity to a contact by
    hand: she came back herself.
    """

    __tablename__ = "forgotten_identity"

    value_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


class ContactMove(Base):
    """One entry of the move ledger: where she came from, by whom, when. Append-only."""

    __tablename__ = "contact_move"
    __table_args__ = (CheckConstraint(f"length(detail) <= {DETAIL_MAX}", name="detail_length"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), index=True
    )
    kind: Mapped[MoveKind] = mapped_column(choice(MoveKind, name="kind"))
    from_store_id: Mapped[int | None] = mapped_column(
        ForeignKey("store.id", ondelete="RESTRICT"), index=True
    )
    from_group_id: Mapped[int | None] = mapped_column(
        ForeignKey("chat_group.id", ondelete="RESTRICT"), index=True
    )
    detail: Mapped[str] = mapped_column(String(DETAIL_MAX), default="")
    moved_at: Mapped[datetime]
    moved_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    recorded_at: Mapped[datetime]


class StepTaken(Base):
    """A step after the move that somebody tapped, because nothing else in the book tells it."""

    __tablename__ = "move_step"
    __table_args__ = (CheckConstraint("step <> 'first_order'", name="orders_tell_orders"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), index=True
    )
    step: Mapped[MoveStep] = mapped_column(choice(MoveStep, name="step"))
    taken_at: Mapped[datetime]
    recorded_by: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )


class Consent(Base):
    """Why her data may be kept, and since when. A withdrawn one stays, with its end."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(f"length(note) <= {CONSENT_NOTE_MAX}", name="note_length"),
        CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= given_at", name="ends_after_start"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), index=True
    )
    basis: Mapped[ConsentBasis] = mapped_column(choice(ConsentBasis, name="basis"))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(CONSENT_NOTE_MAX), default="")
    recorded_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    recorded_at: Mapped[datetime]


class ContactTag(Base):
    """A tag that people gave; tags that rules give belong to loyalty."""

    __tablename__ = "contact_tag"
    __table_args__ = (CheckConstraint(f"length(tag) BETWEEN 1 AND {TAG_MAX}", name="tag_length"),)

    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(String(TAG_MAX), primary_key=True, index=True)
    tagged_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    tagged_at: Mapped[datetime]


class ContactNote(Base):
    """What somebody noted about her elsewhere, with the author and the time of then."""

    __tablename__ = "contact_note"
    __table_args__ = (
        CheckConstraint(f"length(text) BETWEEN 1 AND {NOTE_MAX}", name="text_length"),
        CheckConstraint(f"length(author_name) <= {NAME_MAX}", name="author_name_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), index=True
    )
    text: Mapped[str] = mapped_column(Text)
    author_name: Mapped[str] = mapped_column(String(NAME_MAX), default="")
    """As the other program names the author, who may never have worked here."""
    noted_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    recorded_at: Mapped[datetime]
    content_hash: Mapped[str] = mapped_column(String(64))
    """Tells that a file brings it again."""


class ContactFile(Base):
    """An uploaded customer file, how its columns are read, and how far it is taken."""

    __tablename__ = "contact_file"
    __table_args__ = (
        CheckConstraint(f"length(filename) <= {FILENAME_MAX}", name="filename_length"),
        CheckConstraint(
            "done_parts BETWEEN 0 AND parts_count AND done_count BETWEEN 0 AND lines_count",
            name="done_of_all",
        ),
        CheckConstraint("(failure IS NOT NULL) = (state = 'failed')", name="failed_has_reason"),
        CheckConstraint("(finished_at IS NOT NULL) = (state = 'done')", name="done_has_time"),
        Index(None, "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str] = mapped_column(String(FILENAME_MAX))
    layout: Mapped[Layout] = mapped_column(choice(Layout, name="layout"))
    header: Mapped[list[str]] = mapped_column(JSON)
    columns: Mapped[dict[str, str]] = mapped_column(JSON)
    """What each column is taken as; a column that is not taken is not there."""
    store_id: Mapped[int | None] = mapped_column(
        ForeignKey("store.id", ondelete="RESTRICT"), index=True
    )
    """Of people whose line names no store."""
    moved_kind: Mapped[MoveKind] = mapped_column(choice(MoveKind, name="moved_kind"))
    consent_basis: Mapped[ConsentBasis | None] = mapped_column(
        choice(ConsentBasis, name="consent_basis")
    )
    uploaded_by: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    uploaded_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    state: Mapped[FileState] = mapped_column(choice(FileState, name="state"))
    failure: Mapped[FileFailure | None] = mapped_column(choice(FileFailure, name="failure"))
    parts_count: Mapped[int]
    done_parts: Mapped[int] = mapped_column(default=0)
    lines_count: Mapped[int]
    done_count: Mapped[int] = mapped_column(default=0)
    created_count: Mapped[int] = mapped_column(default=0)
    updated_count: Mapped[int] = mapped_column(default=0)
    unchanged_count: Mapped[int] = mapped_column(default=0)
    errors_count: Mapped[int] = mapped_column(default=0)


class ContactFilePart(Base):
    """Some lines of a file, taken in one transaction; the content goes when they are."""

    __tablename__ = "contact_file_part"

    file_id: Mapped[int] = mapped_column(
        ForeignKey("contact_file.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str | None] = mapped_column(Text)
    """The lines, packed and encrypted: they name people."""
    errors: Mapped[list[Any]] = mapped_column(JSON)
    """Lines that were not taken: number, column and reason, never the cell."""


class ColumnChoice(Base):
    """How the columns of files with this header are read, as a person last said."""

    __tablename__ = "column_choice"

    header_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    columns: Mapped[dict[str, str]] = mapped_column(JSON)
    chosen_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    chosen_at: Mapped[datetime]


SEARCH = table("contact_search", column("rowid", Integer), column("grams"))
"""The search index: the terms of each contact under her id. It holds nothing but what
`search_text` gives, so it can be made anew.

Two kinds of index
Decision (accepted): full-text search without its own texts on SQLite, arrays of terms on
PostgreSQL; both outside the models, with a column called as SQLite calls it.
Context: a table of pairs is four times as large and slower; two Chinese characters are no trigram.
Consequences: whoever changes `search_text` tells the index of it, in the same transaction.
"""
_TERMS = (
    "CREATE VIRTUAL TABLE contact_search USING fts5"
    "(grams, content='', detail=none, columnsize=0, tokenize='ascii')"
)
_ARRAYS = (
    "CREATE TABLE contact_search"
    " (rowid INTEGER CONSTRAINT pk_contact_search PRIMARY KEY, grams TEXT[] NOT NULL)"
)
_HOLDERS = (
    "CREATE INDEX ix_contact_search_grams ON contact_search USING gin (grams)"
    " WITH (gin_pending_list_limit = 256)"
)


def _make_index(_table: Any, connection: Connection, **_rest: Any) -> None:
    for statement in (_TERMS,) if connection.dialect.name == "sqlite" else (_ARRAYS, _HOLDERS):
        connection.exec_driver_sql(statement)


event.listen(Contact.__table__, "after_create", _make_index)
