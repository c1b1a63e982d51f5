"""A backup holds all that was acknowledged before it began, and goes back whole or not at all, on both databases."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from bot.compose import make_services
from bot.db import backup, migrations, pg_programs
from bot.db.backup import MANIFEST, Backup, BackupError
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.economy import Party
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.features import invariants
from bot.services import Services
from bot.services.verify import VerifyService
from tests.support.clock import ManualClock
from tests.support.postgres import PostgresServer

GUILD = 77 << 22
NOW = datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)
RATE = 200
MEMBERS = 20


@pytest.fixture(autouse=True)
def beside_the_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, database_kind: str) -> None:
    """The client programs may be next to the server's, and nowhere else."""
    if database_kind == "postgres":
        record = request.getfixturevalue("postgres_server").record
        if record is not None:
            monkeypatch.setenv("PATH", record.programs.folder, prepend=":")


@pytest.fixture
def needs_programs(database_kind: str, beside_the_server: None) -> None:
    """Where PostgreSQL's client programs are missing, the story of `test_without_pg_dump` is all there is to tell."""
    if database_kind == "postgres" and not programs_there():
        pytest.skip("this PostgreSQL came without pg_dump")


def programs_there() -> bool:
    try:
        pg_programs.find("pg_dump")
    except pg_programs.ProgramMissingError:
        return False
    return True


