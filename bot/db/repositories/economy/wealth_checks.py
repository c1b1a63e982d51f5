"""Statements that prove the rows of wealth: they are what is worked out anew, but for what moved since."""

from __future__ import annotations

from collections.abc import Iterable

from bot.db.repositories.economy import wealth, wealth_marks
from bot.db.sessions import ReadSession
from bot.domain.economy import SYSTEM
from bot.domain.wealth import Mark

_PAGE = 1_000
_MOVEMENTS = 5_000


async def off(session: ReadSession, guild_id: int, most: int) -> list[int]:
    """Up to `most` members whose rows differ from what they own and earned; none while the rows are still made.

    Many statements, beside a busy bot: so what differs is looked at again at the end, without those who moved since
    the mark that holds then. Rows are judged by the worths of things that they were made by.
    """
    mark = await wealth_marks.get(session, guild_id)
    if mark is None or mark.filled_to is not None:
        return []
    doubtful: set[int] = set()
    above, is_left = SYSTEM, True
    while is_left:
        kept = await wealth.kept_above(session, guild_id, above, mark.week_of, _PAGE)
        there = await wealth.people_above(session, guild_id, above, _PAGE)
        people = sorted({*kept, *there})[:_PAGE]
        doubtful |= await _differing(session, mark, people)
        is_left = len(people) == _PAGE
        above = people[-1] if people else above
    return await _after_all(session, guild_id, doubtful, most) if doubtful else []


async def _after_all(session: ReadSession, guild_id: int, doubtful: set[int], most: int) -> list[int]:
    mark = await wealth_marks.get(session, guild_id)
    if mark is None:
        return []
    found: set[int] = set()
    ordered = sorted(doubtful)
    for start in range(0, len(ordered), _PAGE):
        found |= await _differing(session, mark, ordered[start : start + _PAGE])
    edge = await wealth_marks.edge_of(session, guild_id)
    found -= await wealth.moved_since(session, guild_id, edge, _MOVEMENTS)
    return sorted(found)[:most]


async def _differing(session: ReadSession, mark: Mark, people: Iterable[int]) -> set[int]:
    asked = list(people)
    worked_out = await wealth.reckon(session, mark.guild_id, asked, mark.prices, mark.week_of)
    kept = await wealth.kept(session, mark.guild_id, asked, mark.week_of)
    return {one for one in asked if worked_out.get(one) != kept.get(one)}
