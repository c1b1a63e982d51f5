"""Working on tickets, as members, staff and owners see it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.db.repositories.tickets import tickets as rows
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import EventKind, Mode, Origin, Status, Ticket
from bot.sandbox import Actor, CannotDo, SeenMessage
from tests.support.stage import ALICE, BOB, CAROL, GUILD, Stage, is_private, words
from tests.support.tickets import TOPIC, add_topic

SUPPORT, BOSS, LOG = 9_200 << 22, 9_100 << 22, (2_300 << 22) + 1
BILLING, FULL, ROOMY = 9_300 << 22, (2_500 << 22) + 1, (2_501 << 22) + 1
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


async def opened(stage: Stage, number: int = 1, room: int = ROOM) -> None:
    assert stage.app is not None
    now, file = stage.clock.now(), stage.app.services.ticket_file
    ticket = Ticket(
        guild_id=GUILD, number=number, topic_id=TOPIC, opener_id=BOB, opened_by=BOB, origin=Origin.PANEL,
        status=Status.OPENING, status_at=now, mode=Mode.CHANNEL, slot=number, key=f"i:{number}", opened_at=now,
    )  # fmt: skip

    async def unit(session: Any) -> None:
        await rows.add(session, ticket, due_at=now)
        made = {"status": Status.OPEN, "channel_id": room, "applied": 1, "name": f"ticket-{number:04d}"}
        locked = await file.locked(session, GUILD, number)
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


async def menu_of(stage: Stage, who: Actor) -> SeenMessage:
    return await press(stage, who, "Staff…")


async def fill_in(stage: Stage, who: Actor, menu: SeenMessage, button: str, value: object) -> str:
    form = await (await who.click(menu, button)).answered()
    return words(await (await who.submit(form, {"field": value})).finished())


async def ticket(stage: Stage, number: int = 1) -> Ticket:
    assert stage.app is not None
    return (await stage.app.services.ticket_desk.find(GUILD, number)).ticket


async def test_staff_s_menu_does_what_it_says_and_is_staff_s_alone(desk: Stage) -> None:
    assert "Only those who answer tickets" in words(await menu_of(desk, desk.bob))
    menu = await menu_of(desk, desk.alice)
    assert is_private(menu)
    held = await (await desk.alice.select(menu, "ticket:status:v1:1", ["on_hold"])).finished()
    assert "on hold" in words(held)
    await (await desk.alice.select(menu, "ticket:priority:v1:1", ["4"])).finished()
    now = await ticket(desk)
    assert (now.status, now.priority) == (Status.ON_HOLD, 4)
    assert await fill_in(desk, desk.alice, menu, "Tags", "Billing, refund") == "Ticket #1 is tagged: billing, refund"
    assert "tags, each of up to" in await fill_in(desk, desk.alice, menu, "Tags", "x" * 31)
    assert "was escalated" in await fill_in(desk, desk.alice, menu, "Escalate", "Above my limit")
    assert await fill_in(desk, desk.alice, menu, "Rename", "Refund Bob") == "It is called `refund-bob` now."
    assert desk.sandbox.world.backend.get_channel(ROOM).name == "refund-bob"
    await ring(desk)
    assert any("Above my limit" in one for one in said_in(desk, LOG))
    shown = next(iter(desk.sandbox.world.backend.messages[ROOM].values()))
    assert "urgent" in str(shown.embeds)


async def test_a_locked_ticket_can_t_be_written_in_by_its_member_until_it_is_unlocked(desk: Stage) -> None:
    menu = await menu_of(desk, desk.alice)
    await (await desk.alice.click(menu, "Lock")).finished()
    with pytest.raises(CannotDo):
        await desk.bob.say(ROOM, "Hello?")
    await desk.alice.say(ROOM, "One moment.")
    assert await here(desk, desk.alice, "ticket lock", on=False) == f"<@{BOB}> can write in ticket #1 again."
    await desk.bob.say(ROOM, "Thank you.")


async def test_notes_are_in_a_thread_that_the_member_never_sees_also_after_it_was_deleted(desk: Stage) -> None:
    await here(desk, desk.alice, "ticket claim")  # lets Discord have who sees the channel, and what of it
    menu = await menu_of(desk, desk.alice)
    said = await fill_in(desk, desk.alice, menu, "Note", "He paid twice.")
    first = (await ticket(desk)).staff_thread_id
    assert first is not None
    assert said == f"Noted, in <#{first}>. The member never sees it."
    await ring(desk)
    assert said_in(desk, first) == [f"📝 <@{ALICE}>: He paid twice."]
    assert not any("paid twice" in one for one in said_in(desk, ROOM))
    with pytest.raises(CannotDo):
        await desk.bob.say(first, "What is this?")
    await desk.carol.say(first, "I see this too, and wrote none.")
    assert "Only those who answer" in await here(desk, desk.bob, "ticket note", text="Me too")
    desk.sandbox.world.backend.delete_channel(first)
    await here(desk, desk.carol, "ticket note", text="Asked billing.")
    await ring(desk)
    second = (await ticket(desk)).staff_thread_id
    assert second not in {None, first}
    assert said_in(desk, second or 0) == [f"📝 <@{CAROL}>: Asked billing."]


async def test_a_ticket_moves_to_those_who_answer_its_new_topic_and_to_the_next_category_with_room(desk: Stage) -> None:
    world = desk.sandbox.world
    world.add_role(GUILD, "Billing", id=BILLING)
    world.give_role(GUILD, CAROL, BILLING)
    for category in (FULL, ROOMY):
        world.add_channel(GUILD, "Tickets", id=category, kind="category")
    for number in range(50):
        world.add_channel(GUILD, f"ticket-{number}", id=(2_600 + number) << 22, parent=FULL)
    assert desk.app is not None
    there = TopicConfig(support_roles=(BILLING,), categories=(FULL, ROOMY))
    await add_topic(desk.app.database, GUILD, there, topic_id=801, label="Billing")
    await here(desk, desk.alice, "ticket claim")
    menu = await menu_of(desk, desk.alice)
    said = await fill_in(desk, desk.alice, menu, "Move", "801")
    assert said == "Ticket #1 is about Billing now. Nobody has it yet."
    now = await ticket(desk)
    assert (now.topic_id, now.parent_id, now.parent_owed_id) == (801, ROOMY, None)
    assert world.backend.get_channel(ROOM).parent_id == ROOMY
    with pytest.raises(CannotDo):
        await desk.alice.say(ROOM, "I can't see this any more.")
    assert await here(desk, desk.carol, "ticket claim") == "You take care of ticket #1 now."


async def test_staff_blocks_who_opened_a_ticket_by_its_menu(desk: Stage) -> None:
    menu = await menu_of(desk, desk.alice)
    form = await (await desk.alice.click(menu, "Block")).answered()
    done = words(await (await desk.alice.submit(form, {"length": "7d", "field": "Jokes"})).finished())
    assert done.startswith(f"<@{BOB}> can't open tickets until <t:")
    assert desk.app is not None
    [block] = (await desk.app.services.ticket_blocks.listed(GUILD)).newest
    assert (block.user_id, block.reason, block.by_id) == (BOB, "Jokes", ALICE)
