"""/lock, /unlock and /slowmode."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.actions.authority import require_standing_at
from bot.actions.host import batches_of, services_of, source_of
from bot.actions.lock_batches import LOCK_ALL, UNLOCK_ALL, LockAll, UnlockAll
from bot.actions.lock_channels import AnyChannel, check_reach, form_of
from bot.actions.locks import Carried, LockKeeper
from bot.cogs.moderation import lock_answers
from bot.cogs.moderation.acting import settings_of
from bot.cogs.moderation.lock_controls import EndConfirm
from bot.cogs.moderation.options import usual_reasons
from bot.domain.authority import Permission, Staff
from bot.domain.locks import LONGEST, MAX_REASON, SHORTEST, SLOWEST, LockKind, LockOrder, LockSettings, LockState, Wish
from bot.errors import AlreadyLocked, NotLockable
from bot.ui.answers import reply, settled
from bot.ui.errors import describe
from bot.ui.inputs import HowLong
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]
Lockable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | discord.Thread

HOW_LONG = HowLong(least=int(SHORTEST.total_seconds()), most=int(LONGEST.total_seconds()))
HOW_SLOW = HowLong(least=0, most=SLOWEST, usual=(0, 5, 10, 30, 60, 300, 900, 3_600, SLOWEST), ends=False)
WHY = Range[str, 1, MAX_REASON]


class LocksCog(commands.Cog):
    """Channels in which nobody may write, or not so often."""

    def __init__(self, keeper: LockKeeper) -> None:
        self._keeper = keeper

    @for_staff
    @app_commands.command(
        name="lock",
        description="Let nobody write in a channel, or in the whole server, until it is unlocked.",
        extras={"examples": ["/lock", "/lock channel:#general duration:2h reason:Raid", "/lock everywhere:True"]},
    )
    @app_commands.describe(
        channel="Which; this one if you leave it out.",
        duration="For how long, such as 2h; until somebody unlocks it if you leave it out.",
        reason="Why; the channel and Discord's audit log say it.",
        role="A further role that may not write, beside @everyone and those of the settings.",
        everywhere="Whether to lock every channel; you see which before anything is done.",
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_channels=True)
    async def lock(
        self,
        interaction: Interaction,
        *,
        channel: Lockable | None = None,
        duration: Transform[int, HOW_LONG] | None = None,
        reason: WHY | None = None,
        role: discord.Role | None = None,
        everywhere: bool = False,
    ) -> None:
        """Lock it, or answer with the dry run of all."""
        more = () if role is None or role.is_default() else (role.id,)
        lasts = None if duration is None else timedelta(seconds=duration)
        if everywhere:
            await batches_of(interaction).propose(interaction, LOCK_ALL, LockAll(lasts, reason, more).stored())
            return
        try:
            done = await settled(interaction, self._lock(interaction, channel, lasts, reason, more), ephemeral=True)
        except AlreadyLocked as refused:
            await self._ask(interaction, channel, duration, refused)
            return
        await reply(interaction, embed=lock_answers.locked(done), ephemeral=True, done=True)

    async def _lock(
        self,
        interaction: Interaction,
        channel: AnyChannel | None,
        lasts: timedelta | None,
        reason: str | None,
        roles: tuple[int, ...],
    ) -> Carried:
        await settings_of(interaction)
        place = await _checked(interaction, channel, LockKind.LOCK)
        settings = (await services_of(interaction).guild_settings.read(place.guild.id, LockSettings)).value
        wish = Wish(role_ids=tuple(dict.fromkeys([*settings.lock_roles, *roles])))
        by, source = interaction.user.id, source_of(interaction)
        order = LockOrder(place.id, LockKind.LOCK, by, wish, source, reason=reason, lasts=lasts)
        return await self._keeper.order(place.guild.id, order)

    async def _ask(
        self, interaction: Interaction, channel: AnyChannel | None, seconds: int | None, refused: AlreadyLocked
    ) -> None:
        """Say that it is locked, and offer to let that end at another time.

        Raises:
            AlreadyLocked: there is nothing to offer.
        """
        place = _place(interaction, channel)
        lock = await services_of(interaction).locks.find(place.guild.id, place.id, LockKind.LOCK)
        if lock is None or lock.state is not LockState.STANDING or (seconds is None and lock.expires_at is None):
            raise refused
        view = EndConfirm.about(interaction.user.id, lock, seconds)
        await reply(interaction, embed=lock_answers.already(describe(refused), seconds), view=view, ephemeral=True)

    @for_staff
    @app_commands.command(
        name="unlock",
        description="Open a channel that I locked, or the whole server, and put back just what the lock changed.",
        extras={"examples": ["/unlock", "/unlock channel:#general reason:Over", "/unlock everywhere:True"]},
    )
    @app_commands.describe(
        channel="Which; this one if you leave it out.",
        everywhere="Whether to open all that was locked with the whole server; you see which before it is done.",
        reason="Why; the channel and Discord's audit log say it.",
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_channels=True)
    async def unlock(
        self,
        interaction: Interaction,
        channel: Lockable | None = None,
        *,
        everywhere: bool = False,
        reason: WHY | None = None,
    ) -> None:
        """Unlock it, or answer with the dry run of all."""
        if everywhere:
            await batches_of(interaction).propose(interaction, UNLOCK_ALL, UnlockAll(reason=reason).stored())
            return
        done = await settled(interaction, self._unlock(interaction, channel, reason), ephemeral=True)
        await reply(interaction, embed=lock_answers.unlocked(done), ephemeral=True, done=True)

    async def _unlock(self, interaction: Interaction, channel: AnyChannel | None, reason: str | None) -> Carried:
        await settings_of(interaction)
        place = await _checked(interaction, channel, LockKind.LOCK)
        by, source = interaction.user.id, source_of(interaction)
        return await self._keeper.lift(place.guild.id, place.id, LockKind.LOCK, by=by, source=source, reason=reason)

    @for_staff
    @app_commands.command(
        name="slowmode",
        description="Let members write in a channel only every so often, for a while or for good.",
        extras={"examples": ["/slowmode length:30s", "/slowmode length:1m channel:#general duration:2h reason:Rush"]},
    )
    @app_commands.describe(
        length="How long one waits between two messages, such as 30s or 5m; 0s for no slowmode.",
        channel="Which; this one if you leave it out.",
        duration="For how long, such as 2h; then it is as before. For good if you leave it out.",
        reason="Why; Discord's audit log says it.",
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_channels=True)
    async def slowmode(
        self,
        interaction: Interaction,
        length: Transform[int, HOW_SLOW],
        *,
        channel: Lockable | None = None,
        duration: Transform[int, HOW_LONG] | None = None,
        reason: WHY | None = None,
    ) -> None:
        """Set it."""
        lasts = None if duration is None else timedelta(seconds=duration)
        done = await settled(interaction, self._slow(interaction, channel, length, lasts, reason), ephemeral=True)
        await reply(interaction, embed=lock_answers.slowed(done), ephemeral=True, done=True)

    async def _slow(
        self,
        interaction: Interaction,
        channel: AnyChannel | None,
        seconds: int,
        lasts: timedelta | None,
        reason: str | None,
    ) -> Carried:
        await settings_of(interaction)
        place = await _checked(interaction, channel, LockKind.SLOWMODE)
        by, source, wish = interaction.user.id, source_of(interaction), Wish(seconds=seconds)
        order = LockOrder(place.id, LockKind.SLOWMODE, by, wish, source, reason=reason, lasts=lasts)
        return await self._keeper.order(place.guild.id, order)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted, perhaps a locked one."""
        await self._keeper.gone(channel.guild.id, channel.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted, perhaps a locked one."""
        await self._keeper.gone(payload.guild_id, payload.thread_id)


def _place(interaction: Interaction, channel: AnyChannel | None) -> AnyChannel:
    """The channel that is meant.

    Raises:
        NotLockable: it is none that can be locked.
    """
    place: Any = channel or interaction.channel
    if not isinstance(place, discord.abc.GuildChannel | discord.Thread) or form_of(place) is None:
        raise NotLockable
    return place


async def _checked(interaction: Interaction, channel: AnyChannel | None, kind: LockKind) -> AnyChannel:
    """The channel that is meant, if this person may lock it, and I can.

    Raises:
        NotLockable, BotPermissionNeeded: it is none that can be locked, or I lack a permission.
        What `require_standing_at` raises.
    """
    place = _place(interaction, channel)
    await require_standing_at(interaction, place, Permission.MANAGE_CHANNELS, Staff.MODERATOR)
    check_reach(place, kind)
    return place
