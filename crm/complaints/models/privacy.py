"""Requests about one's own data: what was asked for. Their deadlines are those of a complaint."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm.complaints.rules.privacy import RequestKind
from crm.db import Base, choice


class PrivacyRequest(Base):
    """What a complaint of channel privacy_request asks for, and when it was done.

    The complaint is named by its number alone: it goes when its time is over, the proof stays.
    """

    __tablename__ = "privacy_request"
    __table_args__ = (
        CheckConstraint("(fulfilled_at IS NULL) = (fulfilled_by IS NULL)", name="done_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(unique=True)
    kind: Mapped[RequestKind] = mapped_column(choice(RequestKind, name="kind"))
    asked_at: Mapped[datetime]
    fulfilled_at: Mapped[datetime | None]
    fulfilled_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
