"""Places by XP in a server of 1,000,000 members, beside nine others of the same size, on both databases."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import bindparam, text

from bench import filled
from bench.recipe import GUILD
from bench.support import Options, Row, Sample, difference, say
from bot.clock import SystemClock
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.repositories.leveling.ranks import bucket_of
from bot.db.types import UtcDateTime
from bot.domain.features import FeatureSettings
from bot.domain.leaderboard import PAGE, Period
from bot.domain.leveling_settings import LevelingSettings
from bot.services import Services
from bot.services.settings_cache import SettingsCache

MEMBERS, GUILDS = 1_000_000, 10
DEEP = 5_000
"""A page, from 1."""

ASKED = 20
"""Answers of one kind in a round, each about somebody else, so that none lies ready."""

WITHIN, PERIOD_WITHIN = 5.0, 50.0
"""Milliseconds."""

_FIRST = 900_500_000_000_000_000
_PRIME = 7_919
"""So that who has most XP has nothing to do with their id."""

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :most - 1)"
_RANK = f"(i * {_PRIME} % {MEMBERS})"
_XP = f"({_RANK} * {_RANK} / 1000000 * {_RANK} / 100000 + 15)"
"""Half of all members have less than an eighth of what the first has, as it is."""

_LEVELS = f"""
INSERT INTO member_levels (guild_id, user_id, xp, messages, voice_seconds, created_at, updated_at)
{_NUMBERS} SELECT :guild, {_FIRST} + i, {_XP}, {_XP} / 20, CASE WHEN i % 10 = 0 THEN {_XP} ELSE 0 END, :now, :now FROM n
"""  # noqa: S608 — of numbers that stand above

_REST = f"""
INSERT INTO xp_buckets (guild_id, bucket, members, created_at, updated_at)
SELECT guild_id, {bucket_of("xp").name}, count(*), :now, :now FROM member_levels GROUP BY 1, 2;
INSERT INTO xp_periods (guild_id, span, begins, user_id, xp, messages, voice_seconds, created_at, updated_at)
{_NUMBERS} SELECT {GUILD}, 'week', :week, {_FIRST} + i, {_XP} / 50, {_XP} / 1000, 0, :now, :now FROM n;
INSERT INTO users (id, username, is_bot, created_at, updated_at)
{_NUMBERS} SELECT {_FIRST} + i, 'member', false, :now, :now FROM n;
INSERT INTO members (guild_id, user_id, search_name, role_ids, pending, left_at, created_at, updated_at)
{_NUMBERS} SELECT {GUILD}, {_FIRST} + i, 'member', '[]', false, CASE WHEN i % 5 = 3 THEN :now END, :now, :now FROM n
"""  # noqa: S608 — as above

Ask = Callable[[], Awaitable[object]]


async def run(options: Options) -> list[Row]:
    """Own rank, the first page, a page far down and a page of the week; beside them a read that asks for nothing.

    The database is filled by SQL beforehand, which takes some minutes and 4 GB. `--rounds 1` is enough for a look.
    """
    rows: list[Row] = []
    for name, place in (("SQLite", filled.sqlite), ("PostgreSQL", filled.postgres)):
        async with place(fill) as config:
            database = Database(config, SystemClock(), random.SystemRandom())
            try:
                rows += await _measure(name, database, services_on(database), options)
            finally:
                await database.close()
    return rows


def services_on(database: Database) -> Services:
    """The services of leveling."""
    return make_services(
        database,
        SystemClock(),
        random.SystemRandom(),
        keep_guilds_for=timedelta(days=1),
        features=FeatureSettings.of({"leveling"}),
        cache=SettingsCache(trusted=True),
    )


async def fill(config: DatabaseConfig) -> None:
    """Fill an empty database."""
    patient = replace(config, statement_timeout=3_600.0, synchronous_full=False)
    database = Database(patient, SystemClock(), random.SystemRandom())
    now = datetime.now(UTC)
    values = {"most": MEMBERS, "now": now, "week": now.date() - timedelta(days=now.weekday())}
    try:
        for number in range(GUILDS):
            await execute(database, _LEVELS, {**values, "guild": GUILD + number})
        for sql in _REST.split(";"):
            await execute(database, sql, values)
        say(f"  {GUILDS * MEMBERS:,} rows")
    finally:
        await database.close()


async def execute(database: Database, sql: str, values: dict[str, Any]) -> None:
    """Run SQL that fills a table, with moments and days as each database keeps them."""
    used = {name: value for name, value in values.items() if f":{name}" in sql}
    typed = [bindparam(name, type_=UtcDateTime) for name, value in used.items() if isinstance(value, datetime)]
    plain = {
        name: value.isoformat() if _is_day(value) and database.is_sqlite else value for name, value in used.items()
    }
    async with database.write() as session:
        await session.execute(text(sql).bindparams(*typed), plain)


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


async def _measure(name: str, database: Database, services: Services, options: Options) -> list[Row]:
    asked = {**_questions(services), _HIDDEN: _hidden(services)}
    took: dict[str, list[float]] = {what: [] for what in asked}
    nothing: list[float] = []
    for number in range(options.rounds + 1):  # the first warms up
        nothing.append(await _median(database.ping))
        for what, ask in asked.items():
            await services.guild_settings.change(
                GUILD, LevelingSettings(shows_left=what != _HIDDEN), base=await _version(services), by=1
            )
            await ask()
            took[what].append(await _median(ask))
        say(f"  {name}, round {number}: " + ", ".join(f"{what} {values[-1]:.1f}" for what, values in took.items()))
    quiet = Sample.of(nothing[1:])
    targets = {what: PERIOD_WITHIN if "week" in what else None if what == _HIDDEN else WITHIN for what in asked}
    return [
        difference(f"{what}, {name}", "ms", Sample.of(values[1:]), quiet, "a read of nothing", target=targets[what])
        for what, values in took.items()
    ]


_HIDDEN = "own rank, of members who left none shown"


async def _version(services: Services) -> int:
    return (await services.guild_settings.read(GUILD, LevelingSettings)).version


def _questions(services: Services) -> dict[str, Ask]:
    rng, boards = random.Random(1), services.leaderboards

    def somebody() -> int:
        return _FIRST + rng.randrange(MEMBERS)

    def own() -> Awaitable[object]:
        user_id = somebody()
        return services.ranks.rank(GUILD, user_id, viewer_id=user_id)

    def page(start: int, period: Period = Period.ALL, board: str = "xp") -> Awaitable[object]:
        return boards.show(GUILD, somebody(), board=board, period=period, start=start)

    return {
        "own rank": own,
        "first page": lambda: page(0),
        f"page {DEEP:,}": lambda: page((DEEP - 1 + rng.randrange(50)) * PAGE),
        "any page": lambda: page(rng.randrange(MEMBERS // PAGE) * PAGE),
        "week, first page": lambda: page(0, Period.WEEK),
        "week, page 90": lambda: page(900, Period.WEEK),
        "week, messages": lambda: page(0, Period.WEEK, "messages"),
    }


def _hidden(services: Services) -> Ask:
    return _questions(services)["own rank"]


async def _median(ask: Ask) -> float:
    """Milliseconds."""
    took: list[float] = []
    for _ in range(ASKED):
        began = time.perf_counter()
        await ask()
        took.append(time.perf_counter() - began)
    return median(took) * 1_000
