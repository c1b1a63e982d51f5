"""Statements on batches and their targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update

from bot.db import dialect
from bot.db.base import aliased
from bot.db.models.batches import BatchItem, BatchRow
from bot.db.repositories.shards import served_by
from bot.db.sessions import Session, WriteSession
from bot.domain.batches import (
    MAX_DETAIL,
    MAX_LABEL,
    MAX_REASON,
    MAX_TITLE,
    Batch,
    BatchState,
    Counts,
    ItemState,
    Planned,
    Result,
    TurnItem,
)
from bot.domain.guilds import ShardRange

_OPEN = (ItemState.PENDING, ItemState.DOING)
_COUNTED = {ItemState.DONE: BatchRow.done, ItemState.FAILED: BatchRow.failed, ItemState.SKIPPED: BatchRow.skipped}
_AT_ONCE = 1_000
"""Rows written by one round trip."""

_COLUMNS = (
    BatchRow.guild_id, BatchRow.id, BatchRow.kind, BatchRow.title, BatchRow.parameters, BatchRow.language,
    BatchRow.per_turn, BatchRow.asked_by, BatchRow.state, BatchRow.total, BatchRow.planned, BatchRow.done,
    BatchRow.failed, BatchRow.skipped, BatchRow.channel_id, BatchRow.created_at, BatchRow.started_at,
    BatchRow.cancelled_at, BatchRow.finished_at,
)  # fmt: skip


@dataclass(frozen=True)
class NewBatch:
    """A draft to be."""

    id: int
    key: str
    kind: str
    title: str
    parameters: Mapping[str, Any]
    language: str
    per_turn: int
    asked_by: int
    at: datetime


def _batch(row: Any) -> Batch:
    return Batch(
        guild_id=row.guild_id,
        id=row.id,
        kind=row.kind,
        title=row.title,
        parameters=row.parameters,
        language=row.language,
        per_turn=row.per_turn,
        asked_by=row.asked_by,
        state=row.state,
        counts=Counts(row.total, row.done, row.failed, row.skipped),
        planned=row.planned,
        channel_id=row.channel_id,
        created_at=row.created_at,
        started_at=row.started_at,
        cancelled_at=row.cancelled_at,
        finished_at=row.finished_at,
    )


def _this(guild_id: int, batch_id: int) -> ColumnElement[bool]:
    return and_(BatchRow.guild_id == guild_id, BatchRow.id == batch_id)


def _items_of(guild_id: int, batch_id: int) -> ColumnElement[bool]:
    return and_(BatchItem.guild_id == guild_id, BatchItem.batch_id == batch_id)


# Drafts -------------------------------------------------------------------------------------------------


async def add(session: WriteSession, guild_id: int, new: NewBatch, targets: Sequence[Planned]) -> bool:
    """Write a draft and its targets, those to be left out as skipped already; False if its key is taken."""
    skipped = sum(one.skip is not None for one in targets)
    row = {
        "guild_id": guild_id,
        "id": new.id,
        "key": new.key,
        "kind": new.kind,
        "title": new.title[:MAX_TITLE],
        "parameters": dict(new.parameters),
        "language": new.language,
        "per_turn": new.per_turn,
        "asked_by": new.asked_by,
        "state": BatchState.DRAFT,
        "total": len(targets),
        "planned": len(targets) - skipped,
        "done": 0,
        "failed": 0,
        "skipped": skipped,
        "created_at": new.at,
    }
    statement = dialect.insert(session.dialect.name, BatchRow).on_conflict_do_nothing(
        index_elements=["guild_id", "key"]
    )
    if (await session.execute(statement.returning(BatchRow.id), row)).first() is None:
        return False
    rows = [_item(guild_id, new, one) for one in sorted(targets, key=lambda one: one.target)]
    for first in range(0, len(rows), _AT_ONCE):
        await session.execute(dialect.insert(session.dialect.name, BatchItem), rows[first : first + _AT_ONCE])
    return True


def _item(guild_id: int, new: NewBatch, planned: Planned) -> dict[str, Any]:
    is_open = planned.skip is None
    return {
        "guild_id": guild_id,
        "batch_id": new.id,
        "target": planned.target,
        "label": planned.label[:MAX_LABEL],
        "state": ItemState.PENDING if is_open else ItemState.SKIPPED,
        "attempts": 0,
        "reason": None if planned.skip is None else planned.skip[:MAX_REASON],
        "settled_at": None if is_open else new.at,
    }


# Looking ------------------------------------------------------------------------------------------------


async def get(session: Session, guild_id: int, batch_id: int, *, lock: bool = False) -> Batch | None:
    """A batch; with `lock` nobody else changes it or its targets until the transaction ends."""
    query = select(*_COLUMNS).where(_this(guild_id, batch_id))
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _batch(row)


async def by_key(session: Session, guild_id: int, key: str) -> Batch | None:
    """The batch that was drafted under a key."""
    query = select(*_COLUMNS).where(BatchRow.guild_id == guild_id, BatchRow.key == key)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _batch(row)


async def list_(session: Session, guild_id: int, *, before: int, count: int, kind: str | None) -> list[Batch]:
    """The newest batches that were ever started, older than `before`; of one kind, if that is said."""
    of_kind = () if kind is None else (BatchRow.kind == kind,)
    query = (
        select(*_COLUMNS)
        .where(BatchRow.guild_id == guild_id, BatchRow.id < before, BatchRow.state != BatchState.DRAFT, *of_kind)
        .order_by(BatchRow.id.desc())
        .limit(count)
    )
    return [_batch(row) for row in await session.execute(query)]


async def results(session: Session, guild_id: int, batch_id: int) -> list[Result]:
    """What became of every target, in their order."""
    query = (
        select(
            BatchItem.target, BatchItem.label, BatchItem.state, BatchItem.reason, BatchItem.detail, BatchItem.settled_at
        )
        .where(_items_of(guild_id, batch_id))
        .order_by(BatchItem.target)
    )
    return [Result(*row) for row in await session.execute(query)]


async def reasons(session: Session, guild_id: int, batch_id: int, *, limit: int) -> list[tuple[ItemState, str, int]]:
    """Why targets failed or were skipped and how many of each, the most frequent first."""
    how_many = func.count()
    query = (
        select(BatchItem.state, BatchItem.reason, how_many)
        .where(_items_of(guild_id, batch_id), BatchItem.state.in_((ItemState.FAILED, ItemState.SKIPPED)))
        .group_by(BatchItem.state, BatchItem.reason)
        .order_by(how_many.desc(), BatchItem.reason)
        .limit(limit)
    )
    return [(state, reason or "", count) for state, reason, count in await session.execute(query)]


# Turns --------------------------------------------------------------------------------------------------


def _claimable(shards: ShardRange) -> ColumnElement[bool]:
    """Somebody has to look at it, and no batch of its guild that was started earlier is running."""
    ahead = aliased(BatchRow)
    waits = exists().where(
        ahead.guild_id == BatchRow.guild_id,
        ahead.state == BatchState.RUNNING,
        or_(
            ahead.started_at < BatchRow.started_at,
            and_(ahead.started_at == BatchRow.started_at, ahead.id < BatchRow.id),
        ),
    )
    runs = BatchRow.state == BatchState.RUNNING
    return and_(BatchRow.due_at.is_not(None), served_by(BatchRow.guild_id, shards), or_(~runs, ~waits))


async def next_due(session: Session, shards: ShardRange) -> datetime | None:
    """When the next batch of these shards is to be looked at."""
    return (await session.execute(select(func.min(BatchRow.due_at)).where(_claimable(shards)))).scalar_one()


async def claim_due(
    session: WriteSession, shards: ShardRange, *, now: datetime, lease_until: datetime, token: int, limit: int
) -> list[Batch]:
    """Take up to `limit` batches that are due, those first that waited longest."""
    # A CTE, because PostgreSQL may run an IN (SELECT … LIMIT … SKIP LOCKED) once for each row it compares.
    due = (
        select(BatchRow.guild_id, BatchRow.id)
        .where(BatchRow.due_at <= now, _claimable(shards))
        .order_by(BatchRow.due_at, BatchRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=BatchRow)
        .cte("due")
    )
    claimed = await session.execute(
        update(BatchRow)
        .where(BatchRow.guild_id == due.c.guild_id, BatchRow.id == due.c.id)
        .values(due_at=lease_until, lease_token=token)
        .returning(*_COLUMNS)
    )
    return [_batch(row) for row in claimed]


async def claim_items(
    session: WriteSession, guild_id: int, batch_id: int, *, token: int, limit: int
) -> tuple[TurnItem, ...]:
    """Take the first `limit` targets that are not settled, those that somebody died at among them.

    Those that had to wait come behind all others, the longest waiting first: what never works holds up nobody.
    Where somebody died twice, one target alone is taken: if it is what kills, it shall not take others with it.
    The batch must have been claimed with the same token.
    """
    is_open = select(BatchItem.target, BatchItem.state, BatchItem.attempts).where(
        _items_of(guild_id, batch_id), dialect.is_one_of(BatchItem.state, _OPEN)
    )
    untried = is_open.where(BatchItem.reason.is_(None)).order_by(BatchItem.target)
    delayed = is_open.where(BatchItem.reason.is_not(None)).order_by(BatchItem.updated_at, BatchItem.target)
    found = list((await session.execute(untried.limit(limit))).all())
    if len(found) < limit:
        found += (await session.execute(delayed.limit(limit - len(found)))).all()
    deadly = [row.target for row in found if row.state is ItemState.DOING and row.attempts > 1]
    taken = await session.execute(
        update(BatchItem)
        .where(_items_of(guild_id, batch_id), BatchItem.target.in_(deadly[:1] or [row.target for row in found]))
        .values(state=ItemState.DOING, lease_token=token, attempts=BatchItem.attempts + 1)
        .returning(BatchItem.target, BatchItem.label, BatchItem.attempts, BatchItem.stuck_since)
    )
    return tuple(sorted((TurnItem(*row) for row in taken), key=lambda item: item.target))


async def settle_item(
    session: WriteSession, batch: Batch, target: int, *, token: int, values: Mapping[str, Any]
) -> bool:
    """Write what became of a target, unless the claim was lost meanwhile."""
    written = await session.execute(
        update(BatchItem)
        .where(
            _items_of(batch.guild_id, batch.id),
            BatchItem.target == target,
            BatchItem.state == ItemState.DOING,
            BatchItem.lease_token == token,
        )
        .values(lease_token=None, **values)
        .returning(BatchItem.target)
    )
    return written.first() is not None


def outcome_values(state: ItemState, reason: str | None, detail: str | None, at: datetime) -> dict[str, Any]:
    """A settled target's columns."""
    return {
        "state": state,
        "reason": None if reason is None else reason[:MAX_REASON],
        "detail": None if detail is None else detail[:MAX_DETAIL],
        "settled_at": at,
    }


