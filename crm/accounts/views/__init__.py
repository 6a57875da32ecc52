"""Pages about people: signing in, one's own display."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)

from crm.accounts.views import display, sign_in  # noqa: E402, F401  they register on bp
