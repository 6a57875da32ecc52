"""What every template may use: words, formats, the product's time, parts rendered once."""

from collections.abc import Callable, MutableMapping
from functools import lru_cache
from typing import Any

from flask import Flask
from flask.templating import Environment
from markupsafe import Markup

from crm import clock, i18n
from crm.i18n import fmt


class _Environment(Environment):
    """Gives templates their globals as a dict: a ChainMap is walked at every import of a macro."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


def init_app(app: Flask) -> None:
    """Register the globals of templates; the first to touch the application's environment."""
    app.jinja_environment = _Environment
    app.jinja_env.globals.update(_=i18n._, fmt=fmt, clock_now=clock.now, kept=kept)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def kept(macro: Callable[..., Markup], *values: Any) -> Markup:
    """Return what a macro says of these values, rendered once a process in each language.

    For parts that read nothing but these values: no request, no clock, no database.
    """
    return _kept(macro, i18n.get_locale(), values)


@lru_cache(maxsize=512)
def _kept(macro: Callable[..., Markup], _locale: str, values: tuple[Any, ...]) -> Markup:
    return macro(*values)
