"""Every select about people who sign in."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, true
from sqlalchemy.orm import Session

from crm.accounts.models import (
    ApiToken,
    IdempotencyKey,
    SignInFailure,
    SignInLink,
    Staff,
    StaffSession,
    StaffStore,
)
from crm.accounts.rules import ALL_STORES, Actor, Role, token_digest
from crm.db import reading

_STAFF = (
    Staff.id,
    Staff.login,
    Staff.name,
    Staff.role,
    Staff.locale,
    Staff.text_size,
    Staff.single_keys,
)

_BY_SESSION = (  # asked on every request, so built once
    select(*_STAFF, StaffStore.store_id, StaffSession.id.label("session_id"))
    .join(StaffSession, StaffSession.staff_id == Staff.id)
    .outerjoin(StaffStore, StaffStore.staff_id == Staff.id)
    .where(
        StaffSession.token_hash == bindparam("token_hash"),
        StaffSession.ended_at.is_(None),
        StaffSession.expires_at > bindparam("now"),
        Staff.disabled_at.is_(None),
    )
)
_BY_ID = (
    select(*_STAFF, StaffStore.store_id)
    .outerjoin(StaffStore, StaffStore.staff_id == Staff.id)
    .where(Staff.id == bindparam("staff_id"), Staff.disabled_at.is_(None))
)


def in_scope(column: Any, actor: Actor | None) -> ColumnElement[bool]:
    """Return the condition that a store id is in the actor's stores; Shuke (None) sees all."""
    if actor is None or actor.store_ids is None:
        return true()
    return column.in_(actor.store_ids)  # type: ignore[no-any-return]


def _actor(rows: Sequence[Any], session_id: int | None = None) -> Actor | None:
    if not rows:
        return None
    first = rows[0]
    everywhere = first.role in ALL_STORES
    return Actor(
        id=first.id,
        login=first.login,
        name=first.name,
        role=first.role,
        store_ids=None if everywhere else frozenset(r.store_id for r in rows if r.store_id),
        locale=first.locale,
        text_size=first.text_size,
        single_keys=first.single_keys,
        session_id=session_id,
    )


def actor_of_session(session: Session, token: str, now: datetime) -> Actor | None:
    """Return who holds this session token, or None if it ended or the person was disabled."""
    asked = {"token_hash": token_digest(token), "now": now}
    rows = reading(session).execute(_BY_SESSION, asked).all()
    return _actor(rows, rows[0].session_id if rows else None)


def actor_of_staff(session: Session, staff_id: int) -> Actor | None:
    """Return a member of staff as an actor, or None if she is disabled."""
    return _actor(session.execute(_BY_ID, {"staff_id": staff_id}).all())


def token_by_secret(session: Session, secret: str) -> ApiToken | None:
    """Return the API token that is in force for this secret."""
    return session.scalar(
        select(ApiToken)
        .join(Staff)
        .where(
            ApiToken.token_hash == token_digest(secret),
            ApiToken.revoked_at.is_(None),
            Staff.disabled_at.is_(None),
        )
    )


def staff_by_login(session: Session, login: str) -> Staff | None:
    """Return the member of staff with this folded login."""
    return session.scalar(select(Staff).where(Staff.login == login))


def staff_for_update(session: Session, staff_id: int) -> Staff:
    """Return and lock a member of staff. Raises NoResultFound."""
    return session.scalars(select(Staff).where(Staff.id == staff_id).with_for_update()).one()


def hold_active(session: Session, staff_ids: Iterable[int]) -> set[int]:
    """Return which of these people are active, and keep them so to the end of the transaction.

    Owners first, as in `staff_to_end`: nobody waits crosswise.
    """
    wanted = select(Staff.id).where(Staff.id.in_(sorted(staff_ids)), Staff.disabled_at.is_(None))
    in_turn = wanted.order_by(Staff.role != Role.OWNER, Staff.id)
    return set(session.scalars(in_turn.with_for_update(read=True)))


def staff_to_end(session: Session, staff_id: int) -> Staff:
    """Return and lock a member of staff against `hold_active`. Raises NoResultFound.

    Rows that merely name her are written meanwhile: their keys ask for less than this lock. Whoever
    ends or hands over begins here, so they wait in turn.
    """
    owners_for_update(session)
    locked = select(Staff).where(Staff.id == staff_id).with_for_update(key_share=True)
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def has_staff(session: Session) -> bool:
    """Say whether the first person has been set up."""
    return session.scalar(select(Staff.id).limit(1)) is not None


