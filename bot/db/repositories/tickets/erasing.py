"""What goes with a person's tickets when their data is erased."""

from __future__ import annotations

from sqlalchemy import and_, delete, exists, select

from bot.db.models.tickets import TicketAnswer, TicketFileRow, TicketMessage, TicketRow
from bot.db.sessions import WriteSession


async def forget_answers(session: WriteSession, guild_id: int, user_id: int) -> None:
    """Forget what somebody answered in forms, with the files of it, while the tickets still name them."""
    theirs = select(TicketRow.number).where(TicketRow.guild_id == guild_id, TicketRow.opener_id == user_id)
    await session.execute(
        delete(TicketAnswer).where(TicketAnswer.guild_id == guild_id, TicketAnswer.number.in_(theirs))
    )
    brought = and_(TicketFileRow.guild_id == guild_id, TicketFileRow.message_id == 0)
    await session.execute(delete(TicketFileRow).where(brought, TicketFileRow.number.in_(theirs)))


async def forget_files(session: WriteSession, guild_id: int, user_id: int) -> None:
    """Forget the files of somebody's messages, while these still name them; their bytes go with the next sweep."""
    theirs = exists().where(
        TicketMessage.guild_id == guild_id,
        TicketMessage.author_id == user_id,
        TicketMessage.number == TicketFileRow.number,
        TicketMessage.message_id == TicketFileRow.message_id,
    )
    await session.execute(delete(TicketFileRow).where(TicketFileRow.guild_id == guild_id, theirs))
