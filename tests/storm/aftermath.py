"""What must be true of a database after a process died on it: what was acknowledged is there exactly once."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from bot.db.models.economy import LedgerEntry, LedgerTransaction
from bot.db.models.shop import HoldRow, ItemMove, PurchaseRow, ShopItem
from bot.domain.economy import Kind
from bot.domain.grant_sources import of_purchase
from bot.domain.holds import HoldState
from bot.domain.inventory import MoveKind
from bot.domain.purchases import FailedFor, PurchaseState, keys_of
from bot.domain.treasury import undo_key
from tests.storm.acts import RELICS_EACH, STOCKED, Answer, Order
from tests.support.market import Market

COMES_WITH = {"Chest": {"Potion": 2, "Bread": 1}, "VIP": {"Potion": 1}}
"""Other things that come with one copy."""

_CHUNK = 400
_KEY = re.compile(r"(p\d+-\d+(?::to)?)(?::\d+)?")
"""Of an order's moves: several lots of one act are told apart by a number."""

_FOLLOWS = re.compile(r"shop:\d+:(?:pay|coins)|hold:\d+:(?:make|post|void)|undo:\d+|start:\d+")
"""Keys of movements that follow from something else. Purchases and uses count how many there are of them."""

_BETWEEN = {Kind.WORK: timedelta(hours=4), Kind.DAILY: timedelta(0), Kind.WEEKLY: timedelta(0)}
_ENDS = {
    PurchaseState.DONE: (HoldState.POSTED,),
    PurchaseState.FAILED: (HoldState.VOIDED, HoldState.EXPIRED),
    PurchaseState.PENDING: (HoldState.PENDING,),
}


