"""A day of two hundred members in virtual time, against a model that is as plain as can be.

They write, come, go and are muted in voice. What comes in between: multipliers and rules that change, roles that levels
bring, midnight in the guild's zone, a database that is away, restarts in order, and processes that are killed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from bot.db import dialect
from bot.db.engine import Database
from bot.db.models.core import Guild as Known
from bot.db.models.leveling import MemberLevel, XpMultiplier, XpPeriod, XpVoiceDay
from bot.db.repositories import role_grants
from bot.db.sessions import WriteSession
from bot.domain.audit import AuditSource
from bot.domain.general import GeneralSettings
from bot.domain.leveling import Reward, Span, Stacking, TargetKind
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.role_grants import GrantState
from bot.features import invariants
from bot.services import Services
from bot.services.rewards import By
from bot.services.verify import VerifyService
from tests.services.xp_day import (
    BARRED,
    CATEGORY,
    DEN,
    GAMES,
    GUILD,
    HALL,
    MEMBERS,
    PLACES,
    THREAD,
    VIP,
    ZONE,
    Guild,
    Model,
    Process,
    Said,
)  # fmt: skip
from tests.support.clock import ManualClock

START = datetime(2026, 3, 3, 0, 30, 0, 123_000, tzinfo=UTC)
"""Two and a half hours before midnight in São Paulo."""

STEP = 4
"""Seconds: everything happens at whole ones of these."""

WORDS = ("hello", "HELLO ", "hm", "what a day", "\u0641\u0637\u0648\u0631", "good night everybody")

REWARDS = (
    Reward(1, 701, Stacking.STACK), Reward(2, 702, Stacking.REPLACE), Reward(3, 703, Stacking.REPLACE, coins=100),
    Reward(5, 704, Stacking.STACK), Reward(8, 705, Stacking.REPLACE, coins=50),
)  # fmt: skip


async def set_multiplier(services: Services, database: Database, kind: TargetKind, target: int, factor: int) -> None:
    async def unit(session: WriteSession) -> None:
        row = {"guild_id": GUILD, "kind": kind, "target_id": target, "per_mille": factor, "set_by": None}
        await session.execute(dialect.upsert(session.dialect.name, XpMultiplier), row)
        await services.xp_rules.changed(session, GUILD)

    await database.transact(unit)


async def days_of(database: Database) -> dict[tuple[date, int], int]:
    async with database.read() as session:
        query = select(XpPeriod.begins, XpPeriod.user_id, XpPeriod.xp).where(XpPeriod.span == Span.DAY)
        return {(row.begins, row.user_id): row.xp for row in await session.execute(query)}


async def totals_of(database: Database) -> dict[int, tuple[int, int, int]]:
    own = MemberLevel
    async with database.read() as session:
        found = await session.execute(select(own.user_id, own.xp, own.messages, own.voice_seconds))
        return {user_id: (xp, messages, seconds) for user_id, xp, messages, seconds in found}


async def roles_owed(database: Database) -> dict[int, set[int]]:
    async with database.read() as session:
        found = await role_grants.of_members(session, GUILD, MEMBERS)
    live = {GrantState.WANTED, GrantState.HELD}
    owed = {user_id: {one.role_id for one in grants if one.state in live} for user_id, grants in found.items()}
    return {user_id: roles for user_id, roles in owed.items() if roles}


def level(xp: int) -> int:
    """By the usual curve, step by step."""
    reached = 0
    while xp >= (step := 5 * reached**2 + 50 * reached + 100):
        xp -= step
        reached += 1
    return reached


def roles_at(reached: int) -> set[int]:
    due = {one.role_id for one in REWARDS if one.level <= reached and one.stacking is Stacking.STACK}
    replacing = [one.role_id for one in REWARDS if one.level <= reached and one.stacking is Stacking.REPLACE]
    return due | set(replacing[-1:])


class Day:
    """One run: the process, the model, and what happens to both."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self._database, self._clock, self._rng = database, clock, Random(20_260_302)
        self._draws: list[int] = []
        self._guild: Any = Guild()
        self._process = Process(database, clock, 1, self._drawn())
        self._settings = LevelingSettings()
        self._version = 0
        self.model = Model(clock.now())
        self.killed = 0

    def _drawn(self) -> Iterator[int]:
        while True:
            yield self._draws[-1]

    async def begin(self) -> None:
        async with self._database.write() as session:
            await session.execute(insert(Known), {"id": GUILD, "name": "Meadow"})
        services = self._process.services
        await services.guild_settings.change(GUILD, GeneralSettings(time_zone=ZONE.key), base=0, by=None)
        await self._set(role_rule="multiply", least_length=3, voice=120, voice_day=3_000)
        for one in REWARDS:
            await services.rewards.set(GUILD, one, By(9, AuditSource.COMMAND))
        await self.look()

    async def _set(self, **changes: Any) -> None:
        self._settings = LevelingSettings(**{**self._settings.model_dump(), **changes})
        services = self._process.services
        self._version = await services.guild_settings.change(GUILD, self._settings, base=self._version, by=None)
        self.model.settings = self._settings

    # What happens -------------------------------------------------------------------------------------------

    async def minute(self) -> None:
        """One minute, with a look into the rooms at its end."""
        began, rng = self._clock.now(), self._rng
        for slot in sorted(rng.randrange(60 // STEP) for _ in range(rng.randint(0, 7))):
            self._clock.set(began + timedelta(seconds=slot * STEP))
            await (self.say() if rng.random() < 0.7 else self.move())
        self._clock.set(began + timedelta(minutes=1))
        await self.look()

    async def say(self) -> None:
        rng = self._rng
        # Some hardly ever stop.
        user_id = rng.choice(MEMBERS) if rng.random() < 0.6 else rng.randint(1, 12)
        said = Said(self._clock.now(), user_id, rng.choice(PLACES), rng.choice(WORDS))
        self._draws.append(rng.randint(15, 25))
        await self._process.hear(said, rng.getrandbits(60))
        self.model.hear(said, self._draws[-1])

    async def move(self) -> None:
        """Somebody comes, goes, changes the room, or is muted or no longer so."""
        rng = self._rng
        seats = self.model.seats
        user_id = rng.choice(list(seats) if len(seats) > 25 else MEMBERS)
        seat = rng.choice([None, None, (HALL, False), (DEN, False), (DEN, True), (HALL, True)])
        self.model.talk_until(self._clock.now())
        seats.pop(user_id, None)
        if seat is not None:
            seats[user_id] = seat
        self._process.rooms.moved(*self._guild.put(user_id, seat))

    async def look(self) -> None:
        await self._process.rooms.look(self._guild)
        self.model.pay(self._clock.now())

    async def flush(self, mood: str = "") -> None:
        weather = self._process.weather
        weather.next = mood
        done = await self._process.job.flush()
        mood, weather.next = "" if weather.next else mood, ""  # with nothing to write nobody meets the weather
        assert done == (not mood)
        if mood != "away":
            self.model.write()

    async def change_something(self) -> None:
        kind, target, places = self._rng.choice(
            [(TargetKind.CHANNEL, GAMES, True), (TargetKind.THREAD, THREAD, True), (TargetKind.CHANNEL, HALL, True),
             (TargetKind.CATEGORY, CATEGORY, True), (TargetKind.ROLE, VIP, False), (TargetKind.ROLE, BARRED, False)]
        )  # fmt: skip
        factor = self._rng.choice([0, 500, 1_000, 1_500, 2_000])
        await set_multiplier(self._process.services, self._database, kind, target, factor)
        (self.model.places if places else self.model.roles)[target] = factor
        await self._set(cooldown=self._rng.choice([30, 60, 300]))
        await self.look()  # a minute that has begun counts by the rules at its end

    # Ends ---------------------------------------------------------------------------------------------------

    async def restart(self) -> None:
        """In order: nothing is lost."""
        self._process.rooms.leave(self._guild)
        self.model.pay(self._clock.now())
        await self._process.job.finish()
        self.model.write()
        await self._next_process()

    async def die(self) -> None:
        """Killed amid a minute: all that was not written is gone."""
        await self.say()
        mood = self._rng.choice(["nothing", "", "away", "unknown"])
        if mood != "nothing":
            await self.flush(mood)
        await self.say()
        self.killed += 1
        await self._next_process()

    async def _next_process(self) -> None:
        self._clock.advance(seconds=60)
        self._process = Process(self._database, self._clock, self._rng.getrandbits(30), self._drawn())
        self.model.end_process(self._clock.now())
        await self.look()


@pytest.mark.timeout(60)
async def test_a_day_of_two_hundred_members_is_exact(database: Database, clock: ManualClock) -> None:
    clock.set(START)
    day = Day(database, clock)
    await day.begin()
    number = 0
    while clock.now() - START < timedelta(hours=24):
        number += 1
        await day.minute()
        if number % 8 == 0:
            await day.flush({16: "away", 32: "unknown"}.get(number % 40, ""))
        if number % 96 == 0:
            await day.change_something()
        if number % 500 == 0:
            await day.restart()
        if number % 120 == 7:
            await day.die()
    await day.restart()
    model = day.model.written
    assert day.killed == 12
    totals = await totals_of(database)
    assert totals == model.totals()
    assert len(totals) > 190
    assert sum(seconds for _, _, seconds in totals.values()) > 100 * 3_600
    days = await days_of(database)
    assert days == model.days
    assert len({begins for begins, _ in days}) == 2
    assert any(xp == 3_000 for xp in model.voice_days.values())  # the most of a day
    due = {user_id: roles_at(level(xp)) for user_id, (xp, _, _) in totals.items()}
    assert await roles_owed(database) == {user_id: roles for user_id, roles in due.items() if roles}
    assert len(set(map(frozenset, due.values()))) == len(REWARDS) + 1
    await assert_paid_once(day, database, totals)
    await assert_agreed(database)


async def assert_paid_once(day: Day, database: Database, totals: dict[int, tuple[int, int, int]]) -> None:
    """Coins came once for each level."""
    services = day._process.services
    for user_id in (1, 2, 3, 100):
        due = sum(one.coins for one in REWARDS if one.level <= level(totals[user_id][0]))
        assert (await services.economy.balance(GUILD, user_id)).wallet == due


async def assert_agreed(database: Database) -> None:
    """Totals are their days, weeks and months, and what voice earned is part of its days; all of `db verify` holds."""
    async with database.read() as session:
        for span in Span:
            sums = select(XpPeriod.user_id, func.sum(XpPeriod.xp)).where(XpPeriod.span == span)
            found = await session.execute(sums.group_by(XpPeriod.user_id))
            assert {user_id: int(xp) for user_id, xp in found} == {
                one: xp for one, (xp, _, _) in (await totals_of(database)).items()
            }, span
        voice = select(XpVoiceDay.begins, XpVoiceDay.user_id, XpVoiceDay.xp)
        days = await days_of(database)
        for begins, user_id, xp in await session.execute(voice):
            assert xp <= days[begins, user_id]
    assert await VerifyService(database, invariants()).guild(GUILD) == []


@pytest.mark.parametrize("mood", ["away", "unknown"])
async def test_what_was_gained_while_the_database_was_away_belongs_to_its_own_day(
    database: Database, clock: ManualClock, mood: str
) -> None:
    clock.set(datetime(2026, 3, 3, 2, 59, 59, tzinfo=UTC))
    process = Process(database, clock, 1, iter([20, 20]))
    settings = process.services.guild_settings
    await settings.change(GUILD, GeneralSettings(time_zone=ZONE.key), base=0, by=None)
    await settings.change(GUILD, LevelingSettings(cooldown=0), base=0, by=None)
    await process.hear(Said(clock.now(), 1, PLACES[0], "before"), 1)
    process.weather.next = mood
    assert not await process.job.flush()
    clock.advance(seconds=1)
    await process.hear(Said(clock.now(), 1, PLACES[0], "after"), 2)
    assert await process.job.flush()
    assert await days_of(database) == {(date(2026, 3, 2), 1): 20, (date(2026, 3, 3), 1): 20}
