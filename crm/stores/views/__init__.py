"""Pages about the shop: first use, stores, hours, team."""

from flask import Blueprint

bp = Blueprint("stores", __name__)

from crm.stores.views import calendar, hours, roster, setup, team, week  # noqa: E402, F401  they register on bp
