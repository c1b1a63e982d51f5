"""How long it takes at start to compare 10,000 bans and timeouts that hold with Discord, and how many requests.

`python -m bench.reconcile DATABASE API TOKEN` is the bot that compares, in a process of its own, and says what it took.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from discord.http import Route

from bench import filled
from bench.support import Options, Row, Sample, child, difference, leash, say, tell
from bot import log, process
from bot.clock import SystemClock
from bot.compose import make_app, make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.jobs.agreement import AgreementJob
from bot.log import SecretsHidden
from bot.sandbox import Sandbox, World
from bot.settings import Settings
from tests.support import sanctions

SANCTIONS = 10_000
"""Half of them bans, half timeouts."""

SECONDS, TURN, MEGABYTES = 5.0, 50.0, 20.0
"""At most: for all of it, milliseconds of the processor without a turn for anybody else, and more at the peak."""

_TURN = 0.005
_FIRST = 20_000_000 << 22
_UNTIL = datetime.now(UTC) + timedelta(days=20)
_RIGHTS = ["ban_members", "moderate_members", "view_audit_log"]


@dataclass(frozen=True)
class Shape:
    """So many servers with as many sanctions each, and how many requests are enough for them."""

    what: str
    first: int
    guilds: int
    requests: int

    def ids(self) -> range:
        return range(self.first << 22, (self.first + self.guilds) << 22, 1 << 22)

    def people(self, place: int) -> tuple[range, range]:
        """Who is banned from one of the servers, and who is timed out in it."""
        each, first = SANCTIONS // self.guilds // 2, _FIRST + place * SANCTIONS
        return range(first, first + each), range(first + each, first + 2 * each)


SHAPES = (
    # The audit log; six pages of bans, of which the last is empty; a question for each hundred timeouts.
    Shape("one server", 5_000, 1, 1 + 6 + 50),
    Shape("50 servers", 6_000, 50, 50 * 3),
)


async def run(options: Options) -> list[Row]:
    """From the moment on at which the bot knows its servers until all are compared; nothing differs.

    Discord is a sandbox in this process, which counts: requests, and questions for members on the gateway.
    """
    rows: list[Row] = []
    for name, place in (("SQLite", filled.sqlite), ("PostgreSQL", filled.postgres)):
        async with place(_fill) as config:
            for shape in SHAPES:
                took = [await _asked(config, shape) for _ in range(options.rounds + 1)][1:]  # the first notes the bans
                say(f"  reconcile, {shape.what}, {name}: {took}")
                rows += _rows(f"{SANCTIONS:,} in {shape.what}, {name}", shape, took)
    return rows


def _rows(what: str, shape: Shape, took: list[dict[str, float]]) -> list[Row]:
    measured = {key: Sample.of([one[key] for one in took]) for key in took[0]}
    zero = Sample.of([0.0] * len(took))
    lines = (
        (what, "seconds", "s", SECONDS, 2),
        (f"asked for {what}", "requests", "requests", shape.requests, 0),
        (f"longest turn, {what}", "turn", "ms", TURN, 1),
        (f"more at its peak, {what}", "more", "MB", MEGABYTES, 1),
    )
    return [
        difference(title, unit, measured[key], zero, "nothing", target=target, digits=digits)
        for title, key, unit, target, digits in lines
    ]


async def _asked(config: DatabaseConfig, shape: Shape) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox(_world(shape)))
        where = (config.url, sandbox.api_url, sandbox.token)
        running = await stack.enter_async_context(child("our bot", "bench.reconcile", *where))
        await running.hear()
        before = len(sandbox.requests) + sandbox.gateway.questions
        took = await running.ask("compare")
        return {**took, "requests": len(sandbox.requests) + sandbox.gateway.questions - before}


# Ten thousand sanctions -------------------------------------------------------------------------------------


def _world(shape: Shape) -> World:
    world = World()
    for place, guild_id in enumerate(shape.ids()):
        world.add_guild(f"Guild {place}", id=guild_id)
        world.set_bot_permissions(guild_id, _RIGHTS)
        sanctions.sentence(world, guild_id, *shape.people(place), until=_UNTIL)
    return world


async def _fill(config: DatabaseConfig) -> None:
    clock, rng = SystemClock(), random.SystemRandom()
    database = Database(config, clock, rng)
    try:
        file = make_services(database, clock, rng, keep_guilds_for=timedelta(days=1)).case_file
        for shape in SHAPES:
            for place, guild_id in enumerate(shape.ids()):
                await sanctions.write(database, file, guild_id, *shape.people(place), until=_UNTIL)
    finally:
        await database.close()


# The process that compares ----------------------------------------------------------------------------------


async def _compare(url: str, api_url: str, token: str) -> None:
    Route.BASE = f"{api_url}/v10"
    hide = SecretsHidden([token])
    log.set_up(level="warning", as_json=True, hide=hide)
    settings = Settings(default_features=frozenset({"all"}))
    app = make_app(settings, DatabaseConfig(url=url), hide=hide)
    app.listener.start()
    gateway = asyncio.create_task(app.bot.start(token))
    try:
        await app.bot.settled.wait()
        [job] = [one for one in app.periodic if isinstance(one, AgreementJob)]
        gc.collect()
        gc.freeze()  # as `folkmoot run` does
        asked = asyncio.Event()
        leash(lambda _line: asked.set(), asked.set)
        tell({"ready": len(app.bot.guilds)})
        await asked.wait()
        tell(await _measured(job))
    finally:
        await process.stop_app(app)
        await app.listener.stop()
        await app.bot.close()
        await asyncio.gather(gateway, return_exceptions=True)
        await app.database.close()


async def _measured(job: AgreementJob) -> dict[str, float]:
    turns: list[float] = []
    watch = asyncio.create_task(_watch(turns))
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here on
    before = _occupied("VmRSS")
    try:
        began = time.perf_counter()
        await job.round()
        seconds = time.perf_counter() - began
    finally:
        watch.cancel()
    return {"seconds": seconds, "turn": max(turns) * 1000, "more": _occupied("VmHWM") - before}


def _occupied(what: str) -> float:
    """What the kernel says that this process occupies (VmRSS), or did at its peak (VmHWM), in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


async def _watch(turns: list[float]) -> None:
    """Note what the loop's thread does between two turns of this task."""
    while True:
        began = time.thread_time()
        await asyncio.sleep(_TURN)
        turns.append(time.thread_time() - began)


if __name__ == "__main__":
    asyncio.run(_compare(*sys.argv[1:]))
