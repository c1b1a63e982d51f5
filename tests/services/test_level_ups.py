"""What follows when levels change, on both databases: roles, coins, words, and nothing twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import insert, select, text

from bot.db.engine import Database
from bot.db.models.leveling import MemberLevel
from bot.db.models.outbox import OutboxMessage
from bot.db.repositories import role_grants as grant_rows
from bot.db.repositories.leveling import totals
from bot.domain.audit import AuditSource
from bot.domain.curves import Curve
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.domain.folding import FOLDED_AHEAD
from bot.domain.guilds import ShardRange
from bot.domain.leveling import Batch, Cause, Gain, LevelChange, Reward, Stacking
from bot.domain.leveling_settings import LevelSettings
from bot.domain.outbox import MAX_CONTENT, Delivered, Payload, Place, Refused, Target, channel
from bot.domain.role_grants import GrantState
from bot.domain.settings import Section
from bot.errors import FeatureOff, RewardNotFound
from bot.services import Services
from bot.services.level_ups import LevelUps
from bot.services.rewards import By
from tests.support.clock import ManualClock

ALL = ShardRange(1, frozenset({0}))
GUILD = 81 << 22
ANN, BEN = 11, 12
HERE, HALL = 500, 501
A, B, C, D = 1_001, 1_002, 1_003, 1_004
AWAY = 10_000
STAFF = By(9, AuditSource.COMMAND)
TABLE = Curve().table()


@dataclass
class Town:
    """A guild in which levels change."""

    database: Database
    services: Services
    clock: ManualClock

    @property
    def level_ups(self) -> LevelUps:
        return self.services.level_ups

    async def rule(self, model: type[Section], **chosen: object) -> None:
        before = await self.services.guild_settings.read(GUILD, model)
        section = before.value.model_copy(update=chosen)
        await self.services.guild_settings.change(GUILD, section, base=before.version, by=None)

    async def reward(self, level: int, role: int = 0, *, replace: bool = False, **more: Any) -> None:
        stacking = Stacking.REPLACE if replace else Stacking.STACK
        await self.services.rewards.set(GUILD, Reward(level, role, stacking, **more), STAFF)

    async def change(self, *changes: LevelChange) -> None:
        async def unit(session: Any) -> None:
            await self.level_ups.apply(session, GUILD, changes)

        await self.database.transact(unit)

    async def rise(
        self, before: int, after: int, user: int = ANN, cause: Cause = Cause.MESSAGES, channel: int | None = HERE
    ) -> None:
        """Somebody's level changes from one to another."""
        await self.change(LevelChange(user, TABLE.total(before), TABLE.total(after), cause, channel))

    async def has(self, user: int, level: int) -> None:
        """Somebody has the XP of a level, as a flush would have written it."""
        async with self.database.write() as session:
            row = {"guild_id": GUILD, "user_id": user, "xp": TABLE.total(level), "messages": 1, "voice_seconds": 0}
            await session.execute(insert(MemberLevel), row)

    async def roles(self, user: int = ANN) -> set[int]:
        """The roles that are owed to somebody."""
        async with self.database.read() as session:
            found = await grant_rows.of_members(session, GUILD, [user])
        live = {GrantState.WANTED, GrantState.HELD}
        return {one.role_id for one in found.get(user, ()) if one.state in live}

    async def coins(self, user: int = ANN) -> int:
        return (await self.services.economy.balance(GUILD, user)).wallet

    async def said(self) -> list[Any]:
        """What the outbox was promised, in the order in which it leaves."""
        async with self.database.read() as session:
            return list(await session.execute(select(OutboxMessage).order_by(OutboxMessage.id)))

    async def words(self) -> list[str]:
        return [row.payload["content"] for row in await self.said()]

    async def send(self) -> list[str]:
        """Send what is due, and say what it was."""
        sent: list[str] = []
        for claimed in await self.services.outbox.claim(ALL, 50):
            sent.append(claimed.payload.content)
            await self.services.outbox.settle(claimed, Delivered(Place(claimed.destination.id, claimed.id)))
        return sent


@pytest.fixture
def town(database: Database, services: Services, clock: ManualClock) -> Town:
    return Town(database, services, clock)


async def mixed(town: Town) -> None:
    """Rewards of both kinds, one with coins."""
    await town.reward(2, A, replace=True)
    await town.reward(5, B)
    await town.reward(10, C, replace=True, coins=100)
    await town.reward(15, D, replace=True)


