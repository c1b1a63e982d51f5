"""Lists of tickets, whose pages are turned by buttons that look each time what whoever presses may see."""

from __future__ import annotations

import discord

from bot.actions.host import services_of
from bot.actions.ticket_desk import staff_of_any
from bot.cogs.tickets import knowing_pages as pages
from bot.domain.paging import NEWEST, Cursor
from bot.domain.ticket_search import PACKED, TicketFilter, View, packed, unpacked
from bot.i18n import _
from bot.services.ticket_knowing import Listed, Viewer
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control, Form, Interaction, Menu
from bot.ui.pager import PagerButton, pager_template


async def viewer_of(interaction: Interaction) -> Viewer:
    """Who of staff asks.

    Raises:
        What `staff_of_any` raises.
    """
    guild_id, manages = await staff_of_any(interaction)
    member = interaction.user
    roles = frozenset(role.id for role in member.roles) if isinstance(member, discord.Member) else frozenset[int]()
    return Viewer(guild_id, member.id, roles, manages)


async def open_list(
    interaction: Interaction, wanted: TicketFilter, cursor: Cursor = NEWEST, *, in_place: bool = False
) -> None:
    """Show a page of tickets to staff."""

    async def work() -> Listed:
        return await services_of(interaction).ticket_knowing.listed(await viewer_of(interaction), wanted, cursor)

    found = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    pager = WaitingPager if wanted.view is View.WAITING else TicketPager
    page = found.page
    view = pager.under(interaction.user.id, newer=page.newer, older=page.older, about=packed(wanted))
    if not (page.newer or page.older):
        view.clear_items()
    if in_place:
        await redraw(interaction, embed=pages.listed(found), view=view)
    else:
        await reply(interaction, embed=pages.listed(found), view=view, ephemeral=True)


class TicketPager(PagerButton, template=pager_template("ticket:list:v1", PACKED)):
    """Turns the pages of tickets, the newest first."""

    list_name = "ticket:list:v1"

    async def turned(self, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG002 — the pager has looked
        """Show the page at a cursor, in place."""
        await open_list(interaction, unpacked(self.arguments["about"]), cursor, in_place=True)


class WaitingPager(PagerButton, template=pager_template("ticket:waiting:v1", PACKED)):
    """Turns the pages of tickets that wait for staff, the longest first."""

    list_name = "ticket:waiting:v1"

    @classmethod
    def labels(cls) -> tuple[str, str, str]:
        """They are ordered by how long they wait."""
        return _("Longest"), _("Longer"), _("Shorter")

    async def turned(self, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG002 — the pager has looked
        """Show the page at a cursor, in place."""
        await open_list(interaction, unpacked(self.arguments["about"]), cursor, in_place=True)


KNOWING_CONTROLS: tuple[type[Control | Menu | Form], ...] = (TicketPager, WaitingPager)
