"""The page client: every page that a test looks at is checked as a page.

`page.get(path)` and `page.post(path, data)` refuse an unexpected status, markup that is not valid
HTML5, and everything in `tests.page_rules`; they count the statements of the request too. What a
test cannot keep it names in `skip`, for that one call.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from crm import clock
from crm.accounts import service as accounts
from crm.accounts.models import Staff
from tests.html import Page
from tests.page_rules import problems

QUERY_LIMIT = 12
NOT_COUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")
Data = Mapping[str, Any]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements that run inside the block, without transaction control."""
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(NOT_COUNTED):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


class PageClient:
    """A browser without a screen, for one person at a time."""

    def __init__(self, app: Flask, engine: Engine, session: Session) -> None:
        self.app = app
        self.engine = engine
        self.session = session
        self.client = app.test_client()
        self.response: TestResponse
        self.statements: list[str] = []

    def sign_in(self, staff: Staff) -> None:
        """Go on as this person, whoever was signed in before."""
        token = accounts.start_session(self.session, staff, now=clock.now())
        self.session.flush()  # the app reads through a session of its own on this connection
        self.client.set_cookie("shuke", token)

    def sign_out(self) -> None:
        self.client.delete_cookie("shuke")

    def get(
        self,
        path: str,
        status: int = 200,
        *,
        queries: int = QUERY_LIMIT,
        skip: tuple[str, ...] = (),
        fragment: bool = False,
        headers: Data | None = None,
        **query: Any,
    ) -> Page:
        """Get a page and check it. For a redirect the page is that of `Location`, not fetched."""
        self._send("GET", path, queries=queries, query_string=query or None, headers=headers)
        return self._page(status, skip, fragment=fragment)

    def post(
        self,
        path: str,
        data: Data | None = None,
        status: int = 303,
        *,
        queries: int = 3 * QUERY_LIMIT,
        skip: tuple[str, ...] = (),
        follow: bool = False,
        fragment: bool = False,
        headers: Data | None = None,
        csrf: bool = True,
    ) -> Page:
        """Send a form with its CSRF token. `follow` goes where a 303 leads and checks that page."""
        sent = {"csrf_token": self.csrf_token(), **(data or {})} if csrf else dict(data or {})
        self._send("POST", path, queries=queries, data=sent, headers=headers)
        page = self._page(status, skip, fragment=fragment)
        return self.get(self.location) if follow else page

    def submit(self, page: Page, button: str, status: int = 303, **changed: Any) -> Page:
        """Press the button of a page: its form is sent with what it holds, but for `changed`."""
        form = page.form_of(button)
        pressed = page.one("button", button)
        data: dict[str, Any] = {**page.fields(form), **changed}
        if name := pressed.get("name"):
            data.setdefault(name, pressed.get("value", ""))
        data.pop("csrf_token", None)
        return self.post(pressed.get("formaction") or form.get("action") or "", data, status)

    @property
    def location(self) -> str:
        return self.response.headers["Location"]

    def csrf_token(self) -> str:
        """Return a token that belongs to this browser's cookie."""
        with self.client.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", "0" * 40)
        signer = URLSafeTimedSerializer(self.app.config["SECRET_KEY"], salt="wtf-csrf-token")
        return str(signer.dumps(raw))

    def _send(self, method: str, path: str, *, queries: int, **options: Any) -> None:
        self.session.flush()  # what the test made must be there
        with counted(self.engine) as self.statements:
            self.response = self.client.open(path, method=method, **options)
            self.response.get_data()
        self.response.close()
        self.session.expire_all()  # what the request changed must be read anew
        listing = "\n".join(self.statements)
        assert len(self.statements) <= queries, f"{len(self.statements)} statements:\n{listing}"

    def _page(self, status: int, skip: tuple[str, ...], *, fragment: bool) -> Page:
        body = self.response.get_data(as_text=True)
        assert self.response.status_code == status, f"{self.response.status}\n{body[:3000]}"
        if status in {204, 286} or 300 <= status < 400 or self.response.mimetype != "text/html":
            return Page("", fragment=True)
        page = Page(body, fragment=fragment)
        found = [] if fragment else problems(page, skip=frozenset(skip))
        assert not found, "\n".join(found)
        return page