# Roles --------------------------------------------------------------------------------------------------


async def test_who_skips_from_1_to_20_gets_all_that_stacks_and_the_highest_that_replaces(town: Town) -> None:
    await mixed(town)
    await town.rise(1, 20)
    assert await town.roles() == {B, D}
    assert await town.coins() == 100


async def test_who_is_set_down_to_3_loses_what_is_above_and_gets_back_what_was_replaced(town: Town) -> None:
    await mixed(town)
    await town.rise(0, 20)
    await town.rise(20, 3, cause=Cause.STAFF)
    assert await town.roles() == {A}
    assert await town.coins() == 100


async def test_where_roles_are_not_taken_again_they_stay_below_their_level(town: Town) -> None:
    await mixed(town)
    await town.rule(LevelSettings, take_roles=False)
    await town.rise(0, 20)
    await town.rise(20, 3, cause=Cause.STAFF)
    assert await town.roles() == {B, D}
    await town.rise(3, 11)
    assert await town.roles() == {B, D}


async def test_roles_come_one_after_the_other_as_levels_do(town: Town) -> None:
    await mixed(town)
    seen: list[set[int]] = []
    for level in range(16):
        await town.rise(level, level + 1)
        seen.append(await town.roles())
    assert seen[0] == set()
    assert (seen[1], seen[4], seen[9], seen[14]) == ({A}, {A, B}, {B, C}, {B, D})


@pytest.mark.parametrize("insist", [False, True])
async def test_a_role_taken_off_by_hand_comes_back_with_the_next_level_only_if_the_guild_insists(
    town: Town, *, insist: bool
) -> None:
    await town.reward(5, B)
    await town.rule(LevelSettings, insist=insist)
    await town.rise(0, 5)
    async with town.database.write() as session:
        [grant] = (await grant_rows.of_members(session, GUILD, [ANN]))[ANN]
        declined = type(grant)(**{**vars(grant), "state": GrantState.DECLINED})
        await grant_rows.put(session, GUILD, [declined], now=town.clock.now())
    await town.rise(5, 6)
    assert await town.roles() == ({B} if insist else set())


async def test_a_change_within_a_level_asks_the_database_nothing() -> None:
    class Usual:
        async def within(self, _session: object, _guild_id: int, model: type[Section]) -> Section:
            return model()

    nothing: Any = None
    level_ups = LevelUps(cast("Any", Usual()), nothing, nothing, nothing, nothing)
    await level_ups.apply(nothing, GUILD, [LevelChange(ANN, 100, 200, Cause.MESSAGES, HERE)])


async def test_everything_is_undone_with_the_transaction_that_it_followed_from(town: Town) -> None:
    await mixed(town)
    with pytest.raises(RuntimeError, match="undone"):
        async with town.database.write() as session:
            await town.level_ups.apply(session, GUILD, [LevelChange(ANN, 0, TABLE.total(20), Cause.MESSAGES, HERE)])
            raise RuntimeError("undone")
    assert (await town.roles(), await town.coins(), await town.words()) == (set(), 0, [])


# Coins --------------------------------------------------------------------------------------------------


async def test_coins_come_once_for_each_level_and_member_whatever_happens(town: Town) -> None:
    await town.reward(5, coins=50)
    await town.reward(7, coins=70)
    await town.rise(4, 6)
    assert await town.coins() == 50
    await town.rise(6, 0, cause=Cause.STAFF)
    await town.rise(0, 8, cause=Cause.STAFF)
    assert await town.coins() == 120
    await town.rise(0, 8, user=BEN)
    assert await town.coins(BEN) == 120


async def test_who_has_their_data_erased_is_paid_for_no_level_twice(town: Town) -> None:
    await town.reward(5, coins=50)
    await town.rise(0, 5)
    await town.services.privacy.erase(ANN, GUILD)
    assert await town.coins() == 0
    await town.rise(0, 5)
    assert await town.coins() == 0


async def test_a_wallet_without_room_is_told_and_gets_all_or_nothing(town: Town) -> None:
    await town.rule(EconomySettings, wallet_cap=120)
    await town.reward(5, coins=100)
    await town.reward(6, B, coins=50)
    await town.rise(0, 6)
    assert (await town.coins(), await town.roles()) == (100, {B})
    [said] = await town.words()
    assert "🎁 <@&1002>, 100 coins" in said
    assert "Their wallet has no room for 50 coins." in said


