"""Purchases and sales that staff takes back: coins, copies, stock and roles together, or nothing; on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from bot.db.engine import Database
from bot.domain.audit import AuditSource
from bot.domain.economy import Kind, Party, Pocket
from bot.domain.purchases import FailedFor, PurchaseState
from bot.domain.role_grants import GrantState
from bot.domain.shop import Effects, GiveCoins, GiveItem, GiveRole, Item, ItemKind, Say, TakeRole
from bot.domain.treasury import By, Things
from bot.errors import AlreadyUndone, CannotUndo, CoinsSpent, LimitReached, ThingsGone, TransactionNotFound
from bot.services import Services
from bot.services.purchases import Receipt
from bot.services.undoing import Undone
from tests.support.clock import ManualClock
from tests.support.market import ALL, GUILD, TALL, VIP, Market

HOUR = 3_600
BOSS, DEPUTY = 901, 902


class Office(Market):
    """A shop with an office that takes purchases back."""

    async def newest(self, kind: Kind, user_id: int = 1) -> int:
        """The newest movement of a kind in a member's statement."""
        page = await self.services.economy.statement(self.guild, user_id, kind=kind)
        return page.lines[0].transaction_id

    async def undo(self, number: int, boss: int = BOSS) -> Undone:
        return await self.services.undoing.undo(self.guild, number, By(boss, AuditSource.COMMAND, "unused"))

    async def undo_purchase(self, boss: int = BOSS) -> Undone:
        return await self.undo(await self.newest(Kind.PURCHASE), boss)

    async def stock(self, item: Item) -> tuple[int | None, int]:
        now = await self.item(item)
        return now.draft.stock, now.sold

    async def stands(self, receipt: Receipt) -> tuple[PurchaseState, FailedFor | None]:
        found = await self.services.purchases.find(self.guild, receipt.purchase.id)
        assert found is not None
        return found.state, found.reason


@pytest.fixture
async def office(database: Database, services: Services) -> Office:
    office = Office(database, services)
    await office.pay_in(1, 1_000)
    return office


