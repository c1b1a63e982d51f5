"""Tickets end where people see it: copies arrive once, channels go, and nothing that Discord refuses stops that."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import discord
import pytest
from simcord.enums import ChannelType

from bot.actions.ticket_closing import TicketCloser
from bot.actions.ticket_parts import ClosingParts, CopyFile
from bot.actions.ticket_steps import ticket_keeper
from bot.actions.tickets import TicketKeeper
from bot.domain.ticket_settings import TicketSettings
from bot.domain.tickets import Because, Mode, Status, Step, Ticket
from bot.domain.tickets import Stage as ClosingStage
from bot.sandbox import Fault, SeenMessage
from tests.cogs.outbox_post import LATE, by_real_time, die_and_return, letters, mortal, pass_time, tick
from tests.support import closing as tickets
from tests.support.closing import opened, rule, services, topic
from tests.support.crash import AT_LENGTH_ON_POSTGRES, CrashPoints, sweep
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, words

DAY = 86_400
LOCKING = {"status": Status.CLOSING, "stage": ClosingStage.LOCK, "access": 2}


@pytest.fixture
async def stage(stage: Stage) -> Stage:
    """With a channel for transcripts: #general."""
    await stage.start()
    by_real_time(stage)
    await topic(stage)
    await rule(stage, TicketSettings, transcript_channel=GENERAL)
    return stage


def in_step(stage: Stage) -> None:
    """Let Discord's clock catch up with the bot's, which each start moves on."""
    stage.sandbox.clock.advance(max((stage.clock.now() - stage.sandbox.clock.now()).total_seconds(), 0))


async def settle(stage: Stage) -> None:
    """Let everything happen that is due now."""
    for _turn in range(20):
        if not await tick(stage):
            return


def in_channel(stage: Stage, channel_id: int) -> list[SeenMessage]:
    with stage.sandbox.view(ALICE) as view:
        return view.messages(channel_id)


def copies_of(ticket: Ticket, messages: Sequence[SeenMessage]) -> list[SeenMessage]:
    """Those that are copies of a ticket."""
    return [one for one in messages if f"Ticket {ticket.marker} ·" in words(one)]


def is_there(stage: Stage, channel_id: int | None) -> bool:
    assert stage.app is not None
    guild = stage.app.bot.get_guild(GUILD)
    assert guild is not None
    return channel_id is not None and guild.get_channel(channel_id) is not None


@dataclass
class Paper:
    """A file on the disk."""

    name: str
    path: Path


async def close(stage: Stage, ticket: Ticket) -> None:
    await services(stage).ticket_closing.close(GUILD, ticket.number, by=BOB, reason="All is well.")


# Stages ---------------------------------------------------------------------------------------------------


async def test_a_closed_ticket_leaves_a_copy_with_staff_and_one_with_its_member_and_is_gone_a_day_later(
    stage: Stage, tmp_path: Path
) -> None:
    ticket = await opened(stage)
    asked: list[bool] = []

    @contextlib.asynccontextmanager
    async def made(_ticket: Ticket, /, *, whole: bool, most_bytes: int) -> AsyncGenerator[Sequence[CopyFile]]:
        assert most_bytes > 1_000_000
        asked.append(whole)
        path = tmp_path / "said.html"
        path.write_text("for staff" if whole else "for the member")
        yield [Paper("ticket.html", path)]

    assert stage.app is not None
    closer = TicketCloser(stage.app.bot, services(stage), ClosingParts(copies=made))
    await close(stage, ticket)
    await TicketKeeper(stage.app.bot, services(stage).ticket_file, {Step.CLOSE: closer.close}).go_on(
        GUILD, ticket.number
    )
    await settle(stage)
    assert asked == [True, False]

    [post], [letter] = copies_of(ticket, in_channel(stage, GENERAL)), copies_of(ticket, letters(stage, ALICE))
    assert "All is well." in words(post)
    assert "How did we do?" in words(letter)
    assert "★★★★★" in [one.get("label") for one in letter.controls()]
    now = await tickets.ticket(stage, ticket.number)
    assert (now.status, now.letter, now.transcript) == (Status.CLOSED, True, (GENERAL, post.id))
    assert ticket.channel_id is not None
    assert "can be reopened" in words(in_channel(stage, ticket.channel_id)[-1])

    pass_time(stage, DAY)
    await settle(stage)
    assert not is_there(stage, ticket.channel_id)
    assert (await tickets.ticket(stage, ticket.number)).gone


