"""What every resource shares: tokens, idempotent POSTs, lists."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, g, make_response, request

from crm import clock
from crm.accounts import service as accounts
from crm.accounts.access import current_actor, require_token
from crm.accounts.models import IdempotencyKey
from crm.accounts.queries import kept_answer
from crm.accounts.rules import KeyTaken, Permission, Scope
from crm.api.views.document import KEY_MAX, PROBLEM, JsonApi, Resource
from crm.contacts.queries import visible_contact
from crm.i18n import _
from crm.web.errors import problem
from crm.web.pages import decode_cursor, encode_cursor
from crm.web.security import csrf
from crm.web.session import db_session, unit_of_work, whole_request

PREFIX = "/api/v1"
CLOCK_SKEW = timedelta(minutes=5)
"""By how much the clock of another program may be ahead."""
View = TypeVar("View", bound=Callable[..., Any])


def init_app(app: Flask, blueprints: Sequence[Resource]) -> None:
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


def resource(name: str, description: str) -> Resource:
    """Return the blueprint of one resource."""
    return Resource(f"api_{name}", __name__, url_prefix=PREFIX, description=description)


def reads(permission: Permission = Permission.SEE) -> Callable[[View], View]:
    """Guard a route that changes nothing."""
    return _guarded(Scope.READ, permission, _once)


def writes(permission: Permission = Permission.RECORD) -> Callable[[View], View]:
    """Guard a route that writes; a POST with an Idempotency-Key takes effect once."""
    return _guarded(Scope.WRITE, permission, _once)


def calls_out(permission: Permission) -> Callable[[View], View]:
    """Guard a route that talks to the network, which no transaction may wait for.

    Its answer is kept after the call: two at once with one key may both call.
    """
    return _guarded(Scope.WRITE, permission, _kept_after)


def _guarded(
    scope: Scope, permission: Permission, answer_once: Callable[[View], View]
) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        return require_token(scope, permission)(answer_once(_of_herself(view)))

    return decorate


def _of_herself(view: View) -> View:
    """Answer 404 for a contact who was merged into another, with the id of that one."""

    @wraps(view)
    def herself(*args: Any, **kwargs: Any) -> Any:
        wanted = kwargs.get("contact_id")
        if wanted is not None:
            found = visible_contact(db_session(), wanted, current_actor())
            if found.id != wanted:
                return problem(404, _("api.merged_away"), kept_id=found.id)
        return view(*args, **kwargs)

    return herself  # type: ignore[return-value]


def _once(view: View) -> View:
    return _keyed(view, _within)


def _kept_after(view: View) -> View:
    return _keyed(view, _afterwards)


def _keyed(view: View, answered: Callable[[Callable[[], Response], str], Response]) -> View:
    """Answer a POST whose key is known as it was answered; else let `answered` do and keep it."""

    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or key is None:
            return view(*args, **kwargs)
        if not 0 < len(key) <= KEY_MAX or not key.isprintable():
            return problem(422, _("api.key_length", n=KEY_MAX))
        found = kept_answer(db_session(), g.token.id, key)
        if found is not None and accounts.is_kept(found, now=clock.now()):
            return _replay(found)
        try:
            return answered(lambda: make_response(view(*args, **kwargs)), key)
        except KeyTaken:  # the same key was answered meanwhile; ours is undone
            found = kept_answer(db_session(), g.token.id, key)
            return _replay(found) if found else problem(409)

    return once  # type: ignore[return-value]


def _within(make: Callable[[], Response], key: str) -> Response:
    with whole_request() as session:
        response = make()
        accounts.keep_answer(session, _kept(response, key))
    return response


def _afterwards(make: Callable[[], Response], key: str) -> Response:
    response = make()
    with unit_of_work() as session:
        accounts.keep_answer(session, _kept(response, key))
    return response


def _kept(response: Response, key: str) -> IdempotencyKey:
    return IdempotencyKey(
        token_id=g.token.id,
        key=key,
        request_hash=_request_hash(),
        status=response.status_code,
        body=response.get_data(),
        location=response.headers.get("Location"),
        created_at=clock.now(),
    )


def _request_hash() -> str:
    return hashlib.sha256(f"{request.path}\n".encode() + request.get_data()).hexdigest()


def _replay(found: IdempotencyKey) -> Response:
    if found.request_hash != _request_hash():
        return problem(422, _("api.key_other_body"))
    kind = "application/json" if found.status < 400 else PROBLEM  # noqa: PLR2004
    response = Response(found.body, found.status, content_type=kind)
    response.headers["Idempotent-Replayed"] = "true"
    if found.location:
        response.headers["Location"] = found.location
    return response


def page_of(rows: Sequence[Any], limit: int, cursor_of: Callable[[Any], str]) -> dict[str, Any]:
    """Return a list's answer from `limit` + 1 rows."""
    items = list(rows[:limit])
    return {"items": items, "next_cursor": cursor_of(items[-1]) if len(rows) > limit else None}


def short_list(rows: Iterable[Any], query: dict[str, Any]) -> dict[str, Any]:
    """Return a page of rows of which a shop has some dozens, in the order of their ids."""
    after = decode_cursor(query["cursor"], int)[0] if query["cursor"] else 0
    later = sorted((row for row in rows if row.id > after), key=lambda row: row.id)
    return page_of(later[: query["limit"] + 1], query["limit"], lambda row: encode_cursor(row.id))


def located(path: str) -> dict[str, str]:
    """Return the headers of a 201."""
    return {"Location": f"{PREFIX}{path}"}
