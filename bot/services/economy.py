"""The purse: look at it, give from it, and read where it went."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import leaderboard as ranking
from bot.db.repositories.economy import accounts, checks, claims, entries, tallies
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.amounts import Share
from bot.domain.days import last_days
from bot.domain.economy import (
    HISTORY_DAYS,
    Kind,
    Party,
    Pocket,
    check_amount,
    check_holder,
    check_recipient,
    wallet,
)
from bot.domain.economy_settings import EconomyCommand, EconomySettings
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.domain.leaderboard import Asked, Standings
from bot.domain.movements import PaymentDetails
from bot.domain.paging import NEWEST, OLDEST, Cursor, Slice, cut
from bot.domain.payments import Since
from bot.domain.purse import Overview, Purse, StatementLine, Tally
from bot.ids import first_at
from bot.services.economy_rules import allowed
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger, Posted
from bot.services.payments import PaymentOrder, Payments

PAGE = 10
"""Lines on a page of a statement."""


class Worth(Protocol):
    """Knows what something else that a member owns is worth, such as things that could be sold."""

    def __call__(self, session: Session, guild_id: int, user_id: int, /) -> Awaitable[int]:
        """In coins, 0 or more."""
        ...


@dataclass(frozen=True)
class Paid:
    """A payment from one member to another."""

    transaction_id: int
    sender_id: int
    recipient_id: int
    amount: int
    tax: int
    """Coins of it that the receiver did not get."""
    sender_wallet: int
    recipient_wallet: int
    replayed: bool


@dataclass(frozen=True)
class StatementPage:
    """A page of a member's statement, newest first, and the cursors of its neighbours."""

    user_id: int
    lines: tuple[StatementLine, ...]
    newer: Cursor | None
    older: Cursor | None
    kind: Kind | None = None
    """Of which alone; None: of all."""


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

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        settings: GuildSettingsService,
        *,
        worth: Sequence[Worth] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._settings = settings
        self._worth = worth
        self._payments = Payments(clock, ledger, settings)

    async def balance(self, guild_id: int, user_id: int, *, is_bot: bool = False) -> Purse:
        """What a member owns; before their first movement, what they would start with.

        Raises:
            FeatureOff: the guild has no economy.
            BotHasNoPurse: a bot.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        check_holder(user_id, is_bot=is_bot)

        return await self._database.query(lambda session: self._purse(session, guild_id, user_id))

    async def _purse(self, session: Session, guild_id: int, user_id: int) -> Purse:
        held = await accounts.balances(session, guild_id, user_id)
        saved = held.get(Pocket.BANK, 0)
        if Pocket.WALLET in held:
            return Purse(user_id, held[Pocket.WALLET], has_moved=True, bank=saved)
        begun = await self._ledger.has_begun(session, guild_id, user_id)
        start = 0 if begun else await self._starting_balance(session, guild_id)
        return Purse(user_id, start, has_moved=False, bank=saved)

    async def overview(self, guild_id: int, user_id: int, *, is_bot: bool = False) -> Overview:
        """What a member owns, and where that puts them.

        Raises:
            FeatureOff: the guild has no economy.
            BotHasNoPurse: a bot.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        check_holder(user_id, is_bot=is_bot)

        async def unit(session: ReadSession) -> Overview:
            rules = await self._settings.within(session, guild_id, EconomySettings)
            purse = await self._purse(session, guild_id, user_id)
            things = sum([await worth(session, guild_id, user_id) for worth in self._worth])
            listed = purse.wallet if purse.has_moved else 0
            place = await ranking.place_of(session, accounts.RICHEST, guild_id, listed, shows_left=rules.shows_left)
            has_bank, pays = (one in rules.commands for one in (EconomyCommand.BANK, EconomyCommand.PAY))
            return Overview(purse, things, place, has_bank=has_bank, pays=pays)

        return await self._database.query(unit)

    async def tally(self, guild_id: int, user_id: int) -> Tally:
        """What a member earned and spent, by the ledger.

        Raises:
            FeatureOff: the guild has no economy.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        since = self._clock.now() - timedelta(days=HISTORY_DAYS)

        async def unit(session: ReadSession) -> Tally:
            ever = await tallies.tally(session, guild_id, user_id, None)
            lately = await tallies.tally(session, guild_id, user_id, since)
            return Tally(tuple(ever), tuple(lately), await claims.best_streaks(session, guild_id, user_id))

        return await self._database.query(unit)

    async def pay(
        self,
        guild_id: int,
        sender_id: int,
        recipient: Party,
        amount: int | Share,
        *,
        key: str,
        since: Since | None = None,
    ) -> Paid:
        """Give coins from one wallet to another, less the guild's tax. The same key again gives the first answer.

        `since` is for whoever may be too new to pay; without it nobody is.

        Raises:
            FeatureOff, CommandOff: members don't pay each other in this guild.
            RecipientIsSelf, BotHasNoPurse, RecipientNotHere: the other can't be paid.
            What `Payments.post` raises.
        """
        await allowed(self._settings, guild_id, EconomyCommand.PAY)
        check_recipient(sender_id, recipient)
        share = amount if isinstance(amount, Share) else Share(amount)
        if not share.is_part:
            check_amount(share.coins)
        order = PaymentOrder(sender_id, recipient.user_id, share, key, since)

        async def unit(session: WriteSession) -> Posted:
            return await self._payments.post(session, guild_id, order)

        posted = await self._database.transact(unit, idempotent=True)
        gave, got = posted.postings[:2]
        return Paid(
            posted.transaction_id,
            sender_id,
            recipient.user_id,
            -gave.amount,
            posted.remembered(PaymentDetails).tax,
            posted.balances[gave.account],
            posted.balances[got.account],
            posted.replayed,
        )

    async def _starting_balance(self, session: Session, guild_id: int) -> int:
        return (await self._settings.within(session, guild_id, EconomySettings)).starting_balance

    async def statement(
        self, guild_id: int, user_id: int, cursor: Cursor = NEWEST, *, kind: Kind | None = None
    ) -> StatementPage:
        """The page of a member's statement at `cursor`, `PAGE` lines at most; of movements of a kind alone, if asked.

        Raises:
            FeatureOff: the guild has no economy.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        page = await self._page(guild_id, user_id, cursor, kind)
        if not page.items and cursor != NEWEST:  # beyond an end: the page at that end
            page = await self._page(guild_id, user_id, NEWEST if cursor.newer else OLDEST, kind)
        return StatementPage(user_id, page.items, page.newer, page.older, kind)

    async def _page(self, guild_id: int, user_id: int, cursor: Cursor, kind: Kind | None) -> Slice[StatementLine]:
        found = await self._database.query(
            lambda session: entries.statement(
                session, guild_id, user_id, kind=kind, edge=cursor.edge, newer=cursor.newer, count=PAGE + 1
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
        await self._settings.require(guild_id, Feature.ECONOMY)

        async def unit(session: ReadSession) -> Standings:
            shows_left = (await self._settings.within(session, guild_id, EconomySettings)).shows_left
            own = await self._purse(session, guild_id, asked.user_id)
            return await ranking.standings(
                session, accounts.RICHEST, guild_id, asked, own.wallet, counts=own.has_moved, shows_left=shows_left
            )

        return await self._database.query(unit)

    async def audit(self, guild_id: int) -> LedgerAudit:
        """Check that every transaction sums to zero and every balance is the sum of its entries."""
        async with self._database.read() as session:
            unbalanced = await checks.unbalanced_transactions(session, guild_id)
            discrepancies = await checks.discrepancies(session, guild_id)
        return LedgerAudit(tuple(unbalanced), tuple(discrepancies))
