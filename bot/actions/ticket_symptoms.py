"""What may be wrong with tickets on Discord."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """What may be wrong with a ticket; the worst first."""

    OUTSIDERS = "outsiders"
    """Others see it."""
    GONE = "gone"
    """Its channel is not there."""
    BLIND = "blind"
    """People of it can't see the channel that its thread is in."""
    LACKING = "lacking"
    """I lack a permission there."""
    DIFFERS = "differs"
    """Others see it, or write in it, than should."""
    WAITS = "waits"
    """It could not be brought in line yet."""
    FOREIGN = "foreign"
    """Somebody set up more there; that is left alone."""


MENDED = frozenset({Trouble.GONE, Trouble.DIFFERS, Trouble.WAITS})
"""What can be put in order without asking what somebody meant by it."""


@dataclass(frozen=True)
class Target:
    """A role or member."""

    id: int
    is_member: bool
    is_everybody: bool = False


@dataclass(frozen=True)
class Symptom:
    """One thing that is wrong with one ticket."""

    number: int
    channel_id: int
    trouble: Trouble
    targets: tuple[Target, ...] = ()
    """Whom it is about."""
    permissions: tuple[str, ...] = ()
    """What I lack, as discord.py names it."""
    parent_id: int | None = None
    """The channel of its thread; None: it is a channel."""
