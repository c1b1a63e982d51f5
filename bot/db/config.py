"""What the database room needs to know to open a database; the composition root fills it from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url


@dataclass(frozen=True)
class DatabaseConfig:
    """How to open the database. Times are in seconds."""

    url: str
    """A SQLAlchemy URL of `sqlite+aiosqlite` or `postgresql+asyncpg`. May carry a password: see `safe_url`."""
    direct_url: str | None = None
    """PostgreSQL without a pooler in between, for migrations and locks; None: `url`."""
    pool_size: int = 10
    pool_overflow: int = 0
    """Beyond `pool_size`: each is closed as soon as it comes back to a full pool, and under load soon missed again."""
    pool_wait: float = 2.0
    connect_timeout: float = 2.0
    statement_timeout: float = 10.0
    idle_timeout: float = 300.0
    reader_connections: int = 3
    """SQLite: connections that only read."""
    synchronous_full: bool = True
    """SQLite: whether a commit waits for the disk. Without it a power cut may lose the last commits."""
    prepared_statements: bool = True
    """PostgreSQL: off behind pgbouncer in transaction mode below 1.21."""
    read_only: bool = False
    """Never write, not even on closing: for a look beside a running bot. On SQLite the file must be there already."""

    def __repr__(self) -> str:
        """Without the password."""
        return f"DatabaseConfig({self.safe_url})"

    @property
    def parsed(self) -> URL:
        """The URL, taken apart."""
        return make_url(self.url)

    @property
    def safe_url(self) -> str:
        """The URL for people and logs: the password is hidden."""
        return self.parsed.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.parsed.get_backend_name() == "sqlite"

    @property
    def sqlite_path(self) -> Path:
        """The database file.

        Raises:
            ValueError: not SQLite, or not a file.
        """
        name = self.parsed.database
        if not self.is_sqlite or not name or name == ":memory:":
            raise ValueError(f"{self.safe_url} is not an SQLite file")
        return Path(name)
