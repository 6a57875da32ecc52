"""What every page of the product must be; the page client asks for all of it on every answer."""

import re
from collections import Counter
from collections.abc import Callable
from xml.etree.ElementTree import Element

from tests.html import CONTROLS, Page, text_of

BRANDS = (" · 熟客", " · Shuke")
ERROR_PREFIXES = ("错误：", "Error: ")
UNNAMED = {"hidden", "submit", "button", "reset", "image"}
LEAKS = re.compile(r"⟦|\{\{|\}\}|\{%|\bNone\b|<[A-Za-z_.]+ object at")
SIZING = {"menu-panel", "toast"}  # components that give the buttons inside them their size


def problems(page: Page, *, skip: frozenset[str] = frozenset()) -> list[str]:
    """Return what is wrong with a whole page, rule by rule."""
    found: list[str] = []
    for rule in RULES:
        if rule.__name__ not in skip:
            found += [f"{rule.__name__}: {problem}" for problem in rule(page)]
    return found


def language(page: Page) -> list[str]:
    lang = page.one("html").get("lang")
    return [] if lang in {"zh-CN", "en"} else [f"lang is {lang!r}"]


def one_h1(page: Page) -> list[str]:
    headings = page.all("h1")
    return [] if len(headings) == 1 and text_of(headings[0]) else [f"{len(headings)} h1"]


def one_main(page: Page) -> list[str]:
    return [] if len(page.all("main")) == 1 else [f"{len(page.all('main'))} main"]


def title(page: Page) -> list[str]:
    if len(page.all("h1")) != 1:
        return []
    bare = page.title
    for prefix in ERROR_PREFIXES:
        bare = bare.removeprefix(prefix)
    fits = bare in {page.h1 + brand for brand in BRANDS}
    return [] if fits else [f"title {page.title!r} does not fit h1 {page.h1!r}"]


def unique_ids(page: Page) -> list[str]:
    counts = Counter(element.get("id") for element in page.all() if element.get("id"))
    return [f"id {name!r} {count} times" for name, count in counts.items() if count > 1]


def known_references(page: Page) -> list[str]:
    """Labels, descriptions and controlled regions name elements that exist."""
    ids = {element.get("id") for element in page.all()}
    return [
        f"{attribute}={name!r} leads nowhere"
        for element in page.all()
        for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form")
        for name in element.get(attribute, "").split()
        if name not in ids
    ]


def labelled_controls(page: Page) -> list[str]:
    labels = {label.get("for", "") for label in page.all("label") if text_of(label)}
    return [
        f"<{control.tag} name={control.get('name')!r}> has no label"
        for control in page.all()
        if control.tag in CONTROLS
        and control.get("type") not in UNNAMED
        and control.get("id", "no id") not in labels
        and not _named(control)
        and not _in_label(page, control)
    ]


def named_buttons(page: Page) -> list[str]:
    return [
        f"<{element.tag}> without words: {element.attrib}"
        for element in [*page.all("button"), *page.all("a"), *page.all("summary")]
        if not text_of(element) and not _named(element)
    ]


def _named(element: Element) -> bool:
    return bool(element.get("aria-label") or element.get("aria-labelledby") or element.get("title"))


def _in_label(page: Page, control: Element) -> bool:
    parent = page.parents.get(control)
    while parent is not None and parent.tag != "label":
        parent = page.parents.get(parent)
    return parent is not None and bool(text_of(parent))


def safe_forms(page: Page) -> list[str]:
    """A form that changes something names its address and carries the CSRF token."""
    found = []
    for form in page.all("form"):
        if not form.get("action"):
            found.append("form without an action")
        names = {field.get("name") for field in form.iter("input") if field.get("value")}
        if form.get("method", "get").lower() == "post" and "csrf_token" not in names:
            found.append(f"form {form.get('action')!r} without csrf_token")
    return found


def no_inline_code(page: Page) -> list[str]:
    found = [f"<{e.tag}> has style" for e in page.all() if "style" in e.attrib]
    found += [f"<{e.tag}> has {n}" for e in page.all() for n in e.attrib if str(n).startswith("on")]
    found += ["inline <style>" for _ in page.all("style")]
    data = {"application/json", "text/template"}
    inline = [s for s in page.all("script") if not s.get("src") and s.get("type") not in data]
    return found + ["inline <script>" for _ in inline]


def own_hosts_only(page: Page) -> list[str]:
    """Nothing a page shows is loaded from elsewhere."""
    loaded = [e.get("src") or "" for e in page.all() if e.get("src")]
    loaded += [e.get("href") or "" for e in page.all("link")]
    return [f"loads {url}" for url in loaded if re.match(r"(https?:)?//", url)]


def no_leaks(page: Page) -> list[str]:
    """No untranslated key, no template sign, no None among the words or in attributes."""
    words = [page.title, page.text]
    words += [
        element.get(name, "")
        for element in page.all()
        for name in ("alt", "aria-label", "placeholder", "title")
    ]
    return [
        f"{m.group()!r} in {text[max(0, m.start() - 30) : m.end() + 30]!r}"
        for text in words
        if (m := LEAKS.search(text))
    ]


def alternative_texts(page: Page) -> list[str]:
    return [
        f"img {image.get('src')} without alt"
        for image in page.all("img")
        if "alt" not in image.attrib
    ]


def tap_targets(page: Page) -> list[str]:
    """Buttons take their size from a component's class, their own or that of what holds them."""
    return [
        f"button {text_of(button)!r} has no component class"
        for button in page.all("button")
        if not button.get("class") and not _sized(page, button)
    ]


def _sized(page: Page, element: Element | None) -> bool:
    while element is not None and not SIZING & set(element.get("class", "").split()):
        element = page.parents.get(element)
    return element is not None


RULES: tuple[Callable[[Page], list[str]], ...] = (
    language,
    one_h1,
    one_main,
    title,
    unique_ids,
    known_references,
    labelled_controls,
    named_buttons,
    safe_forms,
    no_inline_code,
    own_hosts_only,
    no_leaks,
    alternative_texts,
    tap_targets,
)
