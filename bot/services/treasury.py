"""What staff does to coins: add, remove, set, take back, begin anew. Each is a transaction of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import treasury as rows
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.audit import MEMBER, AuditRecord, AuditSource
from bot.domain.economy import AccountKey, Kind, Party, Pocket, Posting, check_holder
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import Feature
from bot.domain.movements import StaffDetails
from bot.domain.treasury import (
    ADDED,
    BALANCE_SET,
    REMOVED,
    RESET,
    RESET_HOLDS,
    SUGGESTED,
    UNDONE,
    Change,
    Suggested,
    agrees,
    before_and_after,
    beginning_anew,
    check_can_be_undone,
    concerned,
    difference,
    one_line,
    opposite,
    shift,
    undo_key,
)
from bot.errors import (
    AlreadyUndone,
    CoinsSpent,
    ContentMismatch,
    InsufficientFunds,
    NoReset,
    NothingToReset,
    RecipientNotHere,
    TransactionNotFound,
)
from bot.ids import first_at
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger, Movement, Posted


@dataclass(frozen=True)
class By:
    """Who of the staff asks, by which way, and under which key: the same key again gives the first answer."""

    user_id: int
    source: AuditSource
    key: str


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
class Reversible:
    """A transaction that can be taken back, as far as can be told before it is tried."""

    id: int
    """What would be taken back: the transaction itself or, if it was undone and that was undone, what restored it."""
    kind: Kind
    """Why coins moved in the first place."""
    takes_back: bool
    """Whether it takes something back itself, so that undoing it restores that."""
    at: datetime
    actor_id: int | None
    memo: str | None
    moves: tuple[Posting, ...]
    """The sides that would take it back."""


@dataclass(frozen=True)
class Undone:
    """A transaction that was taken back."""

    transaction_id: int
    reversed_id: int
    moves: tuple[Posting, ...]
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
        self, database: Database, clock: Clock, ledger: Ledger, settings: GuildSettingsService, audit: AuditService
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._settings = settings
        self._audit = audit

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
                await self._record(session, guild_id, _told(change, by), posted, about=account.holder)
        if account not in posted.balances:
            raise ContentMismatch(by.key)
        amount = next(posting.amount for posting in posted.postings if posting.account == account)
        if posted.replayed and not agrees(change, order.amount, amount, posted.balances[account]):
            raise ContentMismatch(by.key)
        said = posted.remembered(StaffDetails).reason
        return Changed(posted.transaction_id, change, account, amount, posted.balances[account], said, posted.replayed)

    async def _record(
        self, session: WriteSession, guild_id: int, told: AuditRecord, posted: Posted, *, about: int
    ) -> None:
        """Complete a record with what was moved, and write it down."""
        before, after = before_and_after(posted.postings, posted.balances, about)
        record = replace(
            told,
            target_type=MEMBER,
            target_id=str(about),
            before=before,
            after={**after, "transaction": str(posted.transaction_id)},
            description=posted.remembered(StaffDetails).reason,
        )
        await self._audit.record(session, guild_id, record)

    async def holders(self, guild_id: int, count: int) -> list[int]:
        """Up to `count` members who have an account."""
        return await self._database.query(lambda session: rows.holders(session, guild_id, count))

    async def held_by(self, guild_id: int, members: Sequence[int]) -> dict[int, dict[Pocket, int]]:
        """What these members hold; those who have no account are not there."""
        return await self._database.query(lambda session: rows.held_by(session, guild_id, members))

    async def beginning(self, guild_id: int) -> int:
        """What a new member has in this guild."""
        return (await self._settings.read(guild_id, EconomySettings)).value.starting_balance

    # Taking back ----------------------------------------------------------------------------------------

    async def recent(self, guild_id: int, *, count: int) -> list[Suggested]:
        """Up to `count` of the newest transactions of staff and between members."""
        return await self._database.query(lambda session: rows.newest(session, guild_id, SUGGESTED, count=count))

    async def reversible(self, guild_id: int, transaction_id: int) -> Reversible:
        """What taking a transaction back would do. Nothing is done.

        Raises:
            FeatureOff: the guild has no economy.
            TransactionNotFound: there is none of this id.
            AlreadyUndone: it was taken back, and that stands.
            CannotUndo: it never can be.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)

        async def unit(session: ReadSession) -> Reversible:
            return await self._reversible(session, guild_id, transaction_id)

        return await self._database.query(unit)

    async def _reversible(self, session: Session, guild_id: int, transaction_id: int) -> Reversible:
        line = await rows.undone_by(session, guild_id, transaction_id)
        if not line:
            raise TransactionNotFound
        # It stands if nothing took it back, or if what did was itself taken back, and so on.
        if len(line) % 2 == 0:
            raise AlreadyUndone(line[-1].at)
        found = await rows.transaction(session, guild_id, line[-1].id)
        first = await rows.root(session, guild_id, transaction_id)
        if found is None or first is None:
            raise TransactionNotFound
        check_can_be_undone(first.kind, found.postings, first.at, self._clock.now())
        return Reversible(
            id=found.id,
            kind=first.kind,
            takes_back=(found.kind is Kind.REVERSAL) and len(line) == 1,
            at=found.at,
            actor_id=found.actor_id,
            memo=found.memo,
            moves=opposite(found.postings),
        )

    async def undo(self, guild_id: int, transaction_id: int, by: By, *, logged: bool = True) -> Undone:
        """Take back a transaction that nothing took back so far: move the same coins the other way.

        However many ask for it, it is done once; the same person again gets the first answer. `by.key` is not used:
        the key is the transaction.

        Raises:
            As `reversible`.
            AlreadyUndone: also when somebody else was quicker.
            CoinsSpent: a member does not hold any more what would be taken back.
            AccountFull: a member can't take what would be given back.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)

        async def unit(session: WriteSession) -> Undone:
            return await self._undo(session, guild_id, transaction_id, by, logged=logged)

        return await self._database.transact(unit, idempotent=True)

    async def _undo(self, session: WriteSession, guild_id: int, transaction_id: int, by: By, *, logged: bool) -> Undone:
        found = await rows.transaction(session, guild_id, transaction_id)
        first = await rows.root(session, guild_id, transaction_id)
        if found is None or first is None:
            raise TransactionNotFound
        movement = Movement(
            Kind.REVERSAL,
            undo_key(found.id),
            by.user_id,
            opposite(found.postings),
            StaffDetails(),
            reverses_id=found.id,
        )
        posted = await self._posted_before(session, guild_id, movement)
        if posted is None:
            check_can_be_undone(first.kind, found.postings, first.at, self._clock.now())
            try:
                posted = await self._ledger.post(session, guild_id, movement)
            except InsufficientFunds as short:
                raise CoinsSpent(_who(movement.postings, short), short.balance, short.amount) from None
            except ContentMismatch:  # somebody else's was committed while this one waited
                raise AlreadyUndone(await self._undone_at(session, guild_id, found.id)) from None
            if logged and not posted.replayed:
                told = AuditRecord(UNDONE, by.user_id, by.source)
                await self._record(session, guild_id, told, posted, about=concerned(posted.postings))
        return Undone(posted.transaction_id, found.id, posted.postings, posted.replayed)

    async def _posted_before(self, session: WriteSession, guild_id: int, movement: Movement) -> Posted | None:
        try:
            return await self._ledger.find(session, guild_id, movement)
        except ContentMismatch:
            raise AlreadyUndone(await self._undone_at(session, guild_id, movement.reverses_id or 0)) from None

    async def _undone_at(self, session: Session, guild_id: int, transaction_id: int) -> datetime:
        line = await rows.undone_by(session, guild_id, transaction_id)
        return line[1].at if len(line) > 1 else self._clock.now()

    async def standing(self, guild_id: int, key: str) -> int | None:
        """What would have to be taken back to undo what was done under a key; None if nothing of it stands."""

        async def unit(session: ReadSession) -> int | None:
            made = await rows.with_key(session, guild_id, key)
            if made is None:
                return None
            line = await rows.undone_by(session, guild_id, made)
            return line[-1].id if len(line) % 2 else None

        return await self._database.query(unit)

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
                    await self._record(session, guild_id, told, posted, about=member.user_id)
            if all(posting.account.holder != member.user_id for posting in posted.postings):
                raise ContentMismatch(by.key)
            return Reset(posted.transaction_id, member.user_id, posted.postings, posted.replayed)

        return await self._database.transact(unit, idempotent=True)

    async def last_reset(self, guild_id: int, member_id: int) -> int:
        """The transaction that reset a member last, within the time in which it can be undone.

        Raises:
            NoReset: there is none.
        """
        since = first_at(self._clock.now() - RESET_HOLDS)
        found = await self._database.query(lambda session: rows.last_reset(session, guild_id, member_id, since))
        if found is None:
            raise NoReset
        return found


def _told(change: Change, by: By) -> AuditRecord:
    match change:
        case Change.ADD:
            return AuditRecord(ADDED, by.user_id, by.source)
        case Change.REMOVE:
            return AuditRecord(REMOVED, by.user_id, by.source)
        case Change.SET:
            return AuditRecord(BALANCE_SET, by.user_id, by.source)


def _who(postings: Sequence[Posting], short: InsufficientFunds) -> int:
    """Who holds too little: the ledger says how much, and a movement takes so much from one member alone."""
    return next(
        posting.account.holder
        for posting in postings
        if not posting.account.is_system and posting.amount == -short.amount
    )
