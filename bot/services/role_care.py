"""Mending of role grants: what staff does about all grants of one role at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import role_care as care
from bot.db.repositories import role_grants as rows
from bot.db.sessions import WriteSession
from bot.domain.audit import AuditRecord, AuditSource
from bot.domain.role_grants import GrantTally
from bot.services.audit import AuditService

DROPPED = "role.drop"
"""What staff does, as the audit log has it."""

_AT_ONCE = 2_000
"""Members whose grants one transaction changes, so that no other waits long for it."""


class RoleCareService:
    """How the grants of each role stand, and what helps all of a role. `wake` is called after each commit."""

    def __init__(self, database: Database, clock: Clock, audit: AuditService, wake: Callable[[], object]) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._wake = wake

    async def tally(self, guild_id: int) -> tuple[GrantTally, ...]:
        """How the grants of each role of a guild stand."""
        return tuple(await self._database.query(lambda session: care.tally(session, guild_id)))

    async def drop_role(self, guild_id: int, role_id: int, *, by: int, source: AuditSource) -> int:
        """End all grants of a role that was deleted, from whatever source; how many.

        Of a role that very many have, this takes several transactions, each with its entry in the audit log. What a
        crash leaves is found by the next call.
        """

        async def step(session: WriteSession, users: Sequence[int]) -> int:
            ended = await care.end_role(session, guild_id, role_id, users)
            if ended:
                after = {"grants": ended}
                await self._audit.record(
                    session, guild_id, AuditRecord(DROPPED, by, source, "role", str(role_id), None, after)
                )
            return ended

        return await self._for_all(guild_id, role_id, step)

    async def try_role(self, guild_id: int, role_id: int) -> int:
        """Have everybody looked at now who has a grant of a role; how many members."""

        async def step(session: WriteSession, users: Sequence[int]) -> int:
            await care.begin_anew(session, guild_id, role_id, users)
            return len(users)

        return await self._for_all(guild_id, role_id, step)

    async def _for_all(
        self, guild_id: int, role_id: int, step: Callable[[WriteSession, Sequence[int]], Awaitable[int]]
    ) -> int:
        """Take a step for all members with a grant of a role, up to `_AT_ONCE` in a transaction; the sum."""
        now = self._clock.now()
        after, total, is_more = 0, 0, True

        async def unit(session: WriteSession) -> tuple[Sequence[int], int]:
            self._database.after_commit(self._wake)
            # Duties before grants, as everywhere: who is at a member just now sees that they changed.
            users = await care.holders(session, guild_id, role_id, after=after, limit=_AT_ONCE)
            await rows.look(session, guild_id, users, now=now)
            return users, await step(session, users)

        while is_more:
            users, count = await self._database.transact(unit, idempotent=True)
            total += count
            is_more = len(users) == _AT_ONCE
            after = users[-1] if users else after
        return total
