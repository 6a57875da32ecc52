"""Customer files as tests need them: of a till, Youzan, WeChat Shop and WeCom, with nobody real."""

import csv
import io
from pathlib import Path

import xlsxwriter

FOLDER = Path(__file__).resolve().parents[1] / "data" / "contacts"
TILL = ("会员卡号", "会员姓名", "手机号", "性别", "会员等级", "发卡门店", "营业员", "入会时间")
YOUZAN = (
    *("客户姓名", "客户昵称", "客户手机号", "客户生日", "标签", "免费等级", "客户积分", "消费金额"),
    *("导购员", "来源渠道", "成为客户时间", "成为会员店铺", ""),
)
WECHAT_SHOP = ("订单号", "订单下单时间", "收件人姓名", "收件人手机", "企业微信加密id", "企微备注")
WECOM = ("客户名称", "描述", "添加人", "添加时间", "来源", "标签", "手机", "external_userid")
NOTES = ("姓名", "手机号", "跟进记录", "记录人", "记录时间")


def member(number: int, **changes: object) -> dict[str, object]:
    """A line of the till."""
    return {
        "会员卡号": f"T{number:06}",
        "会员姓名": f"顾客{number}",
        "手机号": f"1000{number:07}",
        "性别": "女",
        "会员等级": "金卡",
        "入会时间": "2025-04-27 10:00:00",
    } | changes


def as_csv(rows: list[dict[str, object]], encoding: str = "utf-8", header=TILL) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, header, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode(encoding)


def as_xlsx(rows: list[dict[str, object]], header=TILL, *, above: int = 0) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(above, 0, header)
        for index, row in enumerate(rows, start=above + 1):
            for column, name in enumerate(header):
                value = row.get(name, "")
                if isinstance(value, str):
                    sheet.write_string(index, column, value)
                else:
                    sheet.write(index, column, value)
    return stream.getvalue()