class Aftermath:
    """Looks at the guild of a market while nobody works on it."""

    def __init__(self, market: Market, things: Mapping[str, int]) -> None:
        self._market = market
        self._guild = market.guild
        self._things = things
        self._names = {item_id: name for name, item_id in things.items()}

    async def _rows(self, *columns: Any, where: Sequence[Any] = ()) -> list[Any]:
        table = columns[0].table.c
        async with self._market.database.read() as session:
            return list(await session.execute(select(*columns).where(table.guild_id == self._guild, *where)))

    async def _by_keys(self, keys: Collection[Any], within: Any, *columns: Any) -> list[Any]:
        """The rows whose `within` is one of many."""
        ordered = sorted(keys)
        chunks = (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))
        return [row for chunk in chunks for row in await self._rows(*columns, where=[within.in_(chunk)])]

    # What was said ------------------------------------------------------------------------------------------

    async def holds_what_was_said(self, answers: Mapping[str, tuple[Order, Answer]], refused: Collection[str]) -> None:
        """Every answer that was given is in the database exactly once, and nothing of what was refused."""
        await self._holds_movements([answer for _, answer in answers.values() if "key" in answer])
        await self._holds_moves([move for _, answer in answers.values() for move in answer.get("moves", ())])
        await self._holds_purchases([pair for pair in answers.values() if "purchase" in pair[1]])
        await self._holds_undone([answer for _, answer in answers.values() if "unbought" in answer])
        assert not await self._by_keys(refused, LedgerTransaction.key, LedgerTransaction.key), "moved though refused"
        assert not await self._by_keys(refused, ItemMove.key, ItemMove.key), "taken though refused"
        assert not await self._by_keys(refused, PurchaseRow.key, PurchaseRow.key), "bought though refused"

    async def _holds_movements(self, answers: Sequence[Answer]) -> None:
        keys = {answer["key"] for answer in answers}
        found = await self._by_keys(keys, LedgerTransaction.key, LedgerTransaction.key, LedgerTransaction.id)
        ids = Counter(row.key for row in found)
        assert all(ids[key] == 1 for key in keys), f"not there once: {[key for key in keys if ids[key] != 1][:9]}"
        by_key = {row.key: row.id for row in found}
        sides: defaultdict[int, list[Any]] = defaultdict(list)
        columns = LedgerEntry.transaction_id, LedgerEntry.holder, LedgerEntry.pocket, LedgerEntry.amount
        rows = await self._by_keys(by_key.values(), columns[0], *columns, LedgerEntry.balance_after)
        for row in rows:
            if row.holder:
                sides[row.transaction_id].append([row.holder, row.pocket.value, row.amount, row.balance_after])
        for answer in answers:
            number = by_key[answer["key"]]
            assert answer.get("tx", number) == number, answer
            # An answer that tells no balance is about the amounts alone.
            known = [
                side if told[3] is not None else [*side[:3], None] for side, told in _paired(answer, sides[number])
            ]
            assert sorted(known) == sorted(answer["entries"]), (answer, sides[number])

    async def _holds_moves(self, told: Sequence[Any]) -> None:
        keys = {f"{base}{part}" for base, *_ in told for part in ("", ":0", ":1", ":2")}
        columns = ItemMove.key, ItemMove.user_id, ItemMove.item_id, ItemMove.quantity
        sums: Counter[tuple[str, int, int]] = Counter()
        for row in await self._by_keys(keys, ItemMove.key, *columns):
            matched = _KEY.fullmatch(row.key)
            assert matched is not None, row.key
            sums[matched[1], row.user_id, row.item_id] += row.quantity
        for base, user_id, item_id, quantity in told:
            assert sums.pop((base, user_id, item_id), 0) == quantity, base
        assert not sums, sums

    async def _holds_purchases(self, told: Sequence[tuple[Order, Answer]]) -> None:
        columns = PurchaseRow.key, PurchaseRow.id, PurchaseRow.user_id, PurchaseRow.item_id, PurchaseRow.quantity
        keys = {order.key for order, _ in told}
        more = PurchaseRow.state, PurchaseRow.reason
        found = {row.key: row for row in await self._by_keys(keys, PurchaseRow.key, *columns, *more)}
        for order, answer in told:
            row, what = found[order.key], order.what
            bought = (row.id, row.user_id, row.item_id, row.quantity)
            assert bought == (answer["id"], what["user"], self._things[what["item"]], what["quantity"]), order
            state = PurchaseState.DONE if _is_undone(row) else row.state
            as_it_was_or_is = {state.value, row.state.value, PurchaseState.PENDING.value}
            assert answer["state"] in as_it_was_or_is, (order, answer, row.state)

    async def _holds_undone(self, told: Sequence[Answer]) -> None:
        numbers = {answer["unbought"] for answer in told}
        columns = PurchaseRow.id, PurchaseRow.user_id, PurchaseRow.state, PurchaseRow.reason
        found = {row.id: row for row in await self._by_keys(numbers, PurchaseRow.id, *columns)}
        keys = {undo_key(answer["undone"]) for answer in told}
        columns_of_it = LedgerTransaction.key, LedgerTransaction.id, LedgerTransaction.reverses_id
        undoing = {row.key: row for row in await self._by_keys(keys, LedgerTransaction.key, *columns_of_it)}
        for answer in told:
            assert _is_undone(found[answer["unbought"]]), answer
            row = undoing[undo_key(answer["undone"])]
            assert (row.id, row.reverses_id) == (answer["tx_of_undoing"], answer["undone"]), answer
            assert {side[0] for side in answer["moves_of_undoing"]} == {found[answer["unbought"]].user_id}, answer

    # What must be so anyway -----------------------------------------------------------------------------------

    async def is_sound(self) -> None:
        """Every promise of the bot holds, and every purchase is paid and delivered, or neither."""
        wrongs = await self._market.wrongs()
        assert not wrongs, wrongs
        moves: list[Any] = await self._rows(
            ItemMove.key, ItemMove.kind, ItemMove.user_id, ItemMove.item_id, ItemMove.quantity
        )
        movements: list[Any] = await self._rows(LedgerTransaction.key, LedgerTransaction.kind, LedgerTransaction.id)
        await self._purchases_are_whole(moves, {row.key: row.id for row in movements})
        coins = self._things["Potion"], self._things["Bread"]
        used = sum(1 for row in moves if row.kind is MoveKind.USED and row.item_id in coins)
        assert sum(1 for row in movements if row.kind is Kind.EFFECT) == used, "used and paid differ"

    async def _purchases_are_whole(self, moves: Sequence[Any], movements: Mapping[str, int]) -> None:
        grants = (await self._market.services.role_grants.list_(self._guild, limit=100_000)).grants
        now = self._market.services.role_grants.moment()
        wanted = {one.source for one in grants if not one.is_over(now)}
        holds = {row.id: row.state for row in await self._rows(HoldRow.id, HoldRow.state)}
        came: defaultdict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
        for row in moves:
            came[":".join(row.key.split(":")[:2])][row.user_id, row.item_id] += row.quantity
        for one in await self._purchases():
            is_undone = _is_undone(one)
            went_through = is_undone or one.state is PurchaseState.DONE
            expected = self._brings(one) if went_through else Counter[tuple[int, int]]()
            assert came[f"shop:{one.id}"] == expected, one
            legs = [key for key in keys_of(one.id, one.hold_id) if key in movements and not key.endswith(":make")]
            assert len(legs) == (1 if went_through else 0), one
            assert one.state is not PurchaseState.FAILED or of_purchase(one.id) not in wanted, (
                f"given, though paid back: {one}"
            )
            self._is_undone_whole(one, came, movements)
            if one.hold_id is not None:
                assert holds.pop(one.hold_id) in (_ENDS[PurchaseState.DONE] if is_undone else _ENDS[one.state]), one
        assert not holds, "put aside for nothing"

    def _is_undone_whole(self, one: Any, came: Mapping[str, Counter[tuple[int, int]]], movements: Any) -> None:
        """All of what was paid and delivered went back, or nothing of it."""
        legs = [movements[key] for key in keys_of(one.id, one.hold_id) if key in movements]
        undone = [undo_key(leg) for leg in legs if undo_key(leg) in movements]
        returned = Counter[tuple[int, int]]()
        for leg in legs:
            returned.subtract(came.get(undo_key(leg), {}))
        if _is_undone(one):
            assert len(undone) == len(legs), f"not all of the coins: {one}"
            assert returned == self._brings(one), f"not all of the things: {one}"
        else:
            assert not undone, f"coins went back alone: {one}"
            assert not returned, f"things went back alone: {one}"

    def _brings(self, one: Any) -> Counter[tuple[int, int]]:
        """What somebody owns by a purchase: the thing, and what comes with it."""
        name = self._names[one.item_id]
        brings = Counter({(one.user_id, one.item_id): one.quantity})
        for other, each in COMES_WITH.get(name, {}).items():
            brings[one.user_id, self._things[other]] += each * one.quantity
        return brings

    async def _purchases(self) -> list[Any]:
        return await self._rows(
            PurchaseRow.id, PurchaseRow.key, PurchaseRow.user_id, PurchaseRow.item_id, PurchaseRow.quantity,
            PurchaseRow.state, PurchaseRow.hold_id, PurchaseRow.reason,
        )  # fmt: skip

    # At the end -----------------------------------------------------------------------------------------------

    async def is_all_that_was_asked(self, asked: Mapping[str, Order]) -> None:
        """Nothing happened that nobody asked for, and no more than the rules allow."""
        purchases = await self._purchases()
        assert {row.key for row in purchases} <= set(asked)
        assert not [row for row in purchases if row.state is PurchaseState.PENDING], "still open"
        movements = await self._rows(LedgerTransaction.key)
        assert not [row.key for row in movements if row.key not in asked and not _FOLLOWS.fullmatch(row.key)]
        moves = {_KEY.fullmatch(row.key) for row in await self._rows(ItemMove.key) if row.key.startswith("p")}
        assert {found and found[1].removesuffix(":to") for found in moves} <= set(asked)
        await self._is_within_limits([row for row in purchases if row.state is PurchaseState.DONE])
        await self._is_claimed_in_time()

    async def _is_within_limits(self, bought: Sequence[Any]) -> None:
        sold = Counter[str]()
        relics = Counter[int]()
        for row in bought:
            sold[self._names[row.item_id]] += row.quantity
            relics[row.user_id] += row.quantity if row.item_id == self._things["Relic"] else 0
        assert max(relics.values(), default=0) <= RELICS_EACH
        for row in await self._rows(ShopItem.name, ShopItem.stock):
            assert row.stock == (STOCKED[row.name] - sold[row.name] if row.name in STOCKED else None), row

    async def _is_claimed_in_time(self) -> None:
        columns = LedgerTransaction.actor_id, LedgerTransaction.kind, LedgerTransaction.at
        rows = await self._rows(*columns, where=[LedgerTransaction.kind.in_(list(_BETWEEN))])
        at: defaultdict[tuple[int, Kind], list[Any]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: row.at):
            at[row.actor_id, row.kind].append(row.at)
        for (_, kind), times in at.items():
            assert all(later - sooner >= _BETWEEN[kind] for sooner, later in pairwise(times)), (kind, times)
            days = Counter(one.date() if kind is Kind.DAILY else one.isocalendar()[:2] for one in times)
            assert kind is Kind.WORK or max(days.values()) == 1, (kind, times)


def _is_undone(purchase: Any) -> bool:
    """Whether staff took it back once it was paid and delivered."""
    return purchase.state is PurchaseState.FAILED and purchase.reason == FailedFor.UNDONE


def _paired(answer: Answer, sides: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each side with what was told of it, or with any that was told."""
    told = {tuple(one[:3]): one for one in answer["entries"]}
    return [(side, told.get(tuple(side[:3]), side)) for side in sides]
