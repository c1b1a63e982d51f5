"""What one user sees: the messages open to them, their ephemeral answers, their direct messages, as they change."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Self

from .backend import Message, SandboxBackend, message_accessible
from .seen import SeenMessage, seen
from .wakeup import Signal

_CHANGES_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened to a visible message: `kind` is created, edited or deleted."""

    kind: str
    message: SeenMessage


class View:
    """A user's screen. Listens from its creation until `close` (or the end of its `with` block)."""

    def __init__(self, backend: SandboxBackend, user_id: int) -> None:
        self.user_id = user_id
        self._backend = backend
        self._changes: deque[Change] = deque(maxlen=_CHANGES_KEPT)
        self._seen_so_far = 0
        self._signal = Signal()
        backend.message_listeners.append(self._notice)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening."""
        if self._notice in self._backend.message_listeners:
            self._backend.message_listeners.remove(self._notice)

    def messages(self, channel_id: int | None = None) -> list[SeenMessage]:
        """Everything visible right now, oldest first, in one channel or in all."""
        channels = self._backend.messages if channel_id is None else {channel_id: None}
        found = [
            seen(self._backend, message)
            for channel in channels
            for message in list(self._backend.messages.get(channel, {}).values())
            if self._can_see(message)
        ]
        return sorted(found, key=lambda message: message.id)

    def direct_messages(self) -> list[SeenMessage]:
        """The conversation with the bot, oldest first."""
        channel_id = self._backend.dm_channels.get(self.user_id)
        return [] if channel_id is None else self.messages(channel_id)

    async def wait_for(self, predicate: Callable[[SeenMessage], bool], timeout: float = 5.0) -> SeenMessage:  # noqa: ASYNC109 — raises like wait_for
        """The first visible message, present or coming, new or edited, that `predicate` accepts.

        Raises TimeoutError after `timeout` seconds, naming what was visible instead.
        """
        position = self._seen_so_far
        for message in self.messages():
            if predicate(message):
                return message
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            for change in self._since(position):
                if change.kind != "deleted" and predicate(change.message):
                    return change.message
            position = self._seen_so_far
            if not await self._signal.wait(deadline - loop.time()):
                last = [message.text for message in self.messages()[-5:]]
                raise TimeoutError(f"user {self.user_id} saw no such message in {timeout} s; the last were {last}")

    async def changes(self) -> AsyncGenerator[Change, None]:
        """Every change from now on, without end; a reader 10,000 behind loses the oldest."""
        position = self._seen_so_far
        while True:
            for change in self._since(position):
                yield change
                position += 1
            position = max(position, self._seen_so_far - len(self._changes))
            if position == self._seen_so_far:
                await self._signal.wait(60.0)

    def _since(self, position: int) -> list[Change]:
        missed = min(self._seen_so_far - position, len(self._changes))
        return [self._changes[-number] for number in range(missed, 0, -1)]

    def _can_see(self, message: Message) -> bool:
        return message_accessible(self._backend, message.channel_id, message, self.user_id)

    def _notice(self, kind: str, message: Message) -> None:
        if message.channel_id in self._backend.channels and self._can_see(message):
            self._changes.append(Change(kind, seen(self._backend, message)))
            self._seen_so_far += 1
            self._signal.notify()
