"""How long pages of giveaways take among a million, and a proof of a million entrants, on both databases."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import update

from bench import filled
from bench.recipe import GUILD
from bench.support import Options, Row, Sample, difference, say
from bot.clock import SystemClock
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.giveaways import GiveawayRow
from bot.db.repositories.giveaways import giveaways, winners
from bot.domain.features import FeatureSettings
from bot.domain.giveaway_draw import DrawRequest, draw
from bot.domain.giveaways import COUNTER, Status, Winner, WinnerState
from bot.domain.paging import NEWEST, Cursor
from bot.features import invariants
from bot.services import Services
from bot.services.giveaway_knowing import Shown
from bot.services.giveaway_list import entrants_of
from bot.services.settings_cache import SettingsCache
from bot.services.verify import VerifyService

MANY = 1_000_000
"""Giveaways of a server, and entrants of its newest."""

OPEN, HOST = 50, 93
ASKED = 40
"""Pages of one kind in a round. The median counts, and the machine is not ours alone."""

PAGE_WITHIN = 5.0
VERIFIED_WITHIN, PROVED_WITHIN = 10_000.0, 20_000.0
"""Milliseconds."""

Ask = Callable[[], Awaitable[object]]


async def run(options: Options) -> list[Row]:
    """Pages of lists and of entrants; then once `db verify`, and the proof of a million; beside a read of nothing.

    The rows are made by SQL beforehand: all giveaways are over but the newest fifty, whose newest everybody entered.
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
                rows += await _pages(name, database, services, options)
                rows += await _whole(name, database, services)
            finally:
                await database.close()
    return rows


def _questions(services: Services) -> dict[str, Ask]:
    knowing, middle = services.giveaway_knowing, Cursor(MANY // 2)
    return {
        "/giveaway list": lambda: knowing.listed(GUILD, Shown.OPEN, NEWEST, by=HOST),
        "/giveaway list, those that are over": lambda: knowing.listed(GUILD, Shown.OVER, NEWEST, by=HOST),
        "/giveaway list, a page in the middle": lambda: knowing.listed(GUILD, Shown.OVER, middle, by=HOST),
        "/giveaway list, drafts": lambda: knowing.listed(GUILD, Shown.DRAFTS, NEWEST, by=HOST),
        "/giveaway info": lambda: knowing.about(GUILD, MANY),
        "/giveaway entrants": lambda: knowing.entrants(GUILD, MANY, 0),
        "/giveaway entrants, a page in the middle": lambda: knowing.entrants(GUILD, MANY, 10**17 + MANY // 2 * 1_000),
    }


async def _pages(name: str, database: Database, services: Services, options: Options) -> list[Row]:
    asked = _questions(services)
    took: dict[str, list[float]] = {what: [] for what in asked}
    nothing: list[float] = []
    for number in range(options.rounds + 1):  # the first warms up
        quiet = await _median(database.ping, ASKED)
        found = {what: await _median(ask, ASKED) for what, ask in asked.items()}
        if number:
            nothing.append(quiet)
            for what, milliseconds in found.items():
                took[what].append(milliseconds)
            say(f"  giveaways, {name}, round {number}: {', '.join(f'{one:.1f}' for one in found.values())} ms")
    note = f"{options.rounds} rounds of {ASKED}, {MANY:,} giveaways, {MANY:,} entrants"
    return [
        difference(
            f"{what}, {name}", "ms", Sample.of(milliseconds), Sample.of(nothing), "a read of nothing",
            target=PAGE_WITHIN, digits=1, note=note,
        )
        for what, milliseconds in took.items()
    ]  # fmt: skip


async def _whole(name: str, database: Database, services: Services) -> list[Row]:
    """Each once: they take seconds."""
    await _draw(database)
    checks = VerifyService(database, {"giveaways": invariants()["giveaways"]})
    nothing = Sample.of([await _median(database.ping, ASKED)])
    verified = Sample.of([await _median(lambda: checks.guild(GUILD), 1)])
    proved = Sample.of([await _median(lambda: services.giveaway_proofs.prove(GUILD, MANY), 1)])
    return [
        difference(
            f"{what}, {name}", "ms", sample, nothing, "a read of nothing", target=target, digits=0, note=note,
        )
        for what, sample, target, note in (
            ("what db verify looks at", verified, VERIFIED_WITHIN, "once; the lists of 200, winners of 5,000"),
            ("the proof of a giveaway", proved, PROVED_WITHIN, f"once; {MANY:,} entrants, read, drawn again, packed"),
        )
    ]  # fmt: skip


async def _draw(database: Database) -> None:
    """Draw the newest giveaway, as the keeper would."""
    giveaway = await database.query(lambda session: giveaways.find(session, GUILD, MANY))
    assert giveaway is not None
    entrants = await entrants_of(database, GUILD, MANY)
    request = DrawRequest(GUILD, MANY, bytes.fromhex(giveaway.seed), entrants, 20)
    drawn = await asyncio.to_thread(draw, request)
    now = SystemClock().now()
    async with database.write() as session:
        values = {
            "status": Status.ENDED, "ended_at": now, "drawn_at": now, "list_hash": drawn.list_hash,
            "entrants": len(entrants), "places": list(drawn.places), "looked": 1, "due_at": None,
            "commitment": drawn.commitment,
        }  # fmt: skip
        here = (GiveawayRow.guild_id == GUILD, GiveawayRow.number == MANY)
        await session.execute(update(GiveawayRow).where(*here).values(**values))
        await winners.add(session, [Winner(GUILD, MANY, 1, drawn.places[0], WinnerState.CLAIMED, at=now)])


async def _median(ask: Ask, count: int) -> float:
    """The median time of an answer, in milliseconds."""
    took: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


# A million giveaways, and a million entrants -------------------------------------------------------------


async def fill(config: DatabaseConfig, many: int = MANY) -> None:
    """Fill an empty database."""
    if config.is_sqlite:
        numbers = f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {many}) SELECT n FROM c)"  # noqa: S608
        now, later = "strftime('%Y-%m-%d %H:%M:%S.000000', 'now')", "strftime('%Y-%m-%d 00:00:00.000000', '2100-01-01')"
        await filled.execute(config, [*_made(numbers, now, later, "0", many), "ANALYZE"])
    else:
        numbers, later = f"generate_series(1, {many}) AS n", "timestamptz '2100-01-01'"
        await filled.execute(config, _made(numbers, "now()", later, "false", many))


