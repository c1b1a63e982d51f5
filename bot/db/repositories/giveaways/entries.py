"""Statements on entries. Whoever writes one has the giveaway's row shared or locked in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, select, update

from bot.db import dialect
from bot.db.models.giveaways import GiveawayEntryRow, GiveawayRow
from bot.db.repositories.giveaways.giveaways import OPEN
from bot.db.repositories.shards import served_by
from bot.db.sessions import Session, WriteSession
from bot.domain.giveaways import Entry, Status
from bot.domain.guilds import ShardRange

_COLUMNS = (*GiveawayEntryRow.__table__.c,)
_IN = GiveawayEntryRow.left_at.is_(None)


@dataclass(frozen=True)
class Pot:
    """All entries of a giveaway together."""

    entrants: int
    weight: int


def _of(guild_id: int, number: int) -> ColumnElement[bool]:
    return and_(GiveawayEntryRow.guild_id == guild_id, GiveawayEntryRow.number == number)


def _entry(row: Any) -> Entry:
    roles = tuple(row.role_ids or ())
    return Entry(
        row.guild_id, row.number, row.user_id, row.weight, roles, row.boosts, row.entered_at, row.left_at
    )  # fmt: skip


async def put(session: WriteSession, entries: Sequence[Entry]) -> None:
    """Write entries, whole: new ones, and what is known anew of those that are there. In order of key."""
    if not entries:
        return
    insert = dialect.insert(session.dialect.name, GiveawayEntryRow)
    new = insert.excluded
    said = {name: getattr(new, name) for name in ("weight", "role_ids", "boosts", "entered_at", "left_at")}
    statement = insert.on_conflict_do_update(index_elements=["guild_id", "number", "user_id"], set_=said)
    rows = [
        {
            "guild_id": one.guild_id,
            "number": one.number,
            "user_id": one.user_id,
            "weight": one.weight,
            "role_ids": list(one.role_ids) or None,
            "boosts": one.boosts,
            "entered_at": one.entered_at,
            "left_at": one.left_at,
        }
        for one in sorted(entries, key=lambda one: (one.guild_id, one.number, one.user_id))
    ]
    await session.execute(statement, rows)


async def of(session: Session, guild_id: int, number: int, people: Collection[int]) -> dict[int, Entry]:
    """The entries of these people, also of those who left again."""
    query = select(*_COLUMNS).where(_of(guild_id, number), GiveawayEntryRow.user_id.in_(sorted(people)))
    return {row.user_id: _entry(row) for row in await session.execute(query)}


async def pot(session: Session, guild_id: int, number: int) -> Pot:
    """How many are in, and what they weigh together."""
    query = select(func.count(), func.coalesce(func.sum(GiveawayEntryRow.weight), 0)).where(_of(guild_id, number), _IN)
    count, weight = (await session.execute(query)).one()
    return Pot(count, int(weight))


async def count(session: Session, guild_id: int, number: int) -> int:
    """How many are in."""
    query = select(func.count()).select_from(GiveawayEntryRow).where(_of(guild_id, number), _IN)
    return (await session.execute(query)).scalar_one()


async def miscounted(session: Session, shards: ShardRange) -> list[tuple[int, int]]:
    """Guild and number of running giveaways of these shards whose message says another number than are in."""
    row = GiveawayRow
    mine = and_(GiveawayEntryRow.guild_id == row.guild_id, GiveawayEntryRow.number == row.number, _IN)
    there = select(func.count()).select_from(GiveawayEntryRow).where(mine).correlate(row).scalar_subquery()
    query = (
        select(row.guild_id, row.number)
        .where(row.status == Status.RUNNING, OPEN, served_by(row.guild_id, shards))
        .where(~row.gone, row.message_id.is_not(None), row.shown != there)
        .order_by(row.guild_id, row.number)
    )
    return [(found.guild_id, found.number) for found in await session.execute(query)]


async def count_up_to(session: Session, guild_id: int, number: int, most: int) -> int:
    """How many are in, counted no further than `most`."""
    some = select(GiveawayEntryRow.user_id).where(_of(guild_id, number), _IN).limit(most).subquery()
    return (await session.execute(select(func.count()).select_from(some))).scalar_one()


async def on_list(session: Session, guild_id: int, number: int) -> int:
    """How many are on the list of a draw: who is in and weighs something."""
    weighs = GiveawayEntryRow.weight > 0
    query = select(func.count()).select_from(GiveawayEntryRow).where(_of(guild_id, number), _IN, weighs)
    return (await session.execute(query)).scalar_one()


async def is_even(session: Session, guild_id: int, number: int) -> bool:
    """Whether everybody who is in weighs 1."""
    other = select(GiveawayEntryRow.user_id).where(_of(guild_id, number), _IN, GiveawayEntryRow.weight != 1).limit(1)
    return (await session.execute(other)).one_or_none() is None


async def page(session: Session, guild_id: int, number: int, *, after: int, limit: int) -> list[Entry]:
    """Those who are in, in order of user id, from above `after`."""
    query = (
        select(*_COLUMNS)
        .where(_of(guild_id, number), _IN, GiveawayEntryRow.user_id > after)
        .order_by(GiveawayEntryRow.user_id)
        .limit(limit)
    )
    return [_entry(row) for row in await session.execute(query)]


async def weights(session: Session, guild_id: int, number: int, *, after: int, limit: int) -> list[tuple[int, int]]:
    """User and weight of those on the list, in order of user id: who is in and weighs something."""
    query = (
        select(GiveawayEntryRow.user_id, GiveawayEntryRow.weight)
        .where(_of(guild_id, number), _IN, GiveawayEntryRow.weight > 0, GiveawayEntryRow.user_id > after)
        .order_by(GiveawayEntryRow.user_id)
        .limit(limit)
    )
    return [(row.user_id, row.weight) for row in await session.execute(query)]


async def set_weights(session: WriteSession, guild_id: int, number: int, weights: Mapping[int, int]) -> None:
    """Fix what these people's entries weigh."""
    if not weights:
        return
    statement = (
        update(GiveawayEntryRow)
        .where(_of(guild_id, number), GiveawayEntryRow.user_id == bindparam("who"))
        .values(weight=bindparam("what"))
    )
    await session.execute(statement, [{"who": who, "what": what} for who, what in sorted(weights.items())])


async def set_facts(session: WriteSession, entries: Sequence[Entry]) -> None:
    """Write what is known anew of people who are in: their roles, boosting, and what they weigh by that."""
    if not entries:
        return
    mine = and_(
        GiveawayEntryRow.guild_id == bindparam("guild"),
        GiveawayEntryRow.number == bindparam("of"),
        GiveawayEntryRow.user_id == bindparam("who"),
    )
    statement = (
        update(GiveawayEntryRow)
        .where(mine, _IN)
        .values(weight=bindparam("new_weight"), role_ids=bindparam("new_role_ids"), boosts=bindparam("new_boosts"))
    )
    rows = [
        {
            "guild": one.guild_id,
            "of": one.number,
            "who": one.user_id,
            "new_weight": one.weight,
            "new_role_ids": list(one.role_ids) or None,
            "new_boosts": one.boosts,
        }
        for one in sorted(entries, key=lambda one: (one.guild_id, one.number, one.user_id))
    ]
    await session.execute(statement, rows)
