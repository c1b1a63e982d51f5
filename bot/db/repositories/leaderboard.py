"""Who has most: one way to read it for every feature that keeps a number for each person of a guild."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, select

from bot.db.models.core import Member, User
from bot.db.models.preferences import Preference
from bot.db.sessions import Session
from bot.db.types import Snowflake
from bot.domain.leaderboard import DEEPEST, Asked, Standing, Standings


class Ranking:
    """The statements on one number that people have.

    There must be an index on the guild, whatever else `where` compares, the value and the person, in this order; then
    a page costs as much as the rows up to its end. Parameters that `where` names are given with each call.
    """

    def __init__(
        self,
        *,
        guild: ColumnElement[int],
        person: ColumnElement[int],
        value: ColumnElement[int],
        where: tuple[ColumnElement[bool], ...] = (),
    ) -> None:
        mine = guild == bindparam("guild_id", type_=Snowflake)
        best = select(person.label("person"), value.label("value")).where(
            mine, *where, person > 0, value > bindparam("above", type_=Snowflake), is_listed(person)
        )
        self.page = _page(best.order_by(value.desc(), person.desc()).limit(bindparam("depth", type_=Integer)))
        first = best.limit(bindparam("depth", type_=Integer)).subquery()
        self.above: Select[int] = select(func.count()).select_from(first)


def is_listed(person: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether somebody is shown to others on a board: not who is known to have left, and no bot.

    Nor who chose to be in no statistics. Whoever was not seen yet is shown: the records of who is here lag behind by a
    second.
    """
    gone = select(1).where(
        Member.guild_id == bindparam("guild_id", type_=Snowflake), Member.user_id == person, Member.left_at.is_not(None)
    )
    bot = select(1).where(User.id == person, User.is_bot)
    unwilling = select(1).where(Preference.user_id == person, Preference.document["statistics"].as_boolean().is_(False))
    return and_(
        ~gone.correlate_except(Member).exists(),
        ~bot.correlate_except(User).exists(),
        ~unwilling.correlate_except(Preference).exists(),
    )


def _page(best: Select[int, int]) -> Select[int, int, int]:
    first = best.subquery()
    person, value = first.c.person, first.c.value
    place = func.rank().over(order_by=value.desc())
    ranked = select(person, place.label("place"), value).subquery()
    return (
        select(ranked.c.person, ranked.c.place, ranked.c.value)
        .order_by(ranked.c.value.desc(), ranked.c.person.desc())
        .limit(bindparam("count", type_=Integer))
        .offset(bindparam("start", type_=Integer))
    )


async def standings(
    session: Session,
    ranking: Ranking,
    guild_id: int,
    asked: Asked,
    own_value: int,
    *,
    counts: bool = True,
    **parameters: Any,
) -> Standings:
    """A page of a ranking, and the place of somebody who has `own_value`. At most `DEEPEST` rows are read for each.

    Without a row of theirs the value does not count (`counts`), and has no place.
    A page behind the last one, such as of a board from which people left meanwhile, is the last one.
    """
    fixed = {**parameters, "guild_id": guild_id}
    start = asked.start
    found = await _read(session, ranking, start, asked.count, fixed)
    if not found and start:
        there = await _count(session, ranking, 0, fixed)
        start = max(there - 1, 0) // asked.count * asked.count
        found = await _read(session, ranking, start, asked.count, fixed)
    place = await _count(session, ranking, own_value, fixed) + 1 if counts and own_value > 0 else None
    own = Standing(asked.user_id, place if place is not None and place <= DEEPEST else None, own_value, counts)
    more = len(found) > asked.count and start + asked.count < DEEPEST
    return Standings(tuple(found[: asked.count]), own, start, more)


async def _read(session: Session, ranking: Ranking, start: int, count: int, fixed: dict[str, Any]) -> list[Standing]:
    bounds = {"above": 0, "start": start, "count": count + 1, "depth": start + count + 1}
    return [Standing(*row) for row in await session.execute(ranking.page, {**fixed, **bounds})]


async def _count(session: Session, ranking: Ranking, above: int, fixed: dict[str, Any]) -> int:
    """How many people have more than this; `DEEPEST` stands for all beyond."""
    return int((await session.execute(ranking.above, {**fixed, "above": above, "depth": DEEPEST})).scalar_one())
