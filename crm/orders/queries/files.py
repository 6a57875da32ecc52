"""Files that came in, of orders and of customers: whose, how far."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.rules import Actor
from crm.contacts.models import ContactFile
from crm.db import UtcDateTime
from crm.integrations.queries import own_files
from crm.orders.models import OrderFile

_COUNTED: dict[str, tuple[Any, str]] = {
    "contacts": (ContactFile, "lines_count"),
    "orders": (OrderFile, "orders_count"),
}


def recent_files(
    session: Session, actor: Actor, *, before: tuple[datetime, str, int] | None, most: int
) -> list[Row[Any]]:
    """Return the actor's files of every kind, newest first, without their content."""
    parts: list[Any] = [
        select(
            literal(kind).label("kind"),
            model.id,
            model.filename,
            model.uploaded_at,
            model.state,
            getattr(model, count).label("count"),
            Staff.name.label("staff_name"),
        )
        .join(Staff, Staff.id == model.uploaded_by)
        .where(own_files(model, actor))
        for kind, (model, count) in _COUNTED.items()
    ]
    files = union_all(*parts).subquery().c
    wanted = select(*files)
    if before is not None:
        at, kind, file_id = before
        place = tuple_(literal(at, UtcDateTime), literal(kind), literal(file_id))
        wanted = wanted.where(tuple_(files.uploaded_at, files.kind, files.id) < place)
    latest = wanted.order_by(files.uploaded_at.desc(), files.kind.desc(), files.id.desc())
    return list(session.execute(latest.limit(most)))
