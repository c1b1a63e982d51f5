"""How long the transcript of a ticket with 50,000 messages takes, how much memory, and whether anybody waits for it.

`python -m bench.transcripts URL` is the process that makes one and says what it took.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import resource
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import filled
from bench.recipe import GUILD
from bench.support import BenchError, Options, Row, Sample, difference, say
from bot.clock import SystemClock
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.features import FeatureSettings
from bot.domain.transcripts import Edition
from bot.services.settings_cache import SettingsCache

MESSAGES = 50_000
SECONDS, MEGABYTES, TURN = 20.0, 200.0, 50.0
"""At most: for all of it, of the whole process, and milliseconds of the processor without a turn for anybody else."""

MOST_BYTES = 10 * 1024**2
_TURN = 0.005


async def run(options: Options) -> list[Row]:
    """Staff's edition, in a process of its own each time: everything it holds counts, the bot's code too.

    Others wait as long as its longest turn on the loop takes. Counted is what the processor did there, for a busy
    machine lets everybody wait.
    """
    rows: list[Row] = []
    for name, place in (("SQLite", filled.sqlite), ("PostgreSQL", filled.postgres)):
        async with place(fill) as config:
            took = [await _asked(config.url) for _ in range(options.rounds)]
        for one in took:
            say(f"  transcripts, {name}: {one}")
        measured = {what: Sample.of([one[what] for one in took]) for what in took[0]}
        nothing = Sample.of([0.0] * len(took))
        note = f"{options.rounds} rounds, {MESSAGES:,} messages of 200 characters, one in ten edited"
        rows += [
            difference(
                f"a transcript, {name}", "s", measured["seconds"], nothing, "nothing", target=SECONDS, note=note
            ),
            difference(f"peak of its process, {name}", "MB", measured["peak"], nothing, "nothing", target=MEGABYTES),
            difference(f"its longest turn, {name}", "ms", measured["turn"], nothing, "nothing", target=TURN),
        ]
    return rows


async def _asked(url: str) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.transcripts", url, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise BenchError("no transcript was made")
    return json.loads(said)


# The process that makes one ---------------------------------------------------------------------------------


async def _make(url: str) -> dict[str, float]:
    clock, rng = SystemClock(), random.SystemRandom()
    database = Database(DatabaseConfig(url=url), clock, rng)
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder:
        services = make_services(
            database, clock, rng, keep_guilds_for=timedelta(days=1), features=FeatureSettings.of({"all"}),
            cache=SettingsCache(trusted=True), data_dir=Path(folder),
        )  # fmt: skip
        await database.ping()  # what a process does once is not the transcript's
        gc.collect()
        gc.freeze()  # as `folkmoot run` does
        turns: list[float] = []
        watch = asyncio.create_task(_watch(turns))
        try:
            began = time.perf_counter()
            async with services.ticket_transcripts.made(GUILD, 1, Edition.STAFF, most_bytes=MOST_BYTES) as files:
                seconds = time.perf_counter() - began
                assert files
                assert sum(one.size for one in files) <= MOST_BYTES
        finally:
            watch.cancel()
            await database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "peak": peak, "turn": max(turns) * 1000}


async def _watch(turns: list[float]) -> None:
    """Note what the loop's thread does between two turns of this task."""
    while True:
        began = time.thread_time()
        await asyncio.sleep(_TURN)
        turns.append(time.thread_time() - began)


# Fifty thousand messages --------------------------------------------------------------------------------------


async def fill(config: DatabaseConfig, messages: int = MESSAGES) -> None:
    """Fill an empty database with one ticket."""
    if config.is_sqlite:
        numbers = (
            f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {messages}) SELECT n FROM c)"  # noqa: S608 — made of constants
        )
        statements = _statements("'2026-01-05 10:00:00.000000'", numbers, "n % 5 = 0", "0", "hex(randomblob(90))")
    else:
        numbers, noise = f"generate_series(1, {messages}) AS n", "repeat(md5(random()::text), 6)"
        statements = _statements("timestamptz '2026-01-05 10:00Z'", numbers, "n % 5 = 0", "false", noise)
    await filled.execute(config, statements)


def _statements(now: str, numbers: str, staff: str, no: str, noise: str) -> list[str]:
    """A ticket, and what was said in it: a fifth by staff, one in ten edited once."""
    before = '[{"content": "What it said at first", "until": "2026-01-05T10:00:00+00:00"}]'
    ticket: dict[str, Any] = {
        "guild_id": GUILD, "number": 1, "topic_id": 1, "opener_id": 70, "opened_by": 70, "origin": "'panel'",
        "status": "'open'", "status_at": now, "mode": "'channel'", "slot": 1, "key": "'i:1'", "opened_at": now,
        "priority": 2, "tags": "'[]'", "locked": no, "frozen": no, "escalated": no, "name": "'ticket-1'", "gone": no,
        "access": 1, "applied": 1, "notes": 0, "noted": 0, "version": 1, "attempts": 0,
        "created_at": now, "updated_at": now,
    }  # fmt: skip
    message = {
        "guild_id": GUILD, "number": 1, "message_id": "n", "author_id": "70 + n % 7", "author_name": "'Somebody'",
        "is_staff": staff, "is_bot": no, "internal": no, "embeds": "'[]'", "sent_at": now, "created_at": now,
        "content": f"'<@70> & https://example.org/page ' || {noise}",
        "versions": f"CASE WHEN n % 10 = 0 THEN '{before}' ELSE '[]' END",
        "edited_at": f"CASE WHEN n % 10 = 0 THEN {now} END", "updated_at": now,
    }  # fmt: skip
    if numbers.startswith("generate"):
        message["versions"] = f"({message['versions']})::jsonb"
    return [
        f"INSERT INTO {table} ({', '.join(row)}) SELECT {', '.join(map(str, row.values()))} {source}"
        for table, row, source in (("tickets", ticket, ""), ("ticket_messages", message, f"FROM {numbers}"))
    ]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_make(sys.argv[1]))))
