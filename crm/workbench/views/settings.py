"""The list of settings sections that the signed-in person may open."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import may, require
from crm.accounts.rules import Permission

bp = Blueprint("settings", __name__)

SECTIONS = (
    ("display", "/settings/display", Permission.SEE),
    ("deadlines", "/settings/deadlines", Permission.SETTINGS),
    ("hours", "/settings/hours", Permission.SETTINGS),
    ("calendar", "/settings/calendar", Permission.SETTINGS),
    ("roster", "/settings/roster", Permission.ROSTER_TEMPLATES),
    ("attention", "/settings/attention", Permission.SETTINGS),
    ("alerts", "/settings/alerts", Permission.SETTINGS),
    ("rules", "/settings/rules", Permission.SETTINGS),
    ("words", "/settings/words", Permission.SETTINGS),
    ("templates", "/settings/templates", Permission.ROSTER_TEMPLATES),
    ("team", "/settings/team", Permission.ADMINISTER),
    ("stores", "/settings/stores", Permission.SETTINGS),
    ("data", "/settings/data", Permission.IMPORT_FILES),
    ("keeping", "/settings/keeping", Permission.ADMINISTER),
    ("audit", "/audit", Permission.ADMINISTER),
    ("status", "/status", Permission.SEE_STATUS),
)


@bp.get("/settings")
@require(Permission.SEE)
def index() -> ResponseReturnValue:
    """Show the sections."""
    sections = [(name, path) for name, path, permission in SECTIONS if may(permission)]
    return render_template("workbench/settings.html", sections=sections)
