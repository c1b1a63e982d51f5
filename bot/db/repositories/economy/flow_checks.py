"""Statements that prove the hours that are kept for reports: they are what the ledger makes of them."""

from __future__ import annotations

from bot.db.repositories.economy import flow_hours
from bot.db.sessions import ReadSession

_PAGE = 24
"""Hours that are added up at once."""


async def off(session: ReadSession, guild_id: int, most: int) -> list[int]:
    """Up to `most` hours that differ from what their movements made and took.

    Many statements, beside a busy bot: so an hour that differs is looked at again.
    """
    mark = await flow_hours.mark_of(session, guild_id)
    if mark is None:
        return []
    found: list[int] = []
    for first in range(mark.kept_from, mark.kept_to, _PAGE):
        for hour in await _differing(session, guild_id, first, min(first + _PAGE, mark.kept_to)):
            if len(found) < most and await _differing(session, guild_id, hour, hour + 1):
                found.append(hour)
    return found


async def _differing(session: ReadSession, guild_id: int, first: int, last: int) -> list[int]:
    is_kept = await flow_hours.kept(session, guild_id, first, last)
    is_there = await flow_hours.added_up(session, guild_id, first, last)
    return sorted({what[0] for what in {*is_kept, *is_there} if is_kept.get(what) != is_there.get(what)})
