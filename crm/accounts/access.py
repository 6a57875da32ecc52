"""Decorators that guard routes. Every route carries one of them; a house test looks."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, g, redirect, request, url_for

from crm import clock
from crm.accounts import queries
from crm.accounts.models import ApiToken
from crm.accounts.rules import Actor, Forbidden, Permission, Role, Scope, can
from crm.web.security import session_token
from crm.web.session import db_session

View = TypeVar("View", bound=Callable[..., Any])


def signed_in() -> Actor | None:
    """Return who is signed in, or None; read once a request."""
    if "actor" not in g:
        token = session_token()
        g.actor = queries.actor_of_session(db_session(), token, clock.now()) if token else None
    return g.actor  # type: ignore[no-any-return]


def current_actor() -> Actor:
    """Return who is signed in, inside a guarded route."""
    actor = signed_in()
    if actor is None:
        raise Forbidden
    return actor


def may(permission: Permission) -> bool:
    """Say whether the signed-in person has the permission; for what a page offers."""
    actor = signed_in()
    return actor is not None and can(actor.role, permission)


def public(view: View) -> View:
    """Mark a route that needs no sign-in."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def require(permission: Permission) -> Callable[[View], View]:
    """Let in only people with the permission; others get the sign-in page or 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = signed_in()
            if actor is None:
                wanted = request.full_path.rstrip("?") if request.method == "GET" else None
                return redirect(url_for("accounts.login", next=wanted), code=303)
            if not can(actor.role, permission):
                raise Forbidden
            return view(*args, **kwargs)

        guarded.access = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def require_token(scope: Scope, permission: Permission = Permission.SEE) -> Callable[[View], View]:
    """Let in only programs with a token of this scope whose person has the permission."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            token = _bearer()
            actor = queries.actor_of_staff(db_session(), token.staff_id) if token else None
            if token is None or actor is None:
                abort(401)
            if (scope is Scope.WRITE and token.scope is not Scope.WRITE) or not can(
                actor.role, permission
            ):
                raise Forbidden
            g.actor, g.token = actor, token
            return view(*args, **kwargs)

        guarded.access = permission  # type: ignore[attr-defined]
        guarded.scope = scope  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _bearer() -> ApiToken | None:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        return None
    return queries.token_by_secret(db_session(), secret.strip())


def is_owner() -> bool:
    """Say whether the owner is signed in; the fifth tab depends on it."""
    actor = signed_in()
    return actor is not None and actor.role is Role.OWNER