async def test_what_nobody_wants_or_can_be_reached_by_stops_nothing(stage: Stage) -> None:
    stage.sandbox.world.close_dms(ALICE)
    nowhere = stage.sandbox.world.add_channel(GUILD, "soon-gone")
    await rule(stage, TicketSettings, transcript_channel=nowhere, delete_after=0)
    stage.sandbox.world.remove_channel(nowhere)
    ticket = await opened(stage)
    await close(stage, ticket)
    await settle(stage)
    now = await tickets.ticket(stage, ticket.number)
    assert (now.status, now.letter, now.transcript, now.gone) == (Status.CLOSED, False, None, True)
    assert not is_there(stage, ticket.channel_id)

    await rule(stage, TicketSettings, transcript_channel=None, letter=False)
    another = await opened(stage)
    await close(stage, another)
    await settle(stage)
    now = await tickets.ticket(stage, another.number)
    assert (now.status, now.letter, now.transcript) == (Status.CLOSED, None, None)


async def test_a_discord_that_is_away_is_waited_for_and_nothing_is_sent_twice(stage: Stage) -> None:
    ticket = await opened(stage)
    lost = stage.sandbox.faults.lose_answer(f"/channels/{GENERAL}/messages", method="POST", times=1)
    await close(stage, ticket)
    await settle(stage)
    stage.sandbox.faults.remove(lost)
    for _turn in range(4):
        pass_time(stage, 301)
        await settle(stage)
    assert len(copies_of(ticket, in_channel(stage, GENERAL))) == 1
    assert len(copies_of(ticket, letters(stage, ALICE))) == 1
    assert (await tickets.ticket(stage, ticket.number)).status is Status.CLOSED


async def test_a_ticket_that_dies_anywhere_on_its_way_is_closed_once(stage: Stage) -> None:
    async def story(points: CrashPoints) -> None:
        ticket = await begun(stage, points)
        await mortal(close(stage, ticket))
        await mortal(go_on(stage, ticket))
        await survived(stage, points, ticket)
        now = await tickets.ticket(stage, ticket.number)
        if now.status is Status.OPEN:  # it died before anybody had decided it
            assert points.seen[-1] == "before commit"
            return
        assert now.status is Status.CLOSED
        assert len(copies_of(ticket, in_channel(stage, GENERAL))) == 1
        assert len(copies_of(ticket, letters(stage, ALICE))) == 1
        assert said_closed(stage, ticket) == 1

    await sweep(story)


@AT_LENGTH_ON_POSTGRES
async def test_a_ticket_that_dies_as_it_is_locked_says_so_once(stage: Stage) -> None:
    async def story(points: CrashPoints) -> None:
        ticket = await begun(stage, points, **LOCKING)
        await mortal(settle(stage))
        await survived(stage, points, ticket)
        assert (await tickets.ticket(stage, ticket.number)).status is Status.CLOSED
        assert said_closed(stage, ticket) == 1

    await sweep(story)


@AT_LENGTH_ON_POSTGRES
async def test_a_ticket_that_dies_anywhere_as_it_is_reopened_is_open_for_its_member(stage: Stage) -> None:
    async def story(points: CrashPoints) -> None:
        ticket = await begun(stage, points, status=Status.CLOSED, access=2, applied=2)
        await mortal(services(stage).ticket_closing.reopen(GUILD, ticket.number, by=ALICE))
        await mortal(settle(stage))
        await survived(stage, points, ticket)
        now = await tickets.ticket(stage, ticket.number)
        if now.status is Status.CLOSED:
            assert points.seen[-1] == "before commit"
            return
        assert (now.status, now.applied) == (Status.OPEN, now.access)
        assert can_write(stage, ticket, ALICE)
        assert ticket.channel_id is not None
        assert len([one for one in in_channel(stage, ticket.channel_id) if "reopened this" in words(one)]) == 1

    await sweep(story)


async def begun(at: Stage, points: CrashPoints, /, **values: object) -> Ticket:
    """A ticket that stands so, and a bot that may die from now on."""
    await at.stop()
    at.arrange = points.plant
    await at.start()
    in_step(at)
    ticket = await opened(at)
    if values:
        ticket = await tickets.write(at, ticket, **values)
    await points.arm()
    return ticket


async def go_on(stage: Stage, ticket: Ticket) -> None:
    assert stage.app is not None
    await ticket_keeper(stage.app.bot, services(stage)).go_on(GUILD, ticket.number)


