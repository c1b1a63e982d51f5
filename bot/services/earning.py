"""What members can claim now and then: coins for a day, for a week, and for work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import NoReturn

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import claims
from bot.db.repositories.economy import jobs as own_jobs
from bot.db.sessions import WriteSession
from bot.domain.claims import ClaimClock, Earned, Rhythm, Term, earned, rhythm_of
from bot.domain.coin_range import CoinRange
from bot.domain.economy import ClaimAction, Kind, Pocket, move, system, wallet
from bot.domain.economy_settings import EconomyCommand, EconomySettings
from bot.domain.general import GeneralSettings
from bot.domain.jobs import BUILT_IN
from bot.domain.movements import ClaimDetails, Details, WorkDetails
from bot.errors import AlreadyClaimed, AlreadyWorked
from bot.services.economy_rules import allowed
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger, Movement, Posted
from bot.services.preferences import PreferencesService
from bot.services.shadows import Shadows


@dataclass(frozen=True)
class ClaimPaid:
    """A claim for a day or a week that was paid."""

    amount: int
    """All of it."""
    bonus: int
    """Coins of it for the streak."""
    milestone: int
    """Coins of it for a streak that has just reached a number of days."""
    wallet: int
    streak: int
    """Days or weeks in a row, this one included."""
    ready_at: datetime
    replayed: bool


@dataclass(frozen=True)
class WorkPaid:
    """Work that was paid."""

    job: str
    """What they did: a text of the house, to be translated, or the server's own, as its staff wrote it."""
    is_own: bool
    amount: int
    wallet: int
    ready_at: datetime
    replayed: bool


@dataclass(frozen=True)
class _Asked:
    """Who claims what, in which rhythm, and under which key."""

    guild_id: int
    user_id: int
    action: ClaimAction
    rhythm: Rhythm
    key: str


class _PaidBeforeError(Exception):
    """The key was found to have paid, so nothing of this transaction may stay."""

    def __init__(self, posted: Posted) -> None:
        super().__init__()
        self.posted = posted


_Made = Callable[[int, datetime], tuple[int, Details]]
"""From a streak and the moment at which the next is ready: what is paid, and what is remembered of it."""

_KINDS = {ClaimAction.DAILY: Kind.DAILY, ClaimAction.WEEKLY: Kind.WEEKLY, ClaimAction.WORK: Kind.WORK}


