"""What staff sees of a thing while it is written: all that is set, what changes, and what that means for its owners."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import discord

from bot.cogs.economy import shop_pages
from bot.cogs.economy.items import words
from bot.cogs.economy.items.views import CHAINS, GROUPS, Page
from bot.cogs.economy.job_pages import harmless
from bot.cogs.economy.purchase_pages import effect
from bot.domain.requirements import MOST_NEEDS, name_of
from bot.domain.shop import MOST_EFFECTS, ItemDraft, Say
from bot.domain.sketches import DAYS_KEPT, TITLES, Sketch, meanings, parts_changed
from bot.i18n import _, ngettext
from bot.services.shop import Details
from bot.services.sketches import Drawn
from bot.ui import text
from bot.ui.phrases import said
from bot.ui.theme import embed

_ALWAYS = {"price", "kind", "stock"}
"""Parts that are told whatever they are."""

_SHOWN_BELOW = {"name", "description", "emoji", "category"}
"""Parts of which the preview shows all there is."""

_QUOTE = "\N{MODIFIER LETTER GRAVE ACCENT}"
"""What looks like a backtick and ends no block of code."""

_USUAL = ItemDraft(name="x", price=0)


def board(drawn: Drawn, page: Page, now: datetime, notice: str = "") -> list[discord.Embed]:
    """A page of the panel; on the first one with the thing as members would see it."""
    if page is Page.HOME:
        return [_home(drawn, notice), shop_pages.offer(drawn.offer, now)]
    body = _needs(drawn) if page in GROUPS else _does(drawn, page)
    title = _("Requirements") if page in GROUPS else _(CHAINS[page][0])
    named = f"{title} · {harmless(drawn.sketch.draft.name)}"
    return [embed(title=named, description=_joined(notice, body))]


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _home(drawn: Drawn, notice: str) -> discord.Embed:
    sketch = drawn.sketch
    below = _("Below is what you would see in `/shop`.")
    if drawn.present is None:
        title = _("Draft · {item}").format(item=harmless(sketch.draft.name))
        kept = _(
            "Nobody can buy it until you publish it. The draft is kept for {duration}: `/item edit` finds it again."
        )
        kept = kept.format(duration=text.duration(timedelta(days=DAYS_KEPT)))
        return embed(title=title, description=_joined(notice, kept, _set(sketch.draft), _doubts(drawn), below))
    title = _("Change · {item}").format(item=harmless(drawn.present.item.name))
    return embed(title=title, description=_joined(notice, _changes(drawn, drawn.present), _doubts(drawn), below))


def _set(draft: ItemDraft, *, but: str = "") -> str:
    """Everything that is set and that the preview does not show as it is, but for one part."""
    names = [
        name
        for name in TITLES
        if name != but
        and (name in _ALWAYS or (name not in _SHOWN_BELOW and getattr(draft, name) != getattr(_USUAL, name)))
    ]
    return "\n".join(f"**{_(TITLES[name])}**: {words.part(name, draft)}" for name in names)


def _changes(drawn: Drawn, present: Details) -> str:
    """What would be another, and what that means."""
    before, after = present.item.draft, drawn.sketch.draft
    changed = parts_changed(drawn.sketch.original, after)
    stock = _("**Stock**: {stock}. `/item restock` changes it.").format(stock=words.stock(before.stock))
    if not changed:
        nothing = _("Nothing is changed yet. What you change here, members see when you save it.")
        return _joined(nothing, _set(after, but="stock"), owned(present), stock)
    lines = [_change(name, before, after) for name in changed]
    means = [f"• **{_(TITLES[name])}**: {said(phrase)}" for name, phrase in meanings(before, after)]
    told = f"{owned(present)}\n" + "\n".join(means) if present.copies else owned(present)
    return _joined(f"**{_('What changes when you save')}**\n" + "\n".join(lines), told, stock)


def _change(name: str, before: ItemDraft, after: ItemDraft) -> str:
    title, was, now = _(TITLES[name]), words.part(name, before), words.part(name, after)
    if was == now:  # other requirements or effects, but as many
        return _("• **{part}**: others than before").format(part=title)
    return f"• **{title}**: {was} → {now}"


def owned(present: Details) -> str:
    """How many copies there are, and with how many members."""
    if not present.copies:
        return _("Nobody owns one.")
    copies = ngettext("{count} copy is owned", "{count} copies are owned", present.copies)
    members = ngettext("by {count} member.", "by {count} members.", present.owners)
    counted = copies.format(count=text.number(present.copies)), members.format(count=text.number(present.owners))
    return "**{} {}**".format(*counted)


def _needs(drawn: Drawn) -> str:
    """Who may have it, group by group."""
    needs, names = drawn.sketch.draft.requirements, drawn.offer.names
    parts: list[str] = []
    for title, group in GROUPS.values():
        lines = [f"• {said(name_of(one, names))}" for one in getattr(needs, group)]
        parts.append(f"**{_(title)}**\n" + ("\n".join(lines) or _("none")))
    most = _("Each list takes {most}. Choose roles in the menu; what is not chosen there any more is taken out.")
    return _joined(*parts, _doubts(drawn), most.format(most=MOST_NEEDS))


def _doubts(drawn: Drawn) -> str:
    return "\n".join(f"⚠️ {said(one)}" for one in drawn.doubts)


def _does(drawn: Drawn, page: Page) -> str:
    """What buying or using it does, in order."""
    draft = drawn.sketch.draft
    chain, lasts = getattr(draft.effects, CHAINS[page][1]), draft.lifetime is not None and page is Page.BUY
    lines = [
        f"{number}. "
        + ("> " + harmless(one.words) if isinstance(one, Say) else effect(one, drawn.offer.names, lasts=lasts))
        for number, one in enumerate(chain, 1)
    ]
    hint = _("All of it happens, or nothing. {most} at most; the member reads it so.").format(most=MOST_EFFECTS)
    stays = _("What does more than say something when it is bought can be neither sold back nor given away.")
    return _joined("\n".join(lines) or _("It does nothing yet."), hint, stays if page is Page.BUY else "")


def discard_question(sketch: Sketch) -> discord.Embed:
    """Whether what is written shall be thrown away."""
    asked = _("Throw your changes of **{item}** away? It stays in the shop as it is.")
    if sketch.is_new:
        asked = _("Throw this draft of **{item}** away?")
    return embed(description=asked.format(item=harmless(sketch.original.name)))


def given_back(why: str, written: Mapping[str, str]) -> discord.Embed:
    """Why nothing was begun, and what was written, to be copied."""
    lines = [
        f"**{_(TITLES[name])}**\n```\n{value.replace('`', _QUOTE)}\n```" for name, value in written.items() if value
    ]
    return embed(description=_joined(f"⚠️ {why}", _("This is what you wrote:"), "\n".join(lines)))
