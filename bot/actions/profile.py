"""Who somebody is: what Discord says, what was seen here, and what the features know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import discord
import structlog

from bot.actions.authority import guild_of
from bot.actions.host import ServiceHost, host_of
from bot.actions.people import on_discord
from bot.domain.people import Stay
from bot.domain.profile import Fact, Glance
from bot.errors import Unavailable, UserError
from bot.i18n import language
from bot.services import Services

_log = structlog.stdlib.get_logger(__name__)

Interaction = discord.Interaction[Any]
Somebody = discord.Member | discord.User

AboutMember = Callable[[Services, Glance], Awaitable[Sequence[Fact]]]
"""What a feature tells of a member to whoever looks. A `UserError` means that it has nothing to tell."""

_PATIENCE = 1.5
"""Seconds for what the database adds, and for a face: each is left out rather than waited for."""

_AVATAR = 256
"""Pixels; enough for a card."""


@dataclass(frozen=True)
class Profile:
    """Somebody, as far as whoever looks may know."""

    person: Somebody
    """As Discord shows them; a `discord.Member` if they are here."""
    guild: discord.Guild
    stay: Stay | None
    """When they were here, as it was seen; None if they never were, or it is not known in a moment."""
    facts: tuple[Fact, ...]
    accent: int
    background: str
    zone: ZoneInfo
    """In which whoever looks reads days."""

    @property
    def joined_at(self) -> datetime | None:
        """When they came here last."""
        if isinstance(self.person, discord.Member):
            return self.person.joined_at
        return None if self.stay is None else self.stay.joined_at

    @property
    def roles(self) -> list[discord.Role]:
        """Their roles, the highest first, without everybody's."""
        if not isinstance(self.person, discord.Member):
            return []
        return [one for one in reversed(self.person.roles) if not one.is_default()]

    @property
    def is_here(self) -> bool:
        """Whether they are a member."""
        return isinstance(self.person, discord.Member)


async def look_at(interaction: Interaction, who: int | Somebody) -> Profile:
    """Gather all that there is. Call it in `settled`: Discord may be asked, and the database.

    Raises:
        GuildOnly, DiscordAway: there is no guild, or Discord did not answer.
        PersonNotFound: nobody on Discord has this id.
    """
    guild, host = guild_of(interaction), host_of(interaction)
    person = await on_discord(interaction.client, guild, who) if isinstance(who, int) else who
    viewer = interaction.user
    # What is typed is answered where everybody reads, and so without what only staff may know.
    alone = isinstance(interaction, discord.Interaction)
    permissions = viewer.guild_permissions.value if alone and isinstance(viewer, discord.Member) else 0
    glance = Glance(guild.id, person.id, person.bot, viewer.id, permissions)
    (own, accent, zone, stay), told = await asyncio.gather(
        asyncio.gather(
            host.preferences(person.id), host.accent(guild.id), _zone(interaction), _stay(host, guild.id, person.id)
        ),
        asyncio.gather(*(_told(one, host, glance) for one in host.tellers)),
    )
    facts = tuple(fact for facts in told for fact in facts)
    colour = accent if own.accent is None else own.accent
    return Profile(person, guild, stay, facts, colour, own.background, zone)


async def face(person: Somebody) -> bytes | None:
    """Somebody's own picture; None for those who have none, or if it can't be had in a moment."""
    avatar = person.guild_avatar if isinstance(person, discord.Member) else None
    avatar = avatar or person.avatar
    if avatar is None:
        return None
    try:
        async with asyncio.timeout(_PATIENCE):
            return await avatar.replace(size=_AVATAR, format="png").read()
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        _log.warning("a picture of somebody could not be had", user=person.id, error=repr(error))
        return None


async def _told(teller: AboutMember, host: ServiceHost, glance: Glance) -> Sequence[Fact]:
    """What one feature tells; nothing where it has nothing, and none keeps the others from telling."""

    async def ask() -> Sequence[Fact]:
        return await teller(host.services, glance)

    try:
        # Facts are words, so what somebody asks in one language is no answer in another.
        return await host.inquiries.ask(("told", teller, glance, language()), ask, _PATIENCE)
    except (UserError, TimeoutError):
        return ()
    except Exception:  # noqa: BLE001 — what the others tell is worth an answer
        _log.exception("a feature could not tell of a member", user=glance.user_id)
        return ()


async def _stay(host: ServiceHost, guild_id: int, user_id: int) -> Stay | None:
    find = partial(host.services.people.stay, guild_id, user_id)
    try:
        return await host.inquiries.ask(("stay", guild_id, user_id), find, _PATIENCE)
    except (Unavailable, TimeoutError):
        return None


async def _zone(interaction: Interaction) -> ZoneInfo:
    try:
        return await host_of(interaction).zone_of(interaction)
    except Unavailable:
        return ZoneInfo("UTC")
