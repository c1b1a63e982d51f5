"""Statements on tickets themselves. Whoever decides about one locks its row first (`lock`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, bindparam, func, or_, select, tuple_, update

from bot.db import dialect
from bot.db.models.tickets import TicketEventRow, TicketRow
from bot.db.repositories.shards import served_by
from bot.db.sessions import Session, WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.tickets import Claimed, EventKind, Priority, Quote, Status, Ticket, TicketEvent

Key = tuple[int, int]
"""Guild and number."""

NOT_OVER = dialect.is_none_of(TicketRow.status, (Status.CLOSED, Status.FAILED))
"""A ticket that is not over, as the indexes say it that hold just these."""

NUMBER = TicketRow.number + 0
"""A ticket's number for an order or a bound among those that are not over, which are few.

By the column itself SQLite, and PostgreSQL too, may go through all tickets of a guild along the primary key.
"""

_KEY = (TicketRow.guild_id, TicketRow.number)
_OURS = {"created_at", "updated_at", "due_at", "lease_token", "attempts"}
_LED = {"quote", "transcript_channel_id", "transcript_message_id", "priority", "tags"}
_COLUMNS = (*TicketRow.__table__.c,)
_PLAIN = tuple(one.key for one in _COLUMNS if one.key not in _OURS | _LED)


def ticket_of(row: Any) -> Ticket:
    """A row as a ticket."""
    posted = row.transcript_channel_id, row.transcript_message_id
    return Ticket(
        **{name: getattr(row, name) for name in _PLAIN},
        quote=None if row.quote is None else Quote(**row.quote),
        priority=Priority(row.priority),
        tags=tuple(row.tags),
        transcript=None if None in posted else posted,
    )


def values_of(ticket: Ticket) -> dict[str, Any]:
    """All that a row says of a ticket."""
    posted = ticket.transcript or (None, None)
    quote = ticket.quote
    return {
        **{name: getattr(ticket, name) for name in _PLAIN},
        "quote": None if quote is None else {**vars(quote)},
        "priority": int(ticket.priority),
        "tags": list(ticket.tags),
        "transcript_channel_id": posted[0],
        "transcript_message_id": posted[1],
    }


def _is(guild_id: int, number: int) -> ColumnElement[bool]:
    return and_(TicketRow.guild_id == guild_id, TicketRow.number == number)


# Tickets --------------------------------------------------------------------------------------------------


async def add(session: WriteSession, ticket: Ticket, *, due_at: datetime) -> bool:
    """Write a new ticket; False if its slot or its key is taken, and then nothing is written."""
    insert = dialect.insert(session.dialect.name, TicketRow).on_conflict_do_nothing().returning(TicketRow.number)
    row = {**values_of(ticket), "due_at": due_at, "lease_token": None, "attempts": 0}
    return (await session.execute(insert, row)).one_or_none() is not None


async def find(session: Session, guild_id: int, number: int) -> Ticket | None:
    """A ticket."""
    row = (await session.execute(select(*_COLUMNS).where(_is(guild_id, number)))).one_or_none()
    return None if row is None else ticket_of(row)


async def lock(session: WriteSession, guild_id: int, number: int) -> Ticket | None:
    """A ticket, locked until the transaction ends."""
    query = select(*_COLUMNS).where(_is(guild_id, number)).with_for_update()
    row = (await session.execute(query)).one_or_none()
    return None if row is None else ticket_of(row)


async def by_key(session: Session, guild_id: int, key: str) -> Ticket | None:
    """The ticket that something was pressed for."""
    query = select(*_COLUMNS).where(TicketRow.guild_id == guild_id, TicketRow.key == key)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else ticket_of(row)


async def in_channel(session: Session, guild_id: int, channel_id: int) -> Ticket | None:
    """The ticket of a channel or thread."""
    query = select(*_COLUMNS).where(TicketRow.guild_id == guild_id, TicketRow.channel_id == channel_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else ticket_of(row)


async def write(session: WriteSession, ticket: Ticket, *, due_at: datetime | None) -> None:
    """Write a ticket that the transaction has locked, due at that time unless somebody is at it.

    Whoever is at it goes on, and computes when it is due once they are done.
    """
    given = {f"new_{name}": value for name, value in values_of(ticket).items()}
    await session.execute(_write(), {**given, "new_due_at": due_at})


@cache
def _write() -> Executable:
    # Made once: to put all these columns together takes longer than to write them.
    own: Any = TicketRow
    same = and_(own.guild_id == bindparam("new_guild_id"), own.number == bindparam("new_number"))
    kept = and_(same, own.lease_token.is_not(None), own.due_at.is_not(None))
    names = sorted({*_PLAIN, *_LED} - {"guild_id", "number"})
    values: dict[str, Any] = {name: bindparam(f"new_{name}", type_=getattr(own, name).type) for name in names}
    due = bindparam("new_due_at", type_=own.due_at.type)
    values["due_at"] = func.coalesce(select(own.due_at).where(kept).scalar_subquery(), due)
    return update(own).where(same).values(values)


async def not_over(session: Session, guild_id: int) -> list[Ticket]:
    """Every ticket of a guild that is not over, by number. One query, however many there are."""
    there = and_(TicketRow.guild_id == guild_id, NOT_OVER)
    return [ticket_of(row) for row in await session.execute(select(*_COLUMNS).where(there).order_by(NUMBER))]


# History --------------------------------------------------------------------------------------------------


async def add_event(
    session: WriteSession, ticket: Ticket, kind: EventKind, actor_id: int | None, details: Mapping[str, Any]
) -> int:
    """Write down what happened to a ticket that the transaction has locked; its place in the history, from 1."""
    table = TicketEventRow
    mine = and_(table.guild_id == ticket.guild_id, table.number == ticket.number)
    following = select(func.coalesce(func.max(table.seq), 0) + 1).where(mine).scalar_subquery()
    statement = dialect.insert(session.dialect.name, table).values(
        guild_id=ticket.guild_id, number=ticket.number, seq=following, kind=kind, actor_id=actor_id,
        details=dict(details),
    )  # fmt: skip
    return int((await session.execute(statement.returning(table.seq))).scalar_one())


async def events(session: Session, guild_id: int, number: int) -> list[TicketEvent]:
    """What happened to a ticket, in order."""
    table = TicketEventRow
    query = select(*table.__table__.c).where(table.guild_id == guild_id, table.number == number).order_by(table.seq)
    return [
        TicketEvent(row.guild_id, row.number, row.seq, row.kind, row.actor_id, row.created_at, row.details)
        for row in await session.execute(query)
    ]


# For those who act ----------------------------------------------------------------------------------------


async def next_due(session: Session, shards: ShardRange) -> datetime | None:
    """When the next ticket of these shards is to be looked at."""
    served = served_by(TicketRow.guild_id, shards)
    query = select(func.min(TicketRow.due_at)).where(TicketRow.due_at.is_not(None), served)
    return (await session.execute(query)).scalar_one()


async def lock_due(session: WriteSession, shards: ShardRange, *, now: datetime, limit: int) -> list[Key]:
    """Up to `limit` tickets that are due and not locked by another, those due longest first."""
    due = (
        select(*_KEY)
        .where(TicketRow.due_at <= now, served_by(TicketRow.guild_id, shards))
        .order_by(TicketRow.due_at, *_KEY)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.guild_id, row.number) for row in await session.execute(due)]


async def claim(
    session: WriteSession, keys: Sequence[Key], *, now: datetime, lease_until: datetime, token: int
) -> list[Claimed]:
    """Take these tickets, due or not, but for those that somebody is at."""
    if not keys:
        return []
    free = or_(TicketRow.lease_token.is_(None), TicketRow.due_at <= now)
    statement = (
        update(TicketRow)
        .where(tuple_(*_KEY).in_(sorted(keys)), free)
        .values(due_at=lease_until, lease_token=token, attempts=TicketRow.attempts + 1)
        .returning(*_COLUMNS)
    )
    taken = [Claimed(ticket_of(row), token, row.attempts, now) for row in await session.execute(statement)]
    return sorted(taken, key=lambda one: one.ticket.number)


async def lock_claim(session: WriteSession, claimed: Claimed) -> Ticket | None:
    """A claimed ticket as it stands, locked; None when the claim is lost."""
    mine = and_(_is(claimed.guild_id, claimed.ticket.number), TicketRow.lease_token == claimed.token)
    row = (await session.execute(select(*_COLUMNS).where(mine).with_for_update())).one_or_none()
    return None if row is None else ticket_of(row)


async def release(session: WriteSession, claimed: Claimed, *, due_at: datetime | None, failed: bool) -> None:
    """Give a claimed ticket back, due at that time. One that did not fail begins to count its tries anew."""
    mine = and_(_is(claimed.guild_id, claimed.ticket.number), TicketRow.lease_token == claimed.token)
    attempts: dict[str, Any] = {} if failed else {"attempts": 0}
    await session.execute(update(TicketRow).where(mine).values(lease_token=None, due_at=due_at, **attempts))
