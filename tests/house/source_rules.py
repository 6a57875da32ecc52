"""What the house asks of source text; pure functions over a folder, so that plants prove them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

FILE_MAX = 400
TEMPLATE_MAX = 200
FIXTURES_MAX = 150
FUNCTION_MAX = 50
VIEW_MAX = 20
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "crm",
    "migrations",
    "pyproject.toml",
    "requirements",
    "run.py",
    "static",
    "templates",
    "tests",
    "wsgi.py",
}
NOTES = {  # decision notes: module and the first words of the note
    "crm/__init__.py": ["Domain order"],
    "crm/db.py": ["SQLite and PostgreSQL", "Plain SQLAlchemy", "Text enums with CHECK"],
    "crm/web/session.py": ["Session as unit of work"],
    "crm/alerts/models.py": ["Alerts outbox"],
    "crm/clock.py": ["Time and calendars"],
    "crm/i18n/__init__.py": ["i18n"],
    "crm/web/security.py": ["CSRF and session"],
    "crm/worker.py": ["APScheduler in a separate process"],
    "crm/cli/copying.py": ["One form of backup for both databases"],
}
WHOLE_TABLES = {"crm/cli/copying.py"}  # of whatever revision: no model knows them
MARKUP = {"crm/workbench/views/rows.py"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
Problems = Iterator[str]


def modules(root: Path, *folders: str) -> Iterator[tuple[str, Path, ast.Module]]:
    for folder in folders or ("crm",):
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), path, ast.parse(path.read_text("utf-8"))


def commits(root: Path) -> Problems:
    """Only crm/db.py ends a transaction."""
    for name, _path, tree in modules(root):
        for call in _calls(tree):
            if name != "crm/db.py" and _attribute(call) in {"commit", "rollback"}:
                yield f"{name}:{call.lineno} {_attribute(call)}()"


def selects(root: Path) -> Problems:
    """Every select stands in queries."""
    for name, _path, tree in modules(root):
        if "/queries" in name or name.startswith("crm/demo/"):  # demo stands on the shell
            continue
        if name in WHOLE_TABLES:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy":
                yield from (
                    f"{name}:{node.lineno} select" for a in node.names if a.name == "select"
                )


def environment(root: Path) -> Problems:
    """Only crm/config.py reads the environment."""
    for name, _path, tree in modules(root):
        for node in ast.walk(tree):
            reads = isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
            if reads and name != "crm/config.py":
                yield f"{name}:{node.lineno} {node.attr}"


def markup(root: Path) -> Problems:
    """Markup is written in templates; a hot row may be written in one named file."""
    for name, _path, tree in modules(root):
        for call in _calls(tree):
            if isinstance(call.func, ast.Name) and call.func.id == "Markup" and name not in MARKUP:
                yield f"{name}:{call.lineno} Markup("


def unfinished(root: Path) -> Problems:
    for name, path, _tree in modules(root, "crm", "migrations", "tests"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if UNFINISHED.search(line) and name != "tests/house/source_rules.py":
                yield f"{name}:{number} {line.strip()}"


def mocks(root: Path) -> Problems:
    """Our own code is run, not imitated: fakes stand only for the outside."""
    for name, _path, tree in modules(root, "tests"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest"):
                yield f"{name}:{node.lineno} {node.module}"
            if isinstance(node, ast.Import):
                yield from (
                    f"{name}:{node.lineno} {alias.name}"
                    for alias in node.names
                    if alias.name.split(".")[0] in {"unittest", "mock"}
                )


def docstrings(root: Path) -> Problems:
    """Every module says what it is for."""
    for name, path, tree in modules(root, "crm"):
        if path.read_text("utf-8").strip() and not ast.get_docstring(tree):
            yield f"{name} has no docstring"


def sizes(root: Path) -> Problems:
    for name, path, _tree in modules(root, "crm", "tests"):
        limit = FIXTURES_MAX if name.endswith("conftest.py") else FILE_MAX
        yield from _too_long(name, path, limit)
    for path in sorted((root / "templates").rglob("*.html")):
        if "help" not in path.parts:
            yield from _too_long(path.relative_to(root).as_posix(), path, TEMPLATE_MAX)


def _too_long(name: str, path: Path, limit: int) -> Problems:
    lines = len(path.read_text("utf-8").splitlines())
    if lines > limit:
        yield f"{name} has {lines} lines, limit {limit}"


def function_sizes(root: Path) -> Problems:
    for name, _path, tree in modules(root):
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef):
                continue
            lines = (node.end_lineno or 0) - node.lineno + 1
            limit = VIEW_MAX if _is_route(node) else FUNCTION_MAX
            if lines > limit:
                yield f"{name}:{node.lineno} {node.name} has {lines} lines, limit {limit}"


def _is_route(function: ast.FunctionDef) -> bool:
    verbs = {"get", "post", "put", "patch", "delete", "route"}
    return any(isinstance(d, ast.Call) and _attribute(d) in verbs for d in function.decorator_list)


def notes(root: Path) -> Problems:
    """The decision notes stand where they govern and carry a status."""
    for name, titles in NOTES.items():
        text = ast.get_docstring(ast.parse((root / name).read_text("utf-8"))) or ""
        for title in titles:
            found = re.search(
                rf"^{re.escape(title)}\nDecision \((accepted|superseded)\)", text, re.MULTILINE
            )
            if found is None:
                yield f"{name} lacks the note {title!r} with its status"


def top_level(names: list[str]) -> Problems:
    """`names` are the tracked entries of the top folder."""
    yield from (f"unexpected: {name}" for name in sorted(set(names) - TOP_LEVEL))
    yield from (f"missing: {name}" for name in sorted(TOP_LEVEL - set(names)))


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _attribute(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


RULES = (
    commits,
    selects,
    environment,
    markup,
    unfinished,
    mocks,
    docstrings,
    sizes,
    function_sizes,
    notes,
)
