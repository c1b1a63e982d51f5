"""Taking back what moved coins, with the things that moved beside them: whole or not at all, and once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import treasury as rows
from bot.db.repositories.economy.treasury import Link, Recorded
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.audit import AuditRecord
from bot.domain.economy import Kind, Posting
from bot.domain.features import Feature
from bot.domain.movements import StaffDetails
from bot.domain.treasury import (
    FINAL,
    OF_PURCHASES,
    RESET_HOLDS,
    SUGGESTED,
    UNDONE,
    By,
    Suggested,
    Things,
    check_can_be_undone,
    check_purchase,
    concerned,
    net,
    opposite,
    undo_key,
)
from bot.errors import (
    AlreadyUndone,
    CannotUndo,
    CoinsSpent,
    ContentMismatch,
    InsufficientFunds,
    NoReset,
    TransactionNotFound,
)
from bot.ids import first_at
from bot.services.coin_records import CoinRecords
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger, Movement, Posted
from bot.services.returns import Bundle, Returns


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
    things: tuple[Things, ...] = ()
    """What would go or come with the coins."""
    role_ids: tuple[int, ...] = ()
    """Roles that would end."""
    boosts: tuple[int, ...] = ()
    """Boosts of XP that would end, each in per mille."""


@dataclass(frozen=True)
class Undone:
    """A transaction that was taken back."""

    transaction_id: int
    reversed_id: int
    moves: tuple[Posting, ...]
    replayed: bool
    things: tuple[Things, ...] = ()
    """What went or came with the coins."""
    role_ids: tuple[int, ...] = ()
    """Roles that end as soon as Discord lets them."""
    boosts: tuple[int, ...] = ()
    """Boosts of XP that ended, each in per mille."""
    is_final: bool = False
    """Whether it can't be undone itself."""


@dataclass(frozen=True)
class _Found:
    """A transaction, and what it takes back in the end."""

    it: Recorded
    first: Link

    @property
    def belongs_to_a_purchase(self) -> bool:
        """Whether it may be part of one that stands."""
        return self.it.kind is not Kind.REVERSAL and self.first.kind in OF_PURCHASES


