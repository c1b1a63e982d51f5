"""What an operator's tools ask the running process, over sockets."""

import asyncio
import json
import re
import socket

import aiohttp

from bot.domain.incidents import code_of
from tests.e2e.stage import ALICE, BOB, CHANNEL, GUILD, INCIDENT, MEMBERS, Stage, said
from tests.support.process import BotProcess


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def get(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


async def until_ready(port: int) -> None:
    async with asyncio.timeout(30):
        while (await get(port, "/ready"))[0] != 200:
            await asyncio.sleep(0.02)


async def test_a_real_process_tells_how_it_is_and_keeps_what_was_used(stage: Stage) -> None:
    await stage.endow(100)
    port = free_port()
    bot = await stage.start(METRICS_PORT=port)
    await until_ready(port)
    await (await stage.pay(ALICE, BOB, 30)).finished()
    await (await stage.pay(ALICE, BOB, 300)).finished()
    status, text = await get(port, "/metrics")
    assert status == 200
    assert 'folkmoot_uses_total{kind="command",name="pay",outcome="done"} 1.0' in text
    assert 'folkmoot_uses_total{kind="command",name="pay",outcome="refused"} 1.0' in text
    assert 'folkmoot_gateway_connected{shard="0"} 1.0' in text
    for secret in (*stage.secrets, str(GUILD), str(ALICE), str(CHANNEL)):
        assert not secret or secret not in text

    for arguments, word in ((["health"], "alive"), (["health", "--ready"], "ready")):
        code, process = await stage.run(*arguments, METRICS_PORT=port, METRICS_HOST="0.0.0.0")  # noqa: S104 — asked at loopback
        assert (code, process.stdout.strip()) == (0, word)
    await bot.stop()

    rows = await stage.query("SELECT command, outcome, user_id, duration_ms FROM command_logs ORDER BY id")
    assert [tuple(row)[:3] for row in rows] == [("pay", "done", ALICE), ("pay", "refused", ALICE)]
    code, process = await stage.run("health", METRICS_PORT=port)
    assert code == 1
    assert process.sentences[0].startswith(f"Nobody answers at http://127.0.0.1:{port}/health: ")


async def test_health_without_a_port_is_a_sentence(stage: Stage) -> None:
    code, process = await stage.run("health")
    assert (code, process.sentences) == (
        1,
        ["METRICS_PORT: found nothing, expected the port at which the bot tells how it is"],
    )


async def test_a_port_that_somebody_has_keeps_the_bot_from_starting(stage: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, process = await stage.run("run", METRICS_PORT=port)
    assert code == 1
    assert process.sentences == [f"METRICS_PORT: 127.0.0.1:{port} can't be listened at: another program uses that port"]
    assert stage.sandbox.gateway.identifies == 0


async def test_a_bot_that_can_not_reach_discord_lives_and_is_not_ready(stage: Stage) -> None:
    port = free_port()
    stage.sandbox.faults.delay("/users/@me", seconds=5.0, times=None)
    bot: BotProcess = await stage.launch("run", METRICS_PORT=port)
    await bot.until_said("metrics are served")
    assert (await get(port, "/health"))[0] == 200
    status, text = await get(port, "/ready")
    assert status == 503
    assert set(json.loads(text)["missing"]) == {"gateway", "guilds"}
    code, process = await stage.run("health", "--ready", METRICS_PORT=port)
    assert code == 1
    assert process.sentences[0].startswith("Not ready. gateway: ")
    stage.sandbox.faults.clear()


async def test_an_incident_is_shown_with_what_was_used(stage: Stage) -> None:
    stage.bears_tracebacks = True
    bot = await stage.start()
    async with stage.database() as database, database.write() as session:
        await session.exec_driver_sql("ALTER TABLE accounts RENAME TO accounts_gone")
    exchange = await stage.pay(MEMBERS[2], BOB, 30)
    await exchange.finished()
    assert INCIDENT in str(said(exchange))
    await bot.stop()
    [(incident_id,)] = await stage.query("SELECT incident_id FROM command_logs WHERE outcome = 'incident'")
    code, process = await stage.run("incident", code_of(incident_id))
    assert code == 0
    used = re.search(r"used   command pay with (\{.*\}), \d+ ms until it was answered", process.stdout)
    assert used is not None, process.stdout
    assert json.loads(used[1]) == {"member": "@someone", "amount": 30}
