"""Tickets are written in one way: with their history, and handed out when they are due."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from random import Random

import pytest

from bot.db.engine import Database
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.tickets import (
    Because,
    Claimed,
    Delayed,
    EventKind,
    Failure,
    Mode,
    Origin,
    Priority,
    Quote,
    Stage,
    Status,
    Ticket,
)
from bot.errors import TicketNotFound
from bot.ids import IdMaker
from bot.services.ticket_file import LEASE, TicketFile
from tests.support.clock import ManualClock

GUILD, ALICE, STAFF, TOPIC = 1_000 << 22, 3_000, 3_001, 701
ALL = ShardRange(1, frozenset({0}))


@pytest.fixture
def file(database: Database, clock: ManualClock) -> TicketFile:
    return TicketFile(database, clock, IdMaker(clock, Random(1)))


async def opened(database: Database, clock: ManualClock, number: int = 1, slot: int = 1) -> Ticket:
    ticket = Ticket(
        guild_id=GUILD, number=number, topic_id=TOPIC, opener_id=ALICE, opened_by=ALICE, origin=Origin.PANEL,
        status=Status.OPENING, status_at=clock.now(), mode=Mode.CHANNEL, slot=slot, key=f"i:{number}",
        opened_at=clock.now(),
    )  # fmt: skip
    assert await database.transact(lambda session: rows.add(session, ticket, due_at=clock.now()))
    return ticket


async def change(database: Database, file: TicketFile, number: int = 1, **values: object) -> Ticket:
    async def unit(session: WriteSession) -> Ticket:
        ticket = await file.locked(session, GUILD, number)
        return await file.change(session, ticket, (EventKind.STATUS, {}), by=STAFF, **values)  # type: ignore[arg-type]

    return await database.transact(unit)


async def test_a_slot_takes_one_ticket_until_that_is_over(database: Database, clock: ManualClock) -> None:
    await opened(database, clock)
    with pytest.raises(AssertionError):
        await opened(database, clock, number=2)
    await opened(database, clock, number=3, slot=2)


async def test_a_ticket_is_read_as_it_was_written(database: Database, clock: ManualClock) -> None:
    ticket = await opened(database, clock)
    assert await database.query(lambda session: rows.find(session, GUILD, 1)) == ticket


async def test_whatever_is_changed_of_a_ticket_is_written(database: Database, clock: ManualClock) -> None:
    ticket, later = await opened(database, clock), clock.now() + timedelta(hours=1)
    changed = Ticket(
        guild_id=GUILD, number=1, topic_id=702, opener_id=3_100, opened_by=3_101, origin=Origin.COMMAND,
        status=Status.CLOSING, status_at=later, mode=Mode.THREAD, slot=2, key="i:other", opened_at=later,
        subject="Sheep", quote=Quote(1, 2, 3, "baa"), follows=7, priority=Priority.URGENT, tags=("a", "b"), locked=True,
        frozen=True, escalated=True, assignee_id=3_102, name="sheep", channel_id=9_001, parent_id=9_002,
        staff_thread_id=9_003, notes=2, noted=1, name_owed="goats", parent_owed_id=9_004, header_id=9_005,
        first_response_at=later, resolved_at=later, closed_at=later, last_member_at=later, last_staff_at=later,
        asked_by=3_103, asked_at=later, warns_at=later, closes_at=later, closes_because=Because.SILENCE,
        stage=Stage.POST, deletes_at=later, gone=True, closed_by=3_104, closed_because=Because.PERSON,
        close_reason="Done", transcript=(9_006, 9_007), letter=True, rating=4, feedback="Good", rated_at=later,
        recorded_to=9_008, access=3, applied=2, failure=Failure.EXPOSED, detail="Why", failed_since=later, version=9,
    )  # fmt: skip
    named = {one.name for one in fields(Ticket) if getattr(ticket, one.name) == getattr(changed, one.name)}
    assert named == {"guild_id", "number"}
    await database.transact(lambda session: rows.write(session, changed, due_at=later))
    assert await database.query(lambda session: rows.find(session, GUILD, 1)) == changed


async def test_a_change_is_kept_with_who_made_it_and_since_when(
    database: Database, clock: ManualClock, file: TicketFile
) -> None:
    await opened(database, clock)
    clock.advance(seconds=5)
    changed = await change(database, file, status=Status.OPEN, channel_id=9, applied=1)
    assert (changed.status, changed.status_at, changed.version) == (Status.OPEN, clock.now(), 2)
    [event] = await database.query(lambda session: rows.events(session, GUILD, 1))
    assert (event.kind, event.actor_id, event.seq) == (EventKind.STATUS, STAFF, 1)


async def test_a_due_ticket_is_handed_out_once_and_again_after_its_lease(
    database: Database, clock: ManualClock, file: TicketFile
) -> None:
    await opened(database, clock)
    [claimed] = await file.claim_due(ALL, 10)
    assert await file.claim_due(ALL, 10) == []
    assert await file.take(GUILD, 1) is None
    clock.advance(seconds=LEASE.total_seconds())
    [again] = await file.claim_due(ALL, 10)
    assert again.attempts == 2
    assert await file.again(claimed) is None


async def test_a_change_meanwhile_does_not_cut_a_lease_short_and_is_found_after_it(
    database: Database, clock: ManualClock, file: TicketFile
) -> None:
    await opened(database, clock)
    await change(database, file, status=Status.OPEN, channel_id=9, applied=1)
    taken = await file.take(GUILD, 1)
    assert isinstance(taken, Claimed)
    await change(database, file, access=True, assignee_id=STAFF)
    assert await file.claim_due(ALL, 10) == []
    await file.release(taken)
    [again] = await file.claim_due(ALL, 10)
    assert (again.ticket.access, again.ticket.applied) == (2, 1)


async def test_what_can_not_be_done_now_is_tried_again_later(
    database: Database, clock: ManualClock, file: TicketFile
) -> None:
    await opened(database, clock)
    [claimed] = await file.claim_due(ALL, 10)
    await file.postpone(claimed, Delayed("no answer in time"))
    assert await file.claim_due(ALL, 10) == []
    clock.advance(seconds=timedelta(seconds=2).total_seconds())
    [again] = await file.claim_due(ALL, 10)
    assert (again.ticket.detail, again.ticket.failed_since) == ("no answer in time", claimed.claimed_at)


async def test_another_guild_has_no_such_ticket(database: Database, clock: ManualClock, file: TicketFile) -> None:
    await opened(database, clock)

    async def unit(session: WriteSession) -> Ticket:
        return await file.locked(session, GUILD + 1, 1)

    with pytest.raises(TicketNotFound):
        await database.transact(unit)
