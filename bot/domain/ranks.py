"""How somebody stands in a server: their place, their level, and what they wear on their card."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.curves import Progress

BACKGROUNDS = ("slate", "dusk", "sea", "forest", "ember")
"""The grounds that a card has, as in `Preferences.background`."""


@dataclass(frozen=True)
class Worn:
    """A thing of the shop that somebody wears."""

    item_id: int
    name: str
    emoji: str


@dataclass(frozen=True)
class Rank:
    """How somebody stands."""

    user_id: int
    place: int | None
    """By XP among those who are named on leaderboards, from 1; None without any XP."""
    progress: Progress
    week_xp: int
    """XP of this week, in the server's calendar."""
    messages: int
    voice_seconds: int
    badge: Worn | None
    background: Worn | None
    is_hidden: bool
    """Whether they wish not to be named on leaderboards; then this is for them alone."""


def ground_of(background: Worn) -> str:
    """The ground of a card that a background is: what its name says, else one that stays the same for the thing."""
    said = background.name.casefold()
    return next((one for one in BACKGROUNDS if one in said), BACKGROUNDS[background.item_id % len(BACKGROUNDS)])
