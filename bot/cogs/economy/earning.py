"""/daily, /weekly and /work: what members can claim now and then."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.host import interaction_key, services_of
from bot.cogs.economy.controls import guild_of
from bot.cogs.economy.job_pages import told
from bot.i18n import _, ngettext
from bot.services.earning import ClaimPaid, WorkPaid
from bot.ui import text
from bot.ui.answers import reply, settled
from bot.ui.theme import embed

Interaction = discord.Interaction[Any]


class EarningCog(commands.Cog):
    """Coins for being there, and for doing something."""

    @app_commands.command(name="daily", description="Take your coins for today.", extras={"examples": ["/daily"]})
    @app_commands.guild_only()
    async def daily(self, interaction: Interaction) -> None:
        """Pay the daily amount."""
        earning, guild_id = services_of(interaction).earning, guild_of(interaction)
        work = earning.daily(guild_id, interaction.user.id, key=interaction_key(interaction))
        paid = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=for_a_day(paid), ephemeral=True, done=True)

    @app_commands.command(name="weekly", description="Take your coins for this week.", extras={"examples": ["/weekly"]})
    @app_commands.guild_only()
    async def weekly(self, interaction: Interaction) -> None:
        """Pay the weekly amount."""
        earning, guild_id = services_of(interaction).earning, guild_of(interaction)
        work = earning.weekly(guild_id, interaction.user.id, key=interaction_key(interaction))
        paid = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=for_a_week(paid), ephemeral=True, done=True)

    @app_commands.command(
        name="work", description="Do a little job for the village, and be paid for it.", extras={"examples": ["/work"]}
    )
    @app_commands.guild_only()
    async def work(self, interaction: Interaction) -> None:
        """Pay for a job."""
        earning, guild_id = services_of(interaction).earning, guild_of(interaction)
        work = earning.work(guild_id, interaction.user.id, key=interaction_key(interaction))
        paid = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=for_work(paid), ephemeral=True, done=True)


def for_a_day(paid: ClaimPaid) -> discord.Embed:
    """A day's claim that was paid."""
    first = _("**{coins}** for today. You have **{wallet}** now.")
    lines = [first.format(coins=text.coins(paid.amount), wallet=text.number(paid.wallet))]
    if paid.bonus:
        lines.append(_("{coins} of it for your streak.").format(coins=text.coins(paid.bonus)))
    if paid.milestone:
        said = ngettext(
            "{coins} of it because your streak has reached {count} day! 🎉",
            "{coins} of it because your streak has reached {count} days! 🎉",
            paid.streak,
        )
        lines.append(said.format(coins=text.coins(paid.milestone), count=text.number(paid.streak)))
    following = ngettext(
        "Streak: {count} day. The next is ready {when}.",
        "Streak: {count} days. The next is ready {when}.",
        paid.streak,
    )
    lines.append(following.format(count=text.number(paid.streak), when=text.timestamp(paid.ready_at)))
    return embed(description="\n".join(lines))


def for_a_week(paid: ClaimPaid) -> discord.Embed:
    """A week's claim that was paid."""
    first = _("**{coins}** for this week. You have **{wallet}** now.")
    following = ngettext(
        "Streak: {count} week. The next is ready {when}.",
        "Streak: {count} weeks. The next is ready {when}.",
        paid.streak,
    )
    lines = (
        first.format(coins=text.coins(paid.amount), wallet=text.number(paid.wallet)),
        following.format(count=text.number(paid.streak), when=text.timestamp(paid.ready_at)),
    )
    return embed(description="\n".join(lines))


def for_work(paid: WorkPaid) -> discord.Embed:
    """Work that was paid."""
    lines = (
        told(paid.job, is_own=paid.is_own),
        _("**{coins}** for that. You have **{wallet}** now.").format(
            coins=text.coins(paid.amount), wallet=text.number(paid.wallet)
        ),
        _("There is work for you again {when}.").format(when=text.timestamp(paid.ready_at)),
    )
    return embed(description="\n".join(lines))
