"""What this process remembers of guilds' settings, for as long as it hears of every change (ADR 0012)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.domain.settings import Section

S = TypeVar("S", bound=Section)

CHANNEL = "folkmoot_settings"
"""Where processes tell each other of changes: the guild's id, a colon, and the section; no section: all of them."""

MOST = 20_000
"""Guilds that are remembered; then it begins anew."""


@dataclass(frozen=True)
class Versioned(Generic[S]):
    """A section and the version it was read at, which a change has to name."""

    value: S
    version: int


def notice(guild_id: int, section: str = "") -> str:
    """What to tell the others when a section changed, or all of a guild's."""
    return f"{guild_id}:{section}"


class SettingsCache:
    """Sections by guild. Keeps nothing unless it is `trusted`: unless whoever changes one tells this process.

    A read takes a `mark` before it asks the database and hands it to `keep`: an answer that is older than a change
    heard of meanwhile is not kept. A single count for all guilds is enough, for changes are rare.
    """

    def __init__(self, *, trusted: bool) -> None:
        self._trusted = trusted
        self._changes = 0
        self._guilds: dict[int, dict[str, Versioned[Any]]] = {}

    def __len__(self) -> int:
        """How many guilds something is remembered of."""
        return len(self._guilds)

    def find(self, guild_id: int, section: str) -> Versioned[Any] | None:
        """What is remembered, if anything."""
        sections = self._guilds.get(guild_id)
        return None if sections is None else sections.get(section)

    @property
    def mark(self) -> int:
        """How many changes were heard of."""
        return self._changes

    def keep(self, guild_id: int, section: str, found: Versioned[Any], mark: int) -> None:
        """Remember what the database said, unless something changed since `mark`."""
        if not self._trusted or mark != self._changes:
            return
        if len(self._guilds) >= MOST and guild_id not in self._guilds:
            self._guilds.clear()
        self._guilds.setdefault(guild_id, {})[section] = found

    def drop(self, guild_id: int, section: str = "") -> None:
        """A section changed, or without one all of a guild's."""
        self._changes += 1
        if section and guild_id in self._guilds:
            self._guilds[guild_id].pop(section, None)
        else:
            self._guilds.pop(guild_id, None)

    def heard(self, payload: str) -> None:
        """Another process, or this one, told of a change; what can't be read may concern everybody."""
        guild_id, colon, section = payload.partition(":")
        if colon and guild_id.isdecimal():
            self.drop(int(guild_id), section)
        else:
            self._forget_all()

    def trust(self) -> None:
        """From now on every change is heard of."""
        self._forget_all()
        self._trusted = True

    def distrust(self) -> None:
        """Changes may be missed: forget everything, and remember nothing."""
        self._trusted = False
        self._forget_all()

    def _forget_all(self) -> None:
        self._changes += 1
        self._guilds.clear()
