"""Invented people: names as they stand in a store manager's phone, and numbers nobody has."""

from random import Random

SURNAMES = "林黄吴郑谢徐朱马胡郭何高罗梁宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷龙陶贺顾毛郝龚邵万钱严覃武戚莫孔向汤"
GIVEN = [
    "丽娜",
    "小燕",
    "秀英",
    "桂芳",
    "美玲",
    "晓红",
    "雅琴",
    "春梅",
    "玉兰",
    "海燕",
    "静怡",
    "佳慧",
    "雪梅",
    "文静",
    "丽华",
    "小曼",
    "婷婷",
    "思琪",
    "慧敏",
    "淑珍",
    "建芳",
    "红霞",
    "彩云",
    "金凤",
    "月娥",
    "翠萍",
    "艳丽",
    "晓雯",
    "子涵",
    "欣怡",
    "若兰",
    "秋菊",
    "冬梅",
    "巧云",
    "雨晴",
    "梦瑶",
]
TITLES = ("姐", "阿姨", "小姐", "妈妈")
TITLED_SHARE = 0.35


def invented_name(rng: Random) -> str:
    """Return a name: 林姐, 黄阿姨, or a full one."""
    surname = rng.choice(SURNAMES)
    if rng.random() < TITLED_SHARE:
        return surname + rng.choice(TITLES)
    return surname + rng.choice(GIVEN)


def phone(number: int, tail: str = "") -> str:
    """Return 11 digits that begin with 100, which no mobile number does."""
    if tail:
        return f"100{number:04d}{tail}"
    return f"1003{number:07d}"
