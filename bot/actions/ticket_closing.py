"""What Discord gets to see while tickets close, stage after stage, and when deadlines pass.

Each stage is done, then written down. One that may have been done already, since an earlier try was cut off, is looked
for first. What Discord refuses is left out, and what is away for the moment is tried for a day; so every ticket closes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import aiohttp
import discord
import structlog

from bot.actions.ticket_copies import TicketCopies, hindrance_of, is_refusal
from bot.actions.ticket_parts import ClosingParts
from bot.domain.outbox import Hindrance
from bot.domain.tickets import Because, Claimed, Delayed, Mode, Stage
from bot.errors import Unavailable
from bot.services import Services

_log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")

GIVE_UP_AFTER = timedelta(hours=24)
"""What Discord neither took nor refused for this long is left out."""

MOST_TRIES = 5
"""So often something is tried that fails for no reason of Discord's."""

_PATIENCE = 30.0
"""Seconds for what one stage does. Below what a keeper gives all of them."""

_FORBIDDEN_PAUSE = timedelta(hours=1)


class TicketCloser:
    """Handlers for the steps by which tickets end."""

    def __init__(self, client: discord.Client, services: Services, parts: ClosingParts) -> None:
        self._client = client
        self._services = services
        self._parts = parts
        self._copies = TicketCopies(client, parts.copies)

    async def close(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """Do the stage that a ticket is at."""
        match claimed.ticket.stage:
            case Stage.SEAL:
                return await self._seal(claimed, guild)
            case Stage.POST:
                return await self._post(claimed, guild)
            case Stage.LETTER:
                return await self._letter(claimed)
            case _:
                return await self._lock(claimed, guild)

    async def _seal(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """Let the member write no more, as far as that is possible now, and have on record what was said until then."""
        ticket = claimed.ticket
        if not ticket.gone:
            if ticket.applied < ticket.access:
                await self._tried(claimed, lambda: self._parts.access(claimed, guild))
            await self._tried(claimed, lambda: self._parts.seal(ticket, guild))
        await self._services.ticket_stages.sealed(claimed)
        return None

    async def _post(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """Staff's copy, to the channel for these."""
        stages = self._services.ticket_stages
        copy = await stages.post(claimed.ticket)
        if copy is None:
            await stages.posted(claimed, None)
            return None
        hindrance: Hindrance | None = None

        async def send() -> tuple[int, int] | None:
            nonlocal hindrance
            try:
                return await self._copies.post(claimed, guild, copy)
            except discord.HTTPException as error:
                hindrance = hindrance_of(error)
                raise

        place = await self._tried(claimed, send)
        refused = None if hindrance is None else (copy.destination.id, hindrance)
        await stages.posted(claimed, place, refused=refused)
        return None

    async def _letter(self, claimed: Claimed) -> Delayed | None:
        """The member's copy, unless nobody wants it."""
        stages, member_id = self._services.ticket_stages, claimed.ticket.opener_id
        copy = await stages.letter(claimed.ticket)
        if copy is None or not (await self._services.preferences.read(member_id)).value.messages:
            await stages.lettered(claimed, reached=None)
            return None
        reached = await self._tried(claimed, lambda: self._copies.letter(claimed, copy))
        await stages.lettered(claimed, reached=bool(reached))
        return None

    async def _lock(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """The last stage; one that can't be locked is closed all the same, and deleted when its time comes."""
        ticket = claimed.ticket
        if not ticket.gone and ticket.applied < ticket.access:
            delayed = await self._tried(claimed, lambda: self._parts.access(claimed, guild))
            if delayed is not None and claimed.attempts < MOST_TRIES:
                return delayed
        await self._services.ticket_stages.locked(claimed)
        return None

    async def _tried(self, claimed: Claimed, work: Callable[[], Awaitable[T]]) -> T | None:
        """What `work` comes to; None if that is given up.

        Raises:
            Unavailable, and what is to be tried again.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                return await work()
        except Unavailable:
            raise
        except Exception as error:
            if not self._is_hopeless(claimed, error):
                raise
            _log.warning(
                "a stage of closing a ticket was left out",
                guild=claimed.guild_id,
                ticket=claimed.ticket.number,
                stage=claimed.ticket.stage,
                error=repr(error),
            )
            return None

    def _is_hopeless(self, claimed: Claimed, error: Exception) -> bool:
        match error:
            case discord.HTTPException() if is_refusal(error):
                return True
            case discord.HTTPException() | discord.RateLimited() | aiohttp.ClientError() | ConnectionError():
                closed_at = claimed.ticket.closed_at
                return closed_at is not None and self._services.ticket_file.moment() - closed_at >= GIVE_UP_AFTER
            case _:
                return claimed.attempts >= MOST_TRIES

    # Deadlines ------------------------------------------------------------------------------------------

    async def warn(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """Say that it will be closed for silence, unless the member broke that while nobody listened."""
        await self._parts.seal(claimed.ticket, guild)
        await self._services.ticket_closing.warned(claimed)
        return None

    async def end(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """A deadline passed. Whoever was thought silent, or to have left, may have been back without being heard."""
        ticket = claimed.ticket
        if ticket.closes_because is Because.SILENCE:
            await self._parts.seal(ticket, guild)
        if ticket.closes_because is Because.LEFT and await _is_member(guild, ticket.opener_id):
            await self._services.ticket_leaving.returned(guild.id, ticket.opener_id)
        else:
            await self._services.ticket_closing.ended(claimed)
        return None

    async def delete(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """Delete the channel or the thread of a closed ticket, and staff's thread if that stands beside it.

        Staff's thread stays where that is refused: its member is none of it, and the ticket has to go.
        """
        ticket = claimed.ticket
        reason = f"Ticket {ticket.marker} is closed."
        if ticket.mode is Mode.THREAD and ticket.staff_thread_id is not None:
            try:
                await _delete(guild, ticket.staff_thread_id, reason)
            except discord.Forbidden as error:
                _log.warning("a thread of notes stays", guild=guild.id, ticket=ticket.number, error=repr(error))
        try:
            if ticket.channel_id is not None:
                await _delete(guild, ticket.channel_id, reason)
        except discord.Forbidden as error:
            return Delayed(f"its channel can't be deleted: {error.text}", _FORBIDDEN_PAUSE)
        await self._services.ticket_stages.deleted(claimed)
        return None


async def _is_member(guild: discord.Guild, user_id: int) -> bool:
    """Whether somebody is in a server, by Discord's word where they are not known."""
    if guild.get_member(user_id) is not None:
        return True
    try:
        await guild.fetch_member(user_id)
    except discord.NotFound:
        return False
    return True


async def _delete(guild: discord.Guild, channel_id: int, reason: str) -> None:
    """Delete a channel or thread of this guild; one that is not there is no matter."""
    try:
        found = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
        await found.delete(reason=reason)
    except discord.NotFound:
        return
