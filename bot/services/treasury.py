"""What staff does to coins: add, remove, set, begin anew. Each is a transaction of the ledger (see also `undoing`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.db.engine import Database
from bot.db.repositories.economy import treasury as rows
from bot.db.sessions import WriteSession
from bot.domain.audit import AuditRecord
from bot.domain.economy import AccountKey, Kind, Party, Pocket, Posting, check_holder
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import Feature
from bot.domain.movements import StaffDetails
from bot.domain.treasury import (
    ADDED,
    BALANCE_SET,
    REMOVED,
    RESET,
    By,
    Change,
    agrees,
    beginning_anew,
    difference,
    one_line,
    shift,
)
from bot.errors import ContentMismatch, NothingToReset, RecipientNotHere
from bot.services.coin_records import CoinRecords
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger, Movement


@dataclass(frozen=True)
class ChangeOrder:
    """What is to be done to one account of a member. The amount is as it was written."""

    change: Change
    member: Party
    pocket: Pocket
    amount: str
    reason: str | None = None


@dataclass(frozen=True)
class Changed:
    """An account that staff changed."""

    transaction_id: int
    change: Change
    account: AccountKey
    amount: int
    """What came into it; negative: what left it."""
    balance: int
    reason: str | None
    replayed: bool


@dataclass(frozen=True)
class Reset:
    """A member who began anew."""

    transaction_id: int
    member_id: int
    moves: tuple[Posting, ...]
    replayed: bool


class TreasuryService:
    """The use cases of staff. Who may is for the caller to look at; that there is an economy is looked at here."""

    def __init__(
        self, database: Database, ledger: Ledger, settings: GuildSettingsService, records: CoinRecords
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._settings = settings
        self._records = records

    # One account ----------------------------------------------------------------------------------------

    async def change(self, guild_id: int, order: ChangeOrder, by: By, *, logged: bool = True) -> Changed:
        """Add to an account, remove from it, or set it. With `logged`, it is told in the audit log, too.

        Raises:
            FeatureOff: the guild has no economy.
            BotHasNoPurse, RecipientNotHere: a bot, or somebody who neither is a member nor has an account.
            AmountNotUnderstood, AmountNotPositive, AmountTooLarge, AmountBelowZero: it is no amount for this.
            HoldsLess, AlreadySo, AccountFull: it does not fit.
            ContentMismatch: the key was used for something else.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        check_holder(order.member.user_id, is_bot=order.member.is_bot)

        async def unit(session: WriteSession) -> Changed:
            return await self._change(session, guild_id, order, by, logged=logged)

        return await self._database.transact(unit, idempotent=True)

    async def _change(
        self, session: WriteSession, guild_id: int, order: ChangeOrder, by: By, *, logged: bool
    ) -> Changed:
        change, account, reason = order.change, AccountKey(order.member.user_id, order.pocket), one_line(order.reason)
        if not order.member.is_member and not await rows.held(session, guild_id, account.holder):
            raise RecipientNotHere(account.holder)
        # Locked before the key is looked for: the same order may be under way, and be committed while this one waits.
        held = (await self._ledger.lock(session, guild_id, account))[account]
        details = StaffDetails(reason=reason)
        movement = Movement(change.kind, by.key, by.user_id, (), details, amount_was_asked=False, memo=reason)
        posted = await self._ledger.find(session, guild_id, movement)
        if posted is None:
            amount = difference(change, order.amount, account, held)
            postings = shift(account, amount, change.counterpart)
            movement = Movement(change.kind, by.key, by.user_id, postings, details, memo=reason)
            posted = await self._ledger.post(session, guild_id, movement)
            if logged:
                await self._records.write(session, guild_id, _told(change, by), posted, about=account.holder)
        if account not in posted.balances:
            raise ContentMismatch(by.key)
        amount = next(posting.amount for posting in posted.postings if posting.account == account)
        if posted.replayed and not agrees(change, order.amount, amount, posted.balances[account]):
            raise ContentMismatch(by.key)
        said = posted.remembered(StaffDetails).reason
        return Changed(posted.transaction_id, change, account, amount, posted.balances[account], said, posted.replayed)

    async def holders(self, guild_id: int, count: int) -> list[int]:
        """Up to `count` members who have an account."""
        return await self._database.query(lambda session: rows.holders(session, guild_id, count))

    async def count_holders(self, guild_id: int) -> int:
        """How many members have an account."""
        return await self._database.query(lambda session: rows.count_holders(session, guild_id))

    async def holders_of_group(self, guild_id: int, group: int, groups: int) -> list[int]:
        """The members with an account that belong to one of so many groups, 0 the first; it never changes whose."""
        return await self._database.query(lambda session: rows.holders_of_group(session, guild_id, group, groups))

    async def held_by(self, guild_id: int, members: Sequence[int]) -> dict[int, dict[Pocket, int]]:
        """What these members hold; those who have no account are not there."""
        return await self._database.query(lambda session: rows.held_by(session, guild_id, members))

    async def beginning(self, guild_id: int) -> int:
        """What a new member has in this guild."""
        return (await self._settings.read(guild_id, EconomySettings)).value.starting_balance

    # Beginning anew -------------------------------------------------------------------------------------

    async def reset(self, guild_id: int, member: Party, by: By, *, logged: bool = True) -> Reset:
        """Make a member's wallet and bank those of a new member. One transaction, which can be undone for 30 days.

        Raises:
            FeatureOff: the guild has no economy.
            BotHasNoPurse: a bot.
            NothingToReset: they are so already.
            AccountFull: a new member's coins would not fit.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        check_holder(member.user_id, is_bot=member.is_bot)

        async def unit(session: WriteSession) -> Reset:
            held = await rows.lock_held(session, guild_id, member.user_id)
            movement = Movement(Kind.RESET, by.key, by.user_id, (), StaffDetails(), amount_was_asked=False)
            posted = await self._ledger.find(session, guild_id, movement)
            if posted is None:
                rules = await self._settings.within(session, guild_id, EconomySettings)
                postings = beginning_anew(member.user_id, held, rules.starting_balance)
                if not postings:
                    raise NothingToReset(member.user_id)
                movement = Movement(Kind.RESET, by.key, by.user_id, postings, StaffDetails())
                posted = await self._ledger.post(session, guild_id, movement)
                if logged:
                    told = AuditRecord(RESET, by.user_id, by.source)
                    await self._records.write(session, guild_id, told, posted, about=member.user_id)
            if all(posting.account.holder != member.user_id for posting in posted.postings):
                raise ContentMismatch(by.key)
            return Reset(posted.transaction_id, member.user_id, posted.postings, posted.replayed)

        return await self._database.transact(unit, idempotent=True)


def _told(change: Change, by: By) -> AuditRecord:
    match change:
        case Change.ADD:
            return AuditRecord(ADDED, by.user_id, by.source)
        case Change.REMOVE:
            return AuditRecord(REMOVED, by.user_id, by.source)
        case Change.SET:
            return AuditRecord(BALANCE_SET, by.user_id, by.source)
