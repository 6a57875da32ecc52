"""Alerts and the routes by which they leave."""

from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict

from crm import clock
from crm.accounts.access import current_actor
from crm.accounts.rules import Permission
from crm.alerts import queries, service
from crm.alerts.queries import AlertRow
from crm.alerts.rules import COMPLAINT_KINDS
from crm.api.schemas.alerts import (
    AlertList,
    AlertOut,
    AlertQuery,
    RouteIn,
    RouteList,
    RouteOut,
    TestOut,
)
from crm.api.schemas.fields import ListQuery
from crm.api.views.base import calls_out, located, page_of, reads, resource, short_list, writes
from crm.integrations import queries as channels
from crm.integrations import service as integrations
from crm.integrations.forms import ChannelForm
from crm.integrations.rules import Verdict
from crm.integrations.views import send_test
from crm.stores.queries import visible_store
from crm.web.errors import problem
from crm.web.pages import decode_cursor, encode_cursor
from crm.web.session import db_session, extension, unit_of_work

bp = resource("alerts", "Alerts and alert routes")


def _shown(row: AlertRow) -> dict[str, Any]:
    alert = row.alert
    return {
        **{f: getattr(alert, f) for f in ("id", "level", "repeat", "state", "fire_at", "sent_at")},
        "complaint_id": alert.subject_id if alert.kind in COMPLAINT_KINDS else None,
        "recipient": row.recipient,
        "channel": row.channel_kind or "inbox",
        "acknowledged_at": row.acknowledged_at,
        "text": service.line(alert),
    }


@bp.get("/alerts")
@reads()
@bp.arguments(AlertQuery, location="query")
@bp.response(200, AlertList)
def index(query: dict[str, Any]) -> Any:
    """List the alerts of the token's person and of the channels of her stores, newest first."""
    before = decode_cursor(query["cursor"], int)[0] if query["cursor"] else None
    rows = queries.alert_page(
        db_session(),
        current_actor(),
        complaint_id=query["complaint_id"],
        state=query["state"],
        before=before,
        most=query["limit"] + 1,
    )
    page = page_of(rows, query["limit"], lambda row: encode_cursor(row.alert.id))
    return {**page, "items": [_shown(row) for row in page["items"]]}


@bp.post("/alerts/<int:alert_id>/acknowledge")
@writes()
@bp.response(200, AlertOut)
def acknowledge(alert_id: int) -> Any:
    """Say that the alert was read and somebody acts."""
    actor = current_actor()
    with unit_of_work() as session:
        alert = queries.visible_alert(session, alert_id, actor)
        service.acknowledge(session, alert, actor=actor, now=clock.now())
        row = queries.alert_row(session, alert.id)
    return _shown(row)


@bp.get("/alert-routes")
@reads(Permission.SETTINGS)
@bp.arguments(ListQuery, location="query")
@bp.response(200, RouteList)
def routes(query: dict[str, Any]) -> Any:
    """List the routes; addresses and secrets of robots are never shown."""
    return short_list(channels.channels(db_session()), query)


@bp.post("/alert-routes")
@writes(Permission.SETTINGS)
@bp.arguments(RouteIn)
@bp.response(201, RouteOut)
@bp.alt_response(404, "NOT_FOUND")
def add_route(body: dict[str, Any]) -> Any:
    """Add a route."""
    actor, store_id = current_actor(), body["store_id"]
    allowed = extension("gateways").allowed_hosts
    form = ChannelForm(_as_posted(body), allowed=allowed, stores={})
    if not form.validate():
        named = [{"field": f, "message": str(m)} for f, ms in form.errors.items() for m in ms]
        return problem(422, errors=named)
    if store_id is not None:
        visible_store(db_session(), store_id, actor)
    command = replace(form.to_command(), store_id=store_id)
    with unit_of_work() as session:
        route = integrations.add_channel(session, command, actor=actor, now=clock.now())
    return route, 201, located(f"/alert-routes/{route.id}")


def _as_posted(route: dict[str, Any]) -> MultiDict[str, str]:
    """Return a route as the settings page would post it, so that one form judges both."""
    single = {name: str(route[name]) for name in ("kind", "url", "secret", "address")}
    return MultiDict([*single.items(), *(("levels", str(level)) for level in route["levels"])])


@bp.post("/alert-routes/<int:route_id>/test")
@calls_out(Permission.SETTINGS)
@bp.response(200, TestOut)
def test_route(route_id: int) -> Any:
    """Send a test message now and answer what the other side said."""
    outcome = send_test(route_id)
    return {
        "delivered": outcome.verdict is Verdict.DELIVERED,
        "code": outcome.code,
        "detail": outcome.detail,
    }
