"""Working on tickets, as members, staff and owners see it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.db.repositories.tickets import tickets as rows
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import EventKind, Mode, Origin, Status, Ticket
from bot.sandbox import Actor, SeenMessage
from tests.support.stage import ALICE, BOB, CAROL, GUILD, Stage, is_private, words
from tests.support.tickets import TOPIC, add_topic

SUPPORT, BOSS, LOG = 9_200 << 22, 9_100 << 22, (2_300 << 22) + 1
ROOM = (2_400 << 22) + 1
"""The channel of Bob's ticket."""


@pytest.fixture
async def desk(stage: Stage) -> Stage:
    """Bob has asked for help; Alice answers tickets, and so does Carol."""
    world = stage.sandbox.world
    world.add_role(GUILD, "Support", id=SUPPORT)
    world.add_role(GUILD, "Boss", id=BOSS, permissions=["manage_guild"])
    for who in (ALICE, CAROL):
        world.give_role(GUILD, who, SUPPORT)
    world.add_channel(GUILD, "ticket-0001", id=ROOM)
    world.add_channel(GUILD, "ticket-log", id=LOG)
    app = await stage.start()
    await add_topic(app.database, GUILD, TopicConfig(support_roles=(SUPPORT,), log_channel=LOG, ping_roles=(SUPPORT,)))
    await opened(stage)
    await ring(stage)
    return stage


async def opened(stage: Stage) -> None:
    assert stage.app is not None
    now, file = stage.clock.now(), stage.app.services.ticket_file
    ticket = Ticket(
        guild_id=GUILD, number=1, topic_id=TOPIC, opener_id=BOB, opened_by=BOB, origin=Origin.PANEL,
        status=Status.OPENING, status_at=now, mode=Mode.CHANNEL, slot=1, key="i:1", opened_at=now,
    )  # fmt: skip

    async def unit(session: Any) -> None:
        await rows.add(session, ticket, due_at=now)
        made = {"status": Status.OPEN, "channel_id": ROOM, "applied": 1, "name": "ticket-0001"}
        locked = await file.locked(session, GUILD, 1)
        await file.change(session, locked, (EventKind.OPENED, {}), by=None, **made)

    await stage.app.database.transact(unit)


async def ring(stage: Stage) -> None:
    """What is owed is sent, and so is what follows from it."""
    assert stage.app is not None
    for _turn in range(4):
        stage.clock.advance(seconds=15)
        await stage.app.ticker.tick()
        await stage.app.ticker.finish()


def said_in(stage: Stage, channel_id: int) -> list[str]:
    return [one.content for one in stage.sandbox.world.backend.messages.get(channel_id, {}).values()]


def header(stage: Stage) -> int:
    return next(iter(stage.sandbox.world.backend.messages[ROOM]))


async def press(stage: Stage, who: Actor, button: str) -> SeenMessage:
    return await (await who.click(header(stage), button)).finished()


async def here(stage: Stage, who: Actor, command: str, /, **options: object) -> str:
    return words(await (await who.slash(ROOM, command, **options)).finished())


async def test_staff_takes_a_ticket_by_its_header_and_gives_it_to_somebody_else(desk: Stage) -> None:
    assert f"<@{BOB}> <@&{SUPPORT}>" in said_in(desk, ROOM)[0]
    assert "Only those who answer tickets" in words(await press(desk, desk.bob, "Claim"))
    taken = await press(desk, desk.alice, "Claim")
    assert is_private(taken)
    assert words(taken) == "You take care of ticket #1 now."
    assert words(await press(desk, desk.carol, "Claim")) == f"<@{ALICE}> has this ticket already."
    assert (await here(desk, desk.carol, "ticket unclaim")).startswith(f"<@{ALICE}> has this ticket.")
    await ring(desk)
    assert f"🙋 <@{ALICE}> takes care of this." in said_in(desk, ROOM)

    assert await here(desk, desk.carol, "ticket duty", state="off") == (
        "You are off duty: nobody gives you tickets unasked. 0 open tickets, 25 at most."
    )
    assert "couldn't see it" in await here(desk, desk.alice, "ticket transfer", to=BOB)
    question = await (await desk.alice.slash(ROOM, "ticket transfer", to=CAROL)).finished()
    assert words(question) == f"<@{CAROL}> is off duty. Give them the ticket all the same?"
    given = await (await desk.alice.click(question, "Give it to them")).finished()
    assert words(given) == f"<@{CAROL}> takes care of ticket #1 now."
    assert words(await press(desk, desk.carol, "Unclaim")) == "Nobody has ticket #1 any more."
    await ring(desk)
    log = "\n".join(said_in(desk, LOG))
    assert f"🎫 #1 <#{ROOM}> was taken by <@{ALICE}>." in log
    assert f"🎫 #1 <#{ROOM}> was given to <@{CAROL}> by <@{ALICE}>." in log
