"""What staff does to a ticket, for commands, buttons and forms alike: look who they are, do it, let Discord have it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import discord

from bot.actions.host import services_of
from bot.actions.people import on_discord
from bot.actions.ticket_desk import AtTicket, Interaction, answers, go_on, staff_at
from bot.domain.tickets import Ticket
from bot.errors import AgentCannotSee, PersonNotFound
from bot.services.ticket_desk import Filed
from bot.services.ticket_work import TicketWorkService
from bot.ui.answers import reply, settled
from bot.ui.theme import embed

Act = Callable[[TicketWorkService, AtTicket], Awaitable[Ticket]]


async def done(interaction: Interaction, number: int | None, act: Act, *, in_place: bool = False) -> Filed:
    """Do something to a ticket (None: that of the channel), and say how it stands once Discord has had its chance.

    Raises:
        What `staff_at` raises, and what `act` raises.
    """

    async def work() -> Filed:
        here = await staff_at(interaction, number)
        services = services_of(interaction)
        ticket = await act(services.ticket_work, here)
        await go_on(interaction, ticket)
        return await services.ticket_desk.find(here.guild.id, here.ticket.number)

    return await settled(interaction, work(), ephemeral=True, in_place=in_place)


async def acted(interaction: Interaction, act: Act, said: Callable[[Ticket], str]) -> None:
    """Do something to the ticket of the channel, and answer with what is said of it then.

    Raises:
        What `done` raises.
    """
    filed = await done(interaction, None, act)
    await say(interaction, said(filed.ticket))


async def say(interaction: Interaction, said: str) -> None:
    """Answer whoever asked, and nobody else."""
    await reply(interaction, embed=embed(description=said), ephemeral=True, done=True)


def transfer_to(interaction: Interaction, user_id: int, *, anyway: bool = False) -> Act:
    """Giving a ticket to somebody, who must be staff of it.

    Doing it raises:
        AgentCannotSee: they could not see it.
        PersonNotFound, DiscordAway: Discord does not know them, or does not answer.
        What `TicketWorkService.transfer` raises.
    """

    async def act(work: TicketWorkService, here: AtTicket) -> Ticket:
        member = await on_discord(interaction.client, here.guild, user_id)
        if not isinstance(member, discord.Member) or not answers(member, here.ruled.rules, here.ticket):
            raise AgentCannotSee(user_id)
        return await work.transfer(here.asked, user_id, anyway=anyway)

    return act


def move_to(interaction: Interaction, topic_id: int) -> Act:
    """Making it a ticket of another topic; whoever has it keeps it if they answer that too.

    Doing it raises:
        DiscordAway: Discord does not say who has it.
        What `TicketWorkService.move` raises.
    """

    async def act(work: TicketWorkService, here: AtTicket) -> Ticket:
        there = await services_of(interaction).ticket_rules.of(here.guild.id, topic_id)
        assignee_id, stays = here.ticket.assignee_id, True
        if assignee_id is not None:
            try:
                member = await on_discord(interaction.client, here.guild, assignee_id)
            except PersonNotFound:
                member = None
            moved = replace(here.ticket, topic_id=topic_id)
            stays = isinstance(member, discord.Member) and answers(member, there.rules, moved)
        return await work.move(here.asked, topic_id, seen=assignee_id, stays=stays)

    return act


def note_of(interaction: Interaction, text: str) -> Act:
    """Writing a note."""

    async def act(_work: TicketWorkService, here: AtTicket) -> Ticket:
        return await services_of(interaction).ticket_notes.write(here.asked, text)

    return act
