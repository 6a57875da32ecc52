"""The database session of a request.

Session as unit of work
Decision (accepted): a request reads through `db_session()` and writes inside one `unit_of_work()`;
there is no repository layer around SQLAlchemy.
Context: a Session already is identity map and unit of work; a second one hides the queries.
Consequences: opening a unit of work ends the reading transaction, so what is decided inside is
read inside; a view reads before its write or after the redirect.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app, g
from sqlalchemy.orm import Session, sessionmaker

from crm import db


def init_app(app: Flask, factory: sessionmaker[Session]) -> None:
    """Give the application its session factory."""
    app.extensions["session_factory"] = factory
    app.teardown_appcontext(_close)


def _factory() -> sessionmaker[Session]:
    return current_app.extensions["session_factory"]  # type: ignore[no-any-return]


def db_session() -> Session:
    """Return this request's reading session; it ends with the request."""
    if "session" not in g:
        g.session = _factory()()
    return g.session  # type: ignore[no-any-return]


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Open the writing transaction of this request: commits once, any exception rolls back."""
    _close()
    with db.transaction(_factory()) as session:
        yield session


def _close(_error: BaseException | None = None) -> None:
    session = g.pop("session", None)
    if session is not None:
        session.close()
