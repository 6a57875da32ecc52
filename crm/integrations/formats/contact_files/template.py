"""A small csv to fill in, with a line that shows how; that line is nobody and is not taken."""

from crm.integrations.formats.safe_csv import csv_bytes

COLUMNS = (
    *("姓名", "昵称", "手机号", "微信号", "会员卡号", "标签", "备注", "门店", "导购员", "入会时间"),
    *("跟进记录", "记录人", "记录时间"),
)
DUMMY_NAME = "示例顾客"
_DUMMY = (
    *(DUMMY_NAME, "小例", "100****0142", "", "", "怕热面料、M 码", "这一行是样子，导入前删掉"),
    *("", "", "2025-06-18", "问过夏款到货时间", "王梅", "2025-06-18 20:14"),
)


def template() -> bytes:
    """Return the file, with a BOM, so that spreadsheets show its Chinese."""
    return csv_bytes(COLUMNS, [_DUMMY])
