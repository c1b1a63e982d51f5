"""What /help knows of commands, and how it finds the one that is meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.features import Feature


@dataclass(frozen=True)
class Chapter:
    """The commands of one feature, under a title."""

    name: str
    title: str
    summary: str
    extension: str
    """The module of the cog whose commands these are."""

    feature: Feature | None
    """By what it is switched; None: it is always there."""


@dataclass(frozen=True)
class Option:
    """One option of a command."""

    name: str
    description: str
    required: bool


@dataclass(frozen=True)
class Entry:
    """One command that can be used, in the words of one language."""

    name: str
    """With its groups: ``role give``."""

    description: str
    options: tuple[Option, ...]
    examples: tuple[str, ...]
    permissions: int
    """Discord's permissions of which all are needed to see it; 0: everybody does."""

    chapter: Chapter
    in_guilds_only: bool


ADMINISTRATOR = 1 << 3
"""The permission that has all others."""


def may_use(entry: Entry, permissions: int) -> bool:
    """Whether somebody with these permissions is shown a command by Discord, where nobody changed who is."""
    return bool(permissions & ADMINISTRATOR) or entry.permissions & permissions == entry.permissions


def search(entries: Iterable[Entry], words: str, most: int) -> Sequence[Entry]:
    """The entries that fit what somebody typed, best first: names that begin so, that hold it, then descriptions."""
    wanted = " ".join(words.casefold().replace("/", " ").split())

    def rank(entry: Entry) -> int:
        name, description = entry.name.casefold(), entry.description.casefold()
        if name == wanted:
            return 0
        if name.startswith(wanted):
            return 1
        if wanted in name:
            return 2
        return 3 if all(word in f"{name} {description}" for word in wanted.split()) else 4

    ranked = [(rank(entry), entry.name, entry) for entry in entries]
    return [entry for place, _, entry in sorted(ranked, key=lambda one: one[:2]) if place < 4][:most]  # noqa: PLR2004 — those that fit
