"""What the house asks of templates; functions over a folder of them."""

import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

BANNED = {
    "the filter safe": re.compile(r"\|\s*safe\b"),
    "autoescape switched off": re.compile(r"autoescape\s+false"),
    "an inline style": re.compile(r"\sstyle="),
    "an inline handler": re.compile(r"\son[a-z]+="),
    "a script in the page": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")"),
    "words outside the catalogues": re.compile(r"[\u4e00-\u9fff]"),
}
MACRO_MAX = 6
Problems = Iterator[str]


def templates(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*.html")):
        yield path.relative_to(folder).as_posix(), path.read_text("utf-8")


def parsed(folder: Path) -> Iterator[tuple[str, nodes.Template]]:
    environment = Environment(autoescape=True)
    for name, text in templates(folder):
        yield name, environment.parse(text)


def syntax(folder: Path) -> Problems:
    for name, text in templates(folder):
        try:
            Environment(autoescape=True).parse(text)
        except TemplateSyntaxError as error:
            yield f"{name}:{error.lineno} {error.message}"


def banned(folder: Path) -> Problems:
    """No way around escaping and the catalogues, nothing that the policy of the page forbids."""
    for name, text in templates(folder):
        bare = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
        bare = bare.replace("中文", "")  # the name of the language, in every language
        for what, pattern in BANNED.items():
            if pattern.search(bare) and not name.startswith("help/"):
                yield f"{name} has {what}"


def unused_imports(folder: Path) -> Problems:
    """What a template imports it uses."""
    for name, tree in parsed(folder):
        used = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
        for statement in tree.find_all(nodes.FromImport):
            for item in statement.names:
                known = item[1] if isinstance(item, tuple) else item
                if known not in used:
                    yield f"{name} imports {known} for nothing"
        for statement in tree.find_all(nodes.Import):
            if statement.target not in used:
                yield f"{name} imports {statement.target} for nothing"


def macros(folder: Path) -> Problems:
    """A macro with more than six parameters is two macros."""
    for name, tree in parsed(folder):
        for macro in tree.find_all(nodes.Macro):
            if len(macro.args) > MACRO_MAX:
                yield f"{name}: {macro.name} has {len(macro.args)} parameters"


def orphans(folder: Path, source: str) -> Problems:
    """Every template is rendered by code or used by another template."""
    referred = {other for _name, tree in parsed(folder) for other in _references(tree)}
    for name, _text in templates(folder):
        if name not in referred and f'"{name}"' not in source and not name.startswith("help/"):
            yield f"{name} is used nowhere"


def missing(folder: Path, source: str) -> Problems:
    """What code or another template names is there."""
    known = {name for name, _text in templates(folder)}
    wanted = {other for _name, tree in parsed(folder) for other in _references(tree)}
    wanted |= set(re.findall(r"render_template\(\s*\"([^\"]+)\"", source))
    yield from (f"{name} does not exist" for name in sorted(wanted - known))


def _references(tree: nodes.Template) -> set[str]:
    return {name for name in meta.find_referenced_templates(tree) if name is not None}
