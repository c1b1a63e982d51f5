"""Purchases: paid and delivered, or neither, whatever breaks in between.

What needs nothing of Discord is one transaction. A thing that gives a role has three beats: its coins are put aside and
the role is wanted, in one transaction; whoever keeps roles gives it; then, by what became of the role, the coins are
handed over and the rest is delivered, or they go back. If nobody comes to the last beat the hold expires, and the
ticker does (``bot.actions.purchases``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import items
from bot.db.repositories.economy import purchases as rows
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.economy import Kind, Pocket, check_amount, move, system, wallet
from bot.domain.economy_settings import EconomyCommand
from bot.domain.holds import NewHold
from bot.domain.inventory import MoveKind
from bot.domain.movements import ItemDetails
from bot.domain.privacy import is_nobody
from bot.domain.purchases import PURPOSE, Asked, Bought, Buyer, FailedFor, Purchase, PurchaseState, Verdict, judge
from bot.domain.requirements import missing
from bot.domain.role_grants import Claimed
from bot.domain.shop import MOST_AT_ONCE, Item, roles_given, words_of
from bot.errors import (
    AccountFull,
    AmountTooLarge,
    ContentMismatch,
    FeatureOff,
    ItemCoolingDown,
    ItemGone,
    LimitReached,
    PriceChanged,
    QuantityOutOfBounds,
    RequirementsNotMet,
    SoldOut,
    UserError,
)
from bot.ids import IdMaker
from bot.services.economy_rules import allowed
from bot.services.effects import EffectsService, Occasion
from bot.services.goods import Gain, Goods
from bot.services.guild_settings import GuildSettingsService
from bot.services.holds import Holds
from bot.services.ledger import Ledger, Movement
from bot.services.standings import Standings

ASKED_AFTER = timedelta(seconds=90)
"""When a purchase that is still open is looked into. Whoever made it, or their lease on the roles, is gone by then."""

PATIENCE = timedelta(minutes=15)
"""How long a role may take to be given before the purchase is undone. Shorter than any role lasts."""


@dataclass(frozen=True)
class Receipt:
    """How a purchase stands right after it was asked for."""

    purchase: Purchase
    words: tuple[str, ...]
    """What the thing says to the buyer once it is theirs."""
    claimed: Claimed | None = None
    """The buyer's roles, for the caller to carry out; None: there are none, or somebody else is at them."""
    replayed: bool = False
    """Whether it was asked for before, and nothing happened now."""


