"""Carrying out locks and slowmodes: look at the channel, change what has to be changed, and write what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import discord
import structlog

from bot.actions.lock_channels import LockHand, missing, standing_of
from bot.domain.audit import AuditSource
from bot.domain.lock_plans import (
    ChannelFacts,
    Form,
    holds,
    imposed,
    is_whole,
    lifted,
    plan_lock,
    plan_slowmode,
    should_follow,
    still_open,
)
from bot.domain.locks import (
    ChannelLock,
    Claimed,
    Delayed,
    Done,
    LockKind,
    LockOrder,
    LockState,
    Obstacle,
    Outcome,
    Record,
    Refused,
    audit_reason,
)
from bot.errors import AlreadyLocked, DiscordAway, Unavailable
from bot.services.locks import LocksService, Ordered

_log = structlog.stdlib.get_logger(__name__)

TIMEOUT = 30.0
"""Seconds for one channel, discord.py's own repetitions included. Below the lease, so that nobody else is at it."""

_LOOKING = 5.0
"""Seconds that Discord may take to say how a channel stands before an order."""

_OUTAGE = timedelta(minutes=1)
_NOT_HERE = timedelta(hours=1)
"""How long channels of a guild that the bot is not in are left in peace."""

_UNKNOWN_CHANNEL = 10003
_FORBIDDEN, _BAD_REQUEST = 403, 400


@dataclass(frozen=True)
class Carried:
    """What became of an order. With `delayed` it is still owed, and done as soon as it can be."""

    lock: ChannelLock
    delayed: Delayed | None = None
    open_to: tuple[int, ...] = ()
    """Of a lock: the roles that may go on writing."""
    kept: bool = False
    """Of an unlocking: whether something was left as others had changed it."""


@dataclass(frozen=True)
class _Seen:
    """An outcome, and what was seen on the way."""

    outcome: Outcome
    open_to: tuple[int, ...] = ()


