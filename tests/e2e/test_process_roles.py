"""A bot that may neither make nor drop a table, as compose.yaml runs it: the owner migrates, and the bot only runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.db import migrations
from bot.db.config import DatabaseConfig
from tests.e2e.stage import ALICE, BOB, Stage, is_paid, staged
from tests.support.postgres import PostgresServer
from tests.support.roles import PASSWORD, Roles, roles_on


@pytest.fixture
async def roles(postgres_server: PostgresServer, tmp_path: Path) -> AsyncIterator[Roles]:
    with roles_on(postgres_server) as made:
        yield made


async def test_the_owner_migrates_and_the_bot_runs_with_less(roles: Roles, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    app, owner = (
        {"DATABASE_URL": roles.url(role, password=None), "DATABASE_PASSWORD_FILE": password}
        for role in ("app", "owner")
    )
    async with staged(DatabaseConfig(url=roles.url("app")), tmp_path) as stage:
        stage.secrets.append(PASSWORD)
        await refused_before_the_first_migration(stage, app)

        code, upgrade = await stage.run("db", "upgrade", "--if-needed", **owner)
        assert (code, upgrade.stdout) == (0, f"at {migrations.head()}\n"), upgrade.stderr
        roles.apply()

        bot = await stage.start(**app)
        await stage.endow(100)
        payment = await stage.pay(ALICE, BOB, 30)
        await payment.finished()
        assert is_paid(payment)
        code, upgrade = await stage.run("db", "upgrade", "--if-needed", **owner)  # as each `docker compose up` does
        assert (code, upgrade.stdout) == (0, "nothing to apply\n"), upgrade.stderr
        code, upgrade = await stage.run("db", "upgrade", **owner)
        assert (code, upgrade.sentences[0].startswith("Another process")) == (1, True)
        readonly = {**app, "DATABASE_URL": roles.url("readonly", password=None)}
        code, verify = await stage.run("db", "verify", **readonly)
        assert code == 0, verify.stdout
        code, doctor = await stage.run("doctor", "--offline", **app)
        assert (code, "held by a running bot" in doctor.stdout) == (0, True), doctor.stdout
        await bot.stop()
        await stage.assert_sound()


async def refused_before_the_first_migration(stage: Stage, app: dict[str, object]) -> None:
    code, bot = await stage.run("run", **app)
    assert code == 1
    assert bot.sentences[-1].endswith("Run folkmoot db upgrade once with the owner's DATABASE_URL.")
    code, doctor = await stage.run("doctor", "--offline", **app)
    assert (code, "this role may not change tables" in doctor.stdout) == (1, True)
