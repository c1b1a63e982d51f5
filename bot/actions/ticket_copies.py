"""Sending the copies of closed tickets: files of a transcript with the message that they come with, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import discord
import structlog

from bot.actions.ticket_parts import Copies
from bot.domain.outbox import Hindrance, Payload
from bot.domain.tickets import Claimed, Ticket
from bot.services.ticket_stages import Copy
from bot.ui.controls import buttons_view

_log = structlog.stdlib.get_logger(__name__)

LOOK_BACK = 100
"""Messages that are looked at when one may be there already: one request."""

_SKEW = timedelta(minutes=1)
_LEAVES_HOPE = {401, 429}
_SERVER_FAULT = 500
_FILES_TOO_LARGE = 40005
_ENVELOPE = 16_384
"""Bytes of a request beside its files."""

_HINDRANCES = {50001: Hindrance.FORBIDDEN, 50013: Hindrance.FORBIDDEN, 10003: Hindrance.GONE}


def is_refusal(error: discord.HTTPException) -> bool:
    """Whether Discord will never take it."""
    return error.status < _SERVER_FAULT and error.status not in _LEAVES_HOPE


def hindrance_of(error: discord.HTTPException) -> Hindrance | None:
    """What staff can mend about a channel that refused a message."""
    return _HINDRANCES.get(error.code)


class TicketCopies:
    """Sends copies. One that an earlier try may have sent is looked for first, by the time of the closing on it."""

    def __init__(self, client: discord.Client, copies: Copies) -> None:
        self._client = client
        self._made = copies

    async def post(self, claimed: Claimed, guild: discord.Guild, copy: Copy) -> tuple[int, int]:
        """Staff's copy, in a channel of this guild; where it is then.

        Raises:
            discord.HTTPException: Discord did not take it.
        """
        found = guild.get_channel_or_thread(copy.destination.id) or await guild.fetch_channel(copy.destination.id)
        channel = self._client.get_partial_messageable(found.id, guild_id=guild.id)
        return await self._send(claimed, channel, copy.payload, whole=True, most_bytes=guild.filesize_limit)

    async def letter(self, claimed: Claimed, copy: Copy) -> bool:
        """The member's copy, as a direct message.

        Raises:
            discord.HTTPException: Discord did not take it; also if they take no messages of mine.
        """
        dm = await self._client.create_dm(discord.Object(copy.destination.id))
        channel = self._client.get_partial_messageable(dm.id)
        limit = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        await self._send(claimed, channel, copy.payload, whole=False, most_bytes=limit)
        return True

    async def _send(
        self,
        claimed: Claimed,
        channel: discord.PartialMessageable,
        payload: Payload,
        *,
        whole: bool,
        most_bytes: int,
    ) -> tuple[int, int]:
        if claimed.attempts > 1:
            there = await self._look(channel, claimed.ticket)
            if there is not None:
                return channel.id, there
        async with self._made(claimed.ticket, whole=whole, most_bytes=most_bytes - _ENVELOPE) as files:
            attached = [discord.File(one.path, one.name) for one in files]
            try:
                sent = await self._sent(channel, payload, attached, _nonce(claimed.ticket, whole=whole))
            except discord.HTTPException as error:
                if error.code != _FILES_TOO_LARGE:
                    raise
                sent = await self._sent(channel, payload, [], _nonce(claimed.ticket, whole=whole))
            finally:
                for one in attached:
                    one.close()
        return channel.id, sent

    async def _sent(
        self, channel: discord.PartialMessageable, payload: Payload, files: list[discord.File], nonce: str
    ) -> int:
        view = buttons_view(payload.buttons)
        shown: dict[str, Any] = {} if view is None else {"view": view}
        message = await channel.send(
            embed=discord.Embed.from_dict(dict(payload.embed or {})),
            files=files,
            nonce=nonce,
            allowed_mentions=discord.AllowedMentions.none(),
            **shown,
        )
        return message.id

    async def _look(self, channel: discord.PartialMessageable, ticket: Ticket) -> int | None:
        """The copy of this closing, if it is there already."""
        closed_at = ticket.closed_at or ticket.opened_at
        known = None if ticket.transcript is None else ticket.transcript[1]
        try:
            async for message in channel.history(limit=LOOK_BACK, after=closed_at - _SKEW, oldest_first=True):
                if message.id != known and self._is_copy(message, closed_at):
                    return message.id
        except discord.Forbidden:
            _log.warning("a channel's history can't be read", guild=ticket.guild_id, channel=channel.id)
        return None

    def _is_copy(self, message: discord.Message, closed_at: datetime) -> bool:
        mine = self._client.user is not None and message.author.id == self._client.user.id
        stamps = [one.timestamp for one in message.embeds if one.timestamp is not None]
        return mine and any(abs(one - closed_at) < timedelta(milliseconds=1) for one in stamps)


def _nonce(ticket: Ticket, *, whole: bool) -> str:
    """At most 25 characters, the same for every try of one closing."""
    closed = int((ticket.closed_at or ticket.opened_at).timestamp() * 1_000)
    return f"{closed}.{ticket.number % 10**9}{'s' if whole else 'm'}"
