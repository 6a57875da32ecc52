"""Errors that no view explains, as a page or, for programs, as problem JSON (RFC 9457)."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from crm import log
from crm.i18n import _
from crm.web.pages import BadCursor
from crm.web.session import end_reading

_logger = log.get(__name__)
PROGRAMS = ("/api/", "/metrics")
"""Paths whose answers no person reads."""
_KEPT = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT})
"""The form came whole and was not taken; one that is too large (413) is never read."""
_NOT_SHOWN = re.compile("token|key|password|secret|version")
_CHOSEN = re.compile(r"[a-z_]*|\d{1,4}")
"""What buttons, menus and hidden fields send: nobody types it again."""
_KNOWN = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500})


def init_app(app: Flask, forbidden: type[Exception], forgotten: type[Exception]) -> None:
    """Map exceptions to answers.

    The domains' own: `forbidden` is a missing right, `forgotten` a person nobody writes about.
    """
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, lambda _e: answer(400))
    app.register_error_handler(NoResultFound, lambda _e: answer(404))
    app.register_error_handler(forbidden, lambda _e: answer(403))
    app.register_error_handler(StaleDataError, lambda _e: answer(409))
    app.register_error_handler(forgotten, lambda _e: answer(409, about="forgotten"))
    app.register_error_handler(BadCursor, lambda _e: answer(422))
    app.register_error_handler(Exception, _unexpected)


def _unexpected(error: Exception) -> Response:
    _logger.error("unexpected error", endpoint=request.endpoint, exc_info=error)
    end_reading()  # the frame of the page reads too, and PostgreSQL answers nothing more in there
    return answer(500)


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]  # a redirect of the router
    # webargs hangs what a schema refused on the exception: {"json": {field: [messages]}}
    messages = getattr(error, "data", None) or {}
    response = answer(error.code or 500, list(_fields(messages.get("messages", {}))))
    for name, value in error.get_headers():  # Allow of 405, Retry-After of 429
        if name != "Content-Type":
            response.headers[name] = value
    return response


def _fields(messages: Any, path: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """Flatten the nested messages of a schema into {field, message}."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            place = path if key in ("json", "query", "_schema") and not path else (*path, str(key))
            yield from _fields(inner, place)
    elif isinstance(messages, list):
        for message in messages:
            yield {"field": ".".join(path), "message": str(message)}


def answer(status: int, errors: list[dict[str, str]] | None = None, *, about: str = "") -> Response:
    """Return the page or the problem document of a status, or of a case that has its own words."""
    if request.path.startswith(PROGRAMS):
        return problem(status, _(f"errors.{about}_hint") if about else "", errors=errors)
    server_side = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = about or (status if status in _KNOWN else (500 if server_side else 400))
    most = request.max_content_length or 0
    if kind == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and (request.content_length or 0) <= most:
        kind = "413_text"  # not the files: what was typed, or how many fields there are
    return Response(
        render_template(
            "errors/error.html",
            title=_(f"errors.{kind}"),
            hint=_(f"errors.{kind}_hint", mb=most // 2**20),
            typed=list(_typed()) if status in _KEPT else [],
        ),
        status,
        content_type="text/html; charset=utf-8",
    )


def _typed() -> Iterator[str]:
    """The pages are kept by no browser (no-store), so going back would find an empty form."""
    for name, value in request.form.items(multi=True):
        if not (_NOT_SHOWN.search(name) or _CHOSEN.fullmatch(value.strip())):
            yield value


def problem(
    status: int, detail: str = "", errors: list[dict[str, str]] | None = None, **more: object
) -> Response:
    """Return an `application/problem+json` answer; `errors` holds {field, message}."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or HTTPStatus(status).description,
        "errors": errors or [],
        **more,
    }
    response = Response(json.dumps(body), status, content_type="application/problem+json")
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
