"""Purchases: paid and delivered, or neither, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.db.engine import Database
from bot.db.models.leveling import MemberLevel
from bot.db.repositories import role_grants
from bot.domain.amounts import MAX_COINS
from bot.domain.curves import Curve, Preset
from bot.domain.economy_settings import EconomyCommand, EconomySettings
from bot.domain.features import FeatureSettings
from bot.domain.leveling_settings import CurveSettings
from bot.domain.purchases import FailedFor, PurchaseState
from bot.domain.requirements import BalanceNeeded, ItemNeeded, LevelNeeded, Requirements, RoleNeeded
from bot.domain.role_grants import GrantState, GuildFacts
from bot.domain.roles import Reach
from bot.domain.shop import Effects, GiveCoins, GiveItem, GiveRole, ItemDraft, ItemKind, Say, TakeRole
from bot.errors import (
    AccountFull,
    AmountTooLarge,
    CommandOff,
    ContentMismatch,
    InsufficientFunds,
    ItemCoolingDown,
    ItemGone,
    LimitReached,
    PriceChanged,
    QuantityOutOfBounds,
    RequirementsNotMet,
    RoleAboveMine,
    RoleHadAlready,
    RoleTooPowerful,
)
from bot.services import Services
from bot.services.purchases import ASKED_AFTER, PATIENCE
from bot.services.role_grants import LEASE
from tests.support.clock import ManualClock
from tests.support.market import ALL, BOSS, GUILD, STAFF, TALL, VIP, Market

HOUR = 3_600


@pytest.fixture
async def market(database: Database, services: Services) -> Market:
    market = Market(database, services)
    await market.pay_in(1, 1_000)
    return market


async def tried(*work: Awaitable[object]) -> Counter[str]:
    """How pieces of work ended that were begun at once."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    return Counter(type(one).__name__ for one in outcomes)


async def test_what_is_bought_is_paid_and_owned(market: Market) -> None:
    item = await market.put_up(price=100, stock=5)
    receipt = await market.buy(1, item, 2, key="a")
    assert receipt.purchase.state is PurchaseState.DONE
    assert (await market.wallet(1), await market.owned(1)) == (800, {item.id: 2})
    after = await market.item(item)
    assert (after.draft.stock, after.sold) == (3, 2)
    assert await market.wrongs() == []


async def test_the_same_key_buys_once_also_when_it_comes_many_times_at_once(market: Market) -> None:
    item = await market.put_up()
    outcomes = await asyncio.gather(*(market.buy(1, item, key="a") for _ in range(10)))
    assert sum(not one.replayed for one in outcomes) == 1
    assert len({one.purchase.id for one in outcomes}) == 1
    assert (await market.wallet(1), await market.owned(1)) == (900, {item.id: 1})


async def test_the_same_key_gives_the_first_answer_whatever_stands_in_the_way_by_then(market: Market) -> None:
    limited = await market.put_up("Limited", stock=1, per_member=1, cooldown=HOUR)
    dear = await market.put_up("Dear", price=900)
    gone = await market.put_up("Gone", price=0)
    firsts = [(one, await market.buy(1, one, key=one.name)) for one in (limited, dear, gone)]
    await market.services.shop.archive(GUILD, gone.id, STAFF)
    raised = dear.draft.model_copy(update={"price": 901})
    await market.services.shop.edit(GUILD, dear.id, lambda _: raised, base=1, by=STAFF)
    for item, first in firsts:
        again = await market.buy(1, item, key=item.name)
        assert (again.replayed, again.purchase.id) == (True, first.purchase.id)
    assert await market.wallet(1) == 0
    assert await market.wrongs() == []


async def test_a_key_that_comes_for_something_else_is_an_error(market: Market) -> None:
    item, other = await market.put_up(), await market.put_up("Silver badge")
    await market.buy(1, item, key="a")
    for work in (market.buy(1, item, 2, key="a"), market.buy(2, item, key="a"), market.buy(1, other, key="a")):
        with pytest.raises(ContentMismatch):
            await work
    assert await market.owned(1) == {item.id: 1}


async def test_the_last_one_goes_to_one_of_fifty(market: Market) -> None:
    item = await market.put_up(stock=1)
    for user in range(2, 52):
        await market.pay_in(user, 100)
    outcomes = await tried(*(market.buy(user, item, key=f"k{user}") for user in range(2, 52)))
    assert outcomes == {"Receipt": 1, "SoldOut": 49}
    assert sum([await market.wallet(user) for user in range(2, 52)]) == 4_900
    assert (await market.item(item)).draft.stock == 0
    assert await market.wrongs() == []


