"""Knowing about tickets, as members and staff see it."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from bot.domain.tickets import EventKind, Status
from tests.support.stage import ALICE, BOB, CAROL, GUILD, Stage, is_private, words
from tests.support.ticket_record import happened, record, said
from tests.support.ticket_stage import SUPPORT, change, choose, furnish, put_ticket

pytestmark = pytest.mark.usefixtures("desk")


@pytest.fixture
async def desk(stage: Stage) -> None:
    """Alice asked for help twice; Bob answers."""
    furnish(stage)
    stage.sandbox.world.give_role(GUILD, BOB, SUPPORT)
    app = await stage.start()
    await choose(stage, support_roles=(SUPPORT,))
    await put_ticket(stage, 1)
    second = await put_ticket(stage, 2, subject="The *second* one")
    messages = [said(1, "It is broken", by=ALICE), said(2, "A nuisance", by=BOB, internal=True)]
    await record(app.database, messages)
    await change(stage, 1, status=Status.CLOSED, closed_at=stage.clock.now())
    await happened(app.database, second, EventKind.STATUS, to="on_hold")
    await happened(app.database, second, EventKind.PRIORITY, to=4)


async def test_staff_lists_tickets_and_reads_what_happened(stage: Stage) -> None:
    bob = stage.bob
    answer = await stage.ask(bob, "ticket list")
    assert is_private(answer)
    assert "**#2**" in words(answer)
    assert "**#1**" not in words(answer)
    assert "**#1**" in words(await stage.ask(bob, "ticket list", status="closed"))
    assert "There are none." in words(await stage.ask(bob, "ticket list", which="m"))
    info = words(await stage.ask(bob, "ticket info", number=2))
    assert "The \\*second\\* one" in info
    assert "opened" in info
    assert "status: on hold" in info
    assert "priority: urgent" in info
    assert "2 tickets" in words(await stage.ask(bob, "ticket stats"))


async def test_members_know_of_their_own_tickets_alone(stage: Stage) -> None:
    alice, carol = stage.alice, stage.carol
    info = words(await stage.ask(alice, "ticket info", number=2))
    assert "The \\*second\\* one" in info
    assert "What happened" not in info
    for command in ("ticket info", "ticket transcript"):
        assert "Only those who answer tickets here" in words(await stage.ask(carol, command, number=2))
    assert stage.app is not None
    assert await stage.app.services.ticket_guests.add(GUILD, 2, CAROL, by=BOB)
    assert words(await stage.ask(carol, "ticket info", number=2)) == info
    assert "Only those who answer tickets here" in words(await stage.ask(carol, "ticket transcript", number=2))
    for command in ("ticket list", "ticket stats"):
        assert "Only those who answer tickets here" in words(await stage.ask(alice, command))
    assert "There is no ticket #9" in words(await stage.ask(alice, "ticket info", number=9))


async def test_a_transcript_comes_as_files_with_notes_for_staff_alone(stage: Stage) -> None:
    for who, notes in ((stage.alice, False), (stage.bob, True)):
        answer = await stage.ask(who, "ticket transcript", number=1)
        assert is_private(answer)
        async with ClientSession() as http:
            files = {one["filename"]: await (await http.get(one["url"])).read() for one in answer.attachments}
        assert set(files) == {"ticket-0001.txt", "ticket-0001.html"} | ({"ticket-0001.json"} if notes else set())
        for content in files.values():
            assert b"It is broken" in content
            assert (b"A nuisance" in content) is notes
