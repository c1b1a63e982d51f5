"""The roles of `deploy/postgres-roles.sql`: each can do its work, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import asyncpg
import pytest

from bot import startup
from bot.compose import make_services
from bot.db import backup, migrations, pg_programs
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.notices import Listener
from bot.db.shard_lock import ShardLock
from bot.domain.economy import Party
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.features import invariants
from bot.services.settings_cache import CHANNEL
from bot.services.verify import VerifyService
from tests.support.clock import ManualClock
from tests.support.postgres import PostgresServer
from tests.support.roles import Roles, roles_on

GUILD = 77 << 22
DENIED = asyncpg.InsufficientPrivilegeError


@pytest.fixture(scope="module")
def roles(postgres_server: PostgresServer) -> Iterator[Roles]:
    """Migrated by the owner, between the two times that the file is run."""
    with roles_on(postgres_server) as made:
        migrations.upgrade(DatabaseConfig(url=made.url("owner")))
        made.apply()
        yield made


async def run_as(roles: Roles, role: str, statement: str) -> str:
    connection = await asyncpg.connect(roles.url(role).replace("+asyncpg", ""))
    try:
        return str(await connection.execute(statement))
    finally:
        await connection.close()


async def test_the_bot_works_as_a_role_that_only_reads_and_writes_rows(
    roles: Roles, clock: ManualClock, rng: Random, tmp_path: Path
) -> None:
    config = DatabaseConfig(url=roles.url("app"))
    await startup.migrate(config, tmp_path)  # nothing is missing, so it takes no right to change anything
    assert list(tmp_path.iterdir()) == []

    lost = asyncio.Event()
    lock = ShardLock(config, None, (), lost.set)
    await lock.acquire()
    assert not lost.is_set()
    listening, heard = asyncio.Event(), asyncio.Queue[str]()
    listener = Listener(config, {CHANNEL: heard.put_nowait}, on_connected=listening.set, on_lost=lambda: None)
    listener.start()
    await asyncio.wait_for(listening.wait(), 10)

    database = Database(config, clock, rng)
    features = FeatureSettings.of({"all"})
    services = make_services(database, clock, rng, keep_guilds_for=timedelta(days=90), features=features)
    await services.guild_settings.change(GUILD, EconomySettings(starting_balance=100), base=0, by=None)
    assert str(GUILD) in await asyncio.wait_for(heard.get(), 10)
    paid = await services.economy.pay(GUILD, 1, Party(2, is_bot=False, is_member=True), 30, key="a")
    assert paid.sender_wallet == 70
    assert (await services.economy.audit(GUILD)).sound

    await listener.stop()
    await lock.release()
    await database.close()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "DROP TABLE ledger_entries",
        "ALTER TABLE accounts DROP COLUMN balance",
        "ALTER TABLE accounts DISABLE TRIGGER ALL",
        "TRUNCATE ledger_entries",
        "CREATE INDEX mine ON accounts (balance)",
        "UPDATE alembic_version SET version_num = '9999'",
        "COPY accounts TO '/tmp/accounts'",
    ],
)
async def test_whoever_has_the_bots_password_can_t_change_what_the_tables_are(roles: Roles, statement: str) -> None:
    with pytest.raises(DENIED):
        await run_as(roles, "app", statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO app_state VALUES (1, 'name', 'value', now(), now())",
        "UPDATE accounts SET balance = 1",
        "DELETE FROM accounts",
        "TRUNCATE accounts",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
    ],
)
async def test_the_role_for_backups_can_t_write_even_if_it_lifts_its_own_limit(roles: Roles, statement: str) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await run_as(roles, "readonly", statement)
    with pytest.raises(DENIED):
        await run_as(roles, "readonly", f"BEGIN READ WRITE; {statement}")


async def test_the_role_for_backups_can_look_through_everything_and_copy_it(
    roles: Roles, clock: ManualClock, rng: Random, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = DatabaseConfig(url=roles.url("readonly"), read_only=True)
    database = Database(config, clock, rng)
    found = [one async for one in VerifyService(database, invariants()).findings(lambda _done, _of: None)]
    await database.close()
    assert not [one for one in found if one.grave]

    if roles.server.record is not None:
        monkeypatch.setenv("PATH", roles.server.record.programs.folder, prepend=":")
    try:
        made = await asyncio.to_thread(backup.make, config, tmp_path, tmp_path / "copy", now=clock.now())
        assert made.manifest.revision == migrations.head()
    except backup.BackupError as error:
        with pytest.raises(pg_programs.ProgramMissingError):  # nothing but the program may be missing
            pg_programs.find("pg_dump")
        assert "is not on this machine" in str(error)


async def test_a_table_of_a_later_migration_is_covered(roles: Roles) -> None:
    await run_as(roles, "owner", "CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY, word text)")
    assert await run_as(roles, "app", "INSERT INTO later (word) VALUES ('a')") == "INSERT 0 1"
    assert await run_as(roles, "readonly", "SELECT * FROM later") == "SELECT 1"
    with pytest.raises(DENIED):
        await run_as(roles, "app", "DROP TABLE later")
    await run_as(roles, "owner", "DROP TABLE later")


async def test_names_are_looked_up_in_our_schema_and_forgotten_statements_end(roles: Roles) -> None:
    limits = {"owner": "0", "app": "10s", "readonly": "15min"}
    for role, limit in limits.items():
        connection = await asyncpg.connect(roles.url(role).replace("+asyncpg", ""))
        try:
            assert await connection.fetchval("SHOW search_path") == "public, pg_temp"
            assert await connection.fetchval("SHOW statement_timeout") == limit
            mine = "SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user"
            assert await connection.fetchval(mine) == (40 if role == "app" else 5)
        finally:
            await connection.close()


async def test_nobody_else_may_come_in(roles: Roles) -> None:
    stranger = f"{roles.prefix}stranger"
    roles.server.execute(f"CREATE ROLE {stranger} LOGIN PASSWORD 'a'")
    try:
        with pytest.raises(DENIED, match="permission denied for database"):
            await asyncpg.connect(roles.url("stranger", password="a").replace("+asyncpg", ""))  # noqa: S106 — a test's
    finally:
        roles.server.execute(f"DROP ROLE {stranger}")


def test_a_database_that_one_role_has_owned_so_far_is_taken_over(postgres_server: PostgresServer) -> None:
    with roles_on(postgres_server) as roles:
        migrations.upgrade(DatabaseConfig(url=postgres_server.url(roles.database)))
        roles.apply()
        migrations.downgrade(DatabaseConfig(url=roles.url("owner")), "base")
        assert migrations.upgrade(DatabaseConfig(url=roles.url("owner"))).up_to_date


async def test_a_start_that_would_have_to_migrate_says_who_can(postgres_server: PostgresServer, tmp_path: Path) -> None:
    with roles_on(postgres_server) as roles:
        with pytest.raises(startup.StartError) as caught:
            await startup.migrate(DatabaseConfig(url=roles.url("app")), tmp_path)
        assert str(caught.value) == (
            f"The database is empty, the newest revision is {migrations.head()}, and the role {roles.prefix}app may "
            "not change tables. Run folkmoot db upgrade once with the owner's DATABASE_URL."
        )
        assert list(tmp_path.iterdir()) == []
        await startup.migrate(DatabaseConfig(url=roles.url("owner")), tmp_path)
        await startup.migrate(DatabaseConfig(url=roles.url("app")), tmp_path)
