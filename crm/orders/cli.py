"""`shuke import orders`: takes a file from the shell by the same services as the page."""

from pathlib import Path

import click
from sqlalchemy.orm import Session, sessionmaker

from crm import clock
from crm.db import transaction
from crm.i18n import _, fmt
from crm.integrations.cli import (
    EXISTING,
    WRITABLE,
    exit_code,
    renames_of,
    unreadable,
    with_progress,
)
from crm.integrations.formats import shop_orders
from crm.integrations.formats.safe_csv import csv_bytes
from crm.orders import service
from crm.orders.rules import BATCH, NewOrder, Taken, channel_of, order_of_row
from crm.stores.queries import store_by_code

EXAMPLE = '{"column of the file": "订单号"}'


@click.command("orders")
@click.argument("file", type=EXISTING)
@click.option("--store", "code", metavar="CODE", help="The store whose orders these are.")
@click.option("--mapping", type=EXISTING, help='JSON: {"column of the file": "订单号", ...}.')
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@click.option("--errors", type=WRITABLE, help="Refused lines.")
@click.pass_context
def import_orders(
    context: click.Context,
    file: Path,
    code: str | None,
    mapping: Path | None,
    errors: Path | None,
    *,
    dry_run: bool,
) -> None:
    """Take the order export of a shop's back office (xlsx or csv).

    Exits 0 when all rows were taken, 3 when some were refused, 1 when none was taken.
    """
    factory: sessionmaker[Session] = context.obj
    content = _read(file, renames_of(mapping, EXAMPLE))
    orders = _orders(content, _store_id(factory, code))
    taken = Taken()
    batches = (orders[at : at + BATCH] for at in range(0, len(orders), BATCH))
    for batch in with_progress(batches, len(orders), "orders"):
        with transaction(factory) as session:
            if dry_run:
                taken += service.compare(session, batch)
            else:
                taken += service.take_orders(session, batch, actor=None, now=clock.now())
    if errors is not None:
        errors.write_bytes(_error_lines(content))
    click.echo(
        f"created {taken.created}, updated {taken.updated}, unchanged {taken.unchanged}, "
        f"unmatched {taken.unmatched}, unpaid {len(content.unpaid)}, refused {len(content.errors)}"
    )
    context.exit(exit_code(taken=len(orders), refused=len(content.errors)))


def _read(file: Path, renames: dict[str, str]) -> shop_orders.OrderFile:
    try:
        return shop_orders.read(file.read_bytes(), renames)
    except shop_orders.UnreadableFile as error:
        raise unreadable(error) from None


def _store_id(factory: sessionmaker[Session], code: str | None) -> int | None:
    if code is None:
        return None
    with factory() as session:
        store = store_by_code(session, code)
    if store is None:
        raise click.BadParameter(f"no store has the code {code}", param_hint="--store")
    return store.id


def _orders(content: shop_orders.OrderFile, store_id: int | None) -> list[NewOrder]:
    channel, zone = channel_of(content.layout), fmt.zone()
    return [
        order_of_row(row, channel=channel, store_id=store_id, zone=zone) for row in content.orders
    ]


def _error_lines(content: shop_orders.OrderFile) -> bytes:
    header = [_(f"orders.error_{name}") for name in ("line", "order", "column", "reason")]
    return csv_bytes(
        header,
        (
            (e.line_no, e.order_no, e.column, _(f"orders.problem.{e.problem.value}"))
            for e in content.errors
        ),
    )
