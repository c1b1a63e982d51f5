"""Preferences: remembered where that is safe, changed as they were shown, and forgotten when asked to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, text

from bot.compose import make_services
from bot.compose_caches import listen, preferences_cache
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.notices import Listener
from bot.db.repositories.command_logs import NewUse
from bot.domain.preferences import Preferences
from bot.domain.settings import Versioned
from bot.domain.uses import NOBODY, Ending, Use, UseKind
from bot.errors import SettingsChanged
from bot.services import Services
from bot.services.settings_cache import MOST, SettingsCache
from tests.support.clock import ManualClock

GUILD = 5 << 22
ALICE, BOB = 1001, 1002


@dataclass
class Process:
    """What one process has."""

    database: Database
    services: Services
    listener: Listener
    asked: list[str]

    async def language(self) -> str:
        return (await self.services.preferences.read(ALICE)).value.language

    async def questions(self) -> int:
        """How many statements it takes to know Alice's language."""
        before = len(self.asked)
        await self.language()
        return len(self.asked) - before

    async def remembers(self) -> bool:
        """Whether Alice's language is known without asking; one's own notice of a change forgets it once more."""
        await self.language()
        return await self.questions() == 0


Start = Callable[[], Awaitable[Process]]


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.005)


@pytest.fixture
async def start(database_config: DatabaseConfig, clock: ManualClock) -> AsyncGenerator[Start]:
    """Starts processes on one database; on SQLite there may be one."""
    running: list[Process] = []

    async def begin() -> Process:
        rng = Random(len(running))
        database = Database(database_config, clock, rng)
        cache = preferences_cache(database)
        services = make_services(database, clock, rng, keep_guilds_for=timedelta(days=1), people_cache=cache)
        asked: list[str] = []
        engines: list[Any] = [database._writer, database._reader]
        for engine in {one.sync_engine for one in engines}:
            event.listen(engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
        process = Process(database, services, listen(database_config, cache), asked)
        running.append(process)
        process.listener.start()

        await until(process.remembers)
        return process

    yield begin
    for process in running:
        await process.listener.stop()
        await process.database.close()
    await asyncio.sleep(0)


def speaking(language: str) -> Callable[[Preferences], Preferences]:
    return lambda before: Preferences.model_validate({**before.model_dump(), "language": language})


async def test_they_are_asked_for_once_and_a_change_is_seen_at_once(start: Start) -> None:
    process = await start()
    assert await process.language() == "auto"
    changed = await process.services.preferences.edit(ALICE, speaking("de"), base=0)
    assert changed == Versioned(Preferences(language="de"), 1)
    assert await process.language() == "de"
    await until(process.remembers)
    assert (await process.services.preferences.read(BOB)).value == Preferences()


async def test_of_many_who_change_at_once_one_wins_and_the_same_again_finds_itself_done(services: Services) -> None:
    tries = [services.preferences.edit(ALICE, speaking(one), base=0) for one in ("de", "en")]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["SettingsChanged", "Versioned"]
    won = (await services.preferences.read(ALICE)).value.language
    assert (await services.preferences.edit(ALICE, speaking(won), base=0)).version == 1
    assert (await services.preferences.edit(ALICE, speaking(won), base=1)).version == 1
    with pytest.raises(SettingsChanged):
        await services.preferences.edit(ALICE, speaking("auto"), base=0)


async def test_a_document_of_another_version_falls_back_field_by_field(services: Services, database: Database) -> None:
    await services.preferences.edit(ALICE, speaking("de"), base=0)
    async with database.write() as session:
        broken = '{"language": "klingon", "statistics": false, "time_zone": "Mars/Base", "from_the_future": 1}'
        await session.execute(text("UPDATE preferences SET document = :document"), {"document": broken})
    services.preferences.forget(ALICE)
    assert await services.preferences.read(ALICE) == Versioned(Preferences(statistics=False), 1)


async def test_who_does_not_want_to_be_named_is_counted_all_the_same(services: Services, clock: ManualClock) -> None:
    await services.preferences.edit(ALICE, lambda _: Preferences(statistics=False), base=0)
    await services.preferences.edit(BOB, lambda _: Preferences(language="de"), base=0)

    def use(user_id: int) -> Use:
        ending = Ending(incident_id=77)
        return Use(clock.now(), UseKind.COMMAND, "pay", GUILD, user_id, 8, {"member": str(ALICE)}, ending, 0.25)

    uses = [NewUse(number, use(user_id)) for number, user_id in enumerate((ALICE, BOB, ALICE, 1003), 1)]
    await services.command_logs.record(uses)
    await services.command_logs.record(uses)  # the same batch again, after a commit that nobody heard of
    kept = sorted(await services.command_logs.latest(GUILD), key=lambda one: one.user_id)
    assert [one.user_id for one in kept] == [NOBODY, NOBODY, BOB, 1003]
    for one in kept[:2]:
        assert (one.parameters, one.channel_id, one.ending.incident_id) == ({}, None, None)
    [count] = await services.command_logs.counts(GUILD, clock.now().date())
    assert count.count == 4


async def test_erasing_somebody_everywhere_forgets_what_they_set(start: Start) -> None:
    process = await start()
    await process.services.preferences.edit(ALICE, speaking("de"), base=0)
    await process.services.preferences.edit(BOB, speaking("de"), base=0)
    [held] = await process.services.privacy.overview(ALICE, None)
    assert (held.what, held.count) == ("What you set with /me", 1)
    copy = await process.services.privacy.copy(ALICE, None)
    assert copy.tables["preferences.user_id"][0]["document"]["language"] == "de"
    assert await process.language() == "de"
    await process.services.privacy.erase_elsewhere(ALICE)
    assert await process.language() == "auto"
    assert (await process.services.preferences.read(BOB)).value.language == "de"


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
class TestSeveralProcesses:
    async def test_a_change_and_an_erasure_in_one_are_seen_in_the_other(self, start: Start) -> None:
        one, other = await start(), await start()

        async def speaks(wanted: str) -> bool:
            return await other.language() == wanted

        await one.services.preferences.edit(ALICE, speaking("de"), base=0)
        await until(lambda: speaks("de"))
        assert await other.questions() == 0
        await one.services.privacy.erase_elsewhere(ALICE)
        await until(lambda: speaks("auto"))

    async def test_without_an_ear_nothing_is_remembered(self, services: Services, database: Database) -> None:
        await services.preferences.read(ALICE)
        async with database.write() as session:
            row = "INSERT INTO preferences (user_id, document, version, created_at, updated_at)"
            await session.execute(text(f"""{row} VALUES (1001, '{{"language": "de"}}', 1, now(), now())"""))
        assert (await services.preferences.read(ALICE)).value.language == "de"


def test_what_is_remembered_is_bounded() -> None:
    cache = SettingsCache(trusted=True)
    for user_id in range(MOST + 5):
        cache.keep(user_id, "me", Versioned(Preferences(), 0), cache.mark)
    assert len(cache) == 5
