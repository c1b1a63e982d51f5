"""Stop a flow before or after any commit or HTTP call, and start anew.

A *point* is a moment beside which something leaves the process: right before a commit, right after it, right before a
request to Discord, right after its answer. `sweep` runs a story once without a crash to count its points, then once
for each that is distinct, dying there: nothing that the old bot had in hand is finished, and everything that it had
committed or sent stays. Then a new bot starts on what is left, and the story's promise is checked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from bot.compose import App
from bot.sandbox.exchange import Exchange

HANDLERS = ("discord.py: on_", "discord-ui-", "CommandTree")
"""How the names of those tasks begin in which discord.py handles what it was sent."""


AT_LENGTH_ON_POSTGRES = pytest.mark.parametrize(
    "database_kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.chaos)]
)
"""For sweeps like one that dies on both databases in every run: these die on the second one in the long tests."""


class Died(BaseException):
    """The process is gone. No `except Exception` may go on after it."""


@dataclass
class CrashPoints:
    """Counts points, and dies at one of them. Everything after a death dies too."""

    at: int | None = None
    """The point to die at, from 1; None: only count."""
    seen: list[str] = field(default_factory=list)
    armed: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    """Requests whose answer the bot has not seen yet."""

    async def arm(self) -> None:
        """Count from now on, once the bot is at rest: a member may see an answer a moment before it does.

        What it does at its start is over too, so that the points are the same ones however quick the machine is.
        """
        async with asyncio.timeout(10):
            while self.under_way or _is_busy():
                await asyncio.sleep(0.005)
        self.armed = True

    def point(self, name: str) -> None:
        """Pass a point, or die there."""
        if self.died.is_set():
            raise Died(name)
        if not self.armed:
            return
        self.seen.append(name)
        if self.at == len(self.seen):
            self.died.set()
            raise Died(name)

    async def heard(self, exchange: Exchange) -> None:
        """Wait for the first answer, or for the death that leaves none."""
        answer = asyncio.create_task(exchange.answered())
        death = asyncio.create_task(self.died.wait())
        _, waiting = await asyncio.wait((answer, death), return_when=asyncio.FIRST_COMPLETED)
        if death.done():
            await self._still(answer)
        for task in (answer, *waiting):
            task.cancel()
        await asyncio.gather(answer, *waiting, return_exceptions=True)

    async def _still(self, answer: asyncio.Task[Any]) -> None:
        """Wait until nothing of the dead process moves: what had left before is on its way, and the flow unwinds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + 0.3
        while loop.time() < until and not answer.done():
            if not _is_busy() and not self.under_way:
                return
            await asyncio.sleep(0.005)

    def plant(self, app: App, trace: aiohttp.TraceConfig) -> None:
        """Watch every commit and every request of an app."""
        # A task that died with the process has nobody who would ask it why.
        asyncio.get_running_loop().set_exception_handler(_unless_died)
        dialect: Any = app.database.writer.sync_engine.dialect
        commit = dialect.do_commit

        def do_commit(connection: Any) -> None:
            self.point("before commit")
            commit(connection)
            self.point("after commit")

        dialect.do_commit = do_commit

        async def before(_session: Any, _context: Any, parameters: aiohttp.TraceRequestStartParams) -> None:
            assert not app.database.in_transaction, "a request to Discord inside a transaction"
            self.point(f"before {_path(parameters.method, str(parameters.url))}")
            self.under_way += 1

        async def after(_session: Any, _context: Any, parameters: aiohttp.TraceRequestEndParams) -> None:
            self.under_way -= 1
            self.point(f"after {_path(parameters.method, str(parameters.url))}")

        async def failed(_session: Any, _context: Any, _parameters: aiohttp.TraceRequestExceptionParams) -> None:
            self.under_way -= 1

        trace.on_request_exception.append(failed)
        trace.on_request_start.append(before)
        trace.on_request_end.append(after)


def _is_busy() -> bool:
    """Whether anything is handled that came from Discord."""
    return any(task.get_name().startswith(HANDLERS) for task in asyncio.all_tasks())


def _unless_died(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Tell of what nobody asked about, unless it is a death that was planned."""
    if not isinstance(context.get("exception"), Died):
        loop.default_exception_handler(context)


def _path(method: str, url: str) -> str:
    parts = url.split("/api/v10", 1)[-1].split("/")
    return f"{method} {'/'.join('…' if len(part) > 15 else part for part in parts)}"


Story = Callable[[CrashPoints], Awaitable[None]]


async def sweep(story: Story, *, most: int = 60) -> list[str]:
    """Run `story` with a crash at every distinct point it has; the names of all its points.

    The story gets fresh `CrashPoints`, arms them around the flow in question, restarts the bot when `died` is set,
    and asserts what must be true afterwards. It must bear being run many times.
    """
    rehearsal = CrashPoints()
    await story(rehearsal)
    assert rehearsal.seen, "a story without a commit or a request has nothing to crash"
    numbers = _distinct(rehearsal.seen)
    assert len(numbers) <= most, f"{len(numbers)} points: split the story"
    for number in numbers:
        points = CrashPoints(at=number)
        try:
            await story(points)
        except AssertionError as error:
            error.add_note(f"after a crash at point {number}: {(points.seen or ['none reached'])[-1]}")
            raise
    return rehearsal.seen


def _distinct(names: list[str]) -> list[int]:
    """The points, from 1, after whose deaths different things are left.

    Between an answer and what is asked next nothing leaves the process, and a look changes nothing: so of the points
    between two changes the first stands for all.
    """
    found: list[int] = []
    last = ""
    for number, name in enumerate(names, start=1):
        asks_after_an_answer = name.startswith("before ") and last.startswith("after ")
        has_looked = name.startswith("after GET ") and last == name.replace("after", "before", 1)
        if not (asks_after_an_answer or has_looked):
            found.append(number)
        last = name
    return found
