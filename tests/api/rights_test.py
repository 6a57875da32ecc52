"""Every route for programs asks for exactly what its decorator says: token, scope, right."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from crm.accounts.rules import MATRIX, Permission, Role, Scope
from crm.stores.models import Store
from tests.api.conftest import ApiClient, MakeApi
from tests.factories.stores import make_staff
from tests.house.route_rules import PART, rules_of

NOBODY = "987654"
Route = tuple[str, str, Scope, Permission]


def _routes(app: Flask) -> Iterator[Route]:
    for rule in rules_of(app):
        view = app.view_functions[rule.endpoint]
        if hasattr(view, "scope"):
            address = PART.sub(NOBODY, rule.rule)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, address, view.scope, view.access  # type: ignore[attr-defined]


def _ask(api: ApiClient, method: str, address: str) -> int:
    body = {} if method in {"POST", "PATCH"} else None
    return api.client.open(address, method=method, json=body, headers=api.headers).status_code


@pytest.fixture
def routes(app: Flask) -> list[Route]:
    return list(_routes(app))


def test_without_a_token_every_route_is_401(make_api: MakeApi, routes: list[Route]) -> None:
    assert len(routes) > 30
    answers = {(m, a): _ask(make_api(None), m, a) for m, a, _scope, _permission in routes}
    assert set(answers.values()) == {401}, answers


@pytest.mark.parametrize("scope", Scope, ids=lambda scope: scope.value)
@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_route_is_403_exactly_where_scope_or_role_may_not(
    make_api: MakeApi,
    session: Session,
    store: Store,
    routes: list[Route],
    role: Role,
    scope: Scope,
) -> None:
    """With both, a wrong body or a number that nobody has is 422 or 404, never 403."""
    api = make_api(make_staff(session, role, store), scope)
    wrong = {}
    for method, address, needed, permission in routes:
        status = _ask(api, method, address)
        may = role in MATRIX[permission] and (needed is Scope.READ or scope is Scope.WRITE)
        if (status == 403) is may or status >= 500:
            wrong[method, address] = status
    assert wrong == {}
