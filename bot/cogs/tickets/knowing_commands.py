"""/ticket info, list, stats and transcript."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.actions.host import services_of
from bot.actions.ticket_desk import AtTicket, at_ticket
from bot.actions.ticket_parts import copies_of
from bot.cogs.tickets import knowing_pages as pages
from bot.cogs.tickets.care_commands import topic_id_of, topics_like
from bot.cogs.tickets.knowing_controls import open_list, viewer_of
from bot.domain.ticket_search import MOST_DAYS, TicketFilter, TicketStats, View
from bot.domain.tickets import Priority, Status, TicketEvent
from bot.errors import NotSupport
from bot.ui.answers import reply, settled

Interaction = discord.Interaction[Any]

_ENVELOPE = 16_384
"""Bytes of an answer beside its files."""

_MOST_NUMBER = 10**15


class KnowingCommands(commands.Cog):
    """What there is to know about tickets."""

    @app_commands.command(
        name="info",
        description="See how a ticket stands; staff also reads what happened to it.",
        extras={"examples": ["/ticket info", "/ticket info number:42"]},
    )
    @app_commands.describe(number="Which; that of this channel if you leave it out.")
    async def ticket_info(self, interaction: Interaction, number: Range[int, 1, _MOST_NUMBER] | None = None) -> None:
        """Show it."""

        async def work() -> tuple[AtTicket, list[TicketEvent]]:
            here = await _reader(interaction, number, also_guests=True)
            known = services_of(interaction).ticket_knowing
            return here, [*await known.history(here.guild.id, here.ticket.number)] if here.is_staff else []

        here, events = await settled(interaction, work(), ephemeral=True)
        shown = pages.about(here.ticket, here.ruled.topic.label, events, for_staff=here.is_staff)
        await reply(interaction, embed=shown, ephemeral=True)

    @app_commands.command(
        name="list",
        description="See tickets: yours, those that nobody has, those that wait longest, or all.",
        extras={"examples": ["/ticket list", "/ticket list which:Waiting for staff", "/ticket list status:Closed"]},
    )
    @app_commands.describe(
        which="Open ones if you leave it out.",
        topic="Of one topic alone.",
        agent="Of one who takes care of them alone.",
        status="Of one status alone, such as closed ones.",
        priority="Of one priority alone.",
    )
    @app_commands.choices(
        which=[
            Choice(name="Open", value=View.OPEN.value),
            Choice(name="Mine", value=View.MINE.value),
            Choice(name="Nobody's", value=View.UNCLAIMED.value),
            Choice(name="Waiting for staff", value=View.WAITING.value),
        ],
        status=[
            Choice(name="Open", value=Status.OPEN.value),
            Choice(name="Taken", value=Status.CLAIMED.value),
            Choice(name="In progress", value=Status.IN_PROGRESS.value),
            Choice(name="Waiting for the member", value=Status.WAITING.value),
            Choice(name="On hold", value=Status.ON_HOLD.value),
            Choice(name="Resolved", value=Status.RESOLVED.value),
            Choice(name="Closed", value=Status.CLOSED.value),
        ],
    )
    @app_commands.choices(
        priority=[
            Choice(name="Low", value=1),
            Choice(name="Normal", value=2),
            Choice(name="High", value=3),
            Choice(name="Urgent", value=4),
        ],
    )
    @app_commands.autocomplete(topic=topics_like)
    async def ticket_list(
        self,
        interaction: Interaction,
        *,
        which: str = View.OPEN.value,
        topic: str | None = None,
        agent: discord.Member | None = None,
        status: str | None = None,
        priority: int | None = None,
    ) -> None:
        """Show the first page."""
        wanted = TicketFilter(
            View(which),
            None if topic is None else topic_id_of(topic),
            None if agent is None else agent.id,
            None if status is None else Status(status),
            None if priority is None else Priority(priority),
        )
        await open_list(interaction, wanted)

    @app_commands.command(
        name="stats",
        description="See how tickets went: first answer, time until done, ratings, by topic and by who had them.",
        extras={"examples": ["/ticket stats", "/ticket stats agent:@Bob days:90"]},
    )
    @app_commands.describe(agent="Whose; everybody's if you leave it out.", days="Of how many days; 30 by default.")
    async def ticket_stats(
        self, interaction: Interaction, agent: discord.Member | None = None, days: Range[int, 1, MOST_DAYS] = 30
    ) -> None:
        """Count it."""

        async def work() -> TicketStats:
            known = services_of(interaction).ticket_knowing
            return await known.stats(
                await viewer_of(interaction), days=days, agent_id=None if agent is None else agent.id
            )

        found = await settled(interaction, work(), ephemeral=True)
        await reply(interaction, embed=pages.stats(found), ephemeral=True)

    @app_commands.command(
        name="transcript",
        description="Get what was said in a ticket as files; members get what they could read.",
        extras={"examples": ["/ticket transcript", "/ticket transcript number:42"]},
    )
    @app_commands.describe(number="Which; that of this channel if you leave it out.")
    async def ticket_transcript(
        self, interaction: Interaction, number: Range[int, 1, _MOST_NUMBER] | None = None
    ) -> None:
        """Make it, and hand it out."""
        here = await settled(interaction, _reader(interaction, number), ephemeral=True)
        if not interaction.response.is_done():  # it may take a while
            await interaction.response.defer(ephemeral=True, thinking=True)
        await services_of(interaction).ticket_record.flush()  # what was said just now too
        copies = copies_of(interaction.client, services_of(interaction).ticket_transcripts)
        most = interaction.filesize_limit - _ENVELOPE
        async with copies(here.ticket, whole=here.is_staff, most_bytes=most) as made:
            files = [discord.File(one.path, one.name) for one in made]
            try:
                shown = pages.made(here.ticket) if files else pages.no_room(here.ticket)
                await reply(interaction, embed=shown, files=files, ephemeral=True)
            finally:
                for one in files:
                    one.close()


async def _reader(interaction: Interaction, number: int | None, *, also_guests: bool = False) -> AtTicket:
    """Somebody who may read a ticket: its staff, whose it is, or `also_guests`, whom staff added.

    Raises:
        What `at_ticket` raises.
        NotSupport: they are neither.
    """
    here = await at_ticket(interaction, number)
    if here.is_staff or here.is_opener:
        return here
    guests = services_of(interaction).ticket_guests
    if not (also_guests and await guests.is_guest(here.guild.id, here.ticket.number, here.member.id)):
        raise NotSupport
    return here
