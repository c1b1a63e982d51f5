"""Guilds and people as Discord shows them, and the erasure of guilds that were left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import guilds as rows
from bot.db.sessions import WriteSession
from bot.domain.guilds import GuildSeen, MemberSeen, ShardRange, UserSeen
from bot.ids import IdMaker
from bot.services.guild_settings import GuildSettingsService

LEASE = timedelta(seconds=60)
"""How long one process may be at erasing a guild before another may take over."""


@dataclass(frozen=True)
class Sightings:
    """What was seen since the last flush, each thing once and as it was seen last."""

    guilds: Sequence[GuildSeen] = ()
    users: Sequence[UserSeen] = ()
    members: Sequence[MemberSeen] = ()
    left: Sequence[tuple[int, int, datetime]] = ()
    """Members who left: guild, user, when."""


@dataclass(frozen=True)
class Erasure:
    """A claimed guild: due to be erased, and nobody else's for the length of the lease."""

    guild_id: int
    token: int


class GuildsService:
    """Keeps guilds, users and members."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: IdMaker,
        settings: GuildSettingsService,
        *,
        keep_for: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._keep_for = keep_for

    async def record(self, seen: Sightings) -> None:
        """Write everything seen, in one transaction with a few statements. Safe to repeat."""

        async def unit(session: WriteSession) -> None:
            await rows.upsert_guilds(session, seen.guilds)
            await rows.upsert_users(session, seen.users)
            await rows.upsert_members(session, seen.members)
            await rows.mark_members_left(session, seen.left)

        await self._database.transact(unit, idempotent=True)

    async def leave(self, guild_id: int) -> None:
        """Note that the bot is no longer in a guild; its data is kept for a while, in case it returns."""
        now = self._clock.now()
        erase_at = now + self._keep_for
        await self._database.transact(
            lambda session: rows.mark_left(session, [guild_id], at=now, erase_at=erase_at), idempotent=True
        )

    async def reconcile(self, present: Collection[int], shards: ShardRange) -> list[int]:
        """Note the guilds of these shards that the bot was removed from while it was away; their ids."""
        now = self._clock.now()

        async def unit(session: WriteSession) -> list[int]:
            known = await rows.present_ids(session)
            gone = sorted(guild_id for guild_id in set(known).difference(present) if shards.serves(guild_id))
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
        """Delete everything of a claimed guild; False when the bot came back or the claim was lost meanwhile."""

        async def unit(session: WriteSession) -> bool:
            if not await rows.lock_claimed(session, erasure.guild_id, erasure.token):
                return False
            await rows.erase(session, erasure.guild_id)
            await self._settings.announce_erased(session, erasure.guild_id)
            return True

        try:
            return await self._database.transact(unit, idempotent=True)
        finally:
            self._settings.forget(erasure.guild_id)
