"""Statements on many cases and their slots at once, for what is decided and done about many in one request."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, tuple_, update

from bot.db import dialect
from bot.db.models.moderation import CaseRow, SanctionSlot
from bot.db.repositories.moderation.cases import Key
from bot.db.sessions import Session, WriteSession
from bot.domain.cases import CaseKind, CaseState, Slot
from bot.domain.sanctions import Claimed

_KEY = (SanctionSlot.guild_id, SanctionSlot.user_id, SanctionSlot.slot)
_OPEN = (CaseState.PLANNED, CaseState.APPLYING)


async def touch(session: WriteSession, keys: Collection[Key], *, now: datetime) -> None:
    """Lock slots and make them due, as `slots.touch` does with one."""
    free = SanctionSlot.lease_token.is_(None)
    changes: dict[str, ColumnElement[Any]] = {
        "version": SanctionSlot.version + 1,
        "due_at": case((free, now), else_=SanctionSlot.due_at),
        "attempts": case((free, 0), else_=SanctionSlot.attempts),
    }
    kept = ["lease_token", "holds", "holds_until", "away", "failed_since"]
    statement = dialect.upsert(session.dialect.name, SanctionSlot, keep=kept, changes=changes)
    new = {"due_at": now, "version": 1, "attempts": 0, "holds": False, "away": False}
    rows = [{"guild_id": guild_id, "user_id": user_id, "slot": slot, **new} for guild_id, user_id, slot in sorted(keys)]
    if rows:
        await session.execute(statement, rows)


async def by_keys(session: Session, guild_id: int, keys: Collection[str]) -> Mapping[str, int]:
    """The numbers of the cases that were asked for under these keys."""
    query = select(CaseRow.key, CaseRow.number).where(CaseRow.guild_id == guild_id, CaseRow.key.in_(sorted(keys)))
    return {row.key: row.number for row in await session.execute(query)}


async def lock_claims(session: WriteSession, claims: Sequence[Claimed]) -> set[Key]:
    """Lock the slots of claims; of those that are still held, and about which nothing was decided meanwhile."""
    versions = {(one.guild_id, one.user_id, one.slot): (one.token, one.version) for one in claims}
    query = select(SanctionSlot).where(tuple_(*_KEY).in_(sorted(versions))).order_by(*_KEY).with_for_update()
    found = (
        (row.guild_id, row.user_id, row.slot, row.lease_token, row.version) for row in await session.execute(query)
    )
    return {
        (guild_id, user_id, slot)
        for guild_id, user_id, slot, token, version in found
        if versions[guild_id, user_id, slot] == (token, version)
    }


async def begun(session: WriteSession, guild_id: int, numbers: Collection[int], state: CaseState) -> Mapping[int, int]:
    """Bring cases that are being done to a state; their versions by number. The caller holds their slots."""
    statement = (
        update(CaseRow)
        .where(CaseRow.guild_id == guild_id, CaseRow.number.in_(sorted(numbers)), CaseRow.state == CaseState.APPLYING)
        .values(state=state, version=CaseRow.version + 1)
        .returning(CaseRow.number, CaseRow.version)
    )
    return {row.number: row.version for row in await session.execute(statement)}


async def hold(session: WriteSession, keys: Collection[Key], *, token: int) -> None:
    """Give claimed slots back that hold from now on, for good: nobody has to look at them."""
    await session.execute(
        update(SanctionSlot)
        .where(tuple_(*_KEY).in_(sorted(keys)), SanctionSlot.lease_token == token)
        .values(lease_token=None, due_at=None, attempts=0, holds=True, holds_until=None, away=False, failed_since=None)
    )


async def postpone(session: WriteSession, keys: Collection[Key], *, token: int, due_at: datetime) -> None:
    """Give claimed slots back as they were, to be tried again then."""
    mine = and_(tuple_(*_KEY).in_(sorted(keys)), SanctionSlot.lease_token == token)
    await session.execute(update(SanctionSlot).where(mine).values(lease_token=None, due_at=due_at))


# Of a batch -----------------------------------------------------------------------------------------------


def _of_batch(guild_id: int, batch_id: int) -> ColumnElement[bool]:
    return and_(CaseRow.guild_id == guild_id, CaseRow.batch_id == batch_id)


async def standing(session: Session, guild_id: int, batch_id: int) -> Mapping[int, tuple[int, CaseKind, CaseState]]:
    """The newest case of each target of a batch: its number, kind and state."""
    query = (
        select(CaseRow.target_id, CaseRow.number, CaseRow.kind, CaseRow.state)
        .where(_of_batch(guild_id, batch_id))
        .order_by(CaseRow.number)
    )
    return {row.target_id: (row.number, row.kind, row.state) for row in await session.execute(query)}


async def span(session: Session, guild_id: int, batch_id: int) -> tuple[int, int, int]:
    """How many cases a batch has, the first and the last of their numbers."""
    query = select(func.count(), func.min(CaseRow.number), func.max(CaseRow.number)).where(
        _of_batch(guild_id, batch_id)
    )
    count, first, last = (await session.execute(query)).one()
    return count, first or 0, last or 0


async def still_open(session: Session, guild_id: int, batch_id: int, *, after: int, limit: int) -> Sequence[Key]:
    """The slots of a batch's cases that are still to be done, by the ids of members, from the one after `after` on."""
    query = (
        select(CaseRow.target_id, CaseRow.slot)
        .where(_of_batch(guild_id, batch_id), CaseRow.state.in_(_OPEN), CaseRow.target_id > after)
        .order_by(CaseRow.target_id)
        .limit(limit)
    )
    found: Sequence[tuple[int, Slot]] = [(row.target_id, row.slot) for row in await session.execute(query)]
    return [(guild_id, target_id, slot) for target_id, slot in found]
