"""Guilds and people as the gateway tells of them, handed to the recorder."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import discord
import structlog
from discord.ext import commands

from bot import first_look
from bot.actions.first_contact import Leads, first_contact
from bot.actions.host import ServiceHost
from bot.domain.features import FeatureSettings
from bot.domain.guilds import GuildSeen, MemberSeen, UserSeen
from bot.errors import Unavailable

_log = structlog.stdlib.get_logger(__name__)

_RETRY = 1.0
"""Seconds between two tries while the database is away."""

PERMISSIONS = discord.Permissions.none()
"""What this feature needs in a guild."""


class GuildsCog(commands.Cog):
    """Watches; says nothing."""

    def __init__(self, bot: Any) -> None:
        self._bot = bot
        host: ServiceHost = bot
        self._recorder = host.recorder
        self._services = host.services
        self._gate = host.gate

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was added, perhaps again. Written before anything else is said of this guild, for it is news once."""
        since = self._services.guilds.moment()
        if not await self._admit(guild):
            return
        contact = await first_contact(guild, self._leads())
        while self._bot.get_guild(guild.id) is not None:  # else it was left meanwhile
            try:
                await self._services.guilds.join(_guild_seen(guild), contact, since=since)
            except Unavailable:
                _log.warning("a new guild waits for the database", guild=guild.id)
                await asyncio.sleep(_RETRY)
            else:
                return

    def _leads(self) -> Leads:
        host: ServiceHost = self._bot
        usual = self._services.guild_settings.default(FeatureSettings)
        switched = [one for one in host.chapters if one.feature is not None]
        off = [one for one in switched if one.feature is not None and not usual.has(one.feature)]
        return Leads(switched, off, host.about.docs_url)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A guild arrived at start or after an outage."""
        if await self._admit(guild):
            self._recorder.guild(_guild_seen(guild))

    async def _admit(self, guild: discord.Guild) -> bool:
        if self._gate.serves(guild.id):
            return True
        _log.info("leaving a guild that is not on the list", guild=guild.id)
        await guild.leave()
        return False

    @commands.Cog.listener()
    async def on_guild_update(self, _before: discord.Guild, after: discord.Guild) -> None:
        """A name, icon or owner changed."""
        if self._gate.serves(after.id):
            self._recorder.guild(_guild_seen(after))

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted, perhaps one that was chosen for something."""
        if not self._gate.serves(channel.guild.id):
            return
        try:
            await self._services.staff_notices.channel_deleted(channel.guild.id, channel.id, channel.name)
        except Unavailable:
            _log.warning("a deleted channel was not looked up", guild=channel.guild.id, channel=channel.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed. What waits to be written goes first, lest it brings the guild back."""
        while self._bot.get_guild(guild.id) is None:  # else it is back already
            try:
                if await self._recorder.flush() and self._bot.get_guild(guild.id) is None:
                    await self._services.guilds.leave(guild.id)
                    return
            except Unavailable:
                _log.warning("a departure waits for the database", guild=guild.id)
            await asyncio.sleep(_RETRY)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Every guild has arrived: those that are missing were left while the bot was away.

        What was seen is written first: a guild that is back must not be erased by a deadline from before.
        """
        gone = None
        while gone is None:
            try:
                if await self._recorder.flush():
                    gone = await self._services.guilds.reconcile(self._present, self._bot.shard_range())
            except Unavailable:
                _log.warning("the guilds wait for the database")
            except Exception:  # noqa: BLE001 — without this the bot would never be settled, nor the ticker start
                _log.exception("the guilds could not be compared")
            if gone is None:
                await asyncio.sleep(_RETRY)
        for guild_id in gone:
            _log.info("a guild was left while away", guild=guild_id)
        self._bot.settled.set()

    def _present(self) -> list[int]:
        return [guild.id for guild in self._bot.guilds]

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody joined."""
        self._see(member, active=False)

    @commands.Cog.listener()
    async def on_member_update(self, _before: discord.Member, after: discord.Member) -> None:
        """A cached member changed."""
        self._see(after, active=False)

    @commands.Cog.listener()
    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Somebody left, was kicked or banned."""
        if self._gate.serves(payload.guild_id):
            self._recorder.member_left(payload.guild_id, payload.user.id, discord.utils.utcnow())

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody used a command or a control: what Discord says of them is the latest."""
        if isinstance(interaction.user, discord.Member):
            self._see(interaction.user, active=True)

    def _is_news(self, message: discord.Message) -> bool:
        author = message.author
        return isinstance(author, discord.Member) and self._recorder.is_news(
            author.guild.id, author.id, message.created_at
        )

    @commands.Cog.listener()
    @first_look.after(_is_news)
    async def on_message(self, message: discord.Message) -> None:
        """Somebody wrote who was not seen for a while."""
        self._see(cast("discord.Member", message.author), active=True)

    def _see(self, member: discord.Member, *, active: bool) -> None:
        """Note somebody, unless their server is not on the list: its people have nothing to do with this bot."""
        if not self._gate.serves(member.guild.id):
            return
        self._recorder.user(
            UserSeen(
                id=member.id,
                username=member.name,
                global_name=member.global_name,
                avatar=member.avatar.key if member.avatar else None,
                is_bot=member.bot,
            )
        )
        self._recorder.member(
            MemberSeen(
                guild_id=member.guild.id,
                user_id=member.id,
                nickname=member.nick,
                role_ids=tuple(role.id for role in member.roles[1:]),  # the first is @everyone
                pending=member.pending,
                joined_at=member.joined_at,
                last_active_at=discord.utils.utcnow() if active else None,
                display_name=member.display_name,
            )
        )


def _guild_seen(guild: discord.Guild) -> GuildSeen:
    return GuildSeen(
        id=guild.id,
        name=guild.name,
        icon=guild.icon.key if guild.icon else None,
        owner_id=guild.owner_id,
        member_count=guild.member_count,
        joined_at=guild.me.joined_at if guild.me else None,
        seen_at=discord.utils.utcnow(),
    )


async def setup(bot: Any) -> None:
    """Add what is here to a bot."""
    await bot.add_cog(GuildsCog(bot))
