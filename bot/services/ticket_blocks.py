"""Who may open no tickets, for a time or until it is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.tickets import blocks as rows
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.audit import MEMBER, AuditRecord
from bot.domain.ticket_topics import Block
from bot.errors import NotBlocked
from bot.services.audit import AuditService
from bot.services.ticket_panel_parts import By

BLOCKED, UNBLOCKED = "ticket.block", "ticket.unblock"
"""What the audit log is told."""

SHOWN = 20
"""Blocks that are shown at once."""


@dataclass(frozen=True)
class Blocks:
    """The newest blocks of a guild, and how many there are in all."""

    newest: Sequence[Block]
    total: int


class TicketBlocksService:
    """Keeps who may open no tickets. What they have open already goes on."""

    def __init__(self, database: Database, clock: Clock, audit: AuditService) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    async def within(self, session: Session, guild_id: int, user_id: int) -> Block | None:
        """What keeps somebody from opening tickets now, inside the caller's session."""
        return await rows.find(session, guild_id, user_id, now=self._clock.now())

    async def listed(self, guild_id: int) -> Blocks:
        """The newest blocks of a guild."""
        now = self._clock.now()

        async def unit(session: ReadSession) -> Blocks:
            newest = await rows.newest(session, guild_id, now=now, limit=SHOWN)
            return Blocks(newest, await rows.count(session, guild_id, now=now))

        return await self._database.query(unit)

    async def block(
        self, guild_id: int, user_id: int, *, reason: str | None, until: datetime | None, by: By
    ) -> Block | None:
        """Keep somebody from opening tickets until then, or for good; what held for them before."""
        block = Block(user_id, reason, by.user_id, until)
        now = self._clock.now()

        async def unit(session: WriteSession) -> Block | None:
            before = await rows.find(session, guild_id, user_id, now=now)
            if before == block:  # asked for twice, or an earlier try
                return before
            await rows.put(session, guild_id, block)
            said = _told(block)
            record = AuditRecord(BLOCKED, by.user_id, by.source, MEMBER, str(user_id), after=said, description=reason)
            await self._audit.record(session, guild_id, record)
            return before

        return await self._database.transact(unit, idempotent=True)

    async def unblock(self, guild_id: int, user_id: int, by: By) -> Block:
        """Let somebody open tickets again; what held for them.

        Raises:
            NotBlocked: they may already.
        """
        now = self._clock.now()
        gone: list[Block] = []

        async def unit(session: WriteSession) -> Block:
            before = await rows.find(session, guild_id, user_id, now=now)
            if before is None:
                if gone:  # an earlier try, whose commit was cut off
                    return gone[-1]
                raise NotBlocked(user_id)
            gone.append(before)
            await rows.drop(session, guild_id, user_id)
            record = AuditRecord(UNBLOCKED, by.user_id, by.source, MEMBER, str(user_id), before=_told(before))
            await self._audit.record(session, guild_id, record)
            return before

        return await self._database.transact(unit, idempotent=True)

    async def prune(self) -> int:
        """Forget blocks that are over; how many."""
        now = self._clock.now()
        return await self._database.transact(lambda session: rows.prune(session, now=now), idempotent=True)


def _told(block: Block) -> dict[str, Any]:
    return {"until": None if block.expires_at is None else block.expires_at.isoformat()}
