"""What every test can ask for: a clock that stands still, chance that repeats, and a migrated database of each kind."""

from __future__ import annotations

import asyncio
import gc
import shutil
import uuid
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot import log
from bot.compose import make_services
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.features import FeatureSettings
from bot.services import Services
from tests.support import statements
from tests.support.clock import ManualClock
from tests.support.postgres import PostgresServer

pytest_plugins = ["tests.support.postgres_plugin"]


def pytest_configure() -> None:
    statements.share()


def pytest_collection_finish() -> None:
    """Spare every later search for garbage the modules and the tests themselves, which are there to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def log_set_up() -> None:
    """As in production: structlog's own default draws tracebacks so lavishly that an answer comes too late."""
    log.set_up(level="info", as_json=False, hide=log.SecretsHidden([]))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def rng() -> Random:
    return Random(20_260_101)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file at the newest revision, to be copied."""
    path = tmp_path_factory.mktemp("template") / "folkmoot.db"
    migrations.upgrade(DatabaseConfig(url=f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """A PostgreSQL database at the newest revision, to be copied."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    postgres_server.create_database(name)
    migrations.upgrade(DatabaseConfig(url=postgres_server.url(name)))
    return name


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Both databases, one after the other."""
    return str(request.param)


@pytest.fixture
def database_config(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseConfig]:
    """A migrated, empty database of the kind, for this test alone."""
    if database_kind == "sqlite":
        path = tmp_path / "folkmoot.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        # Tests die on purpose but the machine does not: waiting for the disk would only cost time.
        yield DatabaseConfig(url=f"sqlite+aiosqlite:///{path}", synchronous_full=False)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"test_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=request.getfixturevalue("postgres_template"))
    yield DatabaseConfig(url=server.url(name), pool_size=8, pool_overflow=24, pool_wait=10.0)
    server.drop_database(name)


@pytest.fixture
async def database(database_config: DatabaseConfig, clock: ManualClock, rng: Random) -> AsyncGenerator[Database]:
    opened = Database(database_config, clock, rng)
    yield opened
    await opened.close()
    await asyncio.sleep(0)


@pytest.fixture
def services(database: Database, clock: ManualClock, rng: Random, tmp_path: Path) -> Services:
    everything = FeatureSettings.of({"all"})
    return make_services(
        database, clock, rng, keep_guilds_for=timedelta(days=90), features=everything, data_dir=tmp_path / "files"
    )
