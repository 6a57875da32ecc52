"""What the demo shows first, read through its pages: the words of the design, in both languages."""

import re
from datetime import datetime

import pytest

from tests.journeys.conftest import Visit

QUERIES = 40
SCREENS = [
    (
        *("apparel", "wangmei", "/today"),
        [
            *("今天 6 月 18 日 周三", "「收到的裙子吊牌不对", "7 人围观", "剩 6 分"),
            *(
                "今天要联系的 8 位",
                "已用 46 分钟，还剩 44 分钟",
                "演示数据 · 演示时间 6 月 18 日 20:22",
            ),
        ],
        [
            *("Today, Wed 18 Jun", "7 onlookers", "6 min", "8 people to contact today"),
            *("46 min used, 44 min left", "Demo data · demo time 18 Jun, 20:22"),
        ],
    ),
    (
        *("apparel", "zhoulin", "/complaints"),
        [
            *(
                "待回复 2 · 处理中 3 · 今天已结 1",
                "已超时 3 分",
                "#127",
                "剩 6 分",
                "7 人围观 · 3 条跟风",
            ),
            *("#128", "6 月 18 日 22:00", "6 月 19 日 12:00", "6 月 19 日 18:00"),
        ],
        [
            *("2 waiting · 3 in handling · 1 closed today", "3 min", "overdue", "#127", "6 min"),
            *("left", "7 onlookers · 3 me too", "#128"),
        ],
    ),
    (
        *("apparel", "ajun", "/results"),
        [
            *("（−20%）", "1 月 19 日 假货客诉", "96 分钟", "7 分钟", "9% → 85%", "2 张合并"),
            *(
                "+5.7 个百分点（+1.3 至 +10.2） 有用",
                "春装老客+4.2 个百分点（−3.2 至 +9.7） 还不能确定",
            ),
        ],
        [
            *("(−20%)", "19 Jan suspected fake", "96 min", "7 min", "9% → 85%"),
            *("+5.7 pp (+1.3 to +10.2) Useful", "+4.2 pp (−3.2 to +9.7) Not certain yet"),
        ],
    ),
    (
        *("apparel", "ajun", "/incidents/1"),
        [
            *("人民路 2 群 扩散", "已控制住", "19 小时 26 分", "216,876 人·分钟"),
            *("186 人 × 1,166 分钟", "先别发，客诉 #128 还没结", "280", "224", "−20%"),
            *("还有 69 位没说", "说过不要打扰"),
        ],
        [
            *("Spread in 人民路 2 群", "Contained", "19 h 26 min", "216,876 member-minutes"),
            *("Held: complaint #128 is not closed", "280", "224", "−20%", "69 not told yet"),
        ],
    ),
    (
        *("apparel", "zhoulin", "/incidents/2"),
        ["正在扩散", "2025-06-18 20:19 起在扩散", "跟风 3", "质疑 1", "客诉 1 件", "#128"],
        ["Spreading since 18 Jun 2025, 20:19", "me too 3", "doubt 1", "#128"],
    ),
    (
        *("apparel", "ajun", "/campaigns"),
        ["夏装老客 486 人 待派发", "清仓老客", "草稿"],
        ["夏装老客 486 people Ready", "Draft"],
    ),
    (
        *("tonics", "fangjie", "/campaigns"),
        ["续服提醒", "有用 +11.4 个百分点"],
        ["续服提醒", "Useful +11.4 pp"],
    ),
    (
        *("teapots", "xiaobu", "/results"),
        ["+10.1 个百分点（−4.9 至 +19.9） 还不能确定"],
        ["+10.1 pp (−4.9 to +19.9) Not certain yet"],
    ),
]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("shop", "login", "path", "zh", "en"), SCREENS)
def test_first_screen_tells_the_story(
    visit: Visit, shop: str, login: str, path: str, zh: list[str], en: list[str], lang: str
) -> None:
    text = visit(shop, login).get(path, lang=lang, queries=QUERIES).text
    place = 0
    for words in zh if lang == "zh" else en:
        assert words in text[place:], f"{words} after …{text[max(0, place - 60) : place + 200]}"
        if path == "/complaints":  # the order of the cards matters
            place = text.index(words, place)


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("zh", r"最费时的 10% 顾客：(\d+)% 时间，(\d+)% 毛利"),
        ("en", r"The 10% who took most time: (\d+)% of the time, (\d+)% of the margin"),
    ],
)
def test_teapots_show_who_takes_the_time(visit: Visit, lang: str, sentence: str) -> None:
    text = visit("teapots", "xiaobu").get("/results", lang=lang, queries=QUERIES).text
    found = re.search(sentence, text)
    assert found is not None
    minutes, margin = map(int, found.groups())
    assert 39 <= minutes <= 60
    assert 9 <= margin <= 18


def test_spring_list_shows_its_arms_and_its_money(visit: Visit) -> None:
    page = visit("apparel", "ajun")
    row = page.get("/campaigns", queries=QUERIES).one("a", "春装老客")
    text = page.get(row.get("href", ""), queries=QUERIES).text
    assert "486" in text
    assert "14.8%" in text
    assert "122" in text
    assert "10.7%" in text
    assert "多 4.2 个百分点（−3.2 到 +9.7） 还不能确定有用" in text
    assert "约花 24 小时" in text


def test_contact_of_the_story_shows_her_four_facts(visit: Visit) -> None:
    page = visit("apparel", "wangmei")
    row = page.get("/contacts", q="0142", queries=QUERIES).one("a", "陈姐")
    text = page.get(row.get("href", ""), queries=QUERIES).text
    for words in (
        *("忠诚：5 次", "2 个群", "100****0142", "5 次，共 ¥1,546", "4 月 27 日 碎花连衣裙 M ¥329"),
        *("6 月 12 日前后（已过 6 天）", "18 / 45 分钟", "毛利 ¥289", "时间成本约 ¥31"),
    ):
        assert words in text


@pytest.mark.parametrize("as_of", ["2025-06-18T20:22:18+08:00", "2026-02-25T10:41:07+08:00"])
def test_small_shop_keeps_the_story_at_any_time(visit: Visit, as_of: str) -> None:
    moment = datetime.fromisoformat(as_of)
    today = visit("apparel", "wangmei", as_of=moment, small=True).get("/today", queries=QUERIES)
    for words in ("7 人围观", "剩 6 分", "今天要联系的 8 位", "已用 46 分钟，还剩 44 分钟"):
        assert words in today.text
    board = visit("apparel", "zhoulin", as_of=moment, small=True).get(
        "/complaints", queries=QUERIES
    )
    assert "待回复 2 · 处理中 3 · 今天已结 1" in board.text
    assert board.text.index("已超时 3 分") < board.text.index("剩 6 分")
    results = visit("apparel", "ajun", as_of=moment, small=True).get("/results", queries=QUERIES)
    for words in ("（−20%）", "96 分钟", "7 分钟", "9% → 85%"):
        assert words in results.text
