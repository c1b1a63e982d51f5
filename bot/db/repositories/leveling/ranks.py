"""Statements on places: who has most XP, messages and time in voice, and where somebody stands, however far down."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    ColumnElement,
    Date,
    Select,
    Subquery,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    text,
    union,
    update,
)

from bot.db.models.core import Member, User
from bot.db.models.leveling import LevelWish, MemberLevel, XpBucket, XpPeriod
from bot.db.models.preferences import UNNAMED, Preference
from bot.db.repositories import leaderboard as ranking
from bot.db.repositories.leaderboard import Ranking, Slice
from bot.db.sessions import Session, WriteSession
from bot.db.types import Snowflake
from bot.domain.leaderboard import DEEPEST, Asked, Standing, Standings
from bot.domain.leveling import Span
from bot.domain.xp_buckets import EXACT, HIGHEST_SHIFT, STEPS, begins, bucket

_GUILD = bindparam("guild_id", type_=Snowflake)
_total = MemberLevel.__table__.c
_period = XpPeriod.__table__.c
_SPOKEN = literal(0, literal_execute=True)
"""As the partial indexes say it; a parameter would not lead to them."""


@dataclass(frozen=True)
class Sums:
    """What somebody has, in all or in one period."""

    xp: int
    messages: int
    voice_seconds: int


# Boards ------------------------------------------------------------------------------------------------------


def _of_all(value: ColumnElement[int], *where: ColumnElement[bool]) -> Ranking:
    return Ranking(guild=_total.guild_id, person=_total.user_id, value=value, where=where)


def _of_period(value: ColumnElement[int], *where: ColumnElement[bool]) -> Ranking:
    here = (
        _period.span == bindparam("span", type_=_period.span.type),
        _period.begins == bindparam("begins", type_=Date),
    )
    return Ranking(guild=_period.guild_id, person=_period.user_id, value=value, where=(*here, *where))


XP = _of_all(_total.xp)
MESSAGES = _of_all(_total.messages)
VOICE = _of_all(_total.voice_seconds, _total.voice_seconds > _SPOKEN)
PERIOD_XP = _of_period(_period.xp)
PERIOD_MESSAGES = _of_period(_period.messages)
PERIOD_VOICE = _of_period(_period.voice_seconds, _period.voice_seconds > _SPOKEN)


async def sums(session: Session, guild_id: int, user_id: int) -> Sums | None:
    """What a member earned in all; None: nothing was ever counted of them."""
    query = select(MemberLevel.xp, MemberLevel.messages, MemberLevel.voice_seconds)
    return await _sums(session, query.where(MemberLevel.guild_id == guild_id, MemberLevel.user_id == user_id))


async def period_sums(session: Session, guild_id: int, user_id: int, span: Span, begin: date) -> Sums | None:
    """What a member earned in the day, week or month that begins so; None: nothing."""
    query = select(XpPeriod.xp, XpPeriod.messages, XpPeriod.voice_seconds).where(
        XpPeriod.guild_id == guild_id, XpPeriod.span == span, XpPeriod.begins == begin, XpPeriod.user_id == user_id
    )
    return await _sums(session, query)


async def _sums(session: Session, query: Select[int, int, int]) -> Sums | None:
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Sums(*row)


async def nameless(session: Session, guild_id: int, people: Collection[int]) -> set[int]:
    """Those of these people who wish that nobody reads who they are."""
    if not people:
        return set()
    query = select(LevelWish.user_id).where(
        LevelWish.guild_id == guild_id, LevelWish.user_id.in_(sorted(people)), LevelWish.nameless
    )
    return set((await session.execute(query)).scalars())


# Places at any depth -----------------------------------------------------------------------------------------


def bucket_of(column: str) -> ColumnClause[int]:
    """`bucket` in SQL."""
    cases = (
        f"WHEN {column} < {EXACT << shift} THEN {shift * STEPS} + ({column} >> {shift})"
        for shift in range(HIGHEST_SHIFT + 1)
    )
    return literal_column(f"CASE {' '.join(cases)} END", BigInteger)


@cache
def _unlisted(dialect: str, *, shows_left: bool) -> Subquery:
    """The XP of those who are on no board; None for who has none. Bots are not among them, for they have no XP.

    It is looked up for each of the few who chose that, where `is_listed` asks of everybody whether they did. As a join,
    SQLite would rather read all of a guild.
    """
    people: Any = select(Preference.user_id).where(text(UNNAMED[dialect]))
    if not shows_left:
        people = union(people, select(Member.user_id).where(Member.guild_id == _GUILD, Member.left_at.is_not(None)))
    whose = people.subquery()
    theirs = select(MemberLevel.xp).where(MemberLevel.guild_id == _GUILD, MemberLevel.user_id == whose.c.user_id)
    found = select(theirs.correlate(whose).scalar_subquery().label("xp")).select_from(whose)
    return found.offset(0).subquery("unlisted")  # kept apart, or SQLite looks it up wherever it is named


@cache
def _listed(dialect: str, *, shows_left: bool) -> Subquery:
    """How many people each bucket of a guild has who are listed; without that of no XP."""
    number = bucket_of("unlisted.xp").label("bucket")
    query = select(number, func.count().label("people"))
    unlisted = query.select_from(_unlisted(dialect, shows_left=shows_left)).group_by(number).subquery()
    people = XpBucket.members - func.coalesce(unlisted.c.people, 0)
    return (
        select(XpBucket.bucket, people.label("people"))
        .outerjoin(unlisted, unlisted.c.bucket == XpBucket.bucket)
        .where(XpBucket.guild_id == _GUILD, XpBucket.bucket > 0)
        .subquery()
    )


@cache
def _unlisted_above(dialect: str, *, shows_left: bool) -> Select[int]:
    unlisted = _unlisted(dialect, shows_left=shows_left)
    return select(func.count()).select_from(unlisted).where(unlisted.c.xp > _XP)


_XP = bindparam("xp", type_=BigInteger)
_more = select(MemberLevel.xp).where(MemberLevel.guild_id == _GUILD, MemberLevel.xp > _XP)
_first = select(func.count()).select_from(_more.order_by(MemberLevel.xp.desc()).limit(DEEPEST).subquery())
_above = select(
    select(func.coalesce(func.sum(XpBucket.members), 0))
    .where(XpBucket.guild_id == _GUILD, XpBucket.bucket > bindparam("bucket", type_=BigInteger))
    .scalar_subquery()
    + select(func.count())
    .select_from(_more.where(MemberLevel.xp < bindparam("end", type_=BigInteger)).subquery())
    .scalar_subquery()
)
_at = (
    select(MemberLevel.xp)
    .where(MemberLevel.guild_id == _GUILD, MemberLevel.xp < bindparam("end", type_=BigInteger))
    .order_by(MemberLevel.xp.desc(), MemberLevel.user_id.desc())
    .offset(bindparam("skip", type_=BigInteger))
    .limit(1)
)


@cache
def _bucket_at(dialect: str, *, shows_left: bool) -> Select[int, int]:
    """The bucket in which somebody stands with so many people before them, and how many are in higher ones."""
    listed = _listed(dialect, shows_left=shows_left)
    up_to = func.sum(listed.c.people).over(order_by=listed.c.bucket.desc())
    summed = select(listed.c.bucket, listed.c.people, up_to.label("up_to")).subquery()
    return (
        select(summed.c.bucket, summed.c.up_to - summed.c.people)
        .where(summed.c.up_to > bindparam("start", type_=BigInteger))
        .order_by(summed.c.bucket.desc())
        .limit(1)
    )


async def place(session: Session, guild_id: int, xp: int, *, shows_left: bool) -> int | None:
    """The place of somebody who has so much XP, however far down; None for nothing.

    The first ones are counted. Of those below the buckets are added up, and one is counted in.
    """
    return None if xp <= 0 else await _people_above(session, guild_id, xp, shows_left=shows_left) + 1


async def _people_above(session: Session, guild_id: int, xp: int, *, shows_left: bool) -> int:
    asked = {"guild_id": guild_id, "xp": xp}
    above = int((await session.execute(_first, asked)).scalar_one())
    if above == DEEPEST:
        number = bucket(xp)
        edges = {"bucket": number, "end": begins(number + 1)}
        above = int((await session.execute(_above, {**asked, **edges})).scalar_one())
    query = _unlisted_above(session.dialect.name, shows_left=shows_left)
    return above - int((await session.execute(query, asked)).scalar_one())


async def standings(session: Session, guild_id: int, asked: Asked, own: Sums | None, *, shows_left: bool) -> Standings:
    """A page of who has most XP of all time, and its asker's place, both however far down."""
    if asked.start + asked.count < DEEPEST:
        # Where the asker stands is looked up below: a place far down takes no reading of the first thousand.
        shown = await ranking.standings(session, XP, guild_id, asked, 0, shows_left=shows_left)
    else:
        shown = await _far_page(session, guild_id, asked, shows_left=shows_left)
    xp = 0 if own is None else own.xp
    known = next((one.place for one in shown.rows if one.value == xp), None)
    mine = known or await place(session, guild_id, xp, shows_left=shows_left)
    return replace(shown, own=Standing(asked.user_id, mine, xp, counts=own is not None))


