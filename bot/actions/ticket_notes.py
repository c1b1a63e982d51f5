"""The private thread in which staff reads its notes on a ticket: made with the first one."""

from __future__ import annotations

import discord

from bot.domain.tickets import Claimed, Delayed, Mode, Ticket
from bot.services.ticket_notes import TicketNotesService

_ARCHIVED_AFTER = 10_080
"""Minutes: the longest that Discord offers. A message opens it again."""

_FULL = {30033, 160006}
"""No more people in the thread; no more threads in the server."""

_UNKNOWN_CHANNEL = 10003


class TicketNotes:
    """Does the step of notes. A thread that an earlier try made is found by its name."""

    def __init__(self, client: discord.Client, notes: TicketNotesService) -> None:
        self._client = client
        self._notes = notes

    async def show(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """Promise to staff's thread what is still to be shown there, and let its authors see it."""
        ticket = claimed.ticket
        try:
            thread_id = ticket.staff_thread_id or await self._thread(ticket, guild)
            if thread_id is not None and not await self._let_in(ticket, thread_id):
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
        name, me = f"staff-notes-{ticket.number:04d}", guild.me.id
        found = next((one.id for one in parent.threads if one.name == name and one.owner_id == me), None)
        if found is not None:
            return found
        made = await parent.create_thread(
            name=name,
            type=discord.ChannelType.private_thread,
            invitable=False,
            auto_archive_duration=_ARCHIVED_AFTER,
            reason=f"Staff's notes on ticket {ticket.marker}",
        )
        return made.id

    async def _let_in(self, ticket: Ticket, thread_id: int) -> bool:
        """Add who wrote, and who has the ticket. False: the thread was deleted, and the next try makes another."""
        for user_id in dict.fromkeys([*await self._notes.authors(ticket), ticket.assignee_id]):
            if user_id is None:
                continue
            try:
                await self._client.http.add_user_to_thread(thread_id, user_id)
            except discord.NotFound as error:
                if error.code == _UNKNOWN_CHANNEL:
                    return False
        return True
