"""Bad input of every kind into every form, body, search and file.

Never an error of the server, a message in the visitor's language, what was typed still there,
nothing written where it was refused, nobody's number in the log, no page spoilt by control signs.
"""

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from crm.accounts.rules import Role, Scope, fold_login
from crm.app import FORM_MAX
from crm.unseen import seen
from tests.html import Page
from tests.leaks.inputs import BODIES, FILES, PHONE, QUERIES, TAKEN, VALUES
from tests.leaks.requests import MORE_PAGES, api_bodies
from tests.leaks.routes import own_routes
from tests.leaks.visitor import Visitor
from tests.leaks.world import World

ERROR, REFUSED, CONFLICT, UNSIGNED, TOO_LARGE, OK = 500, 422, 409, 400, 413, 200
AREAS = (
    "/albums", "/campaigns", "/complaints/<", "/complaints/new", "/contacts", "/groups",
    "/incidents", "/log", "/settings/a", "/settings/c", "/settings/d", "/settings/h", "/settings/k",
    "/settings/r", "/settings/s", "/settings/t", "/settings/w",
)  # fmt: skip
"""The pages that hold forms to type into, in parts that take seconds each."""
TYPED = {"text", "number", "search", "tel", "url", "email", "date", "datetime-local", "time", None}
SPOILT = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]|&#0*(0|27|133);"
)
LANGUAGES = {"zh-CN": "zh", "en": "en"}
TWICE = ("坏 13912345678", "-5")


@dataclass(frozen=True)
class Form:
    """A form with one of its buttons: where it goes, what it holds, what a person types in it."""

    action: str
    fields: dict[str, Any]
    typed: list[str]

    def with_all(self, value: Any) -> dict[str, Any]:
        return {**self.fields, **dict.fromkeys(self.typed, value)}

    def in_language(self, language: str) -> str:
        return f"{self.action}{'&' if '?' in self.action else '?'}lang={LANGUAGES[language]}"


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


def _forms(both: World, visitor: Visitor, area: str) -> Iterator[Form]:
    """Give each form of the pages of an area, once for each of its buttons."""
    known = set()
    for route, path in own_routes(both, Role.OWNER, None, "GET"):
        if not route.rule.startswith(area):
            continue
        for more in ("", *MORE_PAGES.get(route.rule, ())):
            answer = visitor.get(path + more.format(**both.ours.ids))
            if answer.status_code != OK or answer.mimetype != "text/html":
                continue
            for form in _of_page(Page(answer.get_data(as_text=True)), path):
                name = (re.sub(r"\d+", "N", form.action), *form.fields, *form.typed)
                if name not in known:
                    known.add(name)
                    yield form


def _of_page(page: Page, path: str) -> Iterator[Form]:
    for form in page.all("form", method="post"):
        inputs = [one for one in form.iter("input") if one.get("type") in TYPED]
        controls = [one for one in [*inputs, *form.iter("textarea")] if not one.get("form")]
        typed = [name for name in (one.get("name") for one in controls) if name]
        buttons = [one for one in form.iter("button") if one.get("type", "submit") == "submit"]
        for button in buttons if typed else []:
            name, value = button.get("name"), button.get("value", "")
            action = button.get("formaction") or form.get("action") or path
            yield Form(action, page.fields(form) | ({name: value} if name else {}), typed)


def _plain(value: Any) -> str:
    """A value as a page shows it again: without what nobody sees, however it is spaced."""
    if isinstance(value, bytes):  # what is no text stays as it was sent
        value = "".join(chr(one) if one < 128 else f"%{one:02X}" for one in value)
    return " ".join(seen(value).split())


def _shown(page: Page) -> dict[str, set[str]]:
    """Return what stands in the fields of a page, by their names."""
    shown: dict[str, set[str]] = {}
    for one in page.all():
        if one.tag in {"input", "textarea"}:
            text = one.get("value", "") if one.tag == "input" else one.text or ""
            shown.setdefault(one.get("name", ""), set()).add(_plain(text))
    return shown


def _lost(answer: Any, form: Form, value: Any) -> Iterator[str]:
    shown = _shown(Page(answer.text))
    for name in form.typed:
        kept = _plain(fold_login(_plain(value)) if name == "login" else value)
        if kept not in shown.get(name, set()):
            yield f"what was typed into {name} is gone: {list(shown.get(name, ()))[:2]}"


def _unclear(answer: Any, language: str) -> Iterator[str]:
    page = Page(answer.text)
    if page.one("html").get("lang") != language:
        yield "another language"
    if not any(
        "field-error" in one.get("class", "") or one.get("role") == "alert" for one in page.all()
    ):
        yield "nothing says what is wrong"


def _wrong(answer: Any, form: Form, value: Any, language: str, *, wrote: bool) -> Iterator[str]:
    if answer.status_code >= ERROR:
        yield "an error of the server"
    elif answer.mimetype == "text/html" and SPOILT.search(answer.text):
        yield "signs that no page may hold"
    elif answer.status_code in {REFUSED, CONFLICT}:
        yield from _unclear(answer, language)
        yield from _lost(answer, form, value)
        yield from ["wrote"] if wrote else []
    elif answer.status_code == OK and not wrote:  # a first step, or a trial
        yield from _lost(answer, form, value)


