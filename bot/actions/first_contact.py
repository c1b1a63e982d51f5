"""The first words of the bot in a guild: to whom, where else, and what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import discord
import structlog

from bot.domain.guilds import FirstContact
from bot.domain.manual import Chapter
from bot.domain.outbox import Button, ButtonStyle, Payload
from bot.i18n import N_, SOURCE, _, closest, speaking

_log = structlog.stdlib.get_logger(__name__)

_PATIENCE = 5.0
"""Seconds that the audit log may take; without it the owner is told."""

_ENTRIES = 5

_STAFF = discord.Permissions(
    administrator=True,
    manage_guild=True,
    manage_channels=True,
    manage_roles=True,
    manage_messages=True,
    moderate_members=True,
    kick_members=True,
    ban_members=True,
)
"""Whoever has one of these is trusted by the server."""

_WORDS = N_("""\
Hello! I am **Folkmoot**, and I was just added to **{guild}**. This is what I can do here, as soon as it is switched on:

{features}

`/config` is where you choose what I do and how, and `/diagnose` proves that it will work; both are for those who may \
manage the server. `/help` has everything I can do, `/audit` what your staff changed, `/role` gives roles for a while \
or for good, and `/privacy` says what I keep of somebody.

I need permissions only for some of that, and `/diagnose` says which. If you remove me, what I know of the server is \
erased some time later.""")

_MOST_SWITCHES = 20
"""Buttons that switch a feature on; Discord takes 25 under a message."""


@dataclass(frozen=True)
class Leads:
    """Where the first words lead."""

    features: Sequence[Chapter]
    """What a server can switch."""

    off: Sequence[Chapter]
    """Those that are off in a new one."""

    docs_url: str | None


async def first_contact(guild: discord.Guild, leads: Leads) -> FirstContact | None:
    """Whom to greet: whoever added the bot, as far as it may know, else the owner. None if there is neither."""
    if guild.me is None:  # Discord left out our own member: what we may do here is not known
        return None
    user_id = await _adder(guild) or guild.owner_id
    if user_id is None:
        return None
    channel = staff_channel(guild)
    with speaking(closest(str(guild.preferred_locale)) or SOURCE):
        features = "\n".join(f"- **{_(one.title)}**: {_(one.summary)}" for one in leads.features)
        said = _(_WORDS).format(guild=discord.utils.escape_markdown(guild.name), features=features)
        words = Payload(said, buttons=_buttons(guild.id, leads))
    return FirstContact(user_id, words, None if channel is None else channel.id)


def _buttons(guild_id: int, leads: Leads) -> tuple[Button, ...]:
    """What can be done at once. Each names the guild, for it may stand in a direct message."""
    switches = [
        Button(
            _("Switch on: {feature}").format(feature=_(one.title)),
            f"config:switch-on:v1:{guild_id}:{one.feature.value}",
            ButtonStyle.SUCCESS,
        )
        for one in leads.off[:_MOST_SWITCHES]
        if one.feature is not None
    ]
    docs = [] if leads.docs_url is None else [Button(_("Documentation"), leads.docs_url, ButtonStyle.LINK)]
    return (
        *switches,
        Button(_("Settings"), f"config:panel:v1:{guild_id}", ButtonStyle.PRIMARY),
        Button(_("Will everything work?"), f"diagnose:run:v1:{guild_id}"),
        *docs,
    )


async def _adder(guild: discord.Guild) -> int | None:
    """Who added the bot, by the audit log; None where it may not be read or does not answer."""
    if not guild.me.guild_permissions.view_audit_log:
        return None
    try:
        async with asyncio.timeout(_PATIENCE):
            async for entry in guild.audit_logs(limit=_ENTRIES, action=discord.AuditLogAction.bot_add):
                if entry._target_id == guild.me.id:  # noqa: SLF001 — `target` is resolved from the cache only
                    return entry.user_id
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        _log.info("the audit log can't be read", guild=guild.id, error=repr(error))
    return None


def staff_channel(guild: discord.Guild) -> discord.TextChannel | None:
    """The topmost text channel that only staff see and the bot may write in."""
    return next((channel for channel in guild.text_channels if _is_staffs(channel)), None)


def _is_staffs(channel: discord.TextChannel) -> bool:
    guild = channel.guild
    mine = channel.permissions_for(guild.me)
    if not (mine.view_channel and mine.send_messages):
        return False
    # A hidden channel may also be one for guests of honour, or a conversation with one member.
    seeing = [role for role in guild.roles if channel.permissions_for(role).view_channel]
    if not all(role.managed or role.permissions.value & _STAFF.value for role in seeing):
        return False
    return guild.default_role not in seeing and not any(
        overwrite.view_channel and target.id != guild.me.id and guild.get_role(target.id) is None
        for target, overwrite in channel.overwrites.items()
    )
