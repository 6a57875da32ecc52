"""Pages about one person in every domain: who leaves, who is merged, who is forgotten."""

from flask import Blueprint

bp = Blueprint("lifecycle", __name__)

from crm.lifecycle.views import leaving, merging, privacy  # noqa: E402, F401  they register on bp
