"""Statements on slots: what Discord is believed to hold of a member, who is at it, and when it is looked at next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, tuple_, update

from bot.db import dialect
from bot.db.models.moderation import CaseRow, SanctionSlot
from bot.db.repositories.moderation.cases import Key
from bot.db.repositories.shards import served_by
from bot.db.sessions import Session, WriteSession
from bot.domain.cases import CaseState, Slot
from bot.domain.guilds import ShardRange
from bot.domain.outside import Believed
from bot.domain.sanctions import Claimed, Held

_KEY = (SanctionSlot.guild_id, SanctionSlot.user_id, SanctionSlot.slot)


@dataclass(frozen=True)
class Taken:
    """A slot that was claimed just now."""

    key: Key
    version: int
    attempts: int
    held: Held


@dataclass(frozen=True)
class Locked:
    """A claimed slot as it stands at the end of the work on it."""

    version: int
    held: Held
    failed_since: datetime | None


def _held(row: Any) -> Held:
    return Held(row.holds, row.holds_until, row.away)


async def touch(session: WriteSession, key: Key, *, now: datetime) -> Held:
    """Lock a slot, and make it due now, or after whoever is at it; what Discord is believed to hold."""
    free = SanctionSlot.lease_token.is_(None)
    changes: dict[str, ColumnElement[Any]] = {
        "version": SanctionSlot.version + 1,
        "due_at": case((free, now), else_=SanctionSlot.due_at),
        "attempts": case((free, 0), else_=SanctionSlot.attempts),
    }
    kept = ["lease_token", "holds", "holds_until", "away", "failed_since"]
    statement = dialect.upsert(session.dialect.name, SanctionSlot, keep=kept, changes=changes)
    guild_id, user_id, slot = key
    row = {"guild_id": guild_id, "user_id": user_id, "slot": slot, "due_at": now, "version": 1, "attempts": 0}
    row |= {"holds": False, "away": False}
    returned = statement.returning(SanctionSlot.holds, SanctionSlot.holds_until, SanctionSlot.away)
    return _held((await session.execute(returned, row)).one())


def _is(key: Key) -> ColumnElement[bool]:
    guild_id, user_id, slot = key
    return and_(SanctionSlot.guild_id == guild_id, SanctionSlot.user_id == user_id, SanctionSlot.slot == slot)


async def lock(session: WriteSession, key: Key) -> Believed | None:
    """Lock a slot as it is, without deciding anything about it; None if there is no row."""
    row = (await session.execute(select(SanctionSlot).where(_is(key)).with_for_update())).one_or_none()
    return None if row is None else _believed(row)


async def believed(session: Session, key: Key) -> Believed | None:
    """A slot as its row has it; None if there is no row."""
    row = (await session.execute(select(SanctionSlot).where(_is(key)))).one_or_none()
    return None if row is None else _believed(row)


def _believed(row: Any) -> Believed:
    return Believed(row.user_id, row.version, _held(row), row.lease_token is not None)


async def assume(session: WriteSession, guild_id: int, slot: Slot, user_ids: Collection[int], *, holds: bool) -> None:
    """Add rows for members who have none, with what Discord holds of them; nothing is due, nothing was decided."""
    fixed = {"guild_id": guild_id, "slot": slot, "version": 0, "attempts": 0, "holds": holds, "away": False}
    rows = [{**fixed, "user_id": user_id} for user_id in sorted(user_ids)]
    if rows:
        await session.execute(dialect.insert(session.dialect.name, SanctionSlot).on_conflict_do_nothing(), rows)


async def bans(session: Session, guild_id: int, *, after: int, limit: int) -> list[Believed]:
    """Slots of bans, held or not, by the ids of their members, from the one after `after` on."""
    query = (
        select(SanctionSlot)
        .where(SanctionSlot.guild_id == guild_id, SanctionSlot.slot == Slot.BAN, SanctionSlot.user_id > after)
        .order_by(SanctionSlot.user_id)
        .limit(limit)
    )
    return [_believed(row) for row in await session.execute(query)]


async def timeouts(session: Session, guild_id: int, *, now: datetime, after: int, limit: int) -> list[Believed]:
    """Slots of timeouts that hold now, by the ids of their members, from the one after `after` on."""
    query = (
        select(SanctionSlot)
        .where(
            SanctionSlot.guild_id == guild_id,
            SanctionSlot.slot == Slot.TIMEOUT,
            SanctionSlot.user_id > after,
            SanctionSlot.holds_until > now,
        )
        .order_by(SanctionSlot.user_id)
        .limit(limit)
    )
    return [_believed(row) for row in await session.execute(query)]


async def awaited(session: Session, guild_id: int, *, now: datetime, after: int, limit: int) -> list[int]:
    """Members who were not here when somebody tried, and whose timeout is to be written or lifted once they are."""
    holds = select(CaseRow.number).where(
        CaseRow.guild_id == SanctionSlot.guild_id,
        CaseRow.target_id == SanctionSlot.user_id,
        CaseRow.slot == SanctionSlot.slot,
        dialect.is_one_of(CaseRow.state, (CaseState.ACTIVE,)),
    )
    query = (
        select(SanctionSlot.user_id)
        .where(
            SanctionSlot.guild_id == guild_id,
            SanctionSlot.slot == Slot.TIMEOUT,
            SanctionSlot.user_id > after,
            SanctionSlot.away,
            or_(SanctionSlot.holds_until > now, holds.exists()),
        )
        .order_by(SanctionSlot.user_id)
        .limit(limit)
    )
    return list((await session.execute(query)).scalars())


async def waits(session: Session, guild_id: int, user_id: int) -> bool:
    """Whether anything waits for a member to be here."""
    query = select(SanctionSlot.slot).where(
        SanctionSlot.guild_id == guild_id, SanctionSlot.user_id == user_id, SanctionSlot.away
    )
    return (await session.execute(query)).first() is not None


async def came_back(session: WriteSession, guild_id: int, user_id: int, *, now: datetime) -> bool:
    """Make a member's slots due that wait for them to be here; whether there are any."""
    free = SanctionSlot.lease_token.is_(None)
    statement = (
        update(SanctionSlot)
        .where(SanctionSlot.guild_id == guild_id, SanctionSlot.user_id == user_id, SanctionSlot.away)
        .values(version=SanctionSlot.version + 1, away=False, due_at=case((free, now), else_=SanctionSlot.due_at))
        .returning(SanctionSlot.slot)
    )
    return (await session.execute(statement)).first() is not None


