"""A page whose surroundings are rendered once and kept; only what changes is filled in anew.

For the two hottest pages: around their rows everything depends on few values, and rendering it was
a fifth of the request. It keeps nothing that is shown once, such as a flashed message.
"""

import re
import secrets
from collections.abc import Hashable, Mapping
from typing import Any

from flask import current_app, render_template, session
from markupsafe import escape

from crm import clock
from crm.web.security import csrf_token

KEPT_MAX = 256
_MARK = secrets.token_hex(16)
"""Stands where something is filled in; nobody who writes a text can guess it."""
_HOLE = re.compile(f"{_MARK}-([a-z_]+);")
_kept: dict[Hashable, list[str]] = {}


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
    person = (context["locale"], context["frame"], csrf_token())
    key = (template, person, tuple(filled), *values.values())
    if key not in _kept:
        marks = {name: f"{_MARK}-{name};" for name in (*filled, "served_at")}
        _keep(key, current_app.jinja_env.get_template(template).render(context, **marks))
    filled["served_at"] = escape(clock.now().isoformat())
    page = _kept[key].copy()
    page[1::2] = [filled[name] for name in page[1::2]]
    return "".join(page)


def _keep(key: Hashable, page: str) -> None:
    if len(_kept) >= KEPT_MAX:
        _kept.clear()
    _kept[key] = _HOLE.split(page)
