"""A day of two hundred members in virtual time, against a model that is as plain as can be.

What comes in between: rules that change, boosts, midnight in the guild's zone, a database that is away, restarts in
order, and processes that are killed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.actions.xp import XpGatherer
from bot.compose import make_services
from bot.db import dialect
from bot.db.engine import Database
from bot.db.models.leveling import MemberLevel, XpMultiplier, XpPeriod
from bot.db.sessions import WriteSession
from bot.domain.features import FeatureSettings
from bot.domain.gains import MessageFacts
from bot.domain.general import GeneralSettings
from bot.domain.leveling import Batch, Span, TargetKind
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.multipliers import Place
from bot.errors import DatabaseAway, OutcomeUnknown
from bot.ids import IdMaker
from bot.jobs.xp import XpJob
from bot.services import Services
from bot.services.leveling import FlushOutcome
from bot.services.settings_cache import SettingsCache
from tests.services.test_leveling import buckets_add_up
from tests.support.clock import ManualClock

GUILD = 4_001
ZONE = ZoneInfo("America/Sao_Paulo")
START = datetime(2026, 3, 3, 0, 30, tzinfo=UTC)
"""Two and a half hours before midnight in São Paulo."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MEMBERS = range(1, 201)
TALK, GAMES, THREAD, CATEGORY = 20, 21, 30, 10
PLACES = (Place(TALK, 0, CATEGORY), Place(GAMES, 0, CATEGORY), Place(THREAD, TALK, CATEGORY))
VIP, BARRED = 50, 51
WORDS = ("hello", "HELLO ", "hm", "what a day", "\u0641\u0637\u0648\u0631", "good night everybody")


class Said(NamedTuple):
    """A message of the day."""

    at: datetime
    user_id: int
    place: Place
    text: str
    roles: tuple[int, ...]


@dataclass
class Model:
    """XP by the rules, message by message; it forgets nothing and is in no hurry."""

    settings: LevelingSettings = field(default_factory=LevelingSettings)
    places: dict[int, int] = field(default_factory=dict[int, int])
    roles: dict[int, int] = field(default_factory=dict[int, int])
    earned_at: dict[int, datetime] = field(default_factory=dict[int, datetime])
    before: dict[int, tuple[datetime, str]] = field(default_factory=dict[int, tuple[datetime, str]])
    xp: dict[int, int] = field(default_factory=lambda: defaultdict[int, int](int))
    messages: dict[int, int] = field(default_factory=lambda: defaultdict[int, int](int))
    days: dict[tuple[date, int], int] = field(default_factory=lambda: defaultdict[tuple[date, int], int](int))

    def hear(self, said: Said, drawn: int) -> None:
        """What a message earns."""
        last_at, last = self.before.get(said.user_id, (START, ""))
        text = "".join(said.text.split()).casefold()
        self.before[said.user_id] = said.at, text
        factor = Fraction(next((self.places[one] for one in said.place if one in self.places), 1_000), 1_000)
        for role in said.roles:
            factor *= Fraction(self.roles.get(role, 1_000), 1_000)
        if factor == 0 or len(text) < self.settings.least_length:
            return
        if text == last and said.at - last_at <= timedelta(minutes=10):
            return
        day = (said.at.astimezone(ZONE).date(), said.user_id)
        self.messages[said.user_id] += 1
        self.days[day] += 0
        earned_at = self.earned_at.get(said.user_id)
        if earned_at is not None and said.at - earned_at < timedelta(seconds=self.settings.cooldown):
            return
        self.earned_at[said.user_id] = said.at
        self.xp[said.user_id] += int(drawn * factor)
        self.days[day] += int(drawn * factor)


class Process:
    """The part of a bot that earns, from start to end."""

    def __init__(self, database: Database, clock: ManualClock, number: int, draws: Iterator[int]) -> None:
        self.services: Services = make_services(
            database,
            clock,
            Random(number),
            keep_guilds_for=timedelta(days=1),
            features=FeatureSettings.of({"all"}),
            cache=SettingsCache(trusted=True),
        )
        self._xp = XpGatherer(lambda _least, _most: next(draws), IdMaker(clock, Random(number)).new)
        self.weather = Weather(self.services)
        self.job = XpJob(self._xp, self.weather, clock.now, NoNotes())

    async def hear(self, said: Said, message_id: int) -> None:
        rules = self.services.xp_rules.known(GUILD)
        if rules is None:
            loaded = await self.services.xp_rules.load(GUILD)
            rules = loaded.rules
            self._xp.recall(rules, GUILD, loaded.earned_at)
        moment = (said.at - EPOCH) // timedelta(milliseconds=1)
        named = tuple(role for role in said.roles if role in rules.role_ids)
        facts = MessageFacts(moment, said.user_id, said.place, said.text, has_files=False, roles=named)
        self._xp.add_message(rules, GUILD, message_id, facts)


class NoNotes:
    """Whoever is told of something that went wrong: here nothing may."""

    async def note(self, error: BaseException, *, guild_id: int | None, context: Mapping[str, str]) -> None:
        raise AssertionError(f"{guild_id}, {context}") from error


