"""Invented people: names as they stand in a store manager's phone, and numbers nobody has."""

from random import Random

SURNAMES = (
    "林黄吴郑谢徐朱马胡郭何高罗梁宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶杜苏魏程吕丁沈任"
    "姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷龙陶贺顾毛郝龚邵万"
    "钱严覃武戚莫孔向汤"
)
GIVEN = (
    "丽娜小燕秀英桂芳美玲晓红雅琴春梅玉兰海燕静怡佳慧雪梅文静丽华小曼婷婷思琪慧敏淑珍"
    "建芳红霞彩云金凤月娥翠萍艳丽晓雯子涵欣怡若兰秋菊冬梅巧云雨晴梦瑶"
)
"""Two characters each."""
TITLES = ("姐", "阿姨", "小姐", "妈妈")
TITLED_SHARE = 0.35


def invented_name(rng: Random) -> str:
    """Return a name: 林姐, 黄阿姨, or a full one."""
    surname = rng.choice(SURNAMES)
    if rng.random() < TITLED_SHARE:
        return surname + rng.choice(TITLES)
    start = 2 * rng.randrange(len(GIVEN) // 2)
    return surname + GIVEN[start : start + 2]


def phone(number: int, tail: str = "") -> str:
    """Return 11 digits that begin with 100, which no mobile number does."""
    if tail:
        return f"100{number:04d}{tail}"
    return f"1003{number:07d}"
