"""What must be true of things that are done to many."""

from __future__ import annotations

from bot.db.repositories import batch_checks
from bot.db.sessions import ReadSession
from bot.services.verify import MOST, Check, some


async def _miscounted(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"batch {one}" for one in await batch_checks.miscounted(session, guild_id, MOST + 1))


async def _left_behind(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"batch {one}" for one in await batch_checks.left_behind(session, guild_id, MOST + 1))


INVARIANTS: tuple[Check, ...] = (
    Check("every batch counts its targets right", _miscounted),
    Check("a batch is over when its targets are, and not before", _left_behind),
)
"""The promises about batches."""
