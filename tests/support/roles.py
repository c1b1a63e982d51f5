"""A database of its own with the roles of `deploy/postgres-roles.sql`, under names that no other test has."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from tests.support.postgres import PostgresServer

ROLES_SQL = Path(__file__).parents[2] / "deploy" / "postgres-roles.sql"
PASSWORD = "it's 100% of @ll:/?"  # noqa: S105 — as awkward as a password can be


@dataclass(frozen=True)
class Roles:
    """The database and who may come to it."""

    server: PostgresServer
    database: str
    prefix: str

    def url(self, role: str, *, password: str | None = PASSWORD) -> str:
        """The address of the database for `owner`, `app` or `readonly`."""
        address = make_url(self.server.url(self.database))
        parts = address.set(username=f"{self.prefix}{role}")._replace(password=password)
        return parts.render_as_string(hide_password=False)

    def apply(self) -> None:
        """Run the file as the administrator."""
        self.server.execute(ROLES_SQL.read_text(encoding="utf-8").replace("folkmoot_", self.prefix), self.database)

    def set_passwords(self) -> None:
        for role in ("owner", "app", "readonly"):
            quoted = PASSWORD.replace("'", "''")
            self.server.execute(f"ALTER ROLE {self.prefix}{role} PASSWORD '{quoted}'")

    def drop(self) -> None:
        self.server.drop_database(self.database)
        for role in ("owner", "app", "readonly"):
            self.server.execute(f"DROP ROLE IF EXISTS {self.prefix}{role}")


@contextmanager
def roles_on(server: PostgresServer) -> Iterator[Roles]:
    """An empty database with the three roles, until the end of the block."""
    name = uuid.uuid4().hex[:12]
    roles = Roles(server, f"roles_{name}", f"r{name}_")
    server.create_database(roles.database)
    try:
        roles.apply()
        roles.set_passwords()
        yield roles
    finally:
        roles.drop()
