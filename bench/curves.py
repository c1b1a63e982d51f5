"""Another curve for a server of 1,000,000 active members, seen before it holds; and levels kept in one of 50,000."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from bench import filled
from bench.ranks import execute, services_on
from bench.recipe import GUILD
from bench.support import Options, Row, Sample, difference, say
from bot.clock import SystemClock
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.repositories.leveling.ranks import bucket_of
from bot.domain.audit import AuditSource
from bot.domain.curve_changes import MOST_KEPT, Keep
from bot.domain.curves import Preset
from bot.domain.leveling import Batch, Gain, Reward, Stacking
from bot.domain.leveling_settings import CurveSettings
from bot.services import Services
from bot.services.rewards import By

MEMBERS = 1_000_000
"""Who has XP. Each of them earned some on five of the last 30 days."""

SMALL = GUILD + 1
"""The guild of as many as can keep their levels."""

PREVIEW_WITHIN = 3_000.0
"""Milliseconds."""

_BY = By(1, AuditSource.COMMAND)
_WANTED, _BEFORE = CurveSettings(preset=Preset.LURKR), CurveSettings()
_ROLES = range(5, 55, 5)
"""Levels that bring a role."""

_FIRST = 900_500_000_000_000_000
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :most - 1)"
_XP = f"(i * 7919 % {MEMBERS} * (i * 7919 % {MEMBERS}) / 2000000 + 15)"

_LEVELS = f"""
INSERT INTO member_levels (guild_id, user_id, xp, messages, voice_seconds, created_at, updated_at)
{_NUMBERS} SELECT :guild, {_FIRST} + i, {_XP}, {_XP} / 20, 0, :now, :now FROM n
"""  # noqa: S608 — of numbers that stand above

_DAY = f"""
INSERT INTO xp_periods (guild_id, span, begins, user_id, xp, messages, voice_seconds, created_at, updated_at)
{_NUMBERS} SELECT {GUILD}, 'day', :day, {_FIRST} + i, i * 31 % 997 + 15, 5, 0, :now, :now FROM n
WHERE (i + CAST(:number AS BIGINT)) % 6 = 0
"""  # noqa: S608 — as above

_BUCKETS = f"""
INSERT INTO xp_buckets (guild_id, bucket, members, created_at, updated_at)
SELECT guild_id, {bucket_of("xp").name}, count(*), :now, :now FROM member_levels GROUP BY 1, 2
"""  # noqa: S608 — as above


async def run(options: Options) -> list[Row]:
    """The preview, with ten roles of levels; levels kept, and that taken back, beside flushes that wait for it.

    The databases are filled by SQL beforehand, which takes minutes and 2 GB.
    """
    rows: list[Row] = []
    for name, place in (("SQLite", filled.sqlite), ("PostgreSQL", filled.postgres)):
        async with place(_fill) as config:
            database = Database(config, SystemClock(), random.SystemRandom())
            try:
                rows += await _measure(name, database, services_on(database), options)
            finally:
                await database.close()
    return rows


async def _fill(config: DatabaseConfig) -> None:
    patient = replace(config, statement_timeout=3_600.0, synchronous_full=False)
    database, now = Database(patient, SystemClock(), random.SystemRandom()), datetime.now(UTC)
    try:
        for guild, most in ((GUILD, MEMBERS), (SMALL, MOST_KEPT)):
            await execute(database, _LEVELS, {"guild": guild, "most": most, "now": now})
        for number in range(30):
            day = now.date() - timedelta(days=number)
            await execute(database, _DAY, {"day": day, "number": number, "most": MEMBERS, "now": now})
        await execute(database, _BUCKETS, {"now": now})
        services = services_on(database)
        for guild in (GUILD, SMALL):
            for level in _ROLES:
                await services.rewards.set(guild, Reward(level, level, Stacking.STACK), _BY)
    finally:
        await database.close()


async def _measure(name: str, database: Database, services: Services, options: Options) -> list[Row]:
    took: dict[str, list[float]] = {"preview": [], "a write beside it": [], "levels kept": [], "that taken back": []}
    nothing: list[float] = []
    for number in range(options.rounds):
        nothing.append(await _timed(database.ping()))
        previewing = asyncio.create_task(_timed(services.curves.preview(GUILD, _WANTED)))
        took["a write beside it"].append(await _longest_write(services, previewing))
        took["preview"].append(previewing.result())
        base = (await services.curves.present(SMALL)).version
        began = time.perf_counter()
        done = await services.curves.apply(SMALL, _WANTED, Keep.LEVELS, base=base, by=_BY)
        took["levels kept"].append((time.perf_counter() - began) * 1_000)
        assert done.batch_id is not None
        undoing = services.curves.undo(SMALL, _BEFORE, done.batch_id, base=done.version, by=_BY)
        took["that taken back"].append(await _timed(undoing))
        say(f"  {name}, round {number}: " + ", ".join(f"{what} {values[-1]:,.0f}" for what, values in took.items()))
    quiet = Sample.of(nothing)
    return [
        difference(
            f"{what}, {name}", "ms", Sample.of(values), quiet, "a read of nothing",
            target=PREVIEW_WITHIN if what == "preview" else None,
        )
        for what, values in took.items()
    ]  # fmt: skip


async def _timed(doing: Awaitable[object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    await doing
    return (time.perf_counter() - began) * 1_000


async def _longest_write(services: Services, until: asyncio.Task[float]) -> float:
    """Milliseconds of the slowest write while something else is going on."""
    longest = 0.0
    for number in count(time.time_ns()):
        gain = Gain(SMALL + 1, 1, 15, 1, 0, None, None, datetime.now(UTC).date())
        longest = max(longest, await _timed(services.leveling.flush(Batch(number, (gain,)))))
        if until.done():
            break
    return longest
