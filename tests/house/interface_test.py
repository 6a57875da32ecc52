"""Style sheets, scripts and macros keep to what WeChat's browser and a careful reader can take."""

import re
from pathlib import Path

import pytest

from crm.config import ROOT

CSS = sorted((ROOT / "static" / "css").glob("*.css"))
JS = sorted((ROOT / "static" / "js").glob("*.js"))
MACROS = sorted((ROOT / "templates" / "components").glob("*.html"))

# Unknown to Chromium 86 or iOS 14, or kept out for zoom and for letters of any size.
TOO_NEW_CSS = (
    r":has\(",
    r":is\(",
    r":where\(",
    r"color-mix",
    r"\b\d*dvh",
    r"(?<![-\w])inset\s*:",
    r"(margin|padding)-inline",
    r"@layer",
    r"@container",
    r"@import",
    r"font-size:\s*\d+px",
    r"text-size-adjust:\s*none",
)
# Missing without a secure context, or refused by the pages' policy.
TOO_NEW_JS = (
    r"randomUUID",
    r"serviceWorker",
    r"\beval\(",
    r"new Function",
    r"\.innerHTML",
    r"requestSubmit",
)
MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\((.*?)\)\s*-?%}")
MOST_PARAMETERS = 6


def _found(path: Path, patterns: tuple[str, ...]) -> list[str]:
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
    return [pattern for pattern in patterns if re.search(pattern, text)]


@pytest.mark.parametrize("path", CSS, ids=lambda path: path.name)
def test_style_sheet_keeps_to_old_browsers(path: Path) -> None:
    assert _found(path, TOO_NEW_CSS) == []


@pytest.mark.parametrize("path", JS, ids=lambda path: path.name)
def test_script_keeps_to_insecure_pages(path: Path) -> None:
    assert _found(path, TOO_NEW_JS) == []


@pytest.mark.parametrize("path", MACROS, ids=lambda path: path.name)
def test_macro_is_small_and_says_what_it_does(path: Path) -> None:
    text = path.read_text("utf-8")
    for name, parameters in MACRO.findall(text):
        assert len(parameters.split(",")) <= MOST_PARAMETERS, name
        assert re.search(rf"{{#\s*{name}\(", text), f"{name} has no sentence of its own"


def test_checks_find_what_they_look_for(tmp_path: Path) -> None:
    new = tmp_path / "new.css"
    new.write_text("a:has(b) { inset: 0; margin-inline: 1px; font-size: 12px }", "utf-8")
    assert len(_found(new, TOO_NEW_CSS)) == 4
