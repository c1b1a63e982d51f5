"""The bot makes backups beside everything else, deletes only its own, and leaves nothing half done."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from structlog.testing import capture_logs

from bot.db import backup, pg_programs
from bot.db.archive import Archive
from bot.db.backup import BackupError
from bot.db.engine import Database
from bot.domain.backups import Retention
from bot.ids import IdMaker
from bot.jobs import backups as jobs
from bot.jobs.backups import BackupJob
from bot.services.backups import BackupsService
from tests.support.clock import ManualClock

EVERY = timedelta(hours=6)


@pytest.fixture
def service(database: Database, clock: ManualClock, rng: Random) -> BackupsService:
    return BackupsService(database, clock, IdMaker(clock, rng), every=EVERY)


@pytest.fixture
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, database_kind: str) -> None:
    """PostgreSQL's client programs may be next to the server's."""
    if database_kind == "postgres":
        record = request.getfixturevalue("postgres_server").record
        if record is not None:
            monkeypatch.setenv("PATH", record.programs.folder, prepend=":")


class Pretended:
    """An archive that does what a test says."""

    def __init__(self, act: Callable[[Callable[[], None]], int]) -> None:
        self.act = act
        self.cleared = 0

    def obstacle(self) -> str | None:
        return None

    def clear(self) -> None:
        self.cleared += 1

    def make(self, now: datetime, going: Callable[[], None]) -> int:  # noqa: ARG002 — as the real one
        return self.act(going)

    def prune(self, now: datetime) -> list[Path]:  # noqa: ARG002 — as the real one
        return []


@pytest.mark.usefixtures("path")
async def test_every_six_hours_there_is_a_whole_backup_and_old_ones_go(
    database: Database, service: BackupsService, clock: ManualClock, tmp_path: Path
) -> None:
    archive = Archive(database.config, tmp_path / "data", Retention(whole_days=1, daily=1, weekly=0))
    if archive.obstacle() is not None:
        assert not database.is_sqlite
        return
    by_hand = await asyncio.to_thread(
        backup.make, database.config, archive.data_dir, archive.folder / "20200101-000000-automatic", now=clock.now()
    )
    job = BackupJob(service, archive, clock)
    for _ in range(13):
        await job.round()
        await job.round()  # not due again
        clock.advance(hours=6)
    state = await service.state()
    assert (state.made, state.failed, state.last_at) == (13, 0, clock.now() - EVERY)
    there = sorted(one.folder.name for one in archive.whole() if one.manifest.automatic)
    assert len(there) == 5  # four of the last day, one of the day before
    assert by_hand.folder.is_dir(), "made under such a name by somebody else"
    newest = archive.newest()
    assert newest is not None
    assert state.last_bytes == newest.size


async def test_a_failure_is_told_and_counted_and_tried_again(service: BackupsService, clock: ManualClock) -> None:
    def fail(going: Callable[[], None]) -> int:
        raise BackupError("The disk is full.")

    archive = Pretended(lambda _: 7)
    job = BackupJob(service, archive, clock)
    await job.round()
    archive.act = fail
    with capture_logs() as said:
        clock.advance(hours=6)
        await job.round()
        clock.advance(minutes=14)
        await job.round()
        clock.advance(minutes=1)
        await job.round()
        clock.advance(hours=7)
        await job.round()
    failures = [one for one in said if one["event"] == "the backup failed"]
    assert [(one["reason"], one["in_a_row"], one["log_level"]) for one in failures] == [
        ("The disk is full.", number, "error") for number in (1, 2, 3)
    ]
    assert [one["event"] for one in said].count("the last backup is old") == 1
    archive.act = lambda _: 8
    clock.advance(hours=6)
    await job.round()
    state = await service.state()
    assert (state.made, state.failed, state.failed_in_a_row, state.last_bytes) == (2, 3, 0, 8)


async def test_a_stop_cuts_a_backup_off_and_the_next_start_begins_at_once(
    service: BackupsService, clock: ManualClock
) -> None:
    begun = threading.Event()

    def endless(going: Callable[[], None]) -> int:
        begun.set()
        while True:
            going()

    job = BackupJob(service, Pretended(endless), clock, interval=0.001)
    job.start()
    assert await asyncio.to_thread(begun.wait, 10)
    async with asyncio.timeout(10):
        await job.stop()
    assert (await service.state()).failed == 0
    await BackupJob(service, Pretended(lambda _: 7), clock).round()
    assert (await service.state()).made == 1


async def test_whoever_lost_the_turn_stops_and_keeps_quiet(
    service: BackupsService, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RENEW_EVERY", 0.001)
    loop = asyncio.get_running_loop()
    taken: list[int] = []

    async def take() -> None:
        while not taken:  # whoever has the turn may renew it right after the clock was advanced
            clock.advance(hours=1)
            token = await service.claim()
            taken.extend([] if token is None else [token])

    def slow(going: Callable[[], None]) -> int:
        asyncio.run_coroutine_threadsafe(take(), loop).result(10)
        while True:
            going()

    await BackupJob(service, Pretended(slow), clock).round()
    state = await service.state()
    assert (state.token, state.made, state.failed) == (taken[0], 0, 0)


async def test_without_pg_dump_it_is_said_once_at_start_and_nobody_takes_the_turn(
    database: Database, service: BackupsService, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pg_programs, "_PACKAGED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    archive = Archive(database.config, tmp_path, Retention())
    if database.is_sqlite:
        assert archive.obstacle() is None
        return
    job = BackupJob(service, archive, clock, interval=0.001)
    with capture_logs() as said:
        job.start()
        assert job._task is not None
        await job._task
        await job.stop()
    assert [(one["event"], one["log_level"]) for one in said] == [("there are no automatic backups", "warning")]
    assert "Install PostgreSQL's client programs" in said[0]["reason"]
    assert (await service.state()).token is None


def test_what_a_dead_process_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    archive = Archive(None, tmp_path, Retention())  # pyright: ignore[reportArgumentType] — no database is asked
    archive.clear()
    gone = [".20260302-120000-automatic.77.part", ".20260302-120000-automatic.gone"]
    stays = [".20260302-120000.77.part", "20260302-120000-automatic", ".hidden", "by hand", ".automatic.gone"]
    for name in [*gone, *stays]:
        (archive.folder / name / "inside").mkdir(parents=True)
    (archive.folder / ".20260303-120000-automatic.gone").symlink_to(tmp_path)
    archive.clear()
    assert {one.name for one in archive.folder.iterdir()} == {*stays, ".20260303-120000-automatic.gone"}


async def test_the_newest_whole_one_stays_whatever_the_rule_says_and_so_does_what_is_not_whole(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    if not database.is_sqlite:
        return  # nothing here depends on the database
    archive = Archive(database.config, tmp_path / "data", Retention(0, 0, 0))

    def made() -> Path:
        archive.make(clock.now(), lambda: None)
        clock.advance(days=1)
        return max(archive.folder.iterdir())

    folders = [await asyncio.to_thread(made) for _ in range(4)]
    (folders[3] / "folkmoot.db").write_bytes(b"cut short")
    shutil.move(folders[0], archive.folder / "kept for later")
    linked = archive.folder / "20260101-000000-automatic"
    linked.symlink_to(archive.folder / "kept for later")
    assert await asyncio.to_thread(archive.prune, clock.now()) == [folders[1]]
    left = {one.name for one in archive.folder.iterdir()}
    assert left == {folders[2].name, folders[3].name, "kept for later", linked.name}
    newest = archive.newest()
    assert newest is not None
    assert newest.began_at == clock.now() - timedelta(days=2)
