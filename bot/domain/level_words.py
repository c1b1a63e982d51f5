"""How it is said that somebody reached a level: when, by which words, and how these are kept from doing harm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.leveling import Cause, Reward
from bot.domain.leveling_settings import LevelSettings
from bot.words import Phrase

VARIABLES = ("member", "level", "xp", "server", "reward")
"""What a template may name in braces. Anything else in braces stays as it is."""

LONGEST = 900
"""Characters of one announcement, so that two fit into a message whatever they say."""

TOLD = frozenset({Cause.MESSAGES, Cause.VOICE})
"""Members are congratulated for what they earned themselves alone."""

_NAMED = re.compile(r"\{(\w+)\}")
_MARKUP = re.compile(r"([\\`*_~|>\[\]()<#@:-])")


@dataclass(frozen=True)
class Brought:
    """What a level, or several at once, brought somebody."""

    role_ids: tuple[int, ...] = ()
    coins: int = 0
    refused: int = 0
    """Coins that the wallet had no room for."""
    messages: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether that is anything."""
        return bool(self.role_ids or self.coins or self.refused or self.messages)


@dataclass(frozen=True)
class Reached:
    """Somebody who reached a level."""

    user_id: int
    level: int
    xp: int
    brought: Brought = Brought()


def is_told(settings: LevelSettings, before: int, after: int, rewards: Sequence[Reward]) -> bool:
    """Whether a rise is announced: with a reward of a crossed level (`rewards`) always, else each so many levels."""
    if after <= before or after < settings.announce_from or settings.announce == "none":
        return False
    every = settings.announce_every
    return bool(rewards) or bool(every and after // every > before // every)


def plain(text: str) -> str:
    """Words of others, so that they can neither draw nor call anybody."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with its variables put in, once: what a value says in braces is not looked at again."""
    return _NAMED.sub(lambda found: values.get(found[1], found[0]), template)


def default_said(reached: Reached) -> Phrase:
    """The usual words."""
    return Phrase("{member_id} reached level {level}!", {"member_id": reached.user_id, "level": reached.level})


def refused_said(coins: str) -> Phrase:
    """That the wallet was full."""
    return Phrase("Their wallet has no room for {coins}.", {"coins": coins})


def joined(parts: Iterable[str]) -> str:
    """The parts of one announcement, not too long."""
    whole = "\n".join(part for part in parts if part)
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1]}…"
