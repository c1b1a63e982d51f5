"""A stage with topics to open tickets about, and what may be looked at there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord.ui import Button, Select, View
from sqlalchemy import RowMapping, select, update
from sqlalchemy.sql import Select as Query

from bot.db.engine import Database
from bot.db.models.outbox import OutboxMessage
from bot.db.models.tickets import TicketAnswer, TicketFileRow, TicketRow, TicketTopicRow
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import ReadSession
from bot.domain.settings import Section
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import Failure, Status, Ticket, TicketEvent
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

    async def panel(self, topic_id: int = TOPIC) -> int:
        """A message with the button of the topic, and a menu of the panel that offers a topic."""
        assert self.stage.app is not None
        view = View(timeout=None)
        view.add_item(Button(label="Help", custom_id=f"ticket:open:v1:{topic_id}"))
        options = [discord.SelectOption(label="Help", value=str(topic_id))]
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

    async def history(self, number: int = 1) -> Sequence[TicketEvent]:
        """What happened to a ticket, in order."""
        return await self._database.query(lambda session: rows.events(session, GUILD, number))

    async def not_over(self) -> list[Ticket]:
        """The tickets that are not over."""
        return await self._database.query(lambda session: rows.not_over(session, GUILD))

    async def end(self, number: int) -> None:
        """Let a ticket have ended, and its channel with it."""
        ticket = await self.ticket(number)
        over = replace(ticket, status=Status.CLOSED, closed_at=ticket.opened_at, gone=True)
        await self._database.transact(lambda session: rows.write(session, over, due_at=None))
        assert ticket.channel_id is not None
        self.stage.sandbox.world.remove_channel(ticket.channel_id)

    async def fail(self, number: int) -> None:
        """Let a ticket have failed, and nothing be known of a channel."""
        ticket = await self.ticket(number)
        failed = replace(ticket, status=Status.FAILED, failure=Failure.LATE, channel_id=None)
        await self._database.transact(lambda session: rows.write(session, failed, due_at=None))

    async def count(self) -> int:
        """How many tickets there are."""
        return len(await self._read(select(TicketRow.number).where(TicketRow.guild_id == GUILD)))

    async def came_with(self, number: int = 1) -> tuple[Sequence[RowMapping], Sequence[RowMapping]]:
        """The answers and the files that a ticket was opened with."""
        answers = select(*TicketAnswer.__table__.c).where(TicketAnswer.number == number)
        files = select(*TicketFileRow.__table__.c).where(TicketFileRow.number == number)
        return (
            await self._read(answers.order_by(TicketAnswer.position)),
            await self._read(files.order_by(TicketFileRow.seq)),
        )

    async def change_topic(self, config: TopicConfig) -> None:
        """Let staff have changed the topic."""
        change = update(TicketTopicRow).where(TicketTopicRow.id == TOPIC).values(config=config.model_dump(mode="json"))
        await self._database.transact(lambda session: session.execute(change))

    async def owed(self, key: str) -> list[str]:
        """What messages say whose keys begin like that, sent or not."""
        found = await self._read(select(OutboxMessage.key, OutboxMessage.payload).order_by(OutboxMessage.id))
        return [str(one["payload"]["content"]) for one in found if one["key"].startswith(key)]

    async def seen(self, what: Callable[[discord.Guild], bool]) -> None:
        """Wait until the bot has heard of something in the guild."""
        assert self.stage.app is not None
        async with asyncio.timeout(5):
            while (guild := self.stage.app.bot.get_guild(GUILD)) is None or not what(guild):
                await asyncio.sleep(0.005)

    async def settled(self, what: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(5):
            while not what():
                await asyncio.sleep(0.005)

    async def until(self, what: Callable[[Ticket], bool], *, number: int = 1) -> None:
        """Wait until a ticket is so."""
        async with asyncio.timeout(5):
            while not what(await self.ticket(number)):
                await asyncio.sleep(0.01)

    @property
    def _database(self) -> Database:
        assert self.stage.app is not None
        return self.stage.app.database

    async def _read(self, query: Query[*tuple[Any, ...]]) -> Sequence[RowMapping]:
        async def unit(session: ReadSession) -> Sequence[RowMapping]:
            return (await session.execute(query)).mappings().all()

        return await self._database.query(unit)
