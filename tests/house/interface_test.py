"""Style sheets, scripts and macros keep to what WeChat's browser and a careful reader can take."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from crm.config import ROOT
from crm.web.assets import BUNDLES

CSS = sorted((ROOT / "static" / "css").glob("*.css"))
JS = sorted((ROOT / "static" / "js").glob("*.js"))
PAGES = sorted((ROOT / "templates").rglob("*.html"))
MACROS = sorted((ROOT / "templates" / "components").glob("*.html"))

# What each pattern finds is unknown to Chromium 86 or iOS 14, the oldest browsers of WeChat that
# are served, or is kept out for zoom and for letters of any size. Beside it, an example.
TOO_NEW_CSS = {
    r":has\(": "a:has(b) {}",
    r":is\(": ":is(a, b) {}",
    r":where\(": ":where(a) {}",
    r":user-(in)?valid": "input:user-invalid {}",
    r"::backdrop|:popover-open|:modal": "dialog::backdrop {}",
    r"color-mix|light-dark\(|\b(ok)?l(ab|ch)\(|\bhwb\(": "a { color: oklch(1 0 0) }",
    r"\d[dsl]v[hw]\b|\d(vi|vb|cqw|cqh|lh|rlh)\b": "a { height: 100dvh }",
    r"(?<![-\w])inset(-\w+)*\s*:": "a { inset: 0 }",
    r"(margin|padding|border)-(inline|block)": "a { margin-inline: 1px }",
    r"(?<![-\w])(translate|rotate|scale|zoom)\s*:": "a { rotate: 1deg }",
    r"aspect-ratio\s*:": "a { aspect-ratio: 1 }",
    r"accent-color|text-wrap|scrollbar-gutter|field-sizing": "a { accent-color: red }",
    r"(view|scroll)-timeline|animation-timeline": "a { animation-timeline: scroll() }",
    r"overflow[-xy]*\s*:\s*clip": "a { overflow: clip }",
    r"subgrid": "a { grid-template-rows: subgrid }",
    r"@(layer|container|property|scope|starting-style)": "@layer a;",
    r"@media[^{]*[<>]": "@media (width > 9px) {}",
    r"[;{]\s*&|^[^@{}\s][^{}@]*{[^{}]*{": "a { .b { color: red } }",
    r"@import": '@import "a.css";',
    r"font-size:\s*\d+px": "a { font-size: 12px }",
    r"text-size-adjust:\s*none": "a { text-size-adjust: none }",
}
# The same of scripts; and what is missing without a secure context or refused by the pages' policy.
TOO_NEW_JS = {
    r"(^|[;{])\s*static\b": "class A { static b = 1; }",
    r"(?<![\w$])#[a-z]\w*\s*(=|;|\(|in\b)": "class A { #b = 1; }",
    r"^(const \w+ = )?await\b": "await fetch('/a');",
    r"^(import|export)\b": "import a from './a.js';",
    r"\.at\(": "[1].at(-1);",
    r"\.(findLast(Index)?|toSorted|toReversed|toSpliced|with|groupToMap)\(": "[1].toSorted();",
    r"Object\.(hasOwn|groupBy)\b|Map\.groupBy": "Object.hasOwn(a, 'b');",
    r"Array\.fromAsync|Promise\.(withResolvers|try)": "Promise.withResolvers();",
    r"structuredClone": "structuredClone(a);",
    r"AbortSignal\.(any|timeout)": "AbortSignal.timeout(9);",
    r"URL\.(canParse|parse)\b": "URL.canParse('a');",
    r"\.(isWellFormed|toWellFormed|checkVisibility|showModal|showPopover|setHTML)\(": (
        "node.showModal();"
    ),
    r"\bnew (\w*\.)?(WeakRef|FinalizationRegistry|URLPattern|EyeDropper)\b": "new WeakRef(a);",
    r"/[dgimsuy]*v[dgimsuy]*\.(test|exec)\(": "/a/v.test(b);",
    r"\(\?<[=!]": "/(?<=a)b/;",
    r"requestIdleCallback|startViewTransition": "requestIdleCallback(a);",
    r"replaceSync|adoptedStyleSheets": "sheet.replaceSync('');",
    r"scheduler\.|\bnavigation\.": "navigation.back();",
    r"error\.cause|\{ cause": "new Error('a', { cause: b });",
    r"requestSubmit": "form.requestSubmit();",
    r"randomUUID": "crypto.randomUUID();",
    r"serviceWorker": "navigator.serviceWorker;",
    r"\beval\(": "eval('1');",
    r"new Function": "new Function('1');",
    r"\.innerHTML": "node.innerHTML = '';",
}
TOO_NEW_HTML = {
    r"<dialog|<search[ >]|<selectlist": "<dialog open></dialog>",
    r"\s(popover|popovertarget|inert|fetchpriority|blocking)[=\s>]": "<div popover></div>",
    r"type=.module.": '<script type="module"></script>',
    r"<details[^>]*\sname=": '<details name="a"></details>',
}
OLD = """
a > b, .c::before { margin: 1px; transform: rotate(45deg); height: 100vh }
@media (min-width: 64rem) { .a { color: #fff } .b { padding: 0 } }
const go = async (a) => { await fetch("/a"); const found = [...a].find((one) => one?.b ?? 1); };
<details class="fold"><summary>a</summary></details>
"""
MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\((.*?)\)\s*-?%}")
MOST_PARAMETERS = 6


def _found(path: Path, patterns: Iterable[str]) -> list[str]:
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
    return [pattern for pattern in patterns if re.search(pattern, text, re.MULTILINE)]


@pytest.mark.parametrize("path", CSS, ids=lambda path: path.name)
def test_style_sheet_keeps_to_old_browsers(path: Path) -> None:
    assert _found(path, TOO_NEW_CSS) == []


@pytest.mark.parametrize("path", JS, ids=lambda path: path.name)
def test_script_keeps_to_old_browsers_and_insecure_pages(path: Path) -> None:
    assert _found(path, TOO_NEW_JS) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_page_keeps_to_old_browsers(path: Path) -> None:
    assert _found(path, TOO_NEW_HTML) == []


def test_what_is_looked_at_is_what_is_served() -> None:
    served = {(folder, name) for _kind, folder, names in BUNDLES.values() for name in names}
    assert served == {(path.parent.name, path.name) for path in CSS + JS}


@pytest.mark.parametrize("path", MACROS, ids=lambda path: path.name)
def test_macro_is_small_and_says_what_it_does(path: Path) -> None:
    text = path.read_text("utf-8")
    for name, parameters in MACRO.findall(text):
        assert len(parameters.split(",")) <= MOST_PARAMETERS, name
        assert re.search(rf"{{#\s*{name}\(", text), f"{name} has no sentence of its own"


@pytest.mark.parametrize(
    ("kind", "pattern", "example"),
    [
        (kind, pattern, example)
        for kind in (TOO_NEW_CSS, TOO_NEW_JS, TOO_NEW_HTML)
        for pattern, example in kind.items()
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_is_too_new_is_found_where_it_is_planted(
    tmp_path: Path, kind: dict[str, str], pattern: str, example: str
) -> None:
    planted = tmp_path / "planted"
    planted.write_text(f"{OLD}\n{example}\n", "utf-8")
    assert pattern in _found(planted, kind)
    planted.write_text(f"{OLD}\n", "utf-8")
    assert _found(planted, kind) == []