class UndoingService:
    """Takes transactions back. Who may is for the caller to look at; that there is an economy is looked at here."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        settings: GuildSettingsService,
        *,
        returns: Returns,
        records: CoinRecords,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._settings = settings
        self._returns = returns
        self._records = records

    # Looking --------------------------------------------------------------------------------------------

    async def recent(self, guild_id: int, *, count: int) -> list[Suggested]:
        """Up to `count` of the newest transactions of staff, between members, and with the shop."""
        return await self._database.query(lambda session: rows.newest(session, guild_id, SUGGESTED, count=count))

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

    async def standing(self, guild_id: int, key: str) -> int | None:
        """What would have to be taken back to undo what was done under a key; None if nothing of it stands."""

        async def unit(session: ReadSession) -> int | None:
            made = await rows.with_key(session, guild_id, key)
            if made is None:
                return None
            line = await rows.undone_by(session, guild_id, made)
            return line[-1].id if len(line) % 2 else None

        return await self._database.query(unit)

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
            named = await self._find(session, guild_id, transaction_id)
            bundle = await self._returns.bundle(session, guild_id, named.it) if named.belongs_to_a_purchase else None
            if bundle is not None:
                return await self._purchase(session, guild_id, bundle)
            return await self._reversible(session, guild_id, transaction_id)

        return await self._database.query(unit)

    async def _find(self, session: Session, guild_id: int, transaction_id: int) -> _Found:
        found = await rows.transaction(session, guild_id, transaction_id)
        first = await rows.root(session, guild_id, transaction_id)
        if found is None or first is None:
            raise TransactionNotFound
        return _Found(found, first)

    async def _purchase(self, session: Session, guild_id: int, bundle: Bundle) -> Reversible:
        if bundle.is_undone:
            raise AlreadyUndone(await self._undone_at(session, guild_id, bundle.main.id))
        check_purchase(bundle.purchase)
        main = bundle.main
        moves = net(side for leg in bundle.legs for side in opposite(leg.postings))
        return Reversible(
            main.id, Kind.PURCHASE, takes_back=False, at=main.at, actor_id=main.actor_id, memo=main.memo, moves=moves,
            things=bundle.things, role_ids=bundle.role_ids, boosts=bundle.boosts,
        )  # fmt: skip

    async def _reversible(self, session: Session, guild_id: int, transaction_id: int) -> Reversible:
        line = await rows.undone_by(session, guild_id, transaction_id)
        # It stands if nothing took it back, or if what did was itself taken back, and so on.
        if len(line) % 2 == 0:
            raise AlreadyUndone(line[-1].at)
        found = await self._find(session, guild_id, line[-1].id)
        self._check(found)
        moves = opposite(found.it.postings)
        sold = await self._returns.sale(session, guild_id, found.first.id, moves)
        return Reversible(
            id=found.it.id,
            kind=found.first.kind,
            takes_back=(found.it.kind is Kind.REVERSAL) and len(line) == 1,
            at=found.it.at,
            actor_id=found.it.actor_id,
            memo=found.it.memo,
            moves=moves,
            things=() if sold is None else (sold.things,),
        )

    def _check(self, found: _Found) -> None:
        if found.first.kind in OF_PURCHASES and found.it.kind is Kind.REVERSAL:
            raise CannotUndo(FINAL)
        check_can_be_undone(found.first.kind, found.it.postings, found.first.at, self._clock.now())

    # Taking back ----------------------------------------------------------------------------------------

    async def undo(self, guild_id: int, transaction_id: int, by: By, *, logged: bool = True) -> Undone:
        """Take back a transaction that nothing took back so far: move the same coins, and things, the other way.

        However many ask for it, it is done once; the same person again gets the first answer. `by.key` is not used:
        the key is the transaction. Of a purchase all of it is taken back, whichever of its movements is named.

        Raises:
            As `reversible`.
            AlreadyUndone: also when somebody else was quicker.
            CannotUndo: also when the time of a role is over.
            CoinsSpent: a member does not hold any more what would be taken back.
            ThingsGone: the same of things.
            AccountFull: a member can't take what would be given back.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)

        async def unit(session: WriteSession) -> Undone:
            found = await self._find(session, guild_id, transaction_id)
            bundle = None
            if found.belongs_to_a_purchase:
                # Locked before the key is looked for: another may take it back just now.
                bundle = await self._returns.bundle(session, guild_id, found.it, lock=True)
            if bundle is not None:
                return await self._undo_purchase(session, guild_id, bundle, by, logged=logged)
            return await self._undo(session, guild_id, found, by, logged=logged)

        return await self._database.transact(unit, idempotent=True)

    async def _undo(self, session: WriteSession, guild_id: int, found: _Found, by: By, *, logged: bool) -> Undone:
        movement = _movement(found.it, by)
        sold = await self._returns.sale(session, guild_id, found.first.id, movement.postings)
        if sold is not None:
            await self._returns.lock_sale(session, guild_id, sold)
        things = () if sold is None else (sold.things,)
        posted = await self._posted_before(session, guild_id, movement)
        if posted is None:
            self._check(found)
            if sold is not None:
                await self._returns.move_sold(session, guild_id, sold, key=movement.key)
            posted = await self._post(session, guild_id, movement)
            if logged and not posted.replayed:
                await self._records.write_all(
                    session, guild_id, _told(by), [posted], number=posted.transaction_id,
                    about=concerned(posted.postings), things=things,
                )  # fmt: skip
        return Undone(posted.transaction_id, found.it.id, posted.postings, posted.replayed, things)

    async def _undo_purchase(
        self, session: WriteSession, guild_id: int, bundle: Bundle, by: By, *, logged: bool
    ) -> Undone:
        movements = [_movement(leg, by) for leg in bundle.legs]
        if bundle.is_undone:
            found = [await self._posted_before(session, guild_id, one) for one in movements]
            return _undone(bundle, [one for one in found if one is not None], replayed=True)
        check_purchase(bundle.purchase)
        await self._returns.take_things(session, guild_id, bundle)
        posted = [await self._post(session, guild_id, one) for one in movements]
        await self._returns.end_effects(session, guild_id, bundle)
        done = _undone(bundle, posted, replayed=False)
        if logged:
            await self._records.write_all(
                session, guild_id, _told(by), posted, number=done.transaction_id,
                about=bundle.purchase.user_id, things=bundle.things,
            )  # fmt: skip
        return done

    async def _post(self, session: WriteSession, guild_id: int, movement: Movement) -> Posted:
        try:
            return await self._ledger.post(session, guild_id, movement)
        except InsufficientFunds as short:
            raise CoinsSpent(_who(movement.postings, short), short.balance, short.amount) from None
        except ContentMismatch:  # somebody else's was committed while this one waited
            raise AlreadyUndone(await self._undone_at(session, guild_id, movement.reverses_id or 0)) from None

    async def _posted_before(self, session: WriteSession, guild_id: int, movement: Movement) -> Posted | None:
        try:
            return await self._ledger.find(session, guild_id, movement)
        except ContentMismatch:
            raise AlreadyUndone(await self._undone_at(session, guild_id, movement.reverses_id or 0)) from None

    async def _undone_at(self, session: Session, guild_id: int, transaction_id: int) -> datetime:
        line = await rows.undone_by(session, guild_id, transaction_id)
        return line[1].at if len(line) > 1 else self._clock.now()


def _told(by: By) -> AuditRecord:
    return AuditRecord(UNDONE, by.user_id, by.source)


def _movement(found: Recorded, by: By) -> Movement:
    sides = opposite(found.postings)
    return Movement(Kind.REVERSAL, undo_key(found.id), by.user_id, sides, StaffDetails(), reverses_id=found.id)


def _undone(bundle: Bundle, posted: Sequence[Posted], *, replayed: bool) -> Undone:
    main = [leg.id for leg in bundle.legs].index(bundle.main.id)
    moves = net(side for one in posted for side in one.postings)
    return Undone(
        posted[main].transaction_id, bundle.main.id, moves, replayed, bundle.things, bundle.role_ids, bundle.boosts,
        is_final=True,
    )  # fmt: skip


def _who(postings: Sequence[Posting], short: InsufficientFunds) -> int:
    """Who holds too little: the ledger says how much, and a movement takes so much from one member alone."""
    return next(
        posting.account.holder
        for posting in postings
        if not posting.account.is_system and posting.amount == -short.amount
    )
