"""Errors that are answers: what a person did that can't be done, said so that they know what to do next.

A subclass is named after the situation, carries its data as fields and says it in one template. Nothing else about
an error ever reaches a member: every other exception becomes an incident id (``bot.ui.errors``).

::

    UserError
    ├── Unavailable            something of ours is away for the moment
    │   ├── DatabaseAway
    │   ├── OutcomeUnknown
    │   └── ShuttingDown
    ├── WrongPlace             it works elsewhere
    │   ├── GuildOnly
    │   ├── GuildNotServed
    │   └── FeatureOff
    ├── NotAllowed             somebody else may
    │   ├── NotYours
    │   └── PermissionNeeded
    ├── InvalidInput           the question can't be answered as it was put
    │   ├── AmountNotPositive
    │   ├── AmountTooLarge
    │   ├── AmountNotUnderstood
    │   ├── RecipientIsSelf
    │   ├── BotHasNoPurse
    │   ├── RecipientNotHere
    │   ├── SettingRefused
    │   └── TooManyTargets
    ├── InsufficientFunds
    ├── AccountFull
    ├── AlreadyClaimed
    ├── ContentMismatch
    ├── SettingsChanged
    ├── BatchGone
    ├── BatchOver
    ├── BatchStale
    └── ControlExpired
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(eq=False)
class UserError(Exception):
    """Something a person asked for that can't be done, with the reason in plain words.

    `template` is formatted with the fields by ``bot.ui.errors.describe``: integers get separators, members become
    mentions and times become Discord timestamps, each by the suffix of its field's name (``…_id``, ``…_at``).

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
class FeatureOff(WrongPlace):
    """A command of a feature that the guild has not switched on."""

    feature: str
    template = (
        "The feature **{feature}** is switched off in this server. Whoever has the permission **Manage Server** can "
        "switch it on with `/config`."
    )


class NotAllowed(UserError):
    """Somebody else may do this."""


@dataclass(eq=False)
class NotYours(NotAllowed):
    """A control of an answer that was given to another member."""

    owner_id: int
    template = "These buttons belong to {owner_id}. Use the command yourself to get your own."


@dataclass(eq=False)
class PermissionNeeded(NotAllowed):
    """Something that takes a permission of Discord, named as Discord's settings name it."""

    permission: str
    template = "For this you need the permission **{permission}**."


class InvalidInput(UserError):
    """The question can't be answered as it was put."""


@dataclass(eq=False)
class AmountNotPositive(InvalidInput):
    """Zero or less."""

    amount: int
    template = "The amount must be at least 1; you wrote {amount}."


@dataclass(eq=False)
class AmountTooLarge(InvalidInput):
    """More than an account may hold."""

    limit: int
    template = "That is more than I can count. The most is {limit}."


@dataclass(eq=False)
class AmountNotUnderstood(InvalidInput):
    """Free text that is not a whole number."""

    template = "I need a whole number, such as 50 or 1,000."


@dataclass(eq=False)
class RecipientIsSelf(InvalidInput):
    """Paying oneself."""

    template = "You can't pay yourself."


@dataclass(eq=False)
class BotHasNoPurse(InvalidInput):
    """Bots own nothing."""

    bot_id: int
    template = "{bot_id} is a bot, and bots have no purse."


@dataclass(eq=False)
class RecipientNotHere(InvalidInput):
    """Not a member of this guild."""

    recipient_id: int
    template = "{recipient_id} is not a member of this server."


@dataclass(eq=False)
class SettingRefused(InvalidInput):
    """A value that a setting can't have; the reason completes a sentence."""

    title: str
    reason: str
    template = "**{title}** {reason}. I changed nothing."


@dataclass(eq=False)
class TooManyTargets(InvalidInput):
    """More than one batch may have."""

    count: int
    limit: int
    template = "That would be {count} at once, and I take at most {limit}. Please choose fewer."


@dataclass(eq=False)
class InsufficientFunds(UserError):
    """The wallet holds less than the amount."""

    balance: int
    amount: int
    template = "You have {balance} and would need {amount}."


@dataclass(eq=False)
class AccountFull(UserError):
    """The receiving account would hold more than an account may."""

    limit: int
    template = "That purse can't hold any more: the most is {limit}."


@dataclass(eq=False)
class AlreadyClaimed(UserError):
    """A claim that is not ready yet."""

    ready_at: datetime
    template = "You have had this one already. The next is ready {ready_at}."


@dataclass(eq=False)
class ContentMismatch(UserError):
    """An idempotency key that came again with other content: never acted on."""

    key: str
    template = "This was already used for something else, so I changed nothing. Please start again."


@dataclass(eq=False)
class SettingsChanged(UserError):
    """Two people changed the same settings at once."""

    template = "Somebody else changed these settings meanwhile, so I changed nothing. Please look and try again."


@dataclass(eq=False)
class BatchGone(UserError):
    """A batch that was thrown away, or that ended so long ago that it is forgotten."""

    template = "I don't know this batch any more. `/batches list` shows those that I know."


@dataclass(eq=False)
class BatchOver(UserError):
    """A batch that was started or ended meanwhile, so that this can't be done to it."""

    title: str
    template = "It is too late for that: **{title}** is not in that state any more. `/batches show` tells how it is."


@dataclass(eq=False)
class BatchStale(UserError):
    """A dry run that is too old to be started as it was shown."""

    title: str
    template = "What I showed you about **{title}** is over an hour old. Please use the command again."


@dataclass(eq=False)
class ControlExpired(UserError):
    """A button, menu or form that no code answers any more."""

    template = "This control is out of date. Please use the command again."
