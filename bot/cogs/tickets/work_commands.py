"""/ticket claim, unclaim, transfer, note, escalate and duty."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.actions.host import services_of
from bot.actions.ticket_desk import staff_of_any
from bot.cogs.tickets import work_pages as pages
from bot.cogs.tickets.work_acts import acted, note_of, say
from bot.cogs.tickets.work_controls import give
from bot.domain.permissions import name_of
from bot.domain.ticket_work import MAX_NOTE
from bot.domain.tickets import MAX_REASON
from bot.errors import PermissionNeeded, TargetIsBot
from bot.ui.answers import settled

Interaction = discord.Interaction[Any]


class WorkCommands(commands.Cog):
    """Whose a ticket is, and who helps."""

    @app_commands.command(
        name="claim",
        description="Take care of the ticket of this channel.",
        extras={"examples": ["/ticket claim"]},
    )
    async def ticket_claim(self, interaction: Interaction) -> None:
        """Take it."""
        await acted(interaction, lambda work, here: work.claim(here.asked), pages.claimed)

    @app_commands.command(
        name="unclaim",
        description="Give the ticket of this channel back, so that somebody else takes care of it.",
        extras={"examples": ["/ticket unclaim"]},
    )
    async def ticket_unclaim(self, interaction: Interaction) -> None:
        """Give it back."""
        await acted(interaction, lambda work, here: work.unclaim(here.asked, manages=here.manages), pages.unclaimed)

    @app_commands.command(
        name="transfer",
        description="Give the ticket of this channel to somebody else of staff.",
        extras={"examples": ["/ticket transfer to:@Bob"]},
    )
    @app_commands.describe(to="Who takes care of it then.")
    async def ticket_transfer(self, interaction: Interaction, to: discord.Member) -> None:
        """Give it to them, or ask whether to."""
        await give(interaction, None, to.id)

    @app_commands.command(
        name="note",
        description="Write a note on the ticket of this channel that only staff sees.",
        extras={"examples": ["/ticket note text:Asked billing about it"]},
    )
    @app_commands.describe(text="What staff should know; the member never sees it.")
    async def ticket_note(self, interaction: Interaction, text: Range[str, 1, MAX_NOTE]) -> None:
        """Keep it."""
        await acted(interaction, note_of(interaction, text), pages.noted)

    @app_commands.command(
        name="escalate",
        description="Call for more help with the ticket of this channel, and make it more urgent.",
        extras={"examples": ["/ticket escalate", "/ticket escalate reason:A refund above my limit"]},
    )
    @app_commands.describe(reason="Why; staff reads it in the log.")
    async def ticket_escalate(self, interaction: Interaction, reason: Range[str, 1, MAX_REASON] | None = None) -> None:
        """Call them."""
        await acted(interaction, lambda work, here: work.escalate(here.asked, reason), pages.escalated)

    @app_commands.command(
        name="duty",
        description="See who of staff is on duty, or say that you are, or are not.",
        extras={"examples": ["/ticket duty", "/ticket duty state:off", "/ticket duty member:@Bob most:10"]},
    )
    @app_commands.describe(
        state="Whether tickets may be given to you.",
        member="Of whom instead of you; takes Manage Server.",
        most="How many open tickets they may have; takes Manage Server.",
    )
    @app_commands.choices(state=[Choice(name="On duty", value="on"), Choice(name="Off duty", value="off")])
    async def ticket_duty(
        self,
        interaction: Interaction,
        state: Choice[str] | None = None,
        member: discord.Member | None = None,
        most: Range[int, 1, 200] | None = None,
    ) -> None:
        """Set it, or show it."""
        on_duty = None if state is None else state.value == "on"
        await say(interaction, await settled(interaction, _duty(interaction, on_duty, member, most), ephemeral=True))


async def _duty(interaction: Interaction, on_duty: bool | None, member: discord.Member | None, most: int | None) -> str:
    guild_id, manages = await staff_of_any(interaction)
    agents, user_id = services_of(interaction).ticket_agents, interaction.user.id
    if (most is not None or (member is not None and member.id != user_id)) and not manages:
        raise PermissionNeeded(name_of("manage_guild"))
    if member is not None and member.bot:
        raise TargetIsBot(member.id)
    about = user_id if member is None else member.id
    if on_duty is None and most is None:
        return (
            pages.on_duty(await agents.loads(guild_id))
            if member is None
            else pages.duty(await agents.load(guild_id, about), is_own=about == user_id)
        )
    load = await agents.set(guild_id, about, on_duty=on_duty, most_open=most)
    return pages.duty(load, is_own=about == user_id)
