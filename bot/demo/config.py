"""What the demonstration takes of the operator's settings."""

from __future__ import annotations

import os

from pydantic import SecretStr

from bot.process import StartError
from bot.settings import BackupSettings, DiscordSettings, MetricsSettings, Settings, ShardSettings


class DemoFailed(StartError):
    """The demonstration could not be shown; the message says why."""


def demo_settings(settings: Settings) -> Settings:
    """The operator's settings, but with a database of the demo's own, and without anything of a real bot's.

    Raises:
        DemoFailed: there is no place for the database.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoFailed(f"DATA_DIR: {settings.data_dir} can't be used: {error.strerror}") from error
    if not os.access(settings.data_dir, os.W_OK | os.X_OK):
        raise DemoFailed(f"DATA_DIR: {settings.data_dir} can't be used: it can't be written to")
    file = (settings.data_dir / "demo.db").resolve()
    database = {"url": SecretStr(f"sqlite+aiosqlite:///{file}"), "direct_url": None}
    return settings.model_copy(
        update={
            "discord": DiscordSettings(),
            "database": settings.database.model_copy(update=database),
            "shard": ShardSettings(),
            "backup": BackupSettings(every_hours=0),
            "metrics": MetricsSettings(),
            "allowed_guild_ids": frozenset(),
            "default_features": frozenset({"all"}),
        }
    )
