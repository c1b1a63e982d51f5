"""Statements on who is let into tickets: participants, and the targets that Discord was told about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, or_, select, update

from bot.db import dialect
from bot.db.models.tickets import TicketParticipant, TicketRow, TicketTarget
from bot.db.repositories.tickets.tickets import NOT_OVER, NUMBER, ticket_of
from bot.db.sessions import Session, WriteSession
from bot.domain.ticket_people import Participant
from bot.domain.tickets import Status, Ticket

Which = ColumnElement[bool]
"""Which tickets are meant."""

_COLUMNS = (*TicketRow.__table__.c,)
_LIVE = [one for one in Status if one.is_live]
_IS_LIVE = and_(NOT_OVER, TicketRow.status.in_(_LIVE), ~TicketRow.gone)


# Places ---------------------------------------------------------------------------------------------------


async def owned(session: Session, guild_id: int, channel_ids: Collection[int]) -> frozenset[int]:
    """Those of some channels that are tickets', whatever became of these."""
    query = select(TicketRow.channel_id).where(
        TicketRow.guild_id == guild_id, TicketRow.channel_id.in_(sorted(channel_ids))
    )
    return frozenset(one for one in (await session.execute(query)).scalars() if one is not None)


async def opening(session: Session, guild_id: int) -> frozenset[int]:
    """Numbers of tickets that are being opened, whose channel may be there and not be known yet."""
    query = select(TicketRow.number).where(TicketRow.guild_id == guild_id, NOT_OVER, TicketRow.status == Status.OPENING)
    return frozenset((await session.execute(query)).scalars())


# Participants ---------------------------------------------------------------------------------------------


async def added(session: Session, guild_id: int, number: int) -> list[Participant]:
    """Who was added to a ticket, the first one first."""
    table = TicketParticipant
    mine = and_(table.guild_id == guild_id, table.number == number)
    query = (
        select(table.user_id, table.added_by, table.created_at).where(mine).order_by(table.created_at, table.user_id)
    )
    return [Participant(row.user_id, row.added_by, row.created_at) for row in await session.execute(query)]


async def added_everywhere(session: Session, guild_id: int) -> dict[int, list[int]]:
    """Who was added to a guild's live tickets, by number. One query, however many there are."""
    table = TicketParticipant
    live = exists().where(TicketRow.guild_id == guild_id, TicketRow.number == table.number, _IS_LIVE)
    query = select(table.number, table.user_id).where(table.guild_id == guild_id, live)
    found: dict[int, list[int]] = {}
    for row in await session.execute(query.order_by(table.number, table.user_id)):
        found.setdefault(row.number, []).append(row.user_id)
    return found


async def add(session: WriteSession, guild_id: int, number: int, user_id: int, *, by: int | None) -> bool:
    """Add somebody to a ticket that the transaction has locked; False if they were."""
    insert = dialect.insert(session.dialect.name, TicketParticipant).on_conflict_do_nothing()
    row = {"guild_id": guild_id, "number": number, "user_id": user_id, "added_by": by}
    done = await session.execute(insert.returning(TicketParticipant.user_id), row)
    return done.one_or_none() is not None


async def remove(session: WriteSession, guild_id: int, number: int, user_id: int) -> bool:
    """Take somebody out of a ticket that the transaction has locked; False if they were not in it."""
    table = TicketParticipant
    mine = and_(table.guild_id == guild_id, table.number == number, table.user_id == user_id)
    done = await session.execute(delete(table).where(mine).returning(table.user_id))
    return done.one_or_none() is not None


# Targets --------------------------------------------------------------------------------------------------


async def named(session: Session, guild_id: int, number: int) -> frozenset[int]:
    """The roles and people that a ticket's channel or thread was told about."""
    table = TicketTarget
    query = select(table.target_id).where(table.guild_id == guild_id, table.number == number)
    return frozenset((await session.execute(query)).scalars())


async def named_everywhere(session: Session, guild_id: int) -> dict[int, set[int]]:
    """The same for all of a guild's live tickets, by number. One query, however many there are."""
    table = TicketTarget
    live = exists().where(TicketRow.guild_id == guild_id, TicketRow.number == table.number, _IS_LIVE)
    found: dict[int, set[int]] = {}
    for row in await session.execute(select(table.number, table.target_id).where(table.guild_id == guild_id, live)):
        found.setdefault(row.number, set()).add(row.target_id)
    return found


async def name(session: WriteSession, guild_id: int, number: int, targets: Collection[int]) -> None:
    """Write down that a ticket's channel is about to be told about these, beside those that it was."""
    if targets:
        insert = dialect.insert(session.dialect.name, TicketTarget).on_conflict_do_nothing()
        await session.execute(
            insert, [{"guild_id": guild_id, "number": number, "target_id": one} for one in sorted(targets)]
        )


async def name_only(session: WriteSession, guild_id: int, number: int, targets: Collection[int]) -> None:
    """Write down that a ticket's channel was told about these and no others."""
    table = TicketTarget
    mine = and_(table.guild_id == guild_id, table.number == number)
    await session.execute(delete(table).where(mine, table.target_id.not_in(sorted(targets))))
    await name(session, guild_id, number, targets)


# Whose access is to be looked at again --------------------------------------------------------------------


def of_topic(topic_id: int | None) -> Which:
    """Tickets of a topic; None: of all."""
    return TicketRow.topic_id.is_not(None) if topic_id is None else TicketRow.topic_id == topic_id


def of_person(guild_id: int, user_id: int) -> Which:
    """Tickets that somebody opened, was added to, or claimed."""
    is_in = exists().where(
        TicketParticipant.guild_id == guild_id,
        TicketParticipant.number == TicketRow.number,
        TicketParticipant.user_id == user_id,
    )
    return or_(TicketRow.opener_id == user_id, TicketRow.assignee_id == user_id, is_in)


def of_assignee(user_id: int) -> Which:
    """Tickets that somebody claimed."""
    return TicketRow.assignee_id == user_id


def of_numbers(numbers: Collection[int]) -> Which:
    """Tickets of these numbers."""
    return TicketRow.number.in_(sorted(numbers))


async def touch(session: WriteSession, guild_id: int, which: Which, *, now: datetime) -> Sequence[int]:
    """Let the access to a guild's live tickets be looked at again, whoever is at them; their numbers."""
    due = case((TicketRow.lease_token.is_(None), now), else_=func.coalesce(TicketRow.due_at, now))
    statement = (
        update(TicketRow)
        .where(TicketRow.guild_id == guild_id, _IS_LIVE, which)
        .values(access=TicketRow.access + 1, due_at=due)
        .returning(TicketRow.number)
    )
    return sorted((await session.execute(statement)).scalars())


async def numbers(session: Session, guild_id: int, which: Which) -> Sequence[int]:
    """The numbers of a guild's live tickets that are meant."""
    query = select(TicketRow.number).where(TicketRow.guild_id == guild_id, _IS_LIVE, which)
    return (await session.execute(query.order_by(NUMBER))).scalars().all()


async def told_about(session: Session, guild_id: int, target_id: int) -> list[Ticket]:
    """Live tickets whose channel or thread was told about a role or person, by number."""
    theirs = exists().where(
        TicketTarget.guild_id == guild_id,
        TicketTarget.number == TicketRow.number,
        TicketTarget.target_id == target_id,
    )
    query = select(*_COLUMNS).where(TicketRow.guild_id == guild_id, _IS_LIVE, theirs).order_by(NUMBER)
    return [ticket_of(row) for row in await session.execute(query)]
