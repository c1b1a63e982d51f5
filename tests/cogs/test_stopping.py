"""What is being done about an event when the bot stops: waited for, for the database is closed afterwards."""

from __future__ import annotations

import asyncio

import pytest

from bot import app as client
from bot import first_look
from tests.support.stage import GUILD, Stage


class Handler:
    """Something that takes as long as the test likes, and asks the database at its end."""

    def __init__(self, stage: Stage) -> None:
        assert stage.app is not None
        self._database = stage.app.database
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.has_ended = False
        stage.app.bot.add_listener(self.handle, "on_guild_channel_create")

    async def handle(self, _channel: object) -> None:
        self.begun.set()
        await self.may_end.wait()
        await self._database.ping()
        self.has_ended = True


class Looking(Handler):
    """One that looks before it gets a task."""

    def looks(self, _channel: object) -> bool:
        return True

    @first_look.after(looks)
    async def handle(self, channel: object) -> None:
        await super().handle(channel)


async def caught(stage: Stage, kind: type[Handler] = Handler) -> Handler:
    await stage.start()
    handler = kind(stage)
    stage.sandbox.world.add_channel(GUILD, "orchard")
    async with asyncio.timeout(10):
        await handler.begun.wait()
    return handler


@pytest.mark.parametrize("kind", [Handler, Looking])
async def test_a_stop_waits_for_what_is_being_done_about_an_event(stage: Stage, kind: type[Handler]) -> None:
    handler = await caught(stage, kind)
    stopping = asyncio.create_task(stage.stop())
    done, _ = await asyncio.wait({stopping}, timeout=0.5)
    assert not done
    handler.may_end.set()
    await stopping
    assert handler.has_ended


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_stop_waits_no_longer_than_is_reasonable(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_HANDLERS_PATIENCE", 0.05)
    handler = await caught(stage)
    await stage.stop()
    assert not handler.has_ended
    assert not [task for task in asyncio.all_tasks() if "guild_channel_create" in task.get_name()]
