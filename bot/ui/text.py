"""How things are written for people: amounts, times, names, one and many."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from bot.domain.durations import Unit, units_of
from bot.i18n import _, ngettext

TimestampStyle = Literal["t", "T", "d", "D", "f", "F", "R"]


def number(value: int) -> str:
    """A whole number with separators: ``1,234``."""
    return f"{value:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count and its noun: ``1 coin``, ``2 coins``."""
    noun = one if count == 1 else many or f"{one}s"
    return f"{number(count)} {noun}"


def coins(amount: int) -> str:
    """An amount of money."""
    return plural(amount, "coin")


def timestamp(moment: datetime, style: TimestampStyle = "R") -> str:
    """A moment as Discord shows it, in each reader's own zone and language."""
    return f"<t:{int(moment.timestamp())}:{style}>"


def mention(user_id: int) -> str:
    """A member's name as a mention; it notifies only where the answer allows it."""
    return f"<@{user_id}>"


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