class _BoughtBeforeError(Exception):
    """The key was found to have bought something, so nothing of this transaction may stay."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__()
        self.receipt = receipt


class PurchasesService:
    """Sells what is in the shop."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: IdMaker,
        settings: GuildSettingsService,
        *,
        ledger: Ledger,
        holds: Holds,
        goods: Goods,
        effects: EffectsService,
        standings: Standings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._ledger = ledger
        self._holds = holds
        self._goods = goods
        self._effects = effects
        self._standings = standings

    # The first beat -----------------------------------------------------------------------------------------

    async def buy(self, guild_id: int, buyer: Buyer, asked: Asked, *, key: str) -> Receipt:
        """Sell copies of a thing. The same key again gives the purchase as it stands by then.

        If it is pending, carry out the `claimed` roles and call `conclude`.

        Raises:
            FeatureOff, CommandOff: there is no shop here, or leveling is off and it boosts XP.
            ItemGone, PriceChanged, SoldOut: it is not what the buyer was shown.
            QuantityOutOfBounds, AmountTooLarge: so many can't be bought at once.
            RequirementsNotMet, LimitReached, ItemCoolingDown: not for this member, or not now.
            RoleGone, RoleIsEveryones, RoleIsManaged, MyPermissionNeeded, RoleAboveMine, RoleTooPowerful,
            RoleHadAlready: the role that comes with it can't be given, or is there.
            InsufficientFunds, AccountFull: the coins don't fit.
            ContentMismatch: the key was used for something else.
        """
        await allowed(self._settings, guild_id, EconomyCommand.SHOP, command="buy")
        if not 1 <= asked.quantity <= MOST_AT_ONCE:
            raise QuantityOutOfBounds(asked.quantity, MOST_AT_ONCE)

        async def unit(session: WriteSession) -> Receipt:
            own = self._ids.new()
            try:
                return await self._try_to_sell(session, guild_id, buyer, asked, key=key, purchase_id=own)
            except UserError:
                # Looked for only where something stands in the way, for that may be what the key bought before.
                before = await rows.by_key(session, guild_id, key)
                if before is None or before.id == own:
                    raise
                raise _BoughtBeforeError(self._replayed(before, buyer, asked)) from None

        try:
            return await self._database.transact(unit, idempotent=True)
        except _BoughtBeforeError as found:
            return found.receipt

    async def _try_to_sell(
        self, session: WriteSession, guild_id: int, buyer: Buyer, asked: Asked, *, key: str, purchase_id: int
    ) -> Receipt:
        # The thing is locked first: what follows is judged by how it stands until the transaction ends.
        item = await items.lock(session, guild_id, asked.item_id)
        if item is None:
            raise ItemGone
        await self._judge(session, guild_id, buyer, asked, item)
        return await self._sell(session, guild_id, buyer, asked, item, key=key, purchase_id=purchase_id)

    @staticmethod
    def _replayed(before: Purchase, buyer: Buyer, asked: Asked) -> Receipt:
        same = (before.user_id, before.item_id, before.quantity) == (buyer.user_id, asked.item_id, asked.quantity)
        if not same:
            raise ContentMismatch(before.key)
        return Receipt(before, words_of(before.bought.chain), replayed=True)

    async def _judge(self, session: Session, guild_id: int, buyer: Buyer, asked: Asked, item: Item) -> None:
        """Refuse what can't be bought, in the order in which a person would notice."""
        now = self._clock.now()
        draft = item.draft
        if not item.is_offered(now):
            raise ItemGone
        if draft.price != asked.shown_price:
            raise PriceChanged(item.name, asked.shown_price, draft.price)
        if draft.price:
            check_amount(draft.price * asked.quantity)
        await self._judge_standing(session, guild_id, buyer, item)
        await self._effects.check(session, guild_id, buyer, draft.effects.on_purchase, asked.quantity)
        if draft.per_member is None and draft.cooldown is None:
            return
        earlier = await self._standings.earlier(session, guild_id, buyer.user_id, item.id)
        if draft.per_member is not None and earlier.copies + asked.quantity > draft.per_member:
            raise LimitReached(item.name, draft.per_member, earlier.copies)
        ready_at = self._standings.ready_at(draft.cooldown, earlier)
        if ready_at is not None:
            raise ItemCoolingDown(item.name, ready_at)

    async def _judge_standing(self, session: Session, guild_id: int, buyer: Buyer, item: Item) -> None:
        needed = item.draft.requirements
        if not needed.count:
            return
        standing = await self._standings.of(session, guild_id, buyer.user_id, buyer.role_ids, needed)
        lacks = missing(needed, standing, await items.names(session, guild_id, needed.item_ids))
        if lacks is not None:
            raise RequirementsNotMet(item.name, lacks)

    async def _sell(
        self,
        session: WriteSession,
        guild_id: int,
        buyer: Buyer,
        asked: Asked,
        item: Item,
        *,
        key: str,
        purchase_id: int,
    ) -> Receipt:
        now = self._clock.now()
        if not await items.take(session, guild_id, item, asked.quantity, now=now):
            raise SoldOut(item.name, item.draft.stock or 0)
        draft = item.draft
        bought = Bought(name=item.name, chain=draft.effects.on_purchase, lifetime=draft.lifetime)
        purchase = Purchase(
            guild_id,
            purchase_id,
            key,
            buyer.user_id,
            item.id,
            asked.quantity,
            draft.price,
            PurchaseState.DONE,
            now,
            bought,
        )
        words = words_of(bought.chain)
        if purchase.price and roles_given(bought.chain):
            pending, claimed = await self._begin(session, purchase, now)
            return Receipt(pending, words, claimed)
        await self._write(session, purchase, settled_at=now)
        await self._deliver(session, purchase, now)
        if purchase.price:
            postings = move(wallet(buyer.user_id), system(Pocket.SHOP), purchase.price)
            movement = Movement(Kind.PURCHASE, f"shop:{purchase.id}:pay", buyer.user_id, postings, _details(purchase))
            await self._ledger.post(session, guild_id, movement)
        await self._effects.apply(session, guild_id, Occasion.of(purchase, now), bought.chain)
        return Receipt(purchase, words)

    async def _begin(self, session: WriteSession, purchase: Purchase, now: datetime) -> tuple[Purchase, Claimed | None]:
        """Put the coins aside and want the roles."""
        hold = await self._holds.make(
            session,
            purchase.guild_id,
            NewHold(
                purchase.user_id, purchase.price, PURPOSE, str(purchase.id), now + ASKED_AFTER, purchase.bought.name
            ),
        )
        # What comes with it is posted in the last beat alone: what would not fit is refused before a role is given.
        await self._effects.check_coins(
            session, purchase.guild_id, purchase.user_id, purchase.bought.chain, purchase.quantity
        )
        pending = replace(purchase, state=PurchaseState.PENDING, hold_id=hold.id)
        await self._write(session, pending, settled_at=None)
        await self._effects.want_roles(session, purchase.guild_id, Occasion.of(purchase, now), purchase.bought.chain)
        return pending, await self._effects.claim_roles(session, purchase.guild_id, purchase.user_id)

    @staticmethod
    async def _write(session: WriteSession, purchase: Purchase, *, settled_at: datetime | None) -> None:
        if not await rows.add(session, purchase, settled_at=settled_at):
            raise ContentMismatch(purchase.key)

    async def _deliver(self, session: WriteSession, purchase: Purchase, now: datetime) -> None:
        gain = Gain(
            purchase.user_id,
            purchase.item_id,
            purchase.quantity,
            key=f"shop:{purchase.id}",
            kind=MoveKind.BOUGHT,
            lot=purchase.id,
            expires_at=purchase.bought.copies_end(now),
        )
        await self._goods.give(session, purchase.guild_id, [gain])

    # The third beat -----------------------------------------------------------------------------------------

    async def conclude(self, guild_id: int, purchase_id: int) -> Purchase:
        """End an open purchase by what became of its roles; how it stands then. Still pending: nobody knows yet.

        Safe to repeat, and at any time. After `PATIENCE` what is not known counts as not given. What comes with it and
        does not fit any more, or can't be had, ends it, too: then the role goes, and the price comes back.

        Raises:
            ItemGone: there is no such purchase.
            AccountFull: the price can't go back, for no account holds more; it stays open.
        """
        try:
            return await self._conclude(guild_id, purchase_id)
        except (AccountFull, AmountTooLarge):
            return await self._conclude(guild_id, purchase_id, obstacle=FailedFor.NO_ROOM)
        except FeatureOff:
            return await self._conclude(guild_id, purchase_id, obstacle=FailedFor.LEVELING_OFF)

    async def _conclude(self, guild_id: int, purchase_id: int, obstacle: FailedFor | None = None) -> Purchase:
        async def unit(session: WriteSession) -> Purchase:
            purchase = await rows.get(session, guild_id, purchase_id, lock=True)
            if purchase is None:
                raise ItemGone
            if purchase.state is not PurchaseState.PENDING or purchase.hold_id is None:
                return purchase
            now = self._clock.now()
            found = await self._found_out(session, purchase, now)
            if found is Verdict.OPEN:
                return purchase
            if found is not Verdict.DELIVERED:
                return await self._fail(session, purchase, purchase.hold_id, found, now)
            if obstacle is not None:
                return await self._fail(session, purchase, purchase.hold_id, obstacle, now)
            return await self._finish(session, purchase, purchase.hold_id, now)

        return await self._database.transact(unit, idempotent=True)

    async def _found_out(self, session: Session, purchase: Purchase, now: datetime) -> Verdict | FailedFor:
        if is_nobody(purchase.user_id):
            return Verdict.DELIVERED  # their role is with somebody who can't be named any more
        occasion = Occasion.of(purchase, now)
        grants = await self._effects.grants_of(session, purchase.guild_id, occasion, purchase.bought.chain)
        found = judge(grants)
        late = now - purchase.at >= PATIENCE
        return FailedFor.TOO_LATE if found is Verdict.OPEN and late else found

    async def _finish(self, session: WriteSession, purchase: Purchase, hold_id: int, now: datetime) -> Purchase:
        guild_id = purchase.guild_id
        if not is_nobody(purchase.user_id):
            await self._deliver(session, purchase, now)
        target, details = system(Pocket.SHOP), _details(purchase)
        await self._holds.post(session, guild_id, hold_id, target=target, kind=Kind.PURCHASE, details=details)
        if not is_nobody(purchase.user_id):
            occasion = Occasion.of(purchase, now)
            await self._effects.apply(session, guild_id, occasion, purchase.bought.chain, roles=False)
        await rows.settle(session, guild_id, purchase.id, PurchaseState.DONE, None, now=now)
        return replace(purchase, state=PurchaseState.DONE)

    async def _fail(
        self, session: WriteSession, purchase: Purchase, hold_id: int, reason: FailedFor, now: datetime
    ) -> Purchase:
        guild_id = purchase.guild_id
        await items.put_back(session, guild_id, purchase.item_id, purchase.quantity)
        expired = reason is FailedFor.TOO_LATE
        await self._holds.void(session, guild_id, hold_id, expired=expired)
        roles = roles_given(purchase.bought.chain)
        await self._effects.end_roles(session, guild_id, Occasion.of(purchase, now), roles)
        await rows.settle(session, guild_id, purchase.id, PurchaseState.FAILED, reason, now=now)
        return replace(purchase, state=PurchaseState.FAILED, reason=reason)

    # For those who look -------------------------------------------------------------------------------------

    async def take_up(self, guild_id: int, purchase_id: int) -> Claimed | None:
        """Take the roles of whoever waits for a purchase, to carry them out; None: another is, or it is over."""

        async def unit(session: WriteSession) -> Claimed | None:
            purchase = await rows.get(session, guild_id, purchase_id)
            if purchase is None or purchase.state is not PurchaseState.PENDING or is_nobody(purchase.user_id):
                return None
            return await self._effects.claim_roles(session, guild_id, purchase.user_id)

        return await self._database.transact(unit, idempotent=True)

    async def find(self, guild_id: int, purchase_id: int) -> Purchase | None:
        """A purchase as it stands."""

        async def unit(session: ReadSession) -> Purchase | None:
            return await rows.get(session, guild_id, purchase_id)

        return await self._database.query(unit)


def _details(purchase: Purchase) -> ItemDetails:
    return ItemDetails(
        item_id=purchase.item_id,
        name=purchase.bought.name,
        quantity=purchase.quantity,
        unit_price=purchase.unit_price,
    )