async def test_of_fifty_purchases_at_once_only_as_many_go_through_as_one_may_have(market: Market) -> None:
    item = await market.put_up(price=10, per_member=3)
    outcomes = await tried(*(market.buy(1, item, key=f"k{n}") for n in range(50)))
    assert outcomes == {"Receipt": 3, "LimitReached": 47}
    assert (await market.wallet(1), await market.owned(1)) == (970, {item.id: 3})


async def test_a_free_thing_has_its_limit_too(market: Market) -> None:
    item = await market.put_up(price=0, per_member=1)
    assert await tried(*(market.buy(5, item, key=f"k{n}") for n in range(10))) == {"Receipt": 1, "LimitReached": 9}
    assert (await market.wallet(5), await market.owned(5)) == (0, {item.id: 1})
    assert await market.wrongs() == []


async def test_who_erases_their_data_may_not_buy_more_than_everybody(market: Market, services: Services) -> None:
    item = await market.put_up(per_member=1)
    await market.buy(1, item, key="a")
    await services.privacy.erase(1, GUILD)
    assert await market.owned(1) == {}
    await market.pay_in(1, 500)
    with pytest.raises(LimitReached):
        await market.buy(1, item, key="b")
    assert await market.wrongs() == []


async def test_a_cooldown_is_for_each_member_and_ends(market: Market, clock: ManualClock) -> None:
    item = await market.put_up(cooldown=HOUR)
    await market.buy(1, item, key="a")
    with pytest.raises(ItemCoolingDown) as refused:
        await market.buy(1, item, key="b")
    assert refused.value.ready_at == clock.now() + timedelta(hours=1)
    await market.pay_in(2, 100)
    await market.buy(2, item, key="c")
    clock.advance(hours=1)
    await market.buy(1, item, key="d")


async def test_nobody_pays_another_price_than_they_were_shown(market: Market, services: Services) -> None:
    item = await market.put_up(price=100)
    await services.shop.edit(GUILD, item.id, lambda draft: draft.model_copy(update={"price": 150}), base=1, by=STAFF)
    with pytest.raises(PriceChanged) as refused:
        await market.buy(1, item, key="a")
    assert (refused.value.shown, refused.value.price) == (100, 150)
    assert await market.wallet(1) == 1_000
    await market.buy(1, item, key="b", price=150)
    assert await market.wallet(1) == 850


async def test_what_is_not_on_offer_can_not_be_bought(market: Market, services: Services, clock: ManualClock) -> None:
    late = await market.put_up("Late", available_until=clock.now() + timedelta(hours=1))
    gone, elsewhere = await market.put_up("Gone"), await market.put_up("Elsewhere")
    await services.shop.archive(GUILD, gone.id, STAFF)
    clock.advance(hours=1)
    abroad = Market(market.database, services, GUILD + (1 << 22))
    await abroad.pay_in(1, 1_000)
    for work in (market.buy(1, late, key="a"), market.buy(1, gone, key="b"), abroad.buy(1, elsewhere, key="c")):
        with pytest.raises(ItemGone):
            await work


@pytest.mark.parametrize("quantity", [-1, 0, 1_001, 2**70])
async def test_a_quantity_that_makes_no_sense_is_refused(market: Market, quantity: int) -> None:
    item = await market.put_up(price=1)
    with pytest.raises(QuantityOutOfBounds):
        await market.buy(1, item, quantity, key="a")


async def test_who_can_not_pay_gets_nothing_and_takes_nothing_from_the_stock(market: Market) -> None:
    item, role = await market.put_up(price=1_001, stock=1), await market.put_up_role(price=1_001, stock=1)
    for one in (item, role):
        with pytest.raises(InsufficientFunds):
            await market.buy(1, one, key=f"{one.id}")
        assert (await market.item(one)).draft.stock == 1
    assert await market.owned(1) == {}
    assert await market.wrongs() == []


async def test_a_shop_that_is_switched_off_sells_nothing(market: Market, services: Services) -> None:
    item = await market.put_up()
    on = tuple(one for one in EconomyCommand if one is not EconomyCommand.SHOP)
    await services.guild_settings.change(GUILD, EconomySettings(commands=on), base=0, by=None)
    with pytest.raises(CommandOff):
        await market.buy(1, item, key="a")


