"""Stores."""

from typing import Any

from crm import clock
from crm.accounts.access import current_actor
from crm.accounts.rules import Permission
from crm.api.schemas.fields import ListQuery
from crm.api.schemas.people import StoreIn, StoreList, StoreOut
from crm.api.views.base import located, reads, resource, short_list, writes
from crm.i18n import _
from crm.stores import queries, service
from crm.stores.rules import CodeTaken, NewStore
from crm.web.errors import problem
from crm.web.session import db_session, unit_of_work

bp = resource("stores", "Stores")


@bp.get("/stores")
@reads()
@bp.arguments(ListQuery, location="query")
@bp.response(200, StoreList)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the stores that the token's person sees."""
    return short_list(queries.stores_in_scope(db_session(), current_actor()), query)


@bp.post("/stores")
@writes(Permission.SETTINGS)
@bp.arguments(StoreIn)
@bp.response(201, StoreOut)
def create(command: NewStore) -> Any:
    """Add a store."""
    try:
        with unit_of_work() as session:
            store = service.add_store(session, command, actor=current_actor(), now=clock.now())
    except CodeTaken:
        return problem(409, _("stores.code_taken"))
    return store, 201, located("/stores")
