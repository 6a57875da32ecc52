"""Pages about one person in every domain: who leaves, who is merged, who is forgotten."""

from flask import Blueprint

bp = Blueprint("lifecycle", __name__)

from crm.lifecycle.views import (  # noqa: E402  they register on bp
    handing,  # noqa: F401
    leaving,  # noqa: F401
    ledger,  # noqa: F401
    merging,  # noqa: F401
    privacy,  # noqa: F401
)
