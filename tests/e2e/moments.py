"""When a process is killed: as a request arrives, when Discord has done what it asks, as work is claimed, any time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from sqlalchemy import select

from bot.db.models.core import Guild
from bot.sandbox import Fault
from tests.e2e.stage import BotProcess, Stage
from tests.support.process import PATIENCE

CALLBACK = "/interactions/*/*/callback"
MESSAGE = "/channels/*/messages"
LEAVERS = "Leavers"
"""What guilds are called that are to be erased."""

READY = '"event": "ready"'

_UNCLAIMED = select(Guild.id).where(Guild.name == LEAVERS, Guild.lease_token.is_(None))

Trap = Callable[[BotProcess], Awaitable[None]]
"""Returns when it is time to kill."""


class Moment(Protocol):
    """A moment in the life of a process."""

    def lay(self, stage: Stage, rng: Random) -> Trap:
        """Watch for it from now on."""
        ...


class Hold(Fault):
    """Keeps a request waiting, and hangs up in the end; those that come before it are answered."""

    skip = 0

    def matches(self, method: str, path: str, when: str) -> bool:
        """Whether this is the one."""
        if not Fault.matches(self, method, path, when):  # pyright: ignore[reportArgumentType] — narrower there
            return False
        self.skip -= 1
        return self.skip < 0


@dataclass(frozen=True)
class Arrives:
    """A request arrives, and Discord does nothing about it."""

    method: str
    path: str
    skip: int = 0
    """How many of its kind are answered before."""

    def lay(self, stage: Stage, rng: Random) -> Trap:  # noqa: ARG002 — the protocol's signature
        """Hold it."""
        return _hold(stage, Hold(self.method, self.path, when="before", delay=PATIENCE, drop=True), self.skip)


@dataclass(frozen=True)
class Done:
    """Discord has done what a request asks, and its answer never comes."""

    method: str
    path: str
    skip: int = 0
    """How many of its kind are answered before."""

    def lay(self, stage: Stage, rng: Random) -> Trap:  # noqa: ARG002 — the protocol's signature
        """Hold the answer."""
        return _hold(stage, Hold(self.method, self.path, when="after", delay=PATIENCE, drop=True), self.skip)


def _hold(stage: Stage, hold: Hold, skip: int) -> Trap:
    hold.skip = skip
    stage.sandbox.faults.add(hold)

    async def sprung(bot: BotProcess) -> None:
        try:
            await bot.until(lambda: hold.hits > 0, f"{hold.method} {hold.path}")
        finally:
            stage.sandbox.faults.remove(hold)

    return sprung


@dataclass(frozen=True)
class Anytime:
    """Up to so many seconds after it began; with `ready`, after the process has its guilds."""

    seconds: float
    ready: bool = False

    def lay(self, stage: Stage, rng: Random) -> Trap:  # noqa: ARG002 — the protocol's signature
        """Wait for no matter what."""

        async def sprung(bot: BotProcess) -> None:
            if self.ready:
                await bot.until_said(READY)
            await asyncio.sleep(rng.uniform(0, self.seconds))

        return sprung


@dataclass(frozen=True)
class Claimed:
    """A guild that was left is claimed, to be erased."""

    def lay(self, stage: Stage, rng: Random) -> Trap:  # noqa: ARG002 — the protocol's signature
        """Look at the table, as often as can be; the erasure may be over before it is seen."""

        async def sprung(bot: BotProcess) -> None:
            await bot.until_said(READY)
            async with asyncio.timeout(PATIENCE), stage.database() as database:
                while True:
                    async with database.read() as session:
                        found = await session.execute(_UNCLAIMED)
                        if found.first() is None:
                            return

        return sprung
