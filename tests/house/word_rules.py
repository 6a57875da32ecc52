"""What the house asks of words: both languages, every key used and known, the style of Chinese."""

import ast
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

CJK = r"[\u3400-\u9fff]"
KEY = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")
HALF_WIDTH = re.compile(rf"{CJK}\s*[,;:!?](?!\w)|[,;!?]\s*{CJK}|{CJK}\.(?:\s|$)")
CRAMPED = re.compile(rf"{CJK}[A-Za-z0-9]|[A-Za-z0-9%]{CJK}")
QUOTED = re.compile(r"[\"“「『(（][^\"”」』)）]*[\"”」』)）]")
# What is Chinese in both languages: the name of the language itself, the product, the shop's hosts.
FORMATS = "fmt."  # dates: months are numbers in one language and names in the other
CHINESE_NAMES = ("中文", "熟客")
Problems = Iterator[str]
Catalogue = dict[str, str]


def catalogue(folder: Path) -> Catalogue:
    """Return the messages of a language, without the product's own fallbacks."""
    found: Catalogue = {}
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            found |= {str(m.id): str(m.string) for m in read_po(file) if m.id}
    return found


def doubled(folder: Path) -> Problems:
    """A key stands once in a language, in the file of its domain."""
    lines = [
        (line[len('msgid "') : -1], path.stem)
        for path in sorted(folder.glob("*.po"))
        for line in path.read_text("utf-8").splitlines()
        if line.startswith('msgid "') and line != 'msgid ""'
    ]
    for key, count in Counter(key for key, _file in lines).items():
        if count > 1:
            yield f"{key} stands {count} times"


def parallel(zh: Catalogue, en: Catalogue) -> Problems:
    """Both languages say everything, with the same placeholders."""
    for key in sorted(set(zh) | set(en)):
        if not zh.get(key) or not en.get(key):
            yield f"{key} is missing in {'en' if zh.get(key) else 'zh'}"
        elif _placeholders(zh[key]) != _placeholders(en[key]) and not key.startswith(FORMATS):
            yield f"{key}: {_placeholders(zh[key])} in zh, {_placeholders(en[key])} in en"


def _placeholders(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def english(en: Catalogue) -> Problems:
    """English holds Chinese only as a quoted example or a name."""
    for key, text in en.items():
        bare = QUOTED.sub("", text)
        for name in CHINESE_NAMES:
            bare = bare.replace(name, "")
        if re.search(CJK, bare):
            yield f"{key}: {text}"


def chinese(zh: Catalogue) -> Problems:
    """Full-width punctuation, and a space between Chinese and Latin letters or digits."""
    for key, text in zh.items():
        bare = re.sub(r"\{[^}]*\}", " ", text)
        if found := HALF_WIDTH.search(bare) or CRAMPED.search(bare):
            yield f"{key}: {found.group()!r} in {text}"


def uses(root: Path) -> tuple[set[str], set[str]]:
    """Return the keys that code and templates name, and the patterns of those they put together."""
    keys: set[str] = set()
    patterns: set[str] = set()
    for path in (root / "crm").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "_l"}:
                _note(_python_pattern(node.args[0]), keys, patterns)
    environment = Environment(autoescape=True)
    for path in (root / "templates").rglob("*.html"):
        tree = environment.parse(path.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_" and call.args:
                for pattern in _template_patterns(call.args[0]):
                    _note(pattern, keys, patterns)
    return keys, patterns


def _note(pattern: str, keys: set[str], patterns: set[str]) -> None:
    (patterns if "*" in pattern else keys).add(pattern)


def _python_pattern(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values
        )
    return "*"


def _template_patterns(node: nodes.Node) -> list[str]:
    if isinstance(node, nodes.Const):
        return [str(node.value)]
    if isinstance(node, nodes.CondExpr):
        other = [node.expr2] if node.expr2 is not None else []
        return [p for part in [node.expr1, *other] for p in _template_patterns(part)]
    if isinstance(node, nodes.Concat):
        found = [""]
        for part in node.nodes:
            found = [before + after for before in found for after in _template_patterns(part)]
        return found
    return ["*"]


def unknown(keys: Iterable[str], patterns: Iterable[str], known: Catalogue) -> Problems:
    """What is shown must have words; a pattern must fit at least one key."""
    yield from (f"{key} has no words" for key in sorted(keys) if key not in known)
    for pattern in sorted(patterns):
        if not any(_fits(pattern, key) for key in known):
            yield f"{pattern} fits no key"


def dead(root: Path, keys: set[str], patterns: set[str], known: Catalogue) -> Problems:
    """Words that nothing shows. A key may also stand in a table of code or of a template."""
    text = "\n".join(
        path.read_text("utf-8")
        for folder, kind in (("crm", "*.py"), ("templates", "*.html"), ("static", "*.js"))
        for path in (root / folder).rglob(kind)
    )
    named = keys | set(re.findall(r"[\"']([a-z_]+(?:\.[a-z0-9_]+)+)[\"']", text))
    telling = {pattern for pattern in patterns | _put_together(root) if pattern.strip("*")}
    for key in sorted(known):
        if key not in named and not any(_fits(pattern, key) for pattern in telling):
            yield f"{key} is shown nowhere"


def _put_together(root: Path) -> set[str]:
    """Return the patterns of f-strings that look like keys, wherever they stand."""
    found = {
        _python_pattern(node)
        for path in (root / "crm").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.JoinedStr)
    }
    return {pattern for pattern in found if re.match(r"[a-z]+\.[a-z_.]*\*", pattern)}


def _fits(pattern: str, key: str) -> bool:
    return re.fullmatch(".+".join(map(re.escape, pattern.split("*"))), key) is not None
