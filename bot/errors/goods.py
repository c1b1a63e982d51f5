"""Errors of things that are for sale or owned: what was asked of them makes no sense."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors.asked import InvalidInput
from bot.words import Phrase


@dataclass(eq=False)
class ItemGone(InvalidInput):
    """A thing that is not for sale, or not any more."""

    template = "That is not in the shop. Please choose something from the list."


@dataclass(eq=False)
class ItemNameTaken(InvalidInput):
    """A name that another thing in the shop has."""

    item: str
    template = "There is a thing called **{item}** in the shop already. Please choose another name."


@dataclass(eq=False)
class TooManyItems(InvalidInput):
    """More things than a shop may have."""

    limit: int
    template = "A shop can have {limit} things at most. Archive one that is not needed any more."


@dataclass(eq=False)
class ItemRefused(InvalidInput):
    """A thing that can't be as it was described; the reason completes a sentence."""

    title: str
    reason: Phrase
    template = "**{title}** {reason}. I changed nothing."


@dataclass(eq=False)
class QuantityOutOfBounds(InvalidInput):
    """Fewer or more copies than can be had at once."""

    quantity: int
    most: int
    template = "That goes from 1 to {most} at a time; you wrote {quantity}."


@dataclass(eq=False)
class ItemNotForResale(InvalidInput):
    """A thing for which nothing is paid back."""

    item: str
    template = "**{item}** can't be sold back."


@dataclass(eq=False)
class ItemNotGiftable(InvalidInput):
    """A thing that stays with who bought it."""

    item: str
    template = "**{item}** can't be given away."


@dataclass(eq=False)
class ItemNotUsable(InvalidInput):
    """A thing that does nothing when it is used."""

    item: str
    template = "There is nothing to use **{item}** for."


@dataclass(eq=False)
class ItemNotWearable(InvalidInput):
    """A thing that can't be worn."""

    item: str
    template = "**{item}** can't be worn."


@dataclass(eq=False)
class GiftToSelf(InvalidInput):
    """Giving something to oneself."""

    template = "You can't give something to yourself."


@dataclass(eq=False)
class SketchGone(InvalidInput):
    """A draft of a thing that was published or discarded, or is not this person's."""

    template = "This draft is no longer there: it was published or discarded. Begin another with `/item create`."


@dataclass(eq=False)
class TooManySketches(InvalidInput):
    """More drafts of things than one person may have."""

    limit: int
    template = (
        "You have {limit} drafts already. Go on with one of them, or discard it: `/item edit` has them in its list."
    )


@dataclass(eq=False)
class StockNotUnderstood(InvalidInput):
    """A stock that can't be read."""

    template = "Write how many there are to sell: a number, `+10` to add to what is left, or `unlimited`."


@dataclass(eq=False)
class StockOutOfBounds(InvalidInput):
    """A stock that can't be."""

    most: int
    template = "A stock is from 0 to {most}. I changed nothing."
