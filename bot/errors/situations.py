"""Errors of how things stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.errors.base import UserError
from bot.words import Phrase


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
class HoldsLess(UserError):
    """Staff would remove more than a member has there."""

    member_id: int
    balance: int
    template = "{member_id} has {balance} there, so I can't remove that. I changed nothing."


@dataclass(eq=False)
class AlreadySo(UserError):
    """Staff would set a balance to what it is, or reset what nothing was done to."""

    member_id: int
    balance: int
    template = "{member_id} has exactly {balance} there already, so I changed nothing."


@dataclass(eq=False)
class NothingToReset(UserError):
    """A member who has what a new member has."""

    member_id: int
    template = "{member_id} has what a new member has, so there is nothing to reset."


@dataclass(eq=False)
class CannotUndo(UserError):
    """A transaction that can't be taken back; the reason completes a sentence."""

    reason: Phrase
    template = "This transaction can't be undone: {reason}."


@dataclass(eq=False)
class AlreadyUndone(UserError):
    """A transaction that was taken back, and that taking back stands."""

    undone_at: datetime
    template = "This was undone already, {undone_at}. I changed nothing."


@dataclass(eq=False)
class CoinsSpent(UserError):
    """Coins that would be taken back are not there any more."""

    member_id: int
    balance: int
    amount: int
    template = "{member_id} has only {balance} of the {amount} that I would take back. I changed nothing."


@dataclass(eq=False)
class NoReset(UserError):
    """Nothing was reset of late that could be undone."""

    template = "I know of no reset in the last 30 days that could be undone."


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
