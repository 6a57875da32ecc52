"""Bad input of every kind into every form, body, search and file of the customer book.

Never an error of the server, a message in the visitor's language, what was typed still there,
nothing written where it was refused, nobody's number in the log.
"""

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from crm.accounts.rules import Role, Scope
from tests.html import Page
from tests.leaks.inputs import BODIES, FILES, PHONE, QUERIES, TAKEN, VALUES
from tests.leaks.requests import MORE_PAGES, api_bodies
from tests.leaks.routes import Route, own_routes
from tests.leaks.visitor import Visitor
from tests.leaks.world import World

ERROR, REFUSED = 500, 422
BOOK = ("/contacts", "/log", "/imports", "/settings/data", "/merges", "/albums", "/touches")
"""Whose forms are tried here; those of complaints are tried in tests/web."""
TYPED = {"text", "number", "search", "tel", "url", "email", "date", "datetime-local", None}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Number fields show even these again, as they were sent."""
LANGUAGES = {"zh-CN": "zh", "en": "en"}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that any logger says, at its most talkative."""
    written, root = io.StringIO(), logging.getLogger()
    handler, before = logging.StreamHandler(written), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(before)
    root.removeHandler(handler)


def _forms(both: World, visitor: Visitor) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Give each form of the book: where it goes, what it holds, what a person types in it."""
    seen = set()
    for route, path in own_routes(both, Role.OWNER, None, "GET"):
        if not route.rule.startswith(BOOK):
            continue
        for more in ("", *MORE_PAGES.get(route.rule, ())):
            answer = visitor.get(path + more.format(**both.ours.ids))
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            page = Page(answer.get_data(as_text=True))
            for form in page.all("form", method="post"):
                action = form.get("action") or path
                inputs = [one for one in form.iter("input") if one.get("type") in TYPED]
                names = [one.get("name") for one in [*inputs, *form.iter("textarea")]]
                typed = [name for name in names if name]
                if typed and (action, *typed) not in seen:
                    seen.add((action, *typed))
                    yield action, page.fields(form), typed


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_typed_into_a_form_is_an_error(
    both: World, language: str, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    forms, wrong, tried = list(_forms(both, visitor)), [], 0
    for action, fields, typed in forms:
        for kind, value in list(VALUES.items())[list(LANGUAGES).index(language) :: 2]:
            tried += 1
            with both.undone() as changes:
                sent = {**fields, **dict.fromkeys(typed, value)}
                answer = visitor.form(f"{action}?lang={LANGUAGES[language]}", sent)
                where = f"{action} {kind} -> {answer.status_code}"
                if answer.status_code >= ERROR:
                    wrong.append(where)
                elif answer.status_code == REFUSED:
                    wrong += [f"{where}: {one}" for one in _unclear(answer, language, value, typed)]
                    wrong += [f"{where}: wrote"] if any(changes.rows()) else []
    with capsys.disabled():
        print(
            f"\n{len(forms)} forms x half of {len(VALUES)} values, {language}: {tried} bad inputs"
        )
    assert not wrong, "\n".join(wrong)
    assert tried >= 60 * 2
    assert PHONE not in log.getvalue()


def _unclear(answer: Any, language: str, value: Any, typed: list[str]) -> Iterator[str]:
    page = Page(CONTROL.sub("", answer.get_data(as_text=True)))
    if page.one("html").get("lang") != language:
        yield "another language"
    if not any(
        "field-error" in one.get("class", "") or one.get("role") == "alert" for one in page.all()
    ):
        yield "nothing says what is wrong"
    kept = {one.get("name") for one in page.all() if one.tag in {"input", "textarea"}}
    if isinstance(value, str) and value.isprintable() and not kept & set(typed):
        yield "what was typed is gone"


@pytest.mark.parametrize("name", FILES)
def test_file_that_cannot_be_taken_is_refused_with_a_reason(
    both: World, name: str, log: io.StringIO
) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    filename, data = FILES[name]
    for kind in ("contacts", "orders", "either"):
        with both.undone() as changes:
            sent = {"kind": kind, "store": "0", "file": (io.BytesIO(data), filename)}
            answer = visitor.form("/imports", sent)
            assert answer.status_code == REFUSED, (kind, answer.status_code)
            assert "field-error" in answer.text
            assert not any(changes.rows())
    assert "Traceback" not in log.getvalue()


@pytest.mark.parametrize("name", TAKEN)
def test_strange_file_that_can_be_read_is_previewed(both: World, name: str) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    filename, data = TAKEN[name]
    with both.undone():
        sent = {"kind": "contacts", "store": "0", "file": (io.BytesIO(data), filename)}
        answer = visitor.form("/imports", sent)
        assert answer.status_code == 303
        assert visitor.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("scope", [None, Scope.WRITE], ids=["pages", "api"])
def test_no_sign_of_a_search_language_is_an_error(both: World, scope: Scope | None) -> None:
    visitor = both.visitor(both.person(Role.OWNER), scope)
    paths = [
        "/contacts",
        "/log",
        f"/contacts/{both.ours.ids['contact_id']}/merge",
        "/complaints/new",
    ]
    for path in paths if scope is None else ["/api/v1/contacts"]:
        for q in QUERIES:
            assert visitor.get(path, q=q, tag=q).status_code in {200, REFUSED}, (path, q[:20])
        assert visitor.client.get(f"{path}?q=%ff%fe", headers=visitor.headers).status_code < ERROR


def _writing(both: World) -> list[tuple[Route, str]]:
    own = own_routes(both, Role.OWNER, Scope.WRITE, "POST", "PATCH")
    named = ("/contacts", "/merges", "/touches", "/orders", "/groups")
    return [(r, path) for r, path in own if r.rule.removeprefix("/api/v1").startswith(named)]


@pytest.mark.parametrize("name", BODIES)
def test_body_that_cannot_be_read_is_a_problem_and_writes_nothing(both: World, name: str) -> None:
    visitor = both.visitor(both.person(Role.OWNER), Scope.WRITE)
    data, kind = BODIES[name]
    bodies = api_bodies(both.ours)
    for route, path in _writing(both):
        if route.rule.removeprefix("/api/v1") not in bodies:  # it takes no body
            continue
        with both.undone() as changes:
            answer = visitor.client.open(
                path, method=route.method, data=data, content_type=kind, headers=visitor.headers
            )
            assert answer.status_code in {415, REFUSED}, (path, answer.status_code)
            assert answer.content_type == "application/problem+json"
            assert not any(changes.rows())


@pytest.mark.parametrize("token", ["", "wrong", "." * 400])
def test_form_without_its_own_token_writes_nothing(both: World, token: str) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    for action, fields, _typed in _forms(both, visitor):
        with both.undone() as changes:
            visitor.client.set_cookie("shuke", visitor.secret)
            answer = visitor.client.post(action, data={**fields, "csrf_token": token})
            assert answer.status_code == 400, action
            assert not any(changes.rows())


def test_another_method_is_refused(both: World) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    for route, path in own_routes(both, Role.OWNER, None, "POST"):
        if route.rule.startswith(BOOK):
            with both.undone() as changes:
                assert visitor.json("PUT", path, {}).status_code in {400, 405}, path
                assert not any(changes.rows())
