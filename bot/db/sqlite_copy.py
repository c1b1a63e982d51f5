"""A copy of an SQLite file that others are writing to."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.db.files import go_on

VERSION = sqlite3.sqlite_version

_STEP = 1024
"""Pages of one step: 4 MB."""

_INSTRUCTIONS = 1_000_000
"""Of SQLite's machine, between two looks at whether to go on; some milliseconds."""

_BUSY = 30.0
"""Seconds to wait for a lock that somebody else holds."""


class UnsoundError(Exception):
    """SQLite finds a file damaged."""


def copy(source: Path, target: Path, going: Callable[[], None] = go_on) -> str | None:
    """Copy a database into a new file of its own and check that; the revision it is at.

    In small steps, each on the disk before the next, so that a commit of the bot never waits behind a whole file. By
    itself such a copy begins anew with every commit; a read transaction that is open all the while keeps it at one
    moment. The source is opened so that it can't be written to, checkpointed or made. `going` is called between steps,
    and may raise.

    Raises:
        UnsoundError: the copy is damaged, and so the source is.
        OSError: the source can't be read, or the target can't be written.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        revision = _copy_in_steps(source, target, going)
        check(target, going)
    except sqlite3.Error as error:
        raise OSError(str(error)) from error
    with target.open("rb+") as file:
        os.fsync(file.fileno())
    return revision


def _copy_in_steps(source: Path, target: Path, going: Callable[[], None]) -> str | None:
    address = f"{source.resolve().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=_BUSY, isolation_level=None)) as read,
        closing(sqlite3.connect(target, isolation_level=None)) as written,
        target.open("rb") as file,
    ):
        # The file counts only when it is whole, and it reaches the disk step by step below.
        written.execute("PRAGMA synchronous = OFF")

        def step(_status: int, _remaining: int, _total: int) -> None:
            going()
            os.fsync(file.fileno())

        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_master").fetchall()  # the transaction's moment
        read.backup(written, pages=_STEP, progress=step)
        # One file, without a log beside it; the next start makes it a database with one again.
        written.execute("PRAGMA journal_mode = DELETE").fetchall()
        return _revision(written)


def check(path: Path, going: Callable[[], None] = go_on) -> None:
    """Let SQLite look through a file that nobody uses; `going` is called now and then, and may raise.

    Raises:
        UnsoundError: it is damaged.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            going()
            connection.set_progress_handler(_raises(going), _INSTRUCTIONS)
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.Error as error:
        going()  # which says why, if it was what interrupted
        raise UnsoundError(f"SQLite can't read the copy: {error}") from error
    if found != ["ok"]:
        raise UnsoundError(f"SQLite finds the copy damaged: {'; '.join(found)}")
    if orphans:
        raise UnsoundError(f"{len(orphans)} rows of the copy refer to rows that are not there")


def _raises(going: Callable[[], None]) -> Callable[[], int]:
    """What SQLite calls while it works: not zero interrupts it."""

    def handler() -> int:
        try:
            going()
        except Exception:  # noqa: BLE001 — SQLite only wants to know whether; it is raised again behind it
            return 1
        return 0

    return handler


def _revision(connection: sqlite3.Connection) -> str | None:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is None:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])
