"""The mark of a database that is being filled from another one, and that no bot may run on until that is done.

It is a table of its own, so that it is there before the schema is, and never among the rows that are copied.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from bot.db import migrations
from bot.db.config import DatabaseConfig

MARK = Table("unfinished_copy", MetaData(), Column("source", String(500)), Column("began_at", String(40)))
"""Outside the application's metadata, and dropped when the copy has been found identical."""


class UnfinishedError(Exception):
    """A database holds part of another; the message says what to do, for an operator."""


def note(connection: Connection) -> str | None:
    """What the mark says, in words; None if there is none."""
    if not inspect(connection).has_table(MARK.name):
        return None
    row = connection.execute(select(MARK)).first()
    return "of another database" if row is None else f"of {row.source}, begun {row.began_at} UTC"


def place(connection: Connection, source: str, now: datetime) -> None:
    """Set the mark, or set it anew."""
    MARK.create(connection, checkfirst=True)
    connection.execute(MARK.delete())
    connection.execute(MARK.insert(), {"source": source, "began_at": f"{now.astimezone(UTC):%Y-%m-%d %H:%M}"})


def remove(config: DatabaseConfig) -> None:
    """Take the mark away.

    Raises:
        MigrationError: rows refer to rows that are not there (SQLite); the mark stays.
    """
    migrations.run_on(config, lambda connection: MARK.drop(connection, checkfirst=True))


def refuse(config: DatabaseConfig) -> None:
    """Let nobody use a database that holds part of another.

    Raises:
        UnfinishedError: it does.
    """
    found: list[str | None] = []
    migrations.run_on(config, lambda connection: found.append(note(connection)))
    if found[0] is not None:
        raise UnfinishedError(
            f"{config.safe_url} holds an unfinished copy {found[0]}. Start it over with folkmoot db copy --again, "
            "or name another database in DATABASE_URL."
        )
