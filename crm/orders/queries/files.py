"""Files of orders: whose, how far, which one is next."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.rules import Actor
from crm.integrations.queries import own_files
from crm.orders.models import OrderFile


def recent_files(
    session: Session, actor: Actor, *, before: int | None, most: int
) -> list[Row[Any]]:
    """Return the actor's files, newest first, without their content."""
    older = () if before is None else (OrderFile.id < before,)
    return list(
        session.execute(
            select(
                OrderFile.id,
                OrderFile.filename,
                OrderFile.uploaded_at,
                OrderFile.state,
                OrderFile.orders_count,
                OrderFile.done_count,
                OrderFile.errors_count,
                Staff.name.label("staff_name"),
            )
            .join(Staff, Staff.id == OrderFile.uploaded_by)
            .where(own_files(OrderFile, actor), *older)
            .order_by(OrderFile.id.desc())
            .limit(most)
        )
    )
