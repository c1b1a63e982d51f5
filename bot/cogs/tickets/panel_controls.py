"""What staff presses and writes on a panel."""

from __future__ import annotations

import re
from collections.abc import Mapping

import discord
from discord.ui import Button, ChannelSelect, Label, View

from bot.actions.host import services_of
from bot.actions.ticket_panels import PANEL_CHANNELS, by_of, check_panel_channel, delivered, may_manage_panels
from bot.cogs.tickets import panel_pages
from bot.cogs.tickets.panel_desk import (
    PANEL_ID,
    VERSION,
    field,
    noted,
    number_in,
    open_panel,
    panel_soon,
    show,
    trouble,
)
from bot.cogs.tickets.panel_topics import open_topic
from bot.domain.features import Feature
from bot.domain.ticket_topics import MAX_LABEL, MAX_NAME, MAX_TEXT, MAX_TITLE, Panel, PanelStyle
from bot.errors import InvalidInput, PanelGone
from bot.i18n import _
from bot.services.ticket_panels import PanelWords
from bot.ui.answers import reply, settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Answers, Control, Form, Interaction, Menu
from bot.ui.theme import embed

# A new one ------------------------------------------------------------------------------------------------


async def begin(interaction: Interaction) -> None:
    """Open the form for a new panel, with this channel as the place where it is sent.

    Raises:
        FeatureOff: tickets are switched off.
        What `may_manage_panels` raises.
    """
    guild_id = await may_manage_panels(interaction)
    await services_of(interaction).guild_settings.require(guild_id, Feature.TICKETS)
    here = interaction.channel
    form = CreateForm(_values_of(None), here.id if isinstance(here, discord.TextChannel) else None)
    await interaction.response.send_modal(form)


class CreateForm(Form):
    """All that a working panel takes."""

    template = re.compile(r"panel:create-form:v1")

    def __init__(self, values: Mapping[str, str], channel_id: int | None) -> None:
        super().__init__(title=_("A panel"), custom_id="panel:create-form:v1")
        for line in _word_fields(values):
            self.add_item(line)
        self.add_item(
            field("label", _("First topic"), values.get("label", ""), MAX_LABEL, hint=_("Open a ticket"), needed=True)
        )
        here = [] if channel_id is None else [discord.Object(channel_id, type=discord.abc.GuildChannel)]
        menu = ChannelSelect[View](custom_id="channel", channel_types=PANEL_CHANNELS, default_values=here)
        self.add_item(Label(text=_("Where members see it"), component=menu))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:  # noqa: ARG003 — there are none
        """Write it, send it, and show it."""
        channel_id = number_in(answers.choices.get("channel", ()))

        async def work() -> Panel:
            guild_id = await may_manage_panels(interaction)
            check_panel_channel(interaction, channel_id)
            panels, label = services_of(interaction).ticket_panels, answers.text("label").strip()
            sent = await panels.create(guild_id, _words_in(answers), label, channel_id, by_of(interaction))
            return await delivered(interaction, sent)

        try:
            panel = await settled(interaction, work(), ephemeral=True)
        except InvalidInput as error:
            written = {name: answers.text(name) for name in (*_values_of(None), "label")}
            await _give_back(interaction, trouble(error), written)
            return
        said = _("✅ Made. Say below who answers, and what else is to be different.")
        await open_panel(interaction, panel.id, said, in_place=False, done=True)


async def _give_back(interaction: Interaction, said: str, written: Mapping[str, str]) -> None:
    """Say why nothing was made, with what was written, for Discord does not keep it."""
    lines = [f"> {panel_pages.harmless(line)}" for value in written.values() for line in value.splitlines() if line]
    made = embed(description=panel_pages.joined(said, _("You wrote:"), "\n".join(lines)))
    view = View(timeout=None)
    view.add_item(Button(label=_("Write it again…"), custom_id="panel:create:v1"))
    await reply(interaction, embed=made, view=view, ephemeral=True)


class CreateButton(Control, template=r"panel:create:v1"):
    """Opens the form for a new panel."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it."""
        await begin(interaction)


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
        for line in _word_fields(_values_of(panel)):
            self.add_item(line)

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Change it, and show it."""
        panel_id, words = int(arguments["panel"]), _words_in(answers)

        async def work() -> None:
            guild_id, panels = await may_manage_panels(interaction), services_of(interaction).ticket_panels
            style = (await panels.get(guild_id, panel_id)).style
            told = PanelWords(words.name, words.title, words.text, style)
            await panels.edit(guild_id, panel_id, told, base=int(arguments["version"]), by=by_of(interaction))

        await open_panel(interaction, panel_id, await noted(interaction, work), done=True)


def _word_fields(values: Mapping[str, str]) -> list[Label[View]]:
    return [
        field(
            "name", _("Name"), values["name"], MAX_NAME,
            explained=_("For you, to find it again."), hint=_("support"), needed=True,
        ),
        field("title", _("Title"), values["title"], MAX_TITLE, hint=_("Need help?"), needed=True),
        field(
            "text", _("Text"), values["text"], MAX_TEXT,
            hint=_("Open a ticket, and we will see to it."), needed=True, long=True,
        ),
    ]  # fmt: skip


def _values_of(panel: Panel | None) -> dict[str, str]:
    if panel is None:
        return {"name": "", "title": "", "text": ""}
    return {"name": panel.name, "title": panel.title, "text": panel.text}


def _words_in(answers: Answers) -> PanelWords:
    return PanelWords(answers.text("name").strip(), answers.text("title").strip(), answers.text("text").strip())


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
        panels = services_of(interaction).ticket_panels

        async def work() -> int:
            guild_id = await may_manage_panels(interaction)
            return (await panels.add_topic(guild_id, panel_id, answers.text("label").strip(), by_of(interaction))).id

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
    CreateForm, CreateButton, WordsButton, WordsForm, StyleButton, TopicsMenu, AddButton, AddForm, SendMenu,
    DeleteButton, DeleteConfirm,
)  # fmt: skip
"""What stands under a panel."""
