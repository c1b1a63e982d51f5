"""Messages of tickets, for their record. Heard amid the reading of the gateway; elsewhere a message costs a look-up."""

from __future__ import annotations

from typing import Any

import discord
from discord.ext import commands

from bot import first_look
from bot.actions.host import ServiceHost
from bot.actions.ticket_facts import edited_of, heard_of
from bot.domain.ticket_record import Deleted


class TicketListener(commands.Cog):
    """Hands what is said in tickets to the record; says nothing. No event of it ever gets a task."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._bot = bot
        self._places = host.services.ticket_places
        self._record = host.services.ticket_record

    def _hear(self, message: discord.Message) -> bool:
        place = self._places.find(message.channel.id)
        if place is None or message.guild is None or message.guild.id != place.guild_id:
            return False
        heard = heard_of(place, message)
        if heard is not None:
            self._record.hear(heard)
            self._places.look_at(place)
        return False

    def _hear_edit(self, payload: discord.RawMessageUpdateEvent) -> bool:
        place = self._places.find(payload.channel_id)
        if place is not None and payload.guild_id == place.guild_id:
            self._record.hear(edited_of(place, payload.message))
        return False

    def _hear_deletion(self, payload: discord.RawMessageDeleteEvent) -> bool:
        return self._hear_deletions(payload, [payload.message_id])

    def _hear_sweep(self, payload: discord.RawBulkMessageDeleteEvent) -> bool:
        return self._hear_deletions(payload, sorted(payload.message_ids))

    def _hear_deletions(
        self, payload: discord.RawMessageDeleteEvent | discord.RawBulkMessageDeleteEvent, gone: list[int]
    ) -> bool:
        place = self._places.find(payload.channel_id)
        if place is not None and payload.guild_id == place.guild_id:
            now = discord.utils.utcnow()
            for message_id in gone:
                self._record.hear(Deleted(place.guild_id, place.number, message_id, now))
        return False

    def _lose(self, shard_id: int) -> bool:
        self._places.lost(shard_id, self._bot.shard_count or 1)
        return False

    def _find_again(self, shard_id: int) -> bool:
        self._places.found(shard_id)
        return False

    @commands.Cog.listener()
    @first_look.after(_hear)
    async def on_message(self, message: discord.Message) -> None:
        """Something was said."""

    @commands.Cog.listener()
    @first_look.after(_hear_edit)
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A message was changed, or what it links to is shown below it now."""

    @commands.Cog.listener()
    @first_look.after(_hear_deletion)
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """One was deleted."""

    @commands.Cog.listener()
    @first_look.after(_hear_sweep)
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Many were deleted at once."""

    @commands.Cog.listener()
    @first_look.after(_lose)
    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Discord is not heard any more."""

    @commands.Cog.listener()
    @first_look.after(_find_again)
    async def on_shard_resumed(self, shard_id: int) -> None:
        """Discord is heard again, and tells what was missed."""

    @commands.Cog.listener()
    @first_look.after(_find_again)
    async def on_shard_ready(self, shard_id: int) -> None:
        """Discord is heard anew, and what was missed is to be asked for."""
