"""Settings: remembered where that is safe, changed by one at a time, and every change in the audit log."""

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
from bot.compose_caches import listen
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.notices import Listener
from bot.domain.audit import AuditFilter, AuditSource
from bot.domain.coin_range import CoinRange
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import Feature, FeatureSettings
from bot.domain.settings import Versioned
from bot.errors import FeatureOff, SettingsChanged
from bot.services import Services
from bot.services.settings_cache import SettingsCache
from tests.support.clock import ManualClock

GUILD = 1


@dataclass
class Process:
    """What one process has: connections, services, a cache, and an ear."""

    database: Database
    services: Services
    listener: Listener
    cache: SettingsCache
    asked: list[str]

    async def daily(self) -> int:
        return (await self.services.guild_settings.read(GUILD, EconomySettings)).value.daily_amount.low

    async def questions(self, ask: Callable[[], Awaitable[object]]) -> int:
        """How many statements something takes."""
        before = len(self.asked)
        await ask()
        return len(self.asked) - before

    async def remembers(self) -> bool:
        """Whether the section is known without asking; one's own notice of a change forgets it once more."""
        await self.daily()
        return await self.questions(self.daily) == 0


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
        cache = SettingsCache(trusted=database.is_sqlite)
        services = make_services(database, clock, rng, keep_guilds_for=timedelta(days=1), cache=cache)
        asked: list[str] = []
        engines: list[Any] = [database._writer, database._reader]
        for engine in {one.sync_engine for one in engines}:
            event.listen(engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
        process = Process(database, services, listen(database_config, cache), cache, asked)
        running.append(process)
        process.listener.start()

        await until(process.remembers)
        return process

    yield begin
    for process in running:
        await process.listener.stop()
        await process.database.close()
    await asyncio.sleep(0)


async def change(process: Process, amount: int, *, base: int, by: int | None = 7) -> int:
    settings = EconomySettings(daily_amount=CoinRange.fixed(amount))
    return await process.services.guild_settings.change(GUILD, settings, base=base, by=by)


async def test_a_section_is_asked_for_once_and_a_change_is_seen_at_once(start: Start) -> None:
    process = await start()
    assert await process.questions(process.daily) == 0
    await change(process, 5, base=0)
    assert await process.daily() == 5
    await until(process.remembers)


async def test_a_use_case_sees_the_change_that_was_acknowledged_before_it(start: Start) -> None:
    process = await start()
    settings, earning = process.services.guild_settings, process.services.earning
    await settings.change(GUILD, FeatureSettings(economy=True), base=0, by=7)
    assert (await earning.daily(GUILD, 3, key="a")).amount == 250
    await change(process, 5, base=0)
    assert (await earning.daily(GUILD, 4, key="b")).amount == 5


async def test_every_change_is_in_the_audit_log_with_what_differs(start: Start) -> None:
    process = await start()
    settings = process.services.guild_settings
    await change(process, 5, base=0)
    value = EconomySettings(daily_amount=CoinRange.fixed(6), starting_balance=1)
    await settings.change(GUILD, value, base=1, by=8, source=AuditSource.BUTTON)
    wanted = AuditFilter(target_type="settings", target_id="economy")
    newest, oldest = (await process.services.audit.search(GUILD, wanted)).entries
    assert (oldest.record.before, oldest.record.after) == ({"daily_amount": 250}, {"daily_amount": 5})
    assert newest.record.before == {"daily_amount": 5, "starting_balance": 0}
    assert (newest.record.actor_id, newest.record.source) == (8, AuditSource.BUTTON)


async def test_an_edit_that_fails_or_changes_nothing_leaves_no_trace(start: Start) -> None:
    process = await start()
    settings = process.services.guild_settings

    def fail(_: EconomySettings) -> EconomySettings:
        raise FeatureOff("economy", "Economy")

    with pytest.raises(FeatureOff):
        await settings.edit(GUILD, EconomySettings, fail, base=0, by=7)
    assert await settings.edit(GUILD, EconomySettings, lambda value: value, base=0, by=7) == Versioned(
        EconomySettings(), 0
    )
    assert (await process.services.audit.search(GUILD)).entries == ()


async def test_the_same_edit_again_finds_itself_done_and_another_ones_is_refused(start: Start) -> None:
    process = await start()
    assert await change(process, 5, base=0) == 1
    assert await change(process, 5, base=0) == 1
    with pytest.raises(SettingsChanged):
        await change(process, 5, base=0, by=8)
    with pytest.raises(SettingsChanged):
        await change(process, 6, base=0)
    assert len((await process.services.audit.search(GUILD)).entries) == 1


async def test_of_many_who_change_at_once_one_wins_and_the_others_hear_of_it(start: Start) -> None:
    process = await start()
    tries = [change(process, amount, base=0, by=amount) for amount in range(1, 9)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(str(type(outcome).__name__) for outcome in outcomes) == ["SettingsChanged"] * 7 + ["int"]
    assert len((await process.services.audit.search(GUILD)).entries) == 1
    assert (await process.services.guild_settings.read(GUILD, EconomySettings)).version == 1


async def test_a_document_of_another_version_falls_back_field_by_field(start: Start) -> None:
    process = await start()
    await change(process, 5, base=0)
    async with process.database.write() as session:
        broken = '{"daily_amount": "many", "starting_balance": 9, "from_the_future": true}'
        await session.execute(text("UPDATE guild_settings SET document = :document"), {"document": broken})
    process.cache.drop(GUILD)
    found = await process.services.guild_settings.read(GUILD, EconomySettings)
    assert found == Versioned(EconomySettings(daily_amount=CoinRange.fixed(250), starting_balance=9), 1)


async def test_a_feature_that_is_off_is_refused_until_it_is_switched_on(start: Start) -> None:
    process = await start()
    with pytest.raises(FeatureOff):
        await process.services.economy.balance(GUILD, 3)
    await process.services.guild_settings.change(GUILD, FeatureSettings(economy=True), base=0, by=7)
    assert (await process.services.economy.balance(GUILD, 3)).wallet == 0


async def test_what_the_installation_has_on_is_on_until_a_guild_chooses(services: Services) -> None:
    settings = services.guild_settings
    await settings.require(GUILD, Feature.ECONOMY)
    await settings.change(GUILD, FeatureSettings(economy=False), base=0, by=7)
    with pytest.raises(FeatureOff):
        await settings.require(GUILD, Feature.ECONOMY)


async def test_guilds_that_never_changed_a_section_share_its_defaults(services: Services) -> None:
    first, second = [(await services.guild_settings.read(guild_id, EconomySettings)) for guild_id in (1, 2)]
    assert first is second


async def test_an_erased_guilds_settings_are_forgotten(start: Start) -> None:
    process = await start()
    await change(process, 5, base=0)
    assert await process.daily() == 5
    async with process.database.write() as session:
        await session.execute(text("DELETE FROM guild_settings"))
        await process.services.guild_settings.announce_erased(session, GUILD)
    process.services.guild_settings.forget(GUILD)
    assert await process.daily() == 250


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
class TestSeveralProcesses:
    async def test_a_change_in_one_is_seen_in_the_other_at_once(self, start: Start) -> None:
        one, other = await start(), await start()
        for round_number in range(5):
            await change(one, 10 + round_number, base=round_number)

            async def sees(amount: int = 10 + round_number) -> bool:
                return await other.daily() == amount

            async with asyncio.timeout(1):
                await until(sees)
        assert await other.questions(other.daily) == 0

    async def test_a_process_that_stopped_hearing_remembers_nothing_until_it_hears_again(self, start: Start) -> None:
        one, other = await start(), await start()
        async with one.database.write() as session:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"
            here = " AND datname = current_database()"
            await session.execute(text(ended + here), {"name": "folkmoot notices"})

        async def forgot() -> bool:
            return await other.questions(other.daily) > 0

        await until(forgot)
        await change(one, 77, base=0)
        assert await other.daily() == 77

        async def remembers() -> bool:
            return await other.questions(other.daily) == 0

        await until(remembers)
        assert await other.daily() == 77

    async def test_without_an_ear_nothing_is_remembered(self, services: Services, database: Database) -> None:
        settings = services.guild_settings
        await settings.read(GUILD, EconomySettings)
        async with database.write() as session:
            row = "INSERT INTO guild_settings (guild_id, section, document, version, created_at, updated_at)"
            await session.execute(text(f"""{row} VALUES (1, 'economy', '{{"daily_amount": 3}}', 1, now(), now())"""))
        assert (await settings.read(GUILD, EconomySettings)).value.daily_amount.low == 3


def test_an_answer_older_than_a_change_is_not_kept() -> None:
    cache = SettingsCache(trusted=True)
    mark = cache.mark
    cache.drop(GUILD, "economy")  # somebody changed it while the answer was on its way
    cache.keep(GUILD, "economy", Versioned(EconomySettings(), 0), mark)
    assert cache.find(GUILD, "economy") is None


def test_a_notice_that_cannot_be_read_forgets_everything() -> None:
    cache = SettingsCache(trusted=True)
    for payload in ("nonsense", "", "x:economy", "1:", "1:economy"):
        cache.keep(GUILD, "economy", Versioned(EconomySettings(), 0), cache.mark)
        assert cache.find(GUILD, "economy") is not None
        cache.heard(payload)
        assert cache.find(GUILD, "economy") is None