async def test_without_the_economy_nobody_is_paid(town: Town) -> None:
    await town.reward(5, B, coins=100)
    await town.rule(FeatureSettings, economy=False)
    await town.rise(0, 5)
    assert await town.roles() == {B}
    assert "coins" not in (await town.words())[0]
    await town.rule(FeatureSettings, economy=True)
    assert await town.coins() == 0


async def test_coins_for_a_level_stand_in_the_statement(town: Town) -> None:
    await town.reward(5, coins=1_500)
    await town.rise(0, 5)
    [line] = (await town.services.economy.statement(GUILD, ANN)).lines
    assert (line.amount, line.kind.value, line.details.model_dump()) == (1_500, "level", {"level": 5})
    assert (await town.services.economy.audit(GUILD)).sound


# Words --------------------------------------------------------------------------------------------------


async def test_a_level_is_announced_where_it_was_earned_without_a_ping(town: Town) -> None:
    await town.reward(5, B, coins=1_500, message="You may use {reward} now, {member}. {x}")
    await town.rise(3, 5)
    [row] = await town.said()
    assert (row.target, row.target_id, row.fallback_id) == (Target.CHANNEL, HERE, None)
    assert row.payload["content"] == (
        "<@11> reached level 5!\n🎁 <@&1002>, 1,500 coins\nYou may use <@&1002>, 1,500 coins now, <@11>. {x}"
    )
    assert row.payload["mentions"] == {"users": [], "roles": [], "everyone": False}


async def test_who_wants_it_is_pinged_also_among_others(town: Town) -> None:
    await town.services.level_wishes.choose(GUILD, BEN, ping=True)
    total = TABLE.total(5)
    await town.change(*(LevelChange(user, 0, total, Cause.MESSAGES, HERE) for user in (ANN, BEN)))
    [row] = await town.said()
    assert row.payload["content"] == "<@11> reached level 5!\n<@12> reached level 5!"
    assert row.payload["mentions"]["users"] == [BEN]


async def test_what_staff_gave_or_took_is_not_announced(town: Town) -> None:
    await mixed(town)
    for cause in (Cause.STAFF, Cause.CURVE, Cause.TAKEN_BACK):
        await town.rise(0, 20, cause=cause)
        await town.rise(20, 0, cause=cause)
    assert await town.words() == []


async def test_levels_of_voice_are_said_in_the_chosen_channel_and_nowhere_without_one(town: Town) -> None:
    await town.rise(0, 5, cause=Cause.VOICE)
    assert await town.said() == []
    await town.rule(LevelSettings, announce_channel=HALL)
    await town.rise(0, 5, cause=Cause.VOICE)
    assert [row.target_id for row in await town.said()] == [HALL]


@pytest.mark.parametrize(
    ("where", "target", "destination"),
    [("channel", Target.CHANNEL, HALL), ("same", Target.CHANNEL, HERE), ("dm", Target.USER, ANN)],
)
async def test_it_is_said_where_the_guild_wants_it(town: Town, where: str, target: Target, destination: int) -> None:
    await town.rule(LevelSettings, announce=where, announce_channel=HALL)
    await town.rise(0, 5)
    [row] = await town.said()
    assert (row.target, row.target_id) == (target, destination)
    assert row.fallback_id == (HALL if where == "same" else None)


async def test_a_channel_that_cannot_be_written_to_stops_nothing_and_the_other_one_is_told(town: Town) -> None:
    await town.reward(5, B)
    await town.rule(LevelSettings, announce_channel=HALL)
    await town.rise(0, 5)
    [claimed] = await town.services.outbox.claim(ALL, 5)
    await town.services.outbox.settle(claimed, Refused("403"))
    assert await town.roles() == {B}
    [again] = await town.services.outbox.claim(ALL, 5)
    assert again.destination.id == HALL
    await town.services.outbox.settle(again, Delivered(Place(HALL, 1)))
    # And the next of that minute does not go there alone.
    await town.rise(0, 5, user=BEN)
    assert await town.send() == []
    town.clock.advance(seconds=60)
    assert await town.send() == ["<@12> reached level 5!\n🎁 <@&1002>"]


