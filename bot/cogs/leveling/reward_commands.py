"""/xp reward, /xp sync and /xp announce: what levels bring, for staff to decide."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.actions.authority import guild_of
from bot.actions.host import batches_of, services_of, source_of
from bot.actions.level_sync import SYNC, may_manage_xp
from bot.actions.role_grants import guild_facts, own_reach, reach, role_facts
from bot.cogs.leveling import reward_pages
from bot.cogs.leveling.announcing import place_of
from bot.domain.curves import HIGHEST
from bot.domain.level_rewards import MOST_COINS
from bot.domain.leveling import MAX_REWARD_TEXT, Reward, Stacking
from bot.domain.roles import Problem, Reach, check_can_be_given, check_may_give, refusal
from bot.errors import RewardNotFound, Unavailable, UserError
from bot.i18n import _
from bot.services.rewards import By, RewardList, RewardSet
from bot.ui import text
from bot.ui.answers import reply, settled
from bot.ui.inputs import MOST_CHOICES
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]
Bond = tuple[int, int]

STACKING = [
    app_commands.Choice(name="stays", value=Stacking.STACK.value),
    app_commands.Choice(name="goes with the next", value=Stacking.REPLACE.value),
]
_LONGEST_CHOICE, _LONGEST_ID = 100, 20
_BOUNDLESS = Reach(0, may_manage=True, is_owner=True)
"""A reach that nothing is beyond: what is in the way of mine can be mended in Discord, and the reward set before."""


class OwnReward(app_commands.Transformer):
    """A reward by its level and its role, as ``5/123`` (``5/0``: no role); those that there are, are offered.

    Typed without choosing it is the one of that level, or the one that alone would be offered.
    """

    async def transform(self, interaction: Interaction, value: str, /) -> Bond:
        """Which one.

        Raises:
            RewardNotFound: it is none, or could be several.
        """
        level, _slash, role = value.strip().partition("/")
        if role and all(one.isascii() and one.isdecimal() and len(one) <= _LONGEST_ID for one in (level, role)):
            return int(level), int(role)
        found = await self._fitting(interaction, value)
        number = value.casefold().removeprefix("level").strip()
        of_level = [bond for bond, _name in found if str(bond[0]) == number]
        fitting = of_level or [bond for bond, _name in found]
        if len(fitting) != 1:
            raise RewardNotFound(value[:_LONGEST_CHOICE])
        return fitting[0]

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[app_commands.Choice[str]]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """The rewards, for those who may change them."""
        try:
            found = await self._fitting(interaction, value)
        except (Unavailable, UserError):
            return []
        return [
            app_commands.Choice(name=name[:_LONGEST_CHOICE], value=f"{level}/{role_id}")
            for (level, role_id), name in found[:MOST_CHOICES]
        ]

    async def _fitting(self, interaction: Interaction, value: str) -> list[tuple[Bond, str]]:
        """The rewards in whose names a text stands, or at whose level."""
        found = await services_of(interaction).rewards.all(await may_manage_xp(interaction))
        wanted = value.strip().casefold()
        named = [((one.level, one.role_id), _named(interaction, one)) for one in found]
        return [(bond, name) for bond, name in named if wanted in name.casefold() or f"{bond[0]}/".startswith(wanted)]


def _named(interaction: Interaction, reward: Reward) -> str:
    """A reward where Discord draws no mentions."""
    role = None if interaction.guild is None else interaction.guild.get_role(reward.role_id)
    parts = [f"@{role.name if role else reward.role_id}"] if reward.role_id else []
    parts += [text.plain_coins(reward.coins)] if reward.coins else []
    parts += [reward.message] if reward.message else []
    return _("Level {level}: {reward}").format(level=reward.level, reward=", ".join(parts))


class RewardCommands(commands.Cog):
    """Staff's side of what levels bring."""

    reward = app_commands.Group(name="reward", description="Decide what levels bring.")

    @for_staff
    @reward.command(
        name="set",
        description="Have a level bring a role, coins, a message, or several of these.",
        extras={
            "examples": [
                "/xp reward set level:5 role:@Regular",
                "/xp reward set level:10 coins:500 message:Well done, {member}!",
            ]
        },
    )
    @app_commands.describe(
        level="Which level.",
        role="The role that it brings.",
        coins="How many coins it brings, once for each member.",
        message="What is said then besides, with {member}, {level}, {xp}, {server} and {reward}.",
        stacking="Whether the role goes when the next such role comes; it stays if you leave it out.",
    )
    @app_commands.choices(stacking=STACKING)
    async def reward_set(
        self,
        interaction: Interaction,
        *,
        level: Range[int, 1, HIGHEST],
        role: discord.Role | None = None,
        coins: Range[int, 0, MOST_COINS] = 0,
        message: Range[str, 1, MAX_REWARD_TEXT] | None = None,
        stacking: str = Stacking.STACK.value,
    ) -> None:
        """Set it in place of the one of the same level and role."""
        reward = Reward(level, 0 if role is None else role.id, Stacking(stacking), coins, message)

        async def work() -> tuple[RewardSet, Problem | None]:
            guild_id = await may_manage_xp(interaction)
            trouble = None if role is None else _check_role(interaction, role)
            by = By(interaction.user.id, source_of(interaction))
            return await services_of(interaction).rewards.set(guild_id, reward, by), trouble

        page = reward_pages.reward_set(*await settled(interaction, work(), ephemeral=True))
        await reply(interaction, embed=page, ephemeral=True, done=True)

    @for_staff
    @reward.command(
        name="remove",
        description="Have a level no longer bring something; who has it keeps it.",
        extras={"examples": ["/xp reward remove reward:5"]},
    )
    @app_commands.describe(reward="Which one; choose from the list.")
    async def reward_remove(self, interaction: Interaction, reward: Transform[Bond, OwnReward]) -> None:
        """Remove it."""

        async def work() -> Reward:
            guild_id = await may_manage_xp(interaction)
            by = By(interaction.user.id, source_of(interaction))
            return await services_of(interaction).rewards.remove(guild_id, *reward, by)

        gone = await settled(interaction, work(), ephemeral=True)
        await reply(interaction, embed=reward_pages.reward_removed(gone), ephemeral=True, done=True)

    @for_staff
    @reward.command(
        name="list",
        description="See what levels bring, and what is wrong about it.",
        extras={"examples": ["/xp reward list"]},
    )
    async def reward_list(self, interaction: Interaction) -> None:
        """Show all."""

        async def work() -> RewardList:
            return await services_of(interaction).rewards.listed(await may_manage_xp(interaction), interaction.user.id)

        shown = await settled(interaction, work(), ephemeral=True)
        facts = guild_facts(guild_of(interaction))
        found = {
            one.role_id: refusal(facts.roles.get(one.role_id), facts.reach) for one in shown.rewards if one.role_id
        }
        troubles = {role_id: trouble for role_id, trouble in found.items() if trouble is not None}
        await reply(interaction, embed=reward_pages.for_staff(shown, troubles), ephemeral=True)

    @for_staff
    @app_commands.command(
        name="sync",
        description="Give and take the roles of all members as their levels say; you see who before anything is done.",
        extras={"examples": ["/xp sync"], "slash_only": True},
    )
    async def sync(self, interaction: Interaction) -> None:
        """Answer with the dry run."""
        await batches_of(interaction).propose(interaction, SYNC, {})

    @for_staff
    @app_commands.command(
        name="announce",
        description="See how it will be said that somebody reached a level, and where.",
        extras={"examples": ["/xp announce"]},
    )
    async def announce(self, interaction: Interaction) -> None:
        """Show a preview."""

        async def work() -> tuple[str, str, str | None]:
            guild_id = await may_manage_xp(interaction)
            said = await services_of(interaction).rewards.preview(guild_id, interaction.user.id)
            return said, *await place_of(interaction)

        page = reward_pages.preview(*await settled(interaction, work(), ephemeral=True))
        await reply(interaction, embed=page, ephemeral=True)


def _check_role(interaction: Interaction, role: discord.Role) -> Problem | None:
    """What keeps me from giving a role for now, of one that whoever asks could give themselves.

    Raises:
        RoleIsEveryones, RoleIsManaged, RoleTooPowerful: it is never given.
        RoleAboveYours: they could not.
    """
    facts = role_facts(role)
    check_can_be_given(facts, _BOUNDLESS)
    if isinstance(interaction.user, discord.Member):
        check_may_give(reach(interaction.user), facts)
    return refusal(facts, own_reach(guild_of(interaction)))
