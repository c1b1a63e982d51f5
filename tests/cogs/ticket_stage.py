"""A stage with topics to open tickets about, and what may be looked at there."""

from __future__ import annotations

from dataclasses import dataclass

import discord
from discord.ui import Button, Select, View

from bot.db.repositories.tickets import tickets as rows
from bot.domain.settings import Section
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import Ticket
from bot.sandbox import SeenMessage
from bot.services import Services
from tests.support.stage import GENERAL, GUILD, Stage
from tests.support.tickets import PANEL, TOPIC, add_topic

SUPPORT = 5_000 << 22


@dataclass
class Counter:
    """Where members open tickets: one guild, one topic on a panel, and Bob who answers."""

    stage: Stage

    @property
    def services(self) -> Services:
        assert self.stage.app is not None
        return self.stage.app.services

    async def set_up(self, config: TopicConfig | None = None, **settings: object) -> int:
        """Start the bot if need be, and put up the panel; its message, whose button is "Help"."""
        world = self.stage.sandbox.world
        world.add_role(GUILD, "Support", id=SUPPORT)
        world.give_role(GUILD, self.stage.bob.user_id, SUPPORT)
        app = self.stage.app or await self.stage.start()
        await self.rule(TicketSettings, support_roles=(SUPPORT,), **settings)
        await add_topic(app.database, GUILD, config)
        return await self.panel()

    async def rule(self, model: type[Section], **chosen: object) -> None:
        """Change settings."""
        before = await self.services.guild_settings.read(GUILD, model)
        section = model.model_validate(before.value.model_dump() | chosen)
        await self.services.guild_settings.change(GUILD, section, base=before.version, by=None)

    async def panel(self) -> int:
        """A message with the button and the menu of the topic."""
        assert self.stage.app is not None
        view = View(timeout=None)
        view.add_item(Button(label="Help", custom_id=f"ticket:open:v1:{TOPIC}"))
        options = [discord.SelectOption(label="Help", value=str(TOPIC))]
        view.add_item(Select(custom_id=f"ticket:choose:v1:{PANEL}", options=options))
        view.stop()
        channel = self.stage.app.bot.get_partial_messageable(GENERAL, guild_id=GUILD)
        return (await channel.send("Support", view=view)).id

    async def press(self, panel: int) -> SeenMessage:
        """Alice presses the button; the final answer."""
        return await (await self.stage.alice.click(panel, "Help")).finished()

    async def ticket(self, number: int = 1) -> Ticket:
        """A ticket as its row says."""
        assert self.stage.app is not None
        found = await self.stage.app.database.query(lambda session: rows.find(session, GUILD, number))
        assert found is not None
        return found