async def test_a_template_of_the_guild_is_used_with_all_its_variables(town: Town) -> None:
    await town.rule(LevelSettings, announce_text="{server}: {member} {level} {xp} {reward} {unknown}")
    await town.reward(10, B)
    await town.rise(0, 10)
    assert await town.words() == [": <@11> 10 4,675 <@&1002> {unknown}"]


async def test_many_at_once_are_one_message_for_each_channel_and_minute_the_first_at_once(town: Town) -> None:
    town.clock.advance(seconds=60 - int(town.clock.now().timestamp()) % 60)
    sent: list[list[str]] = []
    for second in range(150):
        await town.rise(0, 5, user=100 + second)
        sent.append(await town.send())
        town.clock.advance(seconds=1)
    at = [second for second, messages in enumerate(sent) if messages]
    assert at == [0, 60, 120]
    assert [len(sent[second][0].splitlines()) for second in at] == [1, 60, 60]


async def test_a_waiting_announcement_keeps_no_other_message_of_its_channel_waiting(town: Town) -> None:
    await town.rise(0, 5)
    assert len(await town.send()) == 1
    await town.rise(0, 5, user=BEN)

    async def alert(session: Any) -> None:
        await town.services.outbox.send(session, GUILD, channel(HERE), Payload("An alert"), key="alert:1")

    await town.database.transact(alert)
    assert await town.send() == ["An alert"]
    town.clock.advance(seconds=60)
    assert await town.send() == ["<@12> reached level 5!"]


async def test_a_flood_of_levels_never_makes_more_messages_than_minutes(town: Town) -> None:
    total = TABLE.total(5)
    await town.change(*(LevelChange(1_000 + one, 0, total, Cause.MESSAGES, HERE) for one in range(1_000)))
    rows = await town.said()
    assert len(rows) == FOLDED_AHEAD + 1
    assert all(len(row.payload["content"]) <= MAX_CONTENT for row in rows)
    assert [row.due_at - rows[0].due_at < timedelta(minutes=4) for row in rows] == [True] * 4


async def test_levels_that_many_transactions_bring_at_once_are_folded_each_told_once(town: Town) -> None:
    """On PostgreSQL they really are at once, in two channels that some want one way round and some the other."""
    people = range(1_000, 1_060)
    total = TABLE.total(5)

    async def rise(user: int) -> None:
        both = [
            LevelChange(user, 0, total, Cause.MESSAGES, HERE),
            LevelChange(user + AWAY, 0, total, Cause.MESSAGES, HALL),
        ]
        await town.change(*(both if user % 2 else both[::-1]))

    await asyncio.gather(*(rise(user) for user in people))
    rows = await town.said()
    for place, offset in ((HERE, 0), (HALL, AWAY)):
        contents = [row.payload["content"] for row in rows if row.target_id == place]
        lines = Counter(line for content in contents for line in content.splitlines())
        assert lines == {f"<@{user + offset}> reached level 5!": 1 for user in people}
        assert len(contents) <= FOLDED_AHEAD + 1
    assert len({(row.target_id, row.due_at) for row in rows}) == len(rows), "never two for one minute"


async def test_a_flush_in_which_many_rise_while_others_flush_gives_every_role_and_folds_what_is_said(
    town: Town,
) -> None:
    await town.reward(5, A)

    def batch(turn: int) -> Batch:
        who = range(1_000 + 25 * turn, 1_025 + 25 * turn)
        day = town.clock.now().date()
        gains = (Gain(GUILD, one, TABLE.total(5), 1, 0, town.clock.now(), HERE, day) for one in who)
        return Batch((70 + turn) << 22, tuple(gains))

    flushes = [town.services.leveling.flush(batch(turn)) for turn in (0, 1, 2)]
    _, sent = await asyncio.gather(asyncio.gather(*flushes), town.send())
    people = range(1_000, 1_075)
    assert [await town.roles(user) for user in people] == [{A}] * 75
    waiting = [row.payload["content"] for row in await town.said() if row.payload]
    lines = Counter(line for content in [*sent, *waiting] for line in content.splitlines() if "reached" in line)
    assert lines == {f"<@{user}> reached level 5!": 1 for user in people}
    assert len(await town.said()) <= FOLDED_AHEAD + 1


# Rewards as staff keeps them ------------------------------------------------------------------------------


