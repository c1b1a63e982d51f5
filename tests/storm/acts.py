"""Everything that members and staff do in a storm: made up by chance, and done from what is written down of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bot.db.repositories.economy import purchases, treasury
from bot.domain.amounts import read_share
from bot.domain.audit import AuditSource
from bot.domain.economy import Party, Pocket, Posting
from bot.domain.purchases import Asked, PurchaseState, keys_of
from bot.domain.shop import Effects, GiveCoins, GiveItem, GiveRole, ItemKind
from bot.domain.treasury import Change, undo_key
from bot.errors import UserError
from bot.services.bank import Banked
from bot.services.treasury import By, ChangeOrder
from tests.support.market import VIP, Market

MEMBERS = range(1, 21)
"""Twenty hot accounts."""

STAFF = range(901, 904)
WEEK_PASS = 103
"""A role that lasts as long as the copy that it came with."""

SIP, CRUMB = 7, 3
"""Coins that a potion and a loaf bring when they are used."""

Answer = dict[str, Any]
"""What was acknowledged, in numbers that the database must show; see `tests.storm.aftermath`."""


@dataclass(frozen=True)
class Order:
    """Something to be done, whole: who delivers it again needs nothing else."""

    key: str
    act: str
    what: Mapping[str, Any]


async def furnish(market: Market) -> dict[str, int]:
    """Put everything up for sale; the things by their names. What expires does so within a process's life."""
    badge = await market.put_up("Badge", 20, kind=ItemKind.BADGE)
    stone = await market.put_up("Stone", 15, stock=60, resale=40)
    relic = await market.put_up("Relic", 30, per_member=2)
    sips = Effects(on_use=(GiveCoins(amount=SIP),))
    potion = await market.put_up("Potion", 10, kind=ItemKind.CONSUMABLE, effects=sips)
    eats = Effects(on_use=(GiveCoins(amount=CRUMB),))
    bread = await market.put_up("Bread", 5, kind=ItemKind.CONSUMABLE, effects=eats, lifetime=60)
    holds = Effects(on_purchase=(GiveItem(item_id=potion.id, quantity=2), GiveItem(item_id=bread.id)))
    chest = await market.put_up("Chest", 25, effects=holds)
    reads = Effects(on_use=(GiveRole(role_id=VIP, seconds=3_600),))
    scroll = await market.put_up("Scroll", 12, kind=ItemKind.CONSUMABLE, effects=reads)
    minute = Effects(on_purchase=(GiveRole(role_id=VIP, seconds=3_600), GiveItem(item_id=potion.id)))
    vip = await market.put_up_role("VIP", 40, stock=400, effects=minute)
    lasting = Effects(on_purchase=(GiveRole(role_id=WEEK_PASS),))
    week = await market.put_up_role("Pass", 35, effects=lasting, lifetime=80)
    things = (badge, stone, relic, potion, bread, chest, scroll, vip, week)
    return {one.name: one.id for one in things}


PRICES = {
    "Badge": 20, "Stone": 15, "Relic": 30, "Potion": 10, "Bread": 5, "Chest": 25, "Scroll": 12, "VIP": 40, "Pass": 35,
}  # fmt: skip
STOCKED = {"Stone": 60, "VIP": 400}
RELICS_EACH = 2


