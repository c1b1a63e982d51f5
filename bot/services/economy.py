"""The purse: look at it, give from it, and read where it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import leaderboard as ranking
from bot.db.repositories.economy import accounts, checks, entries
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.days import last_days
from bot.domain.economy import (
    HISTORY_DAYS,
    Kind,
    Party,
    check_holder,
    check_payment,
    move,
    wallet,
)
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.domain.leaderboard import Asked, Standings
from bot.domain.movements import PaymentDetails
from bot.domain.paging import NEWEST, OLDEST, Cursor, Slice, cut
from bot.ids import first_at
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger, Movement, Posted

PAGE = 10
"""Lines on a page of a statement."""


@dataclass(frozen=True)
class Purse:
    """What a member owns."""

    user_id: int
    wallet: int
    has_moved: bool
    """Whether a coin of theirs ever moved; else the wallet is what they would start with, which is written nowhere."""


@dataclass(frozen=True)
class Paid:
    """A payment from one member to another."""

    transaction_id: int
    sender_id: int
    recipient_id: int
    amount: int
    sender_wallet: int
    recipient_wallet: int
    replayed: bool


@dataclass(frozen=True)
class StatementPage:
    """A page of a member's statement, newest first, and the cursors of its neighbours."""

    user_id: int
    lines: tuple[entries.StatementLine, ...]
    newer: Cursor | None
    older: Cursor | None


@dataclass(frozen=True)
class DayEnd:
    """What was in a wallet when a day was over; for today, what is in it."""

    day: date
    wallet: int


@dataclass(frozen=True)
class History:
    """A wallet over the last `HISTORY_DAYS` days of the guild's calendar, oldest first.

    Days before its first movement are not among them: what it would have begun with then is not known any more.
    """

    user_id: int
    days: tuple[DayEnd, ...]


@dataclass(frozen=True)
class LedgerAudit:
    """What does not add up in a guild's ledger; empty in a sound one."""

    unbalanced: tuple[int, ...]
    discrepancies: tuple[checks.Discrepancy, ...]

    @property
    def sound(self) -> bool:
        """Whether everything adds up."""
        return not self.unbalanced and not self.discrepancies


class EconomyService:
    """The use cases of the purse. Every public method is one transaction, or one read.

    Those that members use look first whether the guild has switched the economy on, so that no command, button, form
    or later web page has to.
    """

    def __init__(self, database: Database, clock: Clock, ledger: Ledger, settings: GuildSettingsService) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._settings = settings

    async def balance(self, guild_id: int, user_id: int, *, is_bot: bool = False) -> Purse:
        """What a member owns; before their first movement, what they would start with.

        Raises:
            FeatureOff: the guild has no economy.
            BotHasNoPurse: a bot.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        check_holder(user_id, is_bot=is_bot)

        async def unit(session: ReadSession) -> Purse:
            held = await accounts.balance(session, guild_id, wallet(user_id))
            if held is not None:
                return Purse(user_id, held, has_moved=True)
            begun = await self._ledger.has_begun(session, guild_id, user_id)
            start = 0 if begun else await self._starting_balance(session, guild_id)
            return Purse(user_id, start, has_moved=False)

        return await self._database.query(unit)

    async def pay(self, guild_id: int, sender_id: int, recipient: Party, amount: int, *, key: str) -> Paid:
        """Give `amount` coins from one wallet to another. The same key again gives the first answer.

        Raises:
            FeatureOff: the guild has no economy.
            RecipientIsSelf, RecipientIsBot, RecipientNotHere, AmountNotPositive, AmountTooLarge: it makes no sense.
            InsufficientFunds, AccountFull: it does not fit.
            ContentMismatch: the key was used for something else.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        check_payment(sender_id, recipient, amount)
        source, target = wallet(sender_id), wallet(recipient.user_id)
        movement = Movement(Kind.PAYMENT, key, sender_id, move(source, target, amount), PaymentDetails())

        async def unit(session: WriteSession) -> Posted:
            return await self._ledger.post(session, guild_id, movement)

        posted = await self._database.transact(unit, idempotent=True)
        return Paid(
            posted.transaction_id,
            sender_id,
            recipient.user_id,
            amount,
            posted.balances[source],
            posted.balances[target],
            posted.replayed,
        )

    async def _starting_balance(self, session: Session, guild_id: int) -> int:
        return (await self._settings.within(session, guild_id, EconomySettings)).starting_balance

    async def statement(self, guild_id: int, user_id: int, cursor: Cursor = NEWEST) -> StatementPage:
        """The page of a member's statement at `cursor`, `PAGE` lines at most.

        Raises:
            FeatureOff: the guild has no economy.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        page = await self._page(guild_id, user_id, cursor)
        if not page.items and cursor != NEWEST:  # beyond an end: the page at that end
            page = await self._page(guild_id, user_id, NEWEST if cursor.newer else OLDEST)
        return StatementPage(user_id, page.items, page.newer, page.older)

    async def _page(self, guild_id: int, user_id: int, cursor: Cursor) -> Slice[entries.StatementLine]:
        found = await self._database.query(
            lambda session: entries.statement(
                session, guild_id, user_id, edge=cursor.edge, newer=cursor.newer, count=PAGE + 1
            )
        )
        return cut(found, cursor, PAGE, lambda line: line.transaction_id)

    async def history(self, guild_id: int, user_id: int) -> History:
        """A member's wallet over the last days; without days where nothing of theirs has moved.

        Raises:
            FeatureOff: the guild has no economy.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        now = self._clock.now()

        async def unit(session: ReadSession) -> tuple[DayEnd, ...]:
            zone = (await self._settings.within(session, guild_id, GeneralSettings)).zone
            days = last_days(now, zone, HISTORY_DAYS)
            edges = [*(first_at(end) for _, end in days[:-1]), NEWEST.edge]
            held = await entries.balances_before(session, guild_id, wallet(user_id), edges)
            ends = zip(days, held, strict=True)
            return tuple(DayEnd(day, balance) for (day, _), balance in ends if balance is not None)

        return History(user_id, await self._database.query(unit))

    async def richest(self, guild_id: int, asked: Asked) -> Standings:
        """A page of who has most in their wallet. Whoever asks has what `balance` tells, and a place once it moved.

        Raises:
            FeatureOff: the guild has no economy.
        """
        own = await self.balance(guild_id, asked.user_id)
        return await self._database.query(
            lambda session: ranking.standings(
                session, accounts.RICHEST, guild_id, asked, own.wallet, counts=own.has_moved
            )
        )

    async def audit(self, guild_id: int) -> LedgerAudit:
        """Check that every transaction sums to zero and every balance is the sum of its entries."""
        async with self._database.read() as session:
            unbalanced = await checks.unbalanced_transactions(session, guild_id)
            discrepancies = await checks.discrepancies(session, guild_id)
        return LedgerAudit(tuple(unbalanced), tuple(discrepancies))
