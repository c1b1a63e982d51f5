"""The server that tells how the process is: truthful, bounded, and silent about people."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import aiohttp
import pytest
from yarl import URL

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.outbox import OutboxDepth
from bot.domain.outbox import Payload, channel
from bot.domain.uses import Ending, Use, UseKind
from bot.errors import DatabaseAway
from bot.monitor import server as module
from bot.monitor.gauges import Stock
from bot.monitor.loop_lag import LoopLag
from bot.monitor.metrics import Metrics, Names, route_of
from bot.monitor.patient import Patient
from bot.monitor.readiness import PATIENCE
from bot.sandbox import Sandbox
from bot.settings import MetricsSettings, Settings
from bot.startup import StartError, start_monitor
from tests.support.stage import ALICE, GENERAL, GUILD, Stage


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
async def watched(stage: Stage) -> AsyncGenerator[Stage]:
    """The bot on its stage, served at a port."""
    stage.settings = Settings(default_features=frozenset({"all"}), metrics=MetricsSettings(port=free_port()))
    app = await stage.start()
    await start_monitor(app.monitor)
    yield stage
    assert app.monitor is not None
    await app.monitor.stop()


async def get(stage: Stage, path: str, method: str = "GET") -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{stage.settings.metrics.port}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def test_a_bot_that_serves_is_alive_and_ready(watched: Stage) -> None:
    assert await get(watched, "/health") == (200, '{"status": "ok"}')
    status, said = await get(watched, "/ready")
    assert (status, json.loads(said)) == (200, {"ready": True, "missing": {}})
    assert (await get(watched, "/"))[0] == 404
    assert (await get(watched, "/metrics", "POST"))[0] == 405


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_while_the_database_is_silent_it_lives_and_is_not_ready(
    watched: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert watched.app is not None

    over = asyncio.Event()

    async def silent_and_deaf() -> None:
        """As a driver whose server is frozen: to be cancelled it waits for it."""
        try:
            await over.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(3)
            raise

    async def away() -> None:
        raise DatabaseAway

    assert watched.app.monitor is not None
    for ping in (silent_and_deaf, away):
        over.set()
        over = asyncio.Event()
        readiness = watched.app.monitor._readiness
        monkeypatch.setattr(readiness, "_database", Patient("ping", ping, PATIENCE))
        began = time.monotonic()
        status, said = await get(watched, "/ready")
        assert time.monotonic() - began < PATIENCE + 1
        assert (status, json.loads(said)["missing"]) == (503, {"database": "It did not answer within 1 s."})
        assert (await get(watched, "/health"))[0] == 200


async def test_a_question_that_is_open_is_not_asked_again() -> None:
    asked: list[int] = []
    answer = asyncio.Event()

    async def ask() -> int:
        asked.append(1)
        await answer.wait()
        return 5

    patient = Patient("question", ask, 0.02)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await patient.answer()
    answer.set()
    assert await patient.answer() == 5
    assert len(asked) == 1
    assert await patient.answer() == 5
    assert len(asked) == 2
    await patient.close()


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_it_is_not_ready_without_its_guilds_or_its_shards_or_while_it_stops(
    watched: Stage, sandbox: Sandbox
) -> None:
    app = watched.app
    assert app is not None
    app.bot.settled.clear()
    assert list(json.loads((await get(watched, "/ready"))[1])["missing"]) == ["guilds"]
    app.bot.settled.set()
    await app.gate.close(1)
    assert list(json.loads((await get(watched, "/ready"))[1])["missing"]) == ["process"]
    await app.bot.close()
    missing = json.loads((await get(watched, "/ready"))[1])["missing"]
    assert missing["gateway"] == "These shards are not connected: 0."
    assert (await get(watched, "/health"))[0] == 200


async def test_the_metrics_tell_of_everything_and_of_nobody(watched: Stage) -> None:
    app = watched.app
    assert app is not None
    await watched.ask(watched.alice, "balance")
    await app.database.transact(
        lambda session: app.services.outbox.send(session, GUILD, channel(GENERAL), Payload("hello"), key="a")
    )
    token = await app.services.backups.claim()
    assert token is not None
    began_at = datetime.fromtimestamp(86_400, UTC)
    assert await app.services.backups.succeeded(token, began_at=began_at, size=1, seconds=1)
    status, text = await get(watched, "/metrics")
    assert status == 200
    for line in (
        'folkmoot_gateway_connected{shard="0"} 1.0',
        'folkmoot_gateway_latency_seconds{shard="0"}',
        'folkmoot_ticker_lag_seconds{source="outbox"} ',
        'folkmoot_ticker_lag_seconds{source="guild erasure"} 0.0',
        'folkmoot_ticker_rows_total{outcome="settled",source="outbox"} ',
        'folkmoot_outbox_messages{which="all"} 1.0',
        'folkmoot_database_connections_in_use{pool="',
        'folkmoot_database_wait_seconds_count{access="read"}',
        'folkmoot_cache_entries{cache="guilds"} 2.0',
        "folkmoot_event_loop_lag_seconds_count",
        "folkmoot_last_backup_timestamp_seconds 86400.0",
        "folkmoot_uses_not_logged_total 0.0",
        "process_resident_memory_bytes",
        "folkmoot_build_info{",
    ):
        assert line in text, line
    for secret in (str(GUILD), str(ALICE), str(GENERAL), watched.sandbox.token, "_created "):
        assert secret not in text
    assert not re.search(r"\d{15}", re.sub(r" \S+$", "", text, flags=re.MULTILINE)), "a label looks like an id"


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_the_database_is_asked_no_more_often_than_it_may_be_and_missing_when_it_can_not(
    watched: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = watched.app
    assert app is not None
    looks: list[int] = []

    async def stock() -> Stock:
        looks.append(1)
        if len(looks) > 1:
            raise DatabaseAway
        return Stock(OutboxDepth(3, 2), datetime.fromtimestamp(86_400, UTC))

    monkeypatch.setattr(app.monitor, "_stock", Patient("stock", stock, 1))
    await asyncio.gather(*(get(watched, "/metrics") for _ in range(5)))
    assert len(looks) == 1
    text = (await get(watched, "/metrics"))[1]
    assert 'folkmoot_outbox_messages{which="due"} 2.0' in text
    assert "folkmoot_last_backup_timestamp_seconds 86400.0" in text
    monkeypatch.setattr(module, "_STOCK_EVERY", 0)
    assert "folkmoot_outbox_messages{" not in (await get(watched, "/metrics"))[1]


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_an_answer_that_takes_too_long_is_cut_short(watched: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    app = watched.app
    assert app is not None
    assert app.monitor is not None

    async def endless() -> dict[str, str]:
        await asyncio.sleep(60)
        return {}

    monkeypatch.setattr(module, "_ANSWER_WITHIN", 0.05)
    monkeypatch.setattr(app.monitor._readiness, "missing", endless)
    assert (await get(watched, "/ready"))[0] == 503


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_port_that_is_taken_is_a_sentence(watched: Stage) -> None:
    assert watched.app is not None
    port = watched.settings.metrics.port
    with pytest.raises(StartError) as caught:
        await start_monitor(watched.app.monitor)
    assert str(caught.value) == f"METRICS_PORT: 127.0.0.1:{port} can't be listened at: another program uses that port"


async def test_transactions_are_told_by_how_they_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics()
    monkeypatch.setattr(database, "_meter", metrics)
    async with database.write():
        pass
    with pytest.raises(KeyError):
        async with database.write():
            raise KeyError
    async with database.read():
        pass
    assert [count(metrics, "transaction", outcome=outcome) for outcome in ("committed", "rolled back")] == [1, 1]
    assert [count(metrics, "wait", access=access) for access in ("read", "write")] == [1, 2]
    assert {use.in_use for use in database.pools()} == {0}
    async with database.write():
        assert sum(use.in_use for use in database.pools()) == 1
    assert all(use.limit >= 1 for use in database.pools())


def count(metrics: Metrics, what: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"folkmoot_database_{what}_seconds_count", labels)


def test_labels_come_to_an_end(clock: Clock) -> None:
    names = Names(2)
    assert [names(name) for name in "abcab"] == ["a", "b", "other", "a", "b"]
    metrics = Metrics()
    for number in range(1_000):
        metrics.used(Use(clock.now(), UseKind.CONTROL, f"x:{number}", 1, 2, 3, {}, Ending(), 0.1))
    assert metrics.render().count(b"folkmoot_uses_total{") == 301


@pytest.mark.parametrize(
    ("url", "route"),
    [
        ("https://discord.com/api/v10/channels/123/messages", "channels"),
        ("https://discord.com/api/v10/interactions/1/a-token/callback", "interactions"),
        ("http://127.0.0.1:8000/channels/1", "channels"),
        ("https://discord.com/api/v10/123456789012345678", "other"),
        ("wss://gateway.discord.gg/", "other"),
    ],
)
def test_a_request_is_told_by_the_kind_of_its_route(url: str, route: str) -> None:
    assert route_of(URL(url)) == route


async def test_a_request_that_gets_no_answer_is_told_too() -> None:
    metrics, trace = Metrics(), aiohttp.TraceConfig()
    metrics.watch_requests(trace)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"http://127.0.0.1:{free_port()}/users/@me")
    value = metrics.registry.get_sample_value("folkmoot_rest_requests_total", {"route": "users", "status": "failed"})
    assert value == 1


async def test_a_loop_that_is_held_up_is_seen_to_lag() -> None:
    seen: list[float] = []
    lag = LoopLag(seen.append, 0.01)
    lag.start()
    await asyncio.sleep(0)
    time.sleep(0.1)
    async with asyncio.timeout(5):
        while len(seen) < 2:
            await asyncio.sleep(0.005)
    lag.stop()
    assert seen[0] >= 0.08
    told = len(seen)
    await asyncio.sleep(0.05)
    assert len(seen) == told
