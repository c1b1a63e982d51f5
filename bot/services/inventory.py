"""What members own: look at it, use it, wear it, sell it back and give it away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import inventory as rows
from bot.db.repositories.economy import items
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.economy import Kind, Party, Pocket, move, system, wallet
from bot.domain.economy_settings import EconomyCommand, TradeSettings
from bot.domain.guilds import ShardRange
from bot.domain.inventory import EQUIPABLE, Lot, MoveKind, Order
from bot.domain.movements import ItemDetails
from bot.domain.purchases import Buyer
from bot.domain.shop import MOST_AT_ONCE, Item, resale_value, words_of
from bot.errors import (
    GiftToSelf,
    ItemGone,
    ItemNotForResale,
    ItemNotGiftable,
    ItemNotUsable,
    ItemNotWearable,
    NotEnoughCopies,
    PriceChanged,
    QuantityOutOfBounds,
    RecipientNotHere,
    TargetIsBot,
)
from bot.ids import IdMaker
from bot.services.economy_rules import allowed
from bot.services.effects import EffectsService, Occasion
from bot.services.goods import Gain, Goods, Loss
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger, Movement


@dataclass(frozen=True)
class Owned:
    """Copies that a member owns, and of what."""

    item: Item
    lot: Lot


@dataclass(frozen=True)
class SoldBack:
    """Copies that were sold back."""

    name: str
    quantity: int
    amount: int
    """Coins that they brought."""
    wallet: int
    replayed: bool


@dataclass(frozen=True)
class Given:
    """Copies that were given away."""

    item: Item
    quantity: int
    replayed: bool


@dataclass(frozen=True)
class Used:
    """A copy that was used up."""

    item: Item
    words: tuple[str, ...]
    """What it says."""
    replayed: bool


class InventoryService:
    """The use cases of what members own. Every public method is one transaction, or one read."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: IdMaker,
        settings: GuildSettingsService,
        *,
        ledger: Ledger,
        goods: Goods,
        effects: EffectsService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._ledger = ledger
        self._goods = goods
        self._effects = effects

    async def list_(self, guild_id: int, user_id: int) -> list[Owned]:
        """Everything that a member owns, in the order of its names; of one thing, what expires soonest comes last.

        Raises:
            FeatureOff, CommandOff: there is no shop here.
        """
        await allowed(self._settings, guild_id, EconomyCommand.SHOP, command="inventory")
        now = self._clock.now()

        async def unit(session: ReadSession) -> list[Owned]:
            lots = await rows.of_member(session, guild_id, user_id, now=now)
            known = await items.several(session, guild_id, {lot.item_id for lot in lots})
            owned = [Owned(known[lot.item_id], lot) for lot in lots]
            return sorted(owned, key=lambda one: (one.item.draft.search_name, one.lot.item_id, one.lot.lot))

        return await self._database.query(unit)

    async def sell(
        self, guild_id: int, user_id: int, item_id: int, quantity: int, *, key: str, shown: int | None = None
    ) -> SoldBack:
        """Sell copies back, for a share of what the thing costs now. The same key again gives the first answer.

        Only copies that never expire: of the others just what is left of their time would be handed over. `shown` is
        what the seller was told that each brings.

        Raises:
            FeatureOff, CommandOff, ItemGone, QuantityOutOfBounds: as named.
            ItemNotForResale: nothing is paid for it.
            PriceChanged: another price is paid than was shown.
            NotEnoughCopies: the member has fewer.
            AccountFull: the wallet can't take the coins.
            ContentMismatch: the key was used for something else.
        """
        await self._check(guild_id, "sell", quantity)
        loss = Loss(user_id, quantity, key, MoveKind.SOLD, Order.ONLY_FOREVER)

        async def unit(session: WriteSession) -> SoldBack:
            item, lots, replayed = await self._lock(session, guild_id, item_id, loss)
            usual = (await self._settings.within(session, guild_id, TradeSettings)).resale
            each = resale_value(item, usual)
            if not replayed:
                if each == 0:
                    raise ItemNotForResale(item.name)
                if shown not in {None, each}:
                    raise PriceChanged(item.name, shown or 0, each)
                await self._goods.take(session, guild_id, item, lots, loss)
            # On a replay the price may be another by now; the key finds what was paid then.
            details = ItemDetails(item_id=item_id, name=item.name, quantity=quantity, unit_price=each)
            postings = move(system(Pocket.SHOP), wallet(user_id), max(each, 1) * quantity)
            movement = Movement(Kind.SALE, key, user_id, postings, details, amount_was_asked=False)
            posted = await self._ledger.post(session, guild_id, movement)
            sold = posted.remembered(ItemDetails)
            return SoldBack(
                sold.name,
                sold.quantity,
                posted.postings[1].amount,
                posted.balances[wallet(user_id)],
                replayed,
            )

        return await self._database.transact(unit, idempotent=True)

    async def gift(
        self, guild_id: int, giver_id: int, recipient: Party, item_id: int, quantity: int, *, key: str
    ) -> Given:
        """Give copies to another member. Those that expire go on expiring. The same key again gives the first answer.

        Raises:
            FeatureOff, CommandOff, ItemGone, QuantityOutOfBounds: as named.
            GiftToSelf, TargetIsBot, RecipientNotHere: the other can't be given anything.
            ItemNotGiftable: it stays with who bought it.
            NotEnoughCopies: the member has fewer.
            ContentMismatch: the key was used for something else.
        """
        await self._check(guild_id, "gift", quantity)
        if recipient.user_id == giver_id:
            raise GiftToSelf
        if recipient.is_bot:
            raise TargetIsBot(recipient.user_id)
        if not recipient.is_member:
            raise RecipientNotHere(recipient.user_id)
        loss = Loss(giver_id, quantity, key, MoveKind.GIVEN, Order.FOREVER_FIRST, recipient.user_id)

        async def unit(session: WriteSession) -> Given:
            item, lots, replayed = await self._lock(session, guild_id, item_id, loss)
            if replayed:
                return Given(item, quantity, replayed)
            if not item.draft.giftable or item.stays_with_buyer:
                raise ItemNotGiftable(item.name)
            taken = await self._goods.take(session, guild_id, item, lots, loss)
            gains = [
                Gain(
                    recipient.user_id,
                    item_id,
                    part.quantity,
                    key=f"{key}:to:{number}",
                    kind=MoveKind.RECEIVED,
                    lot=part.lot.lot,
                    expires_at=part.lot.expires_at,
                    other_id=giver_id,
                )
                for number, part in enumerate(taken)
            ]
            await self._goods.give(session, guild_id, gains)
            return Given(item, quantity, replayed)

        return await self._database.transact(unit, idempotent=True)

    async def use(self, guild_id: int, user: Buyer, item_id: int, *, key: str) -> Used:
        """Use a copy up: it goes and what it does happens, or neither. The same key again gives the first answer.

        Of several copies the one that expires soonest. A role is written down here, and given by whoever keeps roles.

        Raises:
            FeatureOff, CommandOff, ItemGone: as named.
            ItemNotUsable: it does nothing.
            RoleGone, RoleIsEveryones, RoleIsManaged, MyPermissionNeeded, RoleAboveMine, RoleTooPowerful,
            RoleHadAlready: its role can't be given, or is there. FeatureOff: nor can its boost of XP.
            NotEnoughCopies: the member has none.
            AccountFull: the wallet can't take its coins.
            ContentMismatch: the key was used for something else.
        """
        await self._check(guild_id, "use", 1)
        loss = Loss(user.user_id, 1, key, MoveKind.USED, Order.SOONEST_GONE)

        async def unit(session: WriteSession) -> Used:
            item, lots, replayed = await self._lock(session, guild_id, item_id, loss)
            chain = item.draft.effects.on_use
            if not replayed:
                if not item.is_usable:
                    raise ItemNotUsable(item.name)
                await self._goods.take(session, guild_id, item, lots, loss)
                await self._effects.check(session, guild_id, user, chain, 1)
                occasion = Occasion(self._ids.new(), user.user_id, item_id, item.name)
                await self._effects.apply(session, guild_id, occasion, chain)
            return Used(item, words_of(chain), replayed)

        return await self._database.transact(unit, idempotent=True)

    async def equip(self, guild_id: int, user_id: int, item_id: int) -> Item:
        """Wear a thing, instead of another of its kind.

        Raises:
            FeatureOff, CommandOff, ItemGone: as named.
            ItemNotWearable: things of that kind can't be worn.
            NotEnoughCopies: the member has none.
        """

        async def unit(session: WriteSession, item: Item) -> None:
            now = self._clock.now()
            # All of them, in order: of two that are put on at once the second finds the first.
            lots = await rows.lock_all(session, guild_id, user_id)
            there = [one for one in lots if one.expires_at is None or one.expires_at > now]
            mine = [one for one in there if one.item_id == item_id]
            if not mine:
                raise NotEnoughCopies(item.name, 0, 1)
            kind = item.draft.kind
            for worn in lots:
                if worn.equipped is kind:
                    await rows.wear(session, guild_id, worn, None)
            await rows.wear(session, guild_id, mine[0], kind)

        return await self._dress(guild_id, item_id, unit, command="equip")

    async def take_off(self, guild_id: int, user_id: int, item_id: int) -> Item:
        """Wear a thing no more; nothing if it is not worn.

        Raises:
            FeatureOff, CommandOff, ItemGone, ItemNotWearable: as named.
        """

        async def unit(session: WriteSession, _item: Item) -> None:
            for worn in await rows.lock(session, guild_id, [user_id], item_id):
                await rows.wear(session, guild_id, worn, None)

        return await self._dress(guild_id, item_id, unit, command="equip")

    async def _dress(
        self, guild_id: int, item_id: int, dress: Callable[[WriteSession, Item], Awaitable[None]], *, command: str
    ) -> Item:
        await allowed(self._settings, guild_id, EconomyCommand.SHOP, command=command)

        async def unit(session: WriteSession) -> Item:
            item = await items.get(session, guild_id, item_id)
            if item is None:
                raise ItemGone
            if item.draft.kind not in EQUIPABLE:
                raise ItemNotWearable(item.name)
            await dress(session, item)
            return item

        return await self._database.transact(unit, idempotent=True)

    async def _check(self, guild_id: int, command: str, quantity: int) -> None:
        await allowed(self._settings, guild_id, EconomyCommand.SHOP, command=command)
        if not 1 <= quantity <= MOST_AT_ONCE:
            raise QuantityOutOfBounds(quantity, MOST_AT_ONCE)

    async def _lock(
        self, session: WriteSession, guild_id: int, item_id: int, loss: Loss
    ) -> tuple[Item, Sequence[Lot], bool]:
        """The thing, the locked copies that may go, and whether they went before under this key."""
        item = await items.get(session, guild_id, item_id)
        if item is None:
            raise ItemGone
        people = {loss.user_id} if loss.other_id is None else {loss.user_id, loss.other_id}
        lots = await self._goods.lock(session, guild_id, people, item_id)
        return item, lots[loss.user_id], await self._goods.done_before(session, guild_id, loss, item_id)

    # For the ticker -----------------------------------------------------------------------------------------

    async def next_expiry(self, shards: ShardRange) -> datetime | None:
        """When the next copies of these shards expire."""
        return await self._database.query(lambda session: rows.next_expiry(session, shards))

    async def expire(self, shards: ShardRange, limit: int) -> Sequence[Lot]:
        """Take up to `limit` lots away that have expired, worn or not. A role that came with them ends by itself."""
        now = self._clock.now()

        async def unit(session: WriteSession) -> Sequence[Lot]:
            gone = await rows.take_expired(session, shards, now=now, limit=limit)
            for guild_id, lot in gone:
                move_id = self._ids.new()
                expired = rows.Move(
                    move_id, f"expired:{move_id}", MoveKind.EXPIRED, lot.user_id, lot.item_id, lot.lot, -lot.quantity,
                    now,
                )  # fmt: skip
                await rows.add_move(session, guild_id, expired)
            return [lot for _, lot in gone]

        return await self._database.transact(unit, idempotent=True)
