"""kill -9 amid messages and voice: what was written stays, what was said is true, and a second is lost at most."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from bot.db.config import DatabaseConfig
from bot.domain.curves import Curve
from bot.domain.leveling_settings import LevelingSettings, LevelSettings
from bot.features import invariants
from bot.jobs.xp import INTERVAL
from bot.sandbox import Exchange, NotAnswered
from bot.services.verify import VerifyService
from tests.e2e.moments import READY
from tests.e2e.stage import CHANNEL, GUILD, MEMBERS, Stage, build_world, staged
from tests.support.process import PATIENCE

HALL = CHANNEL + 500
STAFF = MEMBERS[0]
TALKERS, WRITERS = MEMBERS[1:3], MEMBERS[3:13]
EACH = 20
"""XP of a message."""

SPREAD = 0.08
"""Seconds between two messages of a member, at most."""

LAG = 4.0
"""Seconds that a machine with other work may take to hand a message over and to commit; not the bot's to promise."""

ROUNDS, LONGEST, PAID = 20, 12.0, 64.0
"""In `make chaos`: processes, and how many seconds they live."""

_TABLE = Curve().table()


@pytest.fixture
async def stage(database_config: DatabaseConfig, tmp_path: Path) -> AsyncIterator[Stage]:
    world = build_world()
    world.add_channel(GUILD, "hall", kind="voice", id=HALL)
    world.give_role(GUILD, STAFF, world.add_role(GUILD, "Owners", permissions=["manage_guild"]))
    async with staged(database_config, tmp_path, world) as stage:
        yield stage


