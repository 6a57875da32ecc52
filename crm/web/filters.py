"""What every template may use: words, formats, the product's time."""

from flask import Flask

from crm import clock, i18n
from crm.i18n import fmt


def init_app(app: Flask) -> None:
    """Register the globals of templates."""
    app.jinja_env.globals.update(_=i18n._, fmt=fmt, clock_now=clock.now)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
