"""Reading a text the way a customer reads it: tricks of spelling undone, every offset kept.

The result carries, for each character, the span of the original it came from, so that a finding
is shown on the text as it was typed. It knows no rule and judges nothing.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache

# Traditional forms of the characters that occur in rules, and look-alikes people type instead.
_TRADITIONAL = (
    "乾亞佈來係倉個們倫傘備傢傳傷僅價儘優儲兒內兩冊別刪創劃劑動務勞勵區協卽厤員問喫單噹囑國圖"
    "埰報場壓壞壯壽奬妝婦媽嬰孃學宮寀實寶將專對導屬峯師帶幹幾庫廠弔強彆彈後復悶憂戶採換搶摺摻"
    "擇敎敵數斷於旂昇時暢曆曬書會朮東業極榦榮構樓標樣樹機檢檯櫃權歡歷歸殺氣沒沖涼減測準溫溼滿"
    "漲潤濕災為無煙熱燙營爭爲牴獃獎獨獲現產産當痠瘡療癒癡癢發皺盃盡監眞確碼礦祕禮稅種稱積穩穫"
    "窮箇節紅純級細終絕給絨統絲絶經綠綫網綿緑線編緩緻縮繫纍纏罰羣聯脩脫腎腦腫腳腸膚膠膩膽臉臟"
    "臺與興舊舘華菸萬葉葯薦藝藥處虛號虧蠶術衕衛衝裏補裝裡製複見視親觀訂計註証評詢試該誌認調請"
    "諮諾謹證議護變讓讚豐財貧貨買費貿資賞賠賣質賺購賽贈贊車軍軟輕輸輻轉迴這週進運過遙遞適選遺"
    "還郵醣醫釋針釦鈡鈣銷錢錯錶鍋鍼鍾鎭鎮鐘鑑鑒長門開間閤關闢陞陰陳陽隊際險隻雙離難電韆頂須領"
    "頭頸額顏顔類顧顯風颱颳飲養館馬馳駕騙驗髒體髮鬚鬱鮮麪麫麵黃點黨齊齡齣龍"
)
_SIMPLE = (
    "干亚布来系仓个们伦伞备家传伤仅价尽优储儿内两册别删创划剂动务劳励区协即历员问吃单当嘱国图"
    "采报场压坏壮寿奖妆妇妈婴娘学宫采实宝将专对导属峰师带干几库厂吊强别弹后复闷忧户采换抢折掺"
    "择教敌数断于旗升时畅历晒书会术东业极干荣构楼标样树机检台柜权欢历归杀气没冲凉减测准温湿满"
    "涨润湿灾为无烟热烫营争为抵呆奖独获现产产当酸疮疗愈痴痒发皱杯尽监真确码矿秘礼税种称积稳获"
    "穷个节红纯级细终绝给绒统丝绝经绿线网绵绿线编缓致缩系累缠罚群联修脱肾脑肿脚肠肤胶腻胆脸脏"
    "台与兴旧馆华烟万叶药荐艺药处虚号亏蚕术同卫冲里补装里制复见视亲观订计注证评询试该志认调请"
    "咨诺谨证议护变让赞丰财贫货买费贸资赏赔卖质赚购赛赠赞车军软轻输辐转回这周进运过遥递适选遗"
    "还邮糖医释针扣钟钙销钱错表锅针钟镇镇钟鉴鉴长门开间合关辟升阴陈阳队际险只双离难电千顶须领"
    "头颈额颜颜类顾显风台刮饮养馆马驰驾骗验脏体发须郁鲜面面面黄点党齐龄出龙"
)
_VARIANTS = dict(zip(_TRADITIONAL + "蕞朂嘬苐", _SIMPLE + "最最最第", strict=True))

_SOFT = frozenset("*·•_~|/\\^`'\"=+#&@‧・※")
_SOFT_CATEGORIES = frozenset({"So", "Sk", "Sc", "Pd", "Ps", "Pe", "Pi", "Pf"})
_HARD = frozenset("。!?;,、｡､\n")
_DROPPED_CATEGORIES = frozenset({"Cf", "Mn", "Cc"})

# What depends on its neighbours: a dot stays between digits, a colon before a digit
# ("1:1", "原价:199"); every other colon ends a clause.
_CONTEXT = ((re.compile(r"(?<!\d)\.|\.(?!\d)"), ""), (re.compile(r":(?!\d)"), "\n"))
_REWRITES = tuple(
    (re.compile(pattern), into)
    for pattern, into in (
        (r"(?<![a-z])zui(?=[一-鿿])|(?<![a-z])z(?=[低高好优佳强大])", "最"),
        (r"(?<![a-z])(?:no|n0|top|num)\.?1(?!\d)", "no1"),
        (r"弟一(?=[品名家选])", "第一"),
        (r"(?<![\d.])1[o0]{2}%", "100%"),
        (r"佰分佰|佰分之佰|百分之百|百分之一百", "百分百"),
        (r"独一无2", "独一无二"),
        (r"(?<=[抗防治])ai", "癌"),
        (r"(?<![a-z])jiang(?=[压糖脂])", "降"),
    )
)


@dataclass(frozen=True)
class Normal:
    """text[k] was read from original[start[k]:end[k]]."""

    text: str
    start: list[int] = field(repr=False)
    end: list[int] = field(repr=False)


@cache
def _fold(char: str) -> str:
    if char == "\n":
        return char
    if unicodedata.category(char) in _DROPPED_CATEGORIES:
        return ""
    return "".join(map(_settle, unicodedata.normalize("NFKC", char).casefold()))


def _settle(char: str) -> str:
    if char in _HARD:
        return "\n"
    category = unicodedata.category(char)
    if char.isspace() or char in _SOFT or category in _SOFT_CATEGORIES | _DROPPED_CATEGORIES:
        return ""
    return _VARIANTS.get(char, char)


def _rewrite(normal: Normal, pattern: re.Pattern[str], into: str) -> Normal:
    pieces: list[str] = []
    start: list[int] = []
    end: list[int] = []
    taken = 0
    for match in pattern.finditer(normal.text):
        here, there = match.span()
        pieces += (normal.text[taken:here], into)
        start += normal.start[taken:here] + [normal.start[here]] * len(into)
        end += normal.end[taken:here] + [normal.end[there - 1]] * len(into)
        taken = there
    if not taken:
        return normal
    pieces.append(normal.text[taken:])
    return Normal("".join(pieces), start + normal.start[taken:], end + normal.end[taken:])


def normalise(original: str) -> Normal:
    folded = [_fold(char) for char in original]
    start = [index for index, part in enumerate(folded) for _ in part]
    normal = Normal("".join(folded), start, [index + 1 for index in start])
    for pattern, into in _CONTEXT + _REWRITES:
        normal = _rewrite(normal, pattern, into)
    return normal
