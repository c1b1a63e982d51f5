"""What a whole process can't be made to meet in a test: old versions, full disks, clocks that are wrong."""

from __future__ import annotations

import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.db.inspection import HeldLock, PostgresFacts
from bot.doctor import backups, database, online, place
from bot.doctor.backups import BackupFacts
from bot.doctor.findings import Level
from bot.domain.backups import BackupState

NOW = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 — as shutil's own


def facts(**changes: object) -> PostgresFacts:
    sound: dict[str, object] = {
        "version": "15.1",
        "major": 15,
        "encoding": "UTF8",
        "revision": None,
        "ahead": timedelta(),
        "unsafe": (),
        "may_migrate": True,
        "identity": ("folkmoot", NOW),
        "locks": (),
    }
    return PostgresFacts(**(sound | changes))  # pyright: ignore[reportArgumentType] — as many kinds as fields


@pytest.mark.parametrize(
    ("changes", "subject", "level", "words"),
    [
        ({}, "locks", Level.OK, "no bot runs"),
        ({"major": 12, "version": "12.9"}, "version", Level.FAIL, "PostgreSQL 12.9 is too old"),
        ({"may_migrate": False}, "migrations", Level.FAIL, "no tables yet, and this role may not change tables"),
        ({"may_migrate": False, "revision": "0001"}, "migrations", Level.FAIL, "at revision 0001, the newest is"),
        ({"may_migrate": False, "revision": "9999"}, "migrations", Level.FAIL, "from a newer Folkmoot"),
        ({"encoding": "SQL_ASCII"}, "encoding", Level.FAIL, "SQL_ASCII can't hold"),
        ({"unsafe": ("fsync",)}, "durability", Level.WARN, "fsync: off"),
        ({"ahead": timedelta(seconds=-90)}, "clocks", Level.WARN, "90 s behind this machine"),
        ({"locks": (HeldLock("shard 3", 7, "10.0.0.2"),)}, "locks", Level.OK, "shard 3 (pid 7, 10.0.0.2)"),
        ({"locks": (HeldLock("a migration", 7, "10.0.0.2"),)}, "locks", Level.WARN, "a migration"),
    ],
)
def test_a_postgres_that_is_not_as_it_should_be(
    changes: dict[str, object], subject: str, level: Level, words: str
) -> None:
    found = {one.subject: one for one in database._postgres(facts(**changes))}
    assert (found[subject].level, words in found[subject].said) == (level, True)


@pytest.mark.parametrize(
    ("version", "level"), [((3, 34, 1), Level.FAIL), ((3, 40, 1), Level.WARN), ((3, 51, 2), Level.WARN),
                           ((3, 51, 3), Level.OK), ((3, 52, 0), Level.OK)],
)  # fmt: skip
def test_the_versions_of_sqlite(monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], level: Level) -> None:
    monkeypatch.setattr(database, "sqlite_version", lambda: version)
    assert database._library().level is level


@pytest.mark.parametrize(
    ("free", "size", "level"),
    [(1_000, 0, Level.FAIL), (500_000_000, 0, Level.WARN), (5_000_000_000, 4_000_000_000, Level.WARN),
     (9_000_000_000, 4_000_000_000, Level.OK)],
)  # fmt: skip
def test_the_room_on_the_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, size: int, level: Level
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free))
    assert place._room(tmp_path, size).level is level


@pytest.mark.parametrize(
    ("date", "level"),
    [
        ("Mon, 02 Mar 2026 12:00:00 GMT", Level.OK),
        ("Mon, 02 Mar 2026 12:01:30 GMT", Level.WARN),
        ("Mon, 02 Mar 2026 11:00:00 GMT", Level.WARN),
        ("yesterday", None),
        (None, None),
    ],
)
def test_discord_s_clock(date: str | None, level: Level | None) -> None:
    found = online._clock(date, NOW, NOW + timedelta(seconds=0.4))
    assert (found and found.level) == level


def backup_facts(**changes: object) -> BackupFacts:
    usual: dict[str, object] = {"state": BackupState(), "found_at": None, "obstacle": None, "size": 10, "free": 1_000}
    return BackupFacts(**(usual | changes))  # pyright: ignore[reportArgumentType] — as many kinds as fields


HOURS = timedelta(hours=1)
FAILED = BackupState(last_at=NOW - 13 * HOURS, error="The disk is full.", failed_in_a_row=3)


@pytest.mark.parametrize(
    ("changes", "every", "level", "words"),
    [
        ({}, 6, Level.OK, "none yet; the running bot makes them"),
        ({}, 0, Level.WARN, "none yet."),
        ({"state": BackupState(error="The disk is full.")}, 6, Level.WARN, "none yet: The disk is full."),
        ({"state": BackupState(last_at=NOW - 11 * HOURS)}, 6, Level.OK, "of 2026-03-02 01:00 UTC."),
        ({"state": BackupState(last_at=NOW - 13 * HOURS)}, 6, Level.WARN, "the last backup is older than 12 hours."),
        ({"state": FAILED}, 6, Level.WARN, "older than 12 hours. The last try failed: The disk is full."),
        ({"state": FAILED, "found_at": NOW - HOURS}, 6, Level.WARN, "11:00 UTC, and the last try failed"),
        ({"state": BackupState(last_at=NOW - 90 * HOURS), "found_at": NOW - HOURS}, 6, Level.OK, "11:00 UTC"),
        ({"found_at": NOW - 150 * HOURS}, 0, Level.OK, "of 2026-02-24"),
        ({"found_at": NOW - 170 * HOURS}, 0, Level.WARN, "older than 7 days"),
        ({"obstacle": "pg_dump is not here.", "found_at": NOW}, 0, Level.OK, "12:00 UTC"),
    ],
)
def test_the_age_of_the_last_backup(changes: dict[str, object], every: int, level: Level, words: str) -> None:
    found = backups.age(backup_facts(**changes), every * HOURS, NOW)
    assert (found.level, words in found.said) == (level, True), found


@pytest.mark.parametrize(("free", "level"), [(1_199_999, Level.WARN), (1_200_000, Level.OK)])
def test_the_room_for_the_next_backup(free: int, level: Level) -> None:
    found = backups.room(backup_facts(size=1_000_000, free=free))
    assert found.level is level
    assert "takes about 1.0 MB, and 1.2 MB are free" in found.said