async def _far_page(session: Session, guild_id: int, asked: Asked, *, shows_left: bool) -> Standings:
    start, own = asked.start, Standing(asked.user_id, None, 0)
    found = await _rows_from(session, guild_id, start, asked.count + 1, shows_left=shows_left)
    if not found:
        there = await _people_above(session, guild_id, 0, shows_left=shows_left)
        start = max(there - 1, 0) // asked.count * asked.count
        found = await _rows_from(session, guild_id, start, asked.count + 1, shows_left=shows_left)
    return Standings(tuple(found[: asked.count]), own, start, len(found) > asked.count)


async def _rows_from(session: Session, guild_id: int, start: int, count: int, *, shows_left: bool) -> list[Standing]:
    """The rows behind the first `start`, found by their bucket.

    Whoever stands so far down among all has at least as much as who does among those listed; it is read from there.
    """
    query = _bucket_at(session.dialect.name, shows_left=shows_left)
    found = (await session.execute(query, {"guild_id": guild_id, "start": start})).one_or_none()
    if found is None:
        return []
    number, before = int(found[0]), int(found[1])  # PostgreSQL sums whole numbers to decimal ones
    place = {"guild_id": guild_id, "end": begins(number + 1), "skip": start - before}
    xp = int((await session.execute(_at, place)).scalar_one())
    above = await _people_above(session, guild_id, xp, shows_left=shows_left)
    part = Slice(up_to=xp, before=above, skip=start - above)
    return await ranking.page_within(session, XP, guild_id, part, count=count, shows_left=shows_left)


