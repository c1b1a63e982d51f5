"""The root of the errors that are answers, and those of times and places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=False)
class UserError(Exception):
    """Something a person asked for that can't be done, with the reason in plain words.

    `template` is formatted with the fields by ``bot.ui.errors.describe``: integers get separators, members become
    mentions and times become Discord timestamps, each by the suffix of its field's name (``…_id``, ``…_at``). Phrases
    are said in the reader's language, and so are texts in fields named ``title``, ``feature``, ``permission`` and
    ``roles``; any other text is somebody's own and stays as it is.

    Not frozen, as values elsewhere are: context managers assign `__traceback__` on the way out.
    """

    template: ClassVar[str]

    def __str__(self) -> str:
        """For logs: the situation and its data."""
        return repr(self)


class Unavailable(UserError):
    """Something that Folkmoot needs is away for the moment."""


@dataclass(eq=False)
class DatabaseAway(Unavailable):
    """The database could not be reached before anything was written."""

    template = "My records can't be reached just now, so I changed nothing. Please try again in a moment."


@dataclass(eq=False)
class OutcomeUnknown(Unavailable):
    """The connection broke during the commit: it may or may not have happened."""

    template = (
        "My records went away while I was writing, and I can't tell whether it worked. "
        "Please look before you try again."
    )


@dataclass(eq=False)
class DiscordAway(Unavailable):
    """Discord did not say who somebody is, before anything was done."""

    template = "Discord doesn't answer me just now, so I changed nothing. Please try again in a moment."


@dataclass(eq=False)
class ShuttingDown(Unavailable):
    """The process is stopping and takes nothing new."""

    template = "I'm restarting just now and changed nothing. Please try again in a minute."


class WrongPlace(UserError):
    """It works, but not here."""


@dataclass(eq=False)
class GuildOnly(WrongPlace):
    """A command of a guild used in a direct message."""

    template = "This works in a server, not in a direct message."


@dataclass(eq=False)
class GuildNotServed(WrongPlace):
    """A guild outside ALLOWED_GUILD_IDS."""

    template = "I don't serve this server."


@dataclass(eq=False)
class ServerOutOfSight(WrongPlace):
    """A control of a server that this process does not see, pressed in a direct message."""

    template = "I can't see that server from here. Please use the command in the server itself."


@dataclass(eq=False)
class NoBoards(WrongPlace):
    """A server in which nothing has a leaderboard."""

    template = "No leaderboard is on in this server."


@dataclass(eq=False)
class FeatureOff(WrongPlace):
    """A command of a feature that the guild has not switched on: the name it is stored by, and its title."""

    name: str
    feature: str
    template = (
        "The feature **{feature}** is switched off in this server. Whoever has the permission **Manage Server** can "
        "switch it on with `/config`."
    )


@dataclass(eq=False)
class CommandOff(WrongPlace):
    """A single command that the guild's owners switched off, while its feature is on. `command` without its slash."""

    command: str
    template = (
        "`/{command}` is switched off in this server. Whoever has the permission **Manage Server** can switch it on "
        "with `/config`."
    )
