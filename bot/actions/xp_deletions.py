"""XP taken back for messages that moderators delete, as far as Discord tells that it was a moderator."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import discord
import structlog

from bot.domain.deletions import Deleted, Series, by_others
from bot.errors import Unavailable
from bot.services.leveling import LevelingService

_log = structlog.stdlib.get_logger(__name__)

SETTLE = 3.0
"""Seconds until what a message earned is written, and Discord's audit log says who deleted it."""

LOOK_BACK = 50
"""Entries of the audit log that are read: one request."""

MOST_WAITING = 1_000
"""Deleted messages of one guild that wait to be looked up; what comes beyond keeps its XP."""

MOST_KNOWN = 10_000
"""Entries whose count is remembered."""

_EARLIER = 60_000 << 22
"""A minute, in Discord's ids: a series may have begun a little before the deletion that is looked up."""


class XpDeletions:
    """Gathers what was deleted in a guild for a moment, and looks it up at once."""

    def __init__(self, service: LevelingService, settle: float = SETTLE) -> None:
        self.settle = settle
        self._service = service
        self._waiting: dict[int, dict[int, int]] = {}
        """Channels by message, by guild."""
        self._known: OrderedDict[int, int] = OrderedDict()

    async def deleted(self, guild: discord.Guild, messages: Mapping[int, int]) -> None:
        """Messages are gone, each with its channel; returns when they were looked up, or others see to it."""
        is_first = guild.id not in self._waiting
        waiting = self._waiting.setdefault(guild.id, {})
        room = MOST_WAITING - len(waiting)
        waiting.update(list(messages.items())[: max(room, 0)])
        if not is_first:
            return
        try:
            await asyncio.sleep(self.settle)
        finally:
            gone = self._waiting.pop(guild.id)
        try:
            await self._look(guild, gone)
        except (Unavailable, discord.HTTPException) as error:
            _log.warning("XP of deleted messages stays", guild=guild.id, error=repr(error))

    async def swept(self, guild_id: int, messages: Sequence[int]) -> None:
        """Messages were deleted many at once, which only moderators and their bots can."""
        await asyncio.sleep(self.settle)
        try:
            await self._service.take_back(guild_id, messages)
        except Unavailable:
            _log.warning("XP of deleted messages stays", guild=guild_id)

    async def _look(self, guild: discord.Guild, gone: Mapping[int, int]) -> None:
        earned = await self._service.earned_by(guild.id, sorted(gone))
        if not earned or not guild.me.guild_permissions.view_audit_log:
            return
        series = [
            _series(entry)
            async for entry in guild.audit_logs(limit=LOOK_BACK, action=discord.AuditLogAction.message_delete)
        ]
        found = [Deleted(one.message_id, one.user_id, gone[one.message_id]) for one in earned]
        since = discord.utils.time_snowflake(discord.utils.utcnow()) - (int(self.settle * 1_000) << 22) - _EARLIER
        others = by_others(found, series, self._known, since)
        for one in series:
            self._known[one.id] = one.count
            self._known.move_to_end(one.id)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        if others:
            await self._service.take_back(guild.id, sorted(others))


def _series(entry: discord.AuditLogEntry) -> Series:
    extra: Any = entry.extra  # of this action a proxy with a channel and a count; the type says what any action has
    target: Any = entry.target
    return Series(entry.id, target.id, extra.channel.id, extra.count)
