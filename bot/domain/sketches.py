"""Sketches: what staff is still writing of a thing, new or in the shop already, before anybody can buy it so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic import ValidationError

from bot.domain.role_grants import GuildFacts
from bot.domain.roles import Reach
from bot.domain.shop import Item, ItemDraft, Say
from bot.errors import ItemRefused
from bot.words import N_, Phrase

MOST_SKETCHES = 10
"""That one person may have in one server."""

DAYS_KEPT = 28
"""Days after its last change that a sketch is kept; then it is forgotten, within the hour."""

TITLES = {
    "name": N_("Name"),
    "description": N_("Description"),
    "price": N_("Price"),
    "emoji": N_("Emoji"),
    "category": N_("Category"),
    "kind": N_("Kind"),
    "stock": N_("Stock"),
    "per_member": N_("Most a member may buy"),
    "cooldown": N_("Time between two purchases"),
    "available_until": N_("For sale until"),
    "lifetime": N_("A copy lasts"),
    "resale": N_("Paid back"),
    "giftable": N_("Can be given away"),
    "requirements": N_("Requirements"),
    "effects": N_("Effects"),
}
"""What staff calls the parts of a thing, in the order in which they are told."""


@dataclass(frozen=True)
class Hand:
    """Whoever puts a thing up for sale, as far as roles go."""

    guild: GuildFacts
    reach: Reach


@dataclass(frozen=True)
class Sketch:
    """A thing as somebody is writing it."""

    id: int
    user_id: int
    """Whose it is; nobody else sees it."""
    item_id: int
    """The thing that it changes, or the one that it will be."""
    base: int
    """The version of the thing from which it was written; 0: there is no such thing yet."""
    original: ItemDraft
    """What it began with."""
    draft: ItemDraft
    version: int
    """Counts its own changes."""

    @property
    def is_new(self) -> bool:
        """Whether publishing makes a thing, instead of changing one."""
        return self.base == 0

    @property
    def has_changes(self) -> bool:
        """Whether anything would be lost with it."""
        return self.is_new or self.draft != self.original

    @property
    def item(self) -> Item:
        """The thing as it would be."""
        return Item(self.item_id, self.draft, sold=0, version=self.base)


def amended(draft: ItemDraft, **parts: Any) -> ItemDraft:
    """A draft with some parts changed, all of it looked at again.

    Raises:
        ItemRefused: it can't be so; the reason in plain words.
    """
    try:
        return ItemDraft.model_validate({**dict(draft), **parts})
    except ValidationError as error:
        raise refusal(error, str(parts.get("name", draft.name))) from None


def refusal(error: ValidationError, name: str) -> ItemRefused:
    """Why a thing of that name can't be as it was described."""
    detail = cast("dict[str, Any]", error.errors()[0])
    place = str(detail["loc"][0]) if detail["loc"] else ""
    return ItemRefused(TITLES.get(place, name), _reason(detail))


def _reason(detail: dict[str, Any]) -> Phrase:
    """Pydantic's complaint as the end of a sentence."""
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "greater_than_equal":
            return Phrase("must be at least {least}", {"least": context["ge"]})
        case "less_than_equal":
            return Phrase("must be at most {most}", {"most": context["le"]})
        case "string_too_long":
            return Phrase("takes at most {most} characters", {"most": context["max_length"]})
        case "string_too_short":
            return Phrase("must not be empty")
        case "too_long":
            return Phrase("takes at most {most} of them", {"most": context["max_length"]})
        case _:
            return Phrase(str(context.get("error", detail["msg"])))


def parts_changed(before: ItemDraft, after: ItemDraft) -> tuple[str, ...]:
    """The names of the parts that differ, but for the stock, which is sold from meanwhile; in the order of `TITLES`."""
    return tuple(name for name in TITLES if name != "stock" and getattr(before, name) != getattr(after, name))


def rebased(sketch: Sketch, present: Item) -> Sketch:
    """The same changes, made to the thing as it stands by now. Where both changed a part, the sketch's holds.

    Raises:
        ItemRefused: what it changes and what others changed do not go together.
    """
    parts = {name: getattr(sketch.draft, name) for name in parts_changed(sketch.original, sketch.draft)}
    draft = amended(present.draft, **parts) if parts else present.draft
    return replace(sketch, base=present.version, original=present.draft, draft=draft)


# What a change does to copies that members own already ------------------------------------------------------

_SHOWN = Phrase("They are shown so, too.")
_LATER = Phrase("It holds for who buys from now on; nothing happens to copies that are owned.")
_FOLLOW = {
    "name": _SHOWN,
    "description": _SHOWN,
    "emoji": _SHOWN,
    "category": _SHOWN,
    "per_member": Phrase("What members bought before counts."),
    "cooldown": _LATER,
    "available_until": _LATER,
    "requirements": Phrase("It holds for who buys from now on; whoever owns one keeps it, and may use it."),
    "resale": Phrase("They are paid back so, too."),
    "giftable": Phrase("It holds for them, too."),
    "lifetime": Phrase("They keep the end that they have; only copies that are bought from now on last so long."),
}


def meanings(before: ItemDraft, after: ItemDraft) -> tuple[tuple[str, Phrase], ...]:
    """What each change does to copies that are owned: the part, and a sentence."""
    found: list[tuple[str, Phrase]] = []
    for name in parts_changed(before, after):
        if name == "effects":
            found += [(name, phrase) for phrase in _of_effects(before, after)]
        elif name == "price":
            found.append((name, _of_price(after)))
        elif name in _FOLLOW:
            found.append((name, _FOLLOW[name]))
    return tuple(found)


def _of_price(after: ItemDraft) -> Phrase:
    if after.lifetime is not None or after.resale == 0 or _stays(after):
        return Phrase("Nothing happens to copies that are owned.")
    return Phrase("What is paid back for them follows the price.")


def _of_effects(before: ItemDraft, after: ItemDraft) -> list[Phrase]:
    found: list[Phrase] = []
    if before.effects.on_purchase != after.effects.on_purchase:
        found.append(Phrase("What buying does holds for who buys from now on."))
    if before.effects.on_use != after.effects.on_use:
        found.append(Phrase("Using a copy that is owned does what is written now."))
    if _stays(after) and not _stays(before):
        found.append(Phrase("Copies that are owned can be neither sold back nor given away any more."))
    if _stays(before) and not _stays(after):
        found.append(
            Phrase("Copies that are owned can be sold back and given away, though buying them gave something.")
        )
    return found


def _stays(draft: ItemDraft) -> bool:
    return any(not isinstance(one, Say) for one in draft.effects.on_purchase)