async def test_only_those_who_meet_the_requirements_may_buy(market: Market) -> None:
    key_ = await market.put_up("Key", price=1)
    needed = Requirements(
        all_of=(BalanceNeeded(least=500),),
        any_of=(RoleNeeded(role_id=TALL), ItemNeeded(item_id=key_.id, quantity=2)),
        none_of=(RoleNeeded(role_id=BOSS),),
    )
    item = await market.put_up("Castle", requirements=needed)
    with pytest.raises(RequirementsNotMet) as refused:
        await market.buy(1, item, key="a")
    assert str(refused.value.missing).startswith("you need one of these:")
    await market.buy(1, key_, 2, key="b")
    market.roles[1] = {BOSS}
    with pytest.raises(RequirementsNotMet):
        await market.buy(1, item, key="c")
    market.roles[1] = set()
    await market.buy(1, item, key="d")
    await market.pay_in(2, 499)
    with pytest.raises(RequirementsNotMet):
        await market.buy(2, item, key="e")


async def earn(market: Market, xp: int, *, guild: int = GUILD) -> None:
    async with market.database.write() as session:
        row = {"guild_id": guild, "user_id": 1, "xp": xp, "messages": 1, "voice_seconds": 0}
        await session.execute(insert(MemberLevel).values(row))


def told_to(error: RequirementsNotMet) -> list[str]:
    needs = error.missing.values["needs"]
    assert isinstance(needs, tuple)
    return [str(one) for one in needs]


async def test_a_thing_for_level_five_is_sold_from_the_first_xp_of_level_five(market: Market) -> None:
    item = await market.put_up("Throne", requirements=Requirements(all_of=(LevelNeeded(least=5),)))
    needed = Curve().table().total(5)
    await earn(market, needed, guild=GUILD + 1)  # elsewhere, which counts for nothing here
    with pytest.raises(RequirementsNotMet) as refused:
        await market.buy(1, item, key="a")
    assert told_to(refused.value) == ["level 5 or more (you are at level 0)"]
    await earn(market, needed - 1)
    with pytest.raises(RequirementsNotMet) as refused:
        await market.buy(1, item, key="b")
    assert told_to(refused.value) == ["level 5 or more (you are at level 4)"]
    async with market.database.write() as session:
        mine = update(MemberLevel).where(MemberLevel.guild_id == GUILD, MemberLevel.user_id == 1)
        await session.execute(mine.values(xp=needed))
    await market.buy(1, item, key="c")
    assert await market.owned(1) == {item.id: 1}


async def test_the_level_is_by_the_servers_own_curve_also_while_leveling_is_off(
    market: Market, services: Services
) -> None:
    item = await market.put_up("Throne", requirements=Requirements(all_of=(LevelNeeded(least=5),)))
    await earn(market, 5_000)
    await services.guild_settings.change(GUILD, CurveSettings(preset=Preset.FLAT, cap=4), base=0, by=None)
    with pytest.raises(RequirementsNotMet) as refused:
        await market.buy(1, item, key="a")
    assert told_to(refused.value) == ["level 5 or more (you are at level 4)"]
    await services.guild_settings.change(GUILD, CurveSettings(preset=Preset.FLAT), base=1, by=None)
    features = FeatureSettings(economy=True, leveling=False)
    await services.guild_settings.change(GUILD, features, base=0, by=None)
    offer = await services.offers.look(GUILD, 1, (), item.id)
    assert [one.has for one in offer.all_of] == [True]
    await market.buy(1, item, key="b")


# Effects ------------------------------------------------------------------------------------------------------


async def test_what_comes_with_a_thing_comes_in_the_same_breath(market: Market) -> None:
    gem = await market.put_up("Gem", lifetime=HOUR)
    chain = (GiveItem(item_id=gem.id, quantity=3), GiveCoins(amount=25), Say(words="Welcome!"))
    chest = await market.put_up("Chest", effects=Effects(on_purchase=chain))
    receipt = await market.buy(1, chest, 2, key="a")
    assert receipt.words == ("Welcome!",)
    assert await market.owned(1) == {chest.id: 2, gem.id: 6}
    assert await market.wallet(1) == 1_000 - 200 + 50
    assert await market.wrongs() == []