@dataclass
class Fancy:
    """Makes orders up. Remembers what could be undone and who may own what, so that enough of them succeed."""

    market: Market
    things: Mapping[str, int]
    rng: Random
    prefix: str
    """Of the keys, so that no two processes make the same."""
    made: int = 0
    transactions: deque[int] = field(default_factory=lambda: deque[int](maxlen=200))
    purchases: deque[int] = field(default_factory=lambda: deque[int](maxlen=100))
    owned: deque[tuple[int, str]] = field(default_factory=lambda: deque[tuple[int, str]](maxlen=100))

    async def order(self) -> Order:
        """Something that somebody could want to do."""
        self.made += 1
        key = f"{self.prefix}-{self.made}"
        act = self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        what = await getattr(self, f"_{act}")()
        return Order(key, act, what)

    def note(self, order: Order, answer: Answer) -> None:
        """Remember what an answer makes possible."""
        if answer.get("tx"):
            self.transactions.append(answer["tx"])
        if order.act == "buy" and answer["state"] != PurchaseState.FAILED:
            self.purchases.append(answer["id"])
        if order.act in {"buy", "gift"}:
            whose = order.what["user" if order.act == "buy" else "other"]
            self.owned.append((whose, order.what["item"]))

    def _user(self) -> int:
        return self.rng.choice(MEMBERS)

    def _owner(self) -> tuple[int, str]:
        if self.owned and self.rng.random() < 0.8:
            return self.rng.choice(self.owned)
        return self._user(), self.rng.choice(list(self.things))

    def _amount(self) -> str:
        return self.rng.choice([str(self.rng.randint(1, 60)), "all", "half", "25%"])

    async def _pay(self) -> dict[str, Any]:
        user, other = self.rng.sample(MEMBERS, 2)
        return {"user": user, "other": other, "amount": self._amount()}

    async def _deposit(self) -> dict[str, Any]:
        return {"user": self._user(), "amount": self._amount()}

    _withdraw = _deposit

    async def _claim(self) -> dict[str, Any]:
        return {"user": self._user(), "which": self.rng.choice(["daily", "weekly", "work"])}

    async def _buy(self) -> dict[str, Any]:
        item = self.rng.choice([*self.things, "VIP", "VIP", "Pass", "Stone"])
        return {"user": self._user(), "item": item, "quantity": self.rng.choice([1, 1, 1, 2, 3])}

    async def _use(self) -> dict[str, Any]:
        user, item = self._owner()
        return {"user": user, "item": item}

    async def _wear(self) -> dict[str, Any]:
        return {"user": self._user(), "item": "Badge", "on": self.rng.random() < 0.7}

    async def _sell(self) -> dict[str, Any]:
        user, item = self._owner()
        return {"user": user, "item": item, "quantity": self.rng.choice([1, 1, 2])}

    async def _gift(self) -> dict[str, Any]:
        user, item = self._owner()
        other = self.rng.choice([one for one in MEMBERS if one != user])
        return {"user": user, "other": other, "item": item, "quantity": self.rng.choice([1, 1, 2])}

    async def _staff(self) -> dict[str, Any]:
        change = self.rng.choice([Change.ADD, Change.ADD, Change.REMOVE, Change.SET])
        pocket = self.rng.choice([Pocket.WALLET, Pocket.WALLET, Pocket.BANK])
        amount = str(self.rng.randint(1, 300))
        return {**self._by(), "change": change.value, "pocket": pocket.value, "amount": amount}

    async def _reset(self) -> dict[str, Any]:
        return self._by()

    def _by(self) -> dict[str, Any]:
        return {"by": self.rng.choice(STAFF), "user": self._user()}

    async def _undo(self) -> dict[str, Any]:
        number = self.rng.choice(self.transactions) if self.transactions else 1
        with suppress(UserError):  # if it can't be undone, it is refused when it is tried
            number = (await self.market.services.undoing.reversible(self.market.guild, number)).id
        return {"by": self.rng.choice(STAFF), "transaction": number}

    async def _unbuy(self) -> dict[str, Any]:
        """A purchase is named by any of its movements."""
        number = self.rng.choice(self.purchases) if self.purchases else 1
        async with self.market.database.read() as session:
            bought = await purchases.get(session, self.market.guild, number)
            keys = () if bought is None else keys_of(bought.id, bought.hold_id)
            legs = [await treasury.with_key(session, self.market.guild, key) for key in keys]
        there = [leg for leg in legs if leg is not None]
        return {"by": self.rng.choice(STAFF), "purchase": number, "transaction": self.rng.choice(there or [1])}


WEIGHTS = {
    "pay": 12, "deposit": 6, "withdraw": 6, "claim": 8, "buy": 22, "use": 9, "wear": 4, "sell": 6, "gift": 9,
    "staff": 10, "reset": 1, "undo": 5, "unbuy": 6,
}  # fmt: skip


