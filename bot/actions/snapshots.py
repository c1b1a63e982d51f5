"""Messages as they stood when somebody opened a form about them, kept until the form is sent.

They are kept in memory: whoever wrote a message must not be able to take it back while the form is filled in. A
process that died meanwhile asks Discord for the message again, and says so in the case if it is gone.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

import aiohttp
import discord
import structlog

from bot.domain.snapshots import LONGEST_NAME, MOST_FILES, MessageSnapshot
from bot.errors import ControlExpired

_log = structlog.stdlib.get_logger(__name__)

Interaction = discord.Interaction[Any]

_MOST = 500
"""Messages that are kept; the oldest give way."""

_PATIENCE = 5.0
"""Seconds that Discord may take to show a message again."""


class Snapshots:
    """The messages that forms are open about, each for whoever opened it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int], MessageSnapshot] = OrderedDict()

    def keep(self, interaction: Interaction, message: discord.Message) -> None:
        """Keep a message as whoever asks has it before them."""
        key = (interaction.user.id, message.id)
        self._kept.pop(key, None)  # so that it is the newest again
        self._kept[key] = snapshot_of(message)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    async def find(self, interaction: Interaction, message_id: int, author_id: int) -> MessageSnapshot:
        """The message of a form that was sent, which is in the channel in which it was sent.

        Raises:
            ControlExpired: it is not in that channel, or not by that author.
        """
        channel_id = interaction.channel_id or 0
        kept = self._kept.get((interaction.user.id, message_id))
        found = kept or await self._look_again(interaction, channel_id, message_id, author_id)
        if (found.channel_id, found.author_id) != (channel_id, author_id):
            raise ControlExpired
        return found

    async def _look_again(
        self, interaction: Interaction, channel_id: int, message_id: int, author_id: int
    ) -> MessageSnapshot:
        channel = interaction.client.get_partial_messageable(channel_id, guild_id=interaction.guild_id)
        try:
            async with asyncio.timeout(_PATIENCE):
                return snapshot_of(await channel.fetch_message(message_id))
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            _log.info("a message can't be read again", channel=channel_id, message=message_id, error=repr(error))
            return MessageSnapshot(channel_id, message_id, author_id, None)


def snapshot_of(message: discord.Message) -> MessageSnapshot:
    """What a message says now; of one that was forwarded, what it says of the other."""
    content, files = message.content, list(message.attachments)
    for forwarded in message.message_snapshots:
        content = content or forwarded.content
        files += forwarded.attachments
    names = tuple(one.filename[:LONGEST_NAME] for one in files[:MOST_FILES])
    return MessageSnapshot(message.channel.id, message.id, message.author.id, content, names)
