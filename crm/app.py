"""The WSGI application: wires blueprints, languages, errors and the frame. No logic.

It never starts a scheduler; the worker is a process of its own.
"""

from importlib import import_module

from flask import Flask, request
from flask import session as page_session
from flask_compress import Compress
from sqlalchemy.orm import Session, sessionmaker

from crm import clock, crypto, db, i18n, log
from crm.accounts.access import signed_in
from crm.accounts.rules import Forbidden
from crm.api import views as api
from crm.config import ROOT, Settings
from crm.contacts.rules import Forgotten
from crm.i18n import fmt
from crm.integrations import gateways
from crm.stores.queries import demo_offset
from crm.web import assets, errors, filters, pages, security, session
from crm.workbench.queries.frame import frame

BLUEPRINTS = (
    "crm.accounts.views",
    "crm.alerts.views",
    "crm.integrations.views",
    "crm.stores.views",
    "crm.albums.views",
    "crm.claims.views",
    "crm.campaigns.views",
    "crm.complaints.views",
    "crm.contacts.views",
    "crm.attention.views",
    "crm.orders.views",
    "crm.lifecycle.views",
    "crm.reports.views",
    "crm.workbench.views.groups",
    "crm.workbench.views.log",
    "crm.workbench.views.people",
    "crm.workbench.views.today",
    "crm.workbench.views.contact",
    "crm.workbench.views.inbox",
    "crm.workbench.views.settings",
    "crm.workbench.views.channels",
    "crm.workbench.views.audit",
    "crm.workbench.views.status",
    "crm.workbench.views.help",
    "crm.workbench.views.health",
)
UPLOAD_MAX = 50 * 1024 * 1024
"""Bytes of a request; an order file of 200,000 rows has about 40 MB."""
FORM_MAX = 4 * 1024 * 1024
"""Bytes of a form's fields: a pasted chat that is too long still comes back with its message."""


def create_app(settings: Settings, factory: sessionmaker[Session] | None = None) -> Flask:
    """Return the application over the settings' database, or over a factory given by tests."""
    settings.refuse_half()
    log.configure(settings.log_level)
    crypto.configure(settings.secret_key, settings.keys_now)
    fmt.configure(settings.timezone)
    app = Flask("crm", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.request_class = pages.TypedRequest
    app.config.update(MAX_CONTENT_LENGTH=UPLOAD_MAX, SEND_FILE_MAX_AGE_DEFAULT=3600)
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_MAX
    app.url_map.converters["int"] = pages.RowId
    factory = factory or db.make_factory(db.make_engine(settings.database_url))
    clock.set_offset(demo_offset(factory))
    session.init_app(app, factory)
    filters.init_app(app)
    app.before_request(_choose_language)  # first: a refusal speaks the visitor's language too
    security.init_app(app, settings)
    assets.init_app(app)
    errors.init_app(app, Forbidden, Forgotten)
    Compress(app)
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(name).bp)
    api.init_app(app)
    app.extensions["settings"] = settings
    app.extensions["gateways"] = gateways.build(
        allowed_hosts=settings.allowed_webhook_hosts, base_url=settings.base_url
    )
    app.context_processor(_frame)
    return app


def _choose_language() -> None:
    wanted = request.args.get("lang")
    if wanted in i18n.LOCALES:
        page_session["lang"] = wanted
    actor = signed_in() if "lang" not in page_session else None
    i18n.set_locale(page_session.get("lang") or (actor.locale if actor else "") or i18n.DEFAULT)


def _frame() -> dict[str, object]:
    return {
        "frame": frame(session.db_session(), signed_in(), request.path, now=clock.now()),
        "locale": i18n.get_locale(),
    }
