"""What members own: each copy is used, sold or given once, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta

import pytest

from bot.db.engine import Database
from bot.domain.economy import Party
from bot.domain.economy_settings import TradeSettings
from bot.domain.shop import Effects, GiveCoins, GiveItem, GiveRole, Item, ItemKind, Say
from bot.errors import (
    ContentMismatch,
    GiftToSelf,
    ItemNotForResale,
    ItemNotGiftable,
    ItemNotUsable,
    ItemNotWearable,
    NotEnoughCopies,
    RecipientNotHere,
    RoleTooPowerful,
    TargetIsBot,
)
from bot.jobs.inventory import ExpirySource
from bot.services import Services
from bot.services.inventory import InventoryService
from tests.support.clock import ManualClock
from tests.support.market import ALL, BOSS, GUILD, STAFF, VIP, Market

HOUR = 3_600


@pytest.fixture
async def market(database: Database, services: Services) -> Market:
    market = Market(database, services)
    await market.pay_in(1, 1_000)
    return market


@pytest.fixture
def inventory(services: Services) -> InventoryService:
    return services.inventory


def member(user_id: int) -> Party:
    return Party(user_id, is_bot=False, is_member=True)


async def tried(*work: Awaitable[object]) -> Counter[str]:
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    return Counter(type(one).__name__ for one in outcomes)


async def potion(market: Market, **more: object) -> Item:
    effects = Effects(on_use=(GiveCoins(amount=7), Say(words="Glug.")))
    return await market.put_up("Potion", 100, kind=ItemKind.CONSUMABLE, **{"effects": effects, **more})


async def test_what_is_used_is_gone_and_did_what_it_does_once(market: Market, inventory: InventoryService) -> None:
    item = await potion(market)
    await market.buy(1, item, 2, key="a")
    first = await inventory.use(GUILD, market.buyer(1), item.id, key="u")
    again = await inventory.use(GUILD, market.buyer(1), item.id, key="u")
    assert (first.words, first.replayed, again.replayed) == (("Glug.",), False, True)
    assert (await market.wallet(1), await market.owned(1)) == (807, {item.id: 1})
    assert await market.wrongs() == []


async def test_gift_sale_and_use_of_one_copy_at_once_are_one_of_them(
    market: Market, inventory: InventoryService
) -> None:
    item = await potion(market, resale=50)
    for turn in range(5):
        await market.buy(1, item, key=f"b{turn}")
        before = await market.wallet(1)
        outcomes = await tried(
            *(inventory.use(GUILD, market.buyer(1), item.id, key=f"u{turn}.{n}") for n in range(4)),
            *(inventory.sell(GUILD, 1, item.id, 1, key=f"s{turn}.{n}") for n in range(4)),
            *(inventory.gift(GUILD, 1, member(2), item.id, 1, key=f"g{turn}.{n}") for n in range(4)),
        )
        assert outcomes.pop("NotEnoughCopies") == 11
        gain = {"Used": 7, "SoldBack": 50, "Given": 0}[outcomes.popitem()[0]]
        assert (await market.wallet(1), await market.owned(1)) == (before + gain, {})
    assert await market.wrongs() == []


async def test_the_same_press_that_arrives_many_times_at_once_happens_once(
    market: Market, inventory: InventoryService
) -> None:
    item = await potion(market)
    await market.buy(1, item, 3, key="a")
    used = await asyncio.gather(*(inventory.use(GUILD, market.buyer(1), item.id, key="u") for _ in range(8)))
    sold = await asyncio.gather(*(inventory.sell(GUILD, 1, item.id, 1, key="s") for _ in range(8)))
    given = await asyncio.gather(*(inventory.gift(GUILD, 1, member(2), item.id, 1, key="g") for _ in range(8)))
    for answers in (used, sold, given):
        assert sum(not one.replayed for one in answers) == 1
    assert (await market.owned(1), await market.owned(2)) == ({}, {item.id: 1})
    assert {(one.amount, one.wallet) for one in sold} == {(50, 757)}
    assert await market.wrongs() == []


async def test_a_key_that_comes_for_something_else_is_an_error(market: Market, inventory: InventoryService) -> None:
    item = await potion(market)
    await market.buy(1, item, 3, key="a")
    await inventory.sell(GUILD, 1, item.id, 1, key="s")
    for work in (
        inventory.use(GUILD, market.buyer(1), item.id, key="s"),
        inventory.gift(GUILD, 1, member(2), item.id, 1, key="s"),
        inventory.sell(GUILD, 1, item.id, 2, key="s"),
        inventory.sell(GUILD, 2, item.id, 1, key="s"),
    ):
        with pytest.raises(ContentMismatch):
            await work
    assert await market.owned(1) == {item.id: 2}


async def test_a_sale_pays_its_share_of_the_price_of_now(
    market: Market, inventory: InventoryService, services: Services
) -> None:
    item, odd = await market.put_up(price=100), await market.put_up("Odd", price=3, resale=50)
    await market.buy(1, item, 3, key="a")
    await market.buy(1, odd, key="b")
    assert (await inventory.sell(GUILD, 1, item.id, 2, key="c")).amount == 100
    await services.guild_settings.change(GUILD, TradeSettings(resale=10), base=0, by=None)
    assert (await inventory.sell(GUILD, 1, item.id, 1, key="d")).amount == 10
    assert (await inventory.sell(GUILD, 1, odd.id, 1, key="e")).amount == 1
    assert (await inventory.sell(GUILD, 1, item.id, 2, key="c")).amount == 100
    assert await market.wrongs() == []


async def test_what_did_its_work_when_bought_is_neither_sold_back_nor_given_away(
    market: Market, inventory: InventoryService
) -> None:
    item = await market.put_up(price=100, effects=Effects(on_purchase=(GiveCoins(amount=90),)))
    await market.buy(1, item, key="a")
    with pytest.raises(ItemNotForResale):
        await inventory.sell(GUILD, 1, item.id, 1, key="s")
    with pytest.raises(ItemNotGiftable):
        await inventory.gift(GUILD, 1, member(2), item.id, 1, key="g")
    worthless = await market.put_up("Worthless", price=1)
    kept = await market.put_up("Kept", giftable=False)
    await market.buy(1, worthless, key="b")
    await market.buy(1, kept, key="c")
    with pytest.raises(ItemNotForResale):
        await inventory.sell(GUILD, 1, worthless.id, 1, key="s")
    with pytest.raises(ItemNotGiftable):
        await inventory.gift(GUILD, 1, member(2), kept.id, 1, key="g")


async def test_gifts_are_for_other_people_who_are_here(market: Market, inventory: InventoryService) -> None:
    item = await market.put_up()
    await market.buy(1, item, key="a")
    for other, error in (
        (member(1), GiftToSelf),
        (Party(2, is_bot=True, is_member=True), TargetIsBot),
        (Party(2, is_bot=False, is_member=False), RecipientNotHere),
    ):
        with pytest.raises(error):
            await inventory.gift(GUILD, 1, other, item.id, 1, key="g")
    assert await market.owned(1) == {item.id: 1}


async def test_two_who_give_each_other_the_same_thing_at_once_both_succeed(
    market: Market, inventory: InventoryService
) -> None:
    item = await market.put_up(price=1)
    await market.pay_in(2, 100)
    await market.buy(1, item, 10, key="a")
    await market.buy(2, item, 10, key="b")
    outcomes = await tried(
        *(inventory.gift(GUILD, 1, member(2), item.id, 1, key=f"1.{n}") for n in range(10)),
        *(inventory.gift(GUILD, 2, member(1), item.id, 1, key=f"2.{n}") for n in range(10)),
    )
    assert outcomes == {"Given": 20}
    assert (await market.owned(1), await market.owned(2)) == ({item.id: 10}, {item.id: 10})
    assert await market.wrongs() == []


async def test_copies_that_expire_are_used_first_given_last_never_sold_and_go_on_expiring(
    market: Market, inventory: InventoryService, services: Services, clock: ManualClock
) -> None:
    item = await potion(market)
    gift = await market.put_up(
        "Hamper", 1, kind=ItemKind.CONSUMABLE, effects=Effects(on_use=(GiveItem(item_id=item.id),))
    )
    await market.buy(1, item, key="a")
    await market.buy(1, gift, 2, key="b")
    await services.shop.edit(
        GUILD, item.id, lambda draft: draft.model_copy(update={"lifetime": HOUR}), base=1, by=STAFF
    )
    await inventory.use(GUILD, market.buyer(1), gift.id, key="c")
    clock.advance(minutes=1)
    await inventory.use(GUILD, market.buyer(1), gift.id, key="d")
    assert await market.owned(1) == {item.id: 3}
    await inventory.use(GUILD, market.buyer(1), item.id, key="e")  # of the one that ends first
    with pytest.raises(NotEnoughCopies) as refused:
        await inventory.sell(GUILD, 1, item.id, 2, key="f")
    assert (refused.value.owned, refused.value.quantity) == (1, 2)
    await inventory.gift(GUILD, 1, member(2), item.id, 2, key="g")
    lots = [one.lot for one in await inventory.list_(GUILD, 2)]
    assert [(one.quantity, one.expires_at) for one in lots] == [
        (1, None), (1, clock.now() + timedelta(hours=1)),
    ]  # fmt: skip
    clock.advance(hours=1)
    assert await market.owned(2) == {item.id: 1}
    assert await market.wrongs() == []


async def test_what_has_expired_is_gone_at_once_and_cleared_away_by_the_ticker(
    market: Market, inventory: InventoryService, clock: ManualClock
) -> None:
    badge = await market.put_up(kind=ItemKind.BADGE, lifetime=HOUR)
    await market.buy(1, badge, 2, key="a")
    await inventory.equip(GUILD, 1, badge.id)
    source = ExpirySource(inventory, lambda: ALL)
    assert (await source.next_due(), await source.claim(5)) == (clock.now() + timedelta(hours=1), [])
    clock.advance(hours=1)
    with pytest.raises(NotEnoughCopies):
        await inventory.gift(GUILD, 1, member(2), badge.id, 1, key="g")
    with pytest.raises(NotEnoughCopies):
        await inventory.equip(GUILD, 1, badge.id)
    found = await asyncio.gather(*(source.claim(5) for _ in range(5)))
    assert sum(len(one) for one in found) == 1
    assert await source.next_due() is None
    assert await market.wrongs() == []


async def worn(inventory: InventoryService, user_id: int) -> set[int]:
    return {one.item.id for one in await inventory.list_(GUILD, user_id) if one.lot.equipped is not None}


async def test_one_thing_of_a_kind_is_worn_also_when_several_are_put_on_at_once(
    market: Market, inventory: InventoryService
) -> None:
    badges = [await market.put_up(f"Badge {n}", 1, kind=ItemKind.BADGE) for n in range(4)]
    back = await market.put_up("Sky", 1, kind=ItemKind.BACKGROUND)
    for one in (*badges, back):
        await market.buy(1, one, 2, key=f"{one.id}")
    await inventory.equip(GUILD, 1, back.id)
    outcomes = await tried(*(inventory.equip(GUILD, 1, one.id) for one in badges))
    assert outcomes == {"Item": 4}
    assert len(await worn(inventory, 1)) == 2
    assert back.id in await worn(inventory, 1)
    await inventory.equip(GUILD, 1, badges[0].id)
    assert await worn(inventory, 1) == {back.id, badges[0].id}
    await inventory.take_off(GUILD, 1, badges[0].id)
    assert await worn(inventory, 1) == {back.id}


async def test_what_is_worn_comes_off_with_its_last_copy(market: Market, inventory: InventoryService) -> None:
    badge = await market.put_up(kind=ItemKind.BADGE)
    await market.buy(1, badge, 2, key="a")
    await inventory.equip(GUILD, 1, badge.id)
    await inventory.gift(GUILD, 1, member(2), badge.id, 1, key="g")
    assert (await worn(inventory, 1), await worn(inventory, 2)) == ({badge.id}, set())
    await inventory.gift(GUILD, 1, member(2), badge.id, 1, key="h")
    assert (await worn(inventory, 1), await worn(inventory, 2)) == (set(), set())


async def test_what_can_not_be_used_or_worn_says_so(market: Market, inventory: InventoryService) -> None:
    item = await market.put_up()
    await market.buy(1, item, key="a")
    with pytest.raises(ItemNotUsable):
        await inventory.use(GUILD, market.buyer(1), item.id, key="u")
    with pytest.raises(ItemNotWearable):
        await inventory.equip(GUILD, 1, item.id)
    assert await market.owned(1) == {item.id: 1}


async def test_a_role_by_use_is_wanted_with_the_use_and_refused_before_it(
    market: Market, inventory: InventoryService
) -> None:
    scroll = await market.put_up(
        "Scroll", 1, kind=ItemKind.CONSUMABLE, effects=Effects(on_use=(GiveRole(role_id=VIP, seconds=HOUR),))
    )
    crown = await market.put_up("Crown", 1, kind=ItemKind.CONSUMABLE, effects=Effects(on_use=(GiveRole(role_id=BOSS),)))
    await market.buy(1, scroll, key="a")
    await market.buy(1, crown, key="b")
    await inventory.use(GUILD, market.buyer(1), scroll.id, key="u")
    await market.keep_roles()
    assert market.roles[1] == {VIP}
    with pytest.raises(RoleTooPowerful):
        await inventory.use(GUILD, market.buyer(1), crown.id, key="v")
    assert await market.owned(1) == {crown.id: 1}