class LockKeeper:
    """The second of the three beats, for commands, batches, ticker and recovery alike."""

    def __init__(self, client: discord.Client, locks: LocksService) -> None:
        self._client = client
        self._locks = locks
        self._hand = LockHand(client)

    # For those who ask ----------------------------------------------------------------------------------

    async def order(self, guild_id: int, order: LockOrder) -> Carried:
        """Write down what somebody wants of a channel, do it, and write what came of it.

        Raises:
            FeatureOff, AlreadyLocked, LockUnderWay: as `LocksService.order` says. Nothing was written then.
            DiscordAway: Discord does not say whether a lock still stands.
            DatabaseAway, OutcomeUnknown: as named.
        """
        try:
            ordered = await self._locks.order(guild_id, order)
        except AlreadyLocked:
            old = await self._locks.find(guild_id, order.channel_id, order.kind)
            if old is None or await self._is_left(old):
                raise
            await self._locks.opened_outside(old)
            ordered = await self._locks.order(guild_id, order)
        return await self._finished(ordered)

    async def lift(
        self,
        guild_id: int,
        channel_id: int,
        kind: LockKind,
        *,
        by: int,
        source: AuditSource = AuditSource.COMMAND,
        reason: str | None = None,
        quiet: bool = False,
    ) -> Carried:
        """End a lock or slowmode, and put back what it changed.

        Raises:
            NotLocked, LockUnderWay: there is none, or somebody is at it.
            DatabaseAway, OutcomeUnknown: as named.
        """
        lifted = self._locks.lift(guild_id, channel_id, kind, by=by, source=source, reason=reason, quiet=quiet)
        ordered = await lifted
        return await self._finished(ordered)

    async def gone(self, guild_id: int, channel_id: int) -> None:
        """A channel was deleted: nothing is to be done about it any more."""
        await self._locks.gone(guild_id, channel_id)

    async def _finished(self, ordered: Ordered) -> Carried:
        if ordered.claimed is None:
            return Carried(ordered.lock, Delayed("somebody else is at it") if ordered.lock.state.is_under_way else None)
        try:
            return await self.carry_out(ordered.claimed)
        except Unavailable:  # it is written down that it is owed, so it is not a refusal
            return Carried(ordered.lock, Delayed("the database is away"))

    async def _is_left(self, lock: ChannelLock) -> bool:
        """Whether Discord shows anything of a lock that stands."""
        try:
            async with asyncio.timeout(_LOOKING):
                facts = await self._hand.see(lock, with_category=False)
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            _log.warning("Discord did not say how a channel stands", error=repr(error))
            raise DiscordAway from None
        return lock.record is None or holds(lock.record, facts)

    # For everybody --------------------------------------------------------------------------------------

    async def carry_out(self, claimed: Claimed) -> Carried:
        """Do what a claimed channel needs, and write the outcome.

        Raises:
            Unavailable: the outcome could not be written. The lease brings the channel back.
        """
        seen: _Seen | Delayed | None
        try:
            async with asyncio.timeout(TIMEOUT):
                seen = await self._attempt(claimed)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 — whatever it was, it is still owed
            made = self._outcome_of(error, claimed.lock)
            seen = made if isinstance(made, Delayed) else _Seen(made)
        if isinstance(seen, Delayed):
            _log.warning("a channel has to wait", guild=claimed.guild_id, reason=seen.reason)
            await self._locks.postpone(claimed, seen)
            return Carried(claimed.lock, seen)
        after = None if seen is None else await self._locks.settle(claimed, seen.outcome)
        if after is None or seen is None:  # decided otherwise meanwhile
            return Carried(claimed.lock, Delayed("changed meanwhile"))
        kept = isinstance(seen.outcome, Done) and seen.outcome.kept
        return Carried(after, open_to=seen.open_to, kept=kept)

    async def _attempt(self, claimed: Claimed) -> _Seen | Delayed | None:
        guild = self._client.get_guild(claimed.guild_id)
        if guild is None or guild.unavailable or guild.me is None:
            return Delayed("the server can't be seen", after=_NOT_HERE if guild is None else _OUTAGE)
        lock = claimed.lock
        begins = lock.state in {LockState.PLANNED, LockState.APPLYING}
        ends = lock.state is LockState.LIFTING or lock.is_due(claimed.claimed_at)
        if not (begins or ends):
            return _Seen(Done())
        facts = await self._hand.see(
            lock, with_category=begins or (lock.record is not None and bool(lock.record.synced))
        )
        if ends:
            return await self._lift(claimed, guild, facts)
        if lock.kind is LockKind.SLOWMODE:
            return await self._slow(claimed, facts)
        return await self._lock(claimed, guild, facts)

    async def _lock(self, claimed: Claimed, guild: discord.Guild, facts: ChannelFacts) -> _Seen | None:
        lock = claimed.lock
        if lock.state is LockState.APPLYING and lock.record is not None:
            record = lock.record
        else:
            roles = [one for one in lock.wish.role_ids if guild.get_role(one) is not None]
            planned = plan_lock(facts, standing_of(guild.me), roles)
            if isinstance(planned, Obstacle):
                return _Seen(Refused(planned))
            record = planned
            begun = await self._locks.begin(claimed, LockState.APPLYING, record)
            if begun is None:
                return None
            lock = begun.lock
        if record.thread:
            await self._hand.set_thread(facts, audit_reason(lock), locked=True)
            return _Seen(Done(speaks=True))
        await self._hand.write(guild, facts, imposed(record, facts.overwrites), audit_reason(lock))
        return _Seen(Done(speaks=facts.form is not Form.FORUM), tuple(still_open(facts, record)))

    async def _slow(self, claimed: Claimed, facts: ChannelFacts) -> _Seen | None:
        lock = claimed.lock
        if lock.state is not LockState.APPLYING:
            record = plan_slowmode(facts, lock.wish.seconds or 0, lock.record)
            begun = await self._locks.begin(claimed, LockState.APPLYING, record)
            if begun is None:
                return None
            lock = begun.lock
        await self._hand.set_rate(facts, lock.wish.seconds or 0, audit_reason(lock))
        return _Seen(Done())

    async def _lift(self, claimed: Claimed, guild: discord.Guild, facts: ChannelFacts) -> _Seen | None:
        record = claimed.lock.record or Record()
        if claimed.lock.state is not LockState.LIFTING:
            begun = await self._locks.begin(claimed, LockState.LIFTING, record)
            if begun is None:
                return None
            claimed = begun
        reason = audit_reason(claimed.lock)
        if claimed.lock.kind is LockKind.SLOWMODE:
            is_ours = facts.rate == record.set_to
            if is_ours and record.rate is not None:
                await self._hand.set_rate(facts, record.rate, reason)
            return _Seen(Done(kept=not is_ours))
        if record.thread:
            await self._hand.set_thread(facts, reason, locked=False)
            return _Seen(Done(kept=not facts.is_locked, speaks=True))
        return await self._put_back(claimed, guild, facts, record, reason)

    async def _put_back(
        self, claimed: Claimed, guild: discord.Guild, facts: ChannelFacts, record: Record, reason: str
    ) -> _Seen | None:
        done = _Seen(Done(kept=not is_whole(record, facts), speaks=facts.form is not Form.FORUM))
        follows = record.follows or should_follow(record, facts)
        if follows and facts.category is not None:
            if not record.follows:
                # Written first: half-way there, nothing would show any more that it was untouched.
                begun = await self._locks.begin(claimed, LockState.LIFTING, record.model_copy(update={"follows": True}))
                if begun is None:
                    return None
            try:
                await self._hand.write(guild, facts, facts.category, reason)
            except discord.Forbidden:
                # The category grants something that I can't: what the lock changed is put back all the same.
                plain = record.model_copy(update={"follows": False, "synced": None})
                if await self._locks.begin(claimed, LockState.LIFTING, plain) is None:
                    return None
                facts = await self._hand.see(claimed.lock, with_category=False)
            else:
                return done
        await self._hand.write(guild, facts, lifted(record, facts.overwrites), reason)
        return done

    # Refusals -------------------------------------------------------------------------------------------

    def _outcome_of(self, error: Exception, lock: ChannelLock) -> Outcome | Delayed:  # noqa: PLR0911 — a table
        match error:
            case discord.RateLimited(retry_after=seconds):
                return Delayed(f"rate limited for {seconds:.0f} s", after=timedelta(seconds=seconds))
            case discord.NotFound(code=code) if code == _UNKNOWN_CHANNEL:
                return Refused(Obstacle.GONE)
            case discord.HTTPException(status=status) if status in {_FORBIDDEN, _BAD_REQUEST}:
                return Refused(self._why(lock), f"{error.status} (error {error.code}): {error.text}")
            case discord.HTTPException():
                return Delayed(f"{error.status} (error {error.code}): {error.text}")
            case TimeoutError():
                return Delayed("no answer in time")
            case OSError() | aiohttp.ClientError():
                return Delayed(f"Discord can't be reached: {error!r}")
            case _:
                _log.error("a channel failed unexpectedly", exc_info=error)
                return Delayed(repr(error))

    def _why(self, lock: ChannelLock) -> Obstacle:
        guild = self._client.get_guild(lock.guild_id)
        channel = None if guild is None else guild.get_channel_or_thread(lock.channel_id)
        return (None if channel is None else missing(channel, lock.kind)) or Obstacle.REFUSED
