"""Orders, loyalty, copy check."""

from typing import Any

from crm import clock
from crm.accounts.access import current_actor
from crm.accounts.rules import Permission
from crm.api.schemas.trade import CheckIn, CheckOut, LoyaltyOut, OrdersIn, TakenOut
from crm.api.views.base import reads, resource, writes
from crm.claims import queries as claims
from crm.contacts.queries import visible_contact
from crm.i18n import _
from crm.loyalty import queries as loyalty
from crm.orders import service as orders
from crm.orders.rules import UnknownContact
from crm.stores.queries import stores_in_scope
from crm.web.errors import problem
from crm.web.session import db_session, unit_of_work

bp = resource("trade", "Orders, loyalty, copy check")
NO_PURCHASES = {
    "tags": [],
    "orders_count": 0,
    "net_spent_fen": 0,
    "rfm": None,
    "rhythm": dict.fromkeys(("median_interval_days", "expected_next_on", "window", "state")),
    "next_category": None,
    "probability_90d": None,
}


@bp.post("/orders")
@writes(Permission.IMPORT_FILES)
@bp.arguments(OrdersIn)
@bp.response(200, TakenOut)
def take_orders(body: dict[str, Any]) -> Any:
    """Take orders; (channel, order_no) is the key, the same again changes nothing."""
    actor, rows = current_actor(), body["orders"]
    own = {store.id for store in stores_in_scope(db_session(), actor)}
    for index, row in enumerate(rows):
        if row.store_id is not None and row.store_id not in own:
            return _unknown(index, "store_id")
    try:
        with unit_of_work() as session:
            return orders.take_orders(session, rows, actor=actor, now=clock.now())
    except UnknownContact as error:
        return _unknown(error.index, "contact.id")


def _unknown(index: int, field: str) -> Any:
    message = _("api.not_found")
    return problem(422, errors=[{"field": f"orders.{index}.{field}", "message": message}])


@bp.get("/contacts/<int:contact_id>/loyalty")
@reads()
@bp.response(200, LoyaltyOut)
def show_loyalty(contact_id: int) -> Any:
    """Return tags with reasons, figures and rhythm of one contact."""
    session = db_session()
    contact = visible_contact(session, contact_id, current_actor())
    view = loyalty.loyalty_of(session, contact.id, now=clock.now())
    return NO_PURCHASES if view is None else _shown(view)


def _shown(view: loyalty.LoyaltyView) -> dict[str, Any]:
    window = view.window
    return {
        "tags": [{"name": t.tag, "reason": t.words} for t in view.tags],
        "orders_count": view.orders_count,
        "net_spent_fen": view.net_spent_fen,
        "rfm": {
            "recency_days": view.recency_days,
            "frequency": view.occasions,
            "monetary_fen": view.net_spent_fen,
            "score": None,
        },
        "rhythm": {
            "median_interval_days": view.median_interval_days,
            "expected_next_on": window.expected_on if window else None,
            "window": {"from_": window.from_on, "to": window.to_on} if window else None,
            "state": view.state,
        },
        "next_category": None,
        "probability_90d": view.probability_90d,
    }


@bp.post("/claims/check")
@reads()
@bp.arguments(CheckIn)
@bp.response(200, CheckOut)
def check_claims(body: dict[str, Any]) -> Any:
    """Check a text; it is not stored."""
    return {"findings": claims.checker(db_session())(body["text"], body["industry"])}