async def test_an_effect_that_fails_leaves_everything_as_before(market: Market, services: Services) -> None:
    gem = await market.put_up("Gem")
    chain = (GiveItem(item_id=gem.id), GiveCoins(amount=900))
    chest = await market.put_up("Chest", stock=1, effects=Effects(on_purchase=chain))
    await services.guild_settings.change(GUILD, EconomySettings(wallet_cap=1_000), base=0, by=None)
    with pytest.raises(AccountFull):
        await market.buy(1, chest, key="a")
    assert (await market.wallet(1), await market.owned(1)) == (1_000, {})
    assert (await market.item(chest)).draft.stock == 1
    assert await market.wrongs() == []


# Roles --------------------------------------------------------------------------------------------------------


async def test_a_role_is_paid_for_once_it_was_given(market: Market) -> None:
    item = await market.put_up_role(stock=1)
    receipt = await market.buy(1, item, key="a")
    assert receipt.purchase.state is PurchaseState.DONE
    assert (market.roles[1], await market.wallet(1), await market.owned(1)) == ({VIP}, 900, {item.id: 1})
    assert await market.wrongs() == []


@pytest.mark.parametrize(("role", "error"), [(BOSS, RoleTooPowerful), (TALL, RoleAboveMine)])
@pytest.mark.parametrize("price", [0, 100])
async def test_a_role_that_can_not_be_given_is_refused_before_anything_is_paid(
    market: Market, role: int, error: type[Exception], price: int
) -> None:
    item = await market.put_up_role(price=price, effects=Effects(on_purchase=(GiveRole(role_id=role),)))
    with pytest.raises(error):
        await market.buy(1, item, key="a")
    assert (await market.wallet(1), await market.owned(1), market.roles) == (1_000, {}, {})


async def test_what_one_has_for_good_is_not_sold_again(market: Market) -> None:
    item = await market.put_up_role()
    await market.buy(1, item, key="a")
    with pytest.raises(RoleHadAlready):
        await market.buy(1, item, key="b")
    market.roles[2] = {VIP}  # by somebody's hand
    await market.pay_in(2, 100)
    with pytest.raises(RoleHadAlready):
        await market.buy(2, item, key="c")
    with pytest.raises(QuantityOutOfBounds):
        await market.buy(3, item, 2, key="d")


@pytest.mark.parametrize("reason", [FailedFor.ABOVE_ME, FailedFor.AWAY, FailedFor.ROLE_GONE])
async def test_a_role_that_could_not_be_given_costs_nothing(market: Market, reason: FailedFor) -> None:
    item = await market.put_up_role(stock=1)
    if reason is FailedFor.AWAY:
        market.here = False
    elif reason is FailedFor.ABOVE_ME:
        market.facts = GuildFacts(market.facts.roles, Reach(0, may_manage=True))
    else:
        market.facts = GuildFacts({}, market.facts.reach)
    receipt = await market.buy(1, item, key="a")
    assert (receipt.purchase.state, receipt.purchase.reason) == (PurchaseState.FAILED, reason)
    assert (await market.wallet(1), await market.owned(1), market.roles.get(1, set())) == (1_000, {}, set())
    after = await market.item(item)
    assert (after.draft.stock, after.sold) == (1, 0)
    assert await market.wrongs() == []


async def test_who_could_not_get_a_role_has_not_used_up_their_limit(market: Market) -> None:
    item = await market.put_up_role(per_member=1, cooldown=HOUR)
    market.here = False
    await market.buy(1, item, key="a")
    market.here = True
    assert (await market.buy(1, item, key="b")).purchase.state is PurchaseState.DONE


async def test_while_discord_is_away_the_coins_wait_and_then_the_role_comes(market: Market, clock: ManualClock) -> None:
    item = await market.put_up_role()
    market.away = True
    receipt = await market.buy(1, item, key="a")
    assert receipt.purchase.state is PurchaseState.PENDING
    assert (await market.wallet(1), await market.owned(1)) == (900, {})
    clock.advance(seconds=ASKED_AFTER.total_seconds())
    assert await market.recover() == [False]
    market.away = False
    clock.advance(seconds=LEASE.total_seconds())
    assert await market.recover() == [True]
    assert (market.roles[1], await market.wallet(1), await market.owned(1)) == ({VIP}, 900, {item.id: 1})
    assert (await market.buy(1, item, key="a")).purchase.state is PurchaseState.DONE
    assert await market.wrongs() == []


