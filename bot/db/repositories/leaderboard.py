"""Who has most: one way to read it for every feature that keeps a number for each person of a guild."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, and_, bindparam, case, func, null, select

from bot.db.models.core import Member, User
from bot.db.models.preferences import Preference
from bot.db.sessions import Session
from bot.db.types import Snowflake
from bot.domain.leaderboard import DEEPEST, Asked, Standing, Standings

_MOST = 2**63 - 1
"""More than anybody has."""


# Both indexes hold those alone who are not shown, so nearly always one look into a small one tells. SQLite would take
# the unique index instead and read the row, which makes counting a board up to four times as slow.
_BOTS = "INDEXED BY ix_users_id"
_GONE = "INDEXED BY ix_members_guild_id_user_id"


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
            mine,
            *where,
            person > 0,
            value > bindparam("above", type_=Snowflake),
            value <= bindparam("up_to", type_=Snowflake),
        )
        self.reads = {shows_left: _Reads(best, person, shows_left=shows_left) for shows_left in (False, True)}
        """By whether those who left are among them."""


class _Reads:
    """A page, and how many people have more than this, among the people that are shown."""

    def __init__(self, best: Select[int, int], person: ColumnElement[int], *, shows_left: bool) -> None:
        shown = best.where(is_listed(person, shows_left=shows_left))
        value = best.selected_columns.value
        # Counting needs no order, but it leads to the index on the value. Along the primary key, which SQLite may take
        # as soon where it knows nothing of the rows, all of a guild would be read to find that nobody has more.
        best = shown.order_by(value.desc(), person.desc()).limit(bindparam("depth", type_=BigInteger))
        self.page = _page(best, shows_left=shows_left)
        self.above: Select[int] = select(func.count()).select_from(best.subquery())


def is_listed(person: ColumnElement[int], *, shows_left: bool = False) -> ColumnElement[bool]:
    """Whether somebody is shown to others on a board: no bot, and unless `shows_left` not who is known to have left.

    Nor who chose to be in no statistics. Whoever was not seen yet is shown: the records of who is here lag behind by a
    second.
    """
    bot = select(1).where(User.id == person, User.is_bot).with_hint(User, _BOTS, "sqlite")
    unwilling = select(1).where(Preference.user_id == person, Preference.document["statistics"].as_boolean().is_(False))
    willing = and_(~bot.correlate_except(User).exists(), ~unwilling.correlate_except(Preference).exists())
    return willing if shows_left else and_(~_has_left(person), willing)


def _has_left(person: ColumnElement[int]) -> ColumnElement[bool]:
    gone = select(1).where(
        Member.guild_id == bindparam("guild_id", type_=Snowflake), Member.user_id == person, Member.left_at.is_not(None)
    )
    return gone.with_hint(Member, _GONE, "sqlite").correlate_except(Member).exists()


def _page(best: Select[int, int], *, shows_left: bool) -> Select[*tuple[Any, ...]]:
    first = best.subquery()
    person, value = first.c.person, first.c.value
    place = func.rank().over(order_by=value.desc())
    ranked = select(person, place.label("place"), value).subquery()
    page = (
        select(ranked.c.person, ranked.c.place, ranked.c.value)
        .order_by(ranked.c.value.desc(), ranked.c.person.desc())
        .limit(bindparam("count", type_=Integer))
        .offset(bindparam("start", type_=Integer))
        .subquery()
    )
    # Discord shows no name for those who left, so theirs is taken from the records.
    name = select(func.coalesce(User.global_name, User.username)).where(User.id == page.c.person).scalar_subquery()
    gone = case((_has_left(page.c.person), func.coalesce(name, "")), else_=null()) if shows_left else null()
    return select(page.c.person, page.c.place, page.c.value, gone.label("gone")).order_by(
        page.c.value.desc(), page.c.person.desc()
    )


async def standings(
    session: Session,
    ranking: Ranking,
    guild_id: int,
    asked: Asked,
    own_value: int,
    *,
    counts: bool = True,
    shows_left: bool = False,
    **parameters: Any,
) -> Standings:
    """A page of a ranking, and the place of somebody who has `own_value`. At most `DEEPEST` rows are read for each.

    Without a row of theirs the value does not count (`counts`), and has no place. Those who left are among the people
    only where a guild shows them (`shows_left`).
    A page behind the last one, such as of a board from which people left meanwhile, is the last one.
    """
    fixed = {**parameters, "guild_id": guild_id}
    start, reads = asked.start, ranking.reads[shows_left]
    found = await _read(session, reads, start, asked.count, fixed)
    if not found and start:
        there = await _count(session, reads, 0, fixed)
        start = max(there - 1, 0) // asked.count * asked.count
        found = await _read(session, reads, start, asked.count, fixed)
    place = await _place(session, reads, own_value, fixed, found) if counts else None
    own = Standing(asked.user_id, place, own_value, counts)
    more = len(found) > asked.count and start + asked.count < DEEPEST
    return Standings(tuple(found[: asked.count]), own, start, more)


@dataclass(frozen=True)
class Slice:
    """Those of a ranking who have at most `up_to`."""

    up_to: int
    before: int
    """How many people stand before all of them, for their places."""
    skip: int
    """How many of them are not asked for."""


async def page_within(
    session: Session, ranking: Ranking, guild_id: int, part: Slice, *, count: int, shows_left: bool
) -> list[Standing]:
    """Up to `count` rows of a slice. As many rows are read as are skipped and given."""
    fixed = {"guild_id": guild_id, "above": 0, "up_to": part.up_to}
    bounds = {"start": part.skip, "count": count, "depth": part.skip + count}
    rows = await session.execute(ranking.reads[shows_left].page, {**fixed, **bounds})
    return [Standing(person, part.before + place, value, gone=gone) for person, place, value, gone in rows]


async def place_of(
    session: Session, ranking: Ranking, guild_id: int, value: int, *, shows_left: bool = False
) -> int | None:
    """The place of somebody who has `value`; None for nothing, and below `DEEPEST`."""
    return await _place(session, ranking.reads[shows_left], value, {"guild_id": guild_id}, ())


async def _place(
    session: Session, reads: _Reads, value: int, fixed: dict[str, Any], known: Sequence[Standing]
) -> int | None:
    """The place of `value`; what is `known` of the board, in its order, is not read again."""
    if value <= 0:
        return None
    same = next((one.place for one in known if one.value == value), None)
    if same is not None:
        return same
    last = known[-1] if known and known[-1].value > value else None
    if last is None or last.place is None:
        above = await _count(session, reads, value, fixed)
    else:
        above = last.place - 1
        above += await _count(session, reads, value, fixed, up_to=last.value, depth=DEEPEST - above)
    return above + 1 if above < DEEPEST else None


async def _read(session: Session, reads: _Reads, start: int, count: int, fixed: dict[str, Any]) -> list[Standing]:
    bounds = {"above": 0, "up_to": _MOST, "start": start, "count": count + 1, "depth": start + count + 1}
    rows = await session.execute(reads.page, {**fixed, **bounds})
    return [Standing(person, place, value, gone=gone) for person, place, value, gone in rows]


async def _count(
    session: Session, reads: _Reads, above: int, fixed: dict[str, Any], *, up_to: int = _MOST, depth: int = DEEPEST
) -> int:
    """How many people have more than `above`, and at most `up_to`; `depth` stands for all beyond."""
    bounds = {"above": above, "up_to": up_to, "depth": depth}
    return int((await session.execute(reads.above, {**fixed, **bounds})).scalar_one())
