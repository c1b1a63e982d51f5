"""Dying beside any commit or request of a purchase: paid and delivered, or neither, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.audit import AuditSource
from bot.domain.features import FeatureSettings
from bot.domain.role_grants import Claimed, GuildFacts
from bot.domain.roles import Reach
from bot.domain.shop import BoostXp, Effects, GiveCoins, GiveItem, GiveRole, Item, ItemKind
from bot.domain.treasury import By
from tests.support.clock import ManualClock
from tests.support.crash import CrashPoints, Died, sweep
from tests.support.market import FACTS, GUILD, VIP, Market

OFFICE = By(901, AuditSource.COMMAND, "unused")
REFUSED = GuildFacts(FACTS.roles, Reach(0, may_manage=True))
"""Discord no longer lets the bot give the role."""


class Mortal(Market):
    """A market whose process may die beside what it asks of Discord."""

    points: CrashPoints | None = None

    async def carry_out(self, claimed: Claimed) -> None:
        self.pass_by("before the roles")
        has = set(self.roles.get(claimed.user_id, ()))
        await super().carry_out(claimed)
        if has != self.roles.get(claimed.user_id, set()):
            self.pass_by("after the roles")

    def pass_by(self, name: str) -> None:
        if self.points is not None:
            self.points.point(name)


class World:
    """What outlives a process: the database, Discord and time."""

    def __init__(self, config: DatabaseConfig) -> None:
        self.config = config
        self.clock = ManualClock()
        self.lives = 0
        self.guild = GUILD
        self.roles: dict[int, set[int]] = {}

    def next_guild(self) -> None:
        """Another run gets a guild and a Discord of its own."""
        self.guild += 1 << 22
        self.roles = {}

    def start(self, points: CrashPoints | None = None) -> Mortal:
        """A new process on what is left."""
        self.lives += 1
        rng = Random(self.lives)
        database = Database(self.config, self.clock, rng)
        everything = FeatureSettings.of({"all"})
        services = make_services(database, self.clock, rng, keep_guilds_for=timedelta(days=1), features=everything)
        market = Mortal(database, services, self.guild)
        market.roles = self.roles
        if points is not None:
            app: Any = SimpleNamespace(database=database)
            points.plant(app, aiohttp.TraceConfig())
            market.points = points
        return market

    async def settle(self, market: Mortal) -> None:
        """What the ticker does until nothing is due."""
        for _ in range(20):
            self.clock.advance(minutes=2)
            await market.keep_roles()
            await market.recover()


@pytest.fixture
def world(database_config: DatabaseConfig) -> World:
    return World(database_config)


Step = Callable[[Mortal, Item], Awaitable[object]]


async def dying(world: World, points: CrashPoints, put_up: Callable[[Mortal], Awaitable[Item]], step: Step) -> Item:
    """Take a step in a process that may die, and let the next one settle what it left."""
    world.next_guild()
    market = world.start(points)
    await market.pay_in(1, 1_000)
    item = await put_up(market)
    points.armed = True
    try:
        await step(market, item)
    except Died:
        assert points.died.is_set()
    points.armed = False
    points.died.clear()
    await market.database.close()
    await asyncio.sleep(0)
    return item


async def outcome(market: Mortal, item: Item) -> tuple[int, int, set[int], int | None, int]:
    """The buyer's coins, copies and roles, what is left in stock, and how many boosts of XP the buyer has."""
    assert await market.wrongs() == []
    stock = (await market.item(item)).draft.stock
    copies, boosts = (await market.owned(1)).get(item.id, 0), len(await market.boosts(1))
    return await market.wallet(1), copies, market.roles.get(1, set()), stock, boosts


PAID, UNTOUCHED = (900, 1, {VIP}, 4, 1), (1_000, 0, set[int](), 5, 0)
BOOST = BoostXp(per_mille=2_000, seconds=86_400)


async def vip(market: Mortal) -> Item:
    gem = await market.put_up("Gem")
    effects = Effects(on_purchase=(GiveRole(role_id=VIP), GiveItem(item_id=gem.id), BOOST))
    return await market.put_up_role(stock=5, effects=effects)


async def buy(market: Mortal, item: Item) -> object:
    return await market.buy(1, item, key="a")


async def test_a_role_is_paid_and_given_or_neither(world: World) -> None:
    ends: set[str] = set()

    async def story(points: CrashPoints) -> None:
        item = await dying(world, points, vip, buy)
        market = world.start()
        await world.settle(market)
        found = await outcome(market, item)
        assert found in (PAID, UNTOUCHED)
        ends.add("paid" if found == PAID else "untouched")
        await buy(market, item)  # the member presses again: the same key
        assert await outcome(market, item) == PAID
        await market.database.close()

    points = await sweep(story)
    assert points.count("before commit") >= 4
    assert {"before the roles", "after the roles"} <= set(points)
    assert ends == {"paid", "untouched"}


