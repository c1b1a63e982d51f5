"""Errors of what was asked for: it can't be answered as it was put."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors.base import UserError
from bot.words import Phrase


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
class AmountBelowZero(InvalidInput):
    """A balance that nobody can have."""

    amount: int
    template = "The amount must be 0 or more; you wrote {amount}."


@dataclass(eq=False)
class AmountNotUnderstood(InvalidInput):
    """Free text that is not a whole number."""

    template = "I need a whole number, such as 50 or 1,000."


@dataclass(eq=False)
class ShareNotUnderstood(AmountNotUnderstood):
    """Free text that is neither an amount nor a part of what there is."""

    template = "I need an amount, such as 50, 1,000, 2k, half, 25% or all."


@dataclass(eq=False)
class ShareTooSmall(InvalidInput):
    """A part of what there is that makes no whole coin, such as all of nothing."""

    held_coins: int
    template = "That makes no whole coin: you have {held_coins} there."


@dataclass(eq=False)
class DurationNotUnderstood(InvalidInput):
    """Free text that is no length of time."""

    template = "I need a length of time, such as 90 min, 2h30m or 1 week."


@dataclass(eq=False)
class DurationOutOfBounds(InvalidInput):
    """A length of time that was understood, below or beyond what makes sense here."""

    length: timedelta
    least: timedelta
    most: timedelta
    template = "I read that as {length}. It must be from {least} to {most}."


@dataclass(eq=False)
class MomentNotUnderstood(InvalidInput):
    """Free text that is no date or time."""

    template = "I need a date or time, such as tomorrow 18:00, friday 9pm, 2026-12-24 18:00 or in 3 days."


@dataclass(eq=False)
class MomentOutOfBounds(InvalidInput):
    """A time that was understood, before the first or after the last that makes sense here."""

    moment_at: datetime
    earliest_at: datetime
    latest_at: datetime
    template = "I read that as {moment_at}. It must lie between {earliest_at} and {latest_at}."


@dataclass(eq=False)
class PersonNotFound(InvalidInput):
    """A name or id that nobody here has or had."""

    template = "I know nobody here by that name or id. Please choose somebody from the list."


@dataclass(eq=False)
class RecipientIsSelf(InvalidInput):
    """Paying oneself."""

    template = "You can't pay yourself."


@dataclass(eq=False)
class PaymentTooSmall(InvalidInput):
    """Less than owners let members pay."""

    least_coins: int
    template = "The least that can be paid here is {least_coins}."


@dataclass(eq=False)
class PaymentTooLarge(InvalidInput):
    """More at once than anybody may pay in a day."""

    most_coins: int
    template = "Nobody pays more than {most_coins} within 24 hours here. Please choose a smaller amount."


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
    reason: Phrase
    template = "**{title}** {reason}. I changed nothing."


@dataclass(eq=False)
class OptionMissing(InvalidInput):
    """A typed command without something it needs."""

    option: str
    meaning: str
    """What the option is, as it is described."""
    template = "Something is missing: `{option}`.\n-# {meaning}\nWrite it after the command, or use the slash command."


@dataclass(eq=False)
class OptionNotUnderstood(InvalidInput):
    """A typed option that can't be what it should."""

    option: str
    word: str
    meaning: str
    """What the option is, as it is described."""
    template = (
        "I can't make sense of {word} as `{option}`.\n-# {meaning}\n"
        "Please write it otherwise, or use the slash command."
    )


@dataclass(eq=False)
class OptionTooLong(InvalidInput):
    """A typed option with more characters than Discord would let through."""

    option: str
    most: int
    template = "`{option}` is too long: it may have at most {most} characters."


@dataclass(eq=False)
class OptionRefused(InvalidInput):
    """A value that was written for an option, and can't be; the reason completes a sentence about what it is called."""

    title: str
    word: str
    reason: Phrase
    template = "{word} won't do: **{title}** {reason}. I changed nothing."


@dataclass(eq=False)
class TooManyWords(InvalidInput):
    """A typed command with words that belong to no option."""

    word: str
    template = "I don't know what {word} is for. `/help` shows how the command is used."


@dataclass(eq=False)
class BoardNotFound(InvalidInput):
    """A leaderboard that nobody offers."""

    template = "There is no such leaderboard. Please choose one from the list."


@dataclass(eq=False)
class PeriodNotCounted(InvalidInput):
    """A time that a leaderboard does not count over."""

    template = "That leaderboard does not count over this time. Please choose one from the list."


@dataclass(eq=False)
class AuditEntryGone(InvalidInput):
    """An entry of the audit log that is not there."""

    template = "That entry is no longer in the audit log."


@dataclass(eq=False)
class DaysTurned(InvalidInput):
    """A time that ends before it begins."""

    template = "The last day must not lie before the first."


@dataclass(eq=False)
class UseSlash(InvalidInput):
    """Something that Discord opens only from its own menu."""

    template = "Discord lets me do this only for slash commands. Please use it with a `/`."


@dataclass(eq=False)
class RoleGone(InvalidInput):
    """A role that was deleted."""

    template = "That role is no longer there."


@dataclass(eq=False)
class RoleIsEveryones(InvalidInput):
    """The role that is the server itself."""

    template = "Everybody has that role already."


@dataclass(eq=False)
class RoleIsManaged(InvalidInput):
    """A role that belongs to a bot, a subscription or boosting. `role` is a mention."""

    role: str
    template = "{role} is managed by Discord or another app, so nobody can give or take it by hand."


@dataclass(eq=False)
class RoleAboveMine(InvalidInput):
    """A role that the bot's own does not stand above. `role` is a mention."""

    role: str
    template = (
        "{role} stands above my own highest role, so Discord does not let me give or take it. "
        "Drag my role above it in the server settings."
    )


@dataclass(eq=False)
class RoleTooPowerful(InvalidInput):
    """A role with a permission that is not handed out. `role` is a mention, the permission in Discord's words."""

    role: str
    permission: str
    template = "{role} has the permission **{permission}**. I don't hand out power; please give it yourself."


@dataclass(eq=False)
class MyPermissionNeeded(InvalidInput):
    """Something that the bot may not do in this server, named as Discord's settings name it."""

    permission: str
    template = "For this I need the permission **{permission}** in this server."


@dataclass(eq=False)
class RoleNotGranted(InvalidInput):
    """Ending a grant that is not there. `role` is a mention."""

    member_id: int
    role: str
    template = "Staff has not given {role} to {member_id} through me, so there is nothing to end."


@dataclass(eq=False)
class TooManyTargets(InvalidInput):
    """More than one batch may have."""

    count: int
    limit: int
    template = "That would be {count} at once, and I take at most {limit}. Please choose fewer."


@dataclass(eq=False)
class JobEmpty(InvalidInput):
    """A job without words."""

    template = "Write in a few words what somebody did, such as: You swept the village common."


@dataclass(eq=False)
class TransactionNotFound(InvalidInput):
    """An id that no transaction of this server has."""

    template = "There is no such transaction here. Please choose one from the list, or write its number."


@dataclass(eq=False)
class NotConfirmed(InvalidInput):
    """Something else was written than what has to be, to show that one is sure."""

    wanted: str
    template = "To confirm, write exactly **{wanted}**. I changed nothing."
