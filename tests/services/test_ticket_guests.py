"""People are let into tickets and taken out of them, and access follows whatever it is computed from."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.db.engine import Database
from bot.db.repositories.tickets import participants as rows
from bot.domain.audit import AuditSource
from bot.domain.general import GeneralSettings
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import Topic
from bot.domain.tickets import MOST_PARTICIPANTS, EventKind, Status, Step, next_step
from bot.errors import GuestIsOpener, TicketNotFound, TicketOver, TooManyGuests
from bot.services import Services
from bot.services.ticket_panel_parts import By
from tests.support.clock import ManualClock
from tests.support.ticket_desk import ANN, BEN, GUILD, OPENER, Desk
from tests.support.tickets import TOPIC, add_topic

SUPPORT, SENIOR = 4_000, 4_001
ALICE, GUEST = OPENER + 100, 5_000


@pytest.fixture
async def desk(database: Database, services: Services, clock: ManualClock) -> Desk:
    made = Desk(database, services, clock)
    await made.topic()
    await made.rule(TicketSettings, support_roles=(SUPPORT,), escalation_roles=(SENIOR,))
    await made.opened()
    return made


async def owed(desk: Desk, number: int = 1) -> bool:
    """Whether Discord has to be told who may see a ticket."""
    return next_step(await desk.ticket(number), desk.clock.now()) is Step.ACCESS


async def settle(desk: Desk, number: int = 1, *, named: frozenset[int] = frozenset()) -> None:
    """Let Discord have been told."""
    claimed = await desk.services.ticket_file.take(GUILD, number)
    assert claimed is not None
    assert await desk.services.ticket_access.applied(claimed, claimed.ticket.access, named)
    await desk.services.ticket_file.release(claimed)


async def test_somebody_who_is_added_is_kept_with_who_did_it_and_is_shown_the_ticket(desk: Desk) -> None:
    assert await desk.services.ticket_guests.add(GUILD, 1, GUEST, by=ANN)
    assert await owed(desk)
    assert not await desk.services.ticket_guests.add(GUILD, 1, GUEST, by=BEN)
    [guest] = await desk.database.query(lambda session: rows.added(session, GUILD, 1))
    assert (guest.user_id, guest.added_by) == (GUEST, ANN)
    assert [(one.kind, one.details) for one in await desk.events()][1:] == [(EventKind.ADDED, {"user_id": GUEST})]


async def test_somebody_who_is_taken_out_is_shown_it_no_more(desk: Desk) -> None:
    await desk.services.ticket_guests.add(GUILD, 1, GUEST, by=ANN)
    await settle(desk)
    assert await desk.services.ticket_guests.remove(GUILD, 1, GUEST, by=BEN)
    assert await owed(desk)
    assert not await desk.services.ticket_guests.remove(GUILD, 1, GUEST, by=BEN)
    assert (await desk.services.ticket_access.facts(GUILD, 1)).participants == ()


async def test_the_member_can_be_neither_added_nor_taken_out(desk: Desk) -> None:
    for act in (desk.services.ticket_guests.add, desk.services.ticket_guests.remove):
        with pytest.raises(GuestIsOpener):
            await act(GUILD, 1, ALICE, by=ANN)


async def test_nobody_is_added_to_a_closed_ticket_or_to_one_of_another_guild(desk: Desk) -> None:
    with pytest.raises(TicketNotFound):
        await desk.services.ticket_guests.add(GUILD + 1, 1, GUEST, by=ANN)
    await desk.change(1, status=Status.CLOSED, closed_at=desk.clock.now())
    with pytest.raises(TicketOver):
        await desk.services.ticket_guests.add(GUILD, 1, GUEST, by=ANN)


async def test_as_many_as_may_be_are_added_also_when_all_come_at_once(desk: Desk) -> None:
    adding = [desk.services.ticket_guests.add(GUILD, 1, GUEST + one, by=ANN) for one in range(MOST_PARTICIPANTS + 5)]
    done = await asyncio.gather(*adding, return_exceptions=True)
    assert done.count(True) == MOST_PARTICIPANTS
    assert sum(isinstance(one, TooManyGuests) for one in done) == 5


async def test_a_change_of_settings_that_access_follows_from_is_a_change_of_access(desk: Desk) -> None:
    await desk.rule(TicketSettings, open_at_once=3)
    assert not await owed(desk)
    await desk.rule(TicketSettings, support_roles=(SUPPORT, SENIOR))
    assert await owed(desk)
    assert (await desk.services.ticket_access.facts(GUILD, 1)).rules.support_roles == (SUPPORT, SENIOR)


async def test_a_closed_ticket_is_left_alone_when_settings_change(desk: Desk) -> None:
    await desk.change(1, status=Status.CLOSED, closed_at=desk.clock.now())
    before = await desk.ticket()
    await desk.rule(TicketSettings, support_roles=())
    assert await desk.ticket() == before


async def test_what_changes_while_it_is_told_is_told_after_it(desk: Desk) -> None:
    await desk.services.ticket_guests.add(GUILD, 1, GUEST, by=ANN)
    claimed = await desk.services.ticket_file.take(GUILD, 1)
    assert claimed is not None
    await desk.services.ticket_guests.remove(GUILD, 1, GUEST, by=ANN)
    await desk.services.ticket_access.applied(claimed, claimed.ticket.access, [GUEST])
    await desk.services.ticket_file.release(claimed)
    assert await owed(desk)
    assert (await desk.services.ticket_access.facts(GUILD, 1)).named == {GUEST}


async def test_who_lost_the_claim_writes_nothing(desk: Desk) -> None:
    await desk.services.ticket_guests.add(GUILD, 1, GUEST, by=ANN)
    claimed = await desk.services.ticket_file.take(GUILD, 1)
    assert claimed is not None
    desk.clock.advance(seconds=61)
    assert await desk.services.ticket_file.take(GUILD, 1) is not None
    assert not await desk.services.ticket_access.naming(claimed, [GUEST])
    assert not await desk.services.ticket_access.applied(claimed, claimed.ticket.access, [GUEST])
    assert await owed(desk)


async def test_who_comes_back_has_what_they_had(desk: Desk) -> None:
    await desk.opened(2)
    await desk.services.ticket_guests.add(GUILD, 2, GUEST, by=ANN)
    await settle(desk, 2)
    assert await desk.services.ticket_access.came_back(GUILD, ALICE) == [1]
    assert await desk.services.ticket_access.came_back(GUILD, GUEST) == [2]
    assert await desk.services.ticket_access.came_back(GUILD, BEN) == []
    assert await owed(desk)
    assert await owed(desk, 2)


async def test_who_claimed_it_and_left_lets_others_at_it(desk: Desk) -> None:
    await desk.change(1, assignee_id=ANN)
    assert await desk.services.ticket_access.went(GUILD, BEN) == []
    assert await desk.services.ticket_access.went(GUILD, ANN) == [1]


async def test_who_is_staff_no_more_is_looked_for_where_they_were_let_in(desk: Desk) -> None:
    await desk.services.ticket_guests.add(GUILD, 1, GUEST, by=ANN)
    await settle(desk, named=frozenset({ALICE, GUEST, ANN}))
    access = desk.services.ticket_access
    for user_id, role_ids, manages in (
        (ANN, [SUPPORT], False), (ANN, [], True), (GUEST, [], False), (ALICE, [], False), (BEN, [], False),
    ):  # fmt: skip
        assert await access.lost_by(GUILD, user_id, role_ids, manages=manages) == []
    assert not await owed(desk)
    assert await access.lost_by(GUILD, ANN, [SENIOR], manages=False) == [1]
    assert await owed(desk)


async def test_all_of_a_guild_is_read_with_what_each_ticket_has(desk: Desk) -> None:
    await desk.opened(2)
    await desk.services.ticket_guests.add(GUILD, 2, GUEST, by=ANN)
    await settle(desk, 2, named=frozenset({GUEST}))
    await desk.opened(3, status=Status.CLOSED, closed_at=desk.clock.now())
    everywhere = await desk.services.ticket_access.everywhere(GUILD)
    assert [(one.ticket.number, one.participants, one.named) for one in everywhere] == [
        (1, (), frozenset()), (2, (GUEST,), frozenset({GUEST})),
    ]  # fmt: skip
    assert everywhere[1] == await desk.services.ticket_access.facts(GUILD, 2)


async def test_a_topic_that_changes_touches_its_own_tickets_only_and_only_if_it_matters(desk: Desk) -> None:
    async def changed(topic_id: int, **values: object) -> None:
        def edit(topic: Topic) -> Topic:
            return replace(topic, config=topic.config.model_copy(update=values))

        base = (await desk.services.ticket_topics.get(GUILD, topic_id)).topic.version
        await desk.services.ticket_topics.change(GUILD, topic_id, edit, base=base, by=By(ANN, AuditSource.COMMAND))

    await add_topic(desk.database, GUILD, topic_id=TOPIC + 10)
    await changed(TOPIC + 10, support_roles=(SENIOR,))
    await changed(TOPIC, open_at_once=2)
    assert not await owed(desk)
    await changed(TOPIC, support_roles=(SENIOR,))
    assert await owed(desk)


async def test_roles_that_manage_the_server_for_me_count_as_managing_it(desk: Desk) -> None:
    await settle(desk)
    await desk.rule(GeneralSettings, admin_roles=(6_000,))
    assert await owed(desk)
    await settle(desk, named=frozenset({BEN}))
    assert await desk.services.ticket_access.lost_by(GUILD, BEN, [6_000], manages=False) == []
    assert await desk.services.ticket_access.lost_by(GUILD, BEN, [], manages=False) == [1]
