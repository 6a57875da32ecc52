"""Files of orders: whose, how far, which one is next."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, undefer

from crm.accounts.models import Staff
from crm.accounts.rules import Actor
from crm.orders.models import OrderFile
from crm.orders.rules import FileState


def _own_files(actor: Actor) -> Any:
    """A file may hold the orders of all stores, so it is shown to whoever sees all, or sent it."""
    return True if actor.store_ids is None else OrderFile.uploaded_by == actor.id


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
            .where(_own_files(actor), *older)
            .order_by(OrderFile.id.desc())
            .limit(most)
        )
    )


def visible_file(session: Session, file_id: int, actor: Actor) -> OrderFile:
    """Return a file of the actor. Raises NoResultFound."""
    return session.scalars(
        select(OrderFile).where(OrderFile.id == file_id, _own_files(actor))
    ).one()


def file_for_update(session: Session, file_id: int, actor: Actor | None) -> OrderFile:
    """Return a file with its content, locked. Raises NoResultFound."""
    mine = () if actor is None else (_own_files(actor),)
    return session.scalars(
        select(OrderFile)
        .where(OrderFile.id == file_id, *mine)
        .options(undefer(OrderFile.content))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def next_file(session: Session) -> int | None:
    """Return the oldest file that was told to go and is not finished."""
    return session.scalar(
        select(OrderFile.id)
        .where(OrderFile.state.in_([FileState.WAITING, FileState.RUNNING]))
        .order_by(OrderFile.id)
        .limit(1)
    )


def old_previews(session: Session, *, before: datetime) -> list[OrderFile]:
    """Return files that nobody told to go."""
    return list(
        session.scalars(
            select(OrderFile)
            .where(OrderFile.state == FileState.PREVIEW, OrderFile.uploaded_at < before)
            .with_for_update()
        )
    )