# Buckets -----------------------------------------------------------------------------------------------------


async def forget_bucket(session: WriteSession, guild_id: int, user_id: int) -> None:
    """Take a member whose row is about to be erased out of their bucket."""
    mine = (MemberLevel.guild_id == guild_id, MemberLevel.user_id == user_id)
    xp = (await session.execute(select(MemberLevel.xp).where(*mine).with_for_update())).scalar_one_or_none()
    if xp is None:
        return
    theirs = (XpBucket.guild_id == guild_id, XpBucket.bucket == bucket(xp))
    await session.execute(update(XpBucket).where(*theirs).values(members=XpBucket.members - 1))


@cache
def _miscounted() -> Select[int, int, int]:
    number = bucket_of("member_levels.xp").label("bucket")
    counted = (
        select(number, func.count().label("members"))
        .where(MemberLevel.guild_id == _GUILD, MemberLevel.xp > 0)
        .group_by(number)
        .subquery()
    )
    kept = (
        select(XpBucket.bucket, XpBucket.members).where(XpBucket.guild_id == _GUILD, XpBucket.members != 0).subquery()
    )
    told, real = func.coalesce(kept.c.members, 0), func.coalesce(counted.c.members, 0)
    both = kept.outerjoin(counted, kept.c.bucket == counted.c.bucket, full=True)
    one = func.coalesce(kept.c.bucket, counted.c.bucket)
    return (
        select(one, told, real)
        .select_from(both)
        .where(told != real)
        .order_by(one)
        .limit(bindparam("most", type_=BigInteger))
    )


async def miscounted(session: Session, guild_id: int, most: int) -> list[tuple[int, int, int]]:
    """Up to `most` buckets that don't hold as many members as they say: which, how many it says, and has."""
    rows = await session.execute(_miscounted(), {"guild_id": guild_id, "most": most})
    return [(one, told, real) for one, told, real in rows]


async def bots(session: Session, guild_id: int, most: int) -> list[int]:
    """Up to `most` bots that have XP all the same."""
    query = (
        select(MemberLevel.user_id)
        .join(User, User.id == MemberLevel.user_id)
        .where(MemberLevel.guild_id == guild_id, MemberLevel.xp > 0, User.is_bot)
        .order_by(MemberLevel.user_id)
        .limit(most)
    )
    return list((await session.execute(query)).scalars())
