"""Pages of complaints: board, one complaint, logging one, tasks, texts, deadlines, incidents."""

from flask import Blueprint

bp = Blueprint("complaints", __name__)

from crm.complaints.views import (  # noqa: E402, F401  they register
    board,
    case,
    closing,
    deadlines,
    detection,
    explain,
    incidents,
    keeping,
    ladder,
    new,
    periods,
    suspected,
    table,
    tasks,
    wording,
)
