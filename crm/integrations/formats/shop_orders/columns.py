"""Which column of which export generation means what. Names are folded as in tables.fold().

First name found wins, so the order inside a tuple is the order of trust. Source of the names:
three generations of the back-office export of 微信小店 (2026 full, the 57-column one, and the
older 视频号小店 one) and the two of 有赞.
"""

from dataclasses import dataclass

from crm.integrations.formats.tables import Cell

ORDER_NO = "订单号"

FIELDS: dict[str, tuple[str, ...]] = {
    "order_no": (ORDER_NO,),
    "ordered_at": ("订单下单时间", "下单时间", "订单创建时间"),
    "paid_at": ("支付时间", "买家付款时间"),
    "status": ("订单状态",),
    "paid": ("订单实际支付金额", "订单实付金额", "订单实际收款金额", "订单实收金额"),
    "order_refunded": ("订单已退款金额",),
    "external_userid": ("企业微信加密id",),
    "unionid": ("unionid",),
    "phone": ("收件人手机", "买家手机号", "收货人手机号/提货人手机号", "收件人手机号"),
    "product": ("商品名称", "全部商品名称"),
    "code": ("商品编码(平台)", "商品编码(自定义)", "SKU编码(自定义)", "规格编码", "商品编码"),
    "attributes": ("商品属性", "商品规格"),
    "quantity": ("商品数量",),
    "line_total": ("商品实际价格(总共)", "商品实际成交金额"),
    "unit_price": ("商品实际价格(单件)", "商品价格(单件)", "商品价格", "商品单价"),
    "line_refunded": ("商品已退款金额",),
}

UNPAID = frozenset({"待付款", "未付款", "等待付款", "等待买家付款", "待支付", "未支付"})


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands in this file; None where the file lacks it."""

    layout: str
    places: dict[str, int | None]
    names: dict[str, str]

    def pick(self, row: tuple[Cell, ...]) -> dict[str, Cell]:
        """The cells of a row that have a meaning here, by field; the others are let go at once."""
        return {
            field: row[place]
            for field, place in self.places.items()
            if place is not None and place < len(row)
        }

    def missing(self) -> tuple[str, ...]:
        """The columns without which no order can be read, by their usual name."""
        needed = [field for field in ("order_no",) if self.places[field] is None]
        if self.places["ordered_at"] is None and self.places["paid_at"] is None:
            needed.append("ordered_at")
        if all(self.places[field] is None for field in ("paid", "line_total", "unit_price")):
            needed.append("paid")
        return tuple(FIELDS[field][0] for field in needed)


def locate(header: tuple[str, ...]) -> Columns:
    """Match a header against the known names."""
    position = {name.casefold(): index for index, name in reversed(list(enumerate(header)))}
    places: dict[str, int | None] = {}
    names: dict[str, str] = {}
    for field, aliases in FIELDS.items():
        found = next((name for name in aliases if name.casefold() in position), None)
        places[field] = None if found is None else position[found.casefold()]
        names[field] = found or aliases[0]
    return Columns(_layout(set(header)), places, names)


def _layout(header: set[str]) -> str:
    if "订单创建时间" in header or "订单实付金额" in header:
        return "youzan"
    if "企业微信加密id" in header:
        return "wxshop2026"
    return "wxshop57" if "订单下单时间" in header else "channels_shop"