async def test_a_reward_says_how_many_reached_it_already_and_touches_nobody(town: Town) -> None:
    await town.has(ANN, 7)
    await town.has(BEN, 3)
    done = await town.services.rewards.set(GUILD, Reward(5, B, Stacking.STACK), STAFF)
    assert (done.before, done.reached) == (None, 1)
    assert await town.roles() == set()
    again = await town.services.rewards.set(GUILD, Reward(5, B, Stacking.REPLACE, 10), STAFF)
    assert again.before == Reward(5, B, Stacking.STACK)
    assert await town.services.rewards.all(GUILD) == (Reward(5, B, Stacking.REPLACE, 10),)


async def test_a_removed_reward_is_gone_and_its_role_stays_until_all_are_synced(town: Town) -> None:
    await town.reward(5, B)
    await town.has(ANN, 7)
    await town.rise(0, 7)
    await town.services.rewards.remove(GUILD, 5, B, STAFF)
    with pytest.raises(RewardNotFound):
        await town.services.rewards.remove(GUILD, 5, B, STAFF)
    assert await town.roles() == {B}
    assert {user: one.end for user, one in (await town.services.rewards.out_of_line(GUILD)).items()} == {ANN: ((5, B),)}
    await town.services.rewards.sync(GUILD, ANN)
    assert await town.roles() == set()
    assert await town.services.rewards.out_of_line(GUILD) == {}


async def test_whoever_is_out_of_line_is_found_whether_they_lack_a_role_or_have_one_too_many(town: Town) -> None:
    users = range(20, 40)
    for user in users:
        await town.has(user, user - 20)
    await mixed(town)
    found = await town.services.rewards.out_of_line(GUILD)
    assert set(found) == {user for user in users if user - 20 >= 2}
    for user in found:
        synced = await town.services.rewards.sync(GUILD, user)
        assert synced.claimed is not None
    assert await town.services.rewards.out_of_line(GUILD) == {}
    assert await town.roles(25) == {A, B}
    assert await town.coins(39) == 0


async def test_who_joins_gets_the_roles_of_their_level_once(town: Town) -> None:
    await town.reward(5, B)
    await town.has(ANN, 7)
    assert await town.services.rewards.joined(GUILD, ANN)
    assert not await town.services.rewards.joined(GUILD, ANN)
    assert not await town.services.rewards.joined(GUILD, BEN)
    assert await town.roles() == {B}


@pytest.mark.parametrize("by", ["sync", "joined"])
async def test_who_rises_at_the_moment_they_are_synced_ends_with_the_roles_of_the_level_they_reach(
    town: Town, by: str
) -> None:
    await town.reward(3, A)
    await town.reward(5, B, replace=True)
    await town.reward(6, C, replace=True)
    await town.has(ANN, 5)
    written, go_on = asyncio.Event(), asyncio.Event()

    async def flush(session: Any) -> None:
        await totals.set_to(session, GUILD, {ANN: TABLE.total(6)})
        written.set()
        await go_on.wait()

    flushing = asyncio.create_task(town.database.transact(flush))
    await written.wait()
    syncing = asyncio.ensure_future(getattr(town.services.rewards, by)(GUILD, ANN))
    while not syncing.done() and not await somebody_waits(town.database):
        await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(flushing, syncing)
    assert await town.roles() == {A, C}


async def somebody_waits(database: Database) -> bool:
    """Whether a transaction waits for another's; SQLite lets only one write in any case."""
    if database.is_sqlite:
        return True
    waiting = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    async with database.read() as session:
        return (await session.execute(waiting)).first() is not None


async def test_where_leveling_is_off_nothing_is_set_and_nobody_is_synced(town: Town) -> None:
    await town.reward(5, B)
    await town.has(ANN, 7)
    await town.rule(FeatureSettings, leveling=False)
    asked: Sequence[Any] = (
        town.services.rewards.set(GUILD, Reward(6, B, Stacking.STACK), STAFF),
        town.services.rewards.remove(GUILD, 5, B, STAFF),
        town.services.rewards.listed(GUILD, ANN),
        town.services.rewards.out_of_line(GUILD),
        town.services.level_wishes.choose(GUILD, ANN, ping=True),
    )
    for one in asked:
        with pytest.raises(FeatureOff):
            await one
    assert not await town.services.rewards.joined(GUILD, ANN)