async def believe(session: WriteSession, key: Key, held: Held, *, due_at: datetime | None) -> None:
    """Somebody else than the bot changed what Discord holds. Whoever is at the slot keeps their lease."""
    free = SanctionSlot.lease_token.is_(None)
    await session.execute(
        update(SanctionSlot)
        .where(_is(key))
        .values(
            holds=held.holds,
            holds_until=held.until,
            away=held.away,
            due_at=case((free, due_at), else_=SanctionSlot.due_at),
        )
    )


# For those who act ----------------------------------------------------------------------------------------


def _of(shards: ShardRange, without: Collection[int]) -> ColumnElement[bool]:
    served = served_by(SanctionSlot.guild_id, shards)
    return and_(served, SanctionSlot.guild_id.not_in(sorted(without))) if without else served


async def next_due(session: Session, shards: ShardRange, *, without: Collection[int] = ()) -> datetime | None:
    """When the next slot of these shards is to be looked at, but for those of the guilds `without`."""
    query = select(func.min(SanctionSlot.due_at)).where(SanctionSlot.due_at.is_not(None), _of(shards, without))
    return (await session.execute(query)).scalar_one()


async def lock_due(
    session: WriteSession, shards: ShardRange, *, now: datetime, limit: int, without: Collection[int] = ()
) -> list[Key]:
    """Up to `limit` slots that are due and not locked by another, those due longest first."""
    due = (
        select(*_KEY)
        .where(SanctionSlot.due_at <= now, _of(shards, without))
        .order_by(SanctionSlot.due_at, *_KEY)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.guild_id, row.user_id, row.slot) for row in await session.execute(due)]


async def claim(
    session: WriteSession, keys: Sequence[Key], *, now: datetime, lease_until: datetime, token: int
) -> list[Taken]:
    """Take these slots, due or not, but for those that somebody is at."""
    if not keys:
        return []
    free = or_(SanctionSlot.lease_token.is_(None), SanctionSlot.due_at <= now)
    statement = (
        update(SanctionSlot)
        .where(tuple_(*_KEY).in_(sorted(keys)), free)
        .values(due_at=lease_until, lease_token=token, attempts=SanctionSlot.attempts + 1)
        .returning(
            *_KEY,
            SanctionSlot.version,
            SanctionSlot.attempts,
            SanctionSlot.holds,
            SanctionSlot.holds_until,
            SanctionSlot.away,
        )
    )
    taken = [
        Taken((row.guild_id, row.user_id, row.slot), row.version, row.attempts, _held(row))
        for row in await session.execute(statement)
    ]
    return sorted(taken, key=lambda one: one.key)


def _claimed(claimed: Claimed) -> ColumnElement[bool]:
    mine = _is((claimed.guild_id, claimed.user_id, claimed.slot))
    return and_(mine, SanctionSlot.lease_token == claimed.token)


async def lock_claim(session: WriteSession, claimed: Claimed) -> Locked | None:
    """Lock a claimed slot; None when the claim is lost."""
    query = select(SanctionSlot).where(_claimed(claimed)).with_for_update()
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Locked(row.version, _held(row), row.failed_since)


async def release(
    session: WriteSession, claimed: Claimed, held: Held, *, due_at: datetime | None, failed_since: datetime | None
) -> None:
    """Give a claimed slot back, with what Discord holds now, due at that time. Its tries are counted anew."""
    await session.execute(
        update(SanctionSlot)
        .where(_claimed(claimed))
        .values(
            lease_token=None,
            due_at=due_at,
            attempts=SanctionSlot.attempts if failed_since is not None else 0,
            holds=held.holds,
            holds_until=held.until,
            away=held.away,
            failed_since=failed_since,
        )
    )


async def postpone(session: WriteSession, claimed: Claimed, *, due_at: datetime) -> None:
    """Give a claimed slot back as it was, to be tried again then."""
    await session.execute(update(SanctionSlot).where(_claimed(claimed)).values(lease_token=None, due_at=due_at))