class Doer:
    """Does what is ordered, and tells what was acknowledged."""

    def __init__(self, market: Market, things: Mapping[str, int]) -> None:
        self._market = market
        self._services = market.services
        self._guild = market.guild
        self._things = things

    async def do(self, order: Order) -> Answer:
        """One delivery of an order.

        Raises:
            UserError: it was refused.
        """
        act: Callable[[str, Any], Awaitable[Answer]] = getattr(self, f"_{order.act}")
        return await act(order.key, order.what)

    async def _pay(self, key: str, what: Any) -> Answer:
        other, share = _party(what["other"]), read_share(what["amount"])
        paid = await self._services.economy.pay(self._guild, what["user"], other, share, key=key)
        gave = [paid.sender_id, "wallet", -paid.amount, paid.sender_wallet]
        got = [paid.recipient_id, "wallet", paid.amount - paid.tax, paid.recipient_wallet]
        return {"key": key, "tx": paid.transaction_id, "entries": [gave, got]}

    async def _deposit(self, key: str, what: Any) -> Answer:
        share = read_share(what["amount"])
        done = await self._services.bank.deposit(self._guild, what["user"], share, key=key)
        return _banked(key, what["user"], done, -done.amount)

    async def _withdraw(self, key: str, what: Any) -> Answer:
        share = read_share(what["amount"])
        done = await self._services.bank.withdraw(self._guild, what["user"], share, key=key)
        return _banked(key, what["user"], done, done.amount)

    async def _claim(self, key: str, what: Any) -> Answer:
        done = await getattr(self._services.earning, what["which"])(self._guild, what["user"], key=key)
        return {"key": key, "entries": [[what["user"], "wallet", done.amount, done.wallet]]}

    async def _buy(self, key: str, what: Any) -> Answer:
        asked = Asked(self._things[what["item"]], what["quantity"], PRICES[what["item"]])
        receipt = await self._market.till.buy(self._guild, self._market.buyer(what["user"]), asked, key=key)
        return {"purchase": key, "id": receipt.purchase.id, "state": receipt.purchase.state.value}

    async def _use(self, key: str, what: Any) -> Answer:
        buyer, item_id = self._market.buyer(what["user"]), self._things[what["item"]]
        await self._services.inventory.use(self._guild, buyer, item_id, key=key)
        return {"moves": [[key, what["user"], item_id, -1]]}

    async def _wear(self, _key: str, what: Any) -> Answer:
        inventory = self._services.inventory
        act = inventory.equip if what["on"] else inventory.take_off
        await act(self._guild, what["user"], self._things[what["item"]])
        return {}

    async def _sell(self, key: str, what: Any) -> Answer:
        user, item_id = what["user"], self._things[what["item"]]
        sold = await self._services.inventory.sell(self._guild, user, item_id, what["quantity"], key=key)
        entries = [[user, "wallet", sold.amount, sold.wallet]]
        return {"key": key, "entries": entries, "moves": [[key, user, item_id, -sold.quantity]]}

    async def _gift(self, key: str, what: Any) -> Answer:
        user, item_id, quantity = what["user"], self._things[what["item"]], what["quantity"]
        other = _party(what["other"])
        given = await self._services.inventory.gift(self._guild, user, other, item_id, quantity, key=key)
        came = [f"{key}:to", other.user_id, item_id, given.quantity]
        return {"moves": [[key, user, item_id, -given.quantity], came]}

    async def _staff(self, key: str, what: Any) -> Answer:
        change, pocket = Change(what["change"]), Pocket(what["pocket"])
        order = ChangeOrder(change, _party(what["user"]), pocket, what["amount"])
        done = await self._services.treasury.change(self._guild, order, _by(key, what))
        entries = [[what["user"], pocket.value, done.amount, done.balance]]
        return {"key": key, "tx": done.transaction_id, "entries": entries}

    async def _reset(self, key: str, what: Any) -> Answer:
        done = await self._services.treasury.reset(self._guild, _party(what["user"]), _by(key, what))
        return {"key": key, "tx": done.transaction_id, "entries": _members(done.moves)}

    async def _undo(self, key: str, what: Any) -> Answer:
        done = await self._services.undoing.undo(self._guild, what["transaction"], _by(key, what))
        undone = undo_key(what["transaction"])
        return {"key": undone, "tx": done.transaction_id, "entries": _members(done.moves)}

    async def _unbuy(self, key: str, what: Any) -> Answer:
        done = await self._services.undoing.undo(self._guild, what["transaction"], _by(key, what))
        return {
            "unbought": what["purchase"],
            "undone": done.reversed_id,
            "tx_of_undoing": done.transaction_id,
            "moves_of_undoing": _members(done.moves),
        }


def _party(user_id: int) -> Party:
    return Party(user_id, is_bot=False, is_member=True)


def _by(key: str, what: Any) -> By:
    return By(what["by"], AuditSource.COMMAND, key)


def _banked(key: str, user_id: int, done: Banked, came: int) -> Answer:
    """`came` is what came into the wallet."""
    entries = [[user_id, "wallet", came, done.wallet], [user_id, "bank", -came, done.bank]]
    return {"key": key, "tx": done.transaction_id, "entries": entries}


def _members(moves: tuple[Posting, ...]) -> list[list[Any]]:
    return [[one.account.holder, one.account.pocket.value, one.amount, None] for one in moves if one.account.holder]
