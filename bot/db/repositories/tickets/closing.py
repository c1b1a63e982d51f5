"""Statements for the end of tickets: slots that are free again, and the tickets of those who leave."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, select

from bot.db.models.tickets import TicketEventRow, TicketRow
from bot.db.sessions import Session
from bot.domain.tickets import EventKind, Ticket

_LIVE = TicketRow.status.not_in(("opening", "closing", "closed", "failed"))
_NOT_OVER = TicketRow.status.not_in(("closed", "failed"))


async def free_slot(session: Session, ticket: Ticket) -> int:
    """A slot for a ticket that is reopened: its own, or if another has that by now, the lowest that is free."""
    taken_by = and_(
        TicketRow.guild_id == ticket.guild_id,
        TicketRow.topic_id == ticket.topic_id,
        TicketRow.opener_id == ticket.opener_id,
        _NOT_OVER,
    )
    taken = set((await session.execute(select(TicketRow.slot).where(taken_by))).scalars())
    if ticket.slot not in taken:
        return ticket.slot
    return next(slot for slot in range(1, len(taken) + 2) if slot not in taken)


async def live_of(session: Session, guild_id: int, opener_id: int) -> list[int]:
    """The numbers of the tickets of a member that people work on."""
    mine = and_(TicketRow.guild_id == guild_id, TicketRow.opener_id == opener_id, _LIVE)
    return [*(await session.execute(select(TicketRow.number).where(mine).order_by(TicketRow.number))).scalars()]


async def live_openers(session: Session, guild_id: int) -> frozenset[int]:
    """Everybody of a guild who has a ticket that people work on."""
    query = select(TicketRow.opener_id).where(TicketRow.guild_id == guild_id, _LIVE).distinct()
    return frozenset((await session.execute(query)).scalars())


async def last_of(session: Session, ticket: Ticket, kinds: Collection[EventKind]) -> EventKind | None:
    """Which of some things happened last to a ticket; None: none of them."""
    table = TicketEventRow
    mine = and_(table.guild_id == ticket.guild_id, table.number == ticket.number, table.kind.in_(kinds))
    newest = select(table.kind).where(mine).order_by(table.seq.desc()).limit(1)
    return (await session.execute(newest)).scalar_one_or_none()
