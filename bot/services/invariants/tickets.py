"""What must be true of tickets."""

from __future__ import annotations

from bot.db.repositories.tickets import checks
from bot.db.sessions import ReadSession
from bot.services.verify import MOST, Check, some


async def _places(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"ticket {one}" for one in await checks.without_channel(session, guild_id, MOST + 1))


async def _numbers(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"ticket {one}" for one in await checks.beyond_counter(session, guild_id, MOST + 1))


async def _orphans(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"{table} of ticket {one}" for table, one in await checks.orphans(session, guild_id, MOST + 1))


async def _histories(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"ticket {one}" for one in await checks.torn_histories(session, guild_id, MOST + 1))


async def _files(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"ticket {one}" for one in await checks.lost_files(session, guild_id, MOST + 1))


INVARIANTS: tuple[Check, ...] = (
    Check("every ticket that people work on has a channel", _places),
    Check("no ticket has a number that was not given", _numbers),
    Check("whatever is about a ticket is about one that there is", _orphans),
    Check("no ticket's history has a gap", _histories),
    Check("every file of a ticket that is kept is known", _files),
)
"""The promises about tickets."""
