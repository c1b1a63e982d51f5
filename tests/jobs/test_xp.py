"""What was gathered is written, whatever is in the way."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from bot.actions.xp import MOST_VERDICTS, VERDICTS, XpGatherer
from bot.domain.gains import MessageFacts, Reason, Verdict
from bot.domain.leveling import Batch
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.multipliers import Place, Rules
from bot.domain.privacy import Erased
from bot.errors import DatabaseAway
from bot.jobs.xp import TRIES, XpJob

GUILD, OTHER = 4_001, 4_002
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT = 1_772_452_800_000
"""The same, in milliseconds."""

RULES = Rules(LevelingSettings(), ZoneInfo("UTC"))


class Service:
    """Remembers what was written, and refuses what it is told to."""

    def __init__(self) -> None:
        self.written: dict[tuple[int, int], int] = {}
        self.refuses: set[int] = set()
        self.is_away = False
        self.ids: list[int] = []

    async def flush(self, batch: Batch, /) -> None:
        await asyncio.sleep(0)
        self.ids.append(batch.id)
        if self.is_away:
            raise DatabaseAway
        if self.refuses & {gain.guild_id for gain in batch.gains}:
            raise ValueError("planted")
        for gain in batch.gains:
            key = (gain.guild_id, gain.user_id)
            self.written[key] = self.written.get(key, 0) + gain.xp


@pytest.fixture
def gatherer() -> XpGatherer:
    return XpGatherer(lambda least, _most: least, count(1).__next__)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def job(gatherer: XpGatherer, service: Service) -> XpJob:
    return XpJob(gatherer, service, lambda: NOW)


def say(gatherer: XpGatherer, user_id: int, *, guild_id: int = GUILD, at: int = AT, text: str = "Good morning") -> int:
    facts = MessageFacts(at, user_id, Place(9), text, has_files=False, roles=())
    return gatherer.add_message(RULES, guild_id, at + user_id, facts)


async def test_a_batch_that_could_not_be_written_is_tried_again_under_its_id(
    gatherer: XpGatherer, job: XpJob, service: Service
) -> None:
    say(gatherer, 1)
    service.is_away = True
    assert not await job.flush()
    say(gatherer, 2)
    service.is_away = False
    assert await job.flush()
    assert service.ids == [1, 1, 2]
    assert service.written == {(GUILD, 1): 15, (GUILD, 2): 15}
    assert gatherer.waiting == 0


async def test_a_guild_whose_gains_are_refused_keeps_no_other_waiting_and_ends_one_day(
    gatherer: XpGatherer, job: XpJob, service: Service
) -> None:
    say(gatherer, 1)
    say(gatherer, 2, guild_id=OTHER)
    service.refuses = {OTHER}
    for _ in range(TRIES + 1):
        assert await job.flush()
        assert service.written.keys() <= {(GUILD, 1)}
    assert service.written == {(GUILD, 1): 15}
    assert gatherer.waiting == 0


async def test_a_flush_that_is_cut_off_loses_nothing(gatherer: XpGatherer, job: XpJob, service: Service) -> None:
    say(gatherer, 1)
    flushing = asyncio.create_task(job.flush())
    await asyncio.sleep(0)
    flushing.cancel()
    await asyncio.gather(flushing, return_exceptions=True)
    assert service.written == {}
    await job.finish()
    assert service.written == {(GUILD, 1): 15}


async def test_who_is_erased_is_not_written_any_more(gatherer: XpGatherer, job: XpJob, service: Service) -> None:
    for user_id in (1, 2):
        for guild_id in (GUILD, OTHER):
            say(gatherer, user_id, guild_id=guild_id)
    service.is_away = True
    await job.flush()
    service.is_away = False
    say(gatherer, 2, at=AT + 60_000, text="And now?")
    await job.forget(Erased(1, GUILD))
    await job.forget(Erased(2, None))
    await job.flush()
    assert service.written == {(OTHER, 1): 15}
    assert gatherer.verdicts(GUILD, 1) == gatherer.verdicts(OTHER, 2) == ()


async def test_who_is_erased_while_a_flush_fails_is_not_written_afterwards(
    gatherer: XpGatherer, job: XpJob, service: Service
) -> None:
    say(gatherer, 1)
    say(gatherer, 2, guild_id=OTHER)
    service.is_away = True
    flushing = asyncio.create_task(job.flush())
    await asyncio.sleep(0)
    await job.forget(Erased(1, GUILD))
    assert not await flushing
    service.is_away = False
    await job.flush()
    assert service.written == {(OTHER, 2): 15}


async def test_what_only_the_erased_had_gained_is_no_batch_any_more(gatherer: XpGatherer, job: XpJob) -> None:
    say(gatherer, 1)
    batch = gatherer.take()
    assert batch is not None
    gatherer.put_back(batch)
    await job.forget(Erased(1, GUILD))
    assert gatherer.take() is None


def test_the_last_verdicts_are_told_newest_first(gatherer: XpGatherer) -> None:
    for number in range(VERDICTS + 1):
        say(gatherer, 1, at=AT + number * 1_000, text=f"Good morning, number {number}")
    gatherer.add_voice(RULES, GUILD, 1, xp=5, seconds=60, channel_id=8, at=NOW + timedelta(seconds=9))
    found = gatherer.verdicts(GUILD, 1)
    assert found[:2] == (
        Verdict(NOW + timedelta(seconds=9), 8, 5, None, voice=True),
        Verdict(NOW + timedelta(seconds=8), 9, 0, Reason.COOLDOWN, 52_000),
    )
    assert len(found) == VERDICTS


def test_a_cooldown_of_a_day_is_remembered_for_a_day(gatherer: XpGatherer) -> None:
    rules = Rules(LevelingSettings(cooldown=86_400), ZoneInfo("UTC"))
    gatherer.recall(rules, GUILD, {user: NOW - timedelta(hours=user) for user in range(1, 24)})
    for hour in range(24):
        moment = AT + hour * 3_600_000
        for user_id in range(1, 24):
            facts = MessageFacts(moment, user_id, Place(9), f"{hour}", has_files=False, roles=())
            earned = gatherer.add_message(rules, GUILD, moment, facts)
            assert bool(earned) == (hour + user_id == 24), (hour, user_id)
        gatherer.tidy(moment)


def test_who_is_quiet_is_forgotten_and_at_most_two_hundred_bytes_are_kept_of_each(gatherer: XpGatherer) -> None:
    people = 20_000
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(people):
        say(gatherer, (900 << 52) + number, at=AT + number, text=f"Good morning, number {number}")
    while gatherer.take(people) is not None:
        pass
    gatherer._verdicts.clear()
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert kept / people <= 200
    gatherer.tidy(AT + 700_000)
    gatherer.tidy(AT + 1_400_000)
    assert not gatherer._guilds


def test_verdicts_are_kept_of_so_many_members_only(gatherer: XpGatherer) -> None:
    for user_id in range(1, MOST_VERDICTS + 3):
        say(gatherer, user_id)
    assert gatherer.verdicts(GUILD, 1) == gatherer.verdicts(GUILD, 2) == ()
    assert len(gatherer.verdicts(GUILD, 3)) == 1
