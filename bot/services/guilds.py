"""Guilds and people as Discord shows them, and the erasure of guilds that were left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import guilds as rows
from bot.db.sessions import WriteSession
from bot.domain.guilds import FirstContact, GuildSeen, MemberSeen, ShardRange, UserSeen, is_arrival
from bot.domain.outbox import user
from bot.ids import IdMaker
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService

LEASE = timedelta(seconds=60)
"""How long one process may be at erasing a guild before another may take over."""


PIECE = 2_000
"""Rows that are erased in one transaction."""

A = TypeVar("A")


@dataclass(frozen=True)
class Sightings:
    """What was seen since the last flush, each thing once and as it was seen last."""

    guilds: Sequence[GuildSeen] = ()
    users: Sequence[UserSeen] = ()
    members: Sequence[MemberSeen] = ()
    left: Sequence[tuple[int, int, datetime]] = ()
    """Members who left: guild, user, when."""

    @property
    def count(self) -> int:
        """How many things these are."""
        return len(self.guilds) + len(self.users) + len(self.members) + len(self.left)


@dataclass(frozen=True)
class Erasure:
    """A claimed guild: due to be erased, and nobody else's for the length of the lease."""

    guild_id: int
    token: int


class _HalfErasedError(Exception):
    """Guilds that are met again, of which only a part is left."""

    def __init__(self, guild_ids: Collection[int]) -> None:
        super().__init__()
        self.guild_ids = guild_ids


class GuildsService:
    """Keeps guilds, users and members."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: IdMaker,
        settings: GuildSettingsService,
        outbox: OutboxService,
        *,
        keep_for: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._settings = settings
        self._keep_for = keep_for

    async def record(self, seen: Sightings) -> None:
        """Write everything seen, in one transaction with a few statements. Safe to repeat."""

        async def unit(session: WriteSession) -> None:
            await self._check_whole(session, [one.id for one in seen.guilds])
            await rows.upsert_guilds(session, seen.guilds)
            await rows.upsert_users(session, seen.users)
            await rows.upsert_members(session, seen.members)
            await rows.mark_members_left(session, seen.left)

        await self._once_whole(unit)

    def moment(self) -> datetime:
        """Now, by the clock that rows are written by."""
        return self._clock.now()

    async def join(self, seen: GuildSeen, contact: FirstContact | None, *, since: datetime) -> bool:
        """Note that the bot was added to a guild at `since`, and promise the first words to whoever did it.

        They are said once for each time it is added. False when nobody is to be told, or this was known before:
        then Discord repeats itself.
        """

        async def unit(session: WriteSession) -> bool:
            await self._check_whole(session, [seen.id])
            known = await rows.presence(session, seen.id)
            await rows.upsert_guilds(session, [seen])
            if contact is None or (known is not None and not is_arrival(seen, known, since)):
                return False
            key = f"first-contact:{(seen.joined_at or seen.seen_at).isoformat()}"
            return await self._outbox.send(
                session, seen.id, user(contact.user_id), contact.payload, key=key, fallback_id=contact.fallback_id
            )

        return await self._once_whole(unit)

    async def leave(self, guild_id: int) -> None:
        """Note that the bot is no longer in a guild; its data is kept for a while, in case it returns."""
        now = self._clock.now()
        erase_at = now + self._keep_for
        await self._database.transact(
            lambda session: rows.mark_left(session, [guild_id], at=now, erase_at=erase_at), idempotent=True
        )

    async def reconcile(self, present: Callable[[], Collection[int]], shards: ShardRange) -> list[int]:
        """Note the guilds of these shards that the bot was removed from while it was away; their ids.

        `present` is asked after the table was read: a guild that joins meanwhile is not in what was read.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> list[int]:
            known = await rows.present_ids(session)
            gone = sorted(guild_id for guild_id in set(known).difference(present()) if shards.serves(guild_id))
            if gone:
                await rows.mark_left(session, gone, at=now, erase_at=now + self._keep_for)
            return gone

        return await self._database.transact(unit, idempotent=True)

    async def next_erasure(self, shards: ShardRange) -> datetime | None:
        """When the next guild of these shards is due to be erased."""
        return await self._database.query(lambda session: rows.next_erasure(session, shards))

    async def claim_erasures(self, shards: ShardRange, limit: int) -> list[Erasure]:
        """Take up to `limit` guilds that are due, each for `LEASE`."""
        now = self._clock.now()
        token = self._ids.new()
        until = now + LEASE
        claimed = await self._database.transact(
            lambda session: rows.claim_erasures(session, shards, now=now, lease_until=until, token=token, limit=limit)
        )
        return [Erasure(guild_id, token) for guild_id in claimed]

    async def erase(self, erasure: Erasure) -> bool:
        """Delete everything of a claimed guild; False when the bot came back or the claim was lost meanwhile.

        By pieces, since others write meanwhile and no statement may take long. With the first piece there is no way
        back: after a crash whoever claims it next goes on, and whoever meets the guild again erases the rest first.
        """
        guild_id = erasure.guild_id

        async def is_mine(session: WriteSession) -> bool:
            until = self._clock.now() + LEASE
            return await rows.begin_erasing(session, guild_id, erasure.token, lease_until=until)

        return await self._erase(guild_id, is_mine)

    async def _erase(self, guild_id: int, may: Callable[[WriteSession], Awaitable[bool]]) -> bool:
        async def unit(session: WriteSession, at: int) -> int | bool:
            """The table to go on with, or whether it is done, or not to be done."""
            if not await may(session):
                return False
            following = await rows.erase_some(session, guild_id, at=at, limit=PIECE)
            if following is not None:
                return following
            await rows.erase(session, guild_id)  # with what was written meanwhile into tables that were passed
            await self._settings.announce_erased(session, guild_id)
            return True

        at: int | bool = 0
        try:
            while not isinstance(at, bool):
                at = await self._database.transact(partial(unit, at=at), idempotent=True)
        finally:
            self._settings.forget(guild_id)
        return at

    async def _check_whole(self, session: WriteSession, guild_ids: Collection[int]) -> None:
        half = await rows.half_erased(session, guild_ids)
        if half:
            raise _HalfErasedError(half)

    async def _once_whole(self, unit: Callable[[WriteSession], Awaitable[A]]) -> A:
        """Do what meets guilds again; of those of which only a part is left, that part is erased before."""
        while True:
            try:
                return await self._database.transact(unit, idempotent=True)
            except _HalfErasedError as found:
                for guild_id in found.guild_ids:
                    await self._erase(guild_id, partial(_is_half_erased, guild_id))


async def _is_half_erased(guild_id: int, session: WriteSession) -> bool:
    return bool(await rows.half_erased(session, [guild_id]))
