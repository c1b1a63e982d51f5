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
class BankTooLow(InsufficientFunds):
    """The bank account holds less than is to leave it."""

    template = "You have {balance} in the bank and would need {amount}."


@dataclass(eq=False)
class AccountFull(UserError):
    """The receiving account would hold more than an account may. `room_coins` would still fit."""

    limit: int
    room_coins: int
    template = "That purse holds at most {limit}, so {room_coins} more would fit."


@dataclass(eq=False)
class WalletFull(AccountFull):
    """One's own wallet would hold more than the owners let it."""

    template = "Your wallet holds at most {limit}, so {room_coins} more would fit."


@dataclass(eq=False)
class BankFull(AccountFull):
    """One's bank account would hold more than the owners let it."""

    template = "Your bank account holds at most {limit}, so {room_coins} more would fit."


@dataclass(eq=False)
class RecipientFull(AccountFull):
    """The wallet of whoever is paid would hold more than the owners let it."""

    recipient_id: int
    template = "{recipient_id}'s wallet holds at most {limit}, so {room_coins} more would fit."


@dataclass(eq=False)
class PaidEnoughToday(UserError):
    """What was paid within the last 24 hours leaves too little of what the owners allow."""

    most_coins: int
    left_coins: int
    possible_at: datetime
    template = (
        "You can pay at most {most_coins} within 24 hours, and {left_coins} of that is left. "
        "You can pay this {possible_at}."
    )


@dataclass(eq=False)
class MemberTooShort(UserError):
    """Whoever pays has not been in the server for as long as its owners want."""

    possible_at: datetime
    template = "You are too new in this server to pay others. You can {possible_at}."


@dataclass(eq=False)
class AccountTooYoung(UserError):
    """Whoever pays has a Discord account that is younger than the owners want."""

    possible_at: datetime
    template = "Your Discord account is too new to pay others in this server. You can {possible_at}."


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
class ThingsGone(UserError):
    """Copies that would be taken back are not there any more."""

    member_id: int
    item: str
    owned: int
    quantity: int
    template = "{member_id} has only {owned} of the {quantity} **{item}** that I would take back. I changed nothing."


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
class AlreadyWorked(UserError):
    """Work that comes too soon after the last."""

    ready_at: datetime
    template = "You have just worked, so rest a little. There is work for you again {ready_at}."


@dataclass(eq=False)
class JobGone(UserError):
    """A job that somebody took off the list."""

    template = "This job is no longer on the list. `/jobs list` shows those that are."


@dataclass(eq=False)
class JobChanged(UserError):
    """A job that somebody else changed since it was shown."""

    template = "Somebody changed this job meanwhile, so I changed nothing. Please look at it and try again."


@dataclass(eq=False)
class JobKnown(UserError):
    """A job whose text is on the list."""

    template = "There is a job with these words already, so I changed nothing."


@dataclass(eq=False)
class TooManyJobs(UserError):
    """A list of jobs that takes no more."""

    limit: int
    template = "The list is full: it takes {limit} jobs. Remove one first with `/jobs remove`."


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
    template = "Everybody may buy {limit} of **{item}** at most, and you have bought {had}."


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
    template = "You need {quantity} of **{item}** for this, and have {owned}."


@dataclass(eq=False)
class RoleHadAlready(UserError):
    """Buying a role for good that one has. `role` is a mention."""

    role: str
    template = "You have {role} already, so I took nothing."


@dataclass(eq=False)
class SketchChanged(UserError):
    """A draft of a thing that became another since it was shown."""

    template = "You changed this draft elsewhere meanwhile, so I changed nothing."


@dataclass(eq=False)
class ItemChanged(UserError):
    """Two people changed the same thing in the shop at once."""

    item: str
    template = "Somebody else changed **{item}** meanwhile, so I changed nothing. Please look and try again."
