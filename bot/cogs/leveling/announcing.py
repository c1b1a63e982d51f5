"""Where announcements of levels stand, for a preview of one."""

from __future__ import annotations

from typing import Any

import discord

from bot.actions.authority import guild_of, me_of
from bot.actions.host import services_of
from bot.domain.leveling_settings import LevelSettings
from bot.domain.probes import WRITING, shortfall
from bot.i18n import _, ngettext
from bot.ui import text
from bot.ui.manual import permission_names

Interaction = discord.Interaction[Any]


async def place_of(interaction: Interaction) -> tuple[str, str | None]:
    """Where and when levels are announced, in words; and what keeps me from doing so in the chosen channel."""
    guild = guild_of(interaction)
    settings = (await services_of(interaction).guild_settings.read(guild.id, LevelSettings)).value
    chosen = settings.announce_channel
    lines = [_where(settings)]
    if settings.announce != "none":
        lines.append(_when(settings))
    return "\n".join(lines), None if chosen is None else _trouble(guild, chosen)


def _where(settings: LevelSettings) -> str:
    other = f"<#{settings.announce_channel}>"
    match settings.announce, settings.announce_channel:
        case "none", _channel:
            return _("It is not said anywhere: that is what `/config` says.")
        case "dm", _channel:
            return _("It is said in a direct message.")
        case "same", None:
            return _("It is said where the member wrote. Levels from voice are not said.")
        case "same", _channel:
            return _("It is said where the member wrote, and from voice in {channel}.").format(channel=other)
        case _, None:
            return _("It is not said anywhere: no channel is chosen in `/config`.")
        case _:
            return _("It is said in {channel}.").format(channel=other)


def _when(settings: LevelSettings) -> str:
    every, least = settings.announce_every, settings.announce_from
    if every:
        said = ngettext(
            "For every level, from level {least}.",
            "For every {count} levels and those that bring something, from level {least}.",
            every,
        )
    else:
        said = _("For levels that bring something, from level {least}.")
    return said.format(count=text.number(every), least=text.number(least))


def _trouble(guild: discord.Guild, channel_id: int) -> str | None:
    channel = guild.get_channel_or_thread(channel_id)
    if channel is None:
        return _("The chosen channel is gone.")
    me_of(guild)
    allowed = [name for name, may in channel.permissions_for(guild.me) if may]
    missing = shortfall(WRITING[:2], allowed)
    if not missing:
        return None
    names = ", ".join(permission_names(discord.Permissions(**dict.fromkeys(missing, True)).value))
    return _("I lack {permissions} in {channel}.").format(permissions=names, channel=f"<#{channel_id}>")
