"""Every test gets its own simulated Discord and, through `connect`, real discord.py clients."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bot.sandbox import Sandbox, World
from tests.sandbox.meadow import ALICE, BOB, GUILD, Client, Connect, Meadow, Prepare, build_world, connected, point_at


@pytest.fixture
def world() -> World:
    return build_world()


@pytest.fixture
async def sandbox(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    async with Sandbox(world) as sandbox:
        point_at(sandbox, monkeypatch)
        yield sandbox


@pytest.fixture
def meadow(sandbox: Sandbox) -> Meadow:
    return Meadow(sandbox.world, sandbox, sandbox.as_member(GUILD, ALICE), sandbox.as_member(GUILD, BOB))


@pytest.fixture
async def connect(sandbox: Sandbox) -> AsyncIterator[Connect]:
    """Log clients in; all of them are closed after the test."""
    async with AsyncExitStack() as stack:

        async def connect(prepare: Prepare = lambda _: None, **options: Any) -> Client:
            return await stack.enter_async_context(connected(Client(prepare, **options), sandbox.token))

        yield connect
