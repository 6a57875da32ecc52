"""Words of the interface in Chinese and English, with or without a web request.

i18n
Decision (accepted): messages have keys as ids; Chinese is the source; catalogues are one .po pair
a domain, read with Babel when a process starts. The locale is a context variable.
Context: the worker and the shell speak too, so words must not need Flask.
Consequences: no compiled files lie in the repository; placeholders are `{name}`, filled by
`str.format` from keyword arguments only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from babel.support import LazyProxy

LOCALES = ("zh", "en")
DEFAULT = "zh"
FOLDER = Path(__file__).resolve().parent.parent / "translations"

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT)


@lru_cache
def catalogue(locale: str) -> dict[str, str]:
    """Return all messages of a locale: key to text."""
    messages: dict[str, str] = {}
    for path in sorted((FOLDER / locale).glob("*.po")):
        with path.open("rb") as file:
            messages |= {
                str(m.id): str(m.string) for m in read_po(file, locale=locale) if m.id and m.string
            }
    return messages


def get_locale() -> str:
    """Return the language in use here: `zh` or `en`."""
    return _locale.get()


def set_locale(locale: str) -> None:
    """Set the language of this request or process."""
    _locale.set(locale if locale in LOCALES else DEFAULT)


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Speak another language inside the block, for example a recipient's."""
    token = _locale.set(locale if locale in LOCALES else DEFAULT)
    try:
        yield
    finally:
        _locale.reset(token)


def _(key: str, **values: Any) -> str:
    """Return the message of a key in the language in use; an unknown key shows as ⟦key⟧."""
    text = catalogue(_locale.get()).get(key)
    if text is None:
        return f"⟦{key}⟧"  # the page client of the tests refuses this mark
    return text.format(**values) if values else text


def _l(key: str, **values: Any) -> Any:
    """Return a message that is looked up when it is shown; for form fields."""
    return LazyProxy(_, key, enable_cache=False, **values)
