"""The database session of a request.

Session as unit of work
Decision (accepted): a request reads through `db_session()` and writes inside one `unit_of_work()`;
there is no repository layer around SQLAlchemy.
Context: a Session already is identity map and unit of work; a second one hides the queries.
Consequences: opening a unit of work ends the reading transaction, so what is decided inside is
read inside; a view reads before its write or after the redirect. `whole_request()` makes all of
a request one transaction, where the answer itself must be kept with what it caused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app, g
from sqlalchemy.orm import Session, sessionmaker

from crm import db


def init_app(app: Flask, factory: sessionmaker[Session]) -> None:
    """Give the application its session factory."""
    app.extensions["session_factory"] = factory
    app.teardown_appcontext(_close)


def _factory() -> sessionmaker[Session]:
    return current_app.extensions["session_factory"]  # type: ignore[no-any-return]


def extension(name: str) -> Any:
    """Return what the application was given at its start, for example its gateways."""
    return current_app.extensions[name]


def db_session() -> Session:
    """Return this request's reading session; it ends with the request."""
    if "whole" in g:
        return g.whole  # type: ignore[no-any-return]
    if "session" not in g:
        g.session = db.reading_session(_factory())
    return g.session  # type: ignore[no-any-return]


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Open the writing transaction of this request: commits once, any exception rolls back."""
    if "whole" in g:
        with g.whole.begin_nested():
            yield g.whole
        return
    _close()
    with db.transaction(_factory()) as session:
        yield session


@contextmanager
def whole_request() -> Iterator[Session]:
    """Make one transaction of all reads and units of work inside the block."""
    _close()
    with db.transaction(_factory()) as session:
        g.whole = session
        try:
            yield session
        finally:
            del g.whole


def end_reading() -> None:
    """Let the reading session go; what reads next begins anew, also after a failed statement."""
    _close()


def _close(_error: BaseException | None = None) -> None:
    session = g.pop("session", None)
    if session is not None:
        db.end_reading(session)