async def test_a_role_that_never_comes_is_paid_back_and_not_given_after_all(market: Market, clock: ManualClock) -> None:
    item = await market.put_up_role(stock=1)
    market.away = True
    receipt = await market.buy(1, item, key="a")
    clock.advance(seconds=PATIENCE.total_seconds())
    assert await market.recover() == [True]
    market.away = False
    clock.advance(seconds=LEASE.total_seconds())
    await market.keep_roles()
    found = await market.services.purchases.find(GUILD, receipt.purchase.id)
    assert found is not None
    assert (found.state, found.reason) == (PurchaseState.FAILED, FailedFor.TOO_LATE)
    assert (market.roles.get(1, set()), await market.wallet(1)) == (set(), 1_000)
    assert (await market.item(item)).draft.stock == 1
    assert await market.wrongs() == []


async def test_a_role_given_while_the_purchase_is_undone_is_taken_back(market: Market, clock: ManualClock) -> None:
    item = await market.put_up_role()
    market.away = True
    receipt = await market.buy(1, item, key="a")
    clock.advance(seconds=PATIENCE.total_seconds())
    market.away = False
    (late,) = await market.services.role_grants.claim(ALL, 5)
    await market.services.purchases.conclude(GUILD, receipt.purchase.id)  # too late: nobody wrote yet that it was given
    await market.carry_out(late)
    await market.keep_roles()
    assert (market.roles.get(1, set()), await market.wallet(1)) == (set(), 1_000)
    assert await market.wrongs() == []


async def test_whoever_concludes_at_once_a_purchase_ends_once(market: Market) -> None:
    item = await market.put_up_role()
    market.away = True
    receipt = await market.buy(1, item, key="a")
    market.away = False
    async with market.database.write() as session:
        grant = (await role_grants.of_members(session, GUILD, [1]))[1][0]
        held = replace(grant, state=GrantState.HELD)
        await role_grants.put(session, GUILD, [held], now=receipt.purchase.at)
    ended = await asyncio.gather(*(market.services.purchases.conclude(GUILD, receipt.purchase.id) for _ in range(10)))
    assert {one.state for one in ended} == {PurchaseState.DONE}
    assert (await market.wallet(1), await market.owned(1)) == (900, {item.id: 1})


async def test_an_edit_in_the_middle_changes_nothing_about_what_was_bought(
    market: Market, services: Services, clock: ManualClock
) -> None:
    item = await market.put_up_role(effects=Effects(on_purchase=(GiveRole(role_id=VIP), GiveCoins(amount=5))))
    market.away = True
    await market.buy(1, item, key="a")

    def edited(draft: ItemDraft) -> ItemDraft:
        return draft.model_copy(update={"price": 900, "effects": Effects(), "lifetime": 60})

    await services.shop.edit(GUILD, item.id, edited, base=1, by=STAFF)
    await services.shop.archive(GUILD, item.id, STAFF)
    market.away = False
    clock.advance(seconds=ASKED_AFTER.total_seconds())
    assert await market.recover() == [True]
    assert (market.roles[1], await market.wallet(1)) == ({VIP}, 905)
    clock.advance(hours=1)
    assert await market.owned(1) == {item.id: 1}
    assert await market.wrongs() == []


async def test_time_that_is_bought_comes_after_the_time_that_is_left(market: Market, clock: ManualClock) -> None:
    hour = Effects(on_purchase=(GiveRole(role_id=VIP, seconds=HOUR),))
    item = await market.put_up_role(effects=hour)
    began = clock.now()
    await market.buy(1, item, key="a")
    clock.advance(minutes=30)
    await market.buy(1, item, 2, key="b")
    for minutes, roles in ((149, {VIP}), (1, set[int]())):
        clock.advance(minutes=minutes)
        await market.keep_roles()
        assert market.roles[1] == roles, clock.now() - began


async def test_a_role_lasts_as_long_as_the_copy_that_it_came_with(market: Market, clock: ManualClock) -> None:
    item = await market.put_up_role(lifetime=HOUR)
    await market.buy(1, item, key="a")
    clock.advance(hours=1)
    await market.keep_roles()
    assert (market.roles[1], await market.owned(1)) == (set(), {})
    assert [one.item_id for one in await market.services.inventory.expire(ALL, 5)] == [item.id]
    assert await market.wrongs() == []


