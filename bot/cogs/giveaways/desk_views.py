"""The controls of a giveaway's desk, page by page."""

from __future__ import annotations

from datetime import UTC
from enum import StrEnum
from typing import Any

import discord
from discord import ButtonStyle, SelectOption
from discord.ui import Button, Select, View

from bot.domain.audit import clipped
from bot.domain.giveaway_editing import RuleList, token
from bot.domain.giveaway_rules import MOST_BONUSES, MOST_RULES
from bot.domain.giveaway_words import bonus, rule
from bot.domain.giveaways import Giveaway, Status
from bot.i18n import N_, _
from bot.ui.phrases import said
from bot.ui.plain import Plain

_LONGEST = 100


class Page(StrEnum):
    """A page of the desk, as custom ids have it."""

    HOME = "home"
    ALL = "all"
    ANY = "any"
    NONE = "none"
    CHANCES = "chances"


LISTS = {
    Page.ALL: (N_("All of these"), RuleList.ALL),
    Page.ANY: (N_("One of these"), RuleList.ANY),
    Page.NONE: (N_("None of these"), RuleList.NONE),
}
"""The pages of rules: what each is called, and which list it shows."""

RULES = {
    "role": N_("A role"),
    "member_for": N_("In the server for some time"),
    "account_for": N_("An account of some age"),
    "level": N_("A level"),
    "messages": N_("Messages since the day it started"),
    "coins": N_("Coins in wallet and bank"),
    "boosting": N_("Boosting the server"),
    "no_win": N_("No giveaway won for some days"),
}
"""Kinds of rules, as the menu offers them."""

CHANCES = {
    "role": N_("For a role, or without it"),
    "level": N_("From a level"),
    "boost": N_("For boosting the server"),
}
"""Kinds of bonuses, likewise."""


def controls(giveaway: Giveaway, page: Page, guild: discord.Guild | None) -> View:
    """The controls of a page; none where nothing can be changed any more."""
    if not giveaway.status.is_open:
        return View(timeout=None)
    if page is Page.HOME:
        return _home(giveaway)
    return _chances(giveaway, guild) if page is Page.CHANCES else _rules(giveaway, page, guild)


def _home(giveaway: Giveaway) -> View:
    view, number = View(timeout=None), giveaway.number
    for name, label in (
        ("text", _("Text…")), ("when", _("When…")), ("prize", _("What I hand out…")), ("more", _("More…")),
    ):  # fmt: skip
        view.add_item(Button(label=label, custom_id=f"giveaway:edit:v1:{number}:{name}", row=0))
    view.add_item(_page(giveaway, Page.ALL, _("Who may enter…"), row=1))
    view.add_item(_page(giveaway, Page.CHANCES, _("Chances…"), row=1))
    if giveaway.status is Status.DRAFT:
        for verb, label, style in (
            ("publish", _("Publish"), ButtonStyle.success), ("discard", _("Discard"), ButtonStyle.danger),
        ):  # fmt: skip
            view.add_item(Button(label=label, style=style, custom_id=f"giveaway:{verb}:v1:{number}", row=2))
    return view


def _page(giveaway: Giveaway, page: Page, label: str, *, row: int) -> Button[Any]:
    return Button(label=label, custom_id=f"giveaway:page:v1:{giveaway.number}:{page}", row=row)


def _rules(giveaway: Giveaway, page: Page, guild: discord.Guild | None) -> View:
    view, at = View(timeout=None), f"v1:{giveaway.number}:{LISTS[page][1]}"
    for other, (title, _list) in LISTS.items():
        tab = _page(giveaway, other, _(title), row=0)
        tab.disabled = other is page
        tab.style = ButtonStyle.primary if other is page else ButtonStyle.secondary
        view.add_item(tab)
    if sum(1 for _one in giveaway.rules.leaves()) < MOST_RULES:
        _add_menu(view, f"giveaway:rule-add:{at}", _("Add…"), [(name, _(label)) for name, label in RULES.items()], 1)
    listed = LISTS[page][1].of(giveaway.rules)
    plain = Plain(guild, {}, UTC)
    gone = [(token(one), plain(said(rule(one)))) for one in listed]
    _add_menu(view, f"giveaway:rule-drop:{at}", _("Take out…"), gone, 2)
    view.add_item(_page(giveaway, Page.HOME, _("Back"), row=3))
    return view


def _chances(giveaway: Giveaway, guild: discord.Guild | None) -> View:
    view, number, bonuses = View(timeout=None), giveaway.number, giveaway.bonuses
    if len(bonuses.of) < MOST_BONUSES:
        kinds = [(name, _(label)) for name, label in CHANCES.items()]
        _add_menu(view, f"giveaway:chance-add:v1:{number}", _("Add…"), kinds, 0)
    plain = Plain(guild, {}, UTC)
    gone = [(token(one), plain(said(bonus(one)))) for one in bonuses.of]
    _add_menu(view, f"giveaway:chance-drop:v1:{number}", _("Take out…"), gone, 1)
    label, to = (_("Add them all up"), "sum") if bonuses.highest else (_("Count only the highest"), "highest")
    view.add_item(Button(label=label, custom_id=f"giveaway:counts:v1:{number}:{to}", row=2))
    view.add_item(_page(giveaway, Page.HOME, _("Back"), row=2))
    return view


def _add_menu(view: View, custom_id: str, placeholder: str, choices: list[tuple[str, str]], row: int) -> None:
    """A menu with these choices, if there are any; Discord takes up to 25."""
    if choices:
        options = [SelectOption(label=clipped(label, _LONGEST), value=value) for value, label in choices]
        view.add_item(Select[Any](custom_id=custom_id, options=options, placeholder=placeholder, row=row))
