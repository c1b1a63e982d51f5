"""What goes back beside the coins when staff takes back what was bought or sold: copies, stock, boosts and roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.db.repositories.economy import holds, inventory, items
from bot.db.repositories.economy import purchases as rows
from bot.db.repositories.economy import treasury as transactions
from bot.db.repositories.economy.inventory import Move
from bot.db.repositories.economy.treasury import Recorded
from bot.db.sessions import Session, WriteSession
from bot.domain.economy import Kind, Posting
from bot.domain.inventory import FOREVER, Lot, MoveKind
from bot.domain.movements import ItemDetails, read_details
from bot.domain.purchases import PURPOSE, FailedFor, Purchase, copies_keys, keys_of, origin
from bot.domain.shop import boosts_given, roles_given
from bot.domain.treasury import Things, undo_key
from bot.services.effects import EffectsService, Occasion
from bot.services.goods import Gain, Goods


@dataclass(frozen=True)
class Bundle:
    """A purchase with all that moved for it."""

    purchase: Purchase
    legs: tuple[Recorded, ...]
    """The movements of its coins, in the order in which they are taken back."""
    main: Recorded
    """The one of them that stands for the purchase: what the shop was paid; of a free one, what it brought."""
    came: tuple[Move, ...]
    """How its copies came, and those of the things that it gave."""
    things: tuple[Things, ...]
    """The same, as it goes back."""

    @property
    def role_ids(self) -> tuple[int, ...]:
        """The roles that end with it."""
        return tuple(one.role_id for one in roles_given(self.purchase.bought.chain))

    @property
    def boosts(self) -> tuple[int, ...]:
        """The boosts of XP that end with it, each in per mille."""
        return tuple(one.per_mille for one in boosts_given(self.purchase.bought.chain))

    @property
    def is_undone(self) -> bool:
        """Whether staff took it back."""
        return self.purchase.reason is FailedFor.UNDONE


@dataclass(frozen=True)
class Sold:
    """Copies that were sold back, or that come back to who sold them."""

    user_id: int
    item_id: int
    things: Things


class Returns:
    """Moves things inside the transaction of who moves the coins back. Locks rows in the order of the shop."""

    def __init__(self, clock: Clock, goods: Goods, effects: EffectsService) -> None:
        self._clock = clock
        self._goods = goods
        self._effects = effects

    # Purchases --------------------------------------------------------------------------------------------

    async def bundle(self, session: Session, guild_id: int, one: Recorded, *, lock: bool = False) -> Bundle | None:
        """The purchase to which a movement belongs; None: to none. Locked, nobody else changes it meanwhile."""
        purchase_id = await self._purchase_id(session, guild_id, one)
        purchase = None if purchase_id is None else await rows.get(session, guild_id, purchase_id, lock=lock)
        if purchase is None:
            return None
        legs = await self._legs(session, guild_id, purchase)
        came = await inventory.moves_under(session, guild_id, copies_keys(purchase.id, purchase.bought.chain))
        names = await items.names(session, guild_id, {move.item_id for move in came})
        things = tuple(Things(names.get(move.item_id, purchase.bought.name), -move.quantity) for move in came)
        paid = [leg for leg in legs if leg.key == keys_of(purchase.id, purchase.hold_id)[1]]
        return Bundle(purchase, tuple(legs), (*paid, *legs, one)[0], tuple(came), things)

    @staticmethod
    async def _purchase_id(session: Session, guild_id: int, one: Recorded) -> int | None:
        found = origin(one.key)
        if found is None or found.hold_id is None:
            return None if found is None else found.purchase_id
        hold = await holds.get(session, guild_id, found.hold_id)
        return int(hold.reference) if hold is not None and hold.purpose == PURPOSE else None

    @staticmethod
    async def _legs(session: Session, guild_id: int, purchase: Purchase) -> list[Recorded]:
        found: list[Recorded] = []
        for key in keys_of(purchase.id, purchase.hold_id):
            number = await transactions.with_key(session, guild_id, key)
            leg = None if number is None else await transactions.transaction(session, guild_id, number)
            found += [] if leg is None else [leg]
        return found

    async def take_things(self, session: WriteSession, guild_id: int, bundle: Bundle) -> None:
        """Take back what was delivered, put it into stock again, and have the purchase count no more.

        Its row is to be locked, and it is to be done.

        Raises:
            CannotUndo: the time of its role or boost is over.
            ThingsGone: a copy is not there any more.
        """
        purchase, now = bundle.purchase, self._clock.now()
        chain = purchase.bought.chain
        await self._effects.check_still_running(session, guild_id, Occasion.of(purchase, now), chain)
        await items.put_back(session, guild_id, purchase.item_id, purchase.quantity)
        names = await items.names(session, guild_id, {move.item_id for move in bundle.came})
        lots = [Lot(move.user_id, move.item_id, move.lot, move.quantity, None) for move in bundle.came]
        await self._goods.take_back(session, guild_id, lots, names, key=undo_key(bundle.main.id))
        await rows.undo(session, guild_id, purchase.id, now=now)

    async def end_effects(self, session: WriteSession, guild_id: int, bundle: Bundle) -> None:
        """End its boosts and roles; whoever keeps roles takes them. Last, as they are locked after other accounts."""
        occasion = Occasion.of(bundle.purchase, self._clock.now())
        await self._effects.take_boosts_back(session, guild_id, occasion, bundle.purchase.bought.chain)
        await self._effects.take_roles_back(session, guild_id, occasion, roles_given(bundle.purchase.bought.chain))

    # Sales ------------------------------------------------------------------------------------------------

    async def sale(self, session: Session, guild_id: int, sale_id: int, coins: Sequence[Posting]) -> Sold | None:
        """What comes to who sold something, or goes from them, while these coins move; None: it was no sale."""
        recorded = await transactions.transaction(session, guild_id, sale_id)
        details = None if recorded is None else read_details(recorded.kind, recorded.details)
        if recorded is None or recorded.kind is not Kind.SALE or not isinstance(details, ItemDetails):
            return None
        mine = next(posting for posting in coins if not posting.account.is_system)
        quantity = details.quantity if mine.amount < 0 else -details.quantity
        return Sold(mine.account.holder, details.item_id, Things(details.name, quantity))

    async def lock_sale(self, session: WriteSession, guild_id: int, sold: Sold) -> None:
        """Keep others from undoing sales of the thing until the transaction ends."""
        await items.lock(session, guild_id, sold.item_id)

    async def move_sold(self, session: WriteSession, guild_id: int, sold: Sold, *, key: str) -> None:
        """Give copies back that were sold, or take them again. They never expire: no others can be sold.

        Raises:
            ThingsGone: they are to be taken, and are not there.
        """
        things, move_key = sold.things, f"{key}:0"
        if things.quantity > 0:
            gain = Gain(sold.user_id, sold.item_id, things.quantity, key=move_key, kind=MoveKind.RETURNED)
            await self._goods.give(session, guild_id, [gain])
            return
        lot = Lot(sold.user_id, sold.item_id, FOREVER, -things.quantity, None)
        await self._goods.take_back(session, guild_id, [lot], {sold.item_id: things.name}, key=key)
