"""What must be true of levels."""

from __future__ import annotations

from bot.db.repositories.leveling import ranks
from bot.db.sessions import ReadSession
from bot.services.verify import MOST, Check, some


async def _buckets(session: ReadSession, guild_id: int) -> list[str]:
    found = await ranks.miscounted(session, guild_id, MOST + 1)
    return some(f"bucket {bucket} says {told} and has {real}" for bucket, told, real in found)


async def _bots(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"bot {one}" for one in await ranks.bots(session, guild_id, MOST + 1))


INVARIANTS: tuple[Check, ...] = (
    Check("every bucket of XP has as many members as it says", _buckets),
    Check("no bot has XP", _bots),
)
"""The promises about levels."""