@dataclass
class Evening:
    """Members who write without a pause and talk, and staff that gives XP, through processes that are killed."""

    stage: Stage
    rng: Random
    said: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    """When each member wrote, by our own clock."""
    given: list[tuple[Exchange, int, int]] = field(default_factory=list)
    """To whom staff gave how much. No amount is given twice."""
    lost: list[float] = field(default_factory=list)
    """Seconds before each kill from which on something is missing."""
    acknowledged: int = 0

    async def set_up(self) -> None:
        rules = LevelingSettings(message_least=EACH, message_most=EACH, cooldown=0, same_text=False, voice=60)
        every_level = LevelSettings(announce_every=1, announce_text="{member} LEVEL {level}")
        async with self.stage.services() as services:
            await services.guild_settings.change(GUILD, rules, base=0, by=None)
            await services.guild_settings.change(GUILD, every_level, base=0, by=None)
        for one in TALKERS:
            await self.stage.member(one).join_voice(HALL)

    # What they do -------------------------------------------------------------------------------------------

    async def round(self, longest: float, shortest: float = 0.0) -> None:
        """A process lives until something was written, and for so long after that; then it is killed."""
        bot = await self.stage.start()
        before = await self.totals()
        acting = [asyncio.create_task(self._write(one)) for one in WRITERS]
        acting.append(asyncio.create_task(self._give()))
        try:
            await self._until_written(before)
            await asyncio.sleep(self.rng.uniform(shortest, longest))
            seen = await self.totals()
            bot.kill()
            killed = monotonic()
            assert await bot.ended() == -9
        finally:
            for one in acting:
                one.cancel()
            await asyncio.gather(*acting, return_exceptions=True)
        await self._assert_kept(seen, killed)

    async def _write(self, user_id: int) -> None:
        while True:
            self.said[user_id].append(monotonic())
            await self.stage.member(user_id).say(CHANNEL, f"Hear me, for the {len(self.said[user_id])}th time")
            await asyncio.sleep(self.rng.uniform(0, SPREAD))

    async def _give(self) -> None:
        while True:
            who, amount = self.rng.choice(WRITERS), 1_000 + len(self.given)
            exchange = await self.stage.member(STAFF).slash(CHANNEL, "xp add", who=who, xp=amount)
            self.given.append((exchange, who, amount))
            with suppress(NotAnswered):
                await exchange.finished()

    async def _say_good_night(self) -> None:
        for one in WRITERS:
            self.said[one].append(monotonic())
            await self.stage.member(one).say(CHANNEL, "Good night")

    async def _until_written(self, before: dict[int, tuple[int, int, int]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while sum(one[1] for one in (await self.totals()).values()) == sum(one[1] for one in before.values()):
                await asyncio.sleep(0.05)

    # What is there ------------------------------------------------------------------------------------------

    async def totals(self) -> dict[int, tuple[int, int, int]]:
        """XP, messages and seconds in voice, by member."""
        rows = await self.stage.query("SELECT user_id, xp, messages, voice_seconds FROM member_levels")
        return {user_id: (xp, messages, seconds) for user_id, xp, messages, seconds in rows}

    async def _assert_kept(self, seen: dict[int, tuple[int, int, int]], killed: float) -> None:
        """What was there before is; what is not was said in the last second. What nobody heard is said no more."""
        now = await self.totals()
        for user_id, (xp, messages, seconds) in seen.items():
            assert now[user_id] >= (xp, messages, seconds)
        oldest = killed
        for user_id, times in self.said.items():
            written = now.get(user_id, (0, 0, 0))[1]
            assert written <= len(times)
            oldest = min([oldest, *times[written:]])
            del times[written:]
        self.lost.append(killed - oldest)
        await self._assert_acknowledged(now)
        await self._assert_whole(now)

    async def _assert_acknowledged(self, now: dict[int, tuple[int, int, int]]) -> None:
        rows = await self.stage.query('SELECT user_id, "after" - "before" FROM xp_changes')
        changes = Counter((user_id, int(amount)) for user_id, amount in rows)
        told = [one for one in self.given if " XP**" in _shown(one[0])]
        assert all(changes[who, amount] == 1 for _, who, amount in told)
        assert changes.keys() <= {(who, amount) for _, who, amount in self.given}
        assert set(changes.values()) <= {1}
        lines = [line for one in self.stage.sandbox.view(STAFF).messages(CHANNEL) for line in one.content.splitlines()]
        announced = [line.split(" LEVEL ") for line in lines if " LEVEL " in line]
        for member, level in announced:
            assert _TABLE.level(now[int(member.strip("<@>"))][0]) >= int(level)
        self.acknowledged = len(told) + len(announced)

    async def _assert_whole(self, now: dict[int, tuple[int, int, int]]) -> None:
        """Every message is 20 XP, of the total and of each period; what staff gave is of the total alone."""
        rows = await self.stage.query('SELECT user_id, SUM("after" - "before") FROM xp_changes GROUP BY user_id')
        given = {user_id: int(xp) for user_id, xp in rows}
        earned = {one: EACH * messages + seconds for one, (_, messages, seconds) in now.items()}
        assert {one: xp for one, (xp, _, _) in now.items()} == {one: earned[one] + given.get(one, 0) for one in now}
        for span in ("day", "week", "month"):
            rows = await self.stage.query(
                "SELECT user_id, SUM(xp) FROM xp_periods WHERE span = :span GROUP BY user_id", span=span
            )
            of_span = {user_id: int(xp) for user_id, xp in rows}
            assert of_span == {one: xp for one, xp in earned.items() if one in of_span or xp}

    async def end(self, record_property: Callable[[str, object], None]) -> None:
        """The next process goes on, and loses nothing when it is stopped. All of `db verify` holds."""
        bot = await self.stage.start()
        await bot.until_said(READY)
        before = await self.totals()
        for _ in range(2):  # between two flushes is a second, and so much voice
            known = await self.totals()
            await self._say_good_night()
            await self._until_written(known)
        await self._say_good_night()
        await (await self.stage.member(STAFF).slash(CHANNEL, "about")).finished()  # heard after what was written
        await bot.stop()
        now = await self.totals()
        assert {one: now[one][1] for one in WRITERS} == {one: len(times) for one, times in self.said.items()}
        assert all(
            now[one][2] > before.get(one, (0, 0, 0))[2] for one in TALKERS
        )  # its rooms are those before the kill
        await self._assert_whole(now)
        async with self.stage.database() as database:
            assert await VerifyService(database, invariants()).guild(GUILD) == []
        figures = (
            f"{len(self.lost)} kills, {sum(map(len, self.said.values()))} messages, {self.acknowledged} acknowledged"
        )
        lost = f"lost at most the last {max(self.lost):.2f} s"
        record_property("leveling", f"{figures}, {lost}")
        print(f"{figures}, {lost}")  # noqa: T201 — shown with -rP


def _shown(exchange: Exchange) -> str:
    return " ".join(f"{one.text}" for one in (exchange.message, *exchange.followups) if one is not None)


async def test_a_kill_9_amid_messages_and_voice_loses_nothing_that_was_written_or_said(
    stage: Stage, rng: Random, record_property: Callable[[str, object], None]
) -> None:
    evening = Evening(stage, rng)
    await evening.set_up()
    await evening.round(1.2)
    assert evening.acknowledged, [_shown(one[0]) for one in evening.given][:3]
    await evening.end(record_property)


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
async def test_many_kill_9_amid_messages_and_voice_lose_a_second_at_most_each(
    stage: Stage, rng: Random, record_property: Callable[[str, object], None]
) -> None:
    evening = Evening(stage, rng)
    await evening.set_up()
    for number in range(ROUNDS):
        # In some lives a minute in voice is paid, and what was paid stays.
        await (evening.round(LONGEST) if number % 5 else evening.round(PAID + LONGEST, PAID))
    assert max(evening.lost) < INTERVAL + LAG
    # The first look comes a minute after the start, and those in voice are known a little later than that.
    assert sum(seconds for _, _, seconds in (await evening.totals()).values()) >= ROUNDS // 5 * 30 * len(TALKERS)
    await evening.end(record_property)
