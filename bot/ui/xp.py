"""How what leveling counts is said."""

from __future__ import annotations

from datetime import timedelta

from bot.i18n import _, ngettext
from bot.ui import text


def xp(amount: int) -> str:
    """XP: ``1,240 XP``."""
    return _("{count} XP").format(count=text.number(amount))


def messages(count: int) -> str:
    """Messages: ``1 message``."""
    return ngettext("{count} message", "{count} messages", count).format(count=text.number(count))


def voice(seconds: int) -> str:
    """Time in voice, in its two largest units: ``3 hours 20 minutes``."""
    return text.duration(text.rounded(timedelta(seconds=seconds)))
