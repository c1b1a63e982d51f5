"""/panel: the messages by which members open tickets, for owners to make."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.host import services_of
from bot.actions.ticket_panels import may_manage_panels
from bot.cogs.tickets import panel_pages
from bot.cogs.tickets.panel_controls import ask_to_delete, send
from bot.cogs.tickets.panel_desk import open_panel
from bot.cogs.tickets.panel_making import begin
from bot.cogs.tickets.panel_options import OwnPanel, OwnTopic, panel_called, topic_in
from bot.cogs.tickets.panel_topics import open_topic
from bot.domain.outbox import Payload
from bot.domain.ticket_topics import Panel
from bot.errors import PanelNotSent
from bot.ui.answers import reply, settled
from bot.ui.controls import payload_view
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]


class PanelCommands(commands.Cog):
    """Making panels, sending and changing them."""

    @for_staff
    @app_commands.command(
        name="create",
        description="Make a panel and send it; members can open tickets by it at once.",
        extras={"examples": ["/panel create"], "slash_only": True},
    )
    async def create(self, interaction: Interaction) -> None:
        """Open the empty form."""
        await begin(interaction)

    @for_staff
    @app_commands.command(
        name="edit",
        description="Change what a panel says, its topics, and where it stands; you see how it looks.",
        extras={"examples": ["/panel edit panel:support"], "slash_only": True},
    )
    @app_commands.describe(panel="Which one; choose from the list.")
    async def edit(self, interaction: Interaction, panel: Transform[str, OwnPanel]) -> None:
        """Show it with its controls."""
        found = await settled(interaction, panel_called(interaction, panel), ephemeral=True)
        await open_panel(interaction, found.id, in_place=False)

    @for_staff
    @app_commands.command(
        name="topic",
        description="Change what holds for a topic: its form, who answers, who may open it, and much more.",
        extras={"examples": ["/panel topic panel:support topic:Report somebody"], "slash_only": True},
    )
    @app_commands.describe(panel="On which panel.", topic="Which one; choose from the list.")
    async def topic(
        self, interaction: Interaction, panel: Transform[str, OwnPanel], topic: Transform[str, OwnTopic]
    ) -> None:
        """Show it with its controls."""
        found = await settled(interaction, panel_called(interaction, panel), ephemeral=True)
        await open_topic(interaction, topic_in(found, topic), in_place=False)

    @for_staff
    @app_commands.command(
        name="preview",
        description="See a panel as members will, without sending it.",
        extras={"examples": ["/panel preview panel:support"]},
    )
    @app_commands.describe(panel="Which one; choose from the list.")
    async def preview(self, interaction: Interaction, panel: Transform[str, OwnPanel]) -> None:
        """Show its message; its buttons can't be pressed."""

        async def work() -> tuple[Panel, Payload]:
            found = await panel_called(interaction, panel)
            return await services_of(interaction).ticket_panels.preview(found.guild_id, found.id)

        _panel, payload = await settled(interaction, work(), ephemeral=True)
        view = payload_view(payload, disabled=True)
        await reply(interaction, embed=panel_pages.preview(payload), view=view, ephemeral=True)

    @for_staff
    @app_commands.command(
        name="send",
        description="Send a panel to a channel, for the first time or again; the message before it goes.",
        extras={"examples": ["/panel send panel:support channel:#help"]},
    )
    @app_commands.describe(panel="Which one; choose from the list.", channel="Where to; here if you leave it out.")
    async def send(
        self,
        interaction: Interaction,
        panel: Transform[str, OwnPanel],
        channel: discord.TextChannel | None = None,
    ) -> None:
        """Send it, and say where it is."""
        where = interaction.channel_id if channel is None else channel.id

        async def work() -> tuple[Panel, Panel]:
            found = await panel_called(interaction, panel)
            return await send(interaction, found.id, where or 0), found

        made = panel_pages.sent(*await settled(interaction, work(), ephemeral=True))
        await reply(interaction, embed=made, ephemeral=True, done=True)

    @for_staff
    @app_commands.command(
        name="move",
        description="Have a panel stand in another channel.",
        extras={"examples": ["/panel move panel:support channel:#help"]},
    )
    @app_commands.describe(panel="Which one; choose from the list.", channel="Where to.")
    async def move(
        self, interaction: Interaction, panel: Transform[str, OwnPanel], channel: discord.TextChannel
    ) -> None:
        """Send it there, and let the message before it go."""

        async def work() -> tuple[Panel, Panel]:
            found = await panel_called(interaction, panel)
            if not found.is_shown:
                raise PanelNotSent(found.name)
            return await send(interaction, found.id, channel.id), found

        made = panel_pages.sent(*await settled(interaction, work(), ephemeral=True))
        await reply(interaction, embed=made, ephemeral=True, done=True)

    @for_staff
    @app_commands.command(
        name="delete",
        description="Delete a panel and its message; tickets that were opened by it go on.",
        extras={"examples": ["/panel delete panel:support"]},
    )
    @app_commands.describe(panel="Which one; choose from the list.")
    async def delete(self, interaction: Interaction, panel: Transform[str, OwnPanel]) -> None:
        """Ask whether they are sure."""
        found = await settled(interaction, panel_called(interaction, panel), ephemeral=True)
        await ask_to_delete(interaction, found.id, in_place=False)

    @for_staff
    @app_commands.command(
        name="list",
        description="See all panels, and where each stands.",
        extras={"examples": ["/panel list"]},
    )
    async def panel_list(self, interaction: Interaction) -> None:
        """Show all."""

        async def work() -> tuple[Panel, ...]:
            return await services_of(interaction).ticket_panels.all(await may_manage_panels(interaction))

        await reply(
            interaction, embed=panel_pages.listed(await settled(interaction, work(), ephemeral=True)), ephemeral=True
        )
