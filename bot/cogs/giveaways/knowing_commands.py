"""/giveaway list, info and entrants."""

from __future__ import annotations

import asyncio
import io

import discord
from discord import app_commands
from discord.app_commands import Choice, Transform
from discord.ext import commands

from bot.actions.authority import guild_of
from bot.actions.giveaway_staff import may_run, runs
from bot.actions.host import services_of
from bot.cogs.giveaways import knowing_pages as pages
from bot.cogs.giveaways.options import OwnGiveaway
from bot.domain.paging import NEWEST, Cursor
from bot.errors import ControlExpired
from bot.services.giveaway_knowing import About, Entrants, Shown
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control, Interaction
from bot.ui.pager import PagerButton, pager_template
from bot.words import N_

_WHICH = (("open", N_("Those that are open")), ("over", N_("Those that are over")), ("drafts", N_("Drafts")))


class KnowingCommands(commands.Cog):
    """Looking at giveaways."""

    @app_commands.command(
        name="list",
        description="The giveaways of this server, the newest first.",
        extras={"examples": ["/giveaway list", "/giveaway list which:Those that are over"]},
    )
    @app_commands.describe(which="Which ones; those that are open if you leave it out.")
    @app_commands.choices(which=[Choice(name=label, value=value) for value, label in _WHICH])
    async def list_(self, interaction: Interaction, which: str = "open") -> None:
        """Show the first page."""
        await open_list(interaction, Shown(which) if which in set(Shown) else Shown.OPEN, NEWEST, in_place=False)

    @app_commands.command(
        name="info",
        description="How a giveaway stands: its rules, its history, its winners.",
        extras={"examples": ["/giveaway info giveaway:3"]},
    )
    @app_commands.describe(giveaway="Which one; choose from the list.")
    async def info(self, interaction: Interaction, giveaway: Transform[int, OwnGiveaway()]) -> None:
        """Show it."""

        async def work() -> tuple[About, bool]:
            about = await services_of(interaction).giveaway_knowing.about(guild_of(interaction).id, giveaway)
            return about, await runs(interaction, about.giveaway)

        about, runs_it = await settled(interaction, work(), ephemeral=True)
        await reply(interaction, embed=pages.about(about, staff=runs_it), ephemeral=True)

    @app_commands.command(
        name="entrants",
        description="Who has entered a giveaway, and with what weight; also as a file. For its host and staff.",
        extras={"examples": ["/giveaway entrants giveaway:3", "/giveaway entrants giveaway:3 file:True"]},
    )
    @app_commands.describe(giveaway="Which one; choose from the list.", file="Whether you want all of them as a file.")
    async def entrants(
        self, interaction: Interaction, giveaway: Transform[int, OwnGiveaway()], file: bool = False
    ) -> None:
        """Show the first page, or the file."""
        if not file:
            await open_entrants(interaction, giveaway, 0, in_place=False)
            return

        async def work() -> bytes:
            found = await may_run(interaction, giveaway)
            return await services_of(interaction).giveaway_knowing.file(found.guild_id, giveaway)

        content = await settled(interaction, work(), ephemeral=True)
        attached = await asyncio.to_thread(io.BytesIO, content)
        made = pages.attached(giveaway)
        await reply(interaction, embed=made, files=[discord.File(attached, f"entrants-{giveaway}.csv")], ephemeral=True)


async def open_list(interaction: Interaction, which: Shown, cursor: Cursor, *, in_place: bool) -> None:
    """Show a page of giveaways. Drafts are shown to their writers."""
    knowing, guild_id = services_of(interaction).giveaway_knowing, guild_of(interaction).id
    work = knowing.listed(guild_id, which, cursor, by=interaction.user.id)
    page = await settled(interaction, work, ephemeral=True, in_place=in_place)
    view = ListPager.under(interaction.user.id, newer=page.newer, older=page.older, about=which.value)
    if not (page.newer or page.older):
        view.clear_items()
    if in_place:
        await redraw(interaction, embed=pages.listed(page.items, which), view=view)
    else:
        await reply(interaction, embed=pages.listed(page.items, which), view=view, ephemeral=True)


class ListPager(PagerButton, template=pager_template("giveaway:list:v1", "open|over|drafts")):
    """Turns the pages of giveaways."""

    list_name = "giveaway:list:v1"

    async def turned(self, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG002 — the pager has looked
        """Show the page at a cursor, in place."""
        await open_list(interaction, Shown(self.arguments["about"]), cursor, in_place=True)


async def open_entrants(interaction: Interaction, number: int, after: int, *, in_place: bool) -> None:
    """Show a page of entrants to the host or staff."""

    async def work() -> Entrants:
        found = await may_run(interaction, number)
        return await services_of(interaction).giveaway_knowing.entrants(found.guild_id, number, after)

    page = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    if in_place:
        await redraw(interaction, embed=pages.entrants(page), view=pages.further(page))
    else:
        await reply(interaction, embed=pages.entrants(page), view=pages.further(page), ephemeral=True)


class EntrantsButton(Control, template=r"giveaway:entrants:v1:(?P<number>\d{1,20}):(?P<after>\d{1,20})"):
    """Leads to the entrants above a user's id."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show them, in place."""
        number, after = int(self.arguments["number"]), int(self.arguments["after"])
        if after >= 1 << 63:
            raise ControlExpired
        await open_entrants(interaction, number, after, in_place=True)


KNOWING_CONTROLS: tuple[type[Control], ...] = (ListPager, EntrantsButton)
