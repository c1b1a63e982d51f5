"""A stage for each test: the sandbox, and the bot on it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from bot.db.config import DatabaseConfig
from bot.sandbox import Sandbox
from tests.support.clock import ManualClock
from tests.support.stage import Stage, pointed_at, village


@pytest.fixture
async def sandbox() -> AsyncGenerator[Sandbox]:
    async with Sandbox(village()) as opened:
        with pointed_at(opened):
            yield opened
        assert not list(opened.unimplemented), "the bot asked for something the sandbox can't do"


@pytest.fixture
async def stage(sandbox: Sandbox, database_config: DatabaseConfig, clock: ManualClock) -> AsyncGenerator[Stage]:
    made = Stage(sandbox, database_config, clock)
    yield made
    await made.stop()