def delayed_values(reason: str, attempts: int, stuck_since: datetime | None) -> dict[str, Any]:
    """The columns of a target that has to wait, with so many interrupted tries."""
    waits = {"state": ItemState.PENDING, "reason": reason[:MAX_REASON]}
    return {**waits, "attempts": attempts, "stuck_since": stuck_since}


async def count(session: WriteSession, batch: Batch, state: ItemState, how_many: int = 1) -> Counts:
    """Add settled targets to a batch's counts."""
    column = _COUNTED[state]
    changed = await session.execute(
        update(BatchRow)
        .where(_this(batch.guild_id, batch.id))
        .values({column: column + how_many})
        .returning(BatchRow.total, BatchRow.done, BatchRow.failed, BatchRow.skipped)
    )
    return Counts(*changed.one())


async def skip_open(
    session: WriteSession, batch: Batch, states: Sequence[ItemState], *, reason: str, at: datetime
) -> int:
    """Settle every target in one of these states as skipped, without counting them; how many."""
    gone = await session.execute(
        update(BatchItem)
        .where(_items_of(batch.guild_id, batch.id), dialect.is_one_of(BatchItem.state, states))
        .values(lease_token=None, **outcome_values(ItemState.SKIPPED, reason, None, at))
        .returning(BatchItem.target)
    )
    return len(gone.all())


