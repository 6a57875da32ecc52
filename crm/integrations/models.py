"""The channels by which alerts leave the house. Addresses and secrets are encrypted."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, choice
from crm.integrations.rules import (
    ADDRESS_MAX,
    CODE_MAX,
    DETAIL_MAX,
    LEVELS,
    ChannelKind,
    ChannelState,
    Level,
)


class Channel(Base):
    """A robot, mailbox or program. Never deleted: alerts name it; a day later it has no secrets."""

    __tablename__ = "channel"
    __table_args__ = (
        CheckConstraint(f"length(address) <= {ADDRESS_MAX}", name="address_length"),
        CheckConstraint(f"length(last_code) <= {CODE_MAX}", name="last_code_length"),
        CheckConstraint(f"length(last_detail) <= {DETAIL_MAX}", name="last_detail_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ChannelKind] = mapped_column(choice(ChannelKind, name="kind"))
    sealed_url: Mapped[str] = mapped_column(default="")
    sealed_secret: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(String(ADDRESS_MAX), default="")
    store_id: Mapped[int | None] = mapped_column(
        ForeignKey("store.id", ondelete="RESTRICT"), index=True
    )
    """Alerts of this store only; without one, of all."""
    level_words: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[ChannelState] = mapped_column(
        choice(ChannelState, name="state"), default=ChannelState.OK
    )
    last_code: Mapped[str] = mapped_column(String(CODE_MAX), default="")
    last_detail: Mapped[str] = mapped_column(String(DETAIL_MAX), default="")
    last_at: Mapped[datetime | None]
    bucket_at: Mapped[datetime | None]
    """When the bucket of a robot's rate limit is full again."""
    not_before: Mapped[datetime | None]
    """Until then nobody sends: somebody is sending, the bucket is empty, or the channel rests."""
    quiet_until: Mapped[datetime | None]
    """After a digest: until then only what cannot wait."""
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    @property
    def is_shop_robot(self) -> bool:
        """Whether it is a WeCom robot of the whole shop."""
        return self.kind is ChannelKind.WECOM_ROBOT and self.store_id is None

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels that it is limited to; none means all."""
        words = self.level_words.split()
        return tuple(level for level in LEVELS if level.value in words)


class OutsidePing(Base):
    """The one address outside that hears every minute that the worker ticks."""

    __tablename__ = "outside_ping"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint(f"length(last_code) <= {CODE_MAX}", name="last_code_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    sealed_url: Mapped[str]
    last_code: Mapped[str] = mapped_column(String(CODE_MAX), default="")
    last_at: Mapped[datetime | None]
