"""One interaction from the member's side: what was asked, and everything the bot answered to it."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from .backend import BackendError, Interaction, SandboxBackend
from .seen import NotAnswered, SeenMessage, seen
from .wakeup import Signal

DID_NOT_RESPOND = "The application did not respond"
_EXCHANGES_KEPT = 20_000
_LAST_TICK = 0.01


class Exchange:
    """An interaction and its answers, read live from the sandbox's state.

    `payload` is the INTERACTION_CREATE as it was sent. Nothing here raises when the bot is silent, except
    `finished`; the rest tells by `kind` and `failed`.
    """

    def __init__(
        self,
        backend: SandboxBackend,
        record: Interaction,
        payload: dict[str, Any],
        send: Callable[[dict[str, Any]], None],
    ) -> None:
        self.payload = payload
        self.changed = Signal()
        self._backend = backend
        self._record = record
        self._send = send

    @property
    def id(self) -> int:
        """The interaction's id."""
        return self._record.id

    @property
    def token(self) -> str:
        """The interaction's token."""
        return self._record.token

    @property
    def user_id(self) -> int:
        """Who asked."""
        return self._record.user_id

    @property
    def guild_id(self) -> int | None:
        """Where: the guild, or None in a direct message."""
        return self._record.guild_id

    @property
    def channel_id(self) -> int:
        """Where: the channel."""
        return self._record.channel_id

    @property
    def kind(self) -> str | None:
        """How the bot answered first.

        message, deferred, deferred_update, update, modal, autocomplete or pong; None without an answer. A deferred
        answer becomes a message when it is completed.
        """
        return str(self._record.response_kind) if self._record.response_kind is not None else None

    @property
    def failed(self) -> str | None:
        """What the member reads when nothing came within 3 seconds, else None."""
        return DID_NOT_RESPOND if not self._record.responded and self._seconds_left() <= 0 else None

    @property
    def message(self) -> SeenMessage | None:
        """The answer's message (for updates: the message that was updated), if there is one still."""
        return self._look_up(self._record.message_id)

    @property
    def followups(self) -> list[SeenMessage]:
        """The messages that came after the first answer, oldest first."""
        found = [self._look_up(one) for one in self._record.followup_ids]
        return [one for one in found if one is not None]

    @property
    def modal(self) -> dict[str, Any] | None:
        """The modal that was shown, as Discord's JSON."""
        return self._record.modal

    @property
    def choices(self) -> list[dict[str, Any]]:
        """What was offered while typing: `[{"name", "value"}]`."""
        return self._record.autocomplete_choices or []

    async def answered(self, timeout: float = 3.5) -> "Exchange":  # noqa: ASYNC109 — silence is an answer too
        """Wait for the first answer of any kind, at most `timeout` seconds; look at `kind` and `failed` then."""
        await self._until(lambda: self._record.responded, timeout, give_up=True)
        return self

    async def finished(self, timeout: float = 10.0) -> SeenMessage:  # noqa: ASYNC109 — see answered
        """Wait for an answer that is not a placeholder, and return it.

        After `deferred_update` that is the clicked message once it was edited, or a followup. Raises `NotAnswered`
        when there was no first answer within 3 s, or none that is final in `timeout` seconds.
        """
        await self._until(lambda: self._final() is not None, timeout, give_up=True)
        final = self._final()
        if final is None:
            what = self.failed or f"no final message within {timeout} s (so far: {self.kind})"
            raise NotAnswered(f"{describe(self.payload)}: {what}")
        return final

    async def followed_up(self, count: int = 1, timeout: float = 10.0) -> list[SeenMessage]:  # noqa: ASYNC109
        """Wait for at least `count` followups; raises `NotAnswered` when they do not come."""
        if not await self._until(lambda: len(self.followups) >= count, timeout, give_up=False):
            raise NotAnswered(f"{describe(self.payload)}: {len(self.followups)} of {count} followups")
        return self.followups

    def replay(self) -> None:
        """Deliver the very same INTERACTION_CREATE, same id and token, once more."""
        self._send(self.payload)

    def _final(self) -> SeenMessage | None:
        message = self.message
        if self.kind == "deferred_update":
            final = message if self._edited_since() else None
        elif self.kind in ("message", "update") and not (message and message.loading):
            final = message
        else:
            return None
        # An update nobody made, or a placeholder that was taken back, leaves the followup as the answer.
        return final or next(reversed(self.followups), None)

    def _edited_since(self) -> bool:
        stored = self._backend.messages.get(self.channel_id, {}).get(self._record.message_id or 0)
        asked = (self.payload.get("message") or {}).get("edited_timestamp")
        return stored is not None and stored.edited_timestamp != asked

    def _look_up(self, message_id: int | None) -> SeenMessage | None:
        if message_id is None:
            return None
        try:
            return seen(self._backend, self._backend.get_message(self.channel_id, message_id))
        except (BackendError, KeyError):
            return None  # deleted since

    def _seconds_left(self) -> float:
        deadline = self._record.initial_response_deadline
        if deadline is None:
            return float("inf")
        return (datetime.fromisoformat(deadline) - self._backend.clock.now()).total_seconds()

    async def _until(self, done: Callable[[], bool], seconds: float, *, give_up: bool) -> bool:
        """Wait for `done`; with `give_up` no longer than Discord itself waits for a first answer."""
        if give_up and not self._record.responded:
            first = min(seconds, max(self._seconds_left(), 0) + _LAST_TICK)
            await self.changed.until(lambda: done() or self._record.responded or self.failed is not None, first)
            if not self._record.responded:
                return done()
        return await self.changed.until(done, seconds)


class Exchanges:
    """The exchanges of a running sandbox, by id and by token; the oldest are forgotten past 20,000."""

    def __init__(self, backend: SandboxBackend) -> None:
        self._backend = backend
        self._by_token: OrderedDict[str, Exchange] = OrderedDict()
        backend.clock.listeners.append(self.wake_all)

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange, so that answers wake its waiters."""
        self._by_token[exchange.token] = exchange
        if len(self._by_token) > _EXCHANGES_KEPT:
            self._by_token.popitem(last=False)

    def get(self, interaction_id: int) -> Exchange | None:
        """Find an exchange by its interaction's id."""
        return next((one for one in self._by_token.values() if one.id == interaction_id), None)

    def touched(self, token: str) -> None:
        """Something may have changed for this token."""
        if (exchange := self._by_token.get(token)) is not None:
            exchange.changed.notify()

    def wake_all(self) -> None:
        """The clock jumped: every deadline is to be looked at again."""
        for exchange in self._by_token.values():
            exchange.changed.notify()


def describe(payload: dict[str, Any]) -> str:
    """A few words for error messages: which command or component was used."""
    data = payload.get("data") or {}
    return f"interaction {payload['id']} ({data.get('name') or data.get('custom_id')})"
