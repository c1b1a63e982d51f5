"""What staff does to tickets, on both databases: one of several has it, and everything else follows from the row."""

from __future__ import annotations

import asyncio

import pytest

from bot.db.engine import Database
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import Because, EventKind, Mode, Priority, Status
from bot.errors import (
    AgentFull,
    AgentOffDuty,
    NotInThreads,
    TagsRefused,
    TicketChanged,
    TicketNotFound,
    TicketNotTaken,
    TicketOfAnother,
    TicketOver,
    TicketTaken,
    TicketUnchanged,
)
from bot.services import Services
from bot.services.ticket_work import Asked
from tests.support.clock import ManualClock
from tests.support.ticket_desk import ANN, BEN, GUILD, OPENER, Desk
from tests.support.tickets import add_topic

HOUR = 3_600
OTHER_TOPIC, CATEGORY = 801, 5_000


@pytest.fixture
async def desk(database: Database, services: Services, clock: ManualClock) -> Desk:
    made = Desk(database, services, clock)
    await made.topic(TopicConfig(auto_close=48 * HOUR))
    return made


def ask(by: int = ANN, number: int = 1) -> Asked:
    return Asked(GUILD, number, by)


async def test_of_many_who_claim_at_once_one_has_it(desk: Desk) -> None:
    await desk.opened()
    work = desk.services.ticket_work
    done = await asyncio.gather(*(work.claim(ask(by)) for by in range(3_001, 3_011)), return_exceptions=True)
    taken = [one for one in done if not isinstance(one, BaseException)]
    assert len(taken) == 1
    assert all(isinstance(one, TicketTaken) for one in done if isinstance(one, BaseException))
    ticket = await desk.ticket()
    assert (ticket.status, ticket.assignee_id, ticket.access) == (Status.CLAIMED, taken[0].assignee_id, 2)
    assert [one.kind for one in await desk.events()] == [EventKind.OPENED, EventKind.CLAIMED]


async def test_who_claims_twice_has_it_once(desk: Desk) -> None:
    await desk.opened()
    first = await desk.services.ticket_work.claim(ask())
    assert await desk.services.ticket_work.claim(ask()) == first


async def test_only_who_has_it_or_manages_the_server_gives_it_back(desk: Desk) -> None:
    await desk.opened()
    work = desk.services.ticket_work
    with pytest.raises(TicketNotTaken):
        await work.unclaim(ask(), manages=False)
    await work.claim(ask())
    with pytest.raises(TicketOfAnother):
        await work.unclaim(ask(BEN), manages=False)
    given_back = await work.unclaim(ask(BEN), manages=True)
    assert (given_back.status, given_back.assignee_id) == (Status.OPEN, None)


async def test_nobody_takes_more_than_they_may_however_many_they_take_at_once(desk: Desk) -> None:
    await desk.rule(TicketSettings, most_open=2)
    for number in range(1, 6):
        await desk.opened(number)
    work = desk.services.ticket_work
    done = await asyncio.gather(*(work.claim(ask(number=one)) for one in range(1, 6)), return_exceptions=True)
    assert sum(isinstance(one, AgentFull) for one in done) == 3
    assert (await desk.services.ticket_agents.load(GUILD, ANN)).open == 2
    await desk.services.ticket_agents.set(GUILD, ANN, most_open=3)
    free = next(number for number, one in enumerate(done, 1) if isinstance(one, AgentFull))
    await work.claim(ask(number=free))


async def test_a_ticket_is_given_to_others_with_room_and_to_those_off_duty_only_if_that_is_meant(desk: Desk) -> None:
    await desk.opened()
    work, agents = desk.services.ticket_work, desk.services.ticket_agents
    await work.claim(ask())
    await agents.set(GUILD, BEN, on_duty=False)
    with pytest.raises(AgentOffDuty):
        await work.transfer(ask(), BEN)
    given = await work.transfer(ask(), BEN, anyway=True)
    assert (given.assignee_id, given.status) == (BEN, Status.CLAIMED)
    with pytest.raises(TicketTaken):
        await work.transfer(ask(), BEN)
    [*_, event] = await desk.events()
    assert (event.kind, event.details) == (EventKind.TRANSFERRED, {"from": ANN, "to": BEN})
    assert [(one.user_id, one.open) for one in await agents.loads(GUILD)] == [(ANN, 0), (BEN, 1)]


