"""What every resource shares: tokens, idempotent POSTs, lists, OpenAPI."""

import hashlib
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, g, make_response, request
from flask_smorest import Api, Blueprint

from crm import clock
from crm.accounts import service as accounts
from crm.accounts.access import require_token
from crm.accounts.models import IdempotencyKey
from crm.accounts.queries import kept_answer
from crm.accounts.rules import KeyTaken, Permission, Scope
from crm.api.schemas.fields import Problem
from crm.i18n import _
from crm.web.errors import problem
from crm.web.security import csrf
from crm.web.session import db_session, whole_request

PREFIX = "/api/v1"
KEY_MAX = 200
View = TypeVar("View", bound=Callable[..., Any])


class JsonApi(Api):  # type: ignore[misc]  # the library is untyped
    """The library's registry; errors are the application's own (crm.web.errors)."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        pass


def init_app(app: Flask, blueprints: Sequence[Blueprint]) -> None:
    """Register the resources and the document that describes them."""
    app.config.update(
        API_TITLE="Shuke",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = JsonApi(app)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"token": []}]
    for blueprint in blueprints:
        csrf.exempt(blueprint)
        api.register_blueprint(blueprint)


def resource(name: str, description: str) -> Blueprint:
    """Return the blueprint of one resource."""
    return Blueprint(f"api_{name}", __name__, url_prefix=PREFIX, description=description)


def reads(permission: Permission = Permission.SEE) -> Callable[[View], View]:
    """Guard a route that only reads."""
    return require_token(Scope.READ, permission)


def writes(permission: Permission = Permission.RECORD) -> Callable[[View], View]:
    """Guard a route that writes; a POST with an Idempotency-Key takes effect once."""

    def decorate(view: View) -> View:
        return require_token(Scope.WRITE, permission)(_once(view))

    return decorate


def _once(view: View) -> View:
    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or key is None:
            return view(*args, **kwargs)
        if not 0 < len(key) <= KEY_MAX:
            return problem(422, _("api.key_length", n=KEY_MAX))
        found = kept_answer(db_session(), g.token.id, key)
        if found is not None:
            return _replay(found)
        try:
            return _answer_and_keep(view, key, args, kwargs)
        except KeyTaken:  # the same key was answered meanwhile; ours is undone
            found = kept_answer(db_session(), g.token.id, key)
            return _replay(found) if found else problem(409)

    return once  # type: ignore[return-value]


def _answer_and_keep(view: View, key: str, args: Any, kwargs: Any) -> Response:
    with whole_request() as session:
        response = make_response(view(*args, **kwargs))
        accounts.keep_answer(
            session,
            IdempotencyKey(
                token_id=g.token.id,
                key=key,
                request_hash=_request_hash(),
                status=response.status_code,
                body=response.get_data(),
                location=response.headers.get("Location"),
                created_at=clock.now(),
            ),
        )
    return response


def _request_hash() -> str:
    return hashlib.sha256(f"{request.path}\n".encode() + request.get_data()).hexdigest()


def _replay(found: IdempotencyKey) -> Response:
    if found.request_hash != _request_hash():
        return problem(422, _("api.key_other_body"))
    kind = "application/json" if found.status < 400 else "application/problem+json"  # noqa: PLR2004
    response = Response(found.body, found.status, content_type=kind)
    response.headers["Idempotent-Replayed"] = "true"
    if found.location:
        response.headers["Location"] = found.location
    return response


def page_of(rows: Sequence[Any], limit: int, cursor_of: Callable[[Any], str]) -> dict[str, Any]:
    """Return a list's answer from `limit` + 1 rows."""
    items = list(rows[:limit])
    return {"items": items, "next_cursor": cursor_of(items[-1]) if len(rows) > limit else None}


def located(path: str) -> dict[str, str]:
    """Return the headers of a 201."""
    return {"Location": f"{PREFIX}{path}"}
