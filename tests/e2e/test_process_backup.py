"""An operator backs up beside the bot, loses everything, and gets it back."""

from pathlib import Path

import pytest

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
