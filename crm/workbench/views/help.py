"""The user's guide: one page a question, one file a language. It needs no sign-in."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import public
from crm.complaints.service.scoring import figures
from crm.config import setting_names
from crm.i18n import catalogue, get_locale
from crm.integrations.formats.contact_files.columns import ALIASES
from crm.integrations.formats.tables.reading import FILE_BYTES_MAX, ROWS_MAX, SHEET_ROWS_MAX

bp = Blueprint("help", __name__)

JOB_WORDS = "help.job_"
LIMITS = {
    "megabytes": FILE_BYTES_MAX // 1024**2,
    "rows": ROWS_MAX,
    "sheet_rows": SHEET_ROWS_MAX,
}
"""Of a file that is brought in."""
PAGES = (
    "sign-in",
    "first-day",
    "log",
    "chat",
    "detection",
    "deadlines",
    "alerts",
    "attention",
    "albums",
    "imports",
    "orders",
    "lists",
    "glossary",
    "operations",
)


@bp.get("/help")
@public
def index() -> ResponseReturnValue:
    """Show the questions and the keys."""
    return render_template("help/index.html", pages=PAGES)


@bp.get("/help/<string:slug>")
@public
def show(slug: str) -> ResponseReturnValue:
    """Show the answer to one question."""
    if slug not in PAGES:
        abort(404)
    return render_template(
        f"help/{get_locale()}/{slug}.html",
        slug=slug,
        settings=setting_names(),
        jobs=_jobs(),
        figures=figures(),
        columns=ALIASES,
        limits=LIMITS,
    )


def _jobs() -> list[str]:
    """Return the names of the background jobs; a house test compares them with the worker's."""
    keys = (key.removeprefix(JOB_WORDS) for key in catalogue(get_locale()) if JOB_WORDS in key)
    return sorted(keys)
