"""Dates, durations, money and numbers as people read them (one way for page, alert and shell).

Times are shown in the shop's zone. It does not read the clock: `now` is an argument.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from crm.i18n import _, get_locale

_zone = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR, DAY = 60, 3600, 86400
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def configure(zone: str) -> None:
    """Set the shop's zone of this process; called once at start."""
    global _zone  # noqa: PLW0603  one installation is one shop
    _zone = ZoneInfo(zone)


def zone() -> ZoneInfo:
    """Return the shop's zone."""
    return _zone


def local(moment: datetime) -> datetime:
    """Return the moment in the shop's zone."""
    return moment.astimezone(_zone)


def clock_time(moment: datetime) -> str:
    """20:14."""
    return f"{local(moment):%H:%M}"


def full(moment: datetime) -> str:
    """2025-06-18 20:14 · 18 Jun 2025, 20:14."""
    here = local(moment)
    if get_locale() == "zh":
        return f"{here:%Y-%m-%d %H:%M}"
    return f"{here.day} {MONTHS_EN[here.month - 1]} {here.year}, {here:%H:%M}"


def day(value: date | datetime, *, today: date | None = None) -> str:
    """6 月 18 日, with the year where it is not `today`'s · 18 Jun."""
    value = local(value).date() if isinstance(value, datetime) else value
    return _day(value, get_locale(), with_year=today is not None and value.year != today.year)


@lru_cache(maxsize=2048)  # lists say the days of one year again and again
def _day(value: date, locale: str, *, with_year: bool) -> str:
    if not with_year:
        return _("fmt.day", month=value.month, day=value.day, month_name=MONTHS_EN[value.month - 1])
    if locale == "zh":
        return f"{value:%Y-%m-%d}"
    return f"{value.day} {MONTHS_EN[value.month - 1]} {value.year}"


def at(value: datetime, now: datetime) -> str:
    """20:14, of another day than today's 6 月 16 日 20:14 · 16 Jun 20:14."""
    today = local(now).date()
    if local(value).date() == today:
        return clock_time(value)
    return f"{day(value, today=today)} {clock_time(value)}"


def weekday(value: date) -> str:
    """周三 · Wed."""
    return _(f"fmt.weekday_{value.weekday()}")


def day_heading(value: date) -> str:
    """6 月 18 日 周三 · Wed 18 Jun."""
    return _("fmt.day_heading", day=day(value), weekday=weekday(value))


def moment(value: datetime, now: datetime) -> str:
    """How lists show a time: 刚刚, 8 分钟前, 3 小时前, 昨天 20:14, 6 月 16 日, 2024-11-03."""
    here, today = local(value), local(now).date()
    seconds = (now - value).total_seconds()
    if seconds < 0:
        return f"{day(here, today=today)} {here:%H:%M}"
    if seconds < MINUTE:
        return _("fmt.just_now")
    if seconds < HOUR:
        return _("fmt.minutes_ago", n=int(seconds // MINUTE))
    if here.date() == today:
        return _("fmt.hours_ago", n=int(seconds // HOUR))
    if here.date() == today - timedelta(days=1):
        return _("fmt.yesterday", time=f"{here:%H:%M}")
    return day(here, today=today)


def duration(value: timedelta | float) -> str:
    """6 分 42 秒 under an hour, 3 小时 20 分 above · 6 min 42 s, 3 h 20 min."""
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
    if seconds < MINUTE:
        return _("fmt.seconds", s=seconds)
    if seconds < HOUR:
        return _("fmt.minutes_seconds", m=seconds // MINUTE, s=seconds % MINUTE)
    if seconds < DAY:
        return _("fmt.hours_minutes", h=seconds // HOUR, m=seconds % HOUR // MINUTE)
    return _("fmt.days_hours", d=seconds // DAY, h=seconds % DAY // HOUR)


def minutes(count: int) -> str:
    """18 分钟 · 18 min."""
    return _("fmt.minutes", n=count)


def money(fen: int) -> str:
    """¥1,546, with two decimals where it is not whole yuan."""
    sign, amount = ("−" if fen < 0 else ""), abs(fen)
    yuan, rest = divmod(amount, 100)
    return f"{sign}¥{yuan:,}" + (f".{rest:02d}" if rest else "")


def percent(share: float, digits: int = 1) -> str:
    """14.8% from .148; whole numbers without decimals."""
    text = f"{share * 100:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def points(share: float) -> str:
    """+4.2 from .042, −3.2 below zero, 0.0 without a sign: percentage points of a difference."""
    text = f"{abs(share) * 100:.1f}"
    if text == "0.0":
        return text
    return ("−" if share < 0 else "+") + text


def number(count: int) -> str:
    """1,234."""
    return f"{count:,}"


def listed(words: Iterable[str]) -> str:
    """亚麻、真丝 · linen, silk."""
    return _("fmt.apart").join(words)
