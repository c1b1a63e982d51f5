"""Messages of tickets as the record keeps them, from what Discord tells of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import discord

from bot.domain.ticket_record import (
    MAX_AUTHOR,
    MAX_CONTENT,
    Edited,
    Heard,
    Missing,
    RecordedFile,
    RecordedMessage,
    file_name,
    why_not,
)
from bot.services.ticket_places import TicketPlace

_SAID = frozenset({
    discord.MessageType.default, discord.MessageType.reply, discord.MessageType.chat_input_command,
    discord.MessageType.context_menu_command,
})  # fmt: skip
"""Kinds of messages that say something. The others tell of pins, threads and the like, and are not kept."""


def heard_of(place: TicketPlace, message: discord.Message) -> Heard | None:
    """A message of a ticket; None for one that says nothing or that only one person sees.

    Of somebody who is not told of as a member, such as in a channel's history, neither roles nor permissions are known.
    """
    if message.type not in _SAID or message.flags.ephemeral:
        return None
    author, attached = message.author, list(_attached(message))
    recorded = RecordedMessage(
        message_id=message.id,
        author_id=author.id,
        author_name=author.display_name[:MAX_AUTHOR],
        is_staff=False,
        is_bot=author.bot or message.webhook_id is not None,
        internal=message.channel.id == place.staff_thread_id,
        content=_words(message.content),
        sent_at=message.created_at,
        embeds=tuple(_shown(message)),
        reply_to=None if message.reference is None else message.reference.message_id,
        edited_at=message.edited_at,
        files=tuple(_file(seq, one) for seq, one in enumerate(attached, start=1)),
    )
    urls = tuple(one.url for one in attached)
    if not isinstance(author, discord.Member):
        return Heard(place.guild_id, place.number, recorded, urls=urls)
    roles = tuple(role.id for role in author.roles)
    manages = author.guild_permissions.manage_guild or author.guild.owner_id == author.id
    return Heard(place.guild_id, place.number, recorded, roles, manages, urls)


def edited_of(place: TicketPlace, message: discord.Message) -> Edited:
    """What a message of a ticket says now."""
    embeds = tuple(_shown(message))
    return Edited(place.guild_id, place.number, message.id, _words(message.content), embeds, message.edited_at)


def _words(content: str) -> str:
    return content.replace("\x00", "")[:MAX_CONTENT]


def _shown(message: discord.Message) -> Iterator[Mapping[str, Any]]:
    """What is shown below a message's words, also stickers, polls and forwarded messages, as embeds."""
    for embed in message.embeds:
        yield dict(embed.to_dict())
    for sticker in message.stickers:
        yield {"type": "sticker", "title": sticker.name}
    if message.poll is not None:
        choices = "\n".join(answer.text for answer in message.poll.answers)
        yield {"type": "poll", "title": message.poll.question, "description": choices}
    for snapshot in message.message_snapshots:
        yield {"type": "forwarded", "description": _words(snapshot.content)}


def _attached(message: discord.Message) -> Iterator[discord.Attachment]:
    yield from message.attachments
    for snapshot in message.message_snapshots:
        yield from snapshot.attachments


def _file(seq: int, attached: discord.Attachment) -> RecordedFile:
    """A file, with its bytes on their way unless it can't be kept. What kind it is shows by these alone."""
    return RecordedFile(
        seq, file_name(attached.filename), attached.size, "", None, why_not(attached.size) or Missing.FETCHING
    )
