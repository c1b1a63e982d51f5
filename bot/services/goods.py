"""Goods: the only way copies of things come to members and leave them, as the ledger is for coins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.db.repositories.economy import inventory as rows
from bot.db.sessions import WriteSession
from bot.domain.inventory import FOREVER, Lot, MoveKind, Order, Part, parts
from bot.domain.shop import Item
from bot.errors import ContentMismatch, NotEnoughCopies, ThingsGone
from bot.ids import IdMaker


@dataclass(frozen=True)
class Gain:
    """Copies that somebody gets."""

    user_id: int
    item_id: int
    quantity: int
    key: str
    """Of the move; the same never gives anything twice."""
    kind: MoveKind
    lot: int = FOREVER
    """What copies that expire are told apart by: when they were got."""
    expires_at: datetime | None = None
    other_id: int | None = None

    @property
    def place(self) -> tuple[int, int, int]:
        """In which order rows are locked."""
        return self.user_id, self.item_id, self.lot


@dataclass(frozen=True)
class Loss:
    """Copies that somebody is to lose."""

    user_id: int
    quantity: int
    key: str
    kind: MoveKind
    order: Order
    other_id: int | None = None


class Goods:
    """Moves copies inside the transaction of a use case. What somebody owns is the sum of their moves."""

    def __init__(self, clock: Clock, ids: IdMaker) -> None:
        self._clock = clock
        self._ids = ids

    async def give(self, session: WriteSession, guild_id: int, gains: Sequence[Gain]) -> None:
        """Give copies, in the order in which rows are locked.

        Raises:
            ContentMismatch: a key was used before; whoever calls looks for that first.
        """
        for gain in sorted(gains, key=lambda one: one.place):
            lot = FOREVER if gain.expires_at is None else gain.lot
            await rows.give(session, guild_id, Lot(gain.user_id, gain.item_id, lot, gain.quantity, gain.expires_at))
            move = rows.Move(
                self._ids.new(), gain.key, gain.kind, gain.user_id, gain.item_id, lot, gain.quantity,
                self._clock.now(), gain.other_id,
            )  # fmt: skip
            await self._write(session, guild_id, move)

    async def lock(
        self, session: WriteSession, guild_id: int, user_ids: Collection[int], item_id: int
    ) -> dict[int, list[Lot]]:
        """The copies of a thing that these members own, which nobody else changes until the transaction ends."""
        found: dict[int, list[Lot]] = {user_id: [] for user_id in user_ids}
        for lot in await rows.lock(session, guild_id, user_ids, item_id):
            found[lot.user_id].append(lot)
        return found

    async def take(
        self, session: WriteSession, guild_id: int, item: Item, lots: Sequence[Lot], loss: Loss
    ) -> tuple[Part, ...]:
        """Take copies out of locked lots; which.

        Raises:
            NotEnoughCopies: there are fewer that may go.
        """
        now = self._clock.now()
        taken = parts(lots, loss.quantity, loss.order, now)
        if taken is None:
            owned = sum(one.quantity for one in lots if parts([one], 1, loss.order, now) is not None)
            raise NotEnoughCopies(item.name, owned, loss.quantity)
        for number, part in enumerate(taken):
            if not await rows.take(session, guild_id, part.lot, part.quantity):
                raise RuntimeError("a locked lot has fewer copies than it had")
            key, lot = _key(loss, number), part.lot.lot
            move = rows.Move(
                self._ids.new(), key, loss.kind, loss.user_id, item.id, lot, -part.quantity, now, loss.other_id
            )
            await self._write(session, guild_id, move)
        return taken

    async def take_back(
        self, session: WriteSession, guild_id: int, came: Sequence[Lot], names: Mapping[int, str], *, key: str
    ) -> None:
        """Take copies back that came to these lots of one member, each out of its own; when they expire is not asked.

        Those of a lot are all alike: whoever used one and got another since has one to give back. What is worn goes
        with its last copy, as when it is sold.

        Raises:
            ThingsGone: there are fewer; `names` are those of the things.
            ContentMismatch: the key was used before; whoever calls looks for that first.
        """
        now = self._clock.now()
        back: Counter[tuple[int, int, int]] = Counter()
        for one in came:
            back[one.user_id, one.item_id, one.lot] += one.quantity
        for number, ((user_id, item_id, lot), quantity) in enumerate(sorted(back.items())):
            owned = await rows.lock(session, guild_id, [user_id], item_id)
            there = [one for one in owned if one.lot == lot and (one.expires_at is None or one.expires_at > now)]
            if not there or not await rows.take(session, guild_id, there[0], quantity):
                left = sum(one.quantity for one in there)
                raise ThingsGone(user_id, names.get(item_id, f"#{item_id}"), left, quantity)
            move = rows.Move(
                self._ids.new(), f"{key}:{number}", MoveKind.RETURNED, user_id, item_id, lot, -quantity, now
            )
            await self._write(session, guild_id, move)

    async def done_before(self, session: WriteSession, guild_id: int, loss: Loss, item_id: int) -> bool:
        """Whether these copies went under this key before. To be asked once the lots are locked.

        Raises:
            ContentMismatch: the key was used for something else.
        """
        # There are no more parts than copies. One key more, so that fewer copies than went then are never enough.
        keys = [_key(loss, number) for number in range(loss.quantity + 1)]
        found = await rows.moves_under(session, guild_id, keys)
        if not found:
            return False
        first, went = found[0], -sum(one.quantity for one in found)
        asked = (loss.kind, loss.user_id, item_id, loss.other_id, loss.quantity)
        if (first.kind, first.user_id, first.item_id, first.other_id, went) != asked:
            raise ContentMismatch(loss.key)
        return True

    async def _write(self, session: WriteSession, guild_id: int, move: rows.Move) -> None:
        if not await rows.add_move(session, guild_id, move):
            raise ContentMismatch(move.key)


def _key(loss: Loss, part: int) -> str:
    return loss.key if part == 0 else f"{loss.key}:{part}"