async def tried(*work: Awaitable[object]) -> Counter[str]:
    """How pieces of work ended that were begun at once."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    return Counter(type(one).__name__ for one in outcomes)


def party(user_id: int) -> Party:
    return Party(user_id, is_bot=False, is_member=True)


# Purchases ----------------------------------------------------------------------------------------------------


async def test_coins_copies_and_stock_go_back_and_it_does_not_count_as_bought(office: Office) -> None:
    item = await office.put_up(price=100, stock=5, per_member=2, cooldown=HOUR)
    receipt = await office.buy(1, item, 2, key="a")
    number = await office.newest(Kind.PURCHASE)
    shown = await office.services.undoing.reversible(GUILD, number)
    assert (shown.kind, shown.things) == (Kind.PURCHASE, (Things("Bronze badge", -2),))
    done = await office.undo(number)
    assert (done.things, done.is_final, done.replayed) == ((Things("Bronze badge", -2),), True, False)
    assert [(one.account.pocket, one.amount) for one in done.moves] == [(Pocket.WALLET, 200), (Pocket.SHOP, -200)]
    assert (await office.wallet(1), await office.owned(1)) == (1_000, {})
    assert await office.stock(item) == (5, 0)
    assert await office.stands(receipt) == (PurchaseState.FAILED, FailedFor.UNDONE)
    await office.buy(1, item, 2, key="b")  # neither the limit nor the cooldown knows of it
    assert await office.wrongs() == []


async def test_it_stands_in_the_audit_log_with_coins_and_things(office: Office) -> None:
    await office.buy(1, await office.put_up(price=100), 2, key="a")
    done = await office.undo_purchase()
    record = (await office.services.audit.search(GUILD)).entries[0].record
    assert (record.action, record.actor_id, record.target_id) == ("economy.undo", BOSS, "1")
    assert record.before == {"wallet": 800, "item": ["2 × Bronze badge"]}  # noqa: RUF001 — times is meant
    assert record.after == {"wallet": 1_000, "transaction": str(done.transaction_id)}


async def test_twenty_of_the_staff_at_once_take_it_back_once(office: Office) -> None:
    item = await office.put_up(price=100, stock=5)
    await office.buy(1, item, key="a")
    number = await office.newest(Kind.PURCHASE)
    outcomes = await asyncio.gather(*(office.undo(number) for _ in range(10)))
    assert Counter(one.replayed for one in outcomes) == {True: 9, False: 1}
    assert len({(one.transaction_id, one.moves, one.things) for one in outcomes}) == 1
    assert await tried(*(office.undo(number, DEPUTY) for _ in range(10))) == {"AlreadyUndone": 10}
    assert (await office.wallet(1), await office.stock(item)) == (1_000, (5, 0))
    assert await office.wrongs() == []


async def test_what_takes_a_purchase_back_can_not_be_undone(office: Office) -> None:
    await office.buy(1, await office.put_up(), key="a")
    number = await office.newest(Kind.PURCHASE)
    done = await office.undo(number)
    with pytest.raises(AlreadyUndone):
        await office.services.undoing.reversible(GUILD, number)
    for ask in (office.services.undoing.reversible(GUILD, done.transaction_id), office.undo(done.transaction_id)):
        with pytest.raises(CannotUndo) as refused:
            await ask
        assert "can't be restored" in str(refused.value.reason)
    assert await office.wallet(1) == 1_000


async def test_the_member_who_presses_again_is_told_and_buys_nothing(office: Office) -> None:
    item = await office.put_up()
    await office.buy(1, item, key="a")
    await office.undo_purchase()
    again = await office.buy(1, item, key="a")
    assert (again.replayed, again.purchase.reason) == (True, FailedFor.UNDONE)
    assert (await office.wallet(1), await office.owned(1)) == (1_000, {})


async def test_copies_that_were_used_sold_or_given_are_not_taken_and_nothing_moves(office: Office) -> None:
    sip = Effects(on_use=(Say(words="Glug."),))
    item = await office.put_up(price=100, kind=ItemKind.CONSUMABLE, effects=sip, stock=5)
    inventory = office.services.inventory
    gone: list[Any] = [
        lambda: inventory.use(GUILD, office.buyer(1), item.id, key="u"),
        lambda: inventory.sell(GUILD, 1, item.id, 1, key="s"),
        lambda: inventory.gift(GUILD, 1, party(2), item.id, 1, key="g"),
    ]
    for turn, spend in enumerate(gone):
        await office.buy(1, item, 1, key=f"k{turn}")
        await spend()
        before = await office.wallet(1)
        with pytest.raises(ThingsGone) as refused:
            await office.undo_purchase()
        assert (refused.value.member_id, refused.value.owned, refused.value.quantity) == (1, 0, 1)
        assert (await office.wallet(1), await office.stock(item)) == (before, (4 - turn, turn + 1))
    assert await office.wrongs() == []


async def test_a_copy_got_elsewhere_may_go_in_its_place(office: Office) -> None:
    sip = Effects(on_use=(Say(words="Glug."),))
    item = await office.put_up(kind=ItemKind.CONSUMABLE, effects=sip)
    await office.buy(1, item, key="a")
    await office.services.inventory.use(GUILD, office.buyer(1), item.id, key="u")
    await office.pay_in(2, 100)
    await office.buy(2, item, key="b")
    await office.services.inventory.gift(GUILD, 2, party(1), item.id, 1, key="g")
    await office.undo_purchase()
    assert await office.owned(1) == {}


async def test_what_is_worn_is_taken_off_and_what_has_expired_is_gone(office: Office, clock: ManualClock) -> None:
    badge = await office.put_up(kind=ItemKind.BADGE)
    await office.buy(1, badge, key="a")
    await office.services.inventory.equip(GUILD, 1, badge.id)
    await office.undo_purchase()
    assert await office.services.inventory.list_(GUILD, 1) == []
    short = await office.put_up("Sparkler", lifetime=HOUR)
    await office.buy(1, short, key="b")
    clock.advance(hours=1)
    with pytest.raises(ThingsGone):
        await office.undo_purchase()
    await office.services.inventory.expire(ALL, 10)
    with pytest.raises(ThingsGone):
        await office.undo_purchase()
    assert await office.wrongs() == []


async def test_copies_that_expire_go_out_of_their_own_lot(office: Office, clock: ManualClock) -> None:
    short = await office.put_up("Sparkler", lifetime=HOUR)
    await office.buy(1, short, key="a")
    first = await office.newest(Kind.PURCHASE)
    clock.advance(minutes=30)
    await office.buy(1, short, key="b")
    await office.services.inventory.gift(GUILD, 1, party(2), short.id, 2, key="g")
    await office.services.inventory.gift(GUILD, 2, party(1), short.id, 1, key="h")
    left = (await office.services.inventory.list_(GUILD, 1))[0].lot
    second = await office.newest(Kind.PURCHASE)
    mine, other = (first, second) if left.expires_at == clock.now() + timedelta(minutes=30) else (second, first)
    with pytest.raises(ThingsGone):
        await office.undo(other)
    await office.undo(mine)
    assert await office.owned(1) == {}
    assert await office.wrongs() == []


async def test_what_a_purchase_brought_goes_back_or_nothing_does(office: Office) -> None:
    gem = await office.put_up("Gem")
    effects = Effects(on_purchase=(GiveCoins(amount=30), GiveItem(item_id=gem.id, quantity=2), Say(words="Hi")))
    chest = await office.put_up("Chest", 1_000, effects=effects, stock=3)
    await office.buy(1, chest, key="a")
    assert (await office.wallet(1), await office.owned(1)) == (30, {chest.id: 1, gem.id: 2})
    number, brought = await office.newest(Kind.PURCHASE), await office.newest(Kind.EFFECT)
    await office.services.economy.pay(GUILD, 1, party(2), 1, key="p")
    with pytest.raises(CoinsSpent) as spent:
        await office.undo(number)
    assert (spent.value.member_id, spent.value.balance, spent.value.amount) == (1, 29, 30)
    await office.pay_in(1, 1)
    await office.services.inventory.gift(GUILD, 1, party(2), gem.id, 1, key="g")
    with pytest.raises(ThingsGone) as gone:
        await office.undo(number)
    assert (gone.value.item, gone.value.owned, gone.value.quantity) == ("Gem", 1, 2)
    assert (await office.wallet(1), await office.stock(chest)) == (30, (2, 1))
    await office.services.inventory.gift(GUILD, 2, party(1), gem.id, 1, key="h")
    done = await office.undo(brought)  # whichever of its movements is named
    assert done.reversed_id == number
    assert (await office.wallet(1), await office.owned(1), await office.stock(chest)) == (1_000, {}, (3, 0))
    assert await office.wrongs() == []


async def test_a_free_purchase_is_taken_back_by_the_coins_that_it_brought(office: Office) -> None:
    gift = await office.put_up("Gift", 0, effects=Effects(on_purchase=(GiveCoins(amount=30),)), per_member=1)
    await office.buy(1, gift, key="a")
    await office.undo(await office.newest(Kind.EFFECT))
    assert (await office.wallet(1), await office.owned(1)) == (1_000, {})
    await office.buy(1, gift, key="b")
    with pytest.raises(LimitReached):
        await office.buy(1, gift, key="c")


async def test_coins_that_came_by_using_a_thing_stay(office: Office) -> None:
    effects = Effects(on_use=(GiveCoins(amount=5),))
    potion = await office.put_up("Potion", kind=ItemKind.CONSUMABLE, effects=effects)
    await office.buy(1, potion, key="a")
    await office.services.inventory.use(GUILD, office.buyer(1), potion.id, key="u")
    with pytest.raises(CannotUndo):
        await office.undo(await office.newest(Kind.EFFECT))


async def test_what_took_a_role_away_can_not_be_taken_back(office: Office) -> None:
    swap = await office.put_up("Swap", effects=Effects(on_purchase=(TakeRole(role_id=TALL),)))
    await office.buy(1, swap, key="a")
    with pytest.raises(CannotUndo):
        await office.undo_purchase()
    assert await office.owned(1) == {swap.id: 1}


async def test_who_was_erased_is_not_paid_back(office: Office) -> None:
    for turn, item in enumerate((await office.put_up(), await office.put_up_role())):
        await office.pay_in(1, 100)
        receipt = await office.buy(1, item, key=f"k{turn}")
        kind = Kind.PURCHASE if turn == 0 else Kind.HOLD
        number = await office.newest(kind)
        await office.services.privacy.erase(1, GUILD)
        with pytest.raises(CannotUndo):
            await office.undo(number)
        assert (await office.stands(receipt))[0] is PurchaseState.DONE


async def test_a_purchase_of_another_server_is_not_there(office: Office, services: Services) -> None:
    abroad = Office(office.database, services, GUILD + (1 << 22))
    await abroad.pay_in(1, 100)
    await abroad.buy(1, await abroad.put_up(), key="a")
    number = await abroad.newest(Kind.PURCHASE)
    with pytest.raises(TransactionNotFound):
        await office.undo(number)
    assert await abroad.wallet(1) == 0


# Roles --------------------------------------------------------------------------------------------------------


async def test_a_role_that_was_paid_for_ends_with_the_refund(office: Office) -> None:
    item = await office.put_up_role(stock=2)
    receipt = await office.buy(1, item, key="a")
    assert office.roles[1] == {VIP}
    number = await office.newest(Kind.HOLD)
    shown = await office.services.undoing.reversible(GUILD, number)
    assert (shown.kind, shown.role_ids) == (Kind.PURCHASE, (VIP,))
    done = await office.undo(number)
    assert [(one.account.pocket, one.amount) for one in done.moves] == [(Pocket.SHOP, -100), (Pocket.WALLET, 100)]
    assert (await office.wallet(1), await office.owned(1), await office.stock(item)) == (1_000, {}, (2, 0))
    assert await office.stands(receipt) == (PurchaseState.FAILED, FailedFor.UNDONE)
    await office.keep_roles()
    assert office.roles[1] == set()
    assert await office.wrongs() == []
    again = await office.undo(number)
    assert (again.replayed, again.moves, again.transaction_id) == (True, done.moves, done.transaction_id)


async def test_a_purchase_under_way_is_refused_and_one_that_failed_too(office: Office, clock: ManualClock) -> None:
    item = await office.put_up_role()
    office.away = True
    await office.buy(1, item, key="a")
    number = await office.newest(Kind.HOLD)
    with pytest.raises(CannotUndo) as refused:
        await office.undo(number)
    assert "under way" in str(refused.value.reason)
    office.away, office.here = False, False
    clock.advance(minutes=2)
    await office.recover()
    with pytest.raises(CannotUndo) as refused:
        await office.undo(number)
    assert "did not go through" in str(refused.value.reason)
    assert await office.wallet(1) == 1_000
    assert await office.wrongs() == []


async def test_a_role_whose_time_is_over_was_had(office: Office, clock: ManualClock) -> None:
    effects = Effects(on_purchase=(GiveRole(role_id=VIP, seconds=HOUR),))
    await office.buy(1, await office.put_up_role(effects=effects), key="a")
    clock.advance(hours=1)
    for _ in range(2):
        with pytest.raises(CannotUndo):
            await office.undo(await office.newest(Kind.HOLD))
        await office.keep_roles()
    assert await office.wallet(1) == 900


async def test_hours_that_were_paid_back_are_not_had_in_what_was_bought_behind_them(
    office: Office, clock: ManualClock
) -> None:
    item = await office.put_up_role(effects=Effects(on_purchase=(GiveRole(role_id=VIP, seconds=HOUR),)))
    await office.buy(1, item, 2, key="a")
    first, begun = await office.newest(Kind.HOLD), clock.now()
    clock.advance(minutes=30)
    await office.buy(1, item, key="b")
    await office.undo(first)
    grants, _ = await office.services.role_grants.of_member(GUILD, 1)
    ends = {one.until for one in grants if one.state is not GrantState.ENDING}
    assert ends == {begun + timedelta(minutes=90)}, "the second hour begins where the first two were taken back"
    await office.keep_roles()
    assert office.roles[1] == {VIP}
    clock.advance(hours=1)
    await office.keep_roles()
    assert office.roles[1] == set()


async def test_a_role_that_somebody_took_off_by_hand_stays_off(office: Office) -> None:
    item = await office.put_up_role(effects=Effects(on_purchase=(GiveRole(role_id=VIP, seconds=HOUR),)))
    await office.buy(1, item, key="a")
    first = await office.newest(Kind.HOLD)
    await office.buy(1, item, key="b")
    office.roles[1] = set()
    await office.services.role_grants.look(GUILD, [1])
    await office.keep_roles()
    await office.undo(first)
    await office.keep_roles()
    assert office.roles[1] == set()


# At once ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["use", "sell", "gift"])
async def test_of_undoing_and_spending_the_copy_at_once_exactly_one_wins(office: Office, way: str) -> None:
    effects = Effects(on_use=(GiveCoins(amount=7),))
    item = await office.put_up(price=100, kind=ItemKind.CONSUMABLE, effects=effects, stock=20)
    inventory = office.services.inventory
    for turn in range(6):
        await office.buy(1, item, key=f"k{turn}")
        number, before = await office.newest(Kind.PURCHASE), await office.wallet(1)
        spend: dict[str, Any] = {
            "use": lambda key=f"u{turn}": inventory.use(GUILD, office.buyer(1), item.id, key=key),
            "sell": lambda key=f"s{turn}": inventory.sell(GUILD, 1, item.id, 1, key=key),
            "gift": lambda key=f"g{turn}": inventory.gift(GUILD, 1, party(2), item.id, 1, key=key),
        }
        work = [office.undo(number), spend[way]()]
        outcomes = await tried(*(work if turn % 2 else work[::-1]))
        won = {"use": "Used", "sell": "SoldBack", "gift": "Given"}[way]
        assert outcomes in ({"Undone": 1, "NotEnoughCopies": 1}, {"ThingsGone": 1, won: 1}), outcomes
        gain = 100 if "Undone" in outcomes else {"use": 7, "sell": 50, "gift": 0}[way]
        assert await office.wallet(1) == before + gain
        assert item.id not in await office.owned(1)
    assert await office.wrongs() == []


async def test_of_undoing_and_spending_the_coins_that_came_with_it_exactly_one_wins(office: Office) -> None:
    chest = await office.put_up("Chest", 100, effects=Effects(on_purchase=(GiveCoins(amount=30),)))
    for turn in range(6):
        await office.services.economy.pay(GUILD, 1, party(3), await office.wallet(1), key=f"all{turn}")
        await office.pay_in(1, 100)
        await office.buy(1, chest, key=f"k{turn}")
        number = await office.newest(Kind.PURCHASE)
        work = [office.undo(number), office.services.economy.pay(GUILD, 1, party(2), 30, key=f"p{turn}")]
        outcomes = await tried(*(work if turn % 2 else work[::-1]))
        # Whoever is paid back may still pay out of that.
        assert outcomes in ({"Undone": 1, "Paid": 1}, {"CoinsSpent": 1, "Paid": 1}), outcomes
        assert await office.wallet(1) == (70 if "Undone" in outcomes else 0)
        if "Undone" not in outcomes:
            await office.pay_in(1, 30)
    assert await office.wrongs() == []


# Sales --------------------------------------------------------------------------------------------------------


async def test_a_sale_is_undone_and_that_too_and_so_on(office: Office) -> None:
    item = await office.put_up(price=100, stock=5)
    await office.buy(1, item, 2, key="a")
    await office.services.inventory.sell(GUILD, 1, item.id, 2, key="s")
    assert (await office.wallet(1), await office.owned(1)) == (900, {})
    number = await office.newest(Kind.SALE)
    shown = await office.services.undoing.reversible(GUILD, number)
    assert shown.things == (Things("Bronze badge", 2),)
    states = [(800, {item.id: 2}), (900, {}), (800, {item.id: 2})]
    for expected in states:
        done = await office.undo(number)
        assert (await office.wallet(1), await office.owned(1)) == expected
        assert not done.is_final
        assert (await office.undo(number)).replayed
        with pytest.raises(AlreadyUndone):
            await office.undo(number, DEPUTY)
        number = done.transaction_id
    assert await office.stock(item) == (3, 2), "what is sold back was never put into stock"
    assert await office.wrongs() == []


async def test_a_sale_whose_coins_or_copies_are_gone_is_not_undone(office: Office) -> None:
    item = await office.put_up(price=100)
    await office.buy(1, item, key="a")
    await office.services.inventory.sell(GUILD, 1, item.id, 1, key="s")
    number = await office.newest(Kind.SALE)
    await office.services.economy.pay(GUILD, 1, party(2), 950, key="p")
    with pytest.raises(CoinsSpent):
        await office.undo(number)
    assert await office.owned(1) == {}
    await office.pay_in(1, 50)
    back = await office.undo(number)
    await office.services.inventory.gift(GUILD, 1, party(2), item.id, 1, key="g")
    with pytest.raises(ThingsGone):
        await office.undo(back.transaction_id)
    assert await office.wallet(1) == 0
    assert await office.wrongs() == []


async def test_of_two_who_undo_a_sale_at_once_one_does(office: Office) -> None:
    item = await office.put_up(price=100)
    await office.buy(1, item, key="a")
    await office.services.inventory.sell(GUILD, 1, item.id, 1, key="s")
    number = await office.newest(Kind.SALE)
    outcomes = await tried(*(office.undo(number, BOSS + one) for one in range(10)))
    assert outcomes == {"Undone": 1, "AlreadyUndone": 9}
    assert (await office.wallet(1), await office.owned(1)) == (900, {item.id: 1})
    assert await office.wrongs() == []


async def test_purchases_and_sales_are_suggested_with_the_thing(office: Office) -> None:
    item = await office.put_up(price=100)
    await office.buy(1, item, key="a")
    await office.services.inventory.sell(GUILD, 1, item.id, 1, key="s")
    await office.buy(1, await office.put_up_role(price=200), key="r")
    found = await office.services.undoing.recent(GUILD, count=3)
    assert [(one.kind, one.member_id, one.amount, one.about) for one in found] == [
        (Kind.PURCHASE, 1, -200, "VIP"),
        (Kind.SALE, 1, 50, "Bronze badge"),
        (Kind.PURCHASE, 1, -100, "Bronze badge"),
    ]
    await office.undo(found[0].id)
    assert await office.wallet(1) == 950
