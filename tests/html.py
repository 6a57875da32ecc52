"""A page of the product, parsed strictly, with the questions that tests ask."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

HIDDEN = {"script", "style", "template", "head"}
CONTROLS = {"input", "select", "textarea"}
SPACE = re.compile(r"\s+")


def parse(markup: str) -> Element:
    """Parse strictly: a slip that browsers forgive raises html5lib.html5parser.ParseError."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(markup)


def parse_fragment(markup: str) -> Element:
    """Parse a partial answer (htmx), strictly."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parseFragment(markup)


def text_of(element: Element) -> str:
    """Return the words of an element with white space collapsed."""
    return SPACE.sub(" ", "".join(_texts(element))).strip()


def _texts(element: Element) -> Iterator[str]:
    if element.tag not in HIDDEN:
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""


class Page:
    """One answered page."""

    def __init__(self, markup: str, *, fragment: bool = False) -> None:
        self.markup = markup
        self.root = parse_fragment(markup) if fragment else parse(markup)
        self.parents = {child: parent for parent in self.root.iter() for child in parent}

    @property
    def h1(self) -> str:
        return text_of(self.one("h1"))

    @property
    def title(self) -> str:
        return SPACE.sub(" ", self.one("title").text or "").strip()

    @property
    def text(self) -> str:
        """The words of the body, hidden words for screen readers included."""
        return " ".join(text_of(body) for body in self.all("body")) or text_of(self.root)

    def all(self, tag: str = "*", text: str | None = None, **attributes: str) -> list[Element]:
        """Return the elements of a tag with these attributes (`class_` matches one class)."""
        return [
            element
            for element in self.root.iter(None if tag == "*" else tag)
            if isinstance(element.tag, str)
            and (text is None or text_of(element) == text)
            and all(_has(element, name, value) for name, value in attributes.items())
        ]

    def one(self, tag: str = "*", text: str | None = None, **attributes: str) -> Element:
        found = self.all(tag, text, **attributes)
        assert len(found) == 1, f"{len(found)} of <{tag}> {text or ''} {attributes or ''}"
        return found[0]

    def link(self, name: str) -> str:
        """Return where the one link of this name leads."""
        targets = {link.get("href") for link in self.all("a", name)}
        assert len(targets) == 1, f"{len(targets)} links called {name}: {self.links}"
        return targets.pop() or ""

    @property
    def links(self) -> dict[str, str]:
        return {text_of(link): link.get("href", "") for link in self.all("a")}

    @property
    def buttons(self) -> list[str]:
        return [text_of(button) for button in self.all("button")]

    def role(self, role: str) -> list[str]:
        """Return the words of every element with this explicit role: status, alert, timer."""
        return [text_of(element) for element in self.all(role=role)]

    def form_of(self, button: str) -> Element:
        """Return the form that the button of this name sends."""
        element = self.one("button", button)
        if name := element.get("form"):
            return self.one("form", id=name)
        while element.tag != "form":
            element = self.parents[element]
        return element

    def fields(self, form: Element | None = None) -> dict[str, str | list[str]]:
        """Return what a form would send untouched: name to value (or a list)."""
        sent: dict[str, str | list[str]] = {}
        for control in (form if form is not None else self.root).iter():
            name = control.get("name")
            if control.tag not in CONTROLS or not name or "disabled" in control.attrib:
                continue
            for value in _values(control):
                before = sent.get(name)
                sent[name] = value if before is None else [*_listed(before), value]
        return sent


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _has(element: Element, name: str, value: str) -> bool:
    if name == "class_":
        return value in element.get("class", "").split()
    return element.get(name.rstrip("_").replace("_", "-")) == value


def _values(control: Element) -> list[str]:
    if control.tag == "textarea":
        return [(control.text or "").removeprefix("\n")]
    if control.tag == "select":
        options = list(control.iter("option"))
        chosen = [option for option in options if "selected" in option.attrib]
        chosen = chosen or ([] if "multiple" in control.attrib else options[:1])
        return [option.get("value", text_of(option)) for option in chosen]
    if control.get("type") in {"checkbox", "radio"}:
        return [control.get("value", "on")] if "checked" in control.attrib else []
    return [] if control.get("type") in {"submit", "button", "file"} else [control.get("value", "")]
