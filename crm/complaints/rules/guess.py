"""What a complaint is probably about, by its words; people correct it with one tap."""

import re

from crm.complaints.rules.words import Category

_WORDS: tuple[tuple[Category, re.Pattern[str]], ...] = (
    (Category.SAFETY, re.compile(r"过敏|中毒|受伤|起疹|红疹|肿了|拉肚子|住院|恶心|头晕|漏电")),
    (Category.SUSPECTED_FAKE, re.compile(r"假货|假的|是不是假|正品|真货|冒牌|高仿|吊牌|掺假")),
    (Category.AD_CLAIM, re.compile(r"虚假宣传|夸大|跟宣传|宣传的|说好的功效|骗人")),
    (
        Category.WRONG_ITEM,
        re.compile(r"发错|错发|少发|漏发|发成|寄错|拍.{0,6}发|不是我(买|拍|订)的"),
    ),
    (Category.REFUND, re.compile(r"退款|退货|退钱|退了|退掉|赔")),
    (Category.DELIVERY, re.compile(r"快递|物流|没收到|没到|几天了还|不发货|发货")),
    (Category.QUALITY, re.compile(r"质量|破|坏|掉色|褪色|起球|开线|脱线|异味|裂|瑕疵|变质|发霉")),
    (Category.SERVICE, re.compile(r"态度|没人回|不理|不回|敷衍|客服")),
)


def category_of(text: str) -> Category:
    """The first matter whose words are in the text."""
    return next((category for category, words in _WORDS if words.search(text)), Category.OTHER)
