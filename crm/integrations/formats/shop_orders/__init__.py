"""Order exports of a shop's back office: bytes in, frozen order rows out.

The export has one row per product line and repeats the order's money on each of them, so money is
taken once per order number. An order with one bad line is refused whole, with the line and the
reason: half an order would be wrong in every figure. Youzan's order-level export reads as well;
its line-level export has no order money and is refused by its missing columns.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, TypeVar

from crm.integrations.formats.shop_orders.columns import ORDER_NO, UNPAID, Columns, locate
from crm.integrations.formats.shop_orders.rows import (
    ORDER_NO_MAX,
    PRODUCT_MAX,
    LineRow,
    OrderFile,
    OrderRow,
    Problem,
    RowError,
)
from crm.integrations.formats.shop_orders.template import template
from crm.integrations.formats.tables import (
    Cell,
    FileProblem,
    UnreadableCell,
    UnreadableFile,
    cells,
    read_table,
)

__all__ = [
    "FileProblem",
    "LineRow",
    "OrderFile",
    "OrderRow",
    "Problem",
    "RowError",
    "UnreadableFile",
    "read",
    "template",
]

T = TypeVar("T")
Row = tuple[int, dict[str, Cell]]


class _UnreadableLine(Exception):
    """One line of an order cannot be read."""

    def __init__(self, line_no: int, column: str, problem: Problem) -> None:
        super().__init__(problem.value)
        self.line_no, self.column, self.problem = line_no, column, problem


def read(stream: BinaryIO | bytes, renames: Mapping[str, str] | None = None) -> OrderFile:
    """Read a whole export. The bytes decide the format, never the file's name.

    `renames` maps a column of a shop's own sheet to the name that the export gives it.
    """
    stream = io.BytesIO(stream) if isinstance(stream, bytes) else stream
    table = read_table(stream, landmarks={ORDER_NO}, renames=renames)
    columns = locate(table.header)
    if missing := columns.missing():
        raise UnreadableFile(FileProblem.NO_HEADER, missing=missing)
    reader = _Reader(columns)
    orders, lines_count = _by_order(table.rows, columns, reader.errors)
    for order_no, rows in orders.items():
        reader.take(order_no, rows)
    return OrderFile(
        layout=columns.layout,
        encoding=table.encoding,
        lines_count=lines_count,
        orders=tuple(reader.orders),
        unpaid=tuple(reader.unpaid),
        errors=tuple(sorted(reader.errors, key=lambda error: error.line_no)),
    )


def _by_order(
    numbered: Iterator[tuple[int, tuple[Cell, ...]]], columns: Columns, errors: list[RowError]
) -> tuple[dict[str, list[Row]], int]:
    """Rows under their order number, in the order of the file; a row repeated whole counts once."""
    orders: dict[str, list[Row]] = {}
    seen: set[int] = set()
    lines_count = 0
    for line_no, whole in numbered:
        lines_count += 1
        row = columns.pick(whole)
        try:
            order_no = _order_no(row.get("order_no"))
        except UnreadableCell as error:
            errors.append(RowError(line_no, "", ORDER_NO, Problem(error.problem)))
            continue
        fingerprint = hash(whole)
        if fingerprint not in seen:
            seen.add(fingerprint)
            orders.setdefault(order_no, []).append((line_no, row))
    return orders, lines_count


def _order_no(cell: Cell) -> str:
    order_no = cells.identifier(cell)
    if not order_no:
        raise UnreadableCell(Problem.NO_ORDER_NO)
    if len(order_no) > ORDER_NO_MAX:
        raise UnreadableCell(Problem.ORDER_NO_TOO_LONG)
    return order_no


class _Reader:
    """Collects orders and errors while it walks through one file."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.orders: list[OrderRow] = []
        self.unpaid: list[str] = []
        self.errors: list[RowError] = []

    def take(self, order_no: str, rows: list[Row]) -> None:
        if cells.text(rows[0][1].get("status")) in UNPAID:
            self.unpaid.append(order_no)
            return
        try:
            self.orders.append(self._order(order_no, rows))
        except _UnreadableLine as error:
            self.errors.append(RowError(error.line_no, order_no, error.column, error.problem))
            self.errors.extend(
                RowError(line_no, order_no, "", Problem.SAME_ORDER_REFUSED)
                for line_no, _ in rows
                if line_no != error.line_no
            )

    def _order(self, order_no: str, rows: list[Row]) -> OrderRow:
        first = rows[0]
        lines = tuple(self._line(row) for row in rows)
        paid_at = self._read(first, "paid_at", cells.moment)
        ordered_at = self._read(first, "ordered_at", cells.moment) or paid_at
        if ordered_at is None:
            raise _UnreadableLine(first[0], self.columns.names["ordered_at"], Problem.NO_TIME)
        paid_fen = self._paid(rows, lines)
        refunded_fen = self._refunded(rows, lines)
        if refunded_fen > paid_fen:
            column = self.columns.names["line_refunded"]
            raise _UnreadableLine(first[0], column, Problem.REFUND_TOO_HIGH)
        phone, hint = cells.phone(first[1].get("phone"))
        return OrderRow(
            line_no=first[0],
            order_no=order_no,
            ordered_at_local=ordered_at,
            paid_at_local=paid_at,
            status_text=cells.text(first[1].get("status")),
            paid_fen=paid_fen,
            refunded_fen=refunded_fen,
            external_userid=self._read(first, "external_userid", cells.identifier) or None,
            unionid=self._read(first, "unionid", cells.identifier) or None,
            phone=phone,
            phone_hint=hint,
            lines=lines,
        )

    def _line(self, row: Row) -> LineRow:
        quantity = self._read(row, "quantity", cells.count)
        total = self._read(row, "line_total", cells.fen)
        if total is None:
            total = (self._read(row, "unit_price", cells.fen) or 0) * quantity
        return LineRow(
            product=" ".join(cells.text(row[1].get("product")).split())[:PRODUCT_MAX],
            code=cells.text(row[1].get("code"))[:PRODUCT_MAX],
            attributes=cells.text(row[1].get("attributes"))[:PRODUCT_MAX],
            quantity=quantity,
            amount_fen=total,
            refunded_fen=self._read(row, "line_refunded", cells.fen) or 0,
        )

    def _paid(self, rows: list[Row], lines: tuple[LineRow, ...]) -> int:
        """The order's money stands on every row: it must be the same, and counts once."""
        paid = self._read(rows[0], "paid", cells.fen)
        if paid is None:
            if (
                self.columns.places["line_total"] is None
                and self.columns.places["unit_price"] is None
            ):
                raise _UnreadableLine(rows[0][0], self.columns.names["paid"], Problem.NO_AMOUNT)
            return sum(line.amount_fen for line in lines)
        for row in rows[1:]:
            if self._read(row, "paid", cells.fen) not in (paid, None):
                raise _UnreadableLine(row[0], self.columns.names["paid"], Problem.AMOUNTS_DIFFER)
        return paid

    def _refunded(self, rows: list[Row], lines: tuple[LineRow, ...]) -> int:
        """By line where the export says so, else the order's own figure."""
        order_refunded = self._read(rows[0], "order_refunded", cells.fen)
        return (
            sum(line.refunded_fen for line in lines) if order_refunded is None else order_refunded
        )

    def _read(self, row: Row, field: str, convert: Callable[[Cell], T]) -> T:
        try:
            return convert(row[1].get(field))
        except UnreadableCell as error:
            name, problem = self.columns.names[field], Problem(error.problem)
            raise _UnreadableLine(row[0], name, problem) from None
