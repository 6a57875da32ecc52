"""Whether the product is alive: for a supervisor or a load balancer, and counts for a monitor."""

from collections.abc import Iterable

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from crm import clock
from crm.accounts.access import current_actor, public, require_token
from crm.accounts.rules import Scope
from crm.web.session import db_session
from crm.workbench.queries.frame import LATE_AFTER
from crm.workbench.queries.health import Count, DatabaseDown, counts, tick_age_seconds

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


@bp.get("/metrics")
@require_token(Scope.READ)
def metrics() -> ResponseReturnValue:
    """Answer with counts as Prometheus reads them, to a read token."""
    found = counts(db_session(), current_actor(), now=clock.now())
    return Response(_exposed(found), content_type=CONTENT_TYPE_LATEST)


def _exposed(found: Iterable[Count]) -> bytes:
    registry, gauges = CollectorRegistry(), {}
    for name, labels, value in found:
        if name not in gauges:
            words = name.removeprefix("shuke_").replace("_", " ")
            gauges[name] = Gauge(name, words, labels.keys(), registry=registry)
        gauge = gauges[name].labels(**labels) if labels else gauges[name]
        gauge.set(value)
    return generate_latest(registry)
