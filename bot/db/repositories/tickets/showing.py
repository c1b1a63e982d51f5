"""What the header of a ticket shows beside its row."""

from __future__ import annotations

from sqlalchemy import select

from bot.db.models.tickets import TicketAnswer
from bot.db.sessions import Session
from bot.domain.ticket_record import Answer


async def answers(session: Session, guild_id: int, number: int) -> list[Answer]:
    """What the member answered when opening a ticket, in the order of the questions."""
    table = TicketAnswer
    query = (
        select(table.position, table.question, table.kind, table.value)
        .where(table.guild_id == guild_id, table.number == number)
        .order_by(table.position)
    )
    return [Answer(row.position, row.question, row.kind, row.value) for row in await session.execute(query)]