async def test_only_a_ticket_that_waits_for_its_member_is_closed_for_silence(desk: Desk) -> None:
    await desk.opened()
    work, now = desk.services.ticket_work, desk.clock.now()
    waits = await work.set_status(ask(), Status.WAITING)
    assert waits.closes_because is Because.SILENCE
    assert waits.closes_at is not None
    assert (waits.closes_at - now).total_seconds() == 48 * HOUR
    held = await work.set_status(ask(), Status.ON_HOLD)
    assert (held.closes_at, held.warns_at, held.closes_because) == (None, None, None)
    with pytest.raises(TicketUnchanged):
        await work.set_status(ask(), Status.ON_HOLD)
    resolved = await work.set_status(ask(), Status.RESOLVED)
    assert resolved.resolved_at == now


async def test_escalating_makes_it_more_urgent_and_shows_it_to_more(desk: Desk) -> None:
    await desk.opened()
    work = desk.services.ticket_work
    once = await work.escalate(ask(), "They threaten to leave")
    assert (once.priority, once.escalated, once.access) == (Priority.HIGH, True, 2)
    again = await work.escalate(ask(), None)
    assert (again.priority, again.access) == (Priority.URGENT, 2)
    with pytest.raises(TicketUnchanged):
        await work.escalate(ask(), None)


async def test_locked_and_frozen_are_for_channels_alone(desk: Desk) -> None:
    await desk.opened()
    await desk.opened(2, mode=Mode.THREAD)
    work = desk.services.ticket_work
    locked = await work.lock(ask(), locked=True)
    frozen = await work.freeze(ask(), frozen=True)
    assert (locked.locked, frozen.frozen, frozen.access) == (True, True, 3)
    with pytest.raises(TicketUnchanged):
        await work.lock(ask(), locked=True)
    with pytest.raises(NotInThreads):
        await work.freeze(ask(number=2), frozen=True)


async def test_tags_are_kept_once_and_in_small_letters(desk: Desk) -> None:
    await desk.opened()
    work = desk.services.ticket_work
    assert (await work.set_tags(ask(), " Billing, bug ,billing,")).tags == ("billing", "bug")
    with pytest.raises(TagsRefused):
        await work.set_tags(ask(), ",".join(f"tag {number}" for number in range(11)))
    assert (await work.set_tags(ask(), "")).tags == ()


async def test_a_moved_ticket_has_the_topic_s_lowest_free_slot_and_loses_who_does_not_answer_that(desk: Desk) -> None:
    await add_topic(desk.database, GUILD, TopicConfig(categories=(CATEGORY,)), topic_id=OTHER_TOPIC)
    ticket = await desk.opened()
    await desk.opened(2, topic_id=OTHER_TOPIC)
    await desk.change(2, opener_id=ticket.opener_id)
    work = desk.services.ticket_work
    await work.claim(ask())
    with pytest.raises(TicketChanged):
        await work.move(ask(), OTHER_TOPIC, seen=None, stays=False)
    moved = await work.move(ask(), OTHER_TOPIC, seen=ANN, stays=False)
    assert (moved.topic_id, moved.slot, moved.assignee_id, moved.parent_owed_id) == (OTHER_TOPIC, 2, None, CATEGORY)


async def test_tickets_of_one_member_that_are_moved_at_once_each_find_a_slot(desk: Desk) -> None:
    await add_topic(desk.database, GUILD, topic_id=OTHER_TOPIC)
    numbers = range(1, 6)
    for number in numbers:
        await desk.opened(number)
        await desk.change(number, opener_id=OPENER, slot=number)
    work = desk.services.ticket_work
    moved = await asyncio.gather(
        *(work.move(ask(number=number), OTHER_TOPIC, seen=None, stays=False) for number in numbers)
    )
    assert sorted(one.slot for one in moved) == [*numbers]


async def test_a_closed_ticket_and_one_of_another_server_are_not_worked_on(desk: Desk) -> None:
    await desk.opened()
    await desk.change(1, status=Status.CLOSED, closed_at=desk.clock.now())
    with pytest.raises(TicketOver):
        await desk.services.ticket_work.claim(ask())
    with pytest.raises(TicketNotFound):
        await desk.services.ticket_work.claim(Asked(GUILD + 1, 1, ANN))
