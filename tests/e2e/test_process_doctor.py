"""The doctor names what is wrong with a set-up and the one step that mends it, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.sandbox import FAKE_TOKEN, Fault
from tests.e2e.stage import Stage, staged
from tests.support.postgres import PostgresServer

NOBODY = "127.0.0.1:9"


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A data folder as it should be."""
    tmp_path.chmod(0o700)
    return tmp_path


async def examined(stage: Stage, *options: str, **settings: object) -> tuple[int, dict[str, tuple[str, str]], str]:
    """The exit code, level and words for each subject, and all that was said."""
    code, process = await stage.run("doctor", *options, **settings)
    assert "Traceback" not in process.stderr, process.stderr
    lines = process.stdout.splitlines()
    found = {line.split()[1]: (line.split()[0], line) for line in lines[:-1]}
    assert all(" To mend it: " in line for level, line in found.values() if level != "ok")
    return code, found, process.stdout


async def broken(stage: Stage, subject: str, level: str, words: str, *options: str, **settings: object) -> None:
    """The doctor must say this of that, and exit with 1 only if something fails."""
    code, found, said = await examined(stage, *options, **settings)
    assert subject in found, said
    assert found[subject][0] == level, said
    assert words in found[subject][1], said
    fails = any(one == "fail" for one, _ in found.values())
    assert code == int(fails), said


async def test_a_set_up_that_works_has_nothing_to_mend_and_a_running_bot_is_seen(stage: Stage, folder: Path) -> None:
    code, found, said = await examined(stage)
    assert code == 0, said
    assert found["discord"] == ("ok", "ok    discord      the token is accepted.")
    assert f"revision {migrations.head()}, the newest." in said
    assert "no bot runs on it." in said
    assert FAKE_TOKEN not in said
    assert "clock" in found

    bot = await stage.start()
    code, found, said = await examined(stage, "--offline")
    assert code == 0, said
    assert "discord" not in found
    words = "a bot runs on it." if stage.config.is_sqlite else "held by a running bot: the installation (pid "
    assert words in said
    await bot.stop()


async def test_the_doctor_makes_no_database_no_folder_and_no_lock(folder: Path) -> None:
    place = folder / "new"
    config = DatabaseConfig(url=f"sqlite+aiosqlite:///{place / 'folkmoot.db'}")
    async with staged(config, folder) as stage:
        code, _, said = await examined(stage, "--offline", DATABASE_URL="", DATA_DIR=place)
        assert code == 0, said
        assert said.count("is not there yet; the first start makes it") == 2
        assert not place.exists()


@pytest.fixture
def small(folder: Path) -> DatabaseConfig:
    """An SQLite file that is not there yet, where the database is not what the story is about."""
    return DatabaseConfig(url=f"sqlite+aiosqlite:///{folder / 'folkmoot.db'}")


async def test_settings_that_make_no_sense_are_all_named(small: DatabaseConfig, folder: Path) -> None:
    async with staged(small, folder) as stage:
        stage.secrets.append("secret-of-mine")
        code, _, said = await examined(
            stage, LOG_LEVEL="loud", DATABASE_POOL_SIZE="0", DATABASE_URL="mysql://x:secret-of-mine@h/d"
        )
        assert code == 1
        assert said.count("fail  settings") == 3
        assert "LOG_LEVEL: found 'loud'" in said
        await broken(stage, "log", "warn", "LOG_LEVEL=error", "--offline", LOG_LEVEL="error")


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("", "found nothing"),
        ("put it here…", "there is a space"),
        ("a-word-and-no-token", "not the shape of a token"),
        ("123456789012345678", "it is a number"),
        (f"Bot {FAKE_TOKEN}", "begins with the word Bot"),
        (FAKE_TOKEN.replace("MTAw", "!!!!"), "not the shape of a token"),
    ],
)
async def test_a_token_of_the_wrong_shape(small: DatabaseConfig, folder: Path, token: str, words: str) -> None:
    async with staged(small, folder) as stage:
        stage.secrets += [token] if token and not token.isdigit() else []
        await broken(stage, "token", "fail", words, "--offline", DISCORD_TOKEN=token)


