"""The header of a ticket: promised with the ticket, calling people once, and in step with it ever after."""

from __future__ import annotations

import pytest

from bot.db.engine import Database
from bot.db.repositories.tickets import opening
from bot.db.sessions import WriteSession
from bot.domain.outbox import Hindrance, MessageKind, Refused
from bot.domain.ticket_record import Answer, RecordedFile
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import Priority, Status
from bot.services import Services
from tests.support.clock import ManualClock
from tests.support.ticket_desk import ANN, CHANNEL, GUILD, Desk

PING = 4_000


@pytest.fixture
async def desk(database: Database, services: Services, clock: ManualClock) -> Desk:
    made = Desk(database, services, clock)
    await made.topic(TopicConfig(ping_roles=(PING,), opening="Hello {member}, this is {number} about {topic}."))
    return made


async def test_a_new_ticket_has_a_header_that_calls_the_member_and_the_roles(desk: Desk) -> None:
    ticket = await desk.opened()
    [sent] = await desk.claim()
    assert (sent.destination.id, sent.key) == (CHANNEL + 1, "ticket:1:header")
    assert (sent.payload.mentions.users, sent.payload.mentions.roles) == ((ticket.opener_id,), (PING,))
    assert sent.payload.embed is not None
    assert sent.payload.embed["description"] == f"Hello <@{ticket.opener_id}>, this is 1 about Help."
    assert [one.custom_id for one in sent.payload.buttons] == [
        "ticket:claim:v1:1", "ticket:close:v1:1", "ticket:add:v1:1", "ticket:staff:v1:1",
    ]  # fmt: skip
    await desk.settle(sent)
    assert (await desk.ticket()).header_id is not None
    assert await desk.deliver() == []


async def test_a_change_after_it_arrived_is_an_edit_that_calls_nobody(desk: Desk) -> None:
    await desk.opened()
    await desk.deliver()
    header = (await desk.ticket()).header_id
    await desk.change(1, priority=Priority.URGENT, assignee_id=ANN, status=Status.CLAIMED)
    [edit] = await desk.deliver()
    assert (edit.kind, edit.message_id, edit.payload.mentions.users) == (MessageKind.EDIT, header, ())
    assert edit.payload.embed is not None
    shown = {one["name"]: one["value"] for one in edit.payload.embed["fields"]}
    assert shown == {"Status": "taken", "Priority": "urgent", "Taken by": f"<@{ANN}>"}
    assert edit.payload.buttons[0].custom_id == "ticket:unclaim:v1:1"


async def test_a_change_while_it_is_under_way_is_shown_once_it_arrived(desk: Desk) -> None:
    await desk.opened()
    [sent] = await desk.claim()
    await desk.change(1, priority=Priority.HIGH)
    assert await desk.claim() == []
    await desk.settle(sent)
    [edit] = await desk.deliver()
    assert edit.message_id == (await desk.ticket()).header_id
    assert "high" in str(edit.payload.embed)


async def test_a_header_that_staff_deleted_is_sent_anew_and_calls_nobody(desk: Desk) -> None:
    await desk.opened()
    await desk.deliver()
    await desk.change(1, priority=Priority.HIGH)
    [edit] = await desk.claim()
    await desk.settle(edit, Refused("404 (error 10008): Unknown Message"))
    [again] = await desk.deliver()
    assert (again.kind, again.payload.mentions.users) == (MessageKind.SEND, ())
    assert (await desk.ticket()).header_id not in {None, edit.message_id}


async def test_a_header_in_a_channel_that_is_gone_is_not_sent_again(desk: Desk) -> None:
    await desk.opened()
    await desk.deliver()
    await desk.change(1, priority=Priority.HIGH)
    [edit] = await desk.claim()
    await desk.settle(edit, Refused("404 (error 10003): Unknown Channel", Hindrance.GONE))
    assert await desk.deliver() == []


async def test_a_closed_ticket_has_no_controls_and_a_reopened_one_has_them_again(desk: Desk) -> None:
    await desk.opened()
    await desk.deliver()
    await desk.change(1, status=Status.CLOSED, closed_at=desk.clock.now())
    [closed] = await desk.deliver()
    assert closed.payload.buttons == ()
    await desk.change(1, status=Status.OPEN, closed_at=None)
    [opened] = await desk.deliver()
    assert len(opened.payload.buttons) == 4


async def test_a_file_of_the_form_is_called_by_its_name(desk: Desk, database: Database) -> None:
    await desk.opened()
    await desk.deliver()
    files = [RecordedFile(seq, f"sheep_{seq}.png", 9, "image/png", None, "size") for seq in (1, 2)]

    async def unit(session: WriteSession) -> None:
        await opening.add_answers(session, GUILD, 1, [Answer(1, "A picture?", "file", ("1", "2"))], files)

    await database.transact(unit)
    await desk.change(1, priority=Priority.HIGH)
    [edit] = await desk.deliver()
    assert edit.payload.embed is not None
    shown = {one["name"]: one["value"] for one in edit.payload.embed["fields"]}
    assert shown["A picture?"] == "sheep\\_1.png, sheep\\_2.png"


async def test_a_rating_leaves_the_header_as_it_is(desk: Desk, services: Services, clock: ManualClock) -> None:
    ticket = await desk.opened()
    await desk.change(1, status=Status.CLOSED, closed_at=clock.now())
    await desk.deliver()
    await services.ticket_ratings.rate(GUILD, 1, by=ticket.opener_id, stars=5)
    assert await desk.deliver() == []
