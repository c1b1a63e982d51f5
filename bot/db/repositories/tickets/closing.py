"""Statements for the end of tickets: slots that are free again, and the tickets of those who leave."""

from __future__ import annotations

from sqlalchemy import and_, select

from bot.db.models.tickets import TicketEventRow, TicketRow
from bot.db.repositories.shards import served_by
from bot.db.repositories.tickets.tickets import NOT_OVER
from bot.db.sessions import Session
from bot.domain.guilds import ShardRange
from bot.domain.tickets import EventKind, Ticket

COMES_AND_GOES = (EventKind.LEFT, EventKind.RETURNED)
_LIVE = and_(NOT_OVER, TicketRow.status.not_in(("opening", "closing")))


async def free_slot(session: Session, ticket: Ticket) -> int:
    """A slot for a ticket that is reopened: its own, or if another has that by now, the lowest that is free."""
    taken_by = and_(
        TicketRow.guild_id == ticket.guild_id,
        TicketRow.topic_id == ticket.topic_id,
        TicketRow.opener_id == ticket.opener_id,
        NOT_OVER,
    )
    taken = set((await session.execute(select(TicketRow.slot).where(taken_by))).scalars())
    if ticket.slot not in taken:
        return ticket.slot
    return next(slot for slot in range(1, len(taken) + 2) if slot not in taken)


async def going_on(session: Session, guild_id: int, opener_id: int) -> list[int]:
    """The numbers of the tickets of a member that people work on, or will as soon as they are opened."""
    goes_on = TicketRow.status.not_in(("closing", "closed", "failed"))
    mine = and_(TicketRow.guild_id == guild_id, TicketRow.opener_id == opener_id, goes_on)
    return [*(await session.execute(select(TicketRow.number).where(mine).order_by(TicketRow.number))).scalars()]


async def live_openers(session: Session, shards: ShardRange) -> dict[int, dict[int, bool]]:
    """Of each guild everybody who has a ticket that people work on, and whether it is noted that they left.

    One query, however many tickets there are.
    """
    event = TicketEventRow
    about = and_(event.guild_id == TicketRow.guild_id, event.number == TicketRow.number, event.kind.in_(COMES_AND_GOES))
    last = select(event.kind).where(about).order_by(event.seq.desc()).limit(1).scalar_subquery()
    query = select(TicketRow.guild_id, TicketRow.opener_id, last.label("last"))
    found: dict[int, dict[int, bool]] = {}
    for row in await session.execute(query.where(_LIVE, served_by(TicketRow.guild_id, shards))):
        openers = found.setdefault(row.guild_id, {})
        openers[row.opener_id] = openers.get(row.opener_id, False) or row.last == EventKind.LEFT
    return found


async def is_away(session: Session, ticket: Ticket) -> bool:
    """Whether it is on file that the member of a ticket left, and not that they came back."""
    event = TicketEventRow
    about = and_(event.guild_id == ticket.guild_id, event.number == ticket.number, event.kind.in_(COMES_AND_GOES))
    last = select(event.kind).where(about).order_by(event.seq.desc()).limit(1)
    return (await session.execute(last)).scalar_one_or_none() == EventKind.LEFT
