"""The recorder: gathers what is seen of guilds and people, and writes it in batches.

A thousand guilds arrive within seconds at start; one statement for all of them costs what one for each of ten would.
Losing the last second of it costs nothing: Discord says it again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

import structlog

from bot.domain.guilds import GuildSeen, MemberSeen, UserSeen
from bot.errors import Unavailable
from bot.services.guilds import GuildsService, Sightings

_log = structlog.stdlib.get_logger(__name__)

INTERVAL = 1.0
"""Seconds between two flushes."""

BATCH = 2_000
"""Things of one kind in one transaction, so that no command waits long behind it."""

MOST_WAITING = 100_000
"""Things of one kind kept while the database is away; more are dropped, and seen again one day."""

ACTIVITY_INTERVAL = timedelta(minutes=10)
"""A member who keeps writing is recorded once in this time."""

MOST_ACTIVE = 100_000
"""Members whose last recording is remembered; the longest silent are forgotten first."""

K = TypeVar("K")
V = TypeVar("V")


class Recorder:
    """Keeps the latest of everything seen until the next flush."""

    def __init__(self, service: GuildsService) -> None:
        self._service = service
        self._guilds: dict[int, GuildSeen] = {}
        self._users: dict[int, UserSeen] = {}
        self._members: dict[tuple[int, int], MemberSeen] = {}
        self._left: dict[tuple[int, int], datetime] = {}
        self._active: OrderedDict[tuple[int, int], datetime] = OrderedDict()
        self._flushing = asyncio.Lock()

    def guild(self, seen: GuildSeen) -> None:
        """A guild was seen."""
        _put(self._guilds, seen.id, seen)

    def user(self, seen: UserSeen) -> None:
        """A user was seen."""
        _put(self._users, seen.id, seen)

    def member(self, seen: MemberSeen) -> None:
        """A member was seen here."""
        key = (seen.guild_id, seen.user_id)
        self._left.pop(key, None)
        _put(self._members, key, seen)

    def member_left(self, guild_id: int, user_id: int, at: datetime) -> None:
        """A member left."""
        _put(self._left, (guild_id, user_id), at)

    def is_news(self, guild_id: int, user_id: int, at: datetime) -> bool:
        """Whether a member's activity is worth recording again; asked once for each message, so it costs little."""
        key = (guild_id, user_id)
        last = self._active.get(key)
        if last is not None and at - last < ACTIVITY_INTERVAL:
            return False
        self._active[key] = at
        self._active.move_to_end(key)
        if len(self._active) > MOST_ACTIVE:
            self._active.popitem(last=False)
        return True

    @property
    def waiting(self) -> int:
        """How many things are not yet written."""
        return len(self._guilds) + len(self._users) + len(self._members) + len(self._left)

    async def flush(self) -> bool:
        """Write what waits; False if the database is away, and then it still waits, unless seen anew meanwhile.

        What comes in meanwhile is left for the next time, so that a thousand guilds that arrive over seconds take a
        transaction for each look and not one after the other.
        """
        async with self._flushing:
            left = self.waiting
            while left > 0 and self.waiting:
                batch = self._take()
                left -= batch.count
                try:
                    await self._service.record(batch)
                except Unavailable:
                    self._put_back(batch)
                    _log.warning("sightings wait for the database", waiting=self.waiting)
                    return False
        return True

    def _take(self) -> Sightings:
        members = _take(self._members)
        # A departure goes after the row it belongs to; both in one batch are written in that order.
        left = _take(self._left) if not self._members else {}
        return Sightings(
            guilds=tuple(_take(self._guilds).values()),
            users=tuple(_take(self._users).values()),
            members=tuple(members.values()),
            left=tuple((guild_id, user_id, at) for (guild_id, user_id), at in left.items()),
        )

    def _put_back(self, batch: Sightings) -> None:
        for guild in batch.guilds:
            self._guilds.setdefault(guild.id, guild)
        for user in batch.users:
            self._users.setdefault(user.id, user)
        for guild_id, user_id, at in batch.left:
            if (guild_id, user_id) not in self._members:
                self._left.setdefault((guild_id, user_id), at)
        for member in batch.members:
            self._members.setdefault((member.guild_id, member.user_id), member)


def _put(waiting: dict[K, V], key: K, value: V) -> None:
    if key in waiting or len(waiting) < MOST_WAITING:
        waiting[key] = value


def _take(waiting: dict[K, V]) -> dict[K, V]:
    taken = dict(islice(waiting.items(), BATCH))
    for key in taken:
        del waiting[key]
    return taken
