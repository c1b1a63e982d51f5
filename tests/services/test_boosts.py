"""Things that boost XP when they are used or bought: for their time, one behind the other, and never for nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from bot.db.engine import Database
from bot.db.models.leveling import XpBoost
from bot.domain.audit import AuditSource
from bot.domain.multipliers import Boost, Place, factor_of
from bot.domain.purchases import FailedFor
from bot.domain.shop import BoostXp, Effect, Effects, GiveRole, Item, ItemKind
from bot.domain.treasury import By
from bot.errors import CannotUndo, FeatureOff, ItemNotForResale, QuantityOutOfBounds
from bot.services import Services
from bot.services.undoing import Undone
from tests.support.clock import ManualClock
from tests.support.market import GUILD, VIP, Market

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


def at(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1_000)


async def test_using_it_boosts_the_member_for_its_time_and_no_longer(
    market: Market, services: Services, clock: ManualClock
) -> None:
    await services.xp_rules.load(GUILD)
    began = at(clock.now())
    await drink(market, services)
    assert services.xp_rules.known(GUILD) is None, "what was known is forgotten"
    assert await market.boosts(1) == (Boost(2_000, began + 2 * HOUR * 1_000),)
    rules = (await services.xp_rules.load(GUILD)).rules
    for user, later, wanted in ((1, 2 * HOUR - 1, 2), (1, 2 * HOUR, 1), (2, 0, 1)):
        found = factor_of(rules, Place(9), (), user, began + later * 1_000)
        assert found.numerator == wanted * found.denominator
    clock.advance(hours=3)
    assert await market.boosts(1) == ()
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
    assert max(one.until for one in await market.boosts(1)) == at(clock.now()) + 8 * HOUR * 1_000


async def test_another_factor_runs_beside_it(market: Market, services: Services, clock: ManualClock) -> None:
    await drink(market, services)
    await drink(market, services, BoostXp(per_mille=3_000, seconds=HOUR))
    now = at(clock.now())
    assert set(await market.boosts(1)) == {Boost(2_000, now + 2 * HOUR * 1_000), Boost(3_000, now + HOUR * 1_000)}


async def test_where_leveling_is_off_the_copy_is_kept(market: Market, services: Services) -> None:
    item = await market.put_up("Brew", 10, kind=ItemKind.BOOST, effects=Effects(on_use=(DOUBLE,)))
    await market.buy(1, item, key="buy")
    await market.switch_leveling_off()
    with pytest.raises(FeatureOff):
        await services.inventory.use(GUILD, market.buyer(1), item.id, key="use")
    assert await market.owned(1) == {item.id: 1}
    assert await market.wrongs() == []


def test_a_boost_makes_more() -> None:
    with pytest.raises(ValidationError):
        BoostXp(per_mille=1_000, seconds=HOUR)


# When a thing is bought ----------------------------------------------------------------------------------------


BOSS = By(901, AuditSource.COMMAND, "unused")


async def put_up(market: Market, *more: Effect, boost: BoostXp = DOUBLE, name: str = "Bell", price: int = 10) -> Item:
    return await market.put_up(name, price, kind=ItemKind.BOOST, effects=Effects(on_purchase=(boost, *more)))


async def undo(market: Market, key: str) -> Undone:
    return await market.services.undoing.undo(GUILD, await market.paid_by(key), BOSS)


async def test_buying_it_boosts_the_buyer_once_for_each_copy_and_once_for_each_key(
    market: Market, services: Services, clock: ManualClock
) -> None:
    await services.xp_rules.load(GUILD)
    bell, began = await put_up(market), at(clock.now())
    await market.buy(1, bell, 3, key="a")
    assert services.xp_rules.known(GUILD) is None, "what was known is forgotten"
    assert await market.boosts(1) == (Boost(2_000, began + 6 * HOUR * 1_000),)
    assert (await market.buy(1, bell, 3, key="a")).replayed
    await market.switch_leveling_off()
    assert (await market.buy(1, bell, 3, key="a")).replayed, "what was bought was bought"
    assert await market.boosts(1) == (Boost(2_000, began + 6 * HOUR * 1_000),)
    assert (await market.wallet(1), await market.owned(1)) == (970, {bell.id: 3})
    with pytest.raises(ItemNotForResale):
        await services.inventory.sell(GUILD, 1, bell.id, 1, key="s")
    assert await market.wrongs() == []


async def test_what_is_bought_and_used_at_once_is_had_one_behind_the_other(
    market: Market, services: Services, clock: ManualClock
) -> None:
    bell = await put_up(market)
    tea = await market.put_up("Tea", 10, kind=ItemKind.BOOST, effects=Effects(on_use=(DOUBLE,)))
    await market.buy(1, tea, 2, key="t")
    await asyncio.gather(
        *(services.inventory.use(GUILD, market.buyer(1), tea.id, key=f"u{copy}") for copy in range(2)),
        *(market.buy(1, bell, key=f"b{copy}") for copy in range(2)),
    )
    assert max(one.until for one in await market.boosts(1)) == at(clock.now()) + 8 * HOUR * 1_000


@pytest.mark.parametrize("price", [0, 10])
@pytest.mark.parametrize("more", [(), (GiveRole(role_id=VIP),)], ids=["alone", "with a role"])
async def test_where_leveling_is_off_nothing_is_paid_and_nothing_given(
    market: Market, price: int, more: tuple[Effect, ...]
) -> None:
    bell = await put_up(market, *more, price=price)
    await market.switch_leveling_off()
    with pytest.raises(FeatureOff):
        await market.buy(1, bell, key="a")
    await market.keep_roles()
    assert (await market.wallet(1), await market.owned(1), market.roles) == (1_000, {}, {})
    assert await market.wrongs() == []


async def test_where_leveling_is_switched_off_while_the_role_is_given_all_goes_back(
    market: Market, clock: ManualClock
) -> None:
    bell = await put_up(market, GiveRole(role_id=VIP))
    market.away = True
    receipt = await market.buy(1, bell, key="a")
    assert await market.boosts(1) == (), "nothing is had before it is paid"
    market.away = False
    await market.switch_leveling_off()
    clock.advance(minutes=2)
    await market.keep_roles()
    await market.recover()
    await market.keep_roles()
    found = await market.services.purchases.find(GUILD, receipt.purchase.id)
    assert found is not None
    assert found.reason is FailedFor.LEVELING_OFF
    assert (await market.wallet(1), await market.owned(1), market.roles[1]) == (1_000, {}, set())
    assert await market.boosts(1) == ()
    assert await market.wrongs() == []


async def test_no_more_than_thirty_days_are_bought_at_once(market: Market) -> None:
    weeks = await put_up(market, boost=BoostXp(per_mille=2_000, seconds=14 * 24 * HOUR))
    with pytest.raises(QuantityOutOfBounds) as refused:
        await market.buy(1, weeks, 3, key="a")
    assert refused.value.most == 2
    await market.buy(1, weeks, 2, key="b")
    assert await market.wallet(1) == 980


async def test_a_purchase_that_is_taken_back_ends_its_boosts_and_what_is_behind_moves_up(
    market: Market, clock: ManualClock
) -> None:
    now = at(clock.now())
    triple = BoostXp(per_mille=3_000, seconds=HOUR)
    await market.buy(1, await put_up(market, DOUBLE, triple), key="a")  # four hours
    await market.buy(1, await put_up(market, name="Gong"), key="b")
    await drink(market, market.services, BoostXp(per_mille=3_000, seconds=HOUR))
    clock.advance(minutes=30)
    shown = await market.services.undoing.reversible(GUILD, await market.paid_by("a"))
    assert shown.boosts == (2_000, 2_000, 3_000)
    await market.services.xp_rules.load(GUILD)
    done = await undo(market, "a")
    assert (done.boosts, done.replayed) == (shown.boosts, False)
    assert market.services.xp_rules.known(GUILD) is None, "what was known is forgotten"
    left = {Boost(2_000, now + 150 * 60 * 1_000), Boost(3_000, now + 90 * 60 * 1_000)}
    assert set(await market.boosts(1)) == left, "each begins now"
    assert (await undo(market, "a")).replayed
    assert set(await market.boosts(1)) == left
    assert await market.wallet(1) == 980
    assert await market.wrongs() == []


async def test_a_boost_whose_time_is_over_was_had(market: Market, clock: ManualClock) -> None:
    await market.buy(1, await put_up(market), key="a")
    await market.buy(1, await put_up(market, name="Gong"), key="b")
    clock.advance(hours=2)
    for _ in range(2):
        with pytest.raises(CannotUndo) as refused:
            await undo(market, "a")
        assert "XP boost" in str(refused.value.reason)
        await market.services.leveling.prune()
    assert len(await market.boosts(1)) == 1
    assert await market.wallet(1) == 980
