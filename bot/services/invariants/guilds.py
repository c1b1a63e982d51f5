"""What must be true of servers and their members."""

from __future__ import annotations

from bot.db.repositories import verify
from bot.db.sessions import ReadSession
from bot.services.verify import MOST, Check, some


async def _known(session: ReadSession, guild_id: int) -> list[str]:
    return [] if await verify.is_known(session, guild_id) else ["the server has rows, but none of its own"]


async def _members(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"member {one}" for one in await verify.members_unknown(session, guild_id, MOST + 1))


INVARIANTS: tuple[Check, ...] = (
    # A bot that has just been added may write for a second before the server's own row is there.
    Check("the server is known, so that its data can be erased one day", _known, grave=False),
    Check("every member has a name", _members, grave=False),
)
"""What holds of every guild, whatever it uses."""
