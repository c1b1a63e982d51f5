"""Messages that concern nobody cost no task, and nothing else has changed for those that do."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest
from sqlalchemy import select

from bot import first_look
from bot.db.models.core import Member
from bot.domain.general import GeneralSettings
from bot.sandbox import Actor
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """The prefix is an exclamation mark, and Alice has written and asked before."""
    app = await stage.start()
    await app.services.guild_settings.change(GUILD, GeneralSettings(prefix="!"), base=0, by=ALICE)
    await app.services.guild_settings.read(GUILD, GeneralSettings)
    await stage.alice.say(GENERAL, "Good morning")
    await stage.ask(stage.alice, "balance")
    return stage


class Tasks:
    """The listeners of what people write that got a task, by name."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self._stage = stage
        self._made: list[str] = []
        schedule = discord.Client._schedule_event

        def counted(client: Any, listener: Any, event: str, *args: Any, **more: Any) -> Any:
            if event == "on_message" and not args[0].author.bot:
                self._made.append(type(listener.__self__).__name__)
            return schedule(client, listener, event, *args, **more)

        monkeypatch.setattr(discord.Client, "_schedule_event", counted)

    async def of(self, who: Actor, said: str) -> list[str]:
        """Those that a message of somebody's led to."""
        self._made.clear()
        await who.say(GENERAL, said)
        await self._stage.ask(self._stage.carol, "about")  # comes after, so the message has been read
        return sorted(self._made)


class Listener:
    """A listener of new channels that breaks as it is told."""

    def __init__(self, *, breaks: str = "") -> None:
        self._breaks = breaks
        self.heard = asyncio.Event()

    def looks(self, _channel: Any) -> bool:
        if self._breaks == "look":
            raise KeyError("look")
        return True

    @first_look.after(looks)
    async def listen(self, _channel: Any) -> None:
        if self._breaks == "listener":
            raise KeyError("listener")
        self.heard.set()


async def test_talk_is_read_without_a_task_and_a_command_gets_one(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_stage.app is not None
    tasks, me = Tasks(on_stage, monkeypatch), on_stage.app.bot.user
    assert me is not None
    assert await tasks.of(on_stage.alice, "Has anybody seen my hat?") == []
    assert await tasks.of(on_stage.alice, "! ") == []
    assert await tasks.of(on_stage.alice, "!balance") == ["FolkmootBot"]
    assert await tasks.of(on_stage.alice, f"<@{me.id}> balance") == ["FolkmootBot"]


async def test_who_was_not_seen_for_a_while_is_noted_by_a_task_and_then_known(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_stage.app is not None
    tasks = Tasks(on_stage, monkeypatch)
    assert await tasks.of(on_stage.bob, "Good morning") == ["GuildsCog"]
    assert await tasks.of(on_stage.bob, "It rains") == []
    await on_stage.app.recorder.flush()
    async with on_stage.app.database.read() as session:
        assert BOB in set((await session.execute(select(Member.user_id))).scalars())


async def test_a_message_may_be_a_command_as_long_as_the_prefix_is_not_remembered(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_stage.app is not None
    tasks = Tasks(on_stage, monkeypatch)
    await on_stage.app.services.guild_settings.change(GUILD, GeneralSettings(prefix="?"), base=1, by=ALICE)
    assert on_stage.app.bot.known_prefix(GUILD) is None
    assert await tasks.of(on_stage.alice, "Has anybody seen my hat?") == ["FolkmootBot", "XpListener"]
    assert await tasks.of(on_stage.alice, "Nor I") == [], "whoever asked first has read it"
    assert await tasks.of(on_stage.alice, "?balance") == ["FolkmootBot"]


@pytest.mark.parametrize("breaks", ["look", "listener"])
async def test_a_look_that_breaks_is_reported_as_its_listener_would_be_and_the_others_still_hear(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    assert on_stage.app is not None
    bot, reported = on_stage.app.bot, asyncio.Queue[str]()
    monkeypatch.setattr(bot, "_meter", _Meter(reported))
    broken, sound = Listener(breaks=breaks), Listener()
    for one in (broken, sound):
        bot.add_listener(one.listen, "on_guild_channel_create")
    on_stage.sandbox.world.add_channel(GUILD, "orchard")
    async with asyncio.timeout(10):
        assert await reported.get() == "on_guild_channel_create"
        await sound.heard.wait()
    assert not broken.heard.is_set()
    assert not bot.is_closed()
    await on_stage.ask(on_stage.bob, "about")  # the gateway is still being read


class _Meter:
    """Hears of failures."""

    def __init__(self, reported: asyncio.Queue[str]) -> None:
        self._reported = reported

    def event(self, name: str) -> None:
        pass

    def event_failed(self, handler: str) -> None:
        self._reported.put_nowait(handler)