@pytest.mark.parametrize("area", AREAS)
def test_nothing_typed_into_a_form_is_an_error(
    both: World, area: str, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    forms, wrong, refused, tried = list(_forms(both, visitor, area)), [], 0, 0
    for number, form in enumerate(forms):
        for kind, value in VALUES.items():
            language = list(LANGUAGES)[(number + tried) % 2]
            tried += 1
            with both.undone() as changes:
                answer = visitor.form(form.in_language(language), form.with_all(value))
                found = _wrong(answer, form, value, language, wrote=any(changes.rows()))
                where = f"{form.action} {kind} -> {answer.status_code}"
                wrong += [f"{where}: {one}" for one in found]
                refused += answer.status_code == REFUSED
    with capsys.disabled():
        print(f"\n{area}: {len(forms)} forms, {tried} bad inputs, {refused} refused")
    assert not wrong, "\n".join(wrong)
    assert refused >= len(forms) > 0
    assert PHONE not in log.getvalue()


def test_every_page_with_a_form_is_tried(both: World) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    for route, path in own_routes(both, Role.OWNER, None, "GET"):
        answer = visitor.get(path)
        if not route.rule.startswith(AREAS) and answer.mimetype == "text/html":
            assert not list(_of_page(Page(answer.text), path)), route.rule


def test_there_are_sixty_bad_inputs() -> None:
    told_apart = {str(value) for value in [*VALUES.values(), *QUERIES]}
    told_apart |= {str(one) for one in [*BODIES.values(), *FILES.values(), *TAKEN.values()]}
    assert len(told_apart) >= 60


@pytest.mark.parametrize("area", AREAS)
def test_field_that_comes_twice_is_no_error_and_shown_again(both: World, area: str) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    for form in _forms(both, visitor, area):
        twice = {name: [value, TWICE[1]] for name, value in form.fields.items() if value}
        twice |= {name: list(TWICE) for name in form.typed}
        with both.undone() as changes:
            answer = visitor.form(form.action, twice)
            assert answer.status_code < ERROR, form.action
            if answer.status_code == REFUSED:
                shown = _shown(Page(answer.text))
                assert all(TWICE[0] in "".join(shown[name]) for name in form.typed), form.action
                assert not any(changes.rows())


@pytest.mark.parametrize("name", FILES)
def test_file_that_cannot_be_taken_is_refused_with_a_reason(
    both: World, name: str, log: io.StringIO
) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    filename, data = FILES[name]
    for kind in ("contacts", "orders", "either") if name != "bomb" else ("either",):  # as both
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


@pytest.mark.parametrize("name", BODIES)
def test_body_that_cannot_be_read_is_a_problem_and_writes_nothing(both: World, name: str) -> None:
    visitor = both.visitor(both.person(Role.OWNER), Scope.WRITE)
    data, kind = BODIES[name]
    bodies = api_bodies(both.ours)
    for route, path in own_routes(both, Role.OWNER, Scope.WRITE, "POST", "PATCH"):
        needs_one = route.rule.removeprefix("/api/v1") in bodies
        with both.undone() as changes:
            answer = visitor.client.open(
                path, method=route.method, data=data, content_type=kind, headers=visitor.headers
            )
            assert answer.status_code < ERROR, path
            if needs_one:
                assert answer.status_code in {415, REFUSED}, (path, answer.status_code)
            if answer.status_code >= UNSIGNED:
                assert answer.content_type == "application/problem+json"
                assert not any(changes.rows())


@pytest.mark.parametrize("area", AREAS)
def test_form_without_its_own_token_writes_nothing_and_keeps_what_was_typed(
    both: World, area: str
) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    for form in _forms(both, visitor, area):
        typed = {name: f"坏 <b>{PHONE}\n{name}" for name in form.typed}
        for token in ("", "wrong", "." * 400):
            with both.undone() as changes:
                visitor.client.set_cookie("shuke", visitor.secret)
                sent = {**form.fields, **typed, "csrf_token": token}
                answer = visitor.client.post(form.action, data=sent)
                assert answer.status_code == UNSIGNED, form.action
                kept = _shown(Page(answer.text))[""]
                assert kept >= {_plain(one) for name, one in typed.items() if name != "secret"}
                assert not any(changes.rows())


@pytest.mark.parametrize("area", AREAS)
def test_form_of_an_older_version_keeps_what_was_typed(both: World, area: str) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    for form in _forms(both, visitor, area):
        if "version" not in form.fields:
            continue
        with both.undone() as changes:
            sent = {**form.with_all("老客 <b>"), "version": "0"}
            answer = visitor.form(form.action, sent)
            if answer.status_code in {REFUSED, CONFLICT}:
                shown = set().union(*_shown(Page(answer.text)).values())
                assert "老客 <b>" in shown, (form.action, answer.status_code)
                assert not any(changes.rows())


@pytest.mark.parametrize("path", ["/log", "/contacts/new", "/complaints/new"])
def test_form_that_is_too_large_is_refused_in_words(both: World, path: str) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    with both.undone() as changes:
        visitor.client.set_cookie("shuke", visitor.secret)
        parts = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n%b\r\n--x--\r\n'
        answer = visitor.client.post(
            path,
            data=parts % (b"a" * (FORM_MAX + 1)),
            content_type="multipart/form-data; boundary=x",
        )
        assert answer.status_code == TOO_LARGE
        assert Page(answer.text).h1
        assert not any(changes.rows())


def test_another_method_is_refused(both: World) -> None:
    visitor = both.visitor(both.person(Role.OWNER))
    for route, path in own_routes(both, Role.OWNER, None, "POST"):
        if route.rule.startswith(AREAS):
            with both.undone() as changes:
                assert visitor.json("PUT", path, {}).status_code in {400, 405}, path
                assert not any(changes.rows())
