"""How things are written for people: amounts, times, names, one and many."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from babel.dates import format_skeleton

from bot.i18n import language

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


def day(value: date) -> str:
    """A day without its year, short, in the language of the task: ``Nov 21``. For where Discord's own can't stand."""
    return str(format_skeleton("MMMd", value, locale=language()))


def mention(user_id: int) -> str:
    """A member's name as a mention; it notifies only where the answer allows it."""
    return f"<@{user_id}>"
