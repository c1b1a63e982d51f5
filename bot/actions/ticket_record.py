"""What Discord still has to be asked for, so that the record of a ticket is whole: messages and files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

import aiohttp
import discord
import structlog

from bot.actions.downloads import downloaded
from bot.actions.ticket_facts import edited_of, heard_of
from bot.domain.ticket_record import OVERLAP, Happening, Heard, KeptBytes, Missing, TicketKey, WantedFile
from bot.domain.tickets import Ticket
from bot.errors import DiscordAway
from bot.services import Services
from bot.services.ticket_places import TicketPlace

_log = structlog.stdlib.get_logger(__name__)

AT_ONCE = 100
"""Messages in one request, and in one transaction."""

TRIES = (0.0, 2.0, 10.0)
"""Seconds before each try to fetch a file."""

_PATIENCE = 10.0
"""Seconds that Discord may take to say who somebody is."""

_UNKNOWN_CHANNEL = 10_003
_ASKED_FOR = 100
"""Members in one question."""


class Look(Enum):
    """What a look at a ticket says of its record."""

    WHOLE = auto()
    GAP = auto()
    UNSEEN = auto()
    """Its server is not heard now."""
    ASLEEP = auto()
    """Its thread is archived: nobody speaks there, and when somebody does it will be seen."""


@dataclass(frozen=True)
class _Where:
    """A ticket, and from where its history is to be read."""

    place: TicketPlace
    guild: discord.Guild
    opener_id: int | None
    assignee_id: int | None


class TicketRecorder:
    """Catches up with what was missed. Keeps nothing itself, so everybody may have their own."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._client = client
        self._record = services.ticket_record
        self._places = services.ticket_places
        self._files = services.ticket_files

    # Messages -------------------------------------------------------------------------------------------

    def guild(self, place: TicketPlace) -> discord.Guild | None:
        """The server of a ticket; None while it is not heard."""
        guild = self._client.get_guild(place.guild_id)
        if guild is None or guild.unavailable or not self._places.hears(guild.shard_id):
            return None
        return guild

    def look(self, place: TicketPlace) -> Look:
        """Whether something is missing, by what the gateway told: no request."""
        guild = self.guild(place)
        if guild is None:
            return Look.UNSEEN
        last = 0
        for channel_id in _channels(place):
            channel: Any = guild.get_channel_or_thread(channel_id)
            if channel is None:
                return Look.ASLEEP
            last = max(last, getattr(channel, "last_message_id", None) or 0)
        return Look.GAP if last > (place.recorded_to or 0) else Look.WHOLE

    async def catch_up(self, ticket: Ticket, guild: discord.Guild) -> None:
        """Have all of a ticket on record that Discord has up to now: messages since the last on record, and files.

        What Discord lets nobody read any more is let go.

        Raises:
            discord.HTTPException, TimeoutError: it has to be tried again; how far it came is kept.
            DatabaseAway: as above.
        """
        place = self._places.of((ticket.guild_id, ticket.number))
        if place is None:
            if ticket.place is None:
                return
            place = TicketPlace(ticket.guild_id, ticket.number, *ticket.place, ticket.recorded_to)
        await self.read(place, guild, ticket)
        await self.fetch_all(place.key)

    async def read(self, place: TicketPlace, guild: discord.Guild, ticket: Ticket | None = None) -> None:
        """Have the messages of a ticket on record that were missed.

        Raises:
            discord.HTTPException, TimeoutError, DatabaseAway: as `catch_up`.
        """
        await self._record.flush()
        doubts = place.doubts
        if ticket is None:
            ticket = await self._record.ticket(place.key)
        where = _Where(
            place, guild, None if ticket is None else ticket.opener_id, None if ticket is None else ticket.assignee_id
        )
        begun = discord.utils.time_snowflake(discord.utils.utcnow())
        known = max(place.recorded_to or 0, 0 if ticket is None else ticket.recorded_to or 0)
        after, newest = max(known - OVERLAP, min(_channels(place)) - 1), known
        for channel_id in reversed(_channels(place)):  # the few notes first: then the end can follow the channel
            async for happened, last in self._history(where, channel_id, after):
                newest = max(newest, last)
                is_channel = channel_id == place.channel_id
                await self._record.write(happened, up_to={place.key: min(last, begun)} if is_channel else None)
        if newest:
            await self._record.write([], up_to={place.key: newest})
        self._places.whole(place, doubts)

    async def _history(
        self, where: _Where, channel_id: int, after: int
    ) -> AsyncIterator[tuple[Sequence[Happening], int]]:
        """What happened in a channel, some at a time, each with the newest id that was seen: what was said after that.

        And the edits of the newest messages, so that those are not missed that were made while nobody listened.
        """
        latest = await self._page(where, channel_id, None)
        if latest and (len(latest) < AT_ONCE or latest[0].id <= after):
            yield await self._happened(where, latest, after), latest[-1].id
            return
        while latest and (found := await self._page(where, channel_id, after)):
            yield await self._happened(where, found, after), found[-1].id
            if len(found) < AT_ONCE:
                return
            after = found[-1].id

    async def _page(self, where: _Where, channel_id: int, after: int | None) -> Sequence[discord.Message]:
        """Messages of a channel, oldest first: the first ones after that, or the newest; none if it can't be read."""
        place = where.place
        channel = self._client.get_partial_messageable(channel_id, guild_id=place.guild_id)
        since = None if after is None else discord.Object(after)
        try:
            found = [one async for one in channel.history(limit=AT_ONCE, after=since)]
        except (discord.Forbidden, discord.NotFound) as error:
            if isinstance(error, discord.Forbidden) or error.code == _UNKNOWN_CHANNEL:
                _log.warning("a ticket can't be read", guild=place.guild_id, channel=channel_id, error=repr(error))
                return ()
            raise
        return sorted(found, key=lambda one: one.id)

    async def _happened(self, where: _Where, found: Sequence[discord.Message], after: int) -> list[Happening]:
        """What these messages tell that may not be on record. Those up to `after` are, or were taken off it."""
        heard = [one for one in (heard_of(where.place, each) for each in found if each.id > after) if one is not None]
        edited = [edited_of(where.place, one) for one in found if one.edited_at is not None]
        return [*await self._known(where, heard), *edited]

    async def _known(self, where: _Where, heard: Sequence[Heard]) -> list[Heard]:
        """These with the roles of those who wrote them: a channel's history does not tell them."""
        asked = {
            one.message.author_id for one in heard
            if not one.message.is_bot and one.message.author_id != where.opener_id
        }  # fmt: skip
        members = await _members(where.guild, asked) if asked else {}
        return [_as_member(one, members.get(one.message.author_id), where) for one in heard]

    # Files ----------------------------------------------------------------------------------------------

    async def fetch_all(self, key: TicketKey) -> None:
        """Fetch all files of a ticket that are on their way."""
        for wanted in self._record.take_wanted(key):
            await self.fetch(wanted)
        for wanted in await self._files.coming_to(key):
            await self.fetch(wanted)

    async def fetch(self, wanted: WantedFile, tries: Sequence[float] = TRIES) -> None:
        """Fetch a file, and write what became of it.

        Raises:
            DatabaseAway: it stays on its way.
        """
        await self._files.settle(wanted, await self._fetched(wanted, tries))

    async def _fetched(self, wanted: WantedFile, tries: Sequence[float]) -> KeptBytes | Missing:
        if wanted.size > await self._files.room(wanted.guild_id):
            return Missing.NO_ROOM
        for pause in tries:
            await asyncio.sleep(pause)
            try:
                url = wanted.url or await self._url(wanted)
                if url is None:
                    return Missing.GONE
                return await self._files.keep(wanted.guild_id, await downloaded(url))
            except (DiscordAway, discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
                _log.warning("a file of a ticket did not come", guild=wanted.guild_id, error=repr(error))
        return Missing.AWAY

    async def _url(self, wanted: WantedFile) -> str | None:
        """Where a file is now; None if its message is gone."""
        place = self._places.of(wanted.key)
        for channel_id in () if place is None else _channels(place):
            channel = self._client.get_partial_messageable(channel_id, guild_id=wanted.guild_id)
            try:
                message = await channel.fetch_message(wanted.message_id)
            except (discord.NotFound, discord.Forbidden):
                continue
            heard = None if place is None else heard_of(place, message)
            if heard is not None and wanted.seq <= len(heard.urls):
                return heard.urls[wanted.seq - 1]
        return None


def _channels(place: TicketPlace) -> tuple[int, ...]:
    return (place.channel_id,) if place.staff_thread_id is None else (place.channel_id, place.staff_thread_id)


async def _members(guild: discord.Guild, user_ids: Collection[int]) -> dict[int, discord.Member]:
    """Those of these users who are members; none if Discord does not say so in time."""
    found: dict[int, discord.Member] = {}
    wanted = sorted(user_ids)
    try:
        async with asyncio.timeout(_PATIENCE):
            for first in range(0, len(wanted), _ASKED_FOR):
                some = wanted[first : first + _ASKED_FOR]
                members = await guild.query_members(user_ids=some, limit=len(some), cache=False)
                found |= {one.id: one for one in members}
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        _log.warning("Discord did not say who wrote in a ticket", guild=guild.id, error=repr(error))
    return found


def _as_member(heard: Heard, member: discord.Member | None, where: _Where) -> Heard:
    author = heard.message.author_id
    if member is None:
        return replace(heard, manages=author == where.assignee_id)  # who had it was staff, even if they left
    roles = tuple(role.id for role in member.roles)
    manages = member.guild_permissions.manage_guild or member.guild.owner_id == author
    return replace(
        heard, role_ids=roles, manages=manages,
        message=replace(heard.message, author_name=member.display_name[:100]),
    )  # fmt: skip
