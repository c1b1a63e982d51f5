"""Sending what waits in the outbox: look if need be, send or edit, and say what became of it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import structlog

from bot.domain.outbox import (
    CLOSED,
    Claimed,
    Delayed,
    Delivered,
    Hindrance,
    MessageKind,
    Outcome,
    Payload,
    Place,
    Refused,
    Target,
    is_shown,
    must_look,
)
from bot.errors import Unavailable
from bot.services.outbox import OutboxService
from bot.services.preferences import PreferencesService
from bot.ui.controls import payload_view

_log = structlog.stdlib.get_logger(__name__)

TIMEOUT = 40.0
"""Seconds for one try, discord.py's own repetitions included; below the lease, so that nobody else is at it."""

LOOK_BACK = 100
"""Messages of a channel that are looked at: one request."""

_SKEW = timedelta(minutes=1)
"""How far Discord's clock may be behind ours."""

_OLD_EDITS_CAPPED = 30046
_OLD_EDITS_PAUSE = timedelta(minutes=1)
_LEAVES_HOPE = {401, 429}
"""Statuses that refuse the request and say nothing about the message itself."""

_SERVER_FAULT = 500
_CANNOT_REACH = 50007
_UNKNOWN_MESSAGE = 10008
_HINDRANCES = {
    50001: Hindrance.FORBIDDEN,  # no access to the channel
    50013: Hindrance.FORBIDDEN,  # a permission is missing there
    10003: Hindrance.GONE,
}
"""What Discord's codes say of a channel."""


class OutboxSender:
    """The second of the three beats: what was written in a transaction is said, and the outcome is written after it."""

    def __init__(self, client: discord.Client, outbox: OutboxService, preferences: PreferencesService) -> None:
        self._client = client
        self._outbox = outbox
        self._preferences = preferences

    async def deliver(self, claimed: Claimed) -> None:
        """Try a claimed message once and write what became of it."""
        claimed, outcome = await self._attempt(claimed)
        if isinstance(outcome, Delayed):
            _log.warning("a message has to wait", guild=claimed.guild_id, message=claimed.id, reason=outcome.reason)
        elif isinstance(outcome, Refused):
            _log.warning("a message was refused", guild=claimed.guild_id, message=claimed.id, reason=outcome.reason)
        await self._outbox.settle(claimed, outcome)

    async def _attempt(self, claimed: Claimed) -> tuple[Claimed, Outcome]:
        try:
            async with asyncio.timeout(TIMEOUT):
                if await self._is_unwanted(claimed):
                    return claimed, Refused(CLOSED)
                if claimed.kind is MessageKind.EDIT:
                    return claimed, Delivered(await self._edit(claimed))
                channel = await self._channel(claimed)
                if must_look(claimed.doubt_since, claimed.claimed_at):
                    place = await self._look(claimed, channel)
                    if place is not None:
                        return claimed, Delivered(place)
                    claimed = dataclasses.replace(claimed, doubt_since=None)
                return claimed, Delivered(await self._send(claimed, channel))
        except Exception as error:  # noqa: BLE001 — whatever it was, the message is still owed
            return claimed, outcome_of(error)

    async def _is_unwanted(self, claimed: Claimed) -> bool:
        """Whether it would be a direct message to somebody who wants none, and none of it can have arrived yet."""
        if claimed.destination.target is not Target.USER or claimed.kind is MessageKind.EDIT or claimed.doubt_since:
            return False
        return not (await self._preferences.read(claimed.destination.id)).value.messages

    async def _channel(self, claimed: Claimed) -> discord.PartialMessageable:
        channel_id = claimed.destination.id
        if claimed.destination.target is Target.USER:
            channel_id = (await self._client.create_dm(discord.Object(channel_id))).id
            return self._client.get_partial_messageable(channel_id)
        return self._client.get_partial_messageable(channel_id, guild_id=claimed.guild_id)

    async def _send(self, claimed: Claimed, channel: discord.PartialMessageable) -> Place:
        payload = claimed.payload
        sent = await channel.send(
            payload.content or None,
            embeds=_embeds(payload),
            allowed_mentions=_pings(payload),
            nonce=claimed.nonce,
            **_controls(payload),
        )
        return Place(channel.id, sent.id)

    async def _edit(self, claimed: Claimed) -> Place:
        if claimed.message_id is None:
            raise RuntimeError("an edit of no message")
        channel_id, payload = claimed.destination.id, claimed.payload
        message = self._client.get_partial_messageable(channel_id).get_partial_message(claimed.message_id)
        if payload.removed:
            with contextlib.suppress(discord.NotFound):  # somebody else was quicker
                await message.delete()
            return Place(channel_id, claimed.message_id)
        await message.edit(
            content=payload.content or None,
            embeds=_embeds(payload),
            allowed_mentions=_pings(payload),
            view=payload_view(payload),
        )
        return Place(channel_id, claimed.message_id)

    async def _look(self, claimed: Claimed, channel: discord.PartialMessageable) -> Place | None:
        """Find the message among those that came after the first try in doubt.

        Where the history may not be read nothing is found, and the message is sent again: twice is better than never.
        """
        assert claimed.doubt_since is not None  # noqa: S101 — for the type checker; must_look said so
        history = channel.history(limit=LOOK_BACK, after=claimed.doubt_since - _SKEW, oldest_first=True)
        try:
            mine = [message.id async for message in history if self._is_like(message, claimed)]
        except discord.Forbidden:
            _log.warning("a channel's history can't be read", guild=claimed.guild_id, channel=channel.id)
            return None
        others = await self._outbox.of_others(claimed, mine)
        return next((Place(channel.id, message_id) for message_id in mine if message_id not in others), None)

    def _is_like(self, message: discord.Message, claimed: Claimed) -> bool:
        if self._client.user is None or message.author.id != self._client.user.id:
            return False
        if message.nonce is not None:
            return str(message.nonce) == claimed.nonce
        return is_shown(claimed.payload, message.content, [embed.to_dict() for embed in message.embeds])


