"""The OpenAPI document, and how a body is read.

What a view declares is completed by what all routes share: errors, token, Idempotency-Key.
"""

import inspect
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Request, request
from flask_smorest import Api, Blueprint
from webargs.flaskparser import FlaskParser, abort, is_json_request
from werkzeug.exceptions import UnsupportedMediaType

from crm.accounts.rules import Permission, Scope
from crm.api.schemas.fields import Problem
from crm.i18n import _

PROBLEM = "application/problem+json"
BODY_MAX = 8 * 1024 * 1024
"""Bytes of a body: 1,000 orders of many lines."""
KEY_MAX = 200
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "The same key and body again within 24 h: the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_MAX},
}
ALWAYS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
WITH_BODY = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
OF_POST = (
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
DECLARED = {*ALWAYS, *WITH_BODY, *OF_POST, HTTPStatus.NOT_FOUND}


class BodyParser(FlaskParser):
    """Reads JSON strictly: what is no JSON, or says a thing twice, is bad input like any other."""

    def _raw_load_json(self, req: Request) -> Any:
        if not is_json_request(req):
            raise UnsupportedMediaType
        try:
            return json.loads(
                req.get_data(cache=True).decode(),
                object_pairs_hook=_object,
                parse_constant=_no_number,
            )
        except (ValueError, RecursionError):  # also a number of 5,000 digits, and deep nesting
            abort(422, exc=None, messages={"json": {"_schema": [_("api.no_json")]}})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(word)


class Resource(Blueprint):  # type: ignore[misc]  # the library is untyped
    """The routes of one resource, and what the document says of each."""

    ARGUMENTS_PARSER = BodyParser()

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        super().__init__(name, import_name, **options)
        self._prepare_doc_cbks.append(_shared)
        self.before_request(_bound_body)

    def _store_endpoint_docs(
        self, endpoint: str, obj: Callable[..., Any], *more: Any, **options: Any
    ) -> None:
        super()._store_endpoint_docs(endpoint, obj, *more, **options)
        for method, doc in self._docs[endpoint].items():
            if method == "parameters":
                continue
            doc["operation_id"] = f"{self.name.removeprefix('api_')}_{endpoint}"
            names = inspect.signature(obj).parameters
            doc["names_a_row"] = any(name.endswith("_id") for name in names)
            doc["access"] = getattr(obj, "scope", Scope.READ), getattr(obj, "access", None)


def _bound_body() -> None:
    request.max_content_length = BODY_MAX


def _shared(doc: dict[str, Any], info: dict[str, Any], **route: Any) -> dict[str, Any]:
    """Add to an operation what its guards, its path and its method imply."""
    statuses = set(ALWAYS)
    if info["names_a_row"]:
        statuses.add(HTTPStatus.NOT_FOUND)
    if "requestBody" in doc:
        statuses.update(WITH_BODY)
    if route["method"] == "post":
        statuses.update(OF_POST)
        doc["parameters"] = [*doc.get("parameters", ()), KEY]
    responses = doc.setdefault("responses", {})
    declared = {int(status) for status in responses}
    for status in sorted(statuses - declared):
        responses[int(status)] = status.name
    scope, permission = info["access"]
    doc["operationId"] = info["operation_id"]
    doc["description"] = _rights(scope, permission)
    return doc


def _rights(scope: Scope, permission: Permission | None) -> str:
    word = permission.value if permission else "see"
    return f"Needs a token with scope {scope.value}, of a person with the right `{word}`."


class JsonApi(Api):  # type: ignore[misc]  # the library is untyped
    """The library's registry; errors are the application's own (crm.web.errors)."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave errors to the application."""

    def _register_pagination_header(self) -> None:
        """Lists carry their cursor in the body."""

    def _register_responses(self) -> None:
        """Name the problems that several routes answer with."""
        for status in DECLARED:
            content = {PROBLEM: {"schema": Problem}}
            found = {"description": status.phrase, "content": content}
            self.spec.components.response(status.name, found, lazy=True)
