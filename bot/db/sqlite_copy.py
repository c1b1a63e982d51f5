"""A copy of an SQLite file that others are writing to."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

VERSION = sqlite3.sqlite_version

_BUSY = 30.0
"""Seconds to wait for a lock that somebody else holds."""


class UnsoundError(Exception):
    """SQLite finds a file damaged."""


def copy(source: Path, target: Path) -> str | None:
    """Copy a database into a new file of its own and check that; the revision it is at.

    One step: a copy in small steps begins anew with every commit of a writer, and never ends under load. The source is
    opened so that it can't be written to, checkpointed or made.

    Raises:
        UnsoundError: the copy is damaged, and so the source is.
        OSError: the source can't be read, or the target can't be written.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY)) as read,
            closing(sqlite3.connect(target)) as written,
        ):
            read.backup(written, pages=-1)
            # One file, without a log beside it; the next start makes it a database with one again.
            written.execute("PRAGMA journal_mode = DELETE").fetchall()
            revision = _revision(written)
        check(target)
    except sqlite3.Error as error:
        raise OSError(str(error)) from error
    with target.open("rb+") as file:
        os.fsync(file.fileno())
    return revision


def check(path: Path) -> None:
    """Let SQLite look through a file that nobody uses.

    Raises:
        UnsoundError: it is damaged.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.Error as error:
        raise UnsoundError(f"SQLite can't read the copy: {error}") from error
    if found != ["ok"]:
        raise UnsoundError(f"SQLite finds the copy damaged: {'; '.join(found)}")
    if orphans:
        raise UnsoundError(f"{len(orphans)} rows of the copy refer to rows that are not there")


def _revision(connection: sqlite3.Connection) -> str | None:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is None:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])
