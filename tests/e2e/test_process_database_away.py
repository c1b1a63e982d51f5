"""PostgreSQL goes away under the running bot, by a crash and by going silent, and comes back."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.db.config import DatabaseConfig
from bot.db.shard_lock import WATCH_INTERVAL
from bot.sandbox import Exchange
from tests.e2e.stage import (
    ALICE,
    AWAY,
    BOB,
    CHANNEL,
    INCIDENT,
    MEMBERS,
    Stage,
    Stopwatch,
    is_paid,
    key_of,
    said,
    staged,
)
from tests.e2e.test_process_metrics import free_port, get, until_ready
from tests.support.postgres import PostgresServer, start_server
from tests.support.process import BotProcess

UNKNOWN = "My records went away while I was writing"
BACK_WITHIN = 5.0


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server of this module's own: all workers of a run share the other, which must not go away."""
    server = start_server(ours=True)
    yield server
    server.stop()


@pytest.fixture
async def stage(own_server: PostgresServer, tmp_path: Path) -> AsyncIterator[Stage]:
    name = f"away_{tmp_path.name}"
    own_server.create_database(name)
    async with staged(DatabaseConfig(url=own_server.url(name)), tmp_path) as stage:
        yield stage


async def ask(stage: Stage, number: int) -> list[Exchange]:
    """Commands that read and commands that write, by members who never asked before."""
    member = MEMBERS[number % len(MEMBERS)]
    return [
        await stage.pay(member, BOB if member != BOB else ALICE, 1),
        await stage.member(member).slash(CHANNEL, "balance"),
    ]


async def assert_answered(stage: Stage, exchanges: list[Exchange]) -> int:
    """Nobody was left in silence or told of an incident; how many were told that the records are away."""
    for exchange in exchanges:
        await exchange.finished(30.0)
    words = [str(said(exchange)) for exchange in exchanges]
    assert not [one for one in words if INCIDENT in one]
    for exchange in exchanges:
        message = exchange.followups[-1] if exchange.followups else exchange.message
        assert message is not None
        if any(refusal in message.text for refusal in (AWAY, UNKNOWN)):
            assert message.ephemeral
        else:
            assert is_paid(exchange) or "wallet" in message.text, message.text
    return sum(AWAY in one for one in words)


async def assert_back(stage: Stage) -> None:
    """Reading and writing work again soon."""
    watch = Stopwatch()
    while True:
        payment, balance = await ask(stage, 0)
        await asyncio.gather(payment.finished(30.0), balance.finished(30.0))
        if is_paid(payment) and "wallet" in str(said(balance)):
            return
        assert watch.seconds < BACK_WITHIN, (said(payment), said(balance))
        await asyncio.sleep(0.1)


async def assert_outlived(bot: BotProcess) -> None:
    """The process goes on, also when it next looks at its shard lock."""
    await asyncio.sleep(WATCH_INTERVAL + 1)
    assert bot.alive, bot.stderr


async def assert_told_truly(stage: Stage, exchanges: list[Exchange]) -> None:
    """Who was told "done" was paid, and who was told "I changed nothing" was not."""
    ledger = await stage.payments()
    for exchange in exchanges:
        assert not is_paid(exchange) or len(ledger[key_of(exchange)]) == 1
        assert AWAY not in str(said(exchange)) or key_of(exchange) not in ledger
    await stage.assert_sound()


async def test_postgres_crashes_and_everybody_is_told_so(stage: Stage, own_server: PostgresServer) -> None:
    bot = await stage.start()
    await stage.endow(1_000)
    crash = asyncio.create_task(asyncio.to_thread(own_server.restart, immediate=True))
    asked: list[Exchange] = []
    while not crash.done():
        asked += await ask(stage, len(asked))
        await asyncio.sleep(0.05)
    await crash
    await assert_back(stage)
    await assert_answered(stage, asked)
    await assert_told_truly(stage, asked)
    await assert_outlived(bot)
    await assert_back(stage)
    await bot.stop()


async def test_postgres_falls_silent_and_everybody_is_told_so(stage: Stage, own_server: PostgresServer) -> None:
    bot = await stage.start(DATABASE_STATEMENT_TIMEOUT=2)
    await stage.endow(1_000)
    await assert_back(stage)
    own_server.freeze()
    try:
        asked = [exchange for number in range(4) for exchange in await ask(stage, number)]
        assert await assert_answered(stage, asked) == len(asked)
    finally:
        own_server.thaw()
    await assert_back(stage)
    await assert_told_truly(stage, asked)
    await assert_outlived(bot)
    await bot.stop()


async def test_while_postgres_is_silent_the_process_says_that_it_lives_and_is_not_ready(
    stage: Stage, own_server: PostgresServer
) -> None:
    port = free_port()
    bot = await stage.start(METRICS_PORT=port, DATABASE_STATEMENT_TIMEOUT=2)
    await until_ready(port)
    own_server.freeze()
    try:
        watch = Stopwatch()
        status, text = await get(port, "/ready")
        assert (status, set(json.loads(text)["missing"])) == (503, {"database"})
        assert watch.seconds < 3
        assert (await get(port, "/health"))[0] == 200
        assert (await get(port, "/metrics"))[0] == 200
    finally:
        own_server.thaw()
    await until_ready(port)
    await bot.stop()
