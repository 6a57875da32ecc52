"""Which column of which customer file means what. Names are folded as in tables.fold().

First name found wins, so the order inside a tuple is the order of trust. Sources of the names: the
customer export of 有赞, the member files of tills, the order export of 微信小店 for its buyers, the
customer export of 企业微信, and our own template.
"""

import enum

from crm.integrations.formats.tables import fold


class Field(enum.StrEnum):
    """What a column may be taken as; the words are `contacts.column_*`.

    `reading` hands on what a line says in this order.
    """

    NAME = "name"
    NICKNAME = "nickname"
    PHONE = "phone"
    WECHAT_ID = "wechat_id"
    EXTERNAL_USERID = "external_userid"
    UNIONID = "unionid"
    MEMBER_NO = "member_no"
    TAGS = "tags"
    LEVEL = "level"
    REMARK = "remark"
    STORE = "store"
    GUIDE = "guide"
    JOINED_AT = "joined_at"
    SOURCE = "source"
    NOTE = "note"
    NOTE_AUTHOR = "note_author"
    NOTED_AT = "noted_at"


class Layout(enum.StrEnum):
    """Where a file comes from; the words are `contacts.layout_*`."""

    YOUZAN = "youzan"
    WECHAT_SHOP = "wechat_shop"
    WECOM = "wecom"
    TILL = "till"
    OTHER = "other"


ALIASES: dict[Field, tuple[str, ...]] = {
    Field.NAME: (
        *("客户姓名", "会员姓名", "姓名", "收件人姓名", "收货人/提货人", "会员名称", "客户名称"),
        *("顾客姓名", "name"),
    ),
    Field.NICKNAME: ("客户昵称", "买家昵称", "昵称", "微信昵称", "微信名", "nickname"),
    Field.PHONE: (
        *("客户手机号", "手机号", "会员手机", "收件人手机", "买家手机号", "收件人手机号", "手机"),
        *("收货人手机号/提货人手机号", "手机号码", "会员手机号", "联系电话", "电话", "phone"),
    ),
    Field.WECHAT_ID: ("微信号", "微信ID", "wechat_id"),
    Field.EXTERNAL_USERID: ("企业微信加密id", "external_userid", "外部联系人ID", "客户ID"),
    Field.UNIONID: ("unionid",),
    Field.MEMBER_NO: ("会员卡号", "会员ID", "会员编号", "卡号", "卡面号码", "member_no"),
    Field.TAGS: ("标签", "客户标签", "标签属性", "企业标签", "tags"),
    Field.LEVEL: ("会员等级", "会员类别", "付费等级", "免费等级", "会员级别", "level"),
    Field.REMARK: ("备注", "客户备注", "备注名", "企微备注", "描述", "remark"),
    Field.STORE: ("成为会员店铺", "发卡门店", "归属店铺", "开卡门店", "门店", "store"),
    Field.GUIDE: (
        *("导购员", "营业员", "专属导购", "销售导购", "企微工号", "添加人", "跟进人", "guide"),
    ),
    Field.JOINED_AT: (
        *("成为客户时间", "成为会员时间", "开卡日期", "入会时间", "添加时间", "joined_at"),
    ),
    Field.SOURCE: ("来源渠道", "来源方式", "来源", "source"),
    Field.NOTE: ("跟进记录", "沟通记录", "跟进内容", "备注内容", "note"),
    Field.NOTE_AUTHOR: ("记录人", "跟进人员", "备注人", "note_author"),
    Field.NOTED_AT: ("记录时间", "跟进时间", "备注时间", "noted_at"),
}
FIELD_OF = {fold(name).casefold(): field for field, names in ALIASES.items() for name in names} | {
    field.value: field for field in Field
}
"""Every known name of a column, folded and without capitals."""
LANDMARKS = frozenset(fold(name) for names in ALIASES.values() for name in names)


def known_columns(header: tuple[str, ...]) -> dict[str, Field]:
    """Return which columns of a header are known; a meaning is given to one column only."""
    place = {name.casefold(): name for name in reversed(header)}
    found: dict[str, Field] = {}
    for field, names in ALIASES.items():
        name = next((n for n in (fold(alias).casefold() for alias in names) if n in place), None)
        if name is not None:
            found[place[name]] = field
    return found


def layout_of(header: tuple[str, ...]) -> Layout:
    """Return where a file with this header comes from."""
    names = set(header)
    if "客户手机号" in names and {"成为客户时间", "客户积分"} & names:
        return Layout.YOUZAN
    if "订单号" in names:
        return Layout.WECHAT_SHOP
    if "添加人" in names and {"客户名称", "客户昵称", "添加时间"} & names:
        return Layout.WECOM
    if {"会员卡号", "会员姓名", "会员ID", "会员编号", "发卡门店", "会员等级", "会员手机"} & names:
        return Layout.TILL
    return Layout.OTHER
