"""What must be true of roles that the bot gives."""

from __future__ import annotations

from bot.db.repositories import role_grants
from bot.db.sessions import ReadSession
from bot.services.verify import MOST, Check, some


async def _untended(session: ReadSession, guild_id: int) -> list[str]:
    found = await role_grants.untended(session, guild_id, MOST + 1)
    return some(f"role {role_id} of member {user_id}" for user_id, role_id in found)


async def _not_ours(session: ReadSession, guild_id: int) -> list[str]:
    found = await role_grants.taken_for_ours(session, guild_id, MOST + 1)
    return some(f"role {role_id} of member {user_id}" for user_id, role_id in found)


INVARIANTS: tuple[Check, ...] = (
    Check("every granted role is looked at, and no later than its end", _untended),
    Check("no role counts as ours once its grant is over", _not_ours),
)
"""The promises about roles."""
