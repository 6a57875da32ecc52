"""Order exports as tests need them: the three generations, as xlsx and csv in three encodings."""

import csv
import io

import xlsxwriter

FULL = [
    *("订单号", "订单下单时间", "订单发货时间", "订单状态", "收件人姓名", "收件人手机"),
    *("订单实际支付金额", "支付时间", "企微企业ID", "企微工号", "企业微信加密id", "商品名称"),
    *("商品编码(平台)", "商品属性", "商品价格(单件)", "商品实际价格(总共)", "商品数量"),
    *("商品售后", "商品已退款金额"),
]
WITHOUT_WECOM = [name for name in FULL if not name.startswith("企")]
OLD = [
    *("订单号", "下单时间", "订单状态", "收件人手机", "订单实际支付金额", "支付时间", "带货人昵称"),
    *("商品名称", "商品编码（平台）", "商品属性", "商品价格", "商品数量", "商品已退款金额"),
]

FIRST = {
    "订单号": "3707000000000000001",
    "订单下单时间": "2025-06-01 20:14:05",
    "下单时间": "2025-06-01 20:14:05",
    "订单状态": "已完成",
    "收件人姓名": "陈姐",
    "收件人手机": "13800000142",
    "订单实际支付金额": "588.00",
    "支付时间": "2025-06-01 20:15:00",
    "企业微信加密id": "wmAAAA0001",
    "商品名称": "碎花连衣裙",
    "商品编码(平台)": "10000001",
    "商品编码（平台）": "10000001",
    "商品属性": "M；蓝",
    "商品价格(单件)": "359.00",
    "商品价格": "329.00",
    "商品实际价格(总共)": "329.00",
    "商品数量": "1",
    "商品已退款金额": "0.00",
}
SECOND = FIRST | {
    "商品名称": "针织衫",
    "商品编码(平台)": "10000002",
    "商品编码（平台）": "10000002",
    "商品价格(单件)": "259.00",
    "商品价格": "259.00",
    "商品实际价格(总共)": "259.00",
    "商品已退款金额": "59.00",
}


def order_cells(order_no: str, **changes: str) -> dict[str, str]:
    """One line of another order."""
    return FIRST | {"订单号": order_no, "订单实际支付金额": "329.00"} | changes


def as_csv(rows: list[dict[str, str]], encoding: str, header: list[str] = FULL) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, header, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode(encoding)


def as_xlsx(rows: list[dict[str, object]], header: list[str] = FULL, first_row: int = 0) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(first_row, 0, header)
        for index, row in enumerate(rows, start=first_row + 1):
            for column, name in enumerate(header):
                value = row.get(name, "")
                if isinstance(value, str):
                    sheet.write_string(index, column, value)
                else:
                    sheet.write(index, column, value)
    return stream.getvalue()
