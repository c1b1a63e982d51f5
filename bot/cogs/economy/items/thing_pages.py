"""What all things of the shop look like to its staff."""

from __future__ import annotations

import discord

from bot.cogs.economy import shop_pages
from bot.cogs.economy.items import words
from bot.cogs.economy.items.pages import owned
from bot.cogs.economy.job_pages import harmless
from bot.domain.shop import Item
from bot.i18n import _, ngettext
from bot.services.catalogue import Catalogue
from bot.services.shop import Details
from bot.ui import text
from bot.ui.theme import embed

_IN_A_MENU = 100


def listed(page: Catalogue) -> discord.Embed:
    """A page of the list."""
    title = _("Things of the shop")
    if not page.items:
        return embed(title=title, description=_("There is nothing yet. `/item create` makes the first thing."))
    for_sale = ngettext("{count} for sale", "{count} for sale", page.for_sale).format(count=text.number(page.for_sale))
    archived = ngettext("{count} archived", "{count} archived", page.archived)
    footer = f"{for_sale} · {archived.format(count=text.number(page.archived))}"
    return embed(title=title, description="\n".join(map(_line, page.items)), footer=footer)


def _line(item: Item) -> str:
    facts = [_price(item), words.stock(item.draft.stock), _sold(item)]
    if item.archived_at is not None:
        facts = [_("archived"), _sold(item)]
    elif item.draft.available_until is not None:
        facts.append(_("until {when}").format(when=text.timestamp(item.draft.available_until, "d")))
    return f"• **{shop_pages.titled(item)}** — {' · '.join(facts)}"


def _price(item: Item) -> str:
    return words.part("price", item.draft)


def _sold(item: Item) -> str:
    return ngettext("{count} sold", "{count} sold", item.sold).format(count=text.number(item.sold))


def option(item: Item) -> discord.SelectOption:
    """A thing in a menu."""
    state = _("archived") if item.archived_at is not None else text.plain_coins(item.draft.price)
    return discord.SelectOption(label=item.name[:_IN_A_MENU], value=str(item.id), description=state[:_IN_A_MENU])


def item(shown: Details, notice: str = "") -> discord.Embed:
    """One thing, with how it goes."""
    one = shown.item
    lines = [
        _("Price: **{price}**").format(price=_price(one)),
        _("Kind: {kind}").format(kind=words.part("kind", one.draft)),
        _("In stock: {stock}").format(stock=words.stock(one.draft.stock)),
        _("Sold: {count}").format(count=text.number(one.sold)),
        owned(shown),
    ]
    if one.archived_at is not None:
        lines.insert(0, _("🗄️ Archived {when}. Nobody can buy it.").format(when=text.timestamp(one.archived_at)))
    body = "\n".join(lines)
    return embed(title=shop_pages.titled(one), description=f"{notice}\n\n{body}" if notice else body)


def archive_question(shown: Details) -> discord.Embed:
    """Whether it shall leave the shop."""
    asked = _("Take **{item}** out of the shop?").format(item=harmless(shown.item.name))
    kept = [_("Whoever owns one keeps it, with all it does.")] if shown.copies else []
    back = _("`/item restore` puts it up for sale again.")
    return embed(description="\n".join([asked, owned(shown), *kept, back]))


def restocked(shown: Item) -> str:
    """How many there are by now."""
    return _("✅ In stock: {stock}").format(stock=words.stock(shown.draft.stock))
