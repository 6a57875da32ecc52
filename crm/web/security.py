"""Cookies, CSRF and headers.

CSRF and session
Decision (accepted): the session is a row, its opaque token the only content of an HttpOnly cookie;
every form carries a CSRF token; no inline script or style, hence a strict CSP without nonces.
Context: shops run Shuke on plain http in their own network, where `__Host-` cookies do not exist.
Consequences: the stricter cookie and HSTS are used where SHUKE_BASE_URL is https.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from flask import Flask, Request, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from crm import crypto
from crm.config import Settings

csrf = CSRFProtect()

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
KNOWN_MAX = 1024


class _PageSessions(SecureCookieSessionInterface):
    """Flask's own, but a cookie that comes again is not verified and read again.

    Only plain texts are remembered (language, key of the forms): they grant nothing, and what a
    request changes in a list would show in the next one.
    """

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        if (known := self._known.get(cookie)) is not None:
            return self.session_class(known)
        session = super().open_session(app, request)
        if session and all(isinstance(value, str) for value in session.values()):
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[cookie] = dict(session)
        return session


def init_app(app: Flask, settings: Settings) -> None:
    """Set keys, cookies, CSRF and headers."""
    app.session_interface = _PageSessions()
    https = settings.base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=crypto.derived_key("flask session"),
        SESSION_COOKIE_NAME="__Host-shuke-page" if https else "shuke-page",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        HTTPS=https,
    )
    csrf.init_app(app)
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.context_processor(lambda: {"csrf_token": csrf_token})
    app.after_request(_headers)
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]


def csrf_token() -> str:
    """Return the token of this browser's forms, signed once a process: it never runs out."""
    raw = session.get("csrf_token")
    return _signed(current_app.secret_key, raw) if raw else str(generate_csrf())


@lru_cache(maxsize=1024)
def _signed(_key: Any, _raw: str) -> str:
    return str(generate_csrf())


def _headers(response: Response) -> Response:
    has = {name.lower() for name, _value in response.headers}  # asked one by one they cost tenfold
    for name, value in _wanted_headers():
        if name.lower() not in has:
            response.headers.add(name, value)
    return response


def _wanted_headers() -> Iterator[tuple[str, str]]:
    yield from HEADERS.items()
    if current_app.config["HTTPS"]:
        yield "Strict-Transport-Security", "max-age=31536000"
        # On plain http browsers ignore it and say so as an error in every console.
        yield "Cross-Origin-Opener-Policy", "same-origin"
    if request.endpoint != "static":
        yield "Cache-Control", "no-store"


def _cookie_name() -> str:
    return "__Host-shuke" if current_app.config["HTTPS"] else "shuke"


def session_token() -> str | None:
    """Return the token of the browser's session cookie."""
    return request.cookies.get(_cookie_name())


def keep_session(response: Response, token: str, max_age: int) -> None:
    """Put the session token into the browser for `max_age` seconds."""
    response.set_cookie(
        _cookie_name(),
        token,
        max_age=max_age,
        secure=current_app.config["HTTPS"],
        httponly=True,
        samesite="Lax",
        path="/",
    )


def drop_session(response: Response) -> None:
    """Remove the session token from the browser."""
    response.delete_cookie(
        _cookie_name(), path="/", secure=current_app.config["HTTPS"], httponly=True, samesite="Lax"
    )