def outcome_of(error: Exception) -> Outcome:
    """What a failed try means for the message."""
    match error:
        case discord.RateLimited(retry_after=seconds):
            return Delayed(f"rate limited for {seconds:.0f} s", certain=True, after=timedelta(seconds=seconds))
        case discord.HTTPException():
            return _answered(error)
        case Unavailable():
            return Delayed("the database is away", certain=True)
        case TimeoutError():
            return Delayed("no answer in time", certain=False)
        case OSError() | aiohttp.ClientError():
            return Delayed(f"Discord can't be reached: {error!r}", certain=False)
        case _:
            _log.error("an outbox message failed unexpectedly", exc_info=error)
            return Delayed(repr(error), certain=False)


def _answered(error: discord.HTTPException) -> Outcome:
    said = f"{error.status} (error {error.code}): {error.text}"
    if error.code == _CANNOT_REACH:
        return Refused(CLOSED)
    if error.code == _OLD_EDITS_CAPPED:
        return Delayed(said, certain=True, after=_OLD_EDITS_PAUSE)
    if error.status in _LEAVES_HOPE:
        return Delayed(said, certain=True)
    if error.status < _SERVER_FAULT:
        return Refused(said, _HINDRANCES.get(error.code), message_gone=error.code == _UNKNOWN_MESSAGE)
    return Delayed(said, certain=False)


def _embeds(payload: Payload) -> list[discord.Embed]:
    return [] if payload.embed is None else [discord.Embed.from_dict(payload.embed)]


def _controls(payload: Payload) -> dict[str, Any]:
    view = payload_view(payload)
    return {} if view is None else {"view": view}


def _pings(payload: Payload) -> discord.AllowedMentions:
    mentions = payload.mentions
    return discord.AllowedMentions(
        everyone=mentions.everyone,
        users=[discord.Object(user_id) for user_id in mentions.users],
        roles=[discord.Object(role_id) for role_id in mentions.roles],
        replied_user=False,
    )
