"""Sign-in, sessions, people, tokens: one function a use case."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm import crypto
from crm.accounts import queries
from crm.accounts.models import (
    ApiToken,
    IdempotencyKey,
    SignInFailure,
    SignInLink,
    Staff,
    StaffSession,
    StaffStore,
)
from crm.accounts.rules import (
    ALL_STORES,
    IDEMPOTENCY_LIFE,
    LINK_LIFE,
    SESSION_LIFE,
    THROTTLE_WINDOW,
    Actor,
    KeyTaken,
    LastOwner,
    LinkSpent,
    LoginTaken,
    OwnSelf,
    Role,
    Scope,
    TextSize,
    Throttled,
    WrongPassword,
    fold_login,
    throttled_until,
    token_digest,
)
from crm.audit.service import record

hasher = PasswordHasher()
"""Argon2id with the library's parameters; the tests use cheap ones."""


@dataclass(frozen=True)
class NewStaff:
    """A person to be added; without a password she gets a one-time link."""

    login: str
    name: str
    role: Role
    store_ids: frozenset[int] = frozenset()
    password: str | None = None


@lru_cache(maxsize=1)
def _nobody() -> str:
    # Checked where no such login exists, so that the answer takes as long as a wrong password.
    return hasher.hash(secrets.token_urlsafe(16))


def add_staff(session: Session, command: NewStaff, *, actor: Actor | None, now: datetime) -> Staff:
    """Add a person. Raises LoginTaken."""
    login = fold_login(command.login)
    if queries.staff_by_login(session, login) is not None:
        raise LoginTaken(login)
    staff = Staff(
        login=login,
        name=command.name,
        role=command.role,
        password_hash=hasher.hash(command.password) if command.password else None,
        locale="",
        created_at=now,
    )
    session.add(staff)
    session.flush()  # the store rows and the audit row need staff.id
    _set_stores(session, staff, command.store_ids)
    record(
        session,
        "staff.added",
        subject=f"staff:{staff.id}",
        actor=actor,
        now=now,
        after={"role": command.role.value, "stores": sorted(command.store_ids)},
    )
    return staff


def _set_stores(session: Session, staff: Staff, store_ids: frozenset[int]) -> None:
    wanted = frozenset() if staff.role in ALL_STORES else store_ids
    for row in queries.store_rows(session, staff.id):
        if row.store_id not in wanted:
            session.delete(row)
        wanted -= {row.store_id}
    session.add_all(StaffStore(staff_id=staff.id, store_id=store_id) for store_id in sorted(wanted))


def check_password(session: Session, login: str, password: str, *, now: datetime) -> Staff:
    """Return who signs in with this name and password. Raises Throttled, WrongPassword.

    It only reads: hashing takes too long to hold the one write lock of SQLite meanwhile.
    """
    login = fold_login(login)
    failures = queries.failures_since(session, _login_hash(login), now - THROTTLE_WINDOW)
    until = throttled_until(failures, now)
    if until is not None:
        raise Throttled(until)
    staff = queries.staff_by_login(session, login)
    known = staff is not None and staff.disabled_at is None
    kept = staff.password_hash if staff is not None and known else None
    try:
        hasher.verify(kept or _nobody(), password)
    except (VerificationError, InvalidHashError) as error:
        raise WrongPassword from error
    if staff is None or kept is None:
        raise WrongPassword
    return staff


def _login_hash(login: str) -> str:
    return crypto.digest(login, purpose="login")


def record_failure(session: Session, login: str, *, now: datetime) -> None:
    """Count a refused sign-in."""
    session.add(SignInFailure(login_hash=_login_hash(fold_login(login)), at=now))


def start_session(session: Session, staff: Staff, *, now: datetime) -> str:
    """Start a session for somebody who has proved who she is; return its token."""
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            staff_id=staff.id,
            token_hash=token_digest(token),
            created_at=now,
            expires_at=now + SESSION_LIFE,
        )
    )
    record(session, "session.started", subject=f"staff:{staff.id}", actor=None, now=now)
    return token


def sign_out(session: Session, *, actor: Actor, now: datetime) -> None:
    """End the session through which the actor came."""
    row = session.get(StaffSession, actor.session_id) if actor.session_id else None
    if row is not None:
        row.ended_at = now


def make_link(session: Session, staff: Staff, *, actor: Actor | None, now: datetime) -> str:
    """Make a one-time sign-in link for a person and return its token; older links end."""
    for old in queries.open_links(session, staff.id):
        old.spent_at = now
    token = secrets.token_urlsafe(32)
    session.add(
        SignInLink(staff_id=staff.id, token_hash=token_digest(token), expires_at=now + LINK_LIFE)
    )
    record(session, "staff.link_made", subject=f"staff:{staff.id}", actor=actor, now=now)
    return token


