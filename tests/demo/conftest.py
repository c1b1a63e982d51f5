"""The bot on the demonstration's place, in this process, and somebody who writes down what is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot import demo
from bot.features import sections
from bot.sandbox import Sandbox
from bot.sandbox.terminal import Paint, Stage
from bot.settings import Settings
from tests.support.stage import pointed_at


@dataclass
class Company:
    """The running bot, the stage, and the lines so far."""

    sandbox: Sandbox
    running: demo.Running
    stage: Stage
    lines: list[str] = field(default_factory=list)

    @property
    def bill(self) -> demo.Playbill:
        return demo.Playbill(
            self.stage, demo.GUILD, self.running.services, paint=Paint(), write=self.lines.append, pause=0.0
        )

    @property
    def shown(self) -> str:
        return "\n".join(self.lines)

    async def settings(self) -> list[object]:
        """Everything that is set."""
        services = self.running.services()
        found: list[object] = [(await services.guild_settings.read(demo.GUILD, one)).value for one in sections()]
        return found + [(await services.preferences.read(user)).value for user in demo.PEOPLE]


@pytest.fixture
async def sandbox() -> AsyncGenerator[Sandbox]:
    async with Sandbox(demo.build_world()) as opened:
        with pointed_at(opened):
            yield opened
        assert not list(opened.unimplemented), "the bot asked for something the sandbox can't do"


@pytest.fixture
def stage(sandbox: Sandbox) -> Iterator[Stage]:
    with Stage(sandbox, demo.GUILD, list(demo.PEOPLE), start=demo.GENERAL) as stage:
        yield stage


@pytest.fixture
async def company(sandbox: Sandbox, stage: Stage, tmp_path: Path) -> AsyncGenerator[Company]:
    running = demo.Running(sandbox, demo.demo_settings(Settings(data_dir=tmp_path)))
    life = asyncio.create_task(running.run(), name="bot")
    await running.ready()
    yield Company(sandbox, running, stage)
    running.end()
    await life
