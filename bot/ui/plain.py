"""Texts with mentions and markup, made plain for where Discord draws neither, such as the rows of menus."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import discord

from bot.i18n import _
from bot.ui import text

_MARKUP = re.compile(
    r"<@!?(?P<user>\d+)>|<@&(?P<role>\d+)>|<#(?P<channel>\d+)>|<t:(?P<moment>\d{1,11})(?::\w)?>|\\(?P<escaped>\W)|[`*]"
)


@dataclass(frozen=True)
class Plain:
    """Makes texts plain, with what the things of a guild are called and in the zone of who reads."""

    guild: discord.Guild | None
    people: Mapping[int, str]
    """Names of users, of those whom anybody knows."""
    zone: tzinfo

    def __call__(self, said: str) -> str:
        """A text without mentions, timestamps and markup."""
        return _MARKUP.sub(self._named, said)

    def _named(self, found: re.Match[str]) -> str:
        kind, about = found.lastgroup, found[found.lastgroup] if found.lastgroup else ""
        match kind:
            case "user":
                return self.people.get(int(about)) or _("somebody")
            case "role":
                role = None if self.guild is None else self.guild.get_role(int(about))
                return _("a deleted role") if role is None else f"@{role.name}"
            case "channel":
                channel = None if self.guild is None else self.guild.get_channel_or_thread(int(about))
                return _("a deleted channel") if channel is None else f"#{channel.name}"
            case "moment":
                return text.clock_time(datetime.fromtimestamp(int(about), UTC).astimezone(self.zone))
            case _:
                return about
