"""Group chats, who is in them, what was said, and what waits for an answer."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, choice
from crm.groups.rules import (
    GROUP_NAME_MAX,
    MEMBERS_MAX,
    SENDER_MAX,
    TEXT_MAX,
    Detection,
    ImportSource,
    ItemState,
    MessageKind,
)
from crm.groups.rules.terms import EXTERNAL_ID_MAX, FORMAT_MAX


class ChatGroup(Base):
    """A group chat of a store. Never deleted: complaints name it."""

    __tablename__ = "chat_group"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {GROUP_NAME_MAX}", name="name_length"),
        CheckConstraint(
            f"member_count IS NULL OR member_count BETWEEN 0 AND {MEMBERS_MAX}",
            name="member_count_range",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(GROUP_NAME_MAX))
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="RESTRICT"), index=True)
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    external_chat_id: Mapped[str | None] = mapped_column(String(EXTERNAL_ID_MAX), unique=True)
    member_count: Mapped[int | None]
    """What the chat program shows; members we know by name are usually fewer."""
    complaint_detection: Mapped[Detection] = mapped_column(
        choice(Detection, name="complaint_detection"), default=Detection.OPEN
    )
    created_at: Mapped[datetime]


class GroupMember(Base):
    """A name in a group and who is behind it. The rows of a group are its alias table.

    Twins are two rows of one nickname; a person who changed her nickname has two rows as well.
    """

    __tablename__ = "group_member"
    __table_args__ = (
        CheckConstraint(f"length(nickname) BETWEEN 1 AND {SENDER_MAX}", name="nickname_length"),
        CheckConstraint("contact_id IS NULL OR staff_id IS NULL", name="one_person"),
        Index(None, "group_id", "nickname"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("chat_group.id", ondelete="RESTRICT"))
    nickname: Mapped[str] = mapped_column(String(SENDER_MAX))
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), index=True
    )
    staff_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    confirmed_at: Mapped[datetime | None]
    """When a person said who it is; from then on nobody is asked again."""
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ChatImport(Base):
    """One paste, file or call that brought new lines. Its text is not kept, only its messages."""

    __tablename__ = "chat_import"
    __table_args__ = (
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody"),
        CheckConstraint(f"length(format) <= {FORMAT_MAX}", name="format_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("chat_group.id", ondelete="RESTRICT"), index=True
    )
    actor_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    source: Mapped[ImportSource] = mapped_column(choice(ImportSource, name="source"))
    format: Mapped[str] = mapped_column(String(FORMAT_MAX), default="")
    imported_at: Mapped[datetime]
    message_count: Mapped[int]
    duplicate_count: Mapped[int]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )


class UnansweredItem(Base):
    """Consecutive lines of one customer that nobody has answered yet, or how that ended."""

    __tablename__ = "unanswered_item"
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled_has_time"),
        CheckConstraint("asked_at <= last_at", name="in_order"),
        Index(None, "group_id", "state", "asked_at"),
        Index(None, "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("chat_group.id", ondelete="RESTRICT"))
    member_id: Mapped[int | None] = mapped_column(
        ForeignKey("group_member.id", ondelete="RESTRICT"), index=True
    )
    asked_at: Mapped[datetime]
    last_at: Mapped[datetime]
    due_at: Mapped[datetime]
    binding: Mapped[bool]
    """It asks: no later staff line takes it off the board."""
    state: Mapped[ItemState] = mapped_column(
        choice(ItemState, name="state"), default=ItemState.WAITING
    )
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )


class GroupMessage(Base):
    """A line of the chat, in the order of `sent_at`, then `id`."""

    __tablename__ = "group_message"
    __table_args__ = (
        CheckConstraint(f"length(sender) <= {SENDER_MAX}", name="sender_length"),
        CheckConstraint(f"length(text) <= {TEXT_MAX}", name="text_length"),
        CheckConstraint(f"length(quote) <= {TEXT_MAX}", name="quote_length"),
        CheckConstraint("score IS NULL OR score BETWEEN 0 AND 1", name="score_range"),
        UniqueConstraint("group_id", "external_id"),
        Index(None, "group_id", "sent_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("chat_group.id", ondelete="RESTRICT"))
    import_id: Mapped[int] = mapped_column(
        ForeignKey("chat_import.id", ondelete="RESTRICT"), index=True
    )
    member_id: Mapped[int | None] = mapped_column(
        ForeignKey("group_member.id", ondelete="RESTRICT"), index=True
    )
    item_id: Mapped[int | None] = mapped_column(
        ForeignKey("unanswered_item.id", ondelete="RESTRICT"), index=True
    )
    answers_item_id: Mapped[int | None] = mapped_column(
        ForeignKey("unanswered_item.id", ondelete="RESTRICT"), index=True
    )
    """The item that this staff line was linked to as its answer."""
    kind: Mapped[MessageKind] = mapped_column(choice(MessageKind, name="kind"))
    sender: Mapped[str] = mapped_column(String(SENDER_MAX))
    is_staff: Mapped[bool]
    sent_at: Mapped[datetime]
    placed: Mapped[bool] = mapped_column(default=False)
    """A person gave the time, not the chat."""
    text: Mapped[str] = mapped_column(Text)
    quote: Mapped[str] = mapped_column(Text, default="")
    external_id: Mapped[str | None] = mapped_column(String(EXTERNAL_ID_MAX))
    score: Mapped[float | None]
    binds: Mapped[bool] = mapped_column(default=False)
    """It asks, so its item leaves the board only by an act."""
    hidden_at: Mapped[datetime | None]
    """Its import was undone."""

    group: Mapped[ChatGroup] = relationship(lazy="raise_on_sql")
