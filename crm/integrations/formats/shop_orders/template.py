"""An empty sheet to fill in, for shops whose back office exports nothing."""

import io

import xlsxwriter

COLUMNS = (
    "订单号",
    "订单下单时间",
    "支付时间",
    "订单状态",
    "收件人手机",
    "企业微信加密id",
    "订单实际支付金额",
    "商品名称",
    "商品属性",
    "商品数量",
    "商品实际价格(总共)",
    "商品已退款金额",
)
_WIDTH = 20


def template() -> bytes:
    """Return the sheet; its cells are text, so that no long number loses its last digits."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("订单")
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        sheet.set_column(0, len(COLUMNS) - 1, _WIDTH, text)
        sheet.write_row(0, 0, COLUMNS, bold)
        sheet.freeze_panes(1, 0)
    return stream.getvalue()
