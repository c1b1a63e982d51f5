"""What a member sees: messages as frozen values, taken at one moment from the backend's state."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .backend import Message, SandboxBackend, serializers, walk_components

_EPHEMERAL = 1 << 6
_LOADING = 1 << 7


class CannotDo(Exception):
    """A real person could not have done this in Discord's client; the message says why."""


class NotAnswered(Exception):
    """The bot did not answer an interaction in time."""


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """One message as its reader has it on the screen; a later edit makes a new value.

    `embeds`, `components` and `attachments` are Discord's own JSON objects: look, don't change.
    """

    id: int
    channel_id: int
    guild_id: int | None
    author: int
    author_name: str
    content: str
    embeds: tuple[dict[str, Any], ...]
    components: tuple[dict[str, Any], ...]
    attachments: tuple[dict[str, Any], ...]
    flags: int
    edited: bool
    mentions: tuple[int, ...] = ()
    pings: tuple[int, ...] = ()
    reply_to: int | None = None
    payload: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def ephemeral(self) -> bool:
        """Whether only one member sees it."""
        return bool(self.flags & _EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it is still the "thinking…" placeholder."""
        return bool(self.flags & _LOADING)

    @property
    def text(self) -> str:
        """All its words: content, embeds and text components, one a line. For searching in tests."""
        lines = [self.content]
        for embed in self.embeds:
            lines += [embed.get("title") or "", embed.get("description") or ""]
            for one in embed.get("fields") or ():
                lines += [one["name"], one["value"]]
            lines.append((embed.get("footer") or {}).get("text") or "")
        lines += [one["content"] for one in self.controls() if isinstance(one.get("content"), str)]
        return "\n".join(line for line in lines if line)

    def controls(self) -> Iterator[dict[str, Any]]:
        """Every component, however deeply nested."""
        yield from walk_components(list(self.components))

    def control(self, name: str) -> dict[str, Any]:
        """The one button or select whose custom id or label is `name`.

        Raises `CannotDo` when there is none, more than one, or it is disabled.
        """
        found = [one for one in self.controls() if name in (one.get("custom_id"), one.get("label"))]
        if not found:
            there = sorted(str(one.get("label") or one.get("custom_id")) for one in self._pressable())
            raise CannotDo(f"message {self.id} has no button or select {name!r}; it has {there}")
        if len(found) > 1:
            raise CannotDo(f"message {self.id} has {len(found)} components {name!r}")
        if found[0].get("disabled"):
            raise CannotDo(f"{name!r} is disabled")
        return found[0]

    def _pressable(self) -> list[dict[str, Any]]:
        return [one for one in self.controls() if one.get("custom_id")]


def seen(backend: SandboxBackend, message: Message) -> SeenMessage:
    """Take a message's present state."""
    payload: Any = serializers.message_payload(backend, message)
    channel = backend.channels[message.channel_id]
    reference = payload.get("message_reference") or {}
    return SeenMessage(
        id=message.id,
        channel_id=message.channel_id,
        guild_id=channel.guild_id,
        author=message.author_id,
        author_name=payload["author"]["username"],
        content=message.content,
        embeds=tuple(payload["embeds"]),
        components=tuple(payload["components"]),
        attachments=tuple(payload["attachments"]),
        flags=message.flags,
        edited=message.edited_timestamp is not None,
        mentions=tuple(message.mention_user_ids),
        pings=tuple(message.ping_user_ids),
        reply_to=int(reference["message_id"]) if "message_id" in reference else None,
        payload=payload,
    )
