"""Two processes share one PostgreSQL, each with its own shard, and no shard ever runs twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from bot.db.config import DatabaseConfig
from bot.db.shard_lock import WATCH_INTERVAL
from tests.e2e.stage import Stage, empty_world, staged

GUILDS = [(5 << 22 << 10) + (shard << 22) for shard in (0, 1)]
"""One for each shard of two."""

SHARD_ONE = (0x464F_4C4B << 32) + 2
"""The key of shard 1's lock, as every version has to know it."""

LOCKS = """
    SELECT DISTINCT pid, objid::bigint FROM pg_locks
    WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""Who holds which shard; the lock of shard 0 ends in 1."""


@pytest.fixture
def database_kind() -> str:
    return "postgres"


@pytest.fixture
async def stage(database_config: DatabaseConfig, tmp_path: Path) -> AsyncIterator[Stage]:
    world = empty_world()
    for guild in GUILDS:
        world.add_guild(f"Guild {guild}", id=guild)
        world.add_channel(guild, "general", id=guild + 1)
        world.add_member(guild, f"owner of {guild}", id=guild + 2)
    async with staged(database_config, tmp_path, world, shards=2) as stage:
        yield stage


@asynccontextmanager
async def asyncpg_lock(stage: Stage, holder: int, *, key: int) -> AsyncIterator[None]:
    """Break the connection of a lock's holder and take the lock before it can."""
    url = stage.config.url.replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_terminate_backend($1)", holder)
        async with asyncio.timeout(WATCH_INTERVAL):
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", key):
                await asyncio.sleep(0.01)
        yield
    finally:
        await connection.close()


async def daily(stage: Stage, guild: int) -> str:
    return (await (await stage.member(guild + 2, guild).slash(guild + 1, "daily")).finished()).text


async def test_two_processes_share_the_guilds_and_a_third_is_turned_away(stage: Stage) -> None:
    zero = await stage.start(SHARD_COUNT=2, SHARD_IDS=0)
    one = await stage.start(SHARD_COUNT=2, SHARD_IDS=1)
    for guild in GUILDS:
        assert "250 coins" in await daily(stage, guild)
    sessions = stage.sandbox.gateway.sessions.values()
    assert {(session.shard_id, session.shard_count) for session in sessions} == {(0, 2), (1, 2)}

    code, third = await stage.run("run", SHARD_COUNT=2, SHARD_IDS=1)
    assert code == 1
    assert third.sentences == ["Another process on the same database already runs shard 1; stop it first."]
    code, other = await stage.run("run", SHARD_COUNT=4, SHARD_IDS=3)
    assert code == 1
    assert other.sentences == ["Another process on the same database runs with another SHARD_COUNT; make them equal."]
    code, upgrade = await stage.run("db", "upgrade")
    assert code == 1
    assert upgrade.sentences == ["Another process on the same database already runs this installation; stop it first."]
    code, whole = await stage.run("run")
    assert code == 1
    assert whole.sentences == ["Another process on the same database already runs this installation; stop it first."]

    # A connection that breaks costs nothing as long as nobody else wants the lock,
    holders = {objid & 0xFFFF: pid for pid, objid in await stage.query(LOCKS)}
    await stage.query("SELECT pg_terminate_backend(:pid)", pid=holders[1])
    await asyncio.sleep(WATCH_INTERVAL + 1)
    assert zero.alive
    # and a process that another was faster than must stop.
    async with asyncpg_lock(stage, holders[2], key=SHARD_ONE):
        assert await one.ended() == 1
    assert one.sentences == ["Another process took over this one's shards while the database was away, so I stopped."]
    assert "already" in await daily(stage, GUILDS[0]), "shard 0 goes on"
    again = await stage.start(SHARD_COUNT=2, SHARD_IDS=1)
    assert "already" in await daily(stage, GUILDS[1])
    await zero.stop()
    await again.stop()
