"""Locks and slowmodes of channels: written down before anything is done, and again once it is known what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import locks as rows
from bot.db.sessions import WriteSession
from bot.domain import audit
from bot.domain.audit import AuditRecord, AuditSource
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.domain.guilds import ShardRange
from bot.domain.lock_words import CHANGED, how_long, notice, recorded, told
from bot.domain.locks import (
    ChannelLock,
    Claimed,
    Delayed,
    Done,
    LockKind,
    LockOrder,
    LockSettings,
    LockState,
    Obstacle,
    Outcome,
    Record,
    Refused,
    Wish,
    pause_after,
    settled,
)
from bot.domain.outbox import Payload, channel
from bot.domain.staff_notices import lock_alert
from bot.errors import AlreadyLocked, LockChanged, LockUnderWay, NotLocked
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.staff_notices import StaffNoticesService, Tell

NOBODY = -1
"""In place of somebody who had what is kept about them erased."""

LEASE = timedelta(seconds=60)
"""How long one process may be at a channel. After a crash it is looked at again then."""


@dataclass(frozen=True)
class Ordered:
    """What was written down, and the claim to carry it out. Without one there is nothing to be done now."""

    lock: ChannelLock
    claimed: Claimed | None


def _nobody() -> None:
    """Without a ticker nobody needs to be woken."""


class LocksService:
    """Takes orders, hands them out to be carried out channel by channel, and keeps what came of them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: IdMaker,
        *,
        settings: GuildSettingsService,
        audit_log: AuditService,
        outbox: OutboxService,
        notices: StaffNoticesService,
        tell: Tell,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._audit = audit_log
        self._outbox = outbox
        self._notices = notices
        self._tell = tell
        self._wake: Callable[[], object] = _nobody

    def on_due(self, wake: Callable[[], object]) -> None:
        """Say who is to look for due rows after a commit."""
        self._wake = wake

    # For those who ask ----------------------------------------------------------------------------------

    async def order(self, guild_id: int, order: LockOrder) -> Ordered:
        """Write down what somebody wants of a channel. The caller carries out the claim.

        The same of one batch again is the same lock, as far as that is by now.

        Raises:
            FeatureOff: moderation is switched off.
            AlreadyLocked: it is; that can be changed with `change`.
            LockUnderWay: somebody is at it, or it is being undone.
        """
        await self._settings.require(guild_id, Feature.MODERATION)
        now = self._clock.now()
        until = order.until if order.until is not None or order.lasts is None else now + order.lasts
        kept = replace(order, until=until)

        async def unit(session: WriteSession) -> Ordered:
            old, is_leased = await self._taken(session, guild_id, kept, now)
            if order.batch_id is not None and old.batch_id == order.batch_id:
                return await self._again(session, old, now)
            _check_free(old, now, is_leased=is_leased)
            wanted = _wanted(old, kept)
            await rows.write(session, wanted, due_at=now)
            return await self._claimed(session, wanted, now)

        return await self._database.transact(unit, idempotent=order.batch_id is not None)

    async def _taken(
        self, session: WriteSession, guild_id: int, order: LockOrder, now: datetime
    ) -> tuple[ChannelLock, bool]:
        """The row of a channel, locked; a new one if there was none."""
        blank = ChannelLock(guild_id, order.channel_id, order.kind, LockState.ENDED, 0, Wish(), order.by, order.source)
        await rows.seed(session, blank)
        found = await rows.lock(session, (guild_id, order.channel_id, order.kind), now=now)
        return found or (blank, False)

    async def _again(self, session: WriteSession, old: ChannelLock, now: datetime) -> Ordered:
        return await self._claimed(session, old, now) if old.state.is_under_way else Ordered(old, None)

    async def _claimed(self, session: WriteSession, lock: ChannelLock, now: datetime) -> Ordered:
        self._database.after_commit(self._wake)
        key = (lock.guild_id, lock.channel_id, lock.kind)
        taken = await rows.claim(session, [key], now=now, lease_until=now + LEASE, token=self._ids.new())
        return Ordered(lock, taken[0] if taken else None)

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
    ) -> Ordered:
        """Say that a lock or slowmode is to end. The caller carries out the claim.

        Raises:
            NotLocked: there is none.
            LockUnderWay: somebody is at it.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> Ordered:
            found = await rows.lock(session, (guild_id, channel_id, kind), now=now)
            if found is None or found[0].state.is_over:
                raise NotLocked(_mention(channel_id))
            old, is_leased = found
            if is_leased:
                raise LockUnderWay(_mention(channel_id))
            ending = replace(old, ended_by=by, source=source, version=old.version + 1)
            ending = replace(ending, wish=old.wish.model_copy(update={"quiet": quiet, "ended_because": reason}))
            if old.record is None:  # nothing was done yet
                ending = replace(ending, state=LockState.ENDED)
                await rows.write(session, ending, due_at=None)
                return Ordered(ending, None)
            ending = replace(ending, state=LockState.LIFTING)
            await rows.write(session, ending, due_at=now)
            return await self._claimed(session, ending, now)

        return await self._database.transact(unit)

    async def change(
        self,
        guild_id: int,
        channel_id: int,
        *,
        version: int,
        lasts: timedelta | None,
        by: int,
        source: AuditSource = AuditSource.BUTTON,
    ) -> ChannelLock:
        """Let a lock that stands end after that time from now, or when somebody ends it.

        Raises:
            LockChanged: somebody changed it since that version, or it is over.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> ChannelLock:
            found = await rows.lock(session, (guild_id, channel_id, LockKind.LOCK), now=now)
            if found is None or found[0].version != version or found[0].state is not LockState.STANDING:
                raise LockChanged(_mention(channel_id))
            old = found[0]
            changed = replace(old, expires_at=None if lasts is None else now + lasts, version=version + 1)
            self._database.after_commit(self._wake)
            await rows.write(session, changed, due_at=changed.expires_at)
            record = AuditRecord(
                CHANGED, by, source, audit.CHANNEL, str(channel_id), told(old), told(changed), old.reason
            )
            await self._audit.record(session, guild_id, record)
            return changed

        return await self._database.transact(unit)

    async def find(self, guild_id: int, channel_id: int, kind: LockKind) -> ChannelLock | None:
        """A channel's last lock or slowmode, over or not."""
        return await self._database.query(lambda session: rows.find(session, (guild_id, channel_id, kind)))

    async def live(self, guild_id: int, kind: LockKind | None = None) -> Sequence[ChannelLock]:
        """What is not over in a guild."""
        return await self._database.query(lambda session: rows.live(session, guild_id, kind))

    # For those who carry them out -----------------------------------------------------------------------

    def moment(self) -> datetime:
        """Now, by the clock that locks end by."""
        return self._clock.now()

    async def next_due(self, shards: ShardRange) -> datetime | None:
        """When the next channel of these shards is to be looked at."""
        return await self._database.query(lambda session: rows.next_due(session, shards))

    async def claim(self, shards: ShardRange, limit: int) -> Sequence[Claimed]:
        """Take up to `limit` rows that are due, each for `LEASE`."""
        now, token = self._clock.now(), self._ids.new()

        async def unit(session: WriteSession) -> list[Claimed]:
            due = await rows.lock_due(session, shards, now=now, limit=limit)
            return await rows.claim(session, due, now=now, lease_until=now + LEASE, token=token)

        return await self._database.transact(unit)

    async def begin(self, claimed: Claimed, state: LockState, record: Record) -> Claimed | None:
        """Right before a channel is changed: note how far it is and what was there; None when the claim was lost."""

        async def unit(session: WriteSession) -> Claimed | None:
            now = await rows.lock_claim(session, claimed)
            if now is None:
                return None
            begun = replace(now, state=state, record=record)
            await rows.write(session, begun, due_at=None, keeps_lease=True)
            return replace(claimed, lock=begun)

        return await self._database.transact(unit, idempotent=True)

    async def settle(self, claimed: Claimed, outcome: Outcome) -> ChannelLock | None:
        """Write what came of it, with all that is said of it; the lock as it stands, or None when the claim was lost.

        What staff has to mend before a channel can be opened again is told them once.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> ChannelLock | None:
            before = await rows.lock_claim(session, claimed)
            if before is None:
                return None
            after, due_at = settled(before, outcome, now, claimed.attempts)
            self._database.after_commit(self._wake)
            await rows.write(session, after, due_at=due_at, keeps_lease=True)
            stuck = after.state is LockState.LIFTING and after.failed_since is not None
            await rows.release(session, claimed, due_at=due_at, failed=stuck)
            if isinstance(outcome, Refused):
                if stuck and before.failed_since is None:
                    alert = lock_alert(after, outcome.obstacle)
                    await self._notices.alert(session, after.guild_id, alert)
            elif not after.wish.quiet:
                await self._say(session, before, after, outcome)
            return after

        return await self._database.transact(unit, idempotent=True)

    async def _say(self, session: WriteSession, before: ChannelLock, after: ChannelLock, outcome: Done) -> None:
        """Tell the audit log, and the channel, of what was done."""
        record = recorded(before, after)
        if record is None:
            return
        await self._audit.record(session, after.guild_id, record)
        if after.kind is LockKind.LOCK and outcome.speaks:
            await self._notice(session, after, is_ended=before.state is LockState.LIFTING)

    async def _notice(self, session: WriteSession, lock: ChannelLock, *, is_ended: bool) -> None:
        settings = await self._settings.within(session, lock.guild_id, LockSettings)
        if not settings.lock_notice:
            return
        language = (await self._settings.within(session, lock.guild_id, GeneralSettings)).language
        said = [self._tell(language, one) for one in notice(lock, is_ended=is_ended)]
        key = f"lock:{lock.channel_id}:{lock.version}:{lock.state}"
        await self._outbox.send(session, lock.guild_id, channel(lock.channel_id), Payload("\n".join(said)), key=key)

    async def postpone(self, claimed: Claimed, delayed: Delayed) -> None:
        """Give a claim back, to be tried again later."""
        pause = pause_after(claimed.attempts) if delayed.after is None else max(delayed.after, timedelta(seconds=1))
        due_at = self._clock.now() + pause

        async def unit(session: WriteSession) -> None:
            self._database.after_commit(self._wake)
            await rows.release(session, claimed, due_at=due_at, failed=True)

        await self._database.transact(unit, idempotent=True)

    async def gone(self, guild_id: int, channel_id: int) -> None:
        """Discord says that a channel was deleted: nothing is to be done about it any more. Safe to repeat."""
        if not await self._database.query(lambda session: rows.live_in(session, guild_id, channel_id)):
            return  # most that are deleted keep no writer waiting

        async def unit(session: WriteSession) -> None:
            for one in await rows.live_in(session, guild_id, channel_id):
                over = replace(one, state=LockState.ENDED, obstacle=Obstacle.GONE)
                await rows.write(session, over, due_at=None)

        await self._database.transact(unit, idempotent=True)

    async def opened_outside(self, lock: ChannelLock) -> None:
        """Discord shows nothing of a lock any more: end it, for somebody undid it by hand. Nothing else is changed."""

        async def unit(session: WriteSession) -> None:
            key = (lock.guild_id, lock.channel_id, lock.kind)
            found = await rows.lock(session, key, now=self._clock.now())
            if found is not None and found[0].version == lock.version and found[0].state is LockState.STANDING:
                await rows.write(session, replace(found[0], state=LockState.ENDED), due_at=None)

        await self._database.transact(unit, idempotent=True)


def _check_free(old: ChannelLock, now: datetime, *, is_leased: bool) -> None:
    """Whether something new may begin in a channel.

    Raises:
        AlreadyLocked, LockUnderWay: it may not.
    """
    if is_leased or old.state.is_under_way:
        raise LockUnderWay(_mention(old.channel_id))
    if old.state is LockState.STANDING and old.kind is LockKind.LOCK:
        by = NOBODY if old.by_id is None else old.by_id
        raise AlreadyLocked(_mention(old.channel_id), old.started_at or now, by, how_long(old))


def _wanted(old: ChannelLock, order: LockOrder) -> ChannelLock:
    """The row of a new order. A slowmode that takes the place of another remembers what was before both."""
    return ChannelLock(
        guild_id=old.guild_id,
        channel_id=order.channel_id,
        kind=order.kind,
        state=LockState.PLANNED,
        version=old.version + 1,
        wish=order.wish,
        by_id=order.by,
        source=order.source,
        reason=order.reason,
        batch_id=order.batch_id,
        expires_at=order.until,
        record=old.record if old.state is LockState.STANDING else None,
    )


def _mention(channel_id: int) -> str:
    return f"<#{channel_id}>"