def owners_for_update(session: Session) -> list[int]:
    """Return and lock the ids of the active owners."""
    return list(
        session.scalars(
            select(Staff.id)
            .where(Staff.role == Role.OWNER, Staff.disabled_at.is_(None))
            .order_by(Staff.id)
            .with_for_update(key_share=True)
        )
    )


def active_staff(session: Session, roles: frozenset[Role] = frozenset(Role)) -> list[int]:
    """Return the ids of active people with one of the roles, longest here first."""
    return list(
        session.scalars(
            select(Staff.id)
            .where(Staff.role.in_(roles), Staff.disabled_at.is_(None))
            .order_by(Staff.id)
        )
    )


def staff_of_store(
    session: Session, store_id: int, roles: frozenset[Role] = frozenset(Role)
) -> list[int]:
    """Return the ids of active people with one of the roles who work in the store or see all."""
    return [one for one, role in roles_of_store(session, store_id).items() if role in roles]


def roles_of_store(session: Session, store_id: int) -> dict[int, Role]:
    """Return the active people who work in the store or see all, longest here first."""
    rows = session.execute(
        select(Staff.id, Staff.role)
        .where(
            Staff.disabled_at.is_(None),
            Staff.role.in_(ALL_STORES)
            | Staff.id.in_(select(StaffStore.staff_id).where(StaffStore.store_id == store_id)),
        )
        .order_by(Staff.id)
    )
    return {row.id: row.role for row in rows}


def staff_names(session: Session, staff_ids: set[int]) -> dict[int, str]:
    """Return the names of these people."""
    if not staff_ids:
        return {}
    return {
        row.id: row.name
        for row in session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(staff_ids)))
    }


def team(session: Session) -> list[Staff]:
    """Return everybody, active people first."""
    return list(session.scalars(select(Staff).order_by(Staff.disabled_at.is_not(None), Staff.id)))


def stores_by_staff(session: Session) -> dict[int, set[int]]:
    """Return the store ids in which each person works."""
    stores: dict[int, set[int]] = {}
    for row in session.execute(select(StaffStore.staff_id, StaffStore.store_id)):
        stores.setdefault(row.staff_id, set()).add(row.store_id)
    return stores


def link_for_update(session: Session, token: str) -> SignInLink | None:
    """Return and lock the sign-in link of this token."""
    return session.scalar(
        select(SignInLink).where(SignInLink.token_hash == token_digest(token)).with_for_update()
    )


def failures_since(session: Session, login_hash: str, since: datetime) -> list[datetime]:
    """Return when sign-ins with this name failed."""
    return list(
        session.scalars(
            select(SignInFailure.at).where(
                SignInFailure.login_hash == login_hash, SignInFailure.at > since
            )
        )
    )


def kept_answer(session: Session, token_id: int, key: str) -> IdempotencyKey | None:
    """Return the first answer to this token's request with this key."""
    return session.scalar(
        select(IdempotencyKey).where(IdempotencyKey.token_id == token_id, IdempotencyKey.key == key)
    )


def store_rows(session: Session, staff_id: int) -> list[StaffStore]:
    """Return the rows that say where a person works."""
    return list(session.scalars(select(StaffStore).where(StaffStore.staff_id == staff_id)))


def open_links(session: Session, staff_id: int) -> list[SignInLink]:
    """Return a person's links that were not used."""
    return list(
        session.scalars(
            select(SignInLink).where(SignInLink.staff_id == staff_id, SignInLink.spent_at.is_(None))
        )
    )


def open_sessions(session: Session, staff_id: int) -> list[StaffSession]:
    """Return a person's sessions that have not ended."""
    return list(
        session.scalars(
            select(StaffSession).where(
                StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None)
            )
        )
    )


def open_tokens(session: Session, staff_id: int) -> list[ApiToken]:
    """Return a person's API tokens that are in force."""
    return list(
        session.scalars(
            select(ApiToken).where(ApiToken.staff_id == staff_id, ApiToken.revoked_at.is_(None))
        )
    )


def kept_answers(session: Session) -> list[IdempotencyKey]:
    """Return every answer that is kept for a key: those of a day."""
    return list(session.scalars(select(IdempotencyKey).order_by(IdempotencyKey.id)))
