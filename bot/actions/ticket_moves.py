"""Renaming channels of tickets, and moving them to other categories, as soon as Discord lets it."""

from __future__ import annotations

import asyncio

import discord

from bot.domain.tickets import Claimed, Delayed, Ticket
from bot.services.ticket_rules import TicketRulesService
from bot.services.ticket_work import TicketWorkService

_INVALID = 50035
"""A category that is full or gone; a name that the server's rules ban."""

_PATIENCE = 10.0
"""Seconds for a request: while Discord lets a channel wait, its ticket waits too."""


class TicketMoves:
    """Does the step of names and categories. What Discord refuses is owed no longer, and stays as it was."""

    def __init__(self, rules: TicketRulesService, work: TicketWorkService) -> None:
        self._rules = rules
        self._work = work

    async def place(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """Move a ticket's channel where it belongs, then rename it: the name may have to wait for ten minutes."""
        ticket = claimed.ticket
        there = guild.get_channel_or_thread(ticket.channel_id or 0)
        if ticket.parent_owed_id is not None:
            moved = await self._moved(ticket, guild, there)
            ticket = await self._work.placed(ticket, parent_id=moved or ticket.parent_id)
        if ticket.name_owed is not None:
            done = await self._renamed(ticket, ticket.name_owed, there)
            await self._work.named(ticket, name=ticket.name_owed if done else ticket.name)
        return None

    async def _moved(self, ticket: Ticket, guild: discord.Guild, there: object) -> int | None:
        """The first of the topic's categories that takes the channel, the wanted one first; None: none does."""
        if not isinstance(there, discord.TextChannel):
            return None
        rules = (await self._rules.of(ticket.guild_id, ticket.topic_id)).rules
        for category_id in dict.fromkeys([ticket.parent_owed_id, *rules.categories]):
            category = guild.get_channel(category_id or 0)
            if not isinstance(category, discord.CategoryChannel):
                continue
            if there.category_id == category.id:
                return category.id
            try:
                async with asyncio.timeout(_PATIENCE):
                    await there.edit(category=category, reason=f"Ticket {ticket.marker} was moved")
            except discord.Forbidden:
                continue
            except discord.HTTPException as error:
                if error.code != _INVALID:
                    raise
            else:
                return category.id
        return None

    async def _renamed(self, ticket: Ticket, name: str, there: object) -> bool:
        """Whether it is called so now; False: Discord will never call it so."""
        if not isinstance(there, discord.TextChannel | discord.Thread):
            return False
        if there.name == name:
            return True
        try:
            async with asyncio.timeout(_PATIENCE):
                await there.edit(name=name, reason=f"Ticket {ticket.marker} was renamed")
        except discord.Forbidden:
            return False
        except discord.HTTPException as error:
            if error.code != _INVALID:
                raise
            return False
        return True
