"""Whether the channels of tickets are still there, also those that were deleted while nobody looked.

What Discord shows of a server on connecting is compared with the rows: one query for all tickets, and no request for
what is there. Archived threads are not shown then; they are listed by the channel they are in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence

import discord
import structlog

from bot.actions.ticket_rooms import places_of
from bot.domain.guilds import ShardRange
from bot.domain.ticket_opening import Place, Stands, is_left_over, marked, twins_of
from bot.domain.tickets import Ticket
from bot.errors import TicketNotFound
from bot.services.ticket_opening import TicketOpeningService

_log = structlog.stdlib.get_logger(__name__)

Gone = Callable[[int, int], Awaitable[object]]
"""Told of the guild and number of a ticket whose channel is not there any more."""

_UNKNOWN_CHANNEL = 10003


class TicketPlaces:
    """Closes tickets whose channels are gone, and removes channels that were made twice."""

    def __init__(
        self, client: discord.Client, opening: TicketOpeningService, gone: Gone, shards: Callable[[], ShardRange]
    ) -> None:
        self._client = client
        self._opening = opening
        self._gone = gone
        self._shards = shards

    # All of them --------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Compare every ticket that is not over with what its server has. Safe to repeat."""
        if not self._client.is_ready():
            return
        by_guild: defaultdict[int, list[Stands]] = defaultdict(list)
        for one in await self._opening.standing(self._shards()):
            by_guild[one.guild_id].append(one)
        for guild in self._client.guilds:
            if not guild.unavailable:
                await self._look_at(guild, by_guild[guild.id])

    async def _look_at(self, guild: discord.Guild, stands: Sequence[Stands]) -> None:
        try:
            missing = [one for one in stands if one.channel_id is not None and _is_missing(guild, one.channel_id)]
            archived = await self._archived(guild, [one for one in missing if one.is_thread])
            for one in missing:
                if one.channel_id not in archived and await self._is_gone(one.channel_id or 0):
                    await self.lost(guild.id, one.number)
            await self._drop_twins(guild, stands)
        except (discord.HTTPException, OSError, TimeoutError) as error:
            _log.warning("tickets could not be compared with a server", guild=guild.id, error=repr(error))

    async def _archived(self, guild: discord.Guild, missing: Sequence[Stands]) -> Collection[int]:
        """Those threads that are but archived: of a channel with many they are listed a hundred at a time."""
        wanted: defaultdict[int, set[int]] = defaultdict(set)
        for one in missing:
            wanted[one.parent_id or 0].add(one.channel_id or 0)
        found: set[int] = set()
        for parent_id, ids in wanted.items():
            parent = guild.get_channel(parent_id)
            if not isinstance(parent, discord.TextChannel):
                continue
            try:
                async for thread in parent.archived_threads(private=True, limit=None):
                    found.add(thread.id)
                    if ids <= found:
                        break
            except discord.Forbidden:
                found |= ids  # nobody may list them, so nothing is known to be gone
        return found

    async def _is_gone(self, channel_id: int) -> bool:
        try:
            await self._client.http.get_channel(channel_id)
        except discord.NotFound as error:
            return error.code == _UNKNOWN_CHANNEL
        except discord.Forbidden:
            return False
        return False

    async def _drop_twins(self, guild: discord.Guild, stands: Sequence[Stands]) -> None:
        """Delete what was made besides a ticket's channel, and what was made for tickets that failed."""
        by_number = {one.number: one for one in stands}
        by_name = {one.name: one for one in stands}
        unknown: list[Place] = []
        for place in list(places_of(guild)):
            known = by_name.get(place.name) if place.is_thread else by_number.get(marked(place.topic) or 0)
            if known is None:
                unknown.append(place)
            elif known.channel_id not in {None, place.id}:
                await self._look_up(guild.id, known.number, place)
        if unknown:
            for ticket in await self._opening.failed_lately(guild.id):
                for place in unknown:
                    await self._drop_if_too_many(ticket, place)

    # One of them --------------------------------------------------------------------------------------------

    async def lost(self, guild_id: int, number: int) -> None:
        """The channel of a ticket is gone."""
        _log.info("the channel of a ticket is gone", guild=guild_id, ticket=number)
        await self._gone(guild_id, number)

    async def deleted(self, guild_id: int, channel_id: int) -> None:
        """A channel or thread was deleted, perhaps one of a ticket."""
        ticket = await self._opening.in_channel(guild_id, channel_id)
        if ticket is not None and not ticket.gone:
            await self.lost(guild_id, ticket.number)

    async def made(self, channel: discord.TextChannel) -> None:
        """A channel was made on which stands that it is a ticket's, perhaps for the second time."""
        number = marked(channel.topic)
        place = next((one for one in places_of(channel.guild) if one.id == channel.id), None)
        if number is not None and place is not None:
            await self._look_up(channel.guild.id, number, place)

    async def _look_up(self, guild_id: int, number: int, place: Place) -> None:
        try:
            ticket = await self._opening.find(guild_id, number)
        except TicketNotFound:
            return
        await self._drop_if_too_many(ticket, place)

    async def _drop_if_too_many(self, ticket: Ticket, place: Place) -> None:
        """Delete a channel if it was made besides that of an open ticket, or for one that there is not.

        What is being opened looks for itself.
        """
        if ticket.channel_id is not None:
            is_too_many = place.id in twins_of(ticket, ticket.channel_id, [place])
        else:
            is_too_many = is_left_over(ticket, place)
        if not is_too_many or await self._opening.others(ticket, [place.id]):
            return
        _log.info("a ticket had a channel too many", guild=ticket.guild_id, ticket=ticket.number)
        try:
            await self._client.http.delete_channel(place.id, reason=ticket.channel_marker)
        except discord.HTTPException as error:
            _log.warning("a channel too many stays", guild=ticket.guild_id, ticket=ticket.number, error=repr(error))


def _is_missing(guild: discord.Guild, channel_id: int) -> bool:
    return guild.get_channel_or_thread(channel_id) is None
