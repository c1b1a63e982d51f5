"""The migrations: there and back with data, and nothing that the code and the database disagree about."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.schema import CreateIndex, CreateTable

from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.models import Base
from tests.support.postgres import PostgresServer

DATA = [
    "INSERT INTO guilds (id, name, created_at, updated_at) VALUES (1, 'g', '2026-01-01', '2026-01-01')",
    "INSERT INTO accounts (guild_id, holder, pocket, balance, created_at, updated_at)"
    " VALUES (1, 2, 'wallet', 5, '2026-01-01', '2026-01-01')",
    "INSERT INTO ledger_transactions (guild_id, id, kind, key, details, at, created_at)"
    " VALUES (1, 3, 'daily', 'k', '{}', '2026-01-01', '2026-01-01')",
    "INSERT INTO ledger_entries (guild_id, transaction_id, seq, holder, pocket, amount)"
    " VALUES (1, 3, 0, 0, 'mint', -5), (1, 3, 1, 2, 'wallet', 5)",
    "INSERT INTO outbox (guild_id, id, key, kind, state, target, target_id, payload, version, attempts, queued_at,"
    " due_at, created_at, updated_at) VALUES (1, 4, 'k', 'send', 'pending', 'user', 2, '{}', 1, 0, '2026-01-01',"
    " '2026-01-01', '2026-01-01', '2026-01-01')",
    "INSERT INTO batches (guild_id, id, key, kind, title, parameters, language, per_turn, asked_by, state, total,"
    " planned, done, failed, skipped, created_at, updated_at)"
    " VALUES (1, 5, 'k', 'gift', 't', '{}', 'en', 5, 2, 'draft', 1, 1, 0, 0, 0, '2026-01-01', '2026-01-01')",
    "INSERT INTO batch_items (guild_id, batch_id, target, label, state, attempts, created_at, updated_at)"
    " VALUES (1, 5, 2, 'm', 'pending', 0, '2026-01-01', '2026-01-01')",
    "INSERT INTO role_grants (guild_id, user_id, role_id, source, state, applied, created_at, updated_at)"
    " VALUES (1, 2, 5, 'hand:staff', 'held', true, '2026-01-01', '2026-01-01')",
    "INSERT INTO role_duties (guild_id, user_id, version, attempts, created_at, updated_at)"
    " VALUES (1, 2, 1, 0, '2026-01-01', '2026-01-01')",
    "INSERT INTO command_logs (guild_id, id, at, kind, command, user_id, parameters, outcome, duration_ms, created_at)"
    " VALUES (1, 5, '2026-01-01', 'command', 'pay', 2, '{}', 'done', 3, '2026-01-01')",
    "INSERT INTO command_counts (guild_id, day, command, outcome, count, total_ms, created_at, updated_at)"
    " VALUES (1, '2026-01-01', 'pay', 'done', 1, 3, '2026-01-01', '2026-01-01')",
]


@pytest.fixture
def empty(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseConfig]:
    if database_kind == "sqlite":
        yield DatabaseConfig(url=f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"empty_{uuid.uuid4().hex[:12]}"
    server.create_database(name)
    yield DatabaseConfig(url=server.url(name))
    server.drop_database(name)


def on(config: DatabaseConfig, work: Any) -> Any:
    found: list[Any] = []
    migrations.run_on(config, lambda connection: found.append(work(connection)))
    return found[0]


def fill(connection: Connection) -> None:
    for statement in DATA:
        connection.execute(text(statement))


def tables(connection: Connection) -> list[str]:
    return sorted(name for name in inspect(connection).get_table_names() if name != "alembic_version")


def test_base_to_head_to_base_to_head_with_data(empty: DatabaseConfig) -> None:
    assert migrations.upgrade(empty).up_to_date
    on(empty, fill)
    assert migrations.downgrade(empty, "base").current is None
    assert on(empty, tables) == []
    assert migrations.upgrade(empty).current == migrations.head()
    on(empty, fill)
    assert on(empty, tables) == sorted(Base.metadata.tables)


def test_autogenerate_finds_nothing_to_do(empty: DatabaseConfig) -> None:
    migrations.upgrade(empty)
    assert migrations.check(empty) == []


def normal(ddl: str) -> str:
    """The DDL without what does not change its meaning: white space, quotes, and the order of a table's clauses."""
    flat = re.sub(r"\s+", " ", ddl.replace('"', "")).strip().lower()
    head, _, body = flat.partition("(")
    parts = sorted(part.strip() for part in re.split(r",(?![^(]*\))", body.rsplit(")", 1)[0]))
    return f"{head.strip()} ({'; '.join(parts)})"