@pytest.fixture
def empty_place(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseConfig]:
    """Where a backup can be restored."""
    if database_kind == "sqlite":
        (tmp_path / "new").mkdir()
        yield DatabaseConfig(url=f"sqlite+aiosqlite:///{tmp_path / 'new' / 'folkmoot.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"restored_{Random().getrandbits(48):x}"
    server.create_database(name)
    yield DatabaseConfig(url=server.url(name))
    server.drop_database(name)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """With files that rows refer to."""
    folder = tmp_path / "data"
    (folder / "blobs" / "a").mkdir(parents=True)
    (folder / "blobs" / "a" / "transcript.html").write_bytes(b"<p>hello</p>")
    return folder


class Load:
    """Payments at a steady rate, and the keys of those that were acknowledged."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rng = Random(7)
        self.acknowledged: list[str] = []
        self.slowest = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            number = 0
            while not stop.is_set():
                number += 1
                group.create_task(self._pay(f"pay-{number}"))
                await asyncio.sleep(1 / RATE)

    async def _pay(self, key: str) -> None:
        sender, recipient = self._rng.sample(range(1, MEMBERS + 1), 2)
        began = time.perf_counter()
        await self._services.economy.pay(GUILD, sender, Party(recipient, is_bot=False, is_member=True), 1, key=key)
        self.slowest = max(self.slowest, time.perf_counter() - began)
        self.acknowledged.append(key)


async def made(config: DatabaseConfig, data_dir: Path, folder: Path) -> Backup:
    return await asyncio.to_thread(backup.make, config, data_dir, folder, now=NOW)


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("needs_programs")
async def test_a_backup_under_load_restores_to_a_sound_ledger_with_every_payment_acknowledged_before(
    database: Database, services: Services, data_dir: Path, empty_place: DatabaseConfig, tmp_path: Path
) -> None:
    await services.guild_settings.change(GUILD, EconomySettings(starting_balance=10_000), base=0, by=None)
    load, stop = Load(services), asyncio.Event()
    paying = asyncio.create_task(load.run(stop))
    while len(load.acknowledged) < 50:
        await asyncio.sleep(0.01)
    before = list(load.acknowledged)
    found = await made(database.config, data_dir, tmp_path / "backup")
    after = len(load.acknowledged)
    stop.set()
    await paying

    assert found.manifest.revision == migrations.head()
    assert modes(found.folder) == {0o600}
    assert stat.S_IMODE(found.folder.stat().st_mode) == 0o700
    new_data = tmp_path / "new-data"
    await asyncio.to_thread(backup.restore, empty_place, new_data, found.folder)
    assert (new_data / "blobs" / "a" / "transcript.html").read_bytes() == b"<p>hello</p>"

    restored = Database(empty_place, ManualClock(), Random(1))
    try:
        verifier = VerifyService(restored, invariants())
        assert [one async for one in verifier.findings(lambda *_: None) if one.grave] == []
        async with restored.read() as session:
            kept = set((await session.execute(text("SELECT key FROM ledger_transactions"))).scalars())
        assert set(before) <= kept
        assert len(before) >= 50
        assert after >= len(before)
        again = make_services(
            restored, ManualClock(), Random(2), keep_guilds_for=timedelta(days=90), features=FeatureSettings.of({"all"})
        )
        paid = await again.economy.pay(GUILD, 1, Party(2, is_bot=False, is_member=True), 1, key="after the restore")
        assert not paid.replayed
    finally:
        await restored.close()


@pytest.mark.usefixtures("needs_programs")
async def test_a_backup_goes_only_where_nothing_is(
    database: Database, data_dir: Path, empty_place: DatabaseConfig, tmp_path: Path
) -> None:
    found = await made(database.config, data_dir, tmp_path / "backup")
    with pytest.raises(BackupError, match="is there already; name another place"):
        await made(database.config, data_dir, tmp_path / "backup")
    with pytest.raises(BackupError, match=r"into an empty (place|database) only"):
        await asyncio.to_thread(backup.restore, database.config, tmp_path / "new-data", found.folder)
    with pytest.raises(BackupError, match=r"Move this away first: .*blobs"):
        await asyncio.to_thread(backup.restore, empty_place, data_dir, found.folder)
    if database.is_sqlite:
        log = Path(f"{empty_place.sqlite_path}-wal")
        log.write_bytes(b"somebody's newest data")
        with pytest.raises(BackupError, match=r"Move these away first: .*-wal"):
            await asyncio.to_thread(backup.restore, empty_place, tmp_path / "new-data", found.folder)
    assert not (tmp_path / "new-data").exists()


@pytest.mark.usefixtures("needs_programs")
@pytest.mark.parametrize("victim", ["folkmoot", "blobs/a/transcript.html", MANIFEST])
async def test_a_damaged_backup_is_refused_and_nothing_is_left_behind(
    database: Database, data_dir: Path, empty_place: DatabaseConfig, tmp_path: Path, victim: str
) -> None:
    folder = (await made(database.config, data_dir, tmp_path / "backup")).folder
    path = next(folder.glob(f"{victim}*"))
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 0x80
    path.write_bytes(damaged)
    with pytest.raises(BackupError, match=r"sha256\): it is damaged|manifest can't be read"):
        await asyncio.to_thread(backup.restore, empty_place, tmp_path / "new-data", folder)
    path.unlink()
    with pytest.raises(BackupError, match=r"is missing from the backup|No such file"):
        await asyncio.to_thread(backup.restore, empty_place, tmp_path / "new-data", folder)
    assert not (tmp_path / "new-data").exists()
    if empty_place.is_sqlite:
        assert list(empty_place.sqlite_path.parent.iterdir()) == []
    else:
        assert await asyncio.to_thread(pg_programs.tables, empty_place) == 0


@pytest.mark.usefixtures("needs_programs")
async def test_a_manifest_can_not_lead_out_of_its_folder_nor_into_a_newer_version(
    database: Database, data_dir: Path, empty_place: DatabaseConfig, tmp_path: Path
) -> None:
    folder = (await made(database.config, data_dir, tmp_path / "backup")).folder
    manifest = json.loads((folder / MANIFEST).read_text())

    async def refused(match: str, **changes: object) -> None:
        (folder / MANIFEST).write_text(json.dumps({**manifest, **changes}))
        with pytest.raises(BackupError, match=match):
            await asyncio.to_thread(backup.restore, empty_place, tmp_path / "new-data", folder)

    entry = {"size": 1, "sha256": "0" * 64}
    for name in ("blobs/../../evil", "/etc/passwd", "../evil", "blobs"):
        await refused("names a file that no backup has", files={**manifest["files"], name: entry})
    await refused("made by Folkmoot 9.0, which is newer", revision="9999", folkmoot="9.0")
    await refused("the manifest can't be read", format=2)
    await refused("names another database", files={})


@pytest.mark.usefixtures("needs_programs")
async def test_a_database_in_an_older_state_is_backed_up_as_it_is(
    database: Database, data_dir: Path, tmp_path: Path, database_config: DatabaseConfig
) -> None:
    await asyncio.to_thread(migrations.downgrade, database_config, "base")
    found = await made(database_config, data_dir, tmp_path / "backup")
    assert found.manifest.revision is None


async def test_a_backup_that_can_not_be_written_leaves_nothing(
    database: Database, data_dir: Path, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("not a folder")
    with pytest.raises(BackupError, match=r"could not be written|is there already"):
        await made(database.config, data_dir, letter / "backup")
    nowhere = (
        DatabaseConfig(url=f"sqlite+aiosqlite:///{tmp_path / 'nowhere.db'}")
        if database.is_sqlite
        else replace(database.config, url=database.config.url.replace("test_", "nowhere_"))
    )
    with pytest.raises(Exception, match=r"unable to open|does not exist"):
        await made(nowhere, data_dir, tmp_path / "backup")
    assert not (tmp_path / "nowhere.db").exists()
    assert not list(tmp_path.glob("*backup*")) + list(tmp_path.glob(".*part"))


async def test_without_pg_dump_there_is_a_sentence(
    database: Database, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pg_programs, "_PACKAGED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    if database.is_sqlite:  # which needs no program at all
        assert (await made(database.config, data_dir, tmp_path / "backup")).manifest.database == "sqlite"
        return
    with pytest.raises(BackupError, match=r"pg_dump is not on this machine\. Install PostgreSQL's client programs"):
        await made(database.config, data_dir, tmp_path / "backup")


def test_the_password_is_in_no_command(database_kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if database_kind == "sqlite":
        return
    config = DatabaseConfig(url="postgresql+asyncpg://ann:hunter2@db:5433/moot?sslmode=require")
    monkeypatch.setenv("DISCORD_TOKEN", "a token that is nobody else's business")
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "asked with $*" >&2\nexit 3\n')
    program.chmod(0o700)
    seen = pg_programs._environment(config)
    assert {name: seen[name] for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE")} == {
        "PGHOST": "db",
        "PGPORT": "5433",
        "PGUSER": "ann",
        "PGPASSWORD": "hunter2",
        "PGDATABASE": "moot",
        "PGSSLMODE": "require",
    }
    assert "DISCORD_TOKEN" not in seen
    with pytest.raises(pg_programs.ProgramError) as caught:
        pg_programs._run(config, [str(program), "--format=custom"])
    assert str(caught.value) == "pg_dump failed: asked with --format=custom"


def test_the_server_s_own_version_of_a_program_goes_first(
    database_kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if database_kind == "sqlite":
        return
    monkeypatch.setattr(pg_programs, "_PACKAGED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    for version in ("9", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "pg_dump").touch(mode=0o755)
    assert pg_programs.find("pg_dump", 15) == str(tmp_path / "15" / "bin" / "pg_dump")
    assert pg_programs.find("pg_dump", 16) == str(tmp_path / "17" / "bin" / "pg_dump")
    shutil.rmtree(tmp_path / "17")
    assert pg_programs.find("pg_dump", 16) == str(tmp_path / "15" / "bin" / "pg_dump")
