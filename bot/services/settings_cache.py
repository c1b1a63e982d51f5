"""What this process remembers of what guilds and people set, for as long as it hears of every change (ADR 0012)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.domain.settings import Versioned

CHANNEL = "folkmoot_settings"
"""Where processes tell each other of changes: the guild's id, a colon, and the section; no section: all of them."""

PREFERENCES_CHANNEL = "folkmoot_preferences"
"""The same of people."""

MOST = 20_000
"""Guilds, or people, that are remembered; then it begins anew."""


def notice(owner_id: int, section: str = "") -> str:
    """What to tell the others when a section changed, or all of an owner's."""
    return f"{owner_id}:{section}"


class SettingsCache:
    """Sections by owner: a guild or a person. Keeps nothing unless it is `trusted`: unless it hears of every change.

    A read takes a `mark` before it asks the database and hands it to `keep`: an answer that is older than a change
    heard of meanwhile is not kept. A single count for all owners is enough, for changes are rare.
    """

    def __init__(self, *, trusted: bool, channel: str = CHANNEL) -> None:
        self.channel = channel
        """Where changes are heard of."""
        self._trusted = trusted
        self._changes = 0
        self._owners: dict[int, dict[str, Versioned[Any]]] = {}
        self._hears: list[Callable[[int | None, str], object]] = []

    @property
    def trusted(self) -> bool:
        """Whether it hears of every change."""
        return self._trusted

    def on_change(self, hear: Callable[[int | None, str], object]) -> None:
        """Tell `hear` of every change: whose section, and which; an empty one is all of theirs, no owner everybody."""
        self._hears.append(hear)

    def __len__(self) -> int:
        """How many owners something is remembered of."""
        return len(self._owners)

    def find(self, owner_id: int, section: str) -> Versioned[Any] | None:
        """What is remembered, if anything."""
        sections = self._owners.get(owner_id)
        return None if sections is None else sections.get(section)

    @property
    def mark(self) -> int:
        """How many changes were heard of."""
        return self._changes

    def keep(self, owner_id: int, section: str, found: Versioned[Any], mark: int) -> None:
        """Remember what the database said, unless something changed since `mark`."""
        if not self._trusted or mark != self._changes:
            return
        if len(self._owners) >= MOST and owner_id not in self._owners:
            self._owners.clear()
        self._owners.setdefault(owner_id, {})[section] = found

    def drop(self, owner_id: int, section: str = "") -> None:
        """A section changed, or without one all of an owner's."""
        self._changes += 1
        if section and owner_id in self._owners:
            self._owners[owner_id].pop(section, None)
        else:
            self._owners.pop(owner_id, None)
        for hear in self._hears:
            hear(owner_id, section)

    def heard(self, payload: str) -> None:
        """Another process, or this one, told of a change; what can't be read may concern everybody."""
        owner_id, colon, section = payload.partition(":")
        if colon and owner_id.isdecimal():
            self.drop(int(owner_id), section)
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
        self._owners.clear()
        for hear in self._hears:
            hear(None, "")