async def test_a_role_that_discord_refuses_costs_nothing_whenever_we_die(world: World) -> None:
    async def refuse(market: Mortal, item: Item) -> object:
        market.facts = REFUSED
        return await buy(market, item)

    async def story(points: CrashPoints) -> None:
        item = await dying(world, points, vip, refuse)
        market = world.start()
        market.facts = REFUSED
        await world.settle(market)
        assert await outcome(market, item) == UNTOUCHED
        await market.database.close()

    await sweep(story)


@pytest.mark.parametrize("late", [False, True])
async def test_a_ticker_that_dies_while_it_ends_a_purchase_leaves_it_to_the_next(world: World, late: bool) -> None:
    async def put_up(market: Mortal) -> Item:
        item = await vip(market)
        market.away = True
        await buy(market, item)
        market.away = late
        world.clock.advance(minutes=20 if late else 2)
        return item

    async def recover(market: Mortal, _item: Item) -> object:
        await market.recover()
        market.away = False
        return await market.keep_roles()

    async def story(points: CrashPoints) -> None:
        item = await dying(world, points, put_up, recover)
        market = world.start()
        market.away = late
        await world.settle(market)
        market.away = False
        await world.settle(market)
        assert await outcome(market, item) == (UNTOUCHED if late else PAID)
        await market.database.close()

    points = await sweep(story)
    assert points.count("before commit") >= (4 if late else 5)
    assert "before the roles" in points


async def test_a_member_who_leaves_in_the_middle_is_paid_back(world: World) -> None:
    async def leave(market: Mortal, item: Item) -> object:
        market.here = False
        return await buy(market, item)

    async def story(points: CrashPoints) -> None:
        item = await dying(world, points, vip, leave)
        market = world.start()
        market.here = False
        await world.settle(market)
        assert await outcome(market, item) == UNTOUCHED
        await market.database.close()

    await sweep(story)


async def test_what_needs_nothing_of_discord_is_one_commit(world: World) -> None:
    async def chest(market: Mortal) -> Item:
        return await market.put_up("Chest", stock=5, effects=Effects(on_purchase=(GiveCoins(amount=10), BOOST)))

    async def story(points: CrashPoints) -> None:
        item = await dying(world, points, chest, buy)
        market = world.start()
        assert await outcome(market, item) in ((910, 1, set(), 4, 1), UNTOUCHED)
        await buy(market, item)
        assert await outcome(market, item) == (910, 1, set(), 4, 1)
        await market.database.close()

    assert await sweep(story) == ["before commit", "after commit"]


async def test_a_copy_is_used_up_with_what_it_does_or_stays(world: World) -> None:
    async def scroll(market: Mortal) -> Item:
        effects = Effects(on_use=(GiveRole(role_id=VIP), GiveCoins(amount=7), BOOST))
        item = await market.put_up("Scroll", stock=5, kind=ItemKind.CONSUMABLE, effects=effects)
        await market.buy(1, item, key="b")
        return item

    async def use(market: Mortal, item: Item) -> object:
        return await market.services.inventory.use(market.guild, market.buyer(1), item.id, key="u")

    async def story(points: CrashPoints) -> None:
        item = await dying(world, points, scroll, use)
        market = world.start()
        await world.settle(market)
        assert await outcome(market, item) in ((907, 0, {VIP}, 4, 1), (900, 1, set(), 4, 0))
        await use(market, item)
        await world.settle(market)
        assert await outcome(market, item) == (907, 0, {VIP}, 4, 1)
        await market.database.close()

    await sweep(story)


async def test_a_purchase_that_is_taken_back_goes_back_whole_with_its_role_or_stays(world: World) -> None:
    ends: set[str] = set()

    async def bought(market: Mortal) -> Item:
        item = await vip(market)
        await buy(market, item)
        return item

    async def take_back(market: Mortal, _item: Item) -> object:
        done = await market.services.undoing.undo(market.guild, await market.paid_by("a"), OFFICE)
        await market.keep_roles()  # as the ticker does
        return done

    async def story(points: CrashPoints) -> None:
        item = await dying(world, points, bought, take_back)
        market = world.start()
        await world.settle(market)
        found = await outcome(market, item)
        assert found in (PAID, UNTOUCHED)
        ends.add("paid" if found == PAID else "untouched")
        await take_back(market, item)  # staff presses again
        await world.settle(market)
        assert await outcome(market, item) == UNTOUCHED
        await market.database.close()

    points = await sweep(story)
    assert {"before the roles", "after the roles"} <= set(points)
    assert ends == {"paid", "untouched"}
