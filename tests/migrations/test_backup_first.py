"""Nobody loses anything to a migration: there is a backup from just before it."""

from __future__ import annotations

import asyncio
import shutil
import stat
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot import startup
from bot.db import backup, migrations, pg_programs
from bot.db.config import DatabaseConfig
from tests.support.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
NEXT = '''
"""Make everything worse."""
from alembic import op
revision, down_revision, branch_labels, depends_on = "9998", "{head}", None, None
def upgrade():
    op.execute("DELETE FROM app_state")
def downgrade():
    pass
'''


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_config: DatabaseConfig) -> DatabaseConfig:
    """The database of this version with a row in it, and the code of the next, which has one migration more."""

    def add(connection: Connection) -> None:
        row = "(1, 'n', 'kept', '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
        connection.execute(text(f"INSERT INTO app_state VALUES {row}"))  # noqa: S608 — our own

    migrations.run_on(database_config, add)
    tree = tmp_path / "alembic"
    shutil.copytree(ROOT / "alembic", tree)
    (tree / "versions" / "9998_worse.py").write_text(NEXT.format(head=migrations.head()))
    monkeypatch.setattr(migrations, "tree", lambda: tree)
    return database_config


def beside_the_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether this database can be dumped here; the client programs may be next to the server's and nowhere else."""
    if request.getfixturevalue("database_kind") == "sqlite":
        return True
    server: PostgresServer = request.getfixturevalue("postgres_server")
    if server.record is not None:
        monkeypatch.setenv("PATH", server.record.programs.folder, prepend=":")
    try:
        return bool(pg_programs.find("pg_dump"))
    except pg_programs.ProgramMissingError:
        return False


async def test_a_start_that_migrates_backs_up_first(
    next_version: DatabaseConfig, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    can_dump = beside_the_server(request, monkeypatch)
    old_head = (await asyncio.to_thread(migrations.inspect, next_version)).current
    await startup.migrate(next_version, tmp_path / "data")
    assert (await asyncio.to_thread(migrations.inspect, next_version)).current == "9998"
    folders = list((tmp_path / "data").glob("backups/*"))
    assert len(folders) == (1 if can_dump else 0)
    for folder in folders:
        assert folder.name.endswith(f"-before-leaving-{old_head}")
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
        assert backup.read_manifest(folder).revision == old_head

    await startup.migrate(next_version, tmp_path / "data")  # nothing left to do, and nothing to back up
    assert len(list((tmp_path / "data").glob("backups/*"))) == len(folders)


async def test_an_sqlite_file_that_can_not_be_backed_up_is_not_migrated(
    next_version: DatabaseConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("no folder")
    monkeypatch.setattr(pg_programs, "_PACKAGED", tmp_path / "nowhere")
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    if next_version.is_sqlite:
        with pytest.raises(startup.StartError, match=r"Nothing was migrated, because there is no backup\."):
            await startup.migrate(next_version, tmp_path / "data")
    else:  # where the server's administrator may have backups of their own
        await startup.migrate(next_version, tmp_path / "data")
    current = (await asyncio.to_thread(migrations.inspect, next_version)).current
    assert (current == "9998") is not next_version.is_sqlite


async def test_an_empty_database_needs_no_backup(database_config: DatabaseConfig, tmp_path: Path) -> None:
    await asyncio.to_thread(migrations.downgrade, database_config, "base")
    await startup.migrate(database_config, tmp_path / "data")
    assert not (tmp_path / "data").exists()
