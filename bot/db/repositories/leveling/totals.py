"""Statements on what members have in all and by day, week and month, and on the counts by bucket that go with it.

Whatever moves a total moves the buckets in the same transaction. A member is in a bucket while they have any XP. All
statements take rows in the order of their keys, and the tables in one order, so that two writers never wait for each
other in a circle.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Date, Executable, bindparam, func, select, update

from bot.db import dialect
from bot.db.bulk import Rows
from bot.db.models.leveling import MemberLevel, XpBucket, XpPeriod
from bot.db.sessions import WriteSession
from bot.db.types import Snowflake
from bot.domain.leveling import MAX_XP, Gain, Span
from bot.domain.xp_buckets import bucket

Key = tuple[int, int]
"""A guild and a member."""


class Moved(NamedTuple):
    """A member's XP before and after."""

    before: int
    after: int


def _functions(dialect_name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The smaller and the greater of two values, as each database calls them."""
    functions: Any = func
    return (functions.least, functions.greatest) if dialect_name == "postgresql" else (functions.min, functions.max)


# Gains ------------------------------------------------------------------------------------------------------


@cache
def _given(name: str) -> Rows:
    own = MemberLevel
    return Rows(
        name, guild_id=own.guild_id, user_id=own.user_id, xp=own.xp, messages=own.messages,
        voice_seconds=own.voice_seconds, last_message_at=own.last_message_at,
    )  # fmt: skip


@cache
def _totals(name: str) -> Executable:
    rows, own = _given(name), MemberLevel
    source = select(*rows.c.values()).select_from(rows.source).where(rows.always)
    statement = dialect.insert(name, own).from_select(list(rows.c), source)
    new, greatest = statement.excluded, _functions(name)[1]
    latest = func.coalesce(greatest(own.last_message_at, new.last_message_at), new.last_message_at)
    changed = {
        # What is too much is taken off again by `add`: cut here, it would hide what there was before.
        "xp": own.xp + new.xp,
        "messages": own.messages + new.messages,
        "voice_seconds": own.voice_seconds + new.voice_seconds,
        "last_message_at": func.coalesce(latest, own.last_message_at),
        "updated_at": new.updated_at,
    }
    upsert = statement.on_conflict_do_update(index_elements=["guild_id", "user_id"], set_=changed)
    return upsert.returning(own.guild_id, own.user_id, own.xp)


@cache
def _periods(name: str) -> Executable:
    """All rows are of one period."""
    rows, own = _given(name), XpPeriod
    period = [
        bindparam("of_span", type_=own.span.type).label("span"),
        bindparam("of_begins", type_=Date).label("begins"),
    ]
    amounts = ("guild_id", "user_id", "xp", "messages", "voice_seconds")
    source = select(*(rows.c[one] for one in amounts), *period).select_from(rows.source).where(rows.always)
    statement = dialect.insert(name, own).from_select([*amounts, "span", "begins"], source)
    new, (least, _) = statement.excluded, _functions(name)
    changed = {
        "xp": least(own.xp + new.xp, MAX_XP),
        "messages": own.messages + new.messages,
        "voice_seconds": own.voice_seconds + new.voice_seconds,
        "updated_at": new.updated_at,
    }
    return statement.on_conflict_do_update(index_elements=["guild_id", "span", "begins", "user_id"], set_=changed)


_cut = (
    update(MemberLevel)
    .where(MemberLevel.guild_id == bindparam("of_guild"), MemberLevel.user_id == bindparam("of_user"))
    .values(xp=MAX_XP)
)


async def add(session: WriteSession, gains: Sequence[Gain]) -> dict[Key, Moved]:
    """Add gains to the totals, to the day, week and month of each, and move the buckets; what each member has now.

    Several gains of a member are added up. Nobody comes above `MAX_XP`.
    """
    if not gains:
        return {}
    name = session.dialect.name
    of_days = {day: _by_member(found) for day, found in _by_day(gains).items()}
    gained = next(iter(of_days.values())) if len(of_days) == 1 else _by_member(gains)
    parameters = _given(name).parameters(_in_order(gained))
    moved: dict[Key, Moved] = {}
    for guild, user, xp in (await session.execute(_totals(name), parameters)).all():
        key = (guild, user)
        moved[key] = Moved(xp - gained[key][2], min(xp, MAX_XP))
        if xp > MAX_XP:
            await session.execute(_cut, {"of_guild": guild, "of_user": user})
    # Whoever touches a member's periods has locked their total, so these may be taken in any order.
    for day, of_day in of_days.items():
        if of_day is not gained:
            parameters = _given(name).parameters(_in_order(of_day))
        for span, begins in spans_of(day):
            await session.execute(_periods(name), {**parameters, "of_span": span, "of_begins": begins})
    await _move_buckets(session, ((guild_id, one) for (guild_id, _), one in moved.items()))
    return moved


def _in_order(rows: Mapping[Key, tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows in the order of their keys, with which they begin: so nothing behind those is ever compared."""
    return sorted(rows.values())


def _by_day(gains: Iterable[Gain]) -> dict[date, list[Gain]]:
    found: dict[date, list[Gain]] = defaultdict(list)
    for gain in gains:
        found[gain.day].append(gain)
    return found


def _by_member(gains: Iterable[Gain]) -> dict[Key, tuple[Any, ...]]:
    """The rows of totals or of one period, by their key."""
    found: dict[Key, tuple[Any, ...]] = {}
    for gain in gains:
        key, xp = gain[:2], gain.xp
        row = (*key, min(xp, MAX_XP), gain.messages, gain.voice_seconds, gain.last_message_at)
        found[key] = _joined(found[key], row) if key in found else row
    return found


def _joined(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    """Two gains of a member as one."""
    latest = max((at for at in (one[5], other[5]) if at is not None), default=None)
    return (*one[:2], min(one[2] + other[2], MAX_XP), one[3] + other[3], one[4] + other[4], latest)


@cache
def spans_of(day: date) -> tuple[tuple[Span, date], ...]:
    """The spans that a day lies in, each with its first day."""
    monday = day - timedelta(days=day.weekday()) if day.toordinal() > day.weekday() else day
    return (Span.DAY, day), (Span.WEEK, monday), (Span.MONTH, day.replace(day=1))


# What others set --------------------------------------------------------------------------------------------

_lock = (
    select(MemberLevel.user_id, MemberLevel.xp)
    .where(
        MemberLevel.guild_id == bindparam("guild_id"),
        MemberLevel.user_id.in_(bindparam("people", type_=Snowflake, expanding=True)),
    )
    .order_by(MemberLevel.user_id)
    .with_for_update()
)
LOCKED_AT_ONCE = 5_000
"""Members in one list of a statement, below what either database takes."""


async def lock(session: WriteSession, guild_id: int, people: Iterable[int]) -> dict[int, int]:
    """The XP of those who have a row, which nobody else changes until the transaction ends."""
    wanted, found = sorted(set(people)), dict[int, int]()
    for start in range(0, len(wanted), LOCKED_AT_ONCE):
        part = {"guild_id": guild_id, "people": wanted[start : start + LOCKED_AT_ONCE]}
        found.update((user_id, xp) for user_id, xp in await session.execute(_lock, part))
    return found


@cache
def _settings(name: str) -> tuple[Rows, Executable]:
    own = MemberLevel
    rows = Rows(
        name, guild_id=own.guild_id, user_id=own.user_id, xp=own.xp, messages=own.messages,
        voice_seconds=own.voice_seconds,
    )  # fmt: skip
    source = select(*rows.c.values()).select_from(rows.source).where(rows.always)
    statement = dialect.insert(name, own).from_select(list(rows.c), source)
    changed = {"xp": statement.excluded.xp, "updated_at": statement.excluded.updated_at}
    return rows, statement.on_conflict_do_update(index_elements=["guild_id", "user_id"], set_=changed)


async def set_to(session: WriteSession, guild_id: int, totals: Mapping[int, int]) -> dict[int, Moved]:
    """Make members' XP these amounts, of 0 to `MAX_XP`, and move the buckets; what each had, and has now.

    Days, weeks and months stay: they say what was earned. Who has no row gets one. What somebody is about to have is
    worked out from `lock`, in the same transaction.
    """
    before = await lock(session, guild_id, totals)
    moved = {user_id: Moved(before.get(user_id, 0), totals[user_id]) for user_id in sorted(totals)}
    if moved:
        rows, statement = _settings(session.dialect.name)
        wanted = [(guild_id, user_id, one.after, 0, 0) for user_id, one in moved.items()]
        await session.execute(statement, rows.parameters(wanted))
        await _move_buckets(session, ((guild_id, one) for one in moved.values()))
    return moved


async def take(session: WriteSession, guild_id: int, amounts: Mapping[int, int]) -> dict[int, Moved]:
    """Take XP from members, at most what each has; what each had, and has now. Who has no row is left out."""
    before = await lock(session, guild_id, amounts)
    return await set_to(session, guild_id, {user_id: max(xp - amounts[user_id], 0) for user_id, xp in before.items()})


_take_of_period = update(XpPeriod).where(
    XpPeriod.guild_id == bindparam("of_guild"),
    XpPeriod.span == bindparam("of_span", type_=XpPeriod.span.type),
    XpPeriod.begins == bindparam("of_begins"),
    XpPeriod.user_id == bindparam("of_user"),
)


async def take_of_periods(session: WriteSession, guild_id: int, amounts: Mapping[tuple[int, date], int]) -> None:
    """Take XP out of the days, weeks and months of members, by member and day; at most what each row has."""
    taken = Counter[tuple[str, date, int]]()
    for (user_id, day), amount in amounts.items():
        for span, begins in spans_of(day):
            taken[span.value, begins, user_id] += amount
    if not taken:
        return
    less = _functions(session.dialect.name)[1](XpPeriod.xp - bindparam("amount", type_=Snowflake), 0)
    parameters = [
        {"of_guild": guild_id, "of_span": Span(span), "of_begins": begins, "of_user": user_id, "amount": amount}
        for (span, begins, user_id), amount in sorted(taken.items())
    ]
    await session.execute(_take_of_period.values(xp=less), parameters)


# Buckets ----------------------------------------------------------------------------------------------------


@cache
def _buckets(name: str) -> tuple[Rows, Executable]:
    own = XpBucket
    rows = Rows(name, guild_id=own.guild_id, bucket=own.bucket, members=own.members)
    source = select(*rows.c.values()).select_from(rows.source).where(rows.always)
    statement = dialect.insert(name, own).from_select(list(rows.c), source)
    changed = {"members": own.members + statement.excluded.members, "updated_at": statement.excluded.updated_at}
    return rows, statement.on_conflict_do_update(index_elements=["guild_id", "bucket"], set_=changed)


async def _move_buckets(session: WriteSession, moved: Iterable[tuple[int, Moved]]) -> None:
    """Count members out of the buckets they left and into those they came into."""
    counts = Counter[tuple[int, int]]()
    for guild_id, (before, after) in moved:
        left, entered = bucket(before), bucket(after)
        if left != entered:  # having nothing is a bucket of its own, which is not kept
            if before:
                counts[guild_id, left] -= 1
            if after:
                counts[guild_id, entered] += 1
    changes = [(*key, counts[key]) for key in sorted(counts) if counts[key]]
    if changes:
        rows, statement = _buckets(session.dialect.name)
        await session.execute(statement, rows.parameters(changes))
