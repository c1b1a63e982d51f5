"""Statements that read the record of tickets: in the order in which things were said, and piece by piece."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from bot.db.models.tickets import TicketFileRow, TicketMessage
from bot.db.repositories.tickets.record import message_of
from bot.db.sessions import Session
from bot.domain.ticket_record import RecordedFile, RecordedMessage

OF_FORM = 0
"""The message of files that were brought with the form."""

_MESSAGE = (*TicketMessage.__table__.c,)
_FILE = (*TicketFileRow.__table__.c,)


def file_of(row: Any) -> RecordedFile:
    """A row as a file."""
    return RecordedFile(row.seq, row.name, row.size, row.content_type, row.digest, row.missing)


def _as_shown(*, whole: bool) -> ColumnElement[bool]:
    """All of the record, or what a ticket's channel shows in the end."""
    table = TicketMessage
    return and_(True) if whole else and_(table.internal.is_(False), table.deleted_at.is_(None))  # noqa: FBT003 — SQL's


async def messages(
    session: Session, guild_id: int, number: int, *, after: int, limit: int, whole: bool
) -> list[RecordedMessage]:
    """Up to `limit` messages that were sent after the one with that id, without their files.

    `whole`: also notes and what was deleted.
    """
    table = TicketMessage
    mine = and_(table.guild_id == guild_id, table.number == number, table.message_id > after, _as_shown(whole=whole))
    query = select(*_MESSAGE).where(mine).order_by(table.message_id).limit(limit)
    return [message_of(row) for row in await session.execute(query)]


async def files(session: Session, guild_id: int, number: int, *, whole: bool) -> dict[int, list[RecordedFile]]:
    """The files of a ticket by message, in order; those of the form are of `OF_FORM`."""
    table, said = TicketFileRow, TicketMessage
    together = and_(said.guild_id == table.guild_id, said.number == table.number, said.message_id == table.message_id)
    query = (
        select(*_FILE)
        .outerjoin(said, together)
        .where(table.guild_id == guild_id, table.number == number)
        .where(or_(table.message_id == OF_FORM, and_(said.message_id.is_not(None), _as_shown(whole=whole))))
        .order_by(table.message_id, table.seq)
    )
    found: dict[int, list[RecordedFile]] = {}
    for row in await session.execute(query):
        found.setdefault(row.message_id, []).append(file_of(row))
    return found
