"""Errors of locks and slowmodes of channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.errors.asked import InvalidInput
from bot.errors.base import UserError
from bot.words import Phrase


@dataclass(eq=False)
class NotLocked(InvalidInput):
    """A channel that is to be unlocked, and that the bot did not lock. `channel` is a mention."""

    channel: str
    template = (
        "I did not lock {channel}, so there is nothing that I could put back. If somebody closed it in Discord's own "
        "settings, it can be opened there."
    )


@dataclass(eq=False)
class NothingLocked(InvalidInput):
    """A server in which nothing is locked by a lock of the whole server."""

    template = "I did not lock this whole server. `/unlock` opens a channel that I locked alone."


@dataclass(eq=False)
class AlreadyLocked(UserError):
    """A channel that is to be locked, and is. `how_long` as half a sentence."""

    channel: str
    since_at: datetime
    by_id: int
    how_long: Phrase
    template = "{channel} is locked already. {by_id} did that {since_at}; {how_long}."


@dataclass(eq=False)
class LockUnderWay(UserError):
    """A channel at which somebody is this moment."""

    channel: str
    template = "I am busy with {channel} at this moment. Please try again in a few seconds."


@dataclass(eq=False)
class LockChanged(UserError):
    """A lock that somebody ended or changed since it was shown."""

    channel: str
    template = "Somebody changed that about {channel} meanwhile, so I changed nothing. Please look again."


@dataclass(eq=False)
class NotLockable(InvalidInput):
    """Something that is no channel in which members take part, such as a category."""

    template = "This works for text, voice, stage and forum channels and for threads."
