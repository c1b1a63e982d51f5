"""An operator backs up beside the bot, loses everything, and gets it back."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.db import backup
from bot.db.archive import Archive
from bot.db.models.core import AppState
from bot.domain.backups import Retention
from tests.e2e.stage import ALICE, BOB, Stage, is_paid
from tests.support.postgres import PostgresServer


@pytest.fixture
def path(request: pytest.FixtureRequest, database_kind: str) -> str:
    """Where programs are looked for; PostgreSQL's client programs may be next to the server's, and nowhere else."""
    usual = "/usr/local/bin:/usr/bin:/bin"
    if database_kind == "sqlite":
        return usual
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return usual if server.record is None else f"{server.record.programs.folder}:{usual}"


async def paid(stage: Stage, amount: int) -> None:
    exchange = await stage.pay(ALICE, BOB, amount)
    await exchange.finished()
    assert is_paid(exchange)


async def test_what_was_paid_before_the_backup_is_there_after_the_restore(
    stage: Stage, path: str, request: pytest.FixtureRequest
) -> None:
    await stage.endow(100)
    bot = await stage.start()
    await paid(stage, 10)
    code, process = await stage.run("db", "backup", PATH=path)
    if code and "is not on this machine" in process.stderr:
        assert len(process.sentences) == 1
        await bot.stop()
        return
    assert code == 0, process.stderr
    folder = Path(process.stdout.strip().rpartition("checked: ")[2])
    assert folder.parent == stage.folder / "backups"
    await paid(stage, 20)

    place = str(stage.folder / "elsewhere")
    if stage.config.is_sqlite:
        target: dict[str, object] = {"DATABASE_URL": f"sqlite:///{place}/folkmoot.db", "DATA_DIR": place}
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        server.create_database("restored_by_hand")
        target = {"DATABASE_URL": server.url("restored_by_hand"), "DATA_DIR": place}

    code, process = await stage.run("db", "restore", str(folder), PATH=path)  # the bot runs
    assert (code, len(process.sentences)) == (1, 1)
    assert "stop" in process.sentences[0]
    bot.kill()
    await bot.ended()
    code, process = await stage.run("db", "restore", str(folder), PATH=path)  # and where it ran there is something
    assert (code, len(process.sentences)) == (1, 1)
    assert "A backup is restored into an empty" in process.sentences[0]

    code, process = await stage.run("db", "backup", str(stage.folder / "after-a-kill"), PATH=path)
    assert code == 0, process.stderr
    code, process = await stage.run("db", "restore", str(folder), PATH=path, **target)
    assert code == 0, process.stderr
    assert "Everything adds up. Servers: 1. Wrong: 0." in process.stdout
    bot = await stage.start(**target)
    assert "90 coins" in await stage.wallet(ALICE)
    await bot.stop()
    if not stage.config.is_sqlite:
        request.getfixturevalue("postgres_server").drop_database("restored_by_hand")


async def test_a_backup_that_is_killed_leaves_nothing_under_its_name(stage: Stage, path: str) -> None:
    await stage.endow(100)
    async with stage.database() as database, database.write() as session:
        rows = [{"application_id": 1, "name": f"row {number}", "value": f"{number}" * 200} for number in range(10_000)]
        await session.execute(insert(AppState), rows)
    folder = stage.folder / "backups"
    code, process = await stage.run("db", "backup", PATH=path)
    if code and "is not on this machine" in process.stderr:
        return
    assert code == 0, process.stderr
    killed = 0
    for wanted in ("folkmoot.*", "folkmoot.*", "manifest.json"):
        process = await stage.launch("db", "backup", str(folder / f"killed-{killed}-{wanted[0]}"), PATH=path)
        while process.alive and not list(folder.glob(f".killed-*.part/{wanted}")):
            await asyncio.sleep(0)
        process.kill()
        killed += await process.ended() == -9
        for one in folder.iterdir():
            if not one.name.startswith("."):
                manifest = backup.read_manifest(one)
                assert all(backup._entry(one / name) == entry for name, entry in manifest.files.items())
    assert killed
    assert Archive(stage.config, stage.folder, Retention()).newest() is not None
