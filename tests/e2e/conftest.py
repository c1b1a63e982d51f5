"""Every process test gets a stage: a sandbox, a database of each kind, and checks at its end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.db.config import DatabaseConfig
from tests.e2e.stage import Stage, staged


@pytest.fixture
async def stage(database_config: DatabaseConfig, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(database_config, tmp_path) as stage:
        yield stage
