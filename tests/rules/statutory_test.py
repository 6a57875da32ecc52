"""What the owner pastes: the notice of a year as published, CSV, and texts that cannot be."""

from datetime import date, timedelta

import pytest

from crm.stores.rules.statutory import (
    BadYear,
    NamedDay,
    as_csv,
    coverage,
    missing_year,
    read_year,
    stretches,
)
from tests.rules.stores_calendar_test import KNOWN

NOTICES = {
    2025: """一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。\
1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。\
9月28日（周日）、10月11日（周六）上班。""",
    2026: """国务院办公厅关于2026年部分节假日安排的通知
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。\
2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。""",
}


@pytest.mark.parametrize("year", sorted(NOTICES))
def test_the_text_of_a_notice_gives_every_day_of_the_year(year: int) -> None:
    named = {day.on: day.is_workday for day in read_year(NOTICES[year], year)}
    day, wrong = date(year, 1, 1), []
    while day.year == year:
        if named.get(day, day.weekday() < 5) is not KNOWN.is_workday(day):
            wrong.append(day)
        day += timedelta(days=1)
    assert wrong == []


def test_what_is_shown_for_editing_reads_back_the_same() -> None:
    days = read_year(NOTICES[2026], 2026)
    assert read_year(as_csv(days), 2026) == days
    assert [part.count for part in stretches(days) if part.label == "春节"] == [1, 9, 1]


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-01,off,元旦\n2027-01-03,work",
        "日期,类型,名称\r\n2027/01/01,休,元旦\r\n2027/01/03,班,",
        "2027-01-01，休，元旦\n\n2027-01-03，上班",
        "2027-01-01\t放假\t元旦\n2027-01-03\t上班\t",
        "元旦：1月1日放假。1月3日上班。",
    ],
)
def test_lines_are_read_as_spreadsheets_and_people_write_them(text: str) -> None:
    new_year, made_up = read_year(text, 2027)
    assert new_year == NamedDay(date(2027, 1, 1), is_workday=False, label="元旦")
    assert (made_up.on, made_up.is_workday) == (date(2027, 1, 3), True)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "stores.calendar_nothing"),
        ("共 8 天", "stores.calendar_nothing"),
        ("春节放假", "stores.calendar_nothing"),
        ("1月3日上班", "stores.calendar_nothing"),
        ("2月30日放假", "stores.calendar_no_date"),
        ("13月1日放假", "stores.calendar_no_date"),
        ("10月8日至1日放假", "stores.calendar_range"),
        ("1月1日至12月31日放假", "stores.calendar_range"),
        ("2026年1月1日放假", "stores.calendar_other_year"),
        ("2026-01-01,off", "stores.calendar_other_year"),
        ("1月1日放假。1月1日上班", "stores.calendar_twice"),
        ("1月1日放假。1月4日上班", "stores.calendar_weekday_made_up"),
        ("2027-01-01,off\n2027-01-01,work", "stores.calendar_twice"),
        (
            "\n".join(f"{m}月1日至14日放假" for m in range(1, 7)),
            "stores.calendar_too_many",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(text: str, key: str) -> None:
    with pytest.raises(BadYear) as refused:
        read_year(text, 2027)
    assert refused.value.key == key


@pytest.mark.parametrize(
    ("years", "until"),
    [
        ((), date.min),
        ((2026,), date(2026, 12, 31)),
        ((2025, 2026, 2027), date(2027, 12, 31)),
        ((2025, 2026, 2028), date(2026, 12, 31)),
    ],
)
def test_known_until_the_first_year_that_is_missing(years: tuple[int, ...], until: date) -> None:
    assert coverage([date(year, 1, 1) for year in years]) == until


@pytest.mark.parametrize(
    ("today", "last_known", "asked"),
    [
        ("2026-06-18", "2026-10-10", None),
        ("2026-10-31", "2026-10-10", None),
        ("2026-11-01", "2026-10-10", 2027),
        ("2026-12-31", "2027-01-03", None),
        ("2027-01-01", "2026-10-10", 2027),
        ("2027-06-18", "2026-10-10", 2027),
        ("2026-06-18", None, 2026),
    ],
)
def test_from_november_on_the_next_year_is_asked_for(
    today: str, last_known: str | None, asked: int | None
) -> None:
    known = date.fromisoformat(last_known) if last_known else None
    assert missing_year(date.fromisoformat(today), known) == asked
