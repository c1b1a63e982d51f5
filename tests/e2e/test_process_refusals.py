"""What can't work is said once, in a sentence that an operator understands, and never as a traceback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from filelock import FileLock

from bot.db.config import DatabaseConfig
from bot.sandbox import FAKE_TOKEN
from tests.e2e.stage import Stage, Stopwatch, staged
from tests.support.postgres import PostgresServer

FAILED, BAD_SETTINGS = 1, 2
NOBODY = "127.0.0.1:9"
"""The discard port, where nothing listens."""

WRONG_SETTINGS = [
    ({"DATABASE_POOL_SIZE": "many"}, "DATABASE_POOL_SIZE: found 'many', expected"),
    ({"DATABASE_URL": "mysql://folkmoot:secret-of-mine@db/folkmoot"}, "DATABASE_URL: found a value that is not shown"),
    ({"DATABASE_URL": "postgresql://folkmoot@db:port/folkmoot"}, "DATABASE_URL: found a value that is not shown"),
    ({"DISCORD_API_URL": "discord.com"}, "DISCORD_API_URL: found 'discord.com', expected an address"),
    ({"SHARD_IDS": "0,1"}, "SHARD_IDS: found without SHARD_COUNT"),
    ({"SHARD_COUNT": "2", "SHARD_IDS": "2"}, "SHARD_IDS: found '2', expected numbers below SHARD_COUNT=2"),
    ({"ALLOWED_GUILD_IDS": "Meadow"}, "ALLOWED_GUILD_IDS: found 'Meadow', expected numbers"),
    ({"DISCORD_TOKEN": ""}, "DISCORD_TOKEN: found nothing, expected the bot's token"),
    ({"DISCORD_TOKEN": "", "DISCORD_TOKEN_FILE": "nowhere"}, "DISCORD_TOKEN_FILE: found 'nowhere', which can't be"),
]


@pytest.fixture
async def small_stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """On an SQLite file that is not there yet, where the database is not what the story is about."""
    async with staged(DatabaseConfig(url=f"sqlite+aiosqlite:///{tmp_path / 'folkmoot.db'}"), tmp_path) as stage:
        yield stage


async def refused(stage: Stage, sentence: str, *, code: int = FAILED, **settings: object) -> None:
    """The bot must end by itself and say this one sentence, besides its log."""
    found, process = await stage.run("run", **settings)
    assert found == code, process.stderr
    assert len(process.sentences) == 1, process.stderr
    assert sentence in process.sentences[0]
    assert process.stdout == ""


async def test_a_token_that_discord_refuses(small_stage: Stage) -> None:
    wrong = FAKE_TOKEN[::-1]
    small_stage.secrets.append(wrong)
    await refused(small_stage, "Discord refuses the token. In the Developer Portal", DISCORD_TOKEN=wrong)


async def test_a_token_that_can_not_be_a_token(small_stage: Stage) -> None:
    await refused(small_stage, "Discord refuses the token.", DISCORD_TOKEN="put it here\u2026")  # noqa: S106 — no token


async def test_privileged_intents_that_are_switched_off(tmp_path: Path) -> None:
    config = DatabaseConfig(url=f"sqlite+aiosqlite:///{tmp_path / 'folkmoot.db'}")
    async with staged(config, tmp_path, portal_intents=frozenset()) as stage:
        await refused(stage, "switch on Server Members Intent and Message Content Intent")


async def test_a_discord_that_is_not_there(small_stage: Stage) -> None:
    await refused(small_stage, "does not answer as Discord would", DISCORD_API_URL=f"http://{NOBODY}/api")


async def test_a_file_that_another_process_holds(small_stage: Stage) -> None:
    with FileLock(f"{small_stage.config.sqlite_path}.lock"):
        await refused(small_stage, "is in use by another Folkmoot process; stop that one first.")


async def test_a_database_that_a_newer_version_used(stage: Stage) -> None:
    async with stage.database() as database, database.write() as session:
        await session.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await refused(stage, "revision 9999, which this version does not know: it was last used by a newer Folkmoot")


async def test_a_postgres_that_is_not_there_is_waited_for_and_no_longer_than_said(small_stage: Stage) -> None:
    watch = Stopwatch()
    small_stage.secrets.append("secret-of-mine")
    await refused(
        small_stage,
        f"The database at postgresql+asyncpg://folkmoot:***@{NOBODY}/folkmoot does not answer",
        DATABASE_URL=f"postgresql://folkmoot:secret-of-mine@{NOBODY}/folkmoot",
        DATABASE_START_TIMEOUT=2,
    )
    assert 1 < watch.seconds < 10


async def test_a_postgres_that_refuses_the_password_or_has_no_such_database(
    small_stage: Stage, postgres_server: PostgresServer
) -> None:
    small_stage.secrets += [str(postgres_server.admin.password), "secret-of-mine"]
    wrong = postgres_server.admin.set(drivername="postgresql", password="secret-of-mine")  # noqa: S106 — a wrong one
    await refused(small_stage, "can't be used", DATABASE_URL=wrong.render_as_string(hide_password=False))
    await refused(small_stage, '"nowhere" does not exist', DATABASE_URL=postgres_server.url("nowhere"))


async def test_a_place_where_no_database_can_be(small_stage: Stage) -> None:
    file = small_stage.folder / "letter.txt"
    file.write_text("Dear reader, this is not a database. " * 200)
    await refused(small_stage, "can't be used: file is not a database", DATABASE_URL=f"sqlite:///{file}")
    await refused(
        small_stage,
        "letter.txt', which is a file, expected a folder",
        code=BAD_SETTINGS,
        DATABASE_URL="",
        DATA_DIR=file,
    )
    inside = file / "data"
    await refused(small_stage, f"which is inside the file {file}", code=BAD_SETTINGS, DATABASE_URL="", DATA_DIR=inside)


async def test_a_file_of_settings_that_was_named_and_is_not_there(small_stage: Stage) -> None:
    for command in (["run"], ["doctor", "--offline"], ["db", "current"]):
        code, process = await small_stage.run(*command, "--env-file", "no.env")
        assert (code, process.sentences) == (
            BAD_SETTINGS,
            ["--env-file: found 'no.env', expected a file that is there"],
        )
        assert process.stdout == ""


@pytest.mark.parametrize(("settings", "sentence"), WRONG_SETTINGS, ids=[" ".join(one) for one, _ in WRONG_SETTINGS])
async def test_a_setting_that_makes_no_sense(small_stage: Stage, settings: dict[str, str], sentence: str) -> None:
    small_stage.secrets.append("secret-of-mine")
    await refused(small_stage, sentence, code=BAD_SETTINGS, **settings)
