"""What must be true of giveaways."""

from __future__ import annotations

from bot.db.repositories.giveaways import checks
from bot.db.sessions import ReadSession
from bot.services.verify import MOST, Check, some


async def _numbers(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"giveaway {one}" for one in await checks.beyond_counter(session, guild_id, MOST + 1))


async def _orphans(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"{table} of giveaway {one}" for table, one in await checks.orphans(session, guild_id, MOST + 1))


async def _winners(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"giveaway {one}" for one in await checks.overfull(session, guild_id, MOST + 1))


async def _lists(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"giveaway {one}" for one in await checks.miscounted(session, guild_id, MOST + 1))


INVARIANTS: tuple[Check, ...] = (
    Check("no giveaway has a number that was not given", _numbers),
    Check("whatever is about a giveaway is about one that there is", _orphans),
    Check("no giveaway has more winners than it promised, and nobody was looked at out of turn", _winners),
    Check("every giveaway was drawn from those who had entered", _lists),
)
"""The promises about giveaways."""
