"""Pages of complaints: the board, one complaint, logging one, deadlines."""

from flask import Blueprint

bp = Blueprint("complaints", __name__)

from crm.complaints.views import board, case, deadlines, new  # noqa: E402, F401  they register
