"""One gateway session: what a shard of a bot is owed, whether or not it is connected right now.

A session outlives its socket. What it is owed waits in `outbox`; what was sent stays in `sent`, within bounds, so
that a RESUME can be answered with exactly the events the client missed.
"""

import secrets
from collections import deque

from .backend import DeclaredIntents
from .wakeup import Signal

REPLAY_EVENTS = 10_000
"""How many sent events are kept for a RESUME."""
REPLAY_CHARACTERS = 32 * 1024 * 1024
"""And at most this many characters of them."""
HIGH_WATER = 1_000
"""Above this many waiting events a flood (`Sandbox.inject`) pauses until the socket has caught up."""
OUTBOX_LIMIT = 50_000
"""A session with more than this waiting is given up, as Discord gives up a client that never reads."""

RESUME_WINDOW = 120.0
"""Seconds by the sandbox's clock that a session without a socket can be resumed."""


class Session:
    """The numbered events of one shard, and whether they were sent."""

    def __init__(self, *, shard_id: int, shard_count: int, intents: DeclaredIntents) -> None:
        self.id = secrets.token_hex(16)
        self.shard_id = shard_id
        self.shard_count = shard_count
        self.intents = intents
        self.sequence = 0
        self.expired = False
        self.overflowed = False
        self.detached_at: float | None = None
        self.outbox: deque[tuple[int, str]] = deque()
        self.sent: deque[tuple[int, str]] = deque()
        self.wake = Signal()
        self.drained = Signal()
        self._sent_size = 0

    def serves(self, guild_id: int | None) -> bool:
        """Whether events of this guild (None: direct messages) belong to this shard."""
        if guild_id is None:
            return self.shard_id == 0
        return (guild_id >> 22) % self.shard_count == self.shard_id

    def push(self, event: str, data: str) -> None:
        """Owe the client one more event; `data` is its payload, already JSON."""
        if self.expired:
            return
        self.sequence += 1
        frame = f'{{"t":"{event}","s":{self.sequence},"op":0,"d":{data}}}'
        self.outbox.append((self.sequence, frame))
        if len(self.outbox) > OUTBOX_LIMIT:
            self.overflowed = True
            self.expire()
        self.wake.notify()

    def next_frame(self) -> str:
        """Take the next waiting event, remembering it for a RESUME. Raises IndexError when there is none."""
        entry = self.outbox.popleft()
        self.sent.append(entry)
        self._sent_size += len(entry[1])
        while len(self.sent) > REPLAY_EVENTS or self._sent_size > REPLAY_CHARACTERS:
            self._sent_size -= len(self.sent.popleft()[1])
        if len(self.outbox) < HIGH_WATER:
            self.drained.notify()
        return entry[1]

    def rewind(self, sequence: int) -> bool:
        """Owe again everything after `sequence`; False when some of that is no longer kept."""
        if self.expired or not 0 <= sequence <= self.sequence:
            return False
        oldest = self.sent[0][0] if self.sent else (self.outbox[0][0] if self.outbox else self.sequence + 1)
        if sequence < oldest - 1:
            return False
        while self.sent and self.sent[-1][0] > sequence:
            entry = self.sent.pop()
            self._sent_size -= len(entry[1])
            self.outbox.appendleft(entry)
        return True

    def expire(self) -> None:
        """Forget everything: the session can no longer be resumed."""
        self.expired = True
        self.outbox.clear()
        self.sent.clear()
        self._sent_size = 0
        self.wake.notify()
        self.drained.notify()