async def change(session: WriteSession, guild_id: int, batch_id: int, values: Mapping[str, Any]) -> None:
    """Write columns of a batch that the caller has locked."""
    await session.execute(update(BatchRow).where(_this(guild_id, batch_id)).values(**values))


async def change_claimed(
    session: WriteSession, guild_id: int, batch_id: int, token: int, values: Mapping[str, Any]
) -> bool:
    """Give a claimed batch back with these columns, unless the claim was lost meanwhile."""
    written = await session.execute(
        update(BatchRow)
        .where(_this(guild_id, batch_id), BatchRow.lease_token == token)
        .values(lease_token=None, **values)
        .returning(BatchRow.id)
    )
    return written.first() is not None


async def prune(session: WriteSession, *, over_before: datetime, drafted_before: datetime, limit: int) -> bool | None:
    """Forget up to `limit` targets of a batch that ended, or a draft that was made, before these times, or discarded.

    Whether the batch is gone with its last targets; None: there is no such, or others are at it.
    """
    old = or_(
        and_(BatchRow.finished_at < over_before, BatchRow.due_at.is_(None)),
        and_(
            BatchRow.state == BatchState.DRAFT,
            or_(BatchRow.created_at < drafted_before, BatchRow.cancelled_at.is_not(None)),
        ),
    )
    one = select(BatchRow.guild_id, BatchRow.id).where(old).limit(1).with_for_update(skip_locked=True)
    found = (await session.execute(one)).first()
    return None if found is None else await forget(session, *found, limit=limit)


async def forget(session: WriteSession, guild_id: int, batch_id: int, *, limit: int) -> bool:
    """Forget up to `limit` targets of a batch that the caller has locked; whether it is gone with its last ones.

    What is left of it stays counted right, so that whoever dies between two such pieces leaves nothing wrong.
    """
    items, this = _items_of(guild_id, batch_id), _this(guild_id, batch_id)
    some = select(BatchItem.target).where(items).order_by(BatchItem.target).limit(limit)
    states = await session.execute(
        delete(BatchItem).where(items, BatchItem.target.in_(some)).returning(BatchItem.state)
    )
    gone = Counter(states.scalars())
    if gone.total() < limit:
        await session.execute(delete(BatchRow).where(this))
        return True
    fewer = {column: column - gone[state] for state, column in _COUNTED.items()}
    await session.execute(update(BatchRow).where(this).values({BatchRow.total: BatchRow.total - limit, **fewer}))
    return False
