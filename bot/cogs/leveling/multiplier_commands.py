"""/xp multiplier: by what XP is multiplied in a channel or with a role, for staff to decide."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.actions.host import services_of, source_of
from bot.actions.level_sync import may_manage_xp
from bot.cogs.leveling import multiplier_pages as pages
from bot.domain.leveling import TargetKind
from bot.domain.multipliers import Multiplier, parse_factor
from bot.errors import MultiplierNotFound, MultiplierOfOne, RoleIsEveryones, Unavailable, UserError
from bot.services.rewards import By
from bot.ui.answers import reply, settled
from bot.ui.inputs import MOST_CHOICES
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]
Named = tuple[TargetKind, int]
Somewhere = (
    discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | discord.CategoryChannel
    | discord.Thread
)  # fmt: skip
_LONGEST_CHOICE, _LONGEST_ID = 100, 20


class OwnMultiplier(app_commands.Transformer):
    """A multiplier by what it is about, as ``role/123``, or typed as the one that alone would be offered."""

    async def transform(self, interaction: Interaction, value: str, /) -> Named:
        """Which one.

        Raises:
            MultiplierNotFound: it is none, or could be several.
        """
        kind, _slash, target = value.strip().partition("/")
        if kind in set(TargetKind) and target.isascii() and target.isdecimal() and len(target) <= _LONGEST_ID:
            return TargetKind(kind), int(target)
        fitting = await self._fitting(interaction, value)
        if len(fitting) != 1:
            raise MultiplierNotFound(value[:_LONGEST_CHOICE])
        return fitting[0][0].kind, fitting[0][0].target_id

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[app_commands.Choice[str]]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """The multipliers, for those who may change them."""
        try:
            found = await self._fitting(interaction, value)
        except (Unavailable, UserError):
            return []
        return [app_commands.Choice(name=name[:_LONGEST_CHOICE], value=one.name) for one, name in found[:MOST_CHOICES]]

    async def _fitting(self, interaction: Interaction, value: str) -> list[tuple[Multiplier, str]]:
        """The multipliers in whose names a text stands, or whose kind begins so."""
        found = await services_of(interaction).multipliers.all(await may_manage_xp(interaction))
        wanted = value.strip().casefold()
        named = [(one, pages.plainly(interaction.guild, one)) for one in found]
        return [(one, name) for one, name in named if wanted in name.casefold() or one.name.startswith(wanted)]


class MultiplierCommands(commands.Cog):
    """Staff's side of where and with which roles more or less is earned."""

    multiplier = app_commands.Group(name="multiplier", description="Decide where and with which roles more is earned.")

    @for_staff
    @multiplier.command(
        name="set",
        description="Multiply the XP that is earned in a channel, or by everybody with a role; x0 excludes.",
        extras={
            "examples": ["/xp multiplier set factor:x1.5 role:@Member", "/xp multiplier set factor:0 channel:#bots"]
        },
    )
    @app_commands.describe(
        factor="By how much, such as x1.5 or 150%; 0 for nothing.",
        channel="A channel, category or thread; the nearest one counts.",
        role="A role; the settings say what several come to.",
    )
    async def multiplier_set(
        self,
        interaction: Interaction,
        *,
        factor: Range[str, 1, 16],
        channel: Somewhere | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Set it in place of the one that is there."""

        async def work() -> tuple[Multiplier, Multiplier | None]:
            guild_id = await may_manage_xp(interaction)
            new = _multiplier(channel, role, factor)
            by = By(interaction.user.id, source_of(interaction))
            return new, await services_of(interaction).multipliers.set(guild_id, new, by)

        page = pages.multiplier_set(*await settled(interaction, work(), ephemeral=True))
        await reply(interaction, embed=page, ephemeral=True, done=True)

    @for_staff
    @multiplier.command(
        name="remove",
        description="Have a channel or a role no longer multiply XP.",
        extras={"examples": ["/xp multiplier remove multiplier:role"]},
    )
    @app_commands.describe(multiplier="Which one; choose from the list.")
    async def multiplier_remove(self, interaction: Interaction, multiplier: Transform[Named, OwnMultiplier]) -> None:
        """Remove it."""

        async def work() -> Multiplier:
            guild_id = await may_manage_xp(interaction)
            by = By(interaction.user.id, source_of(interaction))
            return await services_of(interaction).multipliers.remove(guild_id, *multiplier, by)

        gone = await settled(interaction, work(), ephemeral=True)
        await reply(interaction, embed=pages.multiplier_removed(gone), ephemeral=True, done=True)

    @for_staff
    @multiplier.command(
        name="list",
        description="See where and with which roles more or less is earned.",
        extras={"examples": ["/xp multiplier list"]},
    )
    async def multiplier_list(self, interaction: Interaction) -> None:
        """Show all."""

        async def work() -> tuple[Multiplier, ...]:
            return await services_of(interaction).multipliers.all(await may_manage_xp(interaction))

        shown = await settled(interaction, work(), ephemeral=True)
        await reply(interaction, embed=pages.multipliers(shown), ephemeral=True)


def _multiplier(channel: Somewhere | None, role: discord.Role | None, factor: str) -> Multiplier:
    """What was asked for.

    Raises:
        MultiplierOfOne: it is for neither a channel nor a role, or for both.
        RoleIsEveryones: it is for everybody, which the settings have a factor for.
        FactorNotUnderstood: the factor is none.
    """
    if role is not None and channel is None:
        if role.is_default():
            raise RoleIsEveryones
        return Multiplier(TargetKind.ROLE, role.id, parse_factor(factor))
    if channel is None or role is not None:
        raise MultiplierOfOne
    kind = TargetKind.CHANNEL
    if isinstance(channel, discord.Thread):
        kind = TargetKind.THREAD
    elif isinstance(channel, discord.CategoryChannel):
        kind = TargetKind.CATEGORY
    return Multiplier(kind, channel.id, parse_factor(factor))
