"""The outbox: messages written in the transaction that causes them, and sent after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import outbox as rows
from bot.db.repositories import outbox_by_key as single
from bot.db.repositories import outbox_folds as folds
from bot.db.repositories import outbox_given_up as lost
from bot.db.repositories import outbox_retention as retention
from bot.db.repositories.outbox import NewMessage, StoredMessage
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.folding import FOLDED_AHEAD, Line, begins, filled, minute_of
from bot.domain.guilds import ShardRange
from bot.domain.outbox import (
    Claimed,
    Delayed,
    Delivered,
    Destination,
    GivenUp,
    Hindrance,
    MessageKind,
    Outcome,
    Payload,
    Place,
    Refused,
    Target,
    channel,
    edit_interval,
    is_given_up,
    pause_after,
)
from bot.domain.role_grants import fair_share
from bot.ids import IdMaker, moved_to

LEASE = timedelta(seconds=60)
"""How long one process may be at a message. After a crash it is tried again then, while its nonce still helps."""

KEPT_FOR = timedelta(days=30)
"""How long it is remembered that a message was sent or given up, and with it its key."""

FRESH_FOR = timedelta(days=7)
"""For how long a message that was given up is told of, and may be sent after all: then what it says is too old."""

SHOWN = 200
"""Messages that are counted when a guild is told what was given up."""

_PRUNED_AT_ONCE = 500


GATHERED_FOR = timedelta(seconds=3)
"""How long a line waits for others to be told with."""

OnSettled = Callable[[WriteSession, Claimed, Delivered | Refused], Awaitable[None]]
"""Told, inside the transaction, what became of a message in the end."""

OnGivenUp = Callable[[WriteSession, Claimed, Hindrance], Awaitable[None]]


async def _unheard(_session: WriteSession, _claimed: Claimed, _hindrance: Hindrance) -> None:
    """Nobody asked to be told."""


def _nobody() -> None:
    """Without a ticker nobody needs to be woken."""


class OutboxService:
    """Takes messages inside the transactions of use cases, and hands them out to be sent.

    Give it a `wake` by `on_queued`, and it is called after each commit that queued or settled something.
    """

    def __init__(self, database: Database, clock: Clock, ids: IdMaker) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._wake: Callable[[], object] = _nobody
        self._hear: OnGivenUp = _unheard
        self._listeners: dict[str, OnSettled] = {}

    def on_queued(self, wake: Callable[[], object]) -> None:
        """Say who is to look for due messages after a commit."""
        self._wake = wake

    def on_given_up(self, hear: OnGivenUp) -> None:
        """Say who is told, inside the transaction, of a message that is given up for something that can be mended."""
        self._hear = hear

    def listen(self, topic: str, hear: OnSettled) -> None:
        """Say who is told, inside the transaction, what became of messages whose keys begin with ``topic:``."""
        self._listeners[topic] = hear

    # For features ---------------------------------------------------------------------------------------

    async def send(
        self,
        session: WriteSession,
        guild_id: int,
        destination: Destination,
        payload: Payload,
        *,
        key: str,
        fallback_id: int | None = None,
    ) -> bool:
        """Promise a message, inside the caller's transaction: it is sent if and only if that commits.

        The same `key` in the same guild is the same message, whatever it says then; False if it was promised before.
        If Discord refuses it at `destination`, it goes to the channel `fallback_id` instead.

        Raises:
            RuntimeError: `session` is not the transaction this task is in.
        """
        new = rows.NewMessage(
            id=self._ids.new(),
            key=key,
            kind=MessageKind.SEND,
            destination=destination,
            payload=payload,
            at=self._clock.now(),
            fallback_id=fallback_id,
        )
        self._database.after_commit(self._wake)
        return await rows.add(session, guild_id, new)

    async def gather(
        self, session: WriteSession, guild_id: int, destination: Destination, line: str, *, topic: str
    ) -> None:
        """Promise a line of text, inside the caller's transaction. It pings nobody.

        Lines of one `topic` that come within `GATHERED_FOR` are one message, as far as they fit into it.
        """
        self._database.after_commit(self._wake)
        if await rows.append(session, guild_id, destination, topic=topic, line=line):
            return
        row_id, now = self._ids.new(), self._clock.now()
        new = rows.NewMessage(
            id=row_id,
            key=f"{topic}:{row_id}",
            kind=MessageKind.SEND,
            destination=destination,
            payload=Payload(line),
            at=now,
            due_at=now + GATHERED_FOR,
        )
        await rows.add(session, guild_id, new)

    async def fold(
        self,
        session: WriteSession,
        guild_id: int,
        channel_id: int,
        lines: Sequence[Line],
        *,
        topic: str,
        fallback_id: int | None = None,
    ) -> None:
        """Promise lines for a channel, inside the caller's transaction: of one `topic` one message there in a minute.

        The first leaves at once, and what comes after it in the next minutes, as far as `FOLDED_AHEAD` of these hold
        it. A message that waits for its minute keeps no other of its channel waiting.
        """
        now, left = self._clock.now(), lines
        self._database.after_commit(self._wake)
        first = minute_of(now)
        for minute in range(first, first + FOLDED_AHEAD + 1):
            if not left:
                return
            key = f"{topic}:{channel_id}:{minute}"
            into = partial(self._folded, key, channel_id, minute=minute, fallback_id=fallback_id)
            left = await self._fold_into(session, guild_id, key, into, left)

    async def _fold_into(
        self,
        session: WriteSession,
        guild_id: int,
        key: str,
        begun: Callable[[Payload], NewMessage],
        lines: Sequence[Line],
    ) -> Sequence[Line]:
        """Say lines in the message with a key; those that it has no room for, or all once it is sent."""
        known = await folds.lock(session, guild_id, key)
        if known is None:
            payload, rest = filled(None, lines)
            if payload is None:
                return lines
            if await rows.add(session, guild_id, begun(payload)):
                return rest
            known = await folds.lock(session, guild_id, key)  # which another transaction has begun just now
        if known is None or known.payload is None:
            return lines  # sent, or somebody is at it
        payload, rest = filled(known.payload, lines)
        if payload is not None:
            await folds.write(session, guild_id, known.id, payload)
        return rest

    def _folded(
        self, key: str, channel_id: int, payload: Payload, *, minute: int, fallback_id: int | None
    ) -> NewMessage:
        now = self._clock.now()
        due_at = max(now, begins(minute))
        # With an id of the time when it is due, for the messages of a channel leave in the order of their ids.
        row_id = self._ids.new() if due_at == now else moved_to(self._ids.new(), due_at)
        return NewMessage(
            id=row_id, key=key, kind=MessageKind.SEND, destination=channel(channel_id), payload=payload, at=now,
            fallback_id=fallback_id, due_at=due_at,
        )  # fmt: skip

    async def edit(self, session: WriteSession, guild_id: int, place: Place, payload: Payload, *, key: str) -> None:
        """Promise that a message of the bot will show `payload`, or whatever is put under this `key` after it.

        Puts that come faster than Discord lets messages be edited become one edit, with the newest content. A key
        stands for one message.
        """
        now = self._clock.now()
        new = rows.NewMessage(
            id=self._ids.new(),
            key=key,
            kind=MessageKind.EDIT,
            destination=channel(place.channel_id),
            payload=payload,
            at=now,
            message_id=place.message_id,
        )
        self._database.after_commit(self._wake)
        if await rows.add(session, guild_id, new):
            return
        stored = await rows.by_key(session, guild_id, key, lock=True)
        if stored is None or stored.place != place:
            raise ValueError(f"the key {key} belongs to another message")
        await rows.put_content(session, guild_id, place.message_id, stored, payload, now=now)

    async def rewrite(self, session: WriteSession, guild_id: int, payload: Payload, *, key: str) -> bool:
        """Let a message say something else, inside the caller's transaction, while nobody can have read it.

        False if somebody may have: it was sent, is under way, or may have arrived by a try that was cut off.
        """
        return await single.rewrite(session, guild_id, key, payload)

    async def withdraw(self, session: WriteSession, guild_id: int, *, key: str) -> bool:
        """Owe a message no longer, inside the caller's transaction; False if there is none, or somebody may have it."""
        return await single.withdraw(session, guild_id, key, now=self._clock.now())

    async def find(self, guild_id: int, key: str) -> StoredMessage | None:
        """How far the message with a key is, and where it stands once it was sent."""
        return await self._database.query(lambda session: rows.by_key(session, guild_id, key))

    # For those who look after a guild -------------------------------------------------------------------

    async def given_up(self, guild_id: int) -> tuple[GivenUp, ...]:
        """What was given up in a guild in `FRESH_FOR`, by destination, latest first; of at most `SHOWN` messages."""
        since = self._clock.now() - FRESH_FOR
        return await self._database.query(lambda session: lost.given_up(session, guild_id, since=since, limit=SHOWN))

    async def send_again(self, guild_id: int, destination: Destination) -> int:
        """Owe the messages of one destination again that were given up in `FRESH_FOR`; how many.

        The place is looked through for each first: one that was given up after a doubtful try may stand there.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> int:
            self._database.after_commit(self._wake)
            return await lost.revive(session, guild_id, destination, since=now - FRESH_FOR, now=now)

        return await self._database.transact(unit, idempotent=True)

    # For those who send ---------------------------------------------------------------------------------

    async def next_due(self, shards: ShardRange, *, without: Collection[int] = ()) -> datetime | None:
        """When the next message of these shards may be tried, but for those of the guilds `without`."""
        return await self._database.query(lambda session: rows.next_due(session, shards, without=without))

    async def claim(
        self, shards: ShardRange, limit: int, *, each: int | None = None, busy: Mapping[int, int] | None = None
    ) -> Sequence[Claimed]:
        """Take up to `limit` due messages for `LEASE`: of each destination only the oldest that is not yet sent.

        Of one guild at most `each`, less those `busy`.
        """
        now, token, taken = self._clock.now(), self._ids.new(), busy or {}
        full = [guild_id for guild_id, count in taken.items() if each is not None and count >= each]

        async def unit(session: WriteSession) -> list[Claimed]:
            due = await rows.lock_due(session, shards, now=now, limit=limit, without=full)
            mine = due if each is None else fair_share(due, taken, each)
            return await rows.claim_locked(session, mine, now=now, lease_until=now + LEASE, token=token)

        return await self._database.transact(unit)

    async def claim_one(self, guild_id: int, key: str) -> Claimed | None:
        """Take one message that is due, whatever else waits for its destination; None if there is none to be taken."""
        now, token = self._clock.now(), self._ids.new()
        return await self._database.transact(
            lambda session: single.claim_key(session, guild_id, key, now=now, lease_until=now + LEASE, token=token)
        )

    async def settle(self, claimed: Claimed, outcome: Outcome) -> bool:
        """Write what became of a try; False when the claim was lost meanwhile, and then nothing is written."""
        now = self._clock.now()

        async def unit(session: WriteSession) -> bool:
            self._database.after_commit(self._wake)  # the next one of its channel may leave now
            match outcome:
                case Delivered(place):
                    again_at = now + edit_interval(place.message_id, now)
                    sent = await rows.mark_sent(session, claimed, place, now=now, again_at=again_at)
                    return sent and await self._told(session, claimed, outcome)
                case Refused():
                    return await self._give_up(session, claimed, outcome, now)
                case Delayed(reason) if is_given_up(claimed.queued_at, now):
                    return await self._give_up(session, claimed, Refused(f"given up after many tries: {reason}"), now)
                case Delayed():
                    return await self._postpone(session, claimed, outcome, now)

        return await self._database.transact(unit, idempotent=True)

    async def _give_up(self, session: WriteSession, claimed: Claimed, refused: Refused, now: datetime) -> bool:
        if await rows.redirect(session, claimed, refused.reason, now=now):
            return True
        failed = await rows.mark_failed(session, claimed, refused.reason, now=now)
        if failed and refused.hindrance is not None:
            await self._hear(session, claimed, refused.hindrance)
        return failed and await self._told(session, claimed, refused)

    async def _told(self, session: WriteSession, claimed: Claimed, outcome: Delivered | Refused) -> bool:
        hear = self._listeners.get(claimed.key.split(":", 1)[0])
        if hear is not None:
            await hear(session, claimed, outcome)
        return True

    async def _postpone(self, session: WriteSession, claimed: Claimed, delayed: Delayed, now: datetime) -> bool:
        pause = pause_after(claimed.attempts)
        if delayed.after is not None:
            pause = max(delayed.after, timedelta(seconds=1))
        doubt_since = claimed.doubt_since if delayed.certain else claimed.doubt_since or claimed.claimed_at
        return await rows.mark_waiting(session, claimed, delayed.reason, due_at=now + pause, doubt_since=doubt_since)

    async def of_others(self, claimed: Claimed, message_ids: Collection[int]) -> frozenset[int]:
        """Those of the messages that are known to be other promises kept, however alike they look."""
        # Direct messages are shared by all guilds that a user is in.
        guild_id = None if claimed.destination.target is Target.USER else claimed.guild_id

        async def unit(session: ReadSession) -> frozenset[int]:
            return await rows.known_ids(session, guild_id, message_ids)

        return await self._database.query(unit)

    async def depth(self, shards: ShardRange) -> rows.OutboxDepth:
        """How many messages of these shards are owed, and how many of them could leave now."""
        now = self._clock.now()
        return await self._database.query(lambda session: rows.depth(session, shards, now=now))

    async def prune(self) -> int:
        """Forget what was sent or given up more than `KEPT_FOR` ago; how many messages.

        What a message says that was given up is forgotten after `FRESH_FOR`, for then it is never sent.
        """
        now = self._clock.now()
        await self._in_steps(
            lambda session: retention.forget_words(session, before=now - FRESH_FOR, limit=_PRUNED_AT_ONCE)
        )
        return await self._in_steps(
            lambda session: retention.prune(session, before=now - KEPT_FOR, limit=_PRUNED_AT_ONCE)
        )

    async def _in_steps(self, step: Callable[[WriteSession], Awaitable[int]]) -> int:
        """Repeat a step of up to `_PRUNED_AT_ONCE` rows until there are no more; how many there were."""
        total = 0
        while True:
            gone = await self._database.transact(step, idempotent=True)
            total += gone
            if gone < _PRUNED_AT_ONCE:
                return total