async def test_a_role_can_be_taken_so_far_as_the_shop_gave_it(market: Market) -> None:
    vip = await market.put_up_role()
    await market.buy(1, vip, key="a")
    fresh = await market.put_up("Fresh start", effects=Effects(on_purchase=(TakeRole(role_id=VIP),)))
    await market.buy(1, fresh, key="b")
    await market.keep_roles()
    assert market.roles[1] == set()
    market.roles[1] = {VIP}  # by somebody's hand
    await market.buy(1, fresh, key="c")
    await market.keep_roles()
    assert market.roles[1] == {VIP}


async def test_who_is_erased_amid_a_purchase_leaves_sums_that_hold(
    market: Market, services: Services, clock: ManualClock
) -> None:
    item = await market.put_up_role()
    market.away = True
    await market.buy(1, item, key="a")
    await services.privacy.erase(1, GUILD)
    market.away = False
    clock.advance(seconds=ASKED_AFTER.total_seconds())
    assert await market.recover() == [True]
    assert await market.wrongs() == []


async def test_coins_that_would_not_fit_beside_a_role_are_refused_before_anything_is_put_aside(
    market: Market, services: Services
) -> None:
    chain = (GiveRole(role_id=VIP, seconds=HOUR), GiveCoins(amount=MAX_COINS // 2))
    item = await market.put_up_role(effects=Effects(on_purchase=chain), stock=5)
    with pytest.raises(AmountTooLarge):
        await market.buy(1, item, 3, key="a")
    await services.guild_settings.change(GUILD, EconomySettings(wallet_cap=1_000), base=0, by=None)
    with pytest.raises(AccountFull):
        await market.buy(1, item, key="b")
    assert (market.roles, await market.wallet(1), (await market.item(item)).draft.stock) == ({}, 1_000, 5)
    assert await market.wrongs() == []


async def test_who_has_no_room_any_more_for_what_comes_with_a_role_has_neither_and_the_price_again(
    market: Market, services: Services, clock: ManualClock
) -> None:
    gem = await market.put_up("Gem")
    chain = (GiveRole(role_id=VIP), GiveItem(item_id=gem.id), GiveCoins(amount=90))
    item = await market.put_up_role(effects=Effects(on_purchase=chain), stock=1)
    await services.guild_settings.change(GUILD, EconomySettings(wallet_cap=1_000), base=0, by=None)
    market.away = True
    receipt = await market.buy(1, item, key="a")
    await market.pay_in(1, 50)  # 950 of 1,000 now, and 100 aside
    market.away = False
    clock.advance(seconds=LEASE.total_seconds())
    await market.keep_roles()
    assert market.roles[1] == {VIP}
    found = await market.till.look(GUILD, receipt.purchase.id)
    assert found is not None
    assert (found.state, found.reason) == (PurchaseState.FAILED, FailedFor.NO_ROOM)
    await market.keep_roles()
    assert (market.roles[1], await market.wallet(1), await market.owned(1)) == (set(), 1_050, {})
    assert (await market.item(item)).draft.stock == 1
    assert await market.wrongs() == []


async def test_time_of_one_role_that_comes_with_two_things_at_once_is_had_twice(
    market: Market, services: Services, clock: ManualClock
) -> None:
    hour = Effects(on_use=(GiveRole(role_id=VIP, seconds=HOUR),))
    things = [await market.put_up(name, 0, kind=ItemKind.CONSUMABLE, effects=hour) for name in ("By day", "By night")]
    members = range(2, 32)
    for user in members:
        for one in things:
            await market.buy(user, one, key=f"{user}:{one.id}")
        both = (services.inventory.use(GUILD, market.buyer(user), one.id, key=f"u{user}:{one.id}") for one in things)
        await asyncio.gather(*both)
    async with market.database.read() as session:
        theirs = await role_grants.of_members(session, GUILD, members)
    ends = {user: sorted(one.until - clock.now() for one in grants if one.until) for user, grants in theirs.items()}
    assert ends == {user: [timedelta(hours=1), timedelta(hours=2)] for user in members}


async def test_a_role_for_good_that_comes_with_two_things_at_once_is_paid_for_once(market: Market) -> None:
    things = [await market.put_up_role(name) for name in ("By day", "By night")]
    market.away = True  # so that the first is not given before the second is asked for
    for user in range(2, 32):
        await market.pay_in(user, 200)
        outcomes = await tried(*(market.buy(user, one, key=f"{user}:{one.id}") for one in things))
        assert outcomes == {"Receipt": 1, "RoleHadAlready": 1}
        assert await market.wallet(user) == 100
    assert await market.wrongs() == []
