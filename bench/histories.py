"""How long a page of a member's file takes in a server with a million cases, on both databases."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bench import filled
from bench.recipe import GUILD
from bench.support import Options, Row, Sample, difference, say
from bot.clock import SystemClock
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.case_search import CaseFilter
from bot.domain.cases import CaseKind
from bot.domain.features import FeatureSettings
from bot.domain.paging import Cursor
from bot.services import Services
from bot.services.settings_cache import SettingsCache

CASES, OF_ONE = 1_000_000, 5_000
MEMBER, MODERATOR = 70, 93
ASKED = 40
"""Pages of one kind in a round. The median counts, and the machine is not ours alone."""

PAGE_WITHIN, STATS_WITHIN = 10.0, 1_000.0
"""Milliseconds."""

_STATS = "/modstats of a year"

Ask = Callable[[], Awaitable[object]]


async def run(options: Options) -> list[Row]:
    """Pages of a file of 5,000 cases, and the numbers of a year; beside them a read that asks for nothing.

    The cases are made by SQL beforehand: a quarter each are warnings, notes, kicks and timeouts, by seven moderators,
    one every half minute, so that all of them are within a year.
    """
    rows: list[Row] = []
    for name, place in (("SQLite", filled.sqlite), ("PostgreSQL", filled.postgres)):
        async with place(fill) as config:
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
                rows += await _measure(name, database, services, options)
            finally:
                await database.close()
    return rows


def _questions(services: Services) -> dict[str, Ask]:
    search = services.case_search
    return {
        "/history, newest page": lambda: search.history(GUILD, CaseFilter(MEMBER)),
        "/history, a page in the middle": lambda: search.history(GUILD, CaseFilter(MEMBER), Cursor(CASES // 2)),
        "/history of a kind and a moderator": lambda: search.history(
            GUILD, CaseFilter(MEMBER, CaseKind.KICK, MODERATOR)
        ),
        "/history of a kind that there is none of": lambda: search.history(GUILD, CaseFilter(MEMBER, CaseKind.UNBAN)),
        _STATS: lambda: search.stats(GUILD, days=365, moderator_id=None),
    }


async def _measure(name: str, database: Database, services: Services, options: Options) -> list[Row]:
    asked = _questions(services)
    took: dict[str, list[float]] = {what: [] for what in asked}
    nothing: list[float] = []
    for number in range(options.rounds + 1):  # the first warms up
        quiet = await _median(database.ping, ASKED)
        found = {what: await _median(ask, 3 if what == _STATS else ASKED) for what, ask in asked.items()}
        if number:
            nothing.append(quiet)
            for what, milliseconds in found.items():
                took[what].append(milliseconds)
            say(f"  histories, {name}, round {number}: {', '.join(f'{one:.1f}' for one in found.values())} ms")
    note = f"{options.rounds} rounds of {ASKED}, {CASES:,} cases, {OF_ONE:,} of the member"
    return [
        difference(
            f"{what}, {name}", "ms", Sample.of(milliseconds), Sample.of(nothing), "a read of nothing",
            target=STATS_WITHIN if what == _STATS else PAGE_WITHIN, digits=1, note=note,
        )
        for what, milliseconds in took.items()
    ]  # fmt: skip


async def _median(ask: Ask, count: int) -> float:
    """The median time of an answer, in milliseconds."""
    took: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


# A million cases -----------------------------------------------------------------------------------------


async def fill(config: DatabaseConfig, cases: int = CASES) -> None:
    """Fill an empty database."""
    if config.is_sqlite:
        numbers = f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {cases}) SELECT n FROM c)"  # noqa: S608
        ago = "strftime('%Y-%m-%d %H:%M:%S.000000', 'now', ((n - 1000000) * 30) || ' seconds')"
        later = "strftime('%Y-%m-%d %H:%M:%S.000000', 'now', '+30 days')"
        await filled.execute(config, [_cases(numbers, ago, later, "0"), "ANALYZE"])
    else:
        ago, later = "now() + (n - 1000000) * interval '30 seconds'", "now() + interval '30 days'"
        await filled.execute(config, [_cases(f"generate_series(1, {cases}) AS n", ago, later, "false")])


def _cases(numbers: str, ago: str, later: str, no: str) -> str:
    """One statement that makes all of them. Every 200th, of each kind in turn, is the member's."""
    columns = (
        "guild_id, number, kind, state, slot, target_id, moderator_id, reason, source, ended_at, end_reason, "
        "expires_at, dm, severity, points, details, log_owed, version, created_at, updated_at"
    )
    return f"""
        INSERT INTO cases ({columns})
        SELECT {GUILD}, n,
            CASE n % 4 WHEN 0 THEN 'warn' WHEN 1 THEN 'note' WHEN 2 THEN 'kick' ELSE 'timeout' END,
            CASE WHEN n % 4 < 2 THEN 'active' ELSE 'ended' END,
            CASE n % 4 WHEN 2 THEN 'presence' WHEN 3 THEN 'timeout' END,
            CASE WHEN n % 200 = (n / 200) % 4 THEN {MEMBER} ELSE 1000 + n % 50000 END,
            90 + n % 7, 'Spam in #general, the third time this week', 'command',
            CASE WHEN n % 4 < 2 THEN NULL ELSE {ago} END, CASE WHEN n % 4 < 2 THEN NULL ELSE 'done' END,
            CASE WHEN n % 4 = 0 THEN {later} END, 'sent',
            CASE WHEN n % 4 = 0 THEN 1 END, CASE WHEN n % 4 = 0 THEN 1 END, '{{}}', {no}, 1, {ago}, {ago}
        FROM {numbers}"""  # noqa: S608 — made of constants
