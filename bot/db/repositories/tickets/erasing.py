"""What goes with a person's tickets when their data is erased."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import and_, delete, exists, func, or_, select, update

from bot.db.models.tickets import TicketAnswer, TicketEventRow, TicketFileRow, TicketMessage, TicketRow
from bot.db.sessions import WriteSession
from bot.domain.ticket_record import OVERLAP
from bot.domain.tickets import EventKind

_NAMING = (EventKind.ADDED, EventKind.REMOVED, EventKind.CLAIMED, EventKind.TRANSFERRED, EventKind.UNCLAIMED)
"""What happens to people, whose ids then stand in the details."""

_AT_ONCE = 500


async def forget_answers(session: WriteSession, guild_id: int, user_id: int) -> None:
    """Forget what somebody answered in forms, with the files of it, while the tickets still name them."""
    theirs = select(TicketRow.number).where(TicketRow.guild_id == guild_id, TicketRow.opener_id == user_id)
    await session.execute(
        delete(TicketAnswer).where(TicketAnswer.guild_id == guild_id, TicketAnswer.number.in_(theirs))
    )
    brought = and_(TicketFileRow.guild_id == guild_id, TicketFileRow.message_id == 0)
    await session.execute(delete(TicketFileRow).where(brought, TicketFileRow.number.in_(theirs)))
    numbers = list(await session.scalars(theirs))
    await _forget_said_by_bots(session, guild_id, numbers)
    await _forget_names(session, guild_id, numbers)


async def forget_quotes(session: WriteSession, guild_id: int, user_id: int) -> None:
    """Forget messages of somebody from which others opened tickets, with what was made of them."""
    query = select(TicketRow.number, TicketRow.quote, TicketRow.subject).where(
        TicketRow.guild_id == guild_id, TicketRow.quote.is_not(None)
    )
    theirs = [one for one in await session.execute(query) if one.quote and one.quote.get("author_id") == user_id]
    for one in theirs:
        begins = " ".join(str(one.quote.get("text", "")).split()).startswith(one.subject or "")
        values: dict[str, Any] = {"quote": None, **({"subject": None} if begins else {})}
        mine = and_(TicketRow.guild_id == guild_id, TicketRow.number == one.number)
        await session.execute(update(TicketRow).where(mine).values(values))
    await _forget_said_by_bots(session, guild_id, [one.number for one in theirs])


async def forget_events(session: WriteSession, guild_id: int, user_id: int) -> None:
    """Forget what somebody wrote into the history of tickets, and that they are named in it, while it names them."""
    table = TicketEventRow
    query = select(table.number, table.seq, table.actor_id, table.details).where(
        table.guild_id == guild_id, or_(table.actor_id == user_id, table.kind.in_(_NAMING))
    )
    noted: set[int] = set()
    for one in list(await session.execute(query)):
        kept = _without(one.details, user_id, is_theirs=one.actor_id == user_id)
        if kept != one.details:
            noted |= {one.number} if "text" in one.details else set()
            mine = and_(table.guild_id == guild_id, table.number == one.number, table.seq == one.seq)
            await session.execute(update(table).where(mine).values(details=kept))
    shown = and_(TicketMessage.internal, TicketMessage.content.contains(f"<@{user_id}>", autoescape=True))
    await _forget_said_by_bots(session, guild_id, noted, shown)


def _without(details: Mapping[str, Any], user_id: int, *, is_theirs: bool) -> dict[str, Any]:
    """Details of an event without somebody; of one that was theirs also without their words."""
    kept = {name: None if value == user_id else value for name, value in details.items()}
    return kept | ({name: "" for name in ("text", "reason") if kept.get(name)} if is_theirs else {})


async def _forget_said_by_bots(
    session: WriteSession, guild_id: int, numbers: Collection[int], which: Any = None
) -> None:
    """Empty what bots said in tickets: their headers and notes repeat what people wrote."""
    table, asked = TicketMessage, sorted(numbers)
    for first in range(0, len(asked), _AT_ONCE):
        some = table.number.in_(asked[first : first + _AT_ONCE])
        there = and_(table.guild_id == guild_id, some, table.is_bot, *(() if which is None else (which,)))
        await session.execute(update(table).where(there).values(content="", embeds=[], versions=[]))


async def _forget_names(session: WriteSession, guild_id: int, numbers: Collection[int]) -> None:
    """Forget what the channels of tickets were called, which may have been like their members."""
    table, events = TicketRow, TicketEventRow
    for number in numbers:
        mine = and_(table.guild_id == guild_id, table.number == number)
        await session.execute(update(table).where(mine).values(name=f"ticket-{number:04}", name_owed=None))
        called = and_(events.guild_id == guild_id, events.number == number, events.kind == EventKind.RENAMED)
        await session.execute(update(events).where(called).values(details={}))


async def forget_messages(session: WriteSession, guild_id: int, user_id: int) -> None:
    """Forget what belongs to somebody's messages, while these still name them, and have none of them read again.

    Discord may have them for ever, and the last seconds of what is on record are read again with what is missing.
    """
    await _forget_files(session, guild_id, user_id)
    theirs = (
        select(func.max(TicketMessage.message_id) + OVERLAP)
        .where(
            TicketMessage.guild_id == TicketRow.guild_id,
            TicketMessage.number == TicketRow.number,
            TicketMessage.author_id == user_id,
        )
        .scalar_subquery()
    )
    earlier = and_(TicketRow.guild_id == guild_id, TicketRow.recorded_to < theirs)
    await session.execute(update(TicketRow).where(earlier).values(recorded_to=theirs))


async def _forget_files(session: WriteSession, guild_id: int, user_id: int) -> None:
    # Their bytes go with the next sweep.
    theirs = exists().where(
        TicketMessage.guild_id == guild_id,
        TicketMessage.author_id == user_id,
        TicketMessage.number == TicketFileRow.number,
        TicketMessage.message_id == TicketFileRow.message_id,
    )
    await session.execute(delete(TicketFileRow).where(TicketFileRow.guild_id == guild_id, theirs))
