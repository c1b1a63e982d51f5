"""The controls under a thing that is being written. All they say is which sketch, at which version, and which page."""

from __future__ import annotations

from datetime import UTC
from enum import StrEnum
from typing import Any

import discord
from discord import ButtonStyle, SelectOption
from discord.ui import Button, RoleSelect, Select, View

from bot.cogs.economy.items.words import KINDS
from bot.cogs.economy.purchase_pages import effect
from bot.domain.audit import clipped
from bot.domain.requirements import MOST_NEEDS, RoleNeeded, name_of
from bot.domain.shop import MOST_EFFECTS, USABLE, Say
from bot.domain.sketches import Sketch
from bot.i18n import N_, _
from bot.services.sketches import Drawn
from bot.ui.phrases import said
from bot.ui.plain import Plain

_LONGEST = 100
_ROLE = discord.SelectDefaultValueType.role


class Page(StrEnum):
    """A page of the panel, as custom ids have it."""

    HOME = "home"
    ALL = "all"
    ANY = "any"
    NONE = "none"
    BUY = "buy"
    USE = "use"


GROUPS = {
    Page.ALL: (N_("All of these"), "all_of"),
    Page.ANY: (N_("One of these"), "any_of"),
    Page.NONE: (N_("None of these"), "none_of"),
}
"""The pages with requirements: what each is called, and where they stand."""

CHAINS = {Page.BUY: (N_("When it is bought"), "on_purchase"), Page.USE: (N_("When it is used"), "on_use")}
"""The pages with effects, likewise."""

PLACE = r"(?P<sketch>\d{1,19}):(?P<version>\d{1,9})"
"""Which sketch, and as it was when its version was this, in a custom id."""


def board(drawn: Drawn, page: Page, guild: discord.Guild | None) -> View:
    """The controls of a page."""
    sketch, names, plain = drawn.sketch, drawn.offer.names, Plain(guild, {}, UTC)
    if page is Page.HOME:
        return _home(sketch)
    if page in GROUPS:
        needs = getattr(sketch.draft.requirements, GROUPS[page][1])
        return _needs(sketch, page, [plain(said(name_of(one, names))) for one in needs], guild)
    chain = getattr(sketch.draft.effects, CHAINS[page][1])
    return _does(sketch, page, [plain(one.words if isinstance(one, Say) else effect(one, names)) for one in chain])


def _at(verb: str, sketch: Sketch, *more: str) -> str:
    return ":".join([f"item:{verb}:v1", str(sketch.id), str(sketch.version), *more])


def _home(sketch: Sketch) -> View:
    view, draft = View(timeout=None), sketch.draft
    for label, form in (
        (_("Basics…"), "basics"), (_("Stock and times…"), "limits"), (_("Selling back…"), "resale"),
    ):  # fmt: skip
        view.add_item(Button(label=label, custom_id=_at("write", sketch, Page.HOME, form), row=0))
    label, to = (_("Forbid giving away"), "off") if draft.giftable else (_("Allow giving away"), "on")
    view.add_item(Button(label=label, custom_id=_at("gift", sketch, to), row=0))
    if sketch.is_new:
        options = [
            SelectOption(label=_(name), value=kind, description=_(hint), default=kind is draft.kind)
            for kind, (name, hint) in KINDS.items()
        ]
        view.add_item(Select[Any](custom_id=_at("kind", sketch), options=options, row=1))
    view.add_item(_page(sketch, Page.ALL, _("Requirements…"), row=2))
    view.add_item(_page(sketch, Page.BUY, _("When it is bought…"), row=2))
    view.add_item(_page(sketch, Page.USE, _("When it is used…"), row=2, disabled=draft.kind not in USABLE))
    label, changed = (_("Publish"), True) if sketch.is_new else (_("Save"), sketch.has_changes)
    publish = f"item:publish:v1:{sketch.id}:{sketch.version}:{sketch.item_id}"
    view.add_item(Button(label=label, style=ButtonStyle.success, custom_id=publish, disabled=not changed, row=3))
    view.add_item(Button(label=_("Discard"), custom_id=_at("discard", sketch), row=3))
    return view


def _page(sketch: Sketch, page: Page, label: str, *, row: int, disabled: bool = False) -> Button[Any]:
    return Button(label=label, custom_id=f"item:page:v1:{sketch.id}:{page}", row=row, disabled=disabled)


def _needs(sketch: Sketch, page: Page, entries: list[str], guild: discord.Guild | None) -> View:
    view = View(timeout=None)
    for other, (title, _group) in GROUPS.items():
        tab = _page(sketch, other, _(title), row=0, disabled=other is page)
        tab.style = ButtonStyle.primary if other is page else ButtonStyle.secondary
        view.add_item(tab)
    needs = getattr(sketch.draft.requirements, GROUPS[page][1])
    roles = [one.role_id for one in needs if isinstance(one, RoleNeeded) and guild and guild.get_role(one.role_id)]
    view.add_item(
        RoleSelect[Any](
            custom_id=_at("need", sketch, page),
            placeholder=_("Roles…"),
            min_values=0,
            max_values=MOST_NEEDS,
            default_values=[discord.SelectDefaultValue(id=one, type=_ROLE) for one in roles],
            row=1,
        )
    )
    _add_entries(view, sketch, page, entries, row=2)
    is_full = len(needs) >= MOST_NEEDS
    for label, what in (
        (_("Coins in the wallet…"), "balance"), (_("A level…"), "level"), (_("Another thing…"), "owned"),
    ):  # fmt: skip
        view.add_item(Button(label=label, custom_id=_at("write", sketch, page, what), disabled=is_full, row=3))
    view.add_item(_page(sketch, Page.HOME, _("Back"), row=3))
    return view


def _does(sketch: Sketch, page: Page, entries: list[str]) -> View:
    view = View(timeout=None)
    is_full = len(entries) >= MOST_EFFECTS
    for label, what in (
        (_("Give a role…"), "give"), (_("Take a role…"), "take"), (_("Give coins…"), "coins"),
        (_("Give a thing…"), "thing"), (_("Say something…"), "say"),
    ):  # fmt: skip
        view.add_item(Button(label=label, custom_id=_at("write", sketch, page, what), disabled=is_full, row=0))
    _add_entries(view, sketch, page, entries, row=1)
    at = _at("write", sketch, page, "boost")
    view.add_item(Button(label=_("Boost XP…"), custom_id=at, disabled=is_full, row=2))
    view.add_item(_page(sketch, Page.HOME, _("Back"), row=2))
    return view


def _add_entries(view: View, sketch: Sketch, page: Page, entries: list[str], *, row: int) -> None:
    """The menu that takes something off the list, if there is anything."""
    if entries:
        options = [SelectOption(label=clipped(one, _LONGEST), value=str(place)) for place, one in enumerate(entries)]
        placeholder = _("Take out…")
        view.add_item(
            Select[Any](custom_id=_at("drop", sketch, page), options=options, placeholder=placeholder, row=row)
        )
