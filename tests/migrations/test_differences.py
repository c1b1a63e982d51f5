"""`folkmoot db check` says in words what somebody changed by hand."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.models import Base

CHANGES = [
    "ALTER TABLE claims ADD COLUMN extra INTEGER",
    "ALTER TABLE users DROP COLUMN avatar",
    "DROP INDEX ix_error_logs_created_at",
    "CREATE INDEX ix_mine ON users (username)",
    "DROP TABLE app_state",
    "CREATE TABLE quotes (id INTEGER)",
]
IN_WORDS = {
    "the column claims.extra is there, and the code does not know it",
    "the column users.avatar is missing",
    "the index ix_error_logs_created_at of error_logs is missing",
    "the index ix_mine of users is there, and the code does not know it",
    "the table app_state is missing",
    "the table quotes is there, and the code does not know it",
}

ON_POSTGRES = [
    "ALTER TABLE users ALTER COLUMN username TYPE VARCHAR(64)",
    "ALTER TABLE users ALTER COLUMN global_name SET NOT NULL",
    "ALTER TABLE members ALTER COLUMN pending DROP NOT NULL",
    "ALTER TABLE claims ALTER COLUMN streak SET DEFAULT 7",
    "ALTER TABLE outbox DROP CONSTRAINT uq_outbox_guild_id_key",
]
IN_WORDS_ON_POSTGRES = {
    "the column users.username is of type VARCHAR(64), and the code wants VARCHAR(32)",
    "the column users.global_name must not be empty, and by the code it may be",
    "the column members.pending may be empty, and by the code it must not be",
    "the column claims.streak has another default than the code gives it",
    "the constraint uq_outbox_guild_id_key of outbox is missing",
}


def change(config: DatabaseConfig, statements: list[str]) -> None:
    def work(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    migrations.run_on(config, work)


def test_what_differs_is_said_in_words(database_config: DatabaseConfig) -> None:
    assert migrations.check(database_config) == []
    change(database_config, CHANGES)
    assert set(migrations.check(database_config)) == IN_WORDS


@pytest.mark.parametrize("database_kind", ["postgres"])
def test_types_defaults_and_constraints_are_said_in_words(database_config: DatabaseConfig) -> None:
    change(database_config, ON_POSTGRES)
    assert set(migrations.check(database_config)) == IN_WORDS_ON_POSTGRES


def test_an_empty_database_lacks_every_table(database_config: DatabaseConfig) -> None:
    migrations.downgrade(database_config, "base")
    said = migrations.check(database_config)
    assert {f"the table {name} is missing" for name in Base.metadata.tables} <= set(said)