async def test_a_token_file_that_is_not_there(small: DatabaseConfig, folder: Path) -> None:
    async with staged(small, folder) as stage:
        await broken(stage, "token", "fail", "can't be read", DISCORD_TOKEN="", DISCORD_TOKEN_FILE="nowhere")  # noqa: S106 — a path


async def test_what_discord_says(small: DatabaseConfig, folder: Path) -> None:
    async with staged(small, folder) as stage:
        wrong = FAKE_TOKEN[:-7] + "another"
        stage.secrets.append(wrong)
        await broken(stage, "discord", "fail", "the token is refused", DISCORD_TOKEN=wrong)
        await broken(stage, "discord", "fail", "can't be reached", DISCORD_API_URL=f"http://{NOBODY}/api")
        stage.sandbox.rest.faults.add(Fault(path="/applications/@me", status=503))
        await broken(stage, "discord", "warn", "answers 503")


async def test_files_that_others_can_read(small: DatabaseConfig, folder: Path) -> None:
    (folder / ".env").write_text("DATABASE_URL=postgresql://u:secret-of-mine@h/d\n")
    (folder / ".env").chmod(0o644)
    folder.chmod(0o755)
    async with staged(small, folder) as stage:
        stage.secrets.append("secret-of-mine")
        await broken(stage, ".env", "warn", "chmod 600", "--offline")
        await broken(stage, "data", "warn", "chmod 750", "--offline")
        (folder / ".env").chmod(0o600)
        await broken(stage, ".env", "ok", "nobody else can", "--offline")
        letter = folder / "letter.txt"
        letter.write_text("Dear reader")
        await broken(stage, "data", "fail", "is not a folder", "--offline", DATA_DIR=letter)


async def test_a_file_that_is_no_database(small: DatabaseConfig, folder: Path) -> None:
    small.sqlite_path.write_text("Dear reader, this is not a database. " * 200)
    async with staged(small, folder) as stage:
        await broken(stage, "database", "fail", "file is not a database", "--offline")
        await broken(stage, "version", "warn", "It does not bite here", "--offline")


async def test_a_database_that_is_newer_or_not_yet_made(stage: Stage, folder: Path) -> None:
    async with stage.database() as database, database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await broken(stage, "migrations", "fail", "from a newer Folkmoot", "--offline")
    async with stage.database() as database, database.write() as session:
        await session.execute(text("DELETE FROM alembic_version"))
    await broken(stage, "migrations", "ok", "no tables yet", "--offline")


async def test_a_postgres_that_is_away_or_refuses(
    small: DatabaseConfig, folder: Path, postgres_server: PostgresServer
) -> None:
    async with staged(small, folder) as stage:
        stage.secrets += ["secret-of-mine", str(postgres_server.admin.password)]
        away = f"postgresql://folkmoot:secret-of-mine@{NOBODY}/folkmoot"
        await broken(stage, "database", "fail", "can't be reached", "--offline", DATABASE_URL=away)
        good = postgres_server.url("postgres")
        wrong = make_url(good).set(password="secret-of-mine")  # noqa: S106 — a wrong one
        address = wrong.render_as_string(hide_password=False)
        await broken(stage, "database", "fail", "refuses", "--offline", DATABASE_URL=address)
        both = {"DATABASE_URL": good, "DATABASE_DIRECT_URL": away}
        await broken(stage, "direct", "fail", "DATABASE_DIRECT_URL can't be reached", "--offline", **both)
        elsewhere = {"DATABASE_URL": good, "DATABASE_DIRECT_URL": postgres_server.url("template1")}
        await broken(stage, "direct", "fail", "leads to another database", "--offline", **elsewhere)
        same = {"DATABASE_URL": good, "DATABASE_DIRECT_URL": good}
        await broken(stage, "direct", "ok", "the same database", "--offline", **same)
