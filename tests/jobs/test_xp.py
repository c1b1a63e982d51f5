"""What was gathered is written, whatever is in the way."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from bot.actions.xp import AT_ONCE, MOST_VERDICTS, VERDICTS, XpGatherer
from bot.domain.gains import MessageFacts, Reason, Verdict
from bot.domain.leveling import Batch
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.multipliers import Place, Rules
from bot.domain.privacy import Erased
from bot.errors import DatabaseAway
from bot.jobs import xp
from bot.jobs.xp import FIRST_WAIT, LONGEST_WAIT, TRIES, XpJob
from tests.support.clock import ManualClock

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


class Notes:
    """Remembers what the operator is told."""

    def __init__(self) -> None:
        self.kept: list[tuple[int | None, str]] = []

    async def note(self, error: BaseException, *, guild_id: int | None, context: Mapping[str, str]) -> None:
        assert context == {"job": "xp"}
        self.kept.append((guild_id, f"{type(error).__name__}: {error}"))


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def job(gatherer: XpGatherer, service: Service, notes: Notes, clock: ManualClock) -> XpJob:
    return XpJob(gatherer, service, clock.now, notes)


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


async def refused(job: XpJob, service: Service, *guilds: int) -> None:
    """Until what these guilds gained is set aside."""
    service.refuses = set(guilds)
    for _ in range(TRIES + 1):
        assert await job.flush()


async def test_a_guild_whose_gains_are_refused_keeps_no_other_waiting_and_loses_nothing(
    gatherer: XpGatherer, job: XpJob, service: Service, notes: Notes, clock: ManualClock
) -> None:
    say(gatherer, 1)
    say(gatherer, 2, guild_id=OTHER)
    await refused(job, service, OTHER)
    assert service.written == {(GUILD, 1): 15}
    assert gatherer.waiting == 0
    say(gatherer, 1, at=AT + 60_000, text="And now?")
    say(gatherer, 2, guild_id=OTHER, at=AT + 60_000, text="And now?")
    tried = len(service.ids)
    assert await job.flush()
    assert len(service.ids) == tried + 1  # nobody asks again for what is set aside
    service.refuses.clear()
    clock.advance(seconds=FIRST_WAIT.total_seconds())
    assert await job.flush()
    assert service.written == {(GUILD, 1): 30, (OTHER, 2): 30}
    assert gatherer.aside() == {}
    assert notes.kept == [(OTHER, "ValueError: planted")]


async def test_what_is_refused_again_waits_twice_as_long_but_no_longer_than_that(
    gatherer: XpGatherer, job: XpJob, service: Service, notes: Notes, clock: ManualClock
) -> None:
    for user_id in range(2 * AT_ONCE):  # batches that are refused together make it wait once
        say(gatherer, user_id)
    await refused(job, service, GUILD)
    waits: list[timedelta] = []
    for _ in range(8):
        tried, began = len(service.ids), clock.now()
        while len(service.ids) == tried:
            clock.advance(seconds=5)
            assert await job.flush()
        waits.append(clock.now() - began)
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits[-2:] == [LONGEST_WAIT, LONGEST_WAIT]
    service.refuses.clear()
    clock.advance(seconds=LONGEST_WAIT.total_seconds())
    assert await job.flush()
    assert len(service.written) == 2 * AT_ONCE
    assert len(notes.kept) == 1


async def test_no_more_is_set_aside_than_fits_and_the_operator_is_told_what_is_lost(
    gatherer: XpGatherer, job: XpJob, service: Service, notes: Notes, *, monkeypatch: pytest.MonkeyPatch,
    clock: ManualClock,
) -> None:  # fmt: skip
    monkeypatch.setattr(xp, "MOST_ASIDE", 10)
    for user_id in range(5):
        say(gatherer, user_id)
    say(gatherer, 1, guild_id=OTHER)
    await refused(job, service, GUILD, OTHER)
    for user_id in range(5, 9):
        say(gatherer, user_id)
    assert await job.flush()
    assert gatherer.aside() == {GUILD: 9, OTHER: 1}
    say(gatherer, 9)
    assert await job.flush()
    assert gatherer.aside() == {GUILD: 0, OTHER: 1}
    assert notes.kept[2:] == [(GUILD, "XpLost: 150 XP of 10 members")]
    say(gatherer, 10)
    service.refuses.clear()
    clock.advance(seconds=FIRST_WAIT.total_seconds())
    assert await job.flush()
    assert service.written == {(OTHER, 1): 15, (GUILD, 10): 15}


async def test_a_stop_tries_once_more_and_tells_what_is_lost(
    gatherer: XpGatherer, job: XpJob, service: Service, notes: Notes
) -> None:
    say(gatherer, 1)
    say(gatherer, 2, guild_id=OTHER)
    await refused(job, service, GUILD, OTHER)
    service.refuses = {OTHER}
    say(gatherer, 3)
    await job.finish()
    assert service.written == {(GUILD, 1): 15, (GUILD, 3): 15}
    assert notes.kept[2:] == [(OTHER, "XpLost: 15 XP of 1 members")]


async def test_who_is_erased_is_not_set_aside_any_more(
    gatherer: XpGatherer, job: XpJob, service: Service, clock: ManualClock
) -> None:
    say(gatherer, 1)
    say(gatherer, 2)
    await refused(job, service, GUILD)
    say(gatherer, 1, at=AT + 60_000, text="And now?")
    await job.forget(Erased(1, GUILD))
    service.refuses.clear()
    clock.advance(seconds=FIRST_WAIT.total_seconds())
    await job.flush()
    assert service.written == {(GUILD, 2): 15}


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
