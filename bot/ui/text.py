"""How things are written for people: amounts, times, names, one and many."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from babel.dates import format_skeleton
from babel.numbers import format_decimal, get_group_symbol

from bot.domain.privacy import is_nobody
from bot.i18n import _, language, ngettext

TimestampStyle = Literal["t", "T", "d", "D", "f", "F", "R"]


def number(value: int) -> str:
    """A whole number with the separators of this task's language: ``1,234``."""
    return format_decimal(value, locale=language())


def separator() -> str:
    """What stands between thousands in the language of the task."""
    return get_group_symbol(language())


def signed(value: int) -> str:
    """A number that says in which direction it goes: ``+50``, ``-50``."""
    return number(value) if value < 0 else f"+{number(value)}"


def coins(amount: int) -> str:
    """An amount of money."""
    return ngettext("{count} coin", "{count} coins", amount).format(count=number(amount))


def timestamp(moment: datetime, style: TimestampStyle = "R") -> str:
    """A moment as Discord shows it, in each reader's own zone and language."""
    return f"<t:{int(moment.timestamp())}:{style}>"


def day(value: date) -> str:
    """A day without its year, short, in the language of the task: ``Nov 21``. For where Discord's own can't stand."""
    return str(format_skeleton("MMMd", value, locale=language()))


def mention(user_id: int) -> str:
    """A member's name as a mention; it notifies only where the answer allows it."""
    return _("somebody who was erased") if is_nobody(user_id) else f"<@{user_id}>"
