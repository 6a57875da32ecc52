"""The floor of a page: the same SQL on a bare driver, rows as f-strings, the same bytes.

The statements are those that the page itself sends, seen at the driver; nothing is left out and
nothing is added. Around the rows stand as many ready bytes as the page has.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, event

from tests.benchmarks.shop import Shop
from tests.client import NOT_COUNTED

Asked = list[tuple[str, Any]]
_open: list[Connection] = []


def asked_of(shop: Shop, path: str) -> Asked:
    """Return the statements of a request with their parameters, as the driver gets them."""
    found: Asked = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith(NOT_COUNTED):
            found.append((statement, parameters))

    event.listen(shop.engine, "before_cursor_execute", note)
    try:
        shop.request(path)()
    finally:
        event.remove(shop.engine, "before_cursor_execute", note)
    return found


def runner(shop: Shop, path: str) -> Callable[[], bytes]:
    """Return the floor of a page as a runner; its connection stays open until the process ends."""
    asked = asked_of(shop, path)
    size = len(shop.request(path)())
    connection = _connection_of_its_own(shop)
    application = _application(connection, asked, size)
    headers: list[Any] = []

    def start_response(status: str, given: Any) -> None:
        headers[:] = [status, given]

    def run() -> bytes:
        return b"".join(application({}, start_response))

    if len(run()) != size:
        raise RuntimeError(f"the floor of {path} has other bytes than the page")
    return run


def _connection_of_its_own(shop: Shop) -> Any:
    """Return the driver's: the pool must not give it to the page too; no transaction around it."""
    held = shop.engine.execution_options(isolation_level="AUTOCOMMIT").connect()
    _open.append(held)
    return held.connection.driver_connection


def _application(connection: Any, asked: Asked, size: int) -> Callable[[Any, Any], list[bytes]]:
    html = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(size))]
    measured = _rows(_answers(connection, asked))
    around = "x" * (size - len(measured.encode()))

    def application(_environ: Any, start_response: Any) -> list[bytes]:
        rows = _rows(_answers(connection, asked))
        start_response("200 OK", html)
        return [f"{around}{rows}".encode()]

    return application


def _answers(connection: Any, asked: Asked) -> list[list[Any]]:
    cursor = connection.cursor()
    return [cursor.execute(statement, values).fetchall() for statement, values in asked]


def _rows(answers: list[list[Any]]) -> str:
    """The list of the page: the longest answer, one item a row."""
    longest = max(answers, key=len)
    return "".join(
        f'<li class="row"><a href="/contacts/{r[0]}">{r[1]}</a>{r[2]}</li>' for r in longest
    )