async def survived(stage: Stage, points: CrashPoints, ticket: Ticket) -> None:
    """The next process does what is left to do, long enough after that no nonce helps."""
    await die_and_return(stage, points, after=LATE)
    await settle(stage)
    pass_time(stage, 61)
    await settle(stage)


def said_closed(stage: Stage, ticket: Ticket) -> int:
    assert ticket.channel_id is not None
    return len([one for one in in_channel(stage, ticket.channel_id) if "can be reopened" in words(one)])


def can_write(stage: Stage, ticket: Ticket, user_id: int) -> bool:
    """By what Discord computes for a member of whom the bot knows."""
    assert stage.app is not None
    guild = stage.app.bot.get_guild(GUILD)
    assert guild is not None
    assert ticket.channel_id is not None
    channel = guild.get_channel(ticket.channel_id)
    assert channel is not None
    overwrite = channel.overwrites_for(discord.Object(user_id))
    return overwrite.send_messages is True


async def test_a_ticket_whose_end_dies_anywhere_leaves_no_channel_behind(stage: Stage) -> None:
    async def story(points: CrashPoints) -> None:
        ticket = await begun(stage, points, status=Status.CLOSED, deletes_at=stage.clock.now())
        await mortal(settle(stage))
        await die_and_return(stage, points, after=LATE)
        await settle(stage)
        assert not is_there(stage, ticket.channel_id)
        assert (await tickets.ticket(stage, ticket.number)).gone

    await sweep(story)


async def test_a_thread_of_notes_that_can_not_be_deleted_keeps_no_ticket(stage: Stage) -> None:
    world = stage.sandbox.world
    kind = ChannelType.PRIVATE_THREAD
    room, notes = (
        world.backend.create_thread(GENERAL, name, world.bot_id, type=kind).id for name in ("ticket", "notes")
    )
    stage.sandbox.faults.add(Fault("DELETE", f"/channels/{notes}", times=None, status=403, code=50013))
    ticket = await opened(stage)
    await tickets.write(
        stage, ticket, status=Status.CLOSED, mode=Mode.THREAD, channel_id=room, staff_thread_id=notes,
        deletes_at=stage.clock.now(),
    )  # fmt: skip
    await settle(stage)
    assert (await tickets.ticket(stage, ticket.number)).gone
    assert room not in world.backend.channels


# Deadlines ------------------------------------------------------------------------------------------------


async def test_silence_is_warned_of_in_the_ticket_and_then_ends_it(stage: Stage) -> None:
    now = stage.clock.now()
    ticket = await opened(
        stage,
        status=Status.WAITING,
        warns_at=now,
        closes_at=now.replace(day=now.day + 1),
        closes_because=Because.SILENCE,
    )
    await settle(stage)
    assert ticket.channel_id is not None
    assert any("waiting for your answer" in words(one) for one in in_channel(stage, ticket.channel_id))
    pass_time(stage, DAY)
    await settle(stage)
    ended = await tickets.ticket(stage, ticket.number)
    assert (ended.status, ended.closed_because) == (Status.CLOSED, Because.SILENCE)


async def test_an_answer_that_came_while_the_bot_was_away_keeps_the_ticket(stage: Stage) -> None:
    now = stage.clock.now()
    ticket = await opened(
        stage, status=Status.WAITING, closes_at=now + timedelta(days=1), closes_because=Because.SILENCE
    )
    assert ticket.channel_id is not None
    await stage.stop()
    pass_time(stage, DAY // 2)
    await stage.alice.say(ticket.channel_id, "Here is what you asked for.")
    pass_time(stage, DAY)
    await stage.start()
    await settle(stage)
    kept = await tickets.ticket(stage, ticket.number)
    assert (kept.status, kept.closes_at) == (Status.OPEN, None)


async def test_one_who_came_back_unheard_keeps_the_ticket(stage: Stage) -> None:
    ticket = await opened(stage)
    await services(stage).ticket_leaving.left(GUILD, ALICE)
    pass_time(stage, DAY)
    await settle(stage)
    back = await tickets.ticket(stage, ticket.number)
    assert back.status is Status.OPEN
    await tickets.change(stage, ticket.number, applied=back.access)
    await services(stage).ticket_leaving.left(GUILD, ALICE)
    stage.sandbox.world.remove_member(GUILD, ALICE)
    pass_time(stage, DAY)
    await settle(stage)
    left = await tickets.ticket(stage, ticket.number)
    assert (left.status, left.closed_because, left.stage) == (Status.CLOSED, Because.LEFT, None)
