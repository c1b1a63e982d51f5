"""Broken set-ups, each with the doctor's answer: what is wrong, and the one step that mends it.

The answers stand in docs/operating.md, word for word.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from bot import startup
from bot.db import migrations, pg_programs
from bot.db.config import DatabaseConfig
from bot.doctor import database, examine, online
from bot.sandbox import FAKE_TOKEN, Sandbox, World
from bot.settings import variables
from tests.doctor.test_doctor import Usage
from tests.support.postgres import PostgresServer
from tests.support.roles import Roles, roles_on

ROOT = Path(__file__).parents[2]
TRANSCRIPT = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


class Ward:
    """A sound set-up on SQLite, for a story to break, and the doctor."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, template: Path, roles: Roles) -> None:
        self.folder = folder
        self.patch = patch
        self.roles = roles
        self.sqlite = DatabaseConfig(url=f"sqlite+aiosqlite:///{folder / 'data' / 'folkmoot.db'}")
        (folder / "data").mkdir(mode=0o700)
        shutil.copyfile(template, self.sqlite.sqlite_path)
        for name in variables():
            patch.delenv(name, raising=False)
        patch.chdir(folder)
        self.set(DISCORD_TOKEN=FAKE_TOKEN)

    def set(self, **settings: str) -> None:
        for name, value in settings.items():
            self.patch.setenv(name, value)

    def lose_right_to_write(self, lost: Path) -> None:
        """As the folder's owner would; a test that runs as root may write everywhere."""
        may = os.access

        def access(path: Any, mode: int, **options: Any) -> bool:
            return may(path, mode, **options) and not (mode & os.W_OK and Path(path).absolute() == lost.absolute())

        self.patch.setattr(os, "access", access)


@pytest.fixture(scope="module")
def roles(postgres_server: PostgresServer) -> Iterator[Roles]:
    with roles_on(postgres_server) as made:
        yield made


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path, roles: Roles) -> Ward:
    return Ward(tmp_path, monkeypatch, sqlite_template, roles)


def closed_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])


# How each set-up is broken ------------------------------------------------------------------------------


def a_number_for_a_token(ward: Ward) -> None:
    ward.set(DISCORD_TOKEN="123456789012345678")  # noqa: S106 — no token, which is the point


def a_token_that_was_reset(ward: Ward) -> None:
    ward.set(DISCORD_TOKEN=FAKE_TOKEN[:-7] + "another")


def no_way_to_discord(ward: Ward) -> None:
    ward.set(DISCORD_API_URL=f"http://127.0.0.1:{closed_port()}/api")


def a_misspelt_setting(ward: Ward) -> None:
    (ward.folder / ".env").write_text("DATABASE_POOLSIZE=5\n")


def another_s_folder(ward: Ward) -> None:
    ward.lose_right_to_write(ward.folder / "data")


def another_s_backups(ward: Ward) -> None:
    (ward.folder / "data" / "backups").mkdir()
    ward.lose_right_to_write(ward.folder / "data" / "backups")


def a_full_disk(ward: Ward) -> None:
    ward.patch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 20_000_000))


def an_old_sqlite(ward: Ward) -> None:
    ward.patch.setattr(database, "sqlite_version", lambda: (3, 40, 1))


def a_newer_database(ward: Ward) -> None:
    stamp(ward, "9999")


def an_older_database(ward: Ward) -> None:
    stamp(ward, "0001")


def stamp(ward: Ward, revision: str) -> None:
    def write(connection: Any) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})

    migrations.run_on(ward.sqlite, write)


def a_letter_for_a_database(ward: Ward) -> None:
    ward.sqlite.sqlite_path.write_text("Dear reader, this is not a database. " * 200)


def no_postgres(ward: Ward) -> None:
    ward.set(DATABASE_URL=f"postgresql://folkmoot:hunter2@127.0.0.1:{closed_port()}/folkmoot")


def a_wrong_password(ward: Ward) -> None:
    wrong = make_url(ward.roles.url("app")).set(password="hunter2")  # noqa: S106 — a wrong one
    ward.set(DATABASE_URL=wrong.render_as_string(hide_password=False))


def a_password_file_that_is_not_there(ward: Ward) -> None:
    ward.set(DATABASE_URL="postgresql://folkmoot@127.0.0.1/folkmoot", DATABASE_PASSWORD_FILE="password")  # noqa: S106


def a_role_that_may_not_migrate(ward: Ward) -> None:
    ward.set(DATABASE_URL=ward.roles.url("app"))


