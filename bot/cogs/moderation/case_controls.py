"""The buttons and menus of cases and files. Each checks again whether the person may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord.ui import Select, View

from bot.actions.host import ServiceHost, services_of
from bot.cogs.moderation import case_pages
from bot.cogs.moderation.acting import settings_of
from bot.cogs.moderation.case_access import reader_of
from bot.cogs.moderation.case_work import FileButton, VoidConfirm, files_view
from bot.domain.case_search import PACKED, CaseFilter, History, packed, unpacked
from bot.domain.paging import NEWEST, Cursor
from bot.errors import ControlExpired
from bot.i18n import _
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control, Form, Interaction, Menu
from bot.ui.pager import JumpForm, PagerButton, check_owner, jump_template, pager_template
from bot.ui.plain import Plain

_LONGEST_NUMBER = 18
"""Digits of a case's number that a menu may bring."""


# The file of a member, for staff ------------------------------------------------------------------------------


async def open_history(
    interaction: Interaction, wanted: CaseFilter, cursor: Cursor = NEWEST, *, in_place: bool = False
) -> None:
    """Show a page of a member's file, for staff."""

    async def work() -> tuple[History, Plain]:
        guild_id = await reader_of(interaction)
        found = await services_of(interaction).case_search.history(guild_id, wanted, cursor)
        host: ServiceHost = interaction.client
        return found, Plain(interaction.guild, {}, await host.zone_of(interaction))

    found, plain = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    view = _history_view(interaction.user.id, found, plain)
    if in_place:
        await redraw(interaction, embed=case_pages.history(found), view=view)
    else:
        await reply(interaction, embed=case_pages.history(found), view=view, ephemeral=True)


def _history_view(owner_id: int, found: History, plain: Plain) -> View:
    about, page = packed(found.wanted), found.page
    view = HistoryPager.under(owner_id, newer=page.newer, older=page.older, about=about)
    if not (page.newer or page.older):
        view.clear_items()
    if page.items:
        edge = page.items[0].number + 1 if page.newer else 0
        custom_id = f"case:of:v1:{owner_id}:{edge}:{about}"
        options = [case_pages.option(case, plain) for case in page.items]
        select = Select[Any](custom_id=custom_id, options=options, placeholder=_("Details…"))
        view.add_item(CaseMenu(select, custom_id))
    return view


class HistoryForm(JumpForm):
    """Asks for a day of somebody's file."""

    name = "case:jump:v1"
    template = jump_template(name, PACKED)

    @classmethod
    async def jumped(cls, interaction: Interaction, arguments: Mapping[str, str], cursor: Cursor) -> None:
        """Show the page that ends with that day, in place."""
        wanted, moment = unpacked(arguments["about"]), discord.utils.snowflake_time(cursor.edge)
        guild_id = await reader_of(interaction)
        there = await services_of(interaction).case_search.before(guild_id, wanted.target_id, moment)
        await open_history(interaction, wanted, there, in_place=True)


class HistoryPager(PagerButton, template=pager_template("case:page:v1", PACKED)):
    """Turns the pages of somebody's file, and leads back to them."""

    list_name = "case:page:v1"
    form = HistoryForm

    async def turned(self, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG002 — the pager has looked
        """Show the page at a cursor, in place."""
        await open_history(interaction, unpacked(self.arguments["about"]), cursor, in_place=True)


class CaseMenu(Menu, template=rf"case:of:v1:(?P<owner>\d{{1,20}}):(?P<edge>\d{{1,19}}):(?P<about>{PACKED})"):
    """Leads to a case of the page."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show it, with the way back."""
        owner_id, edge, number = int(self.arguments["owner"]), int(self.arguments["edge"]), "".join(values)
        check_owner(interaction, owner_id)
        if not (number.isdecimal() and len(number) <= _LONGEST_NUMBER and edge <= NEWEST.edge):
            raise ControlExpired

        async def work() -> Any:
            return await services_of(interaction).case_search.view(await reader_of(interaction), int(number))

        found = await settled(interaction, work(), ephemeral=True, in_place=True)
        view = files_view(found) or View(timeout=None)
        view.add_item(HistoryPager.to(owner_id, Cursor(edge or NEWEST.edge), _("Back"), self.arguments["about"]))
        await redraw(interaction, embed=case_pages.case(found), view=view)


# One's own file -----------------------------------------------------------------------------------------------


async def open_own(interaction: Interaction, cursor: Cursor = NEWEST, *, in_place: bool = False) -> None:
    """Show a page of one's own file."""

    async def work() -> tuple[History, bool]:
        settings = await settings_of(interaction)
        user_id, guild_id = interaction.user.id, interaction.guild_id or 0
        found = await services_of(interaction).case_search.own(guild_id, user_id, cursor)
        return found, settings.name_moderator

    found, names = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    view = OwnPager.under(interaction.user.id, newer=found.page.newer, older=found.page.older)
    if not (found.page.newer or found.page.older):
        view.clear_items()
    shown = case_pages.own(found, name_moderator=names)
    if in_place:
        await redraw(interaction, embed=shown, view=view)
    else:
        await reply(interaction, embed=shown, view=view, ephemeral=True)


class OwnPager(PagerButton, template=pager_template("case:own:v1")):
    """Turns the pages of one's own file."""

    list_name = "case:own:v1"

    async def turned(self, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG002 — the pager has looked
        """Show the page at a cursor, in place."""
        await open_own(interaction, cursor, in_place=True)


CONTROLS: tuple[type[Control | Menu | Form], ...] = (
    HistoryPager, HistoryForm, CaseMenu, OwnPager, VoidConfirm, FileButton,
)  # fmt: skip


def dynamic_items() -> list[Any]:
    """The controls that discord.py has to know."""
    return [control for control in CONTROLS if not issubclass(control, Form)]
