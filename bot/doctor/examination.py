"""The order in which the doctor looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from bot.doctor import backups, database, online, place
from bot.doctor.findings import Finding, Level, fail, ok
from bot.settings import Settings, SettingsError, load


async def examine(env_file: Path, *, offline: bool) -> AsyncGenerator[Finding]:
    """Look at everything, each finding as it is made. Nothing is changed, and no secret is in any finding."""
    for one in place.env_file(env_file):
        yield one
    try:
        settings = load(env_file)
    except SettingsError as error:
        for line in str(error).splitlines():
            said = line if line.endswith("?") else f"{line}."
            yield fail("settings", said, "correct it; .env.example has every setting. The rest comes after that.")
        return
    yield ok("settings", "every value can be used.")
    yield place.log(settings.log)
    try:
        config = settings.database_config()
    except SettingsError as error:
        config = None
        yield fail("database", f"{error}.", "name a file that the bot can read and that holds the password.")
    for one in await asyncio.to_thread(place.folder, settings.data_dir, config):
        yield one
    if config is not None:
        async for one in database.examine(config):
            yield one
        async for one in backups.examine(settings):
            yield one
    async for one in _discord(settings, offline=offline):
        yield one


async def _discord(settings: Settings, *, offline: bool) -> AsyncGenerator[Finding]:
    try:
        token = settings.token()
    except SettingsError as error:
        yield fail("token", f"{error}.", "name a file that the bot can read and that holds the token.")
        return
    shape = place.token(token)
    yield shape
    if offline or token is None or shape.level is Level.FAIL:  # what is no token is nobody else's to read
        return
    for one in await online.examine(token, settings.discord.api_url):
        yield one
