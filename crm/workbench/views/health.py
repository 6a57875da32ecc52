"""Whether the product is alive, for a supervisor or a load balancer."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import public
from crm.web.session import db_session
from crm.workbench.queries.frame import LATE_AFTER
from crm.workbench.queries.health import DatabaseDown, tick_age_seconds

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Answer 200 while the database answers and a worker ticked in the last 30 seconds."""
    try:
        age = tick_age_seconds(db_session(), now=clock.now())
    except DatabaseDown:
        return jsonify(status="database unreachable", tick_age_seconds=None), 503
    if age is None or age > LATE_AFTER.total_seconds():
        return jsonify(status="worker late", tick_age_seconds=age), 503
    return jsonify(status="ok", tick_age_seconds=round(age, 1))
