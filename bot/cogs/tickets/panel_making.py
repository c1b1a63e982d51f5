"""The form that makes a panel: all that a working one takes."""

from __future__ import annotations

import re
from collections.abc import Mapping

import discord
from discord.ui import Button, ChannelSelect, Label, View

from bot.actions.host import services_of
from bot.actions.ticket_panels import PANEL_CHANNELS, by_of, check_panel_channel, delivered, may_manage_panels
from bot.cogs.tickets import panel_pages
from bot.cogs.tickets.panel_desk import number_in, open_panel, trouble
from bot.domain.features import Feature
from bot.domain.ticket_topics import MAX_LABEL, MAX_NAME, MAX_TEXT, MAX_TITLE, Panel
from bot.errors import InvalidInput
from bot.i18n import _
from bot.services.ticket_panel_parts import PanelWords
from bot.ui.answers import reply, settled
from bot.ui.controls import Answers, Control, Form, Interaction
from bot.ui.fields import field
from bot.ui.theme import embed


async def begin(interaction: Interaction) -> None:
    """Open the form for a new panel, with this channel as the place where it is sent.

    Raises:
        FeatureOff: tickets are switched off.
        What `may_manage_panels` raises.
    """
    guild_id = await may_manage_panels(interaction)
    await services_of(interaction).guild_settings.require(guild_id, Feature.TICKETS)
    here = interaction.channel
    form = CreateForm(values_of(None), here.id if isinstance(here, discord.TextChannel) else None)
    await interaction.response.send_modal(form)


class CreateForm(Form):
    """All that a working panel takes."""

    template = re.compile(r"panel:create-form:v1")

    def __init__(self, values: Mapping[str, str], channel_id: int | None) -> None:
        super().__init__(title=_("A panel"), custom_id="panel:create-form:v1")
        for line in word_fields(values):
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
            sent = await panels.create(guild_id, words_in(answers), label, channel_id, by_of(interaction))
            return await delivered(interaction, sent)

        try:
            panel = await settled(interaction, work(), ephemeral=True)
        except InvalidInput as error:
            written = {name: answers.text(name) for name in (*values_of(None), "label")}
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


def word_fields(values: Mapping[str, str]) -> list[Label[View]]:
    """The fields for what a panel is called, and what it says."""
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


def values_of(panel: Panel | None) -> dict[str, str]:
    """What stands in these fields; None: of a new panel."""
    if panel is None:
        return {"name": "", "title": "", "text": ""}
    return {"name": panel.name, "title": panel.title, "text": panel.text}


def words_in(answers: Answers) -> PanelWords:
    """What was written into these fields."""
    return PanelWords(answers.text("name").strip(), answers.text("title").strip(), answers.text("text").strip())


CONTROLS: tuple[type[Control | Form], ...] = (CreateForm, CreateButton)
"""What makes panels."""