class EarningService:
    """The use cases. Each is one transaction, in which one statement decides whether the claim is ready.

    What is drawn is drawn before, so that a transaction that has to be run again pays the same.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rng: Random,
        ledger: Ledger,
        *,
        settings: GuildSettingsService,
        preferences: PreferencesService,
        shadows: Shadows,
    ) -> None:
        self._database = database
        self._clock = clock
        self._rng = rng
        self._ledger = ledger
        self._settings = settings
        self._preferences = preferences
        self._shadows = shadows

    async def daily(self, guild_id: int, user_id: int, *, key: str) -> ClaimPaid:
        """Pay the daily amount, with what the streak brings. The same key again gives the first answer.

        Raises:
            FeatureOff, CommandOff: the guild has no economy, or no /daily.
            AlreadyClaimed: it is not ready.
            AccountFull: the wallet can't hold it.
        """
        rules = await self._rules(guild_id, EconomyCommand.DAILY)
        drawn = self._drawn(rules.daily_amount)
        asked = await self._asked(guild_id, user_id, ClaimAction.DAILY, rules, key)
        return await self._claim(asked, lambda streak: earned(drawn, streak, rules))

    async def weekly(self, guild_id: int, user_id: int, *, key: str) -> ClaimPaid:
        """Pay the weekly amount. Weeks in a row are counted, and bring nothing. The same key gives the first answer.

        Raises:
            FeatureOff, CommandOff: the guild has no economy, or no /weekly.
            AlreadyClaimed: it is not ready.
            AccountFull: the wallet can't hold it.
        """
        rules = await self._rules(guild_id, EconomyCommand.WEEKLY)
        drawn = self._drawn(rules.weekly_amount)
        asked = await self._asked(guild_id, user_id, ClaimAction.WEEKLY, rules, key)
        return await self._claim(asked, lambda _: Earned(drawn))

    async def work(self, guild_id: int, user_id: int, *, key: str) -> WorkPaid:
        """Pay for a job that chance picks: of the server's own if there are any. The same key gives the first answer.

        Raises:
            FeatureOff, CommandOff: the guild has no economy, or no /work.
            AlreadyWorked: it is too soon.
            AccountFull: the wallet can't hold it.
        """
        rules = await self._rules(guild_id, EconomyCommand.WORK)
        asked = await self._asked(guild_id, user_id, ClaimAction.WORK, rules, key)
        own = await self._database.query(lambda session: own_jobs.all_(session, guild_id))
        job = self._rng.choice(own) if own else None
        words = self._rng.choice(BUILT_IN) if job is None else job.text
        amount = self._drawn(rules.work_amount if job is None or job.pay is None else job.pay)

        def made(_streak: int, ready_at: datetime) -> tuple[int, Details]:
            return amount, WorkDetails(ready_at=ready_at, job=words, is_own=job is not None)

        posted = await self._paid(asked, made)
        done = posted.remembered(WorkDetails)
        return WorkPaid(done.job, done.is_own, *_sums(posted, user_id), done.ready_at, posted.replayed)

    async def _rules(self, guild_id: int, command: EconomyCommand) -> EconomySettings:
        await allowed(self._settings, guild_id, command)
        return (await self._settings.read(guild_id, EconomySettings)).value

    def _drawn(self, amount: CoinRange) -> int:
        return amount.low if amount.is_fixed else self._rng.randint(amount.low, amount.high)

    async def _asked(
        self, guild_id: int, user_id: int, action: ClaimAction, rules: EconomySettings, key: str
    ) -> _Asked:
        zone = (await self._settings.read(guild_id, GeneralSettings)).value.zone
        own = rules.claim_zone == "member"
        if own:
            zone = (await self._preferences.read(user_id)).value.zone or zone
        return _Asked(guild_id, user_id, action, rhythm_of(action, rules, ClaimClock(zone, is_own=own)), key)

    async def _claim(self, asked: _Asked, worth: Callable[[int], Earned]) -> ClaimPaid:
        def made(streak: int, ready_at: datetime) -> tuple[int, Details]:
            pays = worth(streak)
            details = ClaimDetails(streak=streak, ready_at=ready_at, bonus=pays.bonus, milestone=pays.milestone)
            return pays.total, details

        posted = await self._paid(asked, made)
        done = posted.remembered(ClaimDetails)
        amount, held = _sums(posted, asked.user_id)
        return ClaimPaid(amount, done.bonus, done.milestone, held, done.streak, done.ready_at, posted.replayed)

    async def _paid(self, asked: _Asked, made: _Made) -> Posted:
        try:
            return await self._database.transact(lambda session: self._pay(session, asked, made), idempotent=True)
        except _PaidBeforeError as found:
            return found.posted

    async def _pay(self, session: WriteSession, asked: _Asked, made: _Made) -> Posted:
        """Claim, then pay. What is seldom so is only looked for where it may be: a claim that is paid asks nothing."""
        now = self._clock.now()
        term = asked.rhythm.term(now)
        streak = await self._claimed(session, asked, now, term)
        if streak is None:
            # Perhaps by the same key, which may have been at it and committed while the claim waited for its row.
            before = await self._ledger.find(session, asked.guild_id, _movement(asked, 1, Details()))
            if before is not None:
                return before
            await self._refuse(session, asked, now, term)
        posted = await self._ledger.post(session, asked.guild_id, _movement(asked, *made(streak, term.ready_at)))
        if posted.replayed:
            raise _PaidBeforeError(posted)
        return posted

    async def _claimed(self, session: WriteSession, asked: _Asked, now: datetime, term: Term) -> int | None:
        """The streak with this claim; None when it is not ready."""
        whose = asked.guild_id, asked.user_id, asked.action
        taken = await claims.claim(session, *whose, now=now, term=term)
        if taken is None or not taken.may_be_first:
            return None if taken is None else taken.streak
        # Looked for only now, when nobody who erases them can come in between: the claim has its row.
        shadow = await self._shadows.find(session, asked.guild_id, asked.user_id)
        if shadow is not None and await claims.take_up(session, *whose, shadow=shadow):
            taken = await claims.claim(session, *whose, now=now, term=term)
        return None if taken is None else taken.streak

    @staticmethod
    async def _refuse(session: WriteSession, asked: _Asked, now: datetime, term: Term) -> NoReturn:
        last = await claims.last(session, asked.guild_id, asked.user_id, asked.action)
        next_at = term.ready_at if last is None else asked.rhythm.next_after(last.at, last.ready_at)
        refused = AlreadyWorked if asked.action is ClaimAction.WORK else AlreadyClaimed
        raise refused(next_at if next_at > now else term.ready_at)


def _movement(asked: _Asked, amount: int, details: Details) -> Movement:
    postings = move(system(Pocket.MINT), wallet(asked.user_id), amount)
    return Movement(_KINDS[asked.action], asked.key, asked.user_id, postings, details, amount_was_asked=False)


def _sums(posted: Posted, user_id: int) -> tuple[int, int]:
    """What was paid, and what was in the wallet then."""
    return posted.postings[1].amount, posted.balances[wallet(user_id)]
