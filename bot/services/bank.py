"""The bank: coins that a member keeps apart from their wallet."""

from __future__ import annotations

from dataclasses import dataclass

from bot.db.engine import Database
from bot.db.repositories import leaderboard as ranking
from bot.db.repositories.economy import accounts
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.amounts import Share
from bot.domain.economy import AccountKey, Kind, Pocket, bank, check_amount, coins_of, move, wallet
from bot.domain.economy_settings import EconomyCommand, EconomySettings
from bot.domain.leaderboard import Asked, Standings
from bot.domain.movements import BankDetails
from bot.errors import AccountFull, BankFull, BankTooLow, ContentMismatch, InsufficientFunds, UserError, WalletFull
from bot.services.economy_rules import allowed
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger, Movement, Posted


@dataclass(frozen=True)
class Banked:
    """Coins that went into the bank, or came out of it."""

    transaction_id: int
    amount: int
    wallet: int
    bank: int
    replayed: bool


@dataclass(frozen=True)
class _Order:
    kind: Kind
    source: AccountKey
    target: AccountKey
    share: Share
    key: str


class BankService:
    """The use cases of the bank. Every public method is one transaction, or one read."""

    def __init__(self, database: Database, ledger: Ledger, settings: GuildSettingsService) -> None:
        self._database = database
        self._ledger = ledger
        self._settings = settings

    async def deposit(self, guild_id: int, user_id: int, share: Share, *, key: str) -> Banked:
        """Move coins from a member's wallet into their bank account. The same key again gives the first answer.

        Raises:
            FeatureOff, CommandOff: there is no bank.
            ShareTooSmall, AmountNotPositive, AmountTooLarge: so much can't be moved.
            InsufficientFunds, BankFull: it does not fit.
            ContentMismatch: the key was used for something else.
        """
        await allowed(self._settings, guild_id, EconomyCommand.BANK, command="deposit")
        order = _Order(Kind.DEPOSIT, wallet(user_id), bank(user_id), share, key)
        try:
            return await self._moved(guild_id, order)
        except AccountFull as full:
            raise BankFull(full.limit, full.room_coins) from None

    async def withdraw(self, guild_id: int, user_id: int, share: Share, *, key: str) -> Banked:
        """Move coins from a member's bank account into their wallet. The same key again gives the first answer.

        Raises:
            FeatureOff, CommandOff: there is no bank.
            ShareTooSmall, AmountNotPositive, AmountTooLarge: so much can't be moved.
            BankTooLow, WalletFull: it does not fit.
            ContentMismatch: the key was used for something else.
        """
        await allowed(self._settings, guild_id, EconomyCommand.BANK, command="withdraw")
        order = _Order(Kind.WITHDRAWAL, bank(user_id), wallet(user_id), share, key)
        try:
            return await self._moved(guild_id, order)
        except AccountFull as full:
            raise WalletFull(full.limit, full.room_coins) from None
        except InsufficientFunds as short:
            raise BankTooLow(short.balance, short.amount) from None

    async def is_on(self, guild_id: int) -> bool:
        """Whether a guild has a bank, where it has an economy."""
        return EconomyCommand.BANK in (await self._settings.read(guild_id, EconomySettings)).value.commands

    async def savers(self, guild_id: int, asked: Asked) -> Standings:
        """A page of who has most in the bank.

        Raises:
            FeatureOff, CommandOff: there is no bank.
        """
        await allowed(self._settings, guild_id, EconomyCommand.BANK, command="deposit")

        async def unit(session: ReadSession) -> Standings:
            shows_left = (await self._settings.within(session, guild_id, EconomySettings)).shows_left
            own = await accounts.balance(session, guild_id, bank(asked.user_id)) or 0
            return await ranking.standings(session, accounts.SAVERS, guild_id, asked, own, shows_left=shows_left)

        return await self._database.query(unit)

    async def _moved(self, guild_id: int, order: _Order) -> Banked:
        if not order.share.is_part:
            check_amount(order.share.coins)

        async def unit(session: WriteSession) -> Posted:
            return await self._post(session, guild_id, order)

        posted = await self._database.transact(unit, idempotent=True)
        after = {account.pocket: balance for account, balance in posted.balances.items()}
        amount = posted.postings[1].amount
        return Banked(posted.transaction_id, amount, after[Pocket.WALLET], after[Pocket.BANK], posted.replayed)

    async def _post(self, session: WriteSession, guild_id: int, order: _Order) -> Posted:
        held = 0
        if order.share.is_part:
            held = (await self._ledger.lock(session, guild_id, order.source, order.target))[order.source]
        try:
            amount = coins_of(order.share, held)
        except UserError:
            # What was moved under this key stays so, whatever is there now.
            before = await self._ledger.find(session, guild_id, _movement(order, 1))
            if before is None:
                raise
            return _same(before, order)
        posted = await self._ledger.post(session, guild_id, _movement(order, amount))
        return _same(posted, order) if posted.replayed else posted


def _movement(order: _Order, amount: int) -> Movement:
    details = BankDetails(part=order.share.written)
    postings = move(order.source, order.target, amount)
    # What was asked is compared here: the sides of a part depend on what there was.
    return Movement(order.kind, order.key, order.source.holder, postings, details, amount_was_asked=False)


def _same(posted: Posted, order: _Order) -> Posted:
    asked = posted.remembered(BankDetails).part == order.share.written
    if not asked or not (order.share.is_part or posted.postings[1].amount == order.share.coins):
        raise ContentMismatch(order.key)
    return posted
