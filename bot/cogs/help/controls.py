"""The menu that leads through the manual."""

from __future__ import annotations

from discord import SelectOption
from discord.ui import Select, View

from bot.actions.manual import Manual, open_manual
from bot.cogs.help import pages
from bot.errors import ControlExpired
from bot.i18n import _
from bot.ui.answers import redraw, settled
from bot.ui.controls import Interaction, Menu

_MOST = 25


class ChapterMenu(Menu, template=r"help:chapter:v1"):
    """Leads to a chapter."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show it, as far as the person may still read it."""
        manual = await settled(interaction, open_manual(interaction), ephemeral=True, in_place=True)
        chapter = next((one for one in manual.chapters if one.name in values), None)
        if chapter is None:
            raise ControlExpired
        await redraw(interaction, embed=pages.chapter(manual, chapter), view=overview_view(manual, chapter.name))


def overview_view(manual: Manual, current: str = "") -> View:
    """The menu of all chapters."""
    view = View(timeout=None)
    options = [
        SelectOption(label=_(one.title), description=_(one.summary)[:100], value=one.name, default=one.name == current)
        for one in manual.chapters[:_MOST]
    ]
    if options:
        view.add_item(Select(custom_id="help:chapter:v1", options=options, placeholder=_("Read about…")))
    return view
