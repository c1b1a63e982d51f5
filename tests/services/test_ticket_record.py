"""What is said in tickets is on record once, with its edits and deletions, and does to the ticket what it should."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.db.base import Base
from bot.db.engine import Database
from bot.db.repositories.tickets import opening, record, tickets
from bot.db.sessions import WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.privacy import Erased
from bot.domain.ticket_record import Answer, Deleted, Edited, Heard, Missing, RecordedFile, RecordedMessage
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import Because, EventKind, Mode, Origin, Quote, Status, Ticket
from bot.services import Services, ticket_record
from bot.services.ticket_places import TicketPlaces
from tests.support.clock import ManualClock
from tests.support.tickets import TOPIC, add_topic

GUILD, ALICE, STAFF, OTHER_STAFF, BOT = 1_000 << 22, 3_000, 3_001, 3_002, 3_003
SUPPORT = 90
ALL = ShardRange(1, frozenset({0}))
FIRST = 5_000 << 22


@pytest.fixture
async def ticket(database: Database, services: Services, clock: ManualClock) -> Ticket:
    await add_topic(database, GUILD, TopicConfig(support_roles=(SUPPORT,), auto_close=7_200))
    return await opened(database, services, clock)


async def opened(database: Database, services: Services, clock: ManualClock, number: int = 1, **values: Any) -> Ticket:
    new = Ticket(
        guild_id=GUILD, number=number, topic_id=TOPIC, opener_id=ALICE, opened_by=ALICE, origin=Origin.PANEL,
        status=Status.OPENING, status_at=clock.now(), mode=Mode.CHANNEL, slot=number, key=f"i:{number}",
        opened_at=clock.now(),
    )  # fmt: skip
    new = replace(new, **values)

    async def unit(session: WriteSession) -> Ticket:
        await tickets.add(session, new, due_at=clock.now())
        locked = await services.ticket_file.locked(session, GUILD, number)
        return await services.ticket_file.change(
            session, locked, by=None, status=Status.OPEN, channel_id=900 + number, applied=1
        )

    return await database.transact(unit)


def said(
    clock: ManualClock, message_id: int, author: int = ALICE, content: str = "Hello", *, number: int = 1,
    internal: bool = False,
) -> Heard:  # fmt: skip
    message = RecordedMessage(
        FIRST + message_id, author, f"user {author}", is_staff=False, is_bot=author == BOT, internal=internal,
        content=content, sent_at=clock.now(),
    )  # fmt: skip
    return Heard(GUILD, number, message, role_ids=(SUPPORT,) if author in {STAFF, OTHER_STAFF} else ())


async def now_is(database: Database, number: int = 1) -> Ticket:
    found = await database.query(lambda session: tickets.find(session, GUILD, number))
    assert found is not None
    return found


async def on_record(database: Database, message_id: int, number: int = 1) -> RecordedMessage:
    key = (GUILD, number, FIRST + message_id)
    return (await database.query(lambda session: record.find(session, {key})))[key]


async def hear(services: Services, *heard: Heard | Edited | Deleted) -> None:
    for one in heard:
        services.ticket_record.hear(one)
    assert await services.ticket_record.flush()


async def test_a_message_is_on_record_once_however_often_it_is_heard(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    await hear(services, said(clock, 1), said(clock, 1), said(clock, 2, STAFF))
    await hear(services, said(clock, 1, content="told again"))
    assert (await on_record(database, 1)).content == "Hello"
    assert (await on_record(database, 2)).is_staff
    assert ticket.number == 1


async def test_an_edit_keeps_what_was_said_before_and_a_deletion_keeps_it_all(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    edit = Edited(GUILD, ticket.number, FIRST + 1, "Good day", ({"title": "Shown"},), clock.now())
    await hear(services, said(clock, 1), edit, said(clock, 2))
    found = await on_record(database, 1)
    assert (found.content, [one.content for one in found.versions]) == ("Good day", ["Hello"])
    clock.advance(seconds=1)
    await hear(
        services, replace(edit, content="Good night", at=clock.now()), replace(edit, content="Late, and older"),
        Deleted(GUILD, 1, FIRST + 1, clock.now()), Deleted(GUILD, 1, FIRST + 99, clock.now()),
    )  # fmt: skip
    found = await on_record(database, 1)
    assert (found.content, [one.content for one in found.versions]) == ("Good night", ["Hello", "Good day"])
    assert (found.edited_at, found.deleted_at) == (clock.now(), clock.now())
    assert (await on_record(database, 2)).deleted_at is None


async def test_staffs_answer_is_the_first_response_and_makes_the_ticket_wait_for_its_member(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    await hear(services, said(clock, 1), said(clock, 2, BOT), said(clock, 3, STAFF, internal=True))
    assert (await now_is(database)).first_response_at is None
    clock.advance(seconds=60)
    answered_at = clock.now()
    await hear(services, said(clock, 4, STAFF))
    found = await now_is(database)
    assert (found.status, found.first_response_at, found.last_staff_at) == (Status.WAITING, answered_at, answered_at)
    assert (found.closes_at, found.closes_because) == (answered_at + timedelta(hours=2), Because.SILENCE)
    clock.advance(seconds=60)
    await hear(services, said(clock, 5, STAFF))
    found = await now_is(database)
    assert (found.first_response_at, found.closes_at) == (answered_at, clock.now() + timedelta(hours=2))
    await hear(services, said(clock, 6))
    found = await now_is(database)
    assert (found.status, found.closes_at, found.last_member_at) == (Status.OPEN, None, clock.now())
    events = await database.query(lambda session: tickets.events(session, GUILD, ticket.number))
    assert [one.details for one in events if one.kind is EventKind.STATUS] == [
        {"from": "open", "to": "waiting"}, {"from": "waiting", "to": "open"},
    ]  # fmt: skip


async def test_talk_by_turns_in_many_tickets_turns_each_over_once_for_all_that_was_said_meanwhile(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_record, "AT_ONCE", 4)
    numbers = [ticket.number, *[(await opened(database, services, clock, number)).number for number in (2, 3)]]
    talk: list[Heard | Edited] = []
    for message_id, author in enumerate((STAFF, ALICE, STAFF), start=1):
        clock.advance(seconds=1)
        talk += [said(clock, message_id, author, number=number) for number in numbers]
    edits = [Edited(GUILD, number, FIRST + 1, "Good day", (), clock.now()) for number in numbers]
    await hear(services, *talk, *edits)
    for number in numbers:
        found = await now_is(database, number)
        assert (found.status, found.last_staff_at) == (Status.WAITING, clock.now())
        assert (await on_record(database, 1, number)).content == "Good day"
        assert (await on_record(database, 2, number)).content == "Hello"
        events = await database.query(lambda session, number=number: tickets.events(session, GUILD, number))
        assert [one.details for one in events if one.kind is EventKind.STATUS] == [{"from": "open", "to": "waiting"}]


async def test_what_is_dropped_while_other_tickets_are_written_is_not_written(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_record, "AT_ONCE", 1)
    await opened(database, services, clock, 2)
    record_service, write = services.ticket_record, services.ticket_record.write

    async def dropping(happenings: Any) -> None:
        await write(happenings)
        record_service.drop(Erased(ALICE, GUILD))
        record_service.hear(said(clock, 3, STAFF))

    monkeypatch.setattr(record_service, "write", dropping)
    await hear(services, said(clock, 1, STAFF), said(clock, 2, number=2))
    assert (await on_record(database, 1)).author_id == STAFF
    assert await database.query(lambda session: record.find(session, {(GUILD, 2, FIRST + 2)})) == {}
    await hear(services)
    assert (await on_record(database, 3)).author_id == STAFF


async def test_a_message_that_is_found_later_does_not_undo_what_was_said_after_it(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    earlier, first = said(clock, 1), said(clock, 2, STAFF)
    asked_at = clock.now()
    clock.advance(seconds=60)
    await hear(services, said(clock, 3, STAFF))
    await services.ticket_record.write([earlier, first], up_to={(GUILD, ticket.number): FIRST + 3})
    found = await now_is(database)
    assert (found.status, found.first_response_at, found.recorded_to) == (Status.WAITING, asked_at, FIRST + 3)


async def test_the_first_answer_claims_where_the_server_wishes(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    settings = await services.guild_settings.read(GUILD, TicketSettings)

    def wished(before: TicketSettings) -> TicketSettings:
        return before.model_copy(update={"first_answer_claims": True})

    await services.guild_settings.edit(GUILD, TicketSettings, wished, base=settings.version, by=STAFF)
    await hear(services, said(clock, 1, STAFF), said(clock, 2, OTHER_STAFF))
    found = await now_is(database)
    assert (found.assignee_id, found.status, found.access) == (STAFF, Status.WAITING, ticket.access + 1)


async def test_what_was_missed_before_keeps_the_end_of_the_record_where_it_was(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    await hear(services, said(clock, 5))
    assert (await now_is(database)).recorded_to is None
    place = services.ticket_places.of((GUILD, ticket.number))
    assert place is not None
    place.is_whole = True
    await hear(services, said(clock, 6), said(clock, 7))
    assert (await now_is(database)).recorded_to == place.recorded_to == FIRST + 7


async def test_one_message_that_can_not_be_written_keeps_no_other_from_it(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    bad = said(clock, 2)
    bad = replace(bad, message=replace(bad.message, embeds=({"not json": object()},)))
    await hear(services, said(clock, 1), bad, said(clock, 3), said(clock, 4, number=ticket.number + 77))
    assert [(await on_record(database, one)).content for one in (1, 3)] == ["Hello", "Hello"]
    assert services.ticket_record.waiting == 0


async def test_somebody_who_is_erased_leaves_nothing_that_waits(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    for one in (said(clock, 1), said(clock, 2, STAFF)):
        services.ticket_record.hear(one)
    await services.ticket_record.forget(Erased(ALICE, GUILD))
    await services.ticket_record.flush()
    found = await database.query(lambda session: record.find(session, {(GUILD, ticket.number, FIRST + 1)}))
    assert found == {}
    assert (await on_record(database, 2)).author_id == STAFF


async def test_places_are_known_as_soon_as_they_are_written_and_forgotten_when_they_are_gone(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    places = services.ticket_places
    place = places.find(901)
    assert place is not None
    assert place.key == (GUILD, ticket.number)

    async def note(**values: object) -> None:
        async def unit(session: WriteSession) -> Ticket:
            locked = await services.ticket_file.locked(session, GUILD, 1)
            return await services.ticket_file.note(session, locked, **values)

        await database.transact(unit)

    place.is_whole = True
    await note(staff_thread_id=77)
    assert places.find(77) is place
    assert not place.is_whole
    await opened(database, services, clock, number=2)
    await note(gone=True)
    assert places.find(77) is places.find(901) is None
    places.distrust()
    await places.load(ALL)
    assert places.find(902) is not None
    assert places.is_known
    assert places.find(901) is None


async def test_what_staff_decides_meanwhile_and_what_is_said_both_hold(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    async def decide(number: int) -> None:
        async def unit(session: WriteSession) -> Ticket:
            locked = await services.ticket_file.locked(session, GUILD, ticket.number)
            return await services.ticket_file.change(
                session, locked, (EventKind.TAGS, {}), by=STAFF, tags=(*locked.tags, f"tag {number}")
            )

        await database.transact(unit)

    async def say(number: int) -> None:
        await services.ticket_record.write([said(clock, number, STAFF if number % 2 else ALICE)])

    await asyncio.gather(*(act(number) for number in range(1, 11) for act in (decide, say)))
    found = await now_is(database)
    assert sorted(found.tags) == sorted(f"tag {number}" for number in range(1, 11))
    assert (found.first_response_at, found.last_member_at, found.last_staff_at) == (clock.now(),) * 3
    assert len([await on_record(database, number) for number in range(1, 11)]) == 10


async def test_somebodys_copy_has_the_files_that_they_sent_and_no_others(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    files, sheep = services.ticket_files, b"\x89PNG\r\n\x1a\nsheep"
    for message_id, author in ((1, ALICE), (2, STAFF)):
        heard = said(clock, message_id, author)
        coming = RecordedFile(1, "sheep.png", len(sheep), "", None, Missing.FETCHING)
        await hear(services, replace(heard, message=replace(heard.message, files=(coming,))))
    for wanted in await files.coming_to((GUILD, ticket.number)):
        await files.settle(wanted, await files.keep(GUILD, sheep))
    assert await files.coming(ALL) == []
    [one] = (await services.privacy.copy(ALICE, GUILD)).files
    assert one.path == f"tickets/{GUILD}/1-{FIRST + 1}-1-sheep.png"
    assert one.content == sheep
    await services.privacy.erase(ALICE, GUILD)
    assert await files.about(ALICE, None) == []
    assert [found.content for found in await files.about(STAFF, None)] == [sheep]


async def test_who_is_erased_is_in_no_row_of_tickets_any_more_whoever_wrote_it(
    database: Database, services: Services, clock: ManualClock, ticket: Ticket
) -> None:
    quote = Quote(1, 2, ALICE, "My name is Alice, and so on")
    theirs = await opened(database, services, clock, 2, opener_id=STAFF, quote=quote, subject="My name is Alice,")
    file, known = services.ticket_file, {"embeds": ({"description": "Who? Alice"},)}

    async def unit(session: WriteSession) -> None:
        await opening.add_answers(session, GUILD, 1, [Answer(1, "Who?", "short", ("Alice",))], [])
        for number, by, kind, details in (
            (1, STAFF, EventKind.RENAMED, {"from": "alice-1", "to": "alice"}),
            (2, STAFF, EventKind.ADDED, {"user_id": ALICE}),
            (2, None, EventKind.CLAIMED, {"from": None, "to": ALICE}),
            (2, ALICE, EventKind.NOTE, {"text": "Alice was here"}),
        ):
            locked = await file.locked(session, GUILD, number)
            named: dict[str, Any] = {"name": "alice-1", "close_reason": "Alice is happy"} if number == 1 else {}
            await file.change(session, locked, (kind, details), by=by, **named)

    await database.transact(unit)
    for message_id, number, content, shown in (
        (1, 1, "Alice says hello", {}),
        (2, 1, "Who? Alice", known),
        (3, 2, "A word of Alice", known),
        (4, 2, f"📝 <@{ALICE}>: Alice was here", {}),
    ):
        heard = said(clock, message_id, ALICE if number == message_id else BOT, content, number=number)
        message = replace(heard.message, internal=message_id == 4, author_name="somebody", **shown)
        await hear(services, replace(heard, message=message))
    [answer] = (await services.privacy.copy(ALICE, GUILD)).files
    assert answer.content == b"Who?\n\nAlice"

    await services.privacy.erase(ALICE, GUILD)
    assert (await services.privacy.copy(STAFF, GUILD)).files == ()
    assert theirs.quote == quote
    for name, table in Base.metadata.tables.items():
        if name.startswith("ticket"):
            found = repr((await database.query(lambda session, table=table: session.execute(select(table)))).all())
            assert "alice" not in found.casefold(), name
            assert str(ALICE) not in found.replace(str(GUILD), ""), name


async def test_other_processes_are_told_where_tickets_are(database: Database) -> None:
    places = TicketPlaces(database)
    await places.load(ALL)
    places.heard(f"{GUILD}:1:901:77")
    assert places.find(77) is places.find(901) is places.of((GUILD, 1)) is not None
    places.heard(f"{GUILD}:1:901:0")
    assert places.find(77) is None
    places.heard(f"{GUILD}:1:0:0")
    assert places.find(901) is places.of((GUILD, 1)) is None
    assert places.is_known
    places.heard("what can't be read may concern any ticket")
    assert not places.is_known