def _made(numbers: str, now: str, later: str, no: str, many: int) -> list[str]:
    """Statements that make all of them."""
    over = f"n <= {many - OPEN}"
    zeros = "'" + "0" * 64 + "'"
    columns = (
        "guild_id, number, key, status, status_at, host_id, created_by, channel_id, prize, text, winners, ends_at, "
        "host_enters, letter, rules, bonuses, coins, commitment, seed, gone, shown, ended_at, weighed_to, entrants, "
        "list_hash, places, drawn_at, looked, vacant, version, due_at, attempts, created_at, updated_at"
    )
    return [
        f"""
        INSERT INTO giveaways ({columns})
        SELECT {GUILD}, n, 'i:' || n,
            CASE WHEN {over} THEN 'ended' WHEN n % 5 = 1 THEN 'draft' ELSE 'running' END, {now},
            {HOST}, {HOST}, 5000, 'A mug', '', 1, {later},
            {no}, {no}, '{{}}', '{{}}', 0, {zeros}, {zeros}, {no}, {many}, CASE WHEN {over} THEN {now} END, 0,
            CASE WHEN {over} THEN 0 END, CASE WHEN {over} THEN {zeros} END, '[]', CASE WHEN {over} THEN {now} END,
            0, 0, 1, CASE WHEN NOT ({over}) AND n % 5 <> 1 THEN {later} END, 0, {now}, {now}
        FROM {numbers}""",  # noqa: S608 — made of constants
        f"""
        INSERT INTO giveaway_entries (guild_id, number, user_id, weight, boosts, entered_at)
        SELECT {GUILD}, {many}, 100000000000000000 + n * 1000 + n % 997, 1 + n % 5, {no}, {now} FROM {numbers}""",  # noqa: S608
        f"""
        INSERT INTO guild_counters (guild_id, name, value, created_at, updated_at)
        VALUES ({GUILD}, '{COUNTER}', {many}, {now}, {now})""",  # noqa: S608
    ]
