"""What every template may use: words, formats, the product's time, parts rendered once.

Around the rows of the hottest page everything depends on few values, and rendering it was a fifth
of the request: `render_around` keeps it. Nothing is kept that is shown once, as a flashed message.
"""

import re
import secrets
from collections.abc import Callable, Hashable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, render_template, session
from flask.templating import Environment
from markupsafe import Markup, escape

from crm import clock, i18n
from crm.i18n import fmt

KEPT_MAX = 256
_MARK = secrets.token_hex(16)
"""Stands where something is filled in; nobody who writes a text can guess it."""
_HOLE = re.compile(f"{_MARK}-([a-z_]+);")
_pages: dict[Hashable, list[str]] = {}


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


def render_around(
    template: str, holes: Mapping[str, str | None], *, keep: bool = True, **values: Hashable
) -> str:
    """Return a page: `holes` are filled in every time, the rest is kept for the same values.

    A hole that is None stays None: the template may ask whether there is something to show.
    """
    if not keep or "_flashes" in session:
        return render_template(template, **values, **holes)
    context: dict[str, Any] = dict(values)
    current_app.update_template_context(context)
    filled = {name: escape(text) for name, text in holes.items() if text is not None}
    person = (context["locale"], context["frame"], context["csrf_token"]())
    key = (template, person, tuple(filled), *values.values())
    page = _pages.get(key)  # another thread may empty it at any time
    if page is None:
        marks = {name: f"{_MARK}-{name};" for name in (*filled, "served_at")}
        page = _HOLE.split(current_app.jinja_env.get_template(template).render(context, **marks))
        if len(_pages) >= KEPT_MAX:
            _pages.clear()
        _pages[key] = page
    filled["served_at"] = escape(clock.now().isoformat())
    return "".join([filled[part] if n % 2 else part for n, part in enumerate(page)])
