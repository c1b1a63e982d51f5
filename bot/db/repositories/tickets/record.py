"""Statements on what was said in tickets, as it is written. Reading it for people is `reading`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from bot.db import dialect
from bot.db.bulk import Rows
from bot.db.models.tickets import TicketFileRow, TicketMessage, TicketRow
from bot.db.repositories.shards import served_by
from bot.db.repositories.tickets.tickets import ticket_of
from bot.db.sessions import Session, WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.ticket_record import (
    ANSWERS,
    KeptBytes,
    Missing,
    RecordedFile,
    RecordedMessage,
    TicketKey,
    Version,
    WantedFile,
)
from bot.domain.tickets import Status, Ticket

MessageKey = tuple[int, int, int]
"""Guild, number and message."""

_OVER = ("closed", "failed")
_MESSAGE = (TicketMessage.guild_id, TicketMessage.number, TicketMessage.message_id)


# Tickets --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlaceRow:
    """Where a ticket is, and how far it is on record."""

    guild_id: int
    number: int
    channel_id: int
    staff_thread_id: int | None
    recorded_to: int | None


async def places(session: Session, shards: ShardRange) -> list[PlaceRow]:
    """Where all tickets are whose channel is there."""
    own = TicketRow
    # Those that are over and still have their channel are the ones that wait for its deletion.
    there = or_(own.status.not_in(_OVER), and_(own.status == Status.CLOSED, own.due_at.is_not(None)))
    query = select(own.guild_id, own.number, own.channel_id, own.staff_thread_id, own.recorded_to).where(
        there, own.channel_id.is_not(None), ~own.gone, served_by(own.guild_id, shards)
    )
    return [PlaceRow(*row) for row in await session.execute(query)]


async def lock_all(session: WriteSession, keys: Collection[TicketKey]) -> dict[TicketKey, Ticket]:
    """These tickets, locked in one order until the transaction ends; those that there are."""
    key = (TicketRow.guild_id, TicketRow.number)
    query = select(*TicketRow.__table__.c).where(tuple_(*key).in_(sorted(keys))).order_by(*key).with_for_update()
    return {(row.guild_id, row.number): ticket_of(row) for row in await session.execute(query)}


_FOLLOWED = ("last_member_at", "last_staff_at", "warns_at", "closes_at", "closes_because", "recorded_to")


@cache
def _follow(name: str) -> tuple[Rows, Executable]:
    own: Any = TicketRow
    # Named otherwise than the columns, whose names an UPDATE keeps for itself.
    given = {f"new_{one}": getattr(own, one) for one in ("guild_id", "number", *_FOLLOWED, "due_at")}
    rows = Rows(name, **given)
    new = rows.c
    # Whoever is at it goes on, and computes when it is due once they are done.
    is_taken = and_(own.lease_token.is_not(None), own.due_at.is_not(None))
    values = {one: new[f"new_{one}"] for one in _FOLLOWED}
    values["due_at"] = case((is_taken, own.due_at), else_=new["new_due_at"])
    same = and_(own.guild_id == new["new_guild_id"], own.number == new["new_number"])
    return rows, update(own).where(same).values(**values)


async def follow(session: WriteSession, tickets: Iterable[tuple[Ticket, datetime | None]]) -> None:
    """Write when somebody last wrote in tickets that the transaction has locked, and what follows; each with its due.

    As `tickets.write` does, of many at once, and nothing that their header or their history shows.
    """
    rows, statement = _follow(session.dialect.name)
    given = [(one.guild_id, one.number, *(getattr(one, name) for name in _FOLLOWED), due) for one, due in tickets]
    if given:
        await session.execute(statement, rows.parameters(sorted(given, key=lambda row: row[:2])))


# Messages -------------------------------------------------------------------------------------------------


async def add(session: WriteSession, messages: Mapping[MessageKey, RecordedMessage]) -> set[MessageKey]:
    """Write messages that are new; those that were."""
    if not messages:
        return set()
    rows = [
        {"guild_id": key[0], "number": key[1], "message_id": key[2], **_written(message), **_first(message)}
        for key, message in sorted(messages.items())
    ]
    statement = dialect.insert(session.dialect.name, TicketMessage).on_conflict_do_nothing().returning(*_MESSAGE)
    return {(row[0], row[1], row[2]) for row in await session.execute(statement, rows)}


def _first(message: RecordedMessage) -> dict[str, Any]:
    """What of a message never changes."""
    names = ("author_id", "author_name", "is_staff", "is_bot", "internal", "reply_to", "sent_at")
    return {name: getattr(message, name) for name in names}


def _written(message: RecordedMessage) -> dict[str, Any]:
    """What of a message may change."""
    return {
        "content": message.content,
        "embeds": [dict(one) for one in message.embeds],
        "versions": [{"content": one.content, "until": one.until.isoformat()} for one in message.versions],
        "edited_at": message.edited_at,
        "deleted_at": message.deleted_at,
    }


async def find(session: Session, keys: Collection[MessageKey]) -> dict[MessageKey, RecordedMessage]:
    """Those of these messages that are on record, without their files."""
    query = select(*TicketMessage.__table__.c).where(tuple_(*_MESSAGE).in_(sorted(keys)))
    found = await session.execute(query) if keys else ()
    return {(row.guild_id, row.number, row.message_id): message_of(row) for row in found}


def message_of(row: Any, files: Sequence[RecordedFile] = ()) -> RecordedMessage:
    """A row as a message."""
    return RecordedMessage(
        message_id=row.message_id,
        author_id=row.author_id or 0,
        author_name=row.author_name,
        is_staff=row.is_staff,
        is_bot=row.is_bot,
        internal=row.internal,
        content=row.content,
        sent_at=row.sent_at,
        embeds=tuple(row.embeds),
        reply_to=row.reply_to,
        versions=tuple(Version(one["content"], datetime.fromisoformat(one["until"])) for one in row.versions),
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        files=tuple(files),
    )


_table: Any = TicketMessage.__table__
_rewrite = (
    update(TicketMessage)
    .where(
        _table.c.guild_id == bindparam("of_guild"),
        _table.c.number == bindparam("of_number"),
        _table.c.message_id == bindparam("of_message"),
    )
    .values({name: bindparam(name) for name in ("content", "embeds", "versions", "edited_at", "deleted_at")})
)


async def rewrite(session: WriteSession, messages: Mapping[MessageKey, RecordedMessage]) -> None:
    """Write anew what may change of messages that are on record."""
    for (guild_id, number, message_id), message in sorted(messages.items()):
        key = {"of_guild": guild_id, "of_number": number, "of_message": message_id}
        await session.execute(_rewrite, {**key, **_written(message)})


# Files ----------------------------------------------------------------------------------------------------


async def add_files(session: WriteSession, files: Mapping[MessageKey, Sequence[RecordedFile]]) -> None:
    """Write files of messages, or of answers; those that are on record stay as they are."""
    rows = [
        {"guild_id": key[0], "number": key[1], "message_id": key[2], **vars(one)}
        for key, some in sorted(files.items())
        for one in some
    ]
    if rows:
        await session.execute(dialect.insert(session.dialect.name, TicketFileRow).on_conflict_do_nothing(), rows)


def _file(key: MessageKey, seq: int) -> ColumnElement[bool]:
    own = TicketFileRow
    return and_(own.guild_id == key[0], own.number == key[1], own.message_id == key[2], own.seq == seq)


async def settle_file(session: WriteSession, wanted: WantedFile, found: KeptBytes | Missing) -> None:
    """Write what became of a file that is on record; one that has its bytes stays as it is."""
    values: dict[str, Any] = (
        {"missing": found.value} if isinstance(found, Missing) else {**vars(found), "missing": None}
    )
    key = (wanted.guild_id, wanted.number, wanted.message_id)
    await session.execute(
        update(TicketFileRow).where(_file(key, wanted.seq), TicketFileRow.digest.is_(None)).values(**values)
    )


async def unfetched(session: Session, key: TicketKey | None, shards: ShardRange, limit: int) -> list[WantedFile]:
    """Files whose bytes are on their way, or were when a process died: of one ticket, or of all."""
    own = TicketFileRow
    # In the statement itself: a partial index has just these.
    coming = own.missing == literal(Missing.FETCHING.value, literal_execute=True)
    whose = served_by(own.guild_id, shards) if key is None else and_(own.guild_id == key[0], own.number == key[1])
    order = (own.guild_id, own.number, own.message_id, own.seq)
    query = select(*order, own.size).where(coming, whose, own.message_id != ANSWERS).order_by(*order).limit(limit)
    return [WantedFile(*row) for row in await session.execute(query)]


async def kept_bytes(session: Session, guild_id: int) -> int:
    """How much the files of a guild's tickets take; the same contents count once."""
    own = TicketFileRow
    kept = select(own.digest, func.max(own.size).label("size")).where(own.guild_id == guild_id, own.digest.is_not(None))
    each = kept.group_by(own.digest).subquery()
    return int((await session.execute(select(func.coalesce(func.sum(each.c.size), 0)))).scalar_one())


async def files_of(
    session: Session, user_id: int, guild_id: int | None, limit: int
) -> list[tuple[WantedFile, RecordedFile]]:
    """The newest files that somebody sent in tickets, or answered a form with."""
    own = TicketFileRow
    wrote = exists().where(
        TicketMessage.guild_id == own.guild_id,
        TicketMessage.number == own.number,
        TicketMessage.message_id == own.message_id,
        TicketMessage.author_id == user_id,
    )
    asked = exists().where(
        TicketRow.guild_id == own.guild_id, TicketRow.number == own.number, TicketRow.opener_id == user_id
    )
    here = () if guild_id is None else (own.guild_id == guild_id,)
    query = (
        select(*own.__table__.c)
        .where(or_(wrote, and_(own.message_id == ANSWERS, asked)), *here)
        .order_by(own.created_at.desc(), own.guild_id, own.number, own.message_id, own.seq)
        .limit(limit)
    )
    return [
        (
            WantedFile(row.guild_id, row.number, row.message_id, row.seq, row.size),
            RecordedFile(row.seq, row.name, row.size, row.content_type, row.digest, row.missing),
        )
        for row in await session.execute(query)
    ]
