"""Who somebody is to a ticket, gathered from Discord: everything that staff or members do to one begins here.

The ticket is always one of the guild that the interaction came from, whatever number a custom id carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord

from bot.actions.authority import actor_of, guild_of
from bot.actions.host import services_of
from bot.actions.ticket_steps import ticket_keeper
from bot.domain.authority import Actor, Permission, Staff
from bot.domain.ticket_access import is_agent
from bot.domain.ticket_topics import TopicRules
from bot.domain.tickets import Ticket
from bot.errors import ActorTimedOut, GuildOnly, NotSupport, TicketOver
from bot.services.ticket_rules import Ruled
from bot.services.ticket_work import Asked

Interaction = discord.Interaction[Any]


@dataclass(frozen=True)
class AtTicket:
    """Somebody at a ticket."""

    guild: discord.Guild
    member: discord.Member
    ticket: Ticket
    ruled: Ruled
    is_staff: bool
    manages: bool
    """Whether they manage the server, which makes them staff of every ticket."""

    @property
    def is_opener(self) -> bool:
        """Whether it is their own ticket."""
        return self.member.id == self.ticket.opener_id

    @property
    def asked(self) -> Asked:
        """What they ask for, as services take it."""
        return Asked(self.guild.id, self.ticket.number, self.member.id)


async def at_ticket(interaction: Interaction, number: int | None = None) -> AtTicket:
    """The ticket of that number, or else of the channel that somebody is in, and what they are to it.

    Raises:
        GuildOnly, DiscordAway: there is no guild, or Discord has not shown it to me.
        TicketNotFound, NoTicketHere: there is no such ticket in this guild.
        ActorTimedOut: they can do nothing for now.
    """
    guild, member, manages = await _person(interaction)
    desk = services_of(interaction).ticket_desk
    found = await (desk.here(guild.id, interaction.channel_id or 0) if number is None else desk.find(guild.id, number))
    roles = [role.id for role in member.roles]
    is_staff = is_agent(roles, found.ruled.rules, found.ticket, manages=manages)
    return AtTicket(guild, member, found.ticket, found.ruled, is_staff, manages)


async def staff_at(interaction: Interaction, number: int | None = None) -> AtTicket:
    """The same of staff, at a ticket that is worked on.

    Raises:
        What `at_ticket` raises.
        NotSupport: they don't answer such tickets.
        TicketOver: nobody works on it any more, or not yet.
    """
    here = await at_ticket(interaction, number)
    if not here.is_staff:
        raise NotSupport
    if not here.ticket.status.is_live:
        raise TicketOver(here.ticket.marker)
    return here


async def staff_of_any(interaction: Interaction) -> tuple[int, bool]:
    """The guild in which somebody answers tickets of some kind, and whether they manage it.

    Raises:
        GuildOnly, DiscordAway: there is no guild, or Discord has not shown it to me.
        ActorTimedOut, NotSupport: they can do nothing for now, or answer none.
    """
    guild, member, manages = await _person(interaction)
    if not manages:
        wanted = await services_of(interaction).ticket_desk.staff_roles(guild.id)
        if not wanted & {role.id for role in member.roles if not role.is_default()}:
            raise NotSupport
    return guild.id, manages


def answers(member: discord.Member, rules: TopicRules, ticket: Ticket) -> bool:
    """Whether another member is staff of a ticket, and no bot."""
    manages = member.guild_permissions.manage_guild
    return not member.bot and is_agent([role.id for role in member.roles], rules, ticket, manages=manages)


async def go_on(interaction: Interaction, ticket: Ticket) -> None:
    """Let Discord have what somebody's change brought about, now; what can't be done now is done later."""
    keeper = ticket_keeper(interaction.client, services_of(interaction))
    await keeper.go_on(ticket.guild_id, ticket.number)


async def _person(interaction: Interaction) -> tuple[discord.Guild, discord.Member, bool]:
    """Who asks, where, and whether they manage the server."""
    guild, member = guild_of(interaction), interaction.user
    if not isinstance(member, discord.Member):
        raise GuildOnly
    actor = await actor_of(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)
    if actor.is_timed_out and not (actor.is_owner or actor.permissions & Permission.ADMINISTRATOR):
        raise ActorTimedOut
    return guild, member, _manages(actor)


def _manages(actor: Actor) -> bool:
    allowed = Permission.MANAGE_GUILD | Permission.ADMINISTRATOR
    return actor.is_owner or bool(actor.permissions & allowed) or Staff.ADMIN in actor.staff
