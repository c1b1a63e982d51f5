"""What a message said when somebody was called to account for it. Messages are edited and deleted; this is neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

MOST_FILES = 10
LONGEST_NAME = 200
_EPOCH_MS = 1_420_070_400_000


@dataclass(frozen=True)
class MessageSnapshot:
    """A message as it stood. Its moment is that of its id."""

    channel_id: int
    message_id: int
    author_id: int
    content: str | None
    """None: it was gone before it could be read."""
    files: tuple[str, ...] = ()
    """The names of what was attached."""

    @property
    def sent(self) -> int:
        """When it was sent, in seconds since 1970."""
        return ((self.message_id >> 22) + _EPOCH_MS) // 1_000

    def link(self, guild_id: int) -> str:
        """Where it stands, or stood."""
        return f"https://discord.com/channels/{guild_id}/{self.channel_id}/{self.message_id}"

    def stored(self) -> dict[str, Any]:
        """As it is stored; ids as texts, since not all that reads JSON knows numbers as large."""
        found: dict[str, Any] = {
            "channel_id": str(self.channel_id),
            "message_id": str(self.message_id),
            "author_id": str(self.author_id),
        }
        if self.content is not None:
            found["content"] = self.content
        if self.files:
            found["files"] = list(self.files)
        return found

    @classmethod
    def read(cls, stored: object) -> MessageSnapshot | None:
        """As it was stored; None for what is no snapshot."""
        if not isinstance(stored, Mapping):
            return None
        found = cast("Mapping[str, Any]", stored)
        try:
            channel_id, message_id, author_id = (int(found[one]) for one in ("channel_id", "message_id", "author_id"))
        except (KeyError, TypeError, ValueError):
            return None
        content, files = found.get("content"), found.get("files", ())
        said = None if content is None else str(content)
        return cls(channel_id, message_id, author_id, said, tuple(str(one) for one in files))
