"""Dying beside any commit or request while staff works on a ticket: done whole or not at all, and said once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import MagicMock

import aiohttp
import discord
import pytest

from bot.actions.ticket_notes import TicketNotes
from bot.actions.tickets import TicketKeeper
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.features import FeatureSettings
from bot.domain.outbox import MessageKind
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import Claimed, EventKind, Status, Step
from bot.services.ticket_work import Asked
from tests.support.clock import ManualClock
from tests.support.crash import CrashPoints, Died, sweep
from tests.support.ticket_desk import ALL, ANN, BEN, CHANNEL, GUILD, Desk

THREAD = 9_500


class Discord:
    """One channel of Discord's for each ticket, which outlives every process; beside each request one may die."""

    def __init__(self) -> None:
        self.threads: dict[int, str] = {}
        self.said: dict[int, dict[str, str]] = {}
        """What was said in each channel, by its nonce: what is said again is the same message."""
        self.points = CrashPoints()

    def guild(self, number: int) -> Any:
        guild, room = MagicMock(), MagicMock(spec=discord.TextChannel)
        guild.id, guild.me.id, guild.unavailable = GUILD, 1, False
        room.id = CHANNEL + number
        room.threads = [
            SimpleNamespace(id=one, name=name, owner_id=1, is_private=lambda: True)
            for one, name in self.threads.items()
        ]
        room.create_thread = self._create
        guild.get_channel = guild.get_channel_or_thread = lambda channel_id: room if channel_id == room.id else None
        return guild

    async def _create(self, *, name: str, **_values: object) -> Any:
        self.points.point("before the thread")
        made = THREAD + len(self.threads)
        self.threads[made] = name
        self.points.point("after the thread")
        return SimpleNamespace(id=made)

    async def let_in(self, _thread_id: int, _user_id: int) -> None:
        self.points.point("beside a member")


class World:
    """What outlives a process."""

    def __init__(self, config: DatabaseConfig) -> None:
        self.config, self.clock, self.discord = config, ManualClock(), Discord()
        self.lives = self.number = 0

    def start(self) -> Desk:
        self.lives += 1
        self.clock.advance(seconds=1)
        rng = Random(self.lives)
        database = Database(self.config, self.clock, rng)
        features = FeatureSettings.of({"all"})
        services = make_services(database, self.clock, rng, keep_guilds_for=timedelta(days=1), features=features)
        return Desk(database, services, self.clock)

    async def go_on(self, desk: Desk) -> None:
        """What the tickers do until nothing is due: what a channel is told is kept by Discord."""
        for _turn in range(3):
            await self.keep(desk)
            for message in await desk.claim():
                if message.kind is MessageKind.SEND:
                    there = self.discord.said.setdefault(message.destination.id, {})
                    there[message.nonce] = message.payload.content
                await desk.settle(message)
            self.clock.advance(minutes=2)

    async def keep(self, desk: Desk) -> None:
        """What is due of tickets themselves."""
        client: Any = SimpleNamespace(
            get_guild=lambda _id: self.discord.guild(self.number),
            http=SimpleNamespace(add_user_to_thread=self.discord.let_in),
        )
        services = desk.services
        steps = {
            Step.ACCESS: lambda claimed, _guild: self._applied(desk, claimed),
            Step.NOTES: TicketNotes(client, services.ticket_notes, services.ticket_access).show,
        }
        keeper = TicketKeeper(client, services.ticket_file, cast("Any", steps))
        for claimed in await services.ticket_file.claim_due(ALL, 10):
            await keeper.carry_out(claimed)

    async def _applied(self, desk: Desk, claimed: Claimed) -> None:
        await desk.change(claimed.ticket.number, EventKind.STATUS, applied=claimed.ticket.access)


Step_ = Callable[[Desk, Asked], Awaitable[object]]


@pytest.fixture
async def world(database_config: DatabaseConfig) -> World:
    made = World(database_config)
    desk = made.start()
    await desk.topic(TopicConfig())
    await desk.database.close()
    return made


async def dying(world: World, points: CrashPoints, *steps: Step_) -> Desk:
    """Open a ticket, take steps of which the last may be cut short anywhere, and let another process go on."""
    world.number, world.discord = world.number + 1, Discord()
    desk = world.start()
    await desk.opened(world.number)
    asked = Asked(GUILD, world.number, ANN)
    for step in steps[:-1]:
        await step(desk, asked)
    await world.go_on(desk)
    app: Any = SimpleNamespace(database=desk.database)
    points.plant(app, aiohttp.TraceConfig())
    world.discord.points, points.armed = points, True
    try:
        await steps[-1](desk, asked)
        await world.keep(desk)
    except Died:
        assert points.died.is_set()
    points.armed, world.discord.points = False, CrashPoints()
    points.died.clear()
    await desk.database.close()
    await asyncio.sleep(0)
    later = world.start()
    world.clock.advance(minutes=2)
    await world.go_on(later)
    return later


async def test_a_ticket_is_one_s_or_the_other_s(world: World) -> None:
    async def story(points: CrashPoints) -> None:
        desk = await dying(
            world,
            points,
            lambda desk, asked: desk.services.ticket_work.claim(asked),
            lambda desk, asked: desk.services.ticket_work.transfer(asked, BEN),
        )
        now = await desk.ticket(world.number)
        said = list(world.discord.said[CHANNEL + now.number].values())
        was_given = points.seen != ["before commit"]
        assert now.assignee_id == (BEN if was_given else ANN)
        assert said.count(f"🙋 <@{ANN}> takes care of this.") == 1
        assert said.count(f"🔁 <@{BEN}> takes care of this now.") == was_given
        assert [one.kind for one in await desk.events(now.number)].count(EventKind.TRANSFERRED) == was_given
        assert now.applied == now.access
        await desk.change(now.number, EventKind.CLOSED, status=Status.CLOSED, closed_at=world.clock.now())
        await desk.database.close()

    await sweep(story)


async def test_a_note_is_shown_once_in_one_thread(world: World) -> None:
    async def story(points: CrashPoints) -> None:
        desk = await dying(world, points, lambda desk, asked: desk.services.ticket_notes.write(asked, "He paid twice."))
        now = await desk.ticket(world.number)
        if points.seen == ["before commit"]:
            assert (now.notes, world.discord.threads) == (0, {})
        else:
            assert list(world.discord.threads) == [now.staff_thread_id]
            assert list(world.discord.said[THREAD].values()) == [f"📝 <@{ANN}>: He paid twice."]
        await desk.database.close()

    assert {"after the thread", "beside a member"} <= set(await sweep(story))
