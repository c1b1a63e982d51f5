"""What things for sale, their kinds and their parts are called by staff."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cogs.economy.job_pages import harmless
from bot.domain.audit import clipped
from bot.domain.shop import ItemDraft, ItemKind
from bot.i18n import N_, _, ngettext
from bot.ui import text

_IN_A_LINE = 120

KINDS: Mapping[ItemKind, tuple[str, str]] = {
    ItemKind.ITEM: (N_("Thing"), N_("to own, and to use if using it does something")),
    ItemKind.ROLE: (N_("Role"), N_("what counts is the role that buying it gives")),
    ItemKind.CONSUMABLE: (N_("Consumable"), N_("is used up, and does something")),
    ItemKind.BOOST: (N_("Boost"), N_("is used up, and does something for a while")),
    ItemKind.COLLECTIBLE: (N_("Collectible"), N_("to collect, and to wear")),
    ItemKind.BADGE: (N_("Badge"), N_("to wear")),
    ItemKind.BACKGROUND: (N_("Background"), N_("to wear")),
    ItemKind.SPECIAL: (N_("Special"), N_("to wear or to use")),
    ItemKind.CUSTOM: (N_("Something else"), N_("whatever you make of it")),
}
"""Each kind's name, and what it is for."""


def part(name: str, draft: ItemDraft) -> str:  # noqa: C901, PLR0911 — a table
    """A part of a thing, in words; `name` as in `bot.domain.sketches.TITLES`."""
    value = getattr(draft, name)
    match name:
        case "name" | "category" | "description":
            return harmless(clipped(" ".join(value.split()), _IN_A_LINE)) or _("none")
        case "emoji":
            return value or _("none")
        case "price":
            return text.coins(value) if value else _("free")
        case "kind":
            return _(KINDS[value][0])
        case "stock":
            return stock(value)
        case "per_member":
            return _("no limit") if value is None else text.number(value)
        case "cooldown":
            return _("none") if value is None else text.duration(value)
        case "available_until":
            return _("always") if value is None else text.timestamp(value, "f")
        case "lifetime":
            return _("for ever") if value is None else text.duration(value)
        case "resale":
            return _("as `/config` says") if value is None else _("{percent} % of the price").format(percent=value)
        case "giftable":
            return _("yes") if value else _("no")
        case _:
            return _counted(value.count)


def stock(left: int | None) -> str:
    """How many are left to sell."""
    if left is None:
        return _("as many as anybody wants")
    return ngettext("{count} left", "{count} left", left).format(count=text.number(left)) if left else _("sold out")


def _counted(count: int) -> str:
    return text.number(count) if count else _("none")