def test_the_migrated_ddl_is_what_the_models_would_create(tmp_path: Path) -> None:
    """Autogenerate overlooks CHECKs, DESC and the WHERE of an index; SQLite keeps the text of them all."""
    migrated = DatabaseConfig(url=f"sqlite+aiosqlite:///{tmp_path / 'migrated.db'}")
    created = DatabaseConfig(url=f"sqlite+aiosqlite:///{tmp_path / 'created.db'}")
    migrations.upgrade(migrated)
    on(created, Base.metadata.create_all)

    def ddl(connection: Connection) -> set[str]:
        rows = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'alembic%'")
        )
        return {normal(row.sql) for row in rows}

    assert on(migrated, ddl) == on(created, ddl)


def test_checks_and_partial_indexes_are_the_same_on_postgres(postgres_server: PostgresServer) -> None:
    found: list[set[tuple[str, str]]] = []
    for how in ("migrated", "created"):
        name = f"ddl_{how}_{uuid.uuid4().hex[:8]}"
        postgres_server.create_database(name)
        config = DatabaseConfig(url=postgres_server.url(name))
        if how == "migrated":
            migrations.upgrade(config)
        else:
            on(config, Base.metadata.create_all)

        def definitions(connection: Connection) -> set[tuple[str, str]]:
            constraints = connection.execute(
                text(
                    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                    " WHERE connamespace = 'public'::regnamespace"
                )
            )
            public = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            indexes = connection.execute(text(public))
            return {(row[0], row[1]) for row in [*constraints, *indexes] if "alembic" not in row[0]}

        found.append(on(config, definitions))
        postgres_server.drop_database(name)
    assert found[0] == found[1]


def test_a_database_from_the_future_is_refused_with_a_clear_word(empty: DatabaseConfig) -> None:
    migrations.upgrade(empty)
    on(empty, lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(migrations.DatabaseNewerError, match=r"9999.*newer Folkmoot"):
        migrations.upgrade(empty)
    with pytest.raises(migrations.DatabaseNewerError):
        migrations.downgrade(empty, "base")


def test_an_unknown_revision_is_refused(empty: DatabaseConfig) -> None:
    with pytest.raises(migrations.MigrationError, match="nowhere"):
        migrations.upgrade(empty, "nowhere")


def test_a_migration_that_fails_leaves_everything_as_it_was(empty: DatabaseConfig) -> None:
    migrations.upgrade(empty)
    on(empty, fill)

    def half(connection: Connection) -> None:
        connection.execute(text("DROP TABLE claims"))
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        migrations.run_on(empty, half)
    assert "claims" in on(empty, tables)


def test_work_that_leaves_a_row_without_its_parent_is_undone(tmp_path: Path) -> None:
    config = DatabaseConfig(url=f"sqlite+aiosqlite:///{tmp_path / 'orphans.db'}")
    migrations.upgrade(config)
    on(config, fill)
    with pytest.raises(migrations.MigrationError, match="2 rows would refer"):
        migrations.run_on(
            config, lambda connection: connection.execute(text("DELETE FROM ledger_transactions")) and None
        )
    assert (
        on(config, lambda connection: connection.execute(text("SELECT count(*) FROM ledger_transactions")).scalar())
        == 1
    )


def test_every_table_can_be_written_down(empty: DatabaseConfig) -> None:
    """Every constraint and index has a name, so that a later migration can change it on either database."""
    del empty
    for table in Base.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints), table.name
        assert all(index.name and len(str(index.name)) <= 63 for index in table.indexes), table.name
        assert str(CreateTable(table))
        assert all(str(CreateIndex(index)) for index in table.indexes)


def test_the_names_of_the_files_tell_the_same_revisions_as_alembic() -> None:
    script = ScriptDirectory(str(migrations.tree()))
    known = {found.revision for found in script.walk_revisions()}
    assert migrations.head() == script.get_current_head()
    assert all(map(migrations.knows, known))
    assert len(list((migrations.tree() / "versions").glob("*.py"))) == len(known)
    assert not migrations.knows("9999")


def test_a_start_that_finds_the_newest_revision_loads_no_alembic_and_only_the_driver_it_needs(
    empty: DatabaseConfig, tmp_path: Path
) -> None:
    migrations.upgrade(empty)
    unwanted = {"alembic", "mako"} | ({"asyncpg"} if empty.is_sqlite else set())
    program = (
        "import asyncio, pathlib, sys, bot.process, bot.cogs.economy; from bot.startup import migrate;"
        "from bot.db.config import DatabaseConfig;"
        f"asyncio.run(migrate(DatabaseConfig(url={empty.url!r}), pathlib.Path({str(tmp_path)!r})));"
        f"sys.exit(' '.join(sorted({unwanted!r} & {{name.partition('.')[0] for name in sys.modules}})) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
