"""The private thread in which staff reads its notes on a ticket: made with the first one."""

from __future__ import annotations

import discord

from bot.actions.ticket_staff import StaffFinder
from bot.domain.ticket_access import is_agent, thread_members
from bot.domain.tickets import Claimed, Delayed, Mode, Ticket
from bot.services.ticket_access import TicketAccessService
from bot.services.ticket_notes import TicketNotesService

_ARCHIVED_AFTER = 10_080
"""Minutes: the longest that Discord offers. A message opens it again."""

_FULL = {30033, 160006}
"""No more people in the thread; no more threads in the server."""

_UNKNOWN_CHANNEL = 10003


class TicketNotes:
    """Does the step of notes. A thread that an earlier try made is found by its name."""

    def __init__(self, client: discord.Client, notes: TicketNotesService, access: TicketAccessService) -> None:
        self._client = client
        self._notes = notes
        self._access = access
        self._staff = StaffFinder(client)

    async def show(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """Promise to staff's thread what is still to be shown there, and let its authors see it."""
        ticket = claimed.ticket
        try:
            thread_id = ticket.staff_thread_id or await self._thread(ticket, guild)
            if thread_id is not None and not await self._let_in(ticket, guild, thread_id):
                await self._notes.lost(ticket)
                return None
        except discord.Forbidden:
            thread_id = None
        except discord.HTTPException as error:
            if error.code not in _FULL:
                raise
            thread_id = None
        if thread_id is None:
            await self._notes.not_shown(ticket)
        else:
            await self._notes.shown(ticket, thread_id)
        return None

    async def _thread(self, ticket: Ticket, guild: discord.Guild) -> int | None:
        """A thread of that name, or a new one; None: there is no channel for it."""
        parent = guild.get_channel((ticket.channel_id if ticket.mode is Mode.CHANNEL else ticket.parent_id) or 0)
        if not isinstance(parent, discord.TextChannel):
            return None
        name, me = f"{ticket.marker} · staff", guild.me.id
        alike = [one for one in parent.threads if one.name == name and one.owner_id == me and one.is_private()]
        for one in alike:
            if not await self._notes.is_ticket(guild.id, one.id):  # which its member reads, whatever it is called
                return one.id
        made = await parent.create_thread(
            name=name,
            type=discord.ChannelType.private_thread,
            invitable=False,
            auto_archive_duration=_ARCHIVED_AFTER,
            reason=f"Staff's notes on ticket {ticket.marker}",
        )
        return made.id

    async def _let_in(self, ticket: Ticket, guild: discord.Guild, thread_id: int) -> bool:
        """Add those who are to read it. False: the thread was deleted, and the next try makes another.

        Below a ticket's own channel all of staff sees the thread, so only who wrote, and who has the ticket, is called
        to it. Elsewhere all of staff is put into it, and who is staff no more is taken out.
        """
        try:
            if ticket.mode is Mode.CHANNEL:
                wanted = {*await self._notes.authors(ticket), ticket.assignee_id} - {None}
            else:
                wanted = await self._sort_out(ticket, guild, thread_id)
            for user_id in sorted(one for one in wanted if one is not None):
                await self._add(thread_id, user_id)
        except discord.NotFound as error:
            if error.code != _UNKNOWN_CHANNEL:
                raise
            return False
        return True

    async def _add(self, thread_id: int, user_id: int) -> None:
        try:
            await self._client.http.add_user_to_thread(thread_id, user_id)
        except discord.NotFound as error:
            if error.code == _UNKNOWN_CHANNEL:
                raise  # else they left

    async def _sort_out(self, ticket: Ticket, guild: discord.Guild, thread_id: int) -> set[int]:
        """Take out whoever is no staff of the ticket; those of staff who are not in the thread yet."""
        facts = await self._access.facts(guild.id, ticket.number)
        rules = facts.rules
        listed = await self._client.http.get_thread_members(thread_id)
        there = {int(one["user_id"]) for one in listed} - {guild.me.id}
        support, called = await self._staff.of_roles(guild, rules.support_roles, rules.escalation_roles)
        seeing = thread_members(
            facts.ticket, rules, facts.participants, bot_id=guild.me.id, support=support, called=called
        )
        wanted = {*seeing, *await self._notes.authors(ticket)}
        people = await self._staff.these(guild, wanted | there)
        agents = {
            one.user_id
            for one in people.values()
            if is_agent(
                one.role_ids, rules, facts.ticket, manages=one.manages or not facts.admins.isdisjoint(one.role_ids)
            )
        }
        for user_id in sorted(there - agents):
            await self._client.http.remove_user_from_thread(thread_id, user_id)
        return (wanted & agents) - there
