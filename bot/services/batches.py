"""Batches: drafted, started, taken turn by turn, cancelled, and what became of each target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import batches as rows
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.audit import BATCH, AuditRecord, AuditSource
from bot.domain.batches import (
    DRAFT_HOLDS,
    MAX_TOGETHER,
    TURN,
    Batch,
    BatchState,
    Done,
    Draft,
    ItemState,
    Later,
    Outcome,
    Plan,
    Report,
    Result,
    Tried,
    Turn,
    TurnItem,
    judged,
    state_of,
)
from bot.domain.guilds import ShardRange
from bot.domain.outbox import MessageState, Payload, channel
from bot.errors import BatchGone, BatchOver, BatchStale
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.outbox import OutboxService

STARTED, CANCELLED = "batch.start", "batch.cancel"
"""What stands in the audit log."""

LEASE = timedelta(seconds=90)
"""How long one process may be at a turn. After a crash the batch goes on then."""

KEPT_FOR = timedelta(days=30)
"""How long a batch that is over is remembered, and its result can be read."""

DRAFT_KEPT_FOR = timedelta(days=1)

PAGE = 10
"""Batches on a page."""

REASONS = 5
"""Reasons that a report tells one by one."""

NEWEST = 2**63 - 1
_PRUNED_AT_ONCE = 1_000
"""Targets that are forgotten in one transaction, for others write meanwhile."""


def _nobody() -> None:
    """Without a ticker nobody needs to be woken."""


class BatchesService:
    """Keeps batches. Give it a `wake` by `on_due`, and it is called after each commit that made one due."""

    def __init__(
        self, database: Database, clock: Clock, ids: IdMaker, outbox: OutboxService, audit: AuditService
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._audit = audit
        self._wake: Callable[[], object] = _nobody

    def on_due(self, wake: Callable[[], object]) -> None:
        """Say who is to look for due batches after a commit."""
        self._wake = wake

    def moment(self) -> datetime:
        """The time, by the clock that batches are due by."""
        return self._clock.now()

    # For people -----------------------------------------------------------------------------------------

    async def draft(self, guild_id: int, draft: Draft, plan: Plan) -> Batch:
        """Write down a dry run, so that it can be started as it was shown."""
        if not 1 <= draft.per_second <= MAX_TOGETHER:
            raise ValueError(f"{draft.per_second} targets a second are too few or too many")
        new = rows.NewBatch(
            id=self._ids.new(),
            key=draft.key,
            kind=draft.kind,
            title=plan.title,
            parameters=draft.parameters,
            language=draft.language,
            per_turn=draft.per_second,
            asked_by=draft.asked_by,
            at=self._clock.now(),
        )

        async def unit(session: WriteSession) -> Batch:
            await rows.add(session, guild_id, new, plan.targets)
            stored = await rows.by_key(session, guild_id, draft.key)
            return _there(stored)

        return await self._database.transact(unit, idempotent=True)

    async def start(self, guild_id: int, batch_id: int, *, by: int, channel_id: int | None) -> Batch:
        """Let a draft run; one that runs already stays as it is.

        Raises:
            BatchGone: there is none.
            BatchOver: it is over, or nothing in it is to be done.
            BatchStale: its dry run is older than `DRAFT_HOLDS`.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> Batch:
            batch = await self._locked(session, guild_id, batch_id)
            if batch.state is BatchState.RUNNING:
                return batch
            if batch.state.is_over or batch.counts.left == 0:
                raise BatchOver(batch.title)
            if now - batch.created_at > DRAFT_HOLDS:
                raise BatchStale(batch.title)
            values = {"state": BatchState.RUNNING, "started_at": now, "due_at": now, "channel_id": channel_id}
            await rows.change(session, guild_id, batch_id, values)
            record = AuditRecord(STARTED, by, AuditSource.BUTTON, *_named(batch))
            await self._audit.record(session, guild_id, record)
            self._database.after_commit(self._wake)
            return _there(await rows.get(session, guild_id, batch_id))

        return await self._database.transact(unit, idempotent=True)

    async def discard(self, guild_id: int, batch_id: int) -> None:
        """Forget a draft; one that was started meanwhile is left alone.

        Its targets go by pieces, for others write meanwhile. With the first piece nobody can start it any more; should
        the process die then, `prune` forgets the rest.

        Raises:
            BatchOver: it was started.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> bool:
            batch = await rows.get(session, guild_id, batch_id, lock=True)
            if batch is None:
                return True
            if batch.state is not BatchState.DRAFT:
                raise BatchOver(batch.title)
            if not batch.is_discarded:
                await rows.change(session, guild_id, batch_id, {"cancelled_at": now})
            return await rows.forget(session, guild_id, batch_id, limit=_PRUNED_AT_ONCE)

        while not await self._database.transact(unit, idempotent=True):
            pass

    async def cancel(
        self, guild_id: int, batch_id: int, *, by: int, because: str, source: AuditSource = AuditSource.BUTTON
    ) -> Batch:
        """Begin nothing more; what is under way is finished. Targets that are left out get the reason `because`.

        Raises:
            BatchGone: there is none.
            BatchOver: it is over, or was never started.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> Batch:
            batch = await self._locked(session, guild_id, batch_id)
            if batch.is_cancelled:
                return batch
            if batch.state is not BatchState.RUNNING:
                raise BatchOver(batch.title)
            await rows.change(session, guild_id, batch_id, {"cancelled_at": now, "cancelled_by": by})
            skipped = await rows.skip_open(session, batch, (ItemState.PENDING,), reason=because, at=now)
            counts = await rows.count(session, batch, ItemState.SKIPPED, skipped)
            if counts.left == 0:
                await self._finish(session, batch, BatchState.CANCELLED, now)
            await self._audit.record(session, guild_id, AuditRecord(CANCELLED, by, source, *_named(batch)))
            return _there(await rows.get(session, guild_id, batch_id))

        return await self._database.transact(unit, idempotent=True)

    async def get(self, guild_id: int, batch_id: int) -> Batch:
        """A batch.

        Raises:
            BatchGone: there is none.
        """
        return _there(await self._database.query(lambda session: rows.get(session, guild_id, batch_id)))

    async def report(self, guild_id: int, batch_id: int) -> Report:
        """A batch with its most frequent reasons.

        Raises:
            BatchGone: there is none.
        """

        async def unit(session: ReadSession) -> Report:
            batch = _there(await rows.get(session, guild_id, batch_id))
            return Report(batch, tuple(await rows.reasons(session, guild_id, batch_id, limit=REASONS)))

        return await self._database.query(unit)

    async def newest(
        self, guild_id: int, *, before: int = NEWEST, count: int = PAGE, kind: str | None = None
    ) -> Sequence[Batch]:
        """The batches that were started last; of one kind, if that is said."""
        return await self._database.query(
            lambda session: rows.list_(session, guild_id, before=before, count=count, kind=kind)
        )

    async def results(self, guild_id: int, batch_id: int) -> Sequence[Result]:
        """What became of each target so far."""
        return await self._database.query(lambda session: rows.results(session, guild_id, batch_id))

    # For those who act ----------------------------------------------------------------------------------

    async def next_due(self, shards: ShardRange) -> datetime | None:
        """When the next batch of these shards is to be looked at."""
        return await self._database.query(lambda session: rows.next_due(session, shards))

    async def claim(self, shards: ShardRange, limit: int) -> Sequence[Turn]:
        """Take the turns of up to `limit` due batches for `LEASE`, at most one of each guild's running ones."""
        now, token = self._clock.now(), self._ids.new()

        async def unit(session: WriteSession) -> list[Turn]:
            turns: list[Turn] = []
            taken = await rows.claim_due(session, shards, now=now, lease_until=now + LEASE, token=token, limit=limit)
            for batch in taken:
                items: tuple[TurnItem, ...] = ()
                if batch.state is BatchState.RUNNING:
                    items = await rows.claim_items(session, batch.guild_id, batch.id, token=token, limit=batch.per_turn)
                turns.append(Turn(batch, token, items, now))
            return turns

        return await self._database.transact(unit)

    async def settle(self, turn: Turn, item: TurnItem, outcome: Outcome, *, alone: bool = False) -> bool:
        """Write what became of one target; False when the claim was lost meanwhile, and then nothing is written."""
        return await self.settle_all(turn, [Tried(item, outcome, alone)]) == 1

    async def settle_all(self, turn: Turn, tried: Sequence[Tried]) -> int:
        """Write what became of targets in one transaction; of how many, for those whose claim was lost are left out.

        One that has to wait `alone`, while others would work, is given up when that is so for `STUCK_FOR`. The last
        one ends the batch, in the same transaction.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> int:
            batch = await rows.get(session, turn.batch.guild_id, turn.batch.id, lock=True)
            if batch is None:
                return 0
            written = Counter[ItemState]()
            for one in tried:
                state, values = _written(batch, one, now)
                if await rows.settle_item(session, batch, one.item.target, token=turn.token, values=values):
                    written[state] += 1
            counts = batch.counts
            for state in sorted(written.keys() - {ItemState.PENDING}):
                counts = await rows.count(session, batch, state, written[state])
            if counts.settled > batch.counts.settled and counts.left == 0:
                await self._finish(session, batch, _end_of(batch), now)
            return written.total()

        return await self._database.transact(unit, idempotent=True)

    async def release(self, turn: Turn, *, pause: timedelta = timedelta(0)) -> Batch:
        """Give a batch back until its next turn, at the earliest `pause` from now; how it stands.

        Raises:
            BatchGone: its guild was erased meanwhile.
        """
        guild_id, batch_id = turn.batch.guild_id, turn.batch.id
        due_at = max(turn.claimed_at + TURN, self._clock.now() + pause)

        async def unit(session: WriteSession) -> Batch:
            await rows.change_claimed(session, guild_id, batch_id, turn.token, {"due_at": due_at})
            self._database.after_commit(self._wake)
            return _there(await rows.get(session, guild_id, batch_id))

        return await self._database.transact(unit, idempotent=True)

    async def abandon(self, turn: Turn, *, because: str) -> None:
        """End a batch that can't go on; its open targets are skipped with the reason `because`.

        Nothing, when the claim was lost meanwhile: another process may know how to go on.
        """
        now, key = self._clock.now(), (turn.batch.guild_id, turn.batch.id)

        async def unit(session: WriteSession) -> None:
            mine = await rows.change_claimed(session, *key, turn.token, {})
            batch = await rows.get(session, *key, lock=True) if mine else None
            if batch is None or batch.state is not BatchState.RUNNING:
                return
            left = (ItemState.PENDING, ItemState.DOING)
            skipped = await rows.skip_open(session, batch, left, reason=because, at=now)
            await rows.count(session, batch, ItemState.SKIPPED, skipped)
            await self._finish(session, batch, BatchState.FAILED, now)

        await self._database.transact(unit, idempotent=True)

    async def publish(self, batch: Batch, payload: Payload, *, anew: bool = True) -> bool:
        """Let a message in the batch's channel show `payload`; the first time, and only if `anew`, it is sent.

        False while the message is on its way, so that it can't be changed yet. Then ask again.
        """
        key = f"batch:{batch.id}:progress"
        stored = await self._outbox.find(batch.guild_id, key)
        channel_id = batch.channel_id
        if channel_id is None or (stored is None and not anew):
            return True
        if stored is not None and stored.place is None:
            return stored.state is MessageState.FAILED
        place = None if stored is None else stored.place

        async def unit(session: WriteSession) -> None:
            if place is None:
                await self._outbox.send(session, batch.guild_id, channel(channel_id), payload, key=key)
            else:
                await self._outbox.edit(session, batch.guild_id, place, payload, key=f"{key}:edit")

        await self._database.transact(unit, idempotent=True)
        return True

    async def close(self, turn: Turn, farewell: Payload | None) -> None:
        """Nobody has to look at a batch that is over any more. With a `farewell`, that is said in its channel."""
        batch = turn.batch

        async def unit(session: WriteSession) -> None:
            mine = await rows.change_claimed(session, batch.guild_id, batch.id, turn.token, {"due_at": None})
            if mine and farewell is not None and batch.channel_id is not None:
                key = f"batch:{batch.id}:end"
                await self._outbox.send(session, batch.guild_id, channel(batch.channel_id), farewell, key=key)

        await self._database.transact(unit, idempotent=True)

    async def prune(self) -> int:
        """Forget what ended more than `KEPT_FOR` ago and drafts older than `DRAFT_KEPT_FOR`; how many batches."""
        now = self._clock.now()
        over, drafted, total = now - KEPT_FOR, now - DRAFT_KEPT_FOR, 0

        async def unit(session: WriteSession) -> bool | None:
            return await rows.prune(session, over_before=over, drafted_before=drafted, limit=_PRUNED_AT_ONCE)

        while (gone := await self._database.transact(unit, idempotent=True)) is not None:
            total += gone
        return total

    # Inside ---------------------------------------------------------------------------------------------

    async def _locked(self, session: WriteSession, guild_id: int, batch_id: int) -> Batch:
        return _there(await rows.get(session, guild_id, batch_id, lock=True))

    async def _finish(self, session: WriteSession, batch: Batch, state: BatchState, now: datetime) -> None:
        # Due at once and nobody's: the next turn says that it is over.
        values = {"state": state, "finished_at": now, "due_at": now, "lease_token": None}
        await rows.change(session, batch.guild_id, batch.id, values)
        self._database.after_commit(self._wake)


def _there(batch: Batch | None) -> Batch:
    if batch is None or batch.is_discarded:
        raise BatchGone
    return batch


def _written(batch: Batch, tried: Tried, now: datetime) -> tuple[ItemState, dict[str, Any]]:
    """What a target becomes by an outcome, and its columns."""
    item, stuck_for = tried.item, tried.item.stuck_for(now) if tried.alone else timedelta(0)
    running_for = now - (batch.started_at or batch.created_at)
    final = judged(tried.outcome, running_for, stuck_for, cancelled=batch.is_cancelled)
    if isinstance(final, Later):
        since = (item.stuck_since or now) if tried.alone else None
        return ItemState.PENDING, rows.delayed_values(final.reason, item.attempts - 1, since)
    state = state_of(final)
    reason = None if isinstance(final, Done) else final.reason
    return state, rows.outcome_values(state, reason, final.detail, now)


def _end_of(batch: Batch) -> BatchState:
    return BatchState.CANCELLED if batch.is_cancelled else BatchState.DONE


def _named(batch: Batch) -> tuple[str, str, None, None, str]:
    """A batch as the audit log has it: what it is, its id, nothing before and after, and its title."""
    return BATCH, str(batch.id), None, None, batch.title
