"""What must be true of cases, of what Discord is believed to hold, and of locks."""

from __future__ import annotations

from bot.db.repositories import locks
from bot.db.repositories.moderation import checks
from bot.db.sessions import ReadSession
from bot.domain.lock_checks import contradictions
from bot.services.verify import MOST, Check, some


async def _gaps(session: ReadSession, guild_id: int) -> list[str]:
    count, highest, counted = await checks.numbering(session, guild_id)
    return [] if count == highest == counted else [f"{count} cases, the highest #{highest}, counted {counted}"]


async def _double(session: ReadSession, guild_id: int) -> list[str]:
    found = await checks.double(session, guild_id, MOST + 1)
    return some(f"{slot} of member {user_id}" for user_id, slot in found)


async def _untended(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"#{number}" for number in await checks.untended(session, guild_id, MOST + 1))


async def _not_held(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"#{number}" for number in await checks.not_held(session, guild_id, MOST + 1))


async def _for_nothing(session: ReadSession, guild_id: int) -> list[str]:
    found = await checks.held_for_nothing(session, guild_id, MOST + 1)
    return some(f"{slot} of member {user_id}" for user_id, slot in found)


async def _untold(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"#{number}" for number in await checks.untold(session, guild_id, MOST + 1))


async def _impossible_locks(session: ReadSession, guild_id: int) -> list[str]:
    lines: list[str] = []
    for (_, channel_id, kind), kept in await locks.kept(session, guild_id):
        wrong = ["it can't be understood"] if kept is None else contradictions(kept)
        lines += [f"{kind} of channel {channel_id}: {one}" for one in wrong]
    return some(lines)


INVARIANTS: tuple[Check, ...] = (
    Check("case numbers have no gap and none comes twice", _gaps),
    Check("of a ban or timeout one case at most is active", _double),
    Check("every case that is to be done or ends is looked at, and no later than its end", _untended),
    Check("what is active is held by Discord, as far as anybody saw", _not_held),
    Check("nothing is held that no case asks for", _for_nothing),
    Check("every change of a case is on record", _untold),
    Check("every lock and slowmode can be put back, and is looked at in time", _impossible_locks),
)
"""The promises about cases and locks."""
