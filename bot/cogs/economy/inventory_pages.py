"""What inventories look like, and what is said about things that are used, worn, sold and given."""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.cogs.economy.job_pages import harmless
from bot.cogs.economy.purchase_pages import effect, told
from bot.cogs.economy.shop_pages import titled
from bot.i18n import _
from bot.services.belongings import Belonging, Belongings
from bot.services.inventory import Given, SoldBack, Used
from bot.ui import text
from bot.ui.theme import embed

_IN_A_MENU = 100


def listed(page: Belongings, *, own: bool) -> discord.Embed:
    """A page of what somebody owns."""
    if own:
        nothing = _("You own nothing yet. `/shop` shows what is for sale.")
        lines = [_line(one) for one in page.things] or [nothing]
        return embed(title=_("What you own"), description="\n".join(lines))
    whose = _("What {member} owns").format(member=text.mention(page.user_id))
    lines = [_line(one) for one in page.things] or [_("Nothing yet.")]
    return embed(description="\n".join([f"**{whose}**", *lines]))


def _line(one: Belonging) -> str:
    facts = [titled(one.item)]
    if one.stack.quantity > 1:
        facts[0] = f"{text.number(one.stack.quantity)} × {facts[0]}"  # noqa: RUF001 — times is meant
    if one.stack.is_worn:
        facts.append(_("worn"))
    if one.stack.ends_at is not None:
        facts.append(_ends(one))
    return "• " + " · ".join(facts)


def _ends(one: Belonging) -> str:
    words = _("until {when}") if one.stack.quantity == 1 else _("the first until {when}")
    return words.format(when=text.timestamp(one.stack.ends_at, "f")) if one.stack.ends_at else ""


def option(one: Belonging) -> discord.SelectOption:
    """A thing in a menu."""
    count = _("You own: {count}").format(count=text.number(one.stack.quantity))
    return discord.SelectOption(label=one.item.name[:_IN_A_MENU], value=str(one.item.id), description=count)


def thing(one: Belonging, names: Mapping[int, str], notice: str = "") -> discord.Embed:
    """One of one's own things."""
    draft, stack = one.item.draft, one.stack
    facts = [_("You own: {count}").format(count=text.number(stack.quantity))]
    if stack.is_worn:
        facts.append(_("You wear it."))
    if stack.ends_at is not None:
        when = f"{text.timestamp(stack.ends_at, 'f')} ({text.timestamp(stack.ends_at)})"
        words = _("It lasts until {when}.") if stack.quantity == 1 else _("The first of them lasts until {when}.")
        facts.append(words.format(when=when))
    if one.resale and stack.lasting:
        facts.append(_("Sold back, it brings {coins}.").format(coins=text.coins(one.resale)))
    parts = [notice, harmless(draft.description), "\n".join(facts)]
    if draft.effects.on_use:
        lines = [f"• {effect(does, names)}" for does in draft.effects.on_use]
        parts.append("\n".join([f"**{_('Using it')}**", *lines]))
    return embed(title=titled(one.item), description="\n\n".join(part for part in parts if part))


def worn(name: str, *, on: bool) -> str:
    """Above a thing that was put on or taken off."""
    words = _("✅ You wear **{item}** now.") if on else _("✅ You don't wear **{item}** any more.")
    return words.format(item=harmless(name))


def used(shown: Used, names: Mapping[int, str]) -> discord.Embed:
    """What using a thing did."""
    lines = [_("✅ You used **{item}**.").format(item=harmless(shown.item.name))]
    return embed(description="\n".join([*lines, *told(shown.item.draft.effects.on_use, names)]))


def question(one: Belonging, quantity: int, notice: str = "") -> discord.Embed:
    """Whether so many copies shall be sold."""
    words = _("Sell **{item}** for {coins}?")
    if quantity > 1:
        words = _("Sell {count} × **{item}** for {coins}? That is {each} for each.")  # noqa: RUF001 — times is meant
    said = words.format(
        count=text.number(quantity),
        item=harmless(one.item.name),
        coins=text.coins(one.resale * quantity),
        each=text.coins(one.resale),
    )
    return embed(description=f"{notice}\n{said}" if notice else said)


def resale_changed(before: int, now: int) -> str:
    """Above a question whose price became another while somebody looked."""
    words = _("⚠️ It brings {now} now and no longer {before}, so I sold nothing.")
    return words.format(now=text.coins(now), before=text.coins(before))


def sold(done: SoldBack) -> discord.Embed:
    """What a sale brought."""
    words = _("✅ You sold {item} for {coins}. You have {wallet} now.")
    item = _many(done.name, done.quantity)
    return embed(description=words.format(item=item, coins=text.coins(done.amount), wallet=text.coins(done.wallet)))


def gift(done: Given, giver_id: int, receiver_id: int) -> discord.Embed:
    """Who gave what to whom, for all to read."""
    words = _("🎁 {giver} gave {item} to {receiver}.")
    item = _many(done.item.name, done.quantity)
    return embed(description=words.format(giver=text.mention(giver_id), item=item, receiver=text.mention(receiver_id)))


def _many(name: str, quantity: int) -> str:
    item = f"**{harmless(name)}**"
    return item if quantity == 1 else f"{text.number(quantity)} × {item}"  # noqa: RUF001 — times is meant