def no_pg_dump(ward: Ward) -> None:
    def find(name: str, major: int = 0) -> str:
        raise pg_programs.ProgramMissingError(name)

    ward.patch.setattr(pg_programs, "find", find)
    ward.set(DATABASE_URL=ward.roles.url("owner"))


def a_clock_that_is_off(ward: Ward) -> None:
    right = online._clock

    def later(date: str | None, asked: datetime, answered: datetime) -> Any:
        return right(date, asked + timedelta(seconds=90), answered + timedelta(seconds=90))

    ward.patch.setattr(online, "_clock", later)


@dataclass(frozen=True)
class Case:
    """A way to break a set-up, the level of the answer, and its subject."""

    broken: Callable[[Ward], None]
    level: str
    subject: str

    @property
    def name(self) -> str:
        return self.broken.__name__


CASES = [
    Case(a_number_for_a_token, "fail", "token"),
    Case(a_token_that_was_reset, "fail", "discord"),
    Case(no_way_to_discord, "fail", "discord"),
    Case(a_misspelt_setting, "fail", "settings"),
    Case(another_s_folder, "fail", "data"),
    Case(another_s_backups, "fail", "backups"),
    Case(a_full_disk, "fail", "disk"),
    Case(an_old_sqlite, "warn", "version"),
    Case(a_newer_database, "fail", "migrations"),
    Case(an_older_database, "warn", "migrations"),
    Case(a_letter_for_a_database, "fail", "database"),
    Case(no_postgres, "fail", "database"),
    Case(a_wrong_password, "fail", "database"),
    Case(a_password_file_that_is_not_there, "fail", "database"),
    Case(a_role_that_may_not_migrate, "fail", "migrations"),
    Case(no_pg_dump, "warn", "programs"),
    Case(a_clock_that_is_off, "warn", "clock"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_answer_says_what_is_wrong_and_the_step_that_mends_it(case: Case, ward: Ward) -> None:
    async with Sandbox(World()) as sandbox:
        ward.set(DISCORD_API_URL=sandbox.api_url)
        await asyncio.to_thread(case.broken, ward)
        found = [one async for one in examine(Path(".env"), offline=False)]
    said = {one.subject: one for one in found}
    answer = said[case.subject]
    assert (answer.level, bool(answer.step)) == (case.level, True), "\n".join(map(str, found))
    assert not {"hunter2", FAKE_TOKEN} & set("\n".join(map(str, found)).split())
    line = as_documented(str(answer), ward)
    print(line)  # noqa: T201 — `pytest -s` shows all of them
    assert line in TRANSCRIPT.splitlines(), line
    others = [str(one) for one in found if one.level == "fail" and one is not answer]
    assert others == [], "one fault, one failure"


def as_documented(line: str, ward: Ward) -> str:
    """Without what differs from machine to machine."""
    url = make_url(os.environ["DATABASE_URL"]) if "DATABASE_URL" in os.environ else None
    places = [(str(ward.sqlite.sqlite_path.parent), "data"), (str(ward.folder), ".")]
    if url is not None and url.username != "folkmoot":
        places += [(str(url.username), "folkmoot_app"), (str(url.database), "folkmoot")]
        places += [(str(url.host), "127.0.0.1"), (f":{url.port}/", ":5432/")]
    elif url is not None and url.port is not None:
        places += [(f":{url.port}/", ":5432/"), (f", {url.port})", ", 5432)")]
    api = make_url(os.environ["DISCORD_API_URL"])
    for found, shown in [*places, (f"http://127.0.0.1:{api.port}/api", "https://discord.com/api")]:
        line = line.replace(found, shown)
    line = re.sub(r"(of version|-client-)( ?)\d+", r"\1\g<2>17", line)
    return line.replace(str(migrations.head()), "0009")


async def test_a_bot_that_runs_is_no_fault_and_is_seen(ward: Ward) -> None:
    with startup.database_lock(ward.sqlite):
        found = {one.subject: one async for one in examine(Path(".env"), offline=True)}
    assert (found["lock"].level, found["lock"].said) == ("ok", "a bot runs on it.")


def test_the_page_shows_no_answer_that_is_not_given() -> None:
    begin, end = "<!-- answers -->\n```\n", "\n```\n<!-- end of answers -->"
    shown = TRANSCRIPT.split(begin)[1].split(end)[0].splitlines()
    assert len(shown) == len(CASES) >= 10
