"""Tickets end in one way: decided once, in stages that are each done once, and gone on with while that is possible."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.db.engine import Database
from bot.db.repositories import outbox as letters
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.ticket_ends import asked_stamp
from bot.domain.ticket_flow import after_member, after_staff
from bot.domain.ticket_settings import TicketSettings
from bot.domain.tickets import (
    Because,
    Claimed,
    EventKind,
    Mode,
    Origin,
    Stage,
    Status,
    Step,
    Ticket,
    next_step,
)
from bot.errors import (
    NotAsked,
    NotYourTicket,
    RatingKept,
    TicketAsked,
    TicketBusy,
    TicketDeleted,
    TicketNotClosed,
    TicketNotFound,
    TicketOver,
)
from bot.services import Services
from tests.support.clock import ManualClock
from tests.support.tickets import TOPIC, add_topic

GUILD, OTHER, ALICE, BOB, STAFF = 1_000 << 22, 1_001 << 22, 3_000, 3_001, 3_002
CHANNEL = 9_000
DAY = 86_400


class Desk:
    """Tickets of one topic, as they are after somebody opened them."""

    def __init__(self, database: Database, services: Services, clock: ManualClock) -> None:
        self.database, self.services, self.clock = database, services, clock

    async def open(self, number: int = 1, *, opener: int = ALICE, slot: int = 1, **values: object) -> Ticket:
        ticket = Ticket(
            guild_id=GUILD, number=number, topic_id=TOPIC, opener_id=opener, opened_by=opener, origin=Origin.PANEL,
            status=Status.OPEN, status_at=self.clock.now(), mode=Mode.CHANNEL, slot=slot, key=f"i:{number}",
            opened_at=self.clock.now(), channel_id=CHANNEL + number, applied=1, **values,  # type: ignore[arg-type]
        )  # fmt: skip
        added = await self.database.transact(lambda session: rows.add(session, ticket, due_at=self.clock.now()))
        assert added
        return ticket

    async def ticket(self, number: int = 1) -> Ticket:
        found = await self.database.query(lambda session: rows.find(session, GUILD, number))
        assert found is not None
        return found

    async def note(self, act: Callable[[Ticket], dict[str, object]], number: int = 1) -> None:
        async def unit(session: WriteSession) -> None:
            ticket = await self.services.ticket_file.locked(session, GUILD, number)
            await self.services.ticket_file.note(session, ticket, **act(ticket))

        await self.database.transact(unit)

    async def taken(self, number: int = 1) -> Claimed:
        claimed = await self.services.ticket_file.take(GUILD, number)
        assert claimed is not None
        return claimed

    async def close(self, number: int = 1) -> Ticket:
        """Close it, as if all that is done on Discord had been done."""
        await self.services.ticket_closing.close(GUILD, number, by=STAFF, reason="Done.")
        claimed, stages = await self.taken(number), self.services.ticket_stages
        await stages.sealed(claimed)
        await stages.posted(claimed, (7, 8))
        await stages.lettered(claimed, reached=True)
        await stages.locked(claimed)
        await self.services.ticket_file.release(claimed)
        return await self.ticket(number)

    async def kinds(self, number: int = 1) -> list[EventKind]:
        return [one.kind for one in await self.database.query(lambda session: rows.events(session, GUILD, number))]

    async def said(self, about: str, number: int = 1) -> letters.StoredMessage | None:
        return await self.services.outbox.find(GUILD, f"ticket:{number}:{about}")


@pytest.fixture
async def desk(database: Database, services: Services, clock: ManualClock) -> Desk:
    await add_topic(database, GUILD)
    return Desk(database, services, clock)


async def refused(error: type[Exception], attempt: Awaitable[object]) -> None:
    with pytest.raises(error):
        await attempt


async def set_to(services: Services, **values: object) -> None:
    stored = await services.guild_settings.read(GUILD, TicketSettings)
    await services.guild_settings.edit(
        GUILD, TicketSettings, lambda one: one.model_copy(update=values), base=stored.version, by=STAFF
    )


async def test_a_ticket_is_closed_in_stages_that_each_are_written_down(desk: Desk) -> None:
    await desk.open()
    ticket = await desk.services.ticket_closing.close(GUILD, 1, by=STAFF, reason="Done.")
    assert (ticket.status, ticket.stage, ticket.access) == (Status.CLOSING, Stage.SEAL, 2)
    claimed, stages, seen = await desk.taken(), desk.services.ticket_stages, list[object]()
    for act in (
        stages.sealed(claimed), stages.posted(claimed, (7, 8)), stages.lettered(claimed, reached=False),
        stages.locked(claimed),
    ):  # fmt: skip
        await act
        seen.append((await desk.ticket()).stage)
    assert seen == [Stage.POST, Stage.LETTER, Stage.LOCK, None]
    ticket = await desk.ticket()
    assert (ticket.status, ticket.transcript, ticket.letter) == (Status.CLOSED, (7, 8), False)
    assert ticket.deletes_at == desk.clock.now() + timedelta(days=1)
    assert (ticket.closed_by, ticket.closed_because, ticket.close_reason) == (STAFF, Because.PERSON, "Done.")
    assert await desk.kinds() == [EventKind.CLOSING, EventKind.CLOSED]
    assert await desk.said(f"closed:{ticket.version}") is not None


async def test_a_stage_is_done_once_and_only_by_whoever_is_at_the_ticket(desk: Desk) -> None:
    await desk.open()
    await desk.services.ticket_closing.close(GUILD, 1, by=STAFF)
    claimed, stages = await desk.taken(), desk.services.ticket_stages
    await stages.posted(claimed, (7, 8))
    await stages.locked(claimed)
    assert (await desk.ticket()).stage is Stage.SEAL
    await stages.sealed(claimed)
    await stages.sealed(claimed)
    await stages.posted(replace(claimed, token=claimed.token + 1), (7, 8))
    assert (await desk.ticket()).stage is Stage.POST


async def test_of_many_who_close_a_ticket_one_does(desk: Desk) -> None:
    await desk.open()
    closing = desk.services.ticket_closing
    done = await asyncio.gather(*(closing.close(GUILD, 1, by=STAFF + one) for one in range(8)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Ticket"] + ["TicketOver"] * 7
    assert await desk.kinds() == [EventKind.CLOSING]


async def test_another_guild_can_do_nothing_to_a_ticket(desk: Desk) -> None:
    await desk.open()
    closing, ratings = desk.services.ticket_closing, desk.services.ticket_ratings
    for attempt in (
        closing.close(OTHER, 1, by=STAFF), closing.ask(OTHER, 1, by=STAFF), closing.reopen(OTHER, 1, by=STAFF),
        closing.agree(OTHER, 1, by=ALICE, stamp=0), closing.deny(OTHER, 1, by=ALICE, stamp=0),
        ratings.rate(OTHER, 1, by=ALICE, stars=5), ratings.comment(OTHER, 1, by=ALICE, words="Hi"),
    ):  # fmt: skip
        await refused(TicketNotFound, attempt)
    assert not await closing.gone(OTHER, 1)


# The question ---------------------------------------------------------------------------------------------


async def test_a_member_who_agrees_has_their_ticket_closed(desk: Desk) -> None:
    await desk.open()
    closing = desk.services.ticket_closing
    ticket = await closing.ask(GUILD, 1, by=STAFF)
    stamp = asked_stamp(ticket)
    assert (ticket.closes_at, ticket.closes_because) == (desk.clock.now() + timedelta(days=1), Because.UNANSWERED)
    assert await desk.said(f"ask:{stamp}") is not None
    await refused(TicketAsked, closing.ask(GUILD, 1, by=STAFF))
    await refused(NotYourTicket, closing.agree(GUILD, 1, by=BOB, stamp=stamp))
    await refused(NotAsked, closing.agree(GUILD, 1, by=ALICE, stamp=stamp - 1))
    ticket = await closing.agree(GUILD, 1, by=ALICE, stamp=stamp)
    assert (ticket.status, ticket.closed_because, ticket.closed_by) == (Status.CLOSING, Because.AGREED, ALICE)
    assert ticket.closes_at is None
    await refused(NotAsked, closing.deny(GUILD, 1, by=ALICE, stamp=stamp))


async def test_a_member_who_says_that_there_is_more_keeps_their_ticket(desk: Desk) -> None:
    await desk.open()
    closing = desk.services.ticket_closing
    stamp = asked_stamp(await closing.ask(GUILD, 1, by=STAFF))
    ticket = await closing.deny(GUILD, 1, by=ALICE, stamp=stamp)
    assert (ticket.status, ticket.closes_at, ticket.is_asked) == (Status.OPEN, None, False)
    assert await desk.said(f"deny:{stamp}") is not None
    desk.clock.advance(days=30)
    assert next_step(await desk.ticket(), desk.clock.now()) is None


async def test_a_question_without_an_answer_closes_the_ticket_when_its_time_is_up(desk: Desk) -> None:
    await desk.open()
    closing = desk.services.ticket_closing
    await closing.ask(GUILD, 1, by=STAFF)
    desk.clock.advance(seconds=DAY - 1)
    await closing.ended(early := await desk.taken())
    await desk.services.ticket_file.release(early)
    assert (await desk.ticket()).status is Status.OPEN
    desk.clock.advance(seconds=1)
    assert next_step(await desk.ticket(), desk.clock.now()) is Step.END
    await closing.ended(await desk.taken())
    assert (await desk.ticket()).closed_because is Because.UNANSWERED


async def test_words_of_staff_take_no_question_back(desk: Desk) -> None:
    await desk.open()
    ticket = await desk.services.ticket_closing.ask(GUILD, 1, by=STAFF)
    await desk.note(lambda one: after_staff(one, desk.clock.now(), auto_close=0, warn_before=0))
    after = await desk.ticket()
    assert (after.closes_at, after.asked_by, after.status) == (ticket.closes_at, STAFF, Status.WAITING)
    await desk.note(lambda one: after_member(one, desk.clock.now()))
    assert (await desk.ticket()).is_asked


# Silence --------------------------------------------------------------------------------------------------


async def test_silence_is_warned_of_and_then_ends_the_ticket(desk: Desk) -> None:
    await desk.open()
    await desk.note(lambda one: after_staff(one, desk.clock.now(), auto_close=2 * DAY, warn_before=DAY))
    closing = desk.services.ticket_closing
    desk.clock.advance(days=1)
    assert next_step(await desk.ticket(), desk.clock.now()) is Step.WARN
    claimed = await desk.taken()
    await closing.warned(claimed)
    await closing.warned(claimed)
    await desk.services.ticket_file.release(claimed)
    assert await desk.kinds() == [EventKind.WARNED]
    ticket = await desk.ticket()
    assert await desk.said(f"warn:{ticket.version}") is not None
    assert next_step(ticket, desk.clock.now()) is None
    desk.clock.advance(days=1)
    await closing.ended(await desk.taken())
    assert (await desk.ticket()).closed_because is Because.SILENCE


async def test_nobody_is_closed_for_silence_who_was_not_warned_in_time(desk: Desk) -> None:
    await desk.open()
    await desk.note(lambda one: after_staff(one, desk.clock.now(), auto_close=3 * DAY, warn_before=DAY))
    desk.clock.advance(days=9)
    assert next_step(await desk.ticket(), desk.clock.now()) is Step.WARN
    await desk.services.ticket_closing.warned(await desk.taken())
    ticket = await desk.ticket()
    assert (ticket.status, ticket.closes_at) == (Status.WAITING, desk.clock.now() + timedelta(days=1))
    assert next_step(ticket, desk.clock.now()) is None


async def test_a_deadline_does_not_wait_for_access_that_discord_refuses(desk: Desk) -> None:
    await desk.open()
    await desk.note(lambda one: after_staff(one, desk.clock.now(), auto_close=2 * DAY, warn_before=DAY))
    await desk.note(lambda one: {"access": one.access + 1})
    assert next_step(await desk.ticket(), desk.clock.now()) is Step.ACCESS
    desk.clock.advance(days=1)
    assert next_step(await desk.ticket(), desk.clock.now()) is Step.WARN
    await desk.note(lambda _one: {"warns_at": None})
    desk.clock.advance(days=1)
    assert next_step(await desk.ticket(), desk.clock.now()) is Step.END


async def test_a_word_of_the_member_just_before_the_end_keeps_the_ticket(desk: Desk) -> None:
    await desk.open()
    await desk.note(lambda one: after_staff(one, desk.clock.now(), auto_close=2 * DAY, warn_before=DAY))
    desk.clock.advance(days=2)
    claimed = await desk.taken()
    await desk.note(lambda one: after_member(one, desk.clock.now()))
    await desk.services.ticket_closing.ended(claimed)
    assert (await desk.ticket()).status is Status.OPEN


# Gone -----------------------------------------------------------------------------------------------------


async def test_a_channel_that_is_gone_is_no_ticket_s_place_any_more(desk: Desk) -> None:
    places = desk.services.ticket_places
    await desk.open()
    await places.load(ShardRange(1, frozenset({0})))
    assert places.find(CHANNEL + 1) is not None
    await desk.services.ticket_closing.gone(GUILD, 1)
    assert places.find(CHANNEL + 1) is None


async def test_a_ticket_whose_channel_is_gone_closes_itself_and_tells_nobody_there(desk: Desk) -> None:
    await desk.open()
    closing = desk.services.ticket_closing
    assert await closing.gone(GUILD, 1)
    assert not await closing.gone(GUILD, 1)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.gone, ticket.closed_because) == (Status.CLOSING, True, Because.GONE)
    claimed, stages = await desk.taken(), desk.services.ticket_stages
    await stages.sealed(claimed)
    await stages.posted(claimed, None)
    await stages.lettered(claimed, reached=None)
    await stages.locked(claimed)
    await desk.services.ticket_file.release(claimed)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.deletes_at) == (Status.CLOSED, None)
    assert await desk.said(f"closed:{ticket.version}") is None
    await desk.open(2)


async def test_a_channel_deleted_while_its_ticket_closes_or_after_is_just_noted(desk: Desk) -> None:
    await desk.open()
    await desk.services.ticket_closing.close(GUILD, 1, by=STAFF)
    assert await desk.services.ticket_closing.gone(GUILD, 1)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.closed_because, ticket.gone) == (Status.CLOSING, Because.PERSON, True)
    await desk.open(2, slot=2)
    await desk.close(2)
    assert await desk.services.ticket_closing.gone(GUILD, 2)
    ticket = await desk.ticket(2)
    assert next_step(ticket, desk.clock.now() + timedelta(days=9)) is None
    await refused(TicketDeleted, desk.services.ticket_closing.reopen(GUILD, 2, by=STAFF))


async def test_a_channel_is_deleted_once_however_it_is_heard_of(desk: Desk) -> None:
    await desk.open()
    await desk.close()
    desk.clock.advance(days=1)
    assert next_step(await desk.ticket(), desk.clock.now()) is Step.DELETE
    claimed = await desk.taken()
    await desk.services.ticket_closing.gone(GUILD, 1)
    await desk.services.ticket_stages.deleted(claimed)
    await desk.services.ticket_file.release(claimed)
    assert (await desk.kinds())[-2:] == [EventKind.CLOSED, EventKind.DELETED]


# Reopening ------------------------------------------------------------------------------------------------


async def test_a_closed_ticket_is_gone_on_with_until_its_channel_is_deleted(desk: Desk) -> None:
    await desk.open()
    closing = desk.services.ticket_closing
    await refused(TicketNotClosed, closing.reopen(GUILD, 1, by=ALICE))
    await closing.close(GUILD, 1, by=STAFF)
    await refused(TicketBusy, closing.reopen(GUILD, 1, by=ALICE))
    claimed, stages = await desk.taken(), desk.services.ticket_stages
    for act in (stages.sealed(claimed), stages.posted(claimed, None), stages.lettered(claimed, reached=None)):
        await act
    await stages.locked(claimed)
    await desk.services.ticket_file.release(claimed)
    await desk.services.ticket_ratings.rate(GUILD, 1, by=ALICE, stars=2)
    ticket = await closing.reopen(GUILD, 1, by=ALICE)
    assert (ticket.status, ticket.closed_at, ticket.deletes_at, ticket.rating) == (Status.OPEN, None, None, None)
    assert next_step(ticket, desk.clock.now()) is Step.ACCESS
    await desk.note(lambda one: {"applied": one.access})
    await desk.close()
    desk.clock.advance(days=1)
    await refused(TicketDeleted, closing.reopen(GUILD, 1, by=ALICE))


async def test_a_ticket_is_reopened_beside_one_that_was_opened_since(desk: Desk) -> None:
    await desk.open()
    await desk.close()
    await desk.open(2)
    ticket = await desk.services.ticket_closing.reopen(GUILD, 1, by=ALICE)
    assert (ticket.slot, (await desk.ticket(2)).slot) == (2, 1)


async def test_many_tickets_reopened_at_once_each_find_a_slot(desk: Desk) -> None:
    for number in range(1, 5):
        await desk.open(number)
        await desk.close(number)
    closing = desk.services.ticket_closing
    done = await asyncio.gather(*(closing.reopen(GUILD, number, by=ALICE) for number in range(1, 5)))
    assert sorted(one.slot for one in done) == [1, 2, 3, 4]


# Leaving --------------------------------------------------------------------------------------------------


async def test_a_member_who_leaves_and_comes_back_within_a_day_keeps_their_ticket(desk: Desk) -> None:
    await desk.open()
    leaving = desk.services.ticket_leaving
    assert await leaving.left(GUILD, ALICE) == []
    assert await leaving.left(GUILD, ALICE) == []
    ticket = await desk.ticket()
    assert (ticket.closes_because, ticket.closes_at) == (Because.LEFT, desk.clock.now() + timedelta(days=1))
    assert await leaving.returned(GUILD, BOB) == []
    assert await leaving.returned(GUILD, ALICE) == [1]
    assert await leaving.returned(GUILD, ALICE) == []
    ticket = await desk.ticket()
    assert (ticket.closes_at, ticket.access) == (None, 2)
    assert await desk.kinds() == [EventKind.LEFT, EventKind.RETURNED]


async def test_a_member_who_stays_away_for_a_day_has_their_ticket_closed(desk: Desk) -> None:
    await desk.open()
    await desk.services.ticket_leaving.left(GUILD, ALICE)
    desk.clock.advance(days=1)
    await desk.services.ticket_closing.ended(await desk.taken())
    assert (await desk.ticket()).closed_because is Because.LEFT


@pytest.mark.parametrize(("setting", "status"), [("close", Status.CLOSING), ("keep", Status.OPEN)])
async def test_what_becomes_of_the_ticket_of_one_who_leaves_is_the_server_s_choice(
    desk: Desk, setting: str, status: Status
) -> None:
    await set_to(desk.services, on_leave=setting)
    await desk.open()
    await desk.services.ticket_leaving.left(GUILD, ALICE)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.closes_at) == (status, None)


async def test_one_who_comes_back_to_a_ticket_that_waits_for_them_has_all_the_time_again(desk: Desk) -> None:
    await set_to(desk.services, auto_close=2 * DAY)
    await desk.open()
    await desk.note(lambda one: after_staff(one, desk.clock.now(), auto_close=2 * DAY, warn_before=DAY))
    await desk.services.ticket_leaving.left(GUILD, ALICE)
    desk.clock.advance(hours=20)
    await desk.services.ticket_leaving.returned(GUILD, ALICE)
    ticket = await desk.ticket()
    assert (ticket.closes_because, ticket.closes_at) == (Because.SILENCE, desk.clock.now() + timedelta(days=2))


# Ratings --------------------------------------------------------------------------------------------------


async def test_a_ticket_is_rated_by_its_member_alone_and_that_can_be_changed_for_a_day(desk: Desk) -> None:
    await desk.open()
    ratings = desk.services.ticket_ratings
    await refused(TicketNotClosed, ratings.rate(GUILD, 1, by=ALICE, stars=5))
    await desk.close()
    await refused(TicketNotFound, ratings.rate(GUILD, 1, by=BOB, stars=1))
    await refused(TicketNotClosed, ratings.comment(GUILD, 1, by=ALICE, words="Fine."))
    rated = await ratings.rate(GUILD, 1, by=ALICE, stars=5)
    desk.clock.advance(hours=23)
    assert (await ratings.rate(GUILD, 1, by=ALICE, stars=3)).until == rated.until
    await ratings.comment(GUILD, 1, by=ALICE, words="  Slow. ")
    await ratings.rate(GUILD, 1, by=ALICE, stars=3)
    desk.clock.advance(hours=1)
    await refused(RatingKept, ratings.rate(GUILD, 1, by=ALICE, stars=1))
    await refused(RatingKept, ratings.comment(GUILD, 1, by=ALICE, words="Worse."))
    ticket = await desk.ticket()
    assert (ticket.rating, ticket.feedback) == (3, "Slow.")
    assert (await desk.kinds()).count(EventKind.RATED) == 3


async def test_a_closed_ticket_is_not_closed_again(desk: Desk) -> None:
    await desk.open()
    await desk.close()
    await refused(TicketOver, desk.services.ticket_closing.close(GUILD, 1, by=STAFF))
    await refused(TicketOver, desk.services.ticket_closing.ask(GUILD, 1, by=STAFF))
