"""A ticket with a record of what was said, written as the recorder writes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from bot.db.engine import Database
from bot.db.models.tickets import TicketAnswer, TicketFileRow, TicketMessage
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import WriteSession
from bot.domain.ticket_record import Answer, RecordedFile, RecordedMessage
from bot.domain.tickets import EventKind, Mode, Origin, Status, Ticket
from tests.support.tickets import TOPIC, add_topic

GUILD = 1_000 << 22
MEMBER, AGENT = 3_000, 3_001
NOW = datetime.fromisoformat("2026-01-05T10:00:00+00:00")


async def opened(database: Database, number: int = 1, **values: Any) -> Ticket:
    """A ticket on the topic `Help`; the first makes the topic too."""
    if number == 1:
        await add_topic(database, GUILD)
    told: dict[str, Any] = {
        "topic_id": TOPIC, "opener_id": MEMBER, "opened_by": MEMBER, "origin": Origin.PANEL, "status": Status.OPEN,
        "status_at": NOW, "mode": Mode.CHANNEL, "slot": number, "key": f"i:{number}", "opened_at": NOW,
        "channel_id": 9_000 + number, "applied": 1,
    }  # fmt: skip
    ticket = Ticket(guild_id=GUILD, number=number, **(told | values))
    due = NOW if ticket.status in {Status.OPENING, Status.CLOSING} else None

    async def unit(session: WriteSession) -> None:
        assert await rows.add(session, ticket, due_at=NOW)
        await rows.write(session, ticket, due_at=due)

    await database.transact(unit)
    return ticket


def said(message_id: int, content: str, *, by: int = MEMBER, **more: Any) -> RecordedMessage:
    """A message, one a minute; by whoever is not the member it is staff's."""
    known = {"author_name": f"user{by}", "is_staff": by != MEMBER, "is_bot": False, "internal": False}
    known |= {"sent_at": NOW + timedelta(minutes=message_id)}
    return RecordedMessage(message_id=message_id, author_id=by, content=content, **(known | more))


async def record(
    database: Database, messages: Sequence[RecordedMessage], *, number: int = 1, answers: Sequence[Answer] = (),
    answer_files: Sequence[RecordedFile] = (),
) -> None:  # fmt: skip
    """Write down what was said in a ticket."""
    key = {"guild_id": GUILD, "number": number}
    told = [key | _row(one) for one in messages]
    files = [key | {"message_id": 0, **vars(file)} for file in answer_files]
    files += [key | {"message_id": one.message_id, **vars(file)} for one in messages for file in one.files]
    asked = [key | {**vars(one), "value": list(one.value)} for one in answers]

    async def unit(session: WriteSession) -> None:
        for table, found in ((TicketMessage, told), (TicketFileRow, files), (TicketAnswer, asked)):
            if found:
                await session.execute(insert(table), found)

    await database.transact(unit)


def _row(message: RecordedMessage) -> dict[str, Any]:
    row = {name: value for name, value in vars(message).items() if name != "files"}
    versions = [{"content": one.content, "until": one.until.isoformat()} for one in message.versions]
    return row | {"embeds": list(message.embeds), "versions": versions}


async def happened(database: Database, ticket: Ticket, *kinds: EventKind, by: int = AGENT, **details: Any) -> None:
    """Write down what happened to a ticket."""

    async def unit(session: WriteSession) -> None:
        for kind in kinds:
            await rows.add_event(session, ticket, kind, by, details)

    await database.transact(unit)
