"""The shop against a model so plain that it can be checked by eye: coins, copies and what is left to sell."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.audit import AuditSource
from bot.domain.economy import Kind, Party, Pocket, system
from bot.domain.features import FeatureSettings
from bot.domain.holds import Hold, NewHold
from bot.domain.movements import ItemDetails
from bot.domain.purchases import Asked, Buyer, PurchaseState
from bot.domain.shop import Effects, GiveCoins, GiveRole, Item, ItemDraft, ItemKind
from bot.domain.treasury import By
from bot.errors import (
    CannotUndo,
    ContentMismatch,
    InsufficientFunds,
    ItemGone,
    ItemNotForResale,
    ItemNotGiftable,
    ItemNotUsable,
    LimitReached,
    NotEnoughCopies,
    PriceChanged,
    SoldOut,
    ThingsGone,
    UserError,
)
from bot.services.holds import HoldOverError
from bot.services.purchases import PATIENCE
from tests.support.clock import ManualClock
from tests.support.market import FACTS, STAFF, VIP, Market

T = TypeVar("T")

MEMBERS = st.integers(1, 2)
ITEMS = st.integers(0, 3)
QUANTITIES = st.integers(1, 3)
KEYS = st.sampled_from([0, 1, 2, *[None] * 9])
"""The first ones come again and again; None: a new one."""
WHICH = st.integers(0, 31)
MOSTLY_OWNED = 24
POTION, STONE, ROLE, BREAD = range(4)
BRINGS = {POTION: 7, BREAD: 3}
"""Coins that using it brings."""

HOUR = 3_600
"""How long bread keeps."""


@dataclass
class Thing:
    """A thing for sale, as the model has it."""

    item: Item
    price: int
    stock: int | None
    limit: int | None
    archived: bool = False
    bought: Counter[int] = field(default_factory=Counter[int])


@dataclass
class Done:
    """A purchase that stands, and that staff may take back."""

    member: int
    thing: int
    quantity: int
    price: int
    key: str


@dataclass
class Open:
    """A purchase whose role is still to come."""

    member: int
    thing: int
    quantity: int
    price: int
    at: datetime
    key: str


class MarketMachine(RuleBasedStateMachine):
    """Buys, uses, sells, gives, holds and repeats at random; after every step the shop and the model must agree."""

    config: DatabaseConfig
    guilds = 0

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock()
        rng = Random(MarketMachine.guilds)
        self.database = Database(self.config, self.clock, rng)
        everything = FeatureSettings.of({"all"})
        services = make_services(self.database, self.clock, rng, keep_guilds_for=timedelta(days=1), features=everything)
        MarketMachine.guilds += 1
        self.market = Market(self.database, services, MarketMachine.guilds << 22)
        self.guild = self.market.guild
        self.services = services
        self.wallets: Counter[int] = Counter()
        self.owned: dict[int, Counter[int]] = {member: Counter() for member in range(1, 3)}
        self.things: list[Thing] = []
        self.bought: dict[str, tuple[int, int, int]] = {}
        self.moved: dict[str, tuple[Any, ...]] = {}
        self.open: list[Open] = []
        self.done: list[Done] = []
        self.roles: dict[str, tuple[int, datetime]] = {}
        """Until when each purchase gives whom the role."""
        self.holds: list[tuple[Hold, int, str]] = []
        self.pressed = 0
        self.last = (1, ROLE)
        self.bread: dict[int, Counter[datetime]] = {member: Counter() for member in range(1, 3)}
        """How many loaves of each member keep until when."""
        self.last_move: tuple[str, Any] | None = None
        self.steps = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.database.close())
        self.loop.close()

    def named(self, prefix: str, key: int | None) -> str:
        self.pressed += 1
        return f"{prefix}{self.pressed + 10 if key is None else key}"

    def attempt(self, work: Coroutine[Any, Any, T], expected: type[Exception] | None) -> T | None:
        """Do it; what it was refused for has to be what the model refuses it for."""
        try:
            done = self.run(work)
        except (UserError, HoldOverError) as error:
            assert type(error) is expected, (type(error), expected)
            return None
        assert expected is None, expected
        return done

    @initialize(stock=st.sampled_from([2, 3, None]), limit=st.sampled_from([2, 3, None]), coins=st.integers(0, 400))
    def open_the_shop(self, stock: int | None, limit: int | None, coins: int) -> None:
        for member in range(1, 3):
            self.run(self.market.pay_in(member, coins + 50))
            self.wallets[member] = coins + 50
        sip, bite = (Effects(on_use=(GiveCoins(amount=BRINGS[one]),)) for one in (POTION, BREAD))
        hour = Effects(on_purchase=(GiveRole(role_id=VIP, seconds=HOUR),))
        potion = self.market.put_up("Potion", 10, kind=ItemKind.CONSUMABLE, effects=sip)
        stone = self.market.put_up("Stone", 10, stock=stock, resale=40)
        role = self.market.put_up_role("VIP", 10, effects=hour, per_member=limit)
        bread = self.market.put_up("Bread", 10, kind=ItemKind.CONSUMABLE, effects=bite, lifetime=HOUR)
        for work, left, most in ((potion, None, None), (stone, stock, None), (role, None, limit), (bread, None, None)):
            item = self.run(work)
            self.things.append(Thing(item, item.draft.price, left, most))

    @rule(number=ITEMS, price=st.integers(0, 60))
    def change_the_price(self, number: int, price: int) -> None:
        thing = self.things[number]
        now = self.run(self.market.item(thing.item))

        def edited(draft: ItemDraft) -> ItemDraft:
            return draft.model_copy(update={"price": price})

        work = self.services.shop.edit(self.guild, thing.item.id, edited, base=now.version, by=STAFF)
        if self.attempt(work, ItemGone if thing.archived else None) is not None:
            thing.price = price

    @rule(number=ITEMS, stock=st.one_of(st.none(), st.integers(0, 4), st.just("archive")))
    def restock_or_archive(self, number: int, stock: int | str | None) -> None:
        thing = self.things[number]
        if isinstance(stock, str):
            shop, item_id = self.services.shop, thing.item.id
            self.run(
                shop.restore(self.guild, item_id, STAFF, hand=None)
                if thing.archived
                else shop.archive(self.guild, item_id, STAFF)
            )
            thing.archived = not thing.archived
            return
        work = self.services.shop.restock(self.guild, thing.item.id, stock, STAFF)
        if self.attempt(work, ItemGone if thing.archived else None) is not None:
            thing.stock = stock

    # Purchases ------------------------------------------------------------------------------------------

    @rule(
        member=MEMBERS, number=st.sampled_from([POTION, STONE, ROLE, ROLE, BREAD]), quantity=QUANTITIES, key=KEYS,
        off_by=st.sampled_from([0, 0, 0, 0, 1]), discord=st.sampled_from(["there", "there", "away", "left"]),
    )  # fmt: skip
    def buy_something(self, **what: Any) -> None:
        self.last = (what["member"], what["number"])
        self._buy(**what)

    @rule(quantity=QUANTITIES, discord=st.sampled_from(["there", "away", "left"]))
    def buy_the_same_again(self, quantity: int, discord: str) -> None:
        member, number = self.last
        self._buy(member=member, number=number, quantity=quantity, key=None, off_by=0, discord=discord)

    def _buy(self, *, member: int, number: int, quantity: int, key: int | None, off_by: int, discord: str) -> None:
        thing, name = self.things[number], self.named("b", key)
        asked = Asked(thing.item.id, quantity, thing.price + off_by)
        content = (member, number, quantity)
        expected = self._refusal(thing, member, asked, name, content)
        self.market.away, self.market.here = discord == "away", discord != "left"
        receipt = self.attempt(
            self.market.till.buy(self.guild, Buyer(member, frozenset(), FACTS), asked, key=name), expected
        )
        if receipt is None:
            return
        assert receipt.replayed == (name in self.bought)
        if receipt.replayed:
            self._see(discord, name)
            return
        self.bought[name] = content
        cost = quantity * thing.price
        self.wallets[member] -= cost
        thing.bought[member] += quantity
        if thing.stock is not None:
            thing.stock -= quantity
        if number == ROLE:
            self.roles[name] = (member, self._role_ends(member, quantity))
            if cost:
                self.open.append(Open(member, number, quantity, thing.price, self.clock.now(), name))
                self._see(discord, name)
                state = PurchaseState.PENDING if discord == "away" else PurchaseState.DONE
                assert receipt.purchase.state is (PurchaseState.FAILED if discord == "left" else state)
                return
        self.owned[member][number] += quantity
        if number == BREAD:
            self.bread[member][self.clock.now() + timedelta(seconds=HOUR)] += quantity
        else:
            self.done.append(Done(member, number, quantity, thing.price, name))

    def _refusal(
        self, thing: Thing, member: int, asked: Asked, name: str, content: tuple[int, int, int]
    ) -> type[UserError] | None:
        if name in self.bought:
            return None if self.bought[name] == content else ContentMismatch
        if thing.archived:
            return ItemGone
        if asked.shown_price != thing.price:
            return PriceChanged
        if thing.limit is not None and thing.bought[member] + asked.quantity > thing.limit:
            return LimitReached
        if thing.stock is not None and thing.stock < asked.quantity:
            return SoldOut
        return InsufficientFunds if thing.price * asked.quantity > self.wallets[member] else None

    def _role_ends(self, member: int, quantity: int) -> datetime:
        now = self.clock.now()
        running = [until for whose, until in self.roles.values() if whose == member and until > now]
        return max([now, *running]) + timedelta(hours=quantity)

    def _see(self, discord: str, name: str | None = None, *, late: bool = False) -> None:
        """Open purchases (of one key, or all) are looked into: what Discord says decides."""
        for one in [one for one in self.open if name in {None, one.key}]:
            too_late = late and self.clock.now() - one.at >= PATIENCE
            if discord == "away" and not too_late:
                continue
            self.open.remove(one)
            if discord == "there":
                self.owned[one.member][one.thing] += one.quantity
                self.done.append(Done(one.member, one.thing, one.quantity, one.price, one.key))
                continue
            thing = self.things[one.thing]
            self.wallets[one.member] += one.quantity * one.price
            thing.bought[one.member] -= one.quantity
            if thing.stock is not None:
                thing.stock += one.quantity
            del self.roles[one.key]

    @rule(minutes=st.sampled_from([10, 20, 70]), discord=st.sampled_from(["there", "away", "left"]))
    def time_passes(self, minutes: int, discord: str) -> None:
        self.clock.advance(minutes=minutes)
        self.market.away, self.market.here = discord == "away", discord != "left"
        self.run(self.market.recover())
        self._see(discord, late=True)

    @rule()
    def roles_are_kept(self) -> None:
        self.market.away, self.market.here = False, True
        self.clock.advance(minutes=10)
        self.run(self.market.recover())
        self._see("there", late=True)
        self.run(self.market.keep_roles())
        for member in range(1, 3):
            running = any(whose == member and until > self.clock.now() for whose, until in self.roles.values())
            assert (VIP in self.market.roles.get(member, set())) == running

    # Staff ------------------------------------------------------------------------------------------------

    @rule(which=st.integers(0, 9))
    def take_a_purchase_back(self, which: int) -> None:
        paid = [one for one in self.done if one.price]
        if not paid:
            return
        one = paid[which % len(paid)]
        refusal: type[UserError] | None = None
        if self.owned[one.member][one.thing] < one.quantity:
            refusal = ThingsGone
        if one.key in self.roles and self.roles[one.key][1] <= self.clock.now():
            refusal = CannotUndo
        number = self.run(self.market.paid_by(one.key))
        by = By(9, AuditSource.COMMAND, "unused")
        if self.attempt(self.services.undoing.undo(self.guild, number, by), refusal) is None:
            return
        self.done.remove(one)
        self.wallets[one.member] += one.quantity * one.price
        self.owned[one.member][one.thing] -= one.quantity
        thing = self.things[one.thing]
        thing.bought[one.member] -= one.quantity
        if thing.stock is not None:
            thing.stock += one.quantity
        if one.key in self.roles:
            self._move_up(one.key)
            grants, _ = self.run(self.services.role_grants.of_member(self.guild, one.member))
            now = self.clock.now()
            ends = sorted(grant.until for grant in grants if grant.until is not None and not grant.is_over(now))
            mine = [until for whose, until in self.roles.values() if whose == one.member]
            assert ends == sorted(until for until in mine if until > now)

    def _move_up(self, key: str) -> None:
        """What was had behind a role that is paid back begins as much earlier as that had left."""
        member, gone = self.roles.pop(key)
        mine = [until for whose, until in self.roles.values() if whose == member and until < gone]
        left = gone - max([self.clock.now(), *mine])
        for other, (whose, until) in self.roles.items():
            if whose == member and until > gone:
                self.roles[other] = (whose, until - left)

    # What is owned ----------------------------------------------------------------------------------------

    def _moved(
        self, key: int | None, content: tuple[Any, ...], refusal: type[UserError] | None
    ) -> tuple[str, Any, bool]:
        name = self.named("m", key)
        if name in self.moved:
            return name, None if self.moved[name] == content else ContentMismatch, True
        return name, refusal, False

    def chosen(self, which: int) -> tuple[int, int]:
        """A member and a thing: mostly one that they own."""
        owned = [(member, number) for member in range(1, 3) for number in range(4) if self.owned[member][number]]
        everything = [(member, number) for member in range(1, 3) for number in range(4)]
        pairs = owned if owned and which < MOSTLY_OWNED else everything
        return pairs[which % len(pairs)]

    def _do(self, key: int | None, content: tuple[Any, ...], refusal: type[UserError] | None, work: Any) -> bool:
        """Whether it happened now."""
        name = self.named("m", key)
        replayed = name in self.moved
        expected = (None if self.moved[name] == content else ContentMismatch) if replayed else refusal
        done = self.attempt(work(name), expected)
        if done is None:
            return False
        assert done.replayed == replayed
        self.moved[name] = content
        self.last_move = name, work
        return not replayed

    @rule()
    def press_the_last_button_again(self) -> None:
        if self.last_move is not None:
            name, work = self.last_move
            done = self.attempt(work(name), None)
            assert done is not None
            assert done.replayed

    @rule()
    def what_has_expired_is_cleared_away(self) -> None:
        self.run(self.services.inventory.expire(self.market.shards, 50))

    def _keep_in_mind_what_expired(self) -> None:
        now = self.clock.now()
        for member, loaves in self.bread.items():
            self.bread[member] = Counter({until: count for until, count in loaves.items() if until > now})
            self.owned[member][BREAD] = self.bread[member].total()

    def _loaves(self, member: int, quantity: int) -> Counter[datetime]:
        """Take loaves away, those that keep shortest first; which."""
        taken: Counter[datetime] = Counter()
        for until in sorted(self.bread[member]):
            taken[until] = min(self.bread[member][until], quantity - taken.total())
        self.bread[member] -= taken
        return taken

    @rule(which=WHICH, key=KEYS)
    def use(self, which: int, key: int | None) -> None:
        member, number = self.chosen(which)
        item = self.things[number].item
        lacking = NotEnoughCopies if not self.owned[member][number] else None
        refusal = lacking if number in BRINGS else ItemNotUsable

        def work(name: str) -> Awaitable[object]:
            return self.services.inventory.use(self.guild, Buyer(member, frozenset(), FACTS), item.id, key=name)

        if self._do(key, ("use", member, number), refusal, work):
            self.owned[member][number] -= 1
            self.wallets[member] += BRINGS[number]
            if number == BREAD:
                self._loaves(member, 1)

    @rule(which=WHICH, quantity=QUANTITIES, key=KEYS)
    def sell(self, which: int, quantity: int, key: int | None) -> None:
        member, number = self.chosen(which)
        thing = self.things[number]
        each = thing.price * {POTION: 50, STONE: 40, ROLE: 0, BREAD: 50}[number] // 100
        # What expires is never taken back.
        lacking = NotEnoughCopies if self.owned[member][number] < quantity or number == BREAD else None
        refusal = ItemNotForResale if each == 0 else lacking

        def work(name: str) -> Awaitable[object]:
            return self.services.inventory.sell(self.guild, member, thing.item.id, quantity, key=name)

        if self._do(key, ("sell", member, number, quantity), refusal, work):
            self.owned[member][number] -= quantity
            self.wallets[member] += each * quantity

    @rule(which=WHICH, other=MEMBERS, quantity=QUANTITIES, key=KEYS)
    def give(self, which: int, other: int, quantity: int, key: int | None) -> None:
        member, number = self.chosen(which)
        if member != other:
            self._give(member, other, number, quantity, key)

    def _give(self, member: int, other: int, number: int, quantity: int, key: int | None) -> None:
        item = self.things[number].item
        lacking = NotEnoughCopies if self.owned[member][number] < quantity else None
        refusal = ItemNotGiftable if number == ROLE else lacking
        party = Party(other, is_bot=False, is_member=True)

        def work(name: str) -> Awaitable[object]:
            return self.services.inventory.gift(self.guild, member, party, item.id, quantity, key=name)

        if self._do(key, ("give", member, other, number, quantity), refusal, work):
            self.owned[member][number] -= quantity
            self.owned[other][number] += quantity
            if number == BREAD:
                self.bread[other] += self._loaves(member, quantity)

    # Scenes that chance seldom plays -------------------------------------------------------------------------

    def _buy_one(self, member: int, number: int, discord: str) -> None:
        """With coins enough."""
        self.run(self.market.pay_in(member, 60))
        self.wallets[member] += 60
        self._buy(member=member, number=number, quantity=1, key=None, off_by=0, discord=discord)

    @rule(member=MEMBERS)
    def bread_of_two_days_is_given_together(self, member: int) -> None:
        self._buy_one(member, BREAD, "there")
        self.clock.advance(minutes=10)
        self._buy_one(member, BREAD, "there")
        self._keep_in_mind_what_expired()
        self._give(member, 3 - member, BREAD, 2, None)

    @rule(member=MEMBERS)
    def bread_goes_stale(self, member: int) -> None:
        self._buy_one(member, BREAD, "there")
        self.clock.advance(minutes=70)
        self.run(self.services.inventory.expire(self.market.shards, 50))

    @rule(member=MEMBERS)
    def somebody_leaves_amid_a_purchase_and_returns(self, member: int) -> None:
        self._buy_one(member, ROLE, "left")
        self.roles_are_kept()

    # Holds ------------------------------------------------------------------------------------------------

    @rule(member=MEMBERS, amount=st.integers(1, 50))
    def hold(self, member: int, amount: int) -> None:
        new = NewHold(member, amount, "test", "1", self.clock.now() + timedelta(days=365))

        async def make() -> Hold:
            async with self.database.write() as session:
                return await self.services.holds.make(session, self.guild, new)

        made = self.attempt(make(), InsufficientFunds if amount > self.wallets[member] else None)
        if made is not None:
            self.wallets[member] -= amount
            self.holds.append((made, member, "pending"))

    @rule(which=st.integers(0, 2), ending=st.sampled_from(["posted", "voided"]))
    def end_a_hold(self, which: int, ending: str) -> None:
        if not self.holds:
            return
        which %= len(self.holds)
        hold, member, state = self.holds[which]
        details = ItemDetails(item_id=1, name="x", quantity=1, unit_price=1)
        shop = system(Pocket.SHOP)

        async def end() -> bool:
            async with self.database.write() as session:
                if ending == "voided":
                    await self.services.holds.void(session, self.guild, hold.id)
                else:
                    await self.services.holds.post(
                        session, self.guild, hold.id, target=shop, kind=Kind.PURCHASE, details=details
                    )
            return True

        if self.attempt(end(), None if state in {"pending", ending} else HoldOverError):
            self.wallets[member] += hold.amount if (state, ending) == ("pending", "voided") else 0
            self.holds[which] = (hold, member, ending)

    # What holds after every step --------------------------------------------------------------------------

    @invariant()
    def everybody_has_what_they_should(self) -> None:
        self._keep_in_mind_what_expired()
        for member in range(1, 3):
            assert self.run(self.market.wallet(member)) == self.wallets[member], member
            there = self.run(self.market.owned(member))
            expected = {
                thing.item.id: self.owned[member][number]
                for number, thing in enumerate(self.things)
                if self.owned[member][number]
            }
            assert there == expected, member

    @invariant()
    def as_much_is_left_as_should_be(self) -> None:
        for thing in self.things:
            now = self.run(self.market.item(thing.item))
            assert (now.draft.stock, now.sold) == (thing.stock, thing.bought.total())

    @invariant()
    def nothing_is_wrong(self) -> None:
        self.steps += 1
        if self.steps % 3:
            return  # what is wrong stays so
        assert self.run(self.market.wrongs()) == []
