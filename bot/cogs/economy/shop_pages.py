"""What the shop looks like: its shelves, and a thing on them."""

from __future__ import annotations

from datetime import datetime

import discord

from bot.cogs.economy.job_pages import harmless
from bot.cogs.economy.purchase_pages import effect
from bot.domain.audit import clipped
from bot.domain.shop import Item
from bot.i18n import _, ngettext
from bot.services.offers import Condition, Offer
from bot.services.shop import Shelf
from bot.ui import text
from bot.ui.phrases import said
from bot.ui.theme import embed

_IN_A_LIST = 90
"""Characters of a description where there are several."""

_IN_A_MENU = 100


def titled(item: Item) -> str:
    """A thing's sign and name."""
    name = harmless(item.name)
    return f"{item.draft.emoji} {name}" if item.draft.emoji else name


def category_name(category: str) -> str:
    """What a shelf is called; the one of things that stand nowhere else has no name of its own."""
    return category or _("Other things")


# The shelves ------------------------------------------------------------------------------------------------


def shelf(page: Shelf, category: str | None) -> discord.Embed:
    """A page of what is on offer; `category` None: of everything."""
    title = _("Shop") if category is None else _("Shop · {category}").format(category=category_name(category))
    if not page.items:
        return embed(title=title, description=_("Nothing is for sale here just now."))
    lines = [_on_the_shelf(item) for item in page.items]
    return embed(title=title, description="\n".join(lines), footer=_("Choose a thing to see more, and to buy it."))


def _on_the_shelf(item: Item) -> str:
    draft = item.draft
    facts = [_price(draft.price)]
    if draft.stock is not None:
        facts.append(_stock(draft.stock))
    if draft.available_until is not None:
        facts.append(_("until {when}").format(when=text.timestamp(draft.available_until, "d")))
    line = f"**{titled(item)}** — {' · '.join(facts)}"
    first = draft.description.split("\n", 1)[0]
    return f"{line}\n-# {harmless(clipped(first, _IN_A_LIST))}" if first else line


def _price(coins: int) -> str:
    return text.coins(coins) if coins else _("free")


def _stock(left: int) -> str:
    if not left:
        return _("sold out")
    return ngettext("{count} left", "{count} left", left).format(count=text.number(left))


def option(item: Item) -> discord.SelectOption:
    """A thing in a menu."""
    price = text.plain_coins(item.draft.price) if item.draft.price else _("free")
    return discord.SelectOption(label=item.name[:_IN_A_MENU], value=str(item.id), description=price[:_IN_A_MENU])


# A thing ----------------------------------------------------------------------------------------------------


def offer(shown: Offer, now: datetime, notice: str = "") -> discord.Embed:
    """A thing with all that a buyer wants to know."""
    item, draft = shown.item, shown.item.draft
    parts = [notice, harmless(draft.description), "\n".join(_facts(shown, now)), *_needs(shown), *_does(shown)]
    made = embed(title=titled(item), description="\n\n".join(part for part in parts if part))
    if draft.category:
        made.set_footer(text=draft.category)
    return made


def _facts(shown: Offer, now: datetime) -> list[str]:
    item, draft = shown.item, shown.item.draft
    lines = [_("Price: **{price}**").format(price=_price(draft.price))]
    if not item.is_offered(now):
        lines.append(_("It is not for sale any more."))
    elif draft.stock is not None:
        lines.append(_("In stock: {stock}").format(stock=_stock(draft.stock)))
    if draft.available_until is not None and item.is_offered(now):
        until = f"{text.timestamp(draft.available_until, 'f')} ({text.timestamp(draft.available_until)})"
        lines.append(_("For sale until {when}").format(when=until))
    lines += _limits(shown)
    if draft.lifetime is not None:
        lines.append(_("It lasts {duration}.").format(duration=text.duration(draft.lifetime)))
    if shown.resale and draft.lifetime is None:
        lines.append(_("Sold back, it brings {coins}.").format(coins=text.coins(shown.resale)))
    if not draft.giftable or item.stays_with_buyer:
        lines.append(_("It can't be given away."))
    if shown.owned:
        lines.append(_("You own: {count}").format(count=text.number(shown.owned)))
    return lines


def _limits(shown: Offer) -> list[str]:
    draft, lines = shown.item.draft, list[str]()
    if draft.per_member is not None:
        said_ = ngettext(
            "Everybody may buy {limit} of it; you have bought {had}.",
            "Everybody may buy {limit} of them; you have bought {had}.",
            draft.per_member,
        )
        lines.append(said_.format(limit=text.number(draft.per_member), had=text.number(shown.bought)))
    if draft.cooldown is not None:
        often = _("Once in {duration}.").format(duration=text.duration(draft.cooldown))
        if shown.ready_at is not None:
            often += " " + _("You can buy it again {when}.").format(when=text.timestamp(shown.ready_at))
        lines.append(often)
    return lines


def _needs(shown: Offer) -> list[str]:
    """What is needed, each with a sign of whether the viewer meets it."""
    met_by_one = any(one.has for one in shown.any_of)
    parts = [
        (_("You need"), [_signed(one.has, one) for one in shown.all_of]),
        (_("You need one of these"), [_signed(one.has, one, open_=met_by_one) for one in shown.any_of]),
        (_("Not for those who have"), [_signed(not one.has, one) for one in shown.none_of]),
    ]
    return [f"**{title}**\n" + "\n".join(lines) for title, lines in parts if lines]


def _signed(good: bool, one: Condition, *, open_: bool = False) -> str:
    sign = "✅" if good else "▫️" if open_ else "❌"
    return f"{sign} {said(one.what)}"


def _does(shown: Offer) -> list[str]:
    effects, names = shown.item.draft.effects, shown.names
    lasts = shown.item.draft.lifetime is not None
    parts = [(_("Buying it"), effects.on_purchase), (_("Using it"), effects.on_use)]
    return [
        f"**{title}**\n" + "\n".join(f"• {effect(one, names, lasts=lasts and title == parts[0][0])}" for one in chain)
        for title, chain in parts
        if chain
    ]


def price_changed(shown: int, price: int) -> str:
    """Above an offer that became another while somebody looked."""
    return _("⚠️ The price has changed from {shown} to {price}, so I took nothing.").format(
        shown=text.coins(shown), price=text.coins(price)
    )
