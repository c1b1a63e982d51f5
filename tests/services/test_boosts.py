"""Things that boost XP when they are used: for as long as they say, one behind the other, and never for nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from bot.db.engine import Database
from bot.db.models.leveling import XpBoost
from bot.domain.features import FeatureSettings
from bot.domain.multipliers import Boost, Place, factor_of
from bot.domain.shop import BoostXp, Effects, Item, ItemDraft, ItemKind
from bot.errors import FeatureOff
from bot.services import Services
from tests.support.clock import ManualClock
from tests.support.market import GUILD, Market

HOUR = 3_600
DOUBLE = BoostXp(per_mille=2_000, seconds=2 * HOUR)


@pytest.fixture
async def market(database: Database, services: Services) -> Market:
    market = Market(database, services)
    await market.pay_in(1, 1_000)
    return market


async def drink(market: Market, services: Services, boost: BoostXp = DOUBLE, copies: int = 1) -> Item:
    item = await market.put_up(f"x{boost.per_mille}", 10, kind=ItemKind.BOOST, effects=Effects(on_use=(boost,)))
    await market.buy(1, item, copies, key=f"buy {item.id}")
    for copy in range(copies):
        await services.inventory.use(GUILD, market.buyer(1), item.id, key=f"use {item.id} {copy}")
    return item


async def boosts(services: Services) -> tuple[Boost, ...]:
    loaded = await services.xp_rules.load(GUILD)
    return loaded.rules.multipliers.boosts.get(1, ())


def at(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1_000)


async def test_using_it_boosts_the_member_for_its_time_and_no_longer(
    market: Market, services: Services, clock: ManualClock
) -> None:
    await services.xp_rules.load(GUILD)
    began = at(clock.now())
    await drink(market, services)
    assert services.xp_rules.known(GUILD) is None, "what was known is forgotten"
    assert await boosts(services) == (Boost(2_000, began + 2 * HOUR * 1_000),)
    rules = (await services.xp_rules.load(GUILD)).rules
    for user, later, wanted in ((1, 2 * HOUR - 1, 2), (1, 2 * HOUR, 1), (2, 0, 1)):
        found = factor_of(rules, Place(9), (), user, began + later * 1_000)
        assert found.numerator == wanted * found.denominator
    clock.advance(hours=3)
    assert await boosts(services) == ()
    await services.leveling.prune()
    async with market.database.read() as session:
        assert (await session.execute(select(XpBoost.id))).all() == []


async def test_two_that_are_used_at_once_last_twice_as_long(
    market: Market, services: Services, clock: ManualClock
) -> None:
    item = await market.put_up("Brew", 10, kind=ItemKind.BOOST, effects=Effects(on_use=(DOUBLE,)))
    other = await market.put_up("Tea", 10, kind=ItemKind.BOOST, effects=Effects(on_use=(DOUBLE,)))
    for one in (item, other):
        await market.buy(1, one, 2, key=f"buy {one.id}")
    await asyncio.gather(
        *(
            services.inventory.use(GUILD, market.buyer(1), one.id, key=f"use {one.id} {copy}")
            for one in (item, other)
            for copy in range(2)
        )
    )
    assert max(one.until for one in await boosts(services)) == at(clock.now()) + 8 * HOUR * 1_000


async def test_another_factor_runs_beside_it(market: Market, services: Services, clock: ManualClock) -> None:
    await drink(market, services)
    await drink(market, services, BoostXp(per_mille=3_000, seconds=HOUR))
    now = at(clock.now())
    assert set(await boosts(services)) == {Boost(2_000, now + 2 * HOUR * 1_000), Boost(3_000, now + HOUR * 1_000)}


async def test_where_leveling_is_off_the_copy_is_kept(market: Market, services: Services) -> None:
    item = await market.put_up("Brew", 10, kind=ItemKind.BOOST, effects=Effects(on_use=(DOUBLE,)))
    await market.buy(1, item, key="buy")
    read = await services.guild_settings.read(GUILD, FeatureSettings)
    off = read.value.model_copy(update={"leveling": False})
    await services.guild_settings.change(GUILD, off, base=read.version, by=None)
    with pytest.raises(FeatureOff):
        await services.inventory.use(GUILD, market.buyer(1), item.id, key="use")
    assert await market.owned(1) == {item.id: 1}
    assert await market.wrongs() == []


def test_nothing_boosts_when_it_is_bought_for_that_could_be_undone() -> None:
    with pytest.raises(ValidationError, match="boosts XP when it is bought"):
        ItemDraft(name="Brew", price=1, kind=ItemKind.BOOST, effects=Effects(on_purchase=(DOUBLE,)))
    with pytest.raises(ValidationError):
        BoostXp(per_mille=1_000, seconds=HOUR)