class Weather:
    """The service, and what comes between it and its caller."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.next: str = ""

    async def flush(self, batch: Batch, /) -> FlushOutcome | None:
        """Away: nothing is written. Unknown: it is written, and nobody hears of it."""
        mood, self.next = self.next, ""
        if mood == "away":
            raise DatabaseAway
        outcome = await self._services.leveling.flush(batch)
        if mood == "unknown":
            raise OutcomeUnknown
        return outcome


async def set_multiplier(services: Services, database: Database, kind: TargetKind, target: int, factor: int) -> None:
    async def unit(session: WriteSession) -> None:
        row = {"guild_id": GUILD, "kind": kind, "target_id": target, "per_mille": factor, "set_by": None}
        await session.execute(dialect.upsert(session.dialect.name, XpMultiplier), row)
        await services.xp_rules.changed(session, GUILD)

    await database.transact(unit)


async def kept(database: Database) -> tuple[dict[int, int], dict[int, int], dict[tuple[date, int], int]]:
    async with database.read() as session:
        own = MemberLevel
        totals = (await session.execute(select(own.user_id, own.xp, own.messages))).all()
        period = select(XpPeriod.begins, XpPeriod.user_id, XpPeriod.xp).where(XpPeriod.span == Span.DAY)
        days = (await session.execute(period)).all()
    return (
        {row.user_id: row.xp for row in totals},
        {row.user_id: row.messages for row in totals},
        {(row.begins, row.user_id): row.xp for row in days},
    )


class Day:
    """One run: the process, the model, and what happens to both."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self._database, self._clock, self._rng = database, clock, Random(20_260_302)
        self._draws: list[int] = []
        self._process = Process(database, clock, 1, self._drawn())
        self._settings = LevelingSettings()
        self._version = 0
        self.model = Model()

    def _drawn(self) -> Iterator[int]:
        while True:
            yield self._draws[-1]

    async def begin(self) -> None:
        await self._process.services.guild_settings.change(GUILD, GeneralSettings(time_zone=ZONE.key), base=0, by=None)
        await self._set(role_rule="multiply", least_length=3)

    async def _set(self, **changes: Any) -> None:
        self._settings = LevelingSettings(**{**self._settings.model_dump(), **changes})
        services = self._process.services
        self._version = await services.guild_settings.change(GUILD, self._settings, base=self._version, by=None)
        self.model.settings = self._settings

    async def say(self) -> None:
        rng = self._rng
        # Some hardly ever stop.
        user_id = rng.choice(MEMBERS) if rng.random() < 0.6 else rng.randint(1, 12)
        roles = tuple(role for role, share in ((VIP, 4), (BARRED, 9)) if user_id % share == 0)
        said = Said(self._clock.now(), user_id, rng.choice(PLACES), rng.choice(WORDS), roles)
        self._draws.append(rng.randint(15, 25))
        await self._process.hear(said, rng.getrandbits(60))
        self.model.hear(said, self._draws[-1])

    async def pass_time(self) -> None:
        self._clock.advance(milliseconds=self._rng.randint(0, 9_000))
        if self._rng.random() < 0.1:
            self._process.weather.next = self._rng.choices(["", "away", "unknown"], [8, 1, 1])[0]
            await self._process.job.flush()

    async def change_something(self) -> None:
        kind, target, places = self._rng.choice(
            [(TargetKind.CHANNEL, GAMES, True), (TargetKind.THREAD, THREAD, True),
             (TargetKind.CATEGORY, CATEGORY, True), (TargetKind.ROLE, VIP, False), (TargetKind.ROLE, BARRED, False)]
        )  # fmt: skip
        factor = self._rng.choice([0, 500, 1_333, 2_000])
        await set_multiplier(self._process.services, self._database, kind, target, factor)
        (self.model.places if places else self.model.roles)[target] = factor
        await self._set(cooldown=self._rng.choice([30, 60, 300]))

    async def restart(self) -> None:
        """In order: nothing is lost."""
        self._process.weather.next = ""
        await self._process.job.finish()
        self._next_process()

    async def die(self) -> None:
        """Killed, and just before all that was said was written."""
        self._process.weather.next = ""
        await self._process.job.flush()
        self._next_process()

    def _next_process(self) -> None:
        self._clock.advance(seconds=1)
        self._process = Process(self._database, self._clock, self._rng.getrandbits(30), self._drawn())
        # The texts said before are known to nobody any more.
        self.model.before.clear()

    async def end(self) -> None:
        self._process.weather.next = ""
        await self._process.job.finish()


async def test_a_day_of_two_hundred_members_is_exact(database: Database, clock: ManualClock) -> None:
    clock.set(START)
    day = Day(database, clock)
    await day.begin()
    for number in range(1, 4_001):
        await day.say()
        await day.pass_time()
        if number % 500 == 0:
            await day.change_something()
        if number % 1_300 == 0:
            await day.restart()
        if number % 1_700 == 0:
            await day.die()
    await day.end()
    xp, messages, days = await kept(database)
    model = day.model
    assert len(xp) > 150
    assert xp == {user_id: model.xp.get(user_id, 0) for user_id in model.messages}
    assert messages == model.messages
    assert days == model.days
    assert len({begins for begins, _ in days}) == 2
    assert await buckets_add_up(database)


@pytest.mark.parametrize("mood", ["away", "unknown"])
async def test_what_was_gained_while_the_database_was_away_belongs_to_its_own_day(
    database: Database, clock: ManualClock, mood: str
) -> None:
    clock.set(datetime(2026, 3, 3, 2, 59, 59, tzinfo=UTC))
    process = Process(database, clock, 1, iter([20, 20]))
    settings = process.services.guild_settings
    await settings.change(GUILD, GeneralSettings(time_zone=ZONE.key), base=0, by=None)
    await settings.change(GUILD, LevelingSettings(cooldown=0), base=0, by=None)
    await process.hear(Said(clock.now(), 1, PLACES[0], "before", ()), 1)
    process.weather.next = mood
    assert not await process.job.flush()
    clock.advance(seconds=1)
    await process.hear(Said(clock.now(), 1, PLACES[0], "after", ()), 2)
    assert await process.job.flush()
    assert (await kept(database))[2] == {(date(2026, 3, 2), 1): 20, (date(2026, 3, 3), 1): 20}
