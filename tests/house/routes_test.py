"""Every route is guarded, typed and in the snapshot; and asks for what its decorator says.

After a wanted change: SHUKE_SNAPSHOT=1 python3 run.py test tests/house/routes_test.py
"""

import os
from pathlib import Path

import pytest
from flask import Flask

from crm.accounts.access import public
from crm.accounts.rules import MATRIX, Permission, Role
from tests.factories.stores import make_staff, make_store
from tests.house import route_rules

NOBODY = 987654
SNAPSHOT = Path(__file__).with_name("routes.txt")


def test_every_route_is_guarded(app):
    found = list(route_rules.guarded(app))
    assert not found, "\n".join(found)


def test_addresses_are_typed_and_kebab_case(app):
    found = list(route_rules.typed(app))
    assert not found, "\n".join(found)


def test_routes_are_those_of_the_snapshot(app):
    lines = route_rules.listing(app)
    if os.environ.get("SHUKE_SNAPSHOT"):
        SNAPSHOT.write_text("\n".join(lines) + "\n", "utf-8")
    assert SNAPSHOT.read_text("utf-8").splitlines() == lines


def test_what_is_not_built_is_not_there(page, session):
    page.sign_in(make_staff(session, Role.OWNER))
    page.get("/nowhere", 404)


@pytest.fixture(scope="module")
def addresses(application):
    """Method, address with made-up numbers, and permission of every guarded page."""
    app, found = application, []
    for rule in route_rules.rules_of(app):
        view = app.view_functions[rule.endpoint]
        access = getattr(view, "access", None)
        if not isinstance(access, Permission) or hasattr(view, "scope"):  # programs: tests/api
            continue
        values = {part["name"]: _made_up(part) for part in route_rules.PART.finditer(rule.rule)}
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(rule.endpoint, values)
        found += [(m, address, access) for m in rule.methods or () if m in {"GET", "POST"}]
    return found


def _made_up(part):
    return NOBODY if part["kind"] == "int" else "2025-06-18"


def _ask(page, method, address):
    data = {"csrf_token": page.csrf_token()} if method == "POST" else None
    return page.client.open(address, method=method, data=data).status_code


def test_without_sign_in_every_guarded_route_leads_to_the_sign_in_page(page, addresses):
    assert addresses
    answers = {(m, a): _ask(page, m, a) for m, a, _permission in addresses}
    assert {key: status for key, status in answers.items() if status != 303} == {}


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_role_is_refused_exactly_where_the_matrix_says(role, page, session, addresses):
    """403 without the permission; with it anything but 403, or 404 for numbers that nobody has."""
    page.sign_in(make_staff(session, role, make_store(session)))
    session.commit()
    wrong = {}
    for method, address, permission in addresses:
        if "logout" in address or "sign-out" in address:
            continue
        status = _ask(page, method, address)
        if (status == 403) is (role in MATRIX[permission]) or status >= 500:
            wrong[method, address, permission.value] = status
    assert wrong == {}


@pytest.mark.parametrize("number", ["9" * 12, "9" * 30])
def test_number_that_no_row_can_have_is_not_found(number, page, session, addresses):
    page.sign_in(make_staff(session, Role.OWNER, make_store(session)))
    session.commit()
    asked = [(m, a.replace(str(NOBODY), number)) for m, a, _p in addresses if str(NOBODY) in a]
    answers = {(m, a): _ask(page, m, a) for m, a in asked}
    assert {key: status for key, status in answers.items() if status not in {404, 405}} == {}


def _plant(rule, view):
    app = Flask("plant", static_folder=None)
    app.add_url_rule(rule, "plant", view)
    return app


def test_route_without_decorator_is_found():
    app = _plant("/plant", lambda: "")
    assert list(route_rules.guarded(app)) == ["/plant has no access decorator"]


def test_public_route_outside_the_list_is_found():
    app = _plant("/plant", public(lambda: ""))
    assert len(list(route_rules.guarded(app))) == 1
    assert list(route_rules.guarded(app, {"plant"})) == []


@pytest.mark.parametrize("rule", ["/plants/<plant>", "/Plants", "/two_words"])
def test_careless_address_is_found(rule):
    assert len(list(route_rules.typed(_plant(rule, lambda **_: "")))) == 1


def test_careful_addresses_pass():
    for rule in ("/plants/<int:plant_id>", "/help/<slug>", "/two-words", "/plants.csv"):
        assert list(route_rules.typed(_plant(rule, lambda **_: ""))) == []
