"""What `migrations.py` lets Alembic do, on a connection that it holds the lock for schema changes on."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection

from bot.db.differences import in_words
from bot.db.models import Base

__all__ = ["CommandError", "differences", "go", "write"]


def _config(connection: Connection, tree: Path) -> Config:
    made = Config()
    made.set_main_option("script_location", str(tree))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["connection"] = connection
    return made


def go(connection: Connection, tree: Path, way: Literal["upgrade", "downgrade"], to: str) -> None:
    """Apply or take back the revisions between where the database stands and `to`.

    Raises:
        CommandError: there is no such revision that way.
    """
    (command.upgrade if way == "upgrade" else command.downgrade)(_config(connection, tree), to)


def differences(connection: Connection) -> list[str]:
    """What the tables in the code and in the database disagree about, a line each."""
    migration = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return in_words(compare_metadata(migration, Base.metadata))


def write(connection: Connection, tree: Path, message: str, number: str) -> str:
    """Write revision `number`, which brings this database to the tables in the code; its path.

    Raises:
        CommandError: the database does not stand at the newest revision.
    """
    made = command.revision(_config(connection, tree), message, autogenerate=True, rev_id=number)
    [script] = [script for script in (made if isinstance(made, list) else [made]) if script is not None]
    return script.path
