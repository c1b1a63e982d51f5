"""What staff presses and writes on a panel."""

from __future__ import annotations

import re
from collections.abc import Mapping

from discord.ui import View

from bot.actions.host import services_of
from bot.actions.ticket_panels import by_of, check_panel_channel, delivered, may_manage_panels
from bot.cogs.tickets import panel_pages
from bot.cogs.tickets.panel_desk import (
    PANEL_ID,
    VERSION,
    noted,
    number_in,
    open_panel,
    panel_soon,
    show,
    trouble,
)
from bot.cogs.tickets.panel_making import values_of, word_fields, words_in
from bot.cogs.tickets.panel_topics import open_topic
from bot.domain.ticket_topics import MAX_LABEL, Panel, PanelStyle
from bot.errors import InvalidInput, PanelGone
from bot.i18n import _
from bot.services.ticket_panel_parts import PanelWords
from bot.ui.answers import settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Answers, Control, Form, Interaction, Menu
from bot.ui.fields import field

# Its words ------------------------------------------------------------------------------------------------


class WordsButton(Control, template=rf"panel:words:v1:{PANEL_ID}"):
    """Opens the form for what a panel says."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it, with what it says now."""
        await interaction.response.send_modal(WordsForm(await panel_soon(interaction, int(self.arguments["panel"]))))


class WordsForm(Form):
    """What a panel is called, and what it says."""

    template = re.compile(rf"panel:words-form:v1:{PANEL_ID}:{VERSION}")

    def __init__(self, panel: Panel) -> None:
        super().__init__(title=_("A panel"), custom_id=f"panel:words-form:v1:{panel.id}:{panel.version}")
        for line in word_fields(values_of(panel)):
            self.add_item(line)

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Change it, and show it."""
        panel_id, words = int(arguments["panel"]), words_in(answers)

        async def work() -> None:
            guild_id, panels = await may_manage_panels(interaction), services_of(interaction).ticket_panels
            style = (await panels.get(guild_id, panel_id)).style
            told = PanelWords(words.name, words.title, words.text, style)
            await panels.edit(guild_id, panel_id, told, base=int(arguments["version"]), by=by_of(interaction))

        await open_panel(interaction, panel_id, await noted(interaction, work), done=True)


class StyleButton(Control, template=rf"panel:style:v1:{PANEL_ID}:{VERSION}:(?P<to>buttons|menu)"):
    """Has a panel show its topics in another way."""

    async def pressed(self, interaction: Interaction) -> None:
        """Change it, and show it."""
        panel_id, style = int(self.arguments["panel"]), PanelStyle(self.arguments["to"])

        async def work() -> None:
            guild_id, panels = await may_manage_panels(interaction), services_of(interaction).ticket_panels
            now = await panels.get(guild_id, panel_id)
            words = PanelWords(now.name, now.title, now.text, style)
            base = int(self.arguments["version"])
            await panels.edit(guild_id, panel_id, words, base=base, by=by_of(interaction))

        await open_panel(interaction, panel_id, await noted(interaction, work), done=True)


# Its topics -----------------------------------------------------------------------------------------------


class TopicsMenu(Menu, template=rf"panel:topics:v1:{PANEL_ID}"):
    """Leads to a topic."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show it, in place."""
        await open_topic(interaction, number_in(values))


class AddButton(Control, template=rf"panel:add:v1:{PANEL_ID}"):
    """Opens the form for a further topic."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it; whether they may is looked at again when it is sent."""
        await may_manage_panels(interaction)
        await interaction.response.send_modal(AddForm(int(self.arguments["panel"])))


