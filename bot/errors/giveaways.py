"""Errors of giveaways."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors.asked import InvalidInput
from bot.errors.base import UserError
from bot.words import Phrase


@dataclass(eq=False)
class GiveawayNotFound(InvalidInput):
    """A giveaway that this server does not have. `giveaway` as people write it."""

    giveaway: str
    template = "There is no giveaway {giveaway} in this server."


@dataclass(eq=False)
class NotAGiveaway(InvalidInput):
    """A message that shows no giveaway."""

    template = "That message is no giveaway."


@dataclass(eq=False)
class GiveawayNotOpen(UserError):
    """Entering before it starts."""

    template = "This giveaway has not started yet."


@dataclass(eq=False)
class GiveawayOver(UserError):
    """Something that can't be done any more, because the giveaway is over or being drawn."""

    giveaway: str
    template = "Giveaway {giveaway} is over."


@dataclass(eq=False)
class GiveawayPublished(UserError):
    """Throwing a draft away that others see by now."""

    giveaway: str
    template = "Giveaway {giveaway} was published already. `/giveaway cancel` ends it without winners."


@dataclass(eq=False)
class GiveawayNotDrawn(UserError):
    """Something that is only known after the draw."""

    giveaway: str
    template = "Giveaway {giveaway} has not been drawn yet."


@dataclass(eq=False)
class NotGiveawayStaff(UserError):
    """Something that only the host and those who may make giveaways can do."""

    template = "Only the host of this giveaway and those who may make giveaways can do that."


@dataclass(eq=False)
class TooManyGiveaways(UserError):
    """One more giveaway than a server may have at once."""

    most: int
    template = "There can be at most {most} giveaways at once. Wait for some to end."


@dataclass(eq=False)
class NotAWinner(UserError):
    """A prize that is not theirs to claim, or not any more."""

    template = "There is no prize of this giveaway for you to claim."


@dataclass(eq=False)
class NoSuchWinner(UserError):
    """A reroll in the place of somebody who holds no prize."""

    giveaway: str
    template = "Giveaway {giveaway} has no such winner in whose place another could be drawn."


@dataclass(eq=False)
class NobodyLeftToDraw(UserError):
    """A reroll of a giveaway whose entrants all were looked at."""

    giveaway: str
    template = "Everybody who entered giveaway {giveaway} was looked at already."


@dataclass(eq=False)
class GiveawayRefused(InvalidInput):
    """A giveaway that can't be so; `why` ends the sentence."""

    why: Phrase
    template = "The giveaway can't be like that: {why}."


@dataclass(eq=False)
class GiveawayTimesWrong(InvalidInput):
    """A start and an end that make no sense; `why` ends the sentence."""

    why: Phrase
    template = "The giveaway can't begin and end like that: {why}."


@dataclass(eq=False)
class GiveawayWithoutPrize(InvalidInput):
    """A giveaway that is to start, of which nobody knows what it gives away."""

    template = "Say what the prize is first."


@dataclass(eq=False)
class WhichWinner(InvalidInput):
    """A reroll of a giveaway with several winners that does not say in whose place."""

    template = "There are several winners. Say in whose place another is to be drawn."
