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


@dataclass(eq=False)
class PriceChanged(UserError):
    """A thing whose price is another than the buyer was shown."""

    item: str
    shown: int
    price: int
    template = "The price of **{item}** has changed from {shown} to {price}, so I took nothing. Please look again."


@dataclass(eq=False)
class SoldOut(UserError):
    """A thing of which fewer are left than somebody wants."""

    item: str
    left: int
    template = "There are not that many of **{item}** left in stock: {left}."


@dataclass(eq=False)
class LimitReached(UserError):
    """A thing of which a member may buy no more."""

    item: str
    limit: int
    had: int
    template = "Everybody may buy **{item}** {limit} times at most, and you have bought it {had} times."


@dataclass(eq=False)
class ItemCoolingDown(UserError):
    """A thing that a member bought a short time ago."""

    item: str
    ready_at: datetime
    template = "You bought **{item}** a short time ago. You can buy it again {ready_at}."


@dataclass(eq=False)
class RequirementsNotMet(UserError):
    """A thing that is not for everybody; what is missing completes a sentence."""

    item: str
    missing: Phrase
    template = "You can't have **{item}**: {missing}."


@dataclass(eq=False)
class NotEnoughCopies(UserError):
    """Fewer copies than are needed, of those that can be used for it."""

    item: str
    owned: int
    quantity: int
    template = "You have {owned} of **{item}** for this and would need {quantity}."


@dataclass(eq=False)
class RoleHadAlready(UserError):
    """Buying a role for good that one has. `role` is a mention."""

    role: str
    template = "You have {role} already, so I took nothing."


@dataclass(eq=False)
class ItemChanged(UserError):
    """Two people changed the same thing in the shop at once."""

    item: str
    template = "Somebody else changed **{item}** meanwhile, so I changed nothing. Please look and try again."