class AddForm(Form):
    """What a further topic is called."""

    template = re.compile(rf"panel:add-form:v1:{PANEL_ID}")

    def __init__(self, panel_id: int) -> None:
        super().__init__(title=_("A topic"), custom_id=f"panel:add-form:v1:{panel_id}")
        self.add_item(field("label", _("Label"), "", MAX_LABEL, hint=_("Report somebody"), needed=True))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Add it, and show it."""
        panel_id, in_place = int(arguments["panel"]), interaction.message is not None
        topics = services_of(interaction).ticket_topics

        async def work() -> int:
            guild_id = await may_manage_panels(interaction)
            return (await topics.add(guild_id, panel_id, answers.text("label").strip(), by_of(interaction))).id

        try:
            topic_id = await settled(interaction, work(), ephemeral=True, in_place=in_place)
        except PanelGone:
            raise
        except InvalidInput as error:
            await open_panel(interaction, panel_id, trouble(error), in_place=in_place)
            return
        await open_topic(interaction, topic_id, _("✅ Added."), in_place=in_place, done=True)


# Its message ----------------------------------------------------------------------------------------------


class SendMenu(Menu, template=rf"panel:send:v1:{PANEL_ID}"):
    """Sends a panel to a channel."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Send it, and show it."""
        panel_id, channel_id = int(self.arguments["panel"]), number_in(values)
        try:
            await settled(interaction, send(interaction, panel_id, channel_id), ephemeral=True, in_place=True)
        except PanelGone:
            raise
        except InvalidInput as error:
            await open_panel(interaction, panel_id, trouble(error))
        else:
            await open_panel(interaction, panel_id, done=True)


async def send(interaction: Interaction, panel_id: int, channel_id: int) -> Panel:
    """Send a panel to a channel; how it stands then.

    Raises:
        FeatureOff: tickets are switched off.
        PanelGone, PanelEmpty: it is gone, or has nothing to press.
        What `check_panel_channel` and `may_manage_panels` raise.
    """
    guild_id = await may_manage_panels(interaction)
    check_panel_channel(interaction, channel_id)
    sent = await services_of(interaction).ticket_panels.send(guild_id, panel_id, channel_id, by_of(interaction))
    return await delivered(interaction, sent)


# Its end --------------------------------------------------------------------------------------------------


class DeleteButton(Control, template=rf"panel:delete:v1:{PANEL_ID}"):
    """Asks whether a panel shall be deleted."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask, in place."""
        await ask_to_delete(interaction, int(self.arguments["panel"]), in_place=True)


async def ask_to_delete(interaction: Interaction, panel_id: int, *, in_place: bool) -> None:
    """Ask whether a panel shall be deleted.

    Raises:
        PanelGone: it is already.
        What `may_manage_panels` raises.
    """

    async def work() -> Panel:
        return await services_of(interaction).ticket_panels.get(await may_manage_panels(interaction), panel_id)

    panel = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    view = DeleteConfirm.ask(interaction.user.id, str(panel_id), yes=_("Delete it"), no=_("Keep it"))
    await show(interaction, embed=panel_pages.deletion(panel), view=view, in_place=in_place)


class DeleteConfirm(Confirm, template=confirm_template("panel:delete-sure:v1", PANEL_ID)):
    """Deletes a panel, or goes back to it."""

    question = "panel:delete-sure:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Delete it."""
        panel_id = int(self.arguments["panel"])

        async def work() -> Panel:
            guild_id = await may_manage_panels(interaction)
            return await services_of(interaction).ticket_panels.delete(guild_id, panel_id, by_of(interaction))

        gone = await settled(interaction, work(), ephemeral=True, in_place=True)
        view: View = View(timeout=None)
        await show(interaction, embed=panel_pages.deleted(gone), view=view, in_place=True, done=True)

    async def declined(self, interaction: Interaction) -> None:
        """Show it again."""
        await open_panel(interaction, int(self.arguments["panel"]))


CONTROLS: tuple[type[Control | Menu | Form], ...] = (
    WordsButton, WordsForm, StyleButton, TopicsMenu, AddButton, AddForm, SendMenu,
    DeleteButton, DeleteConfirm,
)  # fmt: skip
"""What stands under a panel."""
