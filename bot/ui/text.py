"""How things are written for people: amounts, times, names, one and many."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent, get_group_symbol

from bot.domain.durations import Unit, units_of
from bot.domain.privacy import is_nobody
from bot.i18n import _, language, ngettext
from bot.ui.money import currency

TimestampStyle = Literal["t", "T", "d", "D", "f", "F", "R"]

_OWN_EMOJI = re.compile(r"<a?:\w+:\d+> ?")


def number(value: int) -> str:
    """A whole number with the separators of this task's language: ``1,234``."""
    return _number(value, language())


@lru_cache(maxsize=4_096)  # reading a locale's pattern takes longer than most answers around it
def _number(value: int, spoken: str) -> str:
    return format_decimal(value, locale=spoken)


def percent(share: float) -> str:
    """A part of a whole, 0 to 1, with one decimal: ``12.5%``."""
    return format_percent(round(share, 3), locale=language(), decimal_quantization=False)


def decimal(value: float) -> str:
    """A number with two decimals: ``0.43``."""
    return format_decimal(value, format="0.00", locale=language())


def separator() -> str:
    """What stands between thousands in the language of the task."""
    return get_group_symbol(language())


def signed(value: int) -> str:
    """A number that says in which direction it goes: ``+50``, ``-50``."""
    return number(value) if value < 0 else f"+{number(value)}"


def coins(amount: int) -> str:
    """An amount of money, as the server calls it: ``1,234 coins``, ``🪙 1,234 crowns``."""
    spent = currency()
    name, count = spent.named(amount), number(amount)
    said = f"{count} {name}" if name else ngettext("{count} coin", "{count} coins", amount).format(count=count)
    return f"{spent.emoji} {said}" if spent.emoji else said


def plain_coins(amount: int) -> str:
    """The same where Discord draws no emoji of servers, such as in a suggestion."""
    return _OWN_EMOJI.sub("", coins(amount))


def timestamp(moment: datetime, style: TimestampStyle = "R") -> str:
    """A moment as Discord shows it, in each reader's own zone and language."""
    return f"<t:{int(moment.timestamp())}:{style}>"


def day(value: date) -> str:
    """A day without its year, short, in the language of the task: ``Nov 21``. For where Discord's own can't stand."""
    return str(format_skeleton("MMMd", value, locale=language()))


def date_of(moment: datetime) -> str:
    """A moment's day with its year, in the zone that the moment carries, for where Discord's own can't stand."""
    return format_date(moment, format="medium", locale=language())


def mention(user_id: int) -> str:
    """A member's name as a mention; it notifies only where the answer allows it."""
    return _("somebody who was erased") if is_nobody(user_id) else f"<@{user_id}>"


def duration(length: timedelta | int) -> str:
    """A length of time, given in seconds if not as one: ``2 hours 30 minutes``. `parse_duration` reads it back."""
    seconds = int(length.total_seconds()) if isinstance(length, timedelta) else length
    return " ".join(_counted(unit, count) for unit, count in units_of(seconds)) or _counted(Unit.SECOND, 0)


def rounded(length: timedelta) -> timedelta:
    """A length with its two largest units: what a person would say of it."""
    parts = units_of(int(length.total_seconds()))[:2]
    return timedelta(seconds=sum(unit * count for unit, count in parts))


def _counted(unit: Unit, count: int) -> str:
    match unit:
        case Unit.YEAR:
            said = ngettext("{count} year", "{count} years", count)
        case Unit.WEEK:
            said = ngettext("{count} week", "{count} weeks", count)
        case Unit.DAY:
            said = ngettext("{count} day", "{count} days", count)
        case Unit.HOUR:
            said = ngettext("{count} hour", "{count} hours", count)
        case Unit.MINUTE:
            said = ngettext("{count} minute", "{count} minutes", count)
        case _:
            said = ngettext("{count} second", "{count} seconds", count)
    return said.format(count=count)


def clock_time(moment: datetime) -> str:
    """A moment where Discord draws no timestamps, such as a suggestion, in the zone that it carries."""
    day = _("{day} {month} {year}").format(day=moment.day, month=_months()[moment.month - 1], year=moment.year)
    return f"{day} {moment:%H:%M}"


def _months() -> tuple[str, ...]:
    return (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )  # fmt: skip
