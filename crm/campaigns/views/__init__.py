"""Pages of repurchase lists: all of them, the four steps of one, issuing and exporting."""

from flask import Blueprint

bp = Blueprint("campaigns", __name__)

from crm.campaigns.views import leaving, lists, steps  # noqa: E402, F401  they register on bp
