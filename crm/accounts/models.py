"""People who sign in, their sessions, links and tokens."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.rules import LOGIN_MAX, NAME_MAX, TOKEN_NAME_MAX, Role, Scope, TextSize
from crm.db import Base, choice


class Staff(Base):
    """A member of staff. Never deleted: history names her; she is disabled instead."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint(f"length(login) <= {LOGIN_MAX}", name="login_length"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_MAX}", name="name_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(LOGIN_MAX), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    role: Mapped[Role] = mapped_column(choice(Role, name="role"))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(2), default="")
    text_size: Mapped[TextSize] = mapped_column(
        choice(TextSize, name="text_size"), default=TextSize.STANDARD
    )
    single_keys: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  declared so by SQLAlchemy


class StaffStore(Base):
    """Who works where; read only for roles that do not see all stores."""

    __tablename__ = "staff_store"

    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), primary_key=True
    )
    store_id: Mapped[int] = mapped_column(
        ForeignKey("store.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


class StaffSession(Base):
    """A signed-in device. The token itself is only in the cookie."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInLink(Base):
    """A one-time link with which a person sets a password."""

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]


class SignInFailure(Base):
    """A refused sign-in; the name is kept as a keyed hash, since people type passwords there."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index(None, "login_hash", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class ApiToken(Base):
    """A key with which a program acts as its member of staff."""

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {TOKEN_NAME_MAX}", name="name_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(String(TOKEN_NAME_MAX))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[Scope] = mapped_column(choice(Scope, name="scope"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship(lazy="raise_on_sql")


class IdempotencyKey(Base):
    """The first answer to an API request that carried a key, kept for a day."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("token_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    location: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(index=True)