def use_link(session: Session, token: str, password: str, *, now: datetime) -> str:
    """Set the password with a one-time link, end other sessions, return a session token.

    Raises LinkSpent.
    """
    link = queries.link_for_update(session, token)
    if link is None or link.spent_at is not None or link.expires_at <= now:
        raise LinkSpent
    staff = queries.staff_for_update(session, link.staff_id)
    if staff.disabled_at is not None:
        raise LinkSpent
    link.spent_at = now
    staff.password_hash = hasher.hash(password)
    _end_sessions(session, staff.id, now=now)
    record(session, "staff.password_set", subject=f"staff:{staff.id}", actor=None, now=now)
    return start_session(session, staff, now=now)


def _end_sessions(session: Session, staff_id: int, *, now: datetime) -> None:
    for row in queries.open_sessions(session, staff_id):
        row.ended_at = now


def disable(session: Session, staff: Staff, *, actor: Actor | None, now: datetime) -> None:
    """End a person's access at once: devices, links and tokens. Raises LastOwner, OwnSelf.

    The row is locked by the caller. What she has in hand needs new owners in the same transaction.
    """
    if actor is not None and actor.id == staff.id:
        raise OwnSelf
    if staff.role is Role.OWNER and queries.owners_for_update(session) == [staff.id]:
        raise LastOwner
    staff.disabled_at = now
    _end_sessions(session, staff.id, now=now)
    for link in queries.open_links(session, staff.id):
        link.spent_at = now
    for token in queries.open_tokens(session, staff.id):
        token.revoked_at = now
    record(session, "staff.disabled", subject=f"staff:{staff.id}", actor=actor, now=now)


def enable(session: Session, staff: Staff, *, actor: Actor, now: datetime) -> None:
    """Let a person in again; her devices, links and tokens stay ended."""
    if staff.disabled_at is not None:
        staff.disabled_at = None
        record(session, "staff.enabled", subject=f"staff:{staff.id}", actor=actor, now=now)


def change_role(
    session: Session,
    staff: Staff,
    role: Role,
    store_ids: frozenset[int],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Give a person a role and her stores. Raises LastOwner."""
    if staff.role is Role.OWNER and role is not Role.OWNER:
        owners = queries.owners_for_update(session)
        if owners == [staff.id]:
            raise LastOwner
    before = {"role": staff.role.value}
    staff.role = role
    _set_stores(session, staff, store_ids)
    after = {"role": role.value, "stores": sorted(store_ids)}
    record(
        session,
        "staff.role",
        subject=f"staff:{staff.id}",
        actor=actor,
        now=now,
        before=before,
        after=after,
    )


def set_display(
    session: Session, *, text_size: TextSize, locale: str, single_keys: bool, actor: Actor
) -> None:
    """Keep how the person likes to see the product."""
    staff = queries.staff_for_update(session, actor.id)
    staff.text_size, staff.locale, staff.single_keys = text_size, locale, single_keys


def make_token(
    session: Session, staff: Staff, name: str, scope: Scope, *, actor: Actor | None, now: datetime
) -> str:
    """Make an API token and return it; it is shown this once."""
    secret = "shk_" + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            staff_id=staff.id,
            name=name,
            token_hash=token_digest(secret),
            scope=scope,
            created_at=now,
        )
    )
    record(
        session,
        "token.made",
        subject=f"staff:{staff.id}",
        actor=actor,
        now=now,
        after={"scope": scope.value},
    )
    return secret


def is_kept(answer: IdempotencyKey, *, now: datetime) -> bool:
    """Say whether an answer still stands for its key."""
    return answer.created_at >= now - IDEMPOTENCY_LIFE


def keep_answer(session: Session, answer: IdempotencyKey) -> None:
    """Keep the answer to a request that carried a key. Raises KeyTaken: undo the request.

    Keys older than a day make room.
    """
    old = IdempotencyKey.created_at < answer.created_at - IDEMPOTENCY_LIFE
    session.execute(delete(IdempotencyKey).where(old))
    try:
        with session.begin_nested():
            session.add(answer)
    except IntegrityError as error:
        raise KeyTaken from error


def forget_answers(session: Session, words: Iterable[str]) -> None:
    """Drop kept answers in which one of these words stands, however a program wrote it."""
    wanted = {form.encode() for word in words for form in (word, json.dumps(word)[1:-1])}
    for answer in queries.kept_answers(session):
        said = answer.body + (answer.location or "").encode()
        if any(form in said for form in wanted):
            session.delete(answer)
