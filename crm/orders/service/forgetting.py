"""What led from an order to a person goes; the order, its goods and its money stay."""

from collections.abc import Collection

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.orders import queries
from crm.orders.models import ShopOrder


def forget_person(session: Session, contact_ids: Collection[int]) -> None:
    """Empty what an order says of who gave it. Her identities are gone already.

    The mark of matching goes back with them: numbers of removed rows are given out again.
    """
    session.execute(
        update(ShopOrder)
        .where(ShopOrder.contact_id.in_(contact_ids))
        .values(
            external_hash=None,
            unionid_hash=None,
            phone_hash=None,
            phone_hint=None,
            content_hash="",
        )
        .execution_options(synchronize_session=False)
    )
    mark = queries.match_mark(session)
    if mark is not None:
        mark.identity_id = min(mark.identity_id, queries.newest_identity(session))
