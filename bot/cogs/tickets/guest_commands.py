"""/ticket add and remove: letting others into a ticket, and taking them out."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.host import services_of
from bot.actions.ticket_desk import go_on, staff_at
from bot.errors import TargetIsBot, TargetNotHere
from bot.i18n import _
from bot.ui import text
from bot.ui.answers import reply, settled
from bot.ui.theme import embed

Interaction = discord.Interaction[Any]
Person = discord.Member | discord.User


class GuestCommands(commands.Cog):
    """Who else is in a ticket."""

    @app_commands.command(
        name="add",
        description="Let somebody see the ticket of this channel, and write in it.",
        extras={"examples": ["/ticket add who:@Bob"]},
    )
    @app_commands.describe(who="Whom to let in.")
    async def ticket_add(self, interaction: Interaction, who: Person) -> None:
        """Let them in."""
        is_new = await settled(interaction, _add(interaction, who), ephemeral=True)
        said = _("{member} sees this ticket now.") if is_new else _("{member} sees this ticket already.")
        await _say(interaction, said, who.id)

    @app_commands.command(
        name="remove",
        description="Take somebody out of the ticket of this channel who was added to it.",
        extras={"examples": ["/ticket remove who:@Bob"]},
    )
    @app_commands.describe(who="Whom to take out.")
    async def ticket_remove(self, interaction: Interaction, who: discord.User) -> None:
        """Take them out."""
        was_there = await settled(interaction, _remove(interaction, who.id), ephemeral=True)
        taken, not_there = _("{member} is taken out of this ticket."), _("{member} was not added to this ticket.")
        await _say(interaction, taken if was_there else not_there, who.id)


async def _add(interaction: Interaction, who: Person) -> bool:
    here = await staff_at(interaction)
    if who.bot:
        raise TargetIsBot(who.id)
    if not isinstance(who, discord.Member):
        raise TargetNotHere(who.id)
    guests, ticket = services_of(interaction).ticket_guests, here.ticket
    is_new = await guests.add(here.guild.id, ticket.number, who.id, by=here.member.id)
    await go_on(interaction, ticket)
    return is_new


async def _remove(interaction: Interaction, user_id: int) -> bool:
    here = await staff_at(interaction)
    guests, ticket = services_of(interaction).ticket_guests, here.ticket
    was_there = await guests.remove(here.guild.id, ticket.number, user_id, by=here.member.id)
    await go_on(interaction, ticket)
    return was_there


async def _say(interaction: Interaction, said: str, user_id: int) -> None:
    shown = embed(description=said.format(member=text.mention(user_id)))
    await reply(interaction, embed=shown, ephemeral=True, done=True)
