"""Boards and `/economy report` at 1,000,000 accounts and 10,000,000 entries of the ledger, on both databases."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from bench import filled, many
from bench.recipe import GUILD
from bench.support import Options, Row, Sample, difference, say
from bot.clock import SystemClock
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.features import FeatureSettings
from bot.domain.leaderboard import DEEPEST, PAGE
from bot.services import Services
from bot.services.settings_cache import SettingsCache

ASKED = 20
"""Pages of one kind in a round, each asked for by somebody else, so that no answer lies ready."""

PAGE_WITHIN, REPORT_WITHIN = 5.0, 2_000.0
"""Milliseconds."""

Ask = Callable[[], Awaitable[object]]


async def run(options: Options) -> list[Row]:
    """Pages of each board, the way to one's own place, and the report; beside them a read that asks for nothing.

    The database is filled by SQL beforehand, which takes some minutes and 8 GB. `--rounds 1` is enough for a look.
    """
    rows: list[Row] = []
    for name, place in (("SQLite", filled.sqlite), ("PostgreSQL", filled.postgres)):
        async with place(_filled) as config:
            clock, rng = SystemClock(), random.SystemRandom()
            database = Database(config, clock, rng)
            try:
                services = make_services(
                    database,
                    clock,
                    rng,
                    keep_guilds_for=timedelta(days=1),
                    features=FeatureSettings.of({"all"}),
                    cache=SettingsCache(trusted=True),
                )
                await _keep(services)
                rows += await _measure(name, database, services, options)
            finally:
                await database.close()
    return rows


async def _keep(services: Services) -> None:
    """As the bot does while it runs, and after an upgrade."""
    began = time.perf_counter()
    await services.flow_keeping.keep(GUILD)
    say(f"  what came and went is kept by the hour, after {time.perf_counter() - began:.1f} s")


async def _measure(name: str, database: Database, services: Services, options: Options) -> list[Row]:
    asked = _questions(services)
    took: dict[str, list[float]] = {what: [] for what in asked}
    nothing: list[float] = []
    for number in range(options.rounds + 1):  # the first warms up
        quiet = await _median(database.ping, ASKED)
        found = {what: await _median(ask, 1 if what == _REPORT else ASKED) for what, ask in asked.items()}
        if number:
            nothing.append(quiet)
            for what, milliseconds in found.items():
                took[what].append(milliseconds)
            slowest = max(milliseconds for what, milliseconds in found.items() if what != _REPORT)
            say(f"  {name}, round {number}: slowest page {slowest:.1f} ms, report {found[_REPORT]:,.0f} ms")
    return [
        difference(
            f"{what}, {name}",
            "ms",
            Sample.of(values),
            Sample.of(nothing),
            "a read of nothing",
            target=REPORT_WITHIN if what == _REPORT else PAGE_WITHIN,
        )
        for what, values in took.items()
    ]


_REPORT = "/economy report"


def _questions(services: Services) -> dict[str, Ask]:
    rng = random.Random(1)
    asked: dict[str, Ask] = {}
    for board in services.leaderboards.known:
        over = board.periods[0]

        def page(start: int, asker: Callable[[], int], name: str = board.name) -> Awaitable[Any]:
            return services.leaderboards.show(GUILD, asker(), board=name, start=start)

        def own(asker: Callable[[], int], name: str = board.name, period: Any = over) -> Awaitable[Any]:
            return services.leaderboards.show_own(GUILD, asker(), board=name, period=period)

        def anybody() -> int:
            return many.member(rng.randrange(many.MEMBERS))

        def near_the_end() -> int:
            return many.member(many.at_place(rng.randrange(DEEPEST * 3 // 4, DEEPEST)))

        asked |= {
            f"{board.name}: first page": lambda page=page: page(0, anybody),
            f"{board.name}: a deep page": lambda page=page: page(rng.randrange(80, DEEPEST // PAGE) * PAGE, anybody),
            f"{board.name}: to one's own place": lambda own=own: own(near_the_end),
        }
    return {**asked, _REPORT: lambda: services.books.report(GUILD)}


async def _median(ask: Ask, count: int) -> float:
    """Milliseconds."""
    took: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        await ask()
        took.append(time.perf_counter() - began)
    return median(took) * 1_000


async def _filled(config: DatabaseConfig) -> None:
    await many.fill(config, datetime.now(UTC))
