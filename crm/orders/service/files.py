"""A file of orders: looked at, told to go, taken in batches, let go.

Each batch commits with its place in the file, so a kill loses at most the batch under way, and
taking that one again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.i18n import fmt
from crm.integrations import queries as files
from crm.integrations.formats import shop_orders
from crm.integrations.rules.files import (
    FAILED_LIFE,
    FILENAME_MAX,
    PREVIEW_LIFE,
    FileState,
    check_transition,
)
from crm.integrations.service import pack, try_again, unpack
from crm.orders.models import OrderFile
from crm.orders.rules import (
    BATCH,
    ERRORS_KEPT,
    SAMPLE_ORDERS,
    NewOrder,
    OrderChannel,
    Taken,
    channel_of,
    order_of_row,
)
from crm.orders.service.taking import compare, take_orders

SEALED = "order file"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came, and what its sender said of it."""

    filename: str
    data: bytes
    store_id: int | None


def keep_file(
    session: Session, upload: Upload, file: shop_orders.OrderFile, *, actor: Actor, now: datetime
) -> OrderFile:
    """Keep a readable file for its preview, with what taking it would do."""
    channel = channel_of(file.layout)
    orders = _orders(file, channel, upload.store_id)
    expected = sum(
        (compare(session, orders[at : at + BATCH]) for at in range(0, len(orders), BATCH)), Taken()
    )
    row = OrderFile(
        filename=upload.filename[-FILENAME_MAX:],
        channel=channel,
        store_id=upload.store_id,
        uploaded_by=actor.id,
        uploaded_at=now,
        state=FileState.PREVIEW,
        content=pack(upload.data, purpose=SEALED),
        lines_count=file.lines_count,
        orders_count=len(orders),
        unpaid_count=len(file.unpaid),
        errors_count=len(file.errors),
        errors=[
            {"line": e.line_no, "order": e.order_no, "column": e.column, "problem": e.problem.value}
            for e in file.errors[:ERRORS_KEPT]
        ],
        sample=[
            {
                "order": order.order_no,
                "at": order.ordered_at.isoformat(),
                "product": order.lines[0].product if order.lines else "",
                "lines": len(order.lines),
                "paid_fen": order.paid_fen,
            }
            for order in orders[:SAMPLE_ORDERS]
        ],
    )
    _count(row, expected)
    session.add(row)
    session.flush()  # the page that follows has its id in the address
    return row


def start_file(session: Session, row: OrderFile, *, actor: Actor, now: datetime) -> None:
    """Let a file go. A short one is taken at once, a long one by the worker. IllegalTransition."""
    check_transition(row.state, FileState.WAITING)
    row.state = FileState.WAITING
    _count(row, Taken())
    record(
        session,
        "orders.file_started",
        subject=f"order_file:{row.id}",
        actor=actor,
        now=now,
        after={"orders": row.orders_count, "lines": row.lines_count},
    )
    if row.orders_count <= BATCH:
        take_batch(session, row, orders_of_file(row), now=now)


def take_again(session: Session, row: OrderFile, *, actor: Actor, now: datetime) -> None:
    """Let a file that failed go on. Raises IllegalTransition."""
    try_again(row)
    subject = f"order_file:{row.id}"
    record(session, "orders.file_retried", subject=subject, actor=actor, now=now)


def orders_of_file(row: OrderFile) -> list[NewOrder]:
    """Read the kept file again."""
    if row.content is None:
        return []
    return _orders(shop_orders.read(unpack(row.content, purpose=SEALED)), row.channel, row.store_id)


def take_batch(
    session: Session, row: OrderFile, orders: Sequence[NewOrder], *, now: datetime
) -> bool:
    """Take the next orders of a locked file; True when it is finished."""
    if row.state is FileState.DONE:
        return True
    row.state = FileState.RUNNING
    batch = orders[row.done_count : row.done_count + BATCH]
    taken = take_orders(session, batch, actor=None, now=now)
    _count(row, _counted(row) + taken)
    row.done_count += len(batch)
    if row.done_count < row.orders_count:
        return False
    row.state, row.finished_at, row.content = FileState.DONE, now, None
    return True


def expire_previews(session: Session, *, now: datetime) -> int:
    """Let go of files that nobody started or mended: they hold names and addresses."""
    old = files.old_files(
        session, OrderFile, previews_before=now - PREVIEW_LIFE, failed_before=now - FAILED_LIFE
    )
    for row in old:
        row.state, row.failure, row.content = FileState.EXPIRED, None, None
    return len(old)


def _orders(
    file: shop_orders.OrderFile, channel: OrderChannel, store_id: int | None
) -> list[NewOrder]:
    zone = fmt.zone()
    return [order_of_row(row, channel=channel, store_id=store_id, zone=zone) for row in file.orders]


def _count(row: OrderFile, taken: Taken) -> None:
    row.created_count, row.updated_count = taken.created, taken.updated
    row.unchanged_count, row.unmatched_count = taken.unchanged, taken.unmatched


def _counted(row: OrderFile) -> Taken:
    return Taken(row.created_count, row.updated_count, row.unchanged_count, row.unmatched_count)
