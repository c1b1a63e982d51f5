"""A desk at which tickets are worked on, without Discord: what the outbox owes is delivered by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from discord.utils import time_snowflake

from bot.db.engine import Database
from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.outbox import Claimed, Delivered, Outcome, Place
from bot.domain.settings import Section
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import EventKind, Mode, Origin, Status, Ticket, TicketEvent
from bot.services import Services
from tests.support.clock import ManualClock
from tests.support.tickets import TOPIC, add_topic

GUILD = 1_000 << 22
OPENER, ANN, BEN = 3_000, 3_001, 3_002
CHANNEL = 9_000
ALL = ShardRange(1, frozenset({0}))


@dataclass
class Desk:
    """One guild with one topic."""

    database: Database
    services: Services
    clock: ManualClock
    _sent: int = field(default=0)

    async def rule(self, model: type[Section], **chosen: object) -> None:
        before = await self.services.guild_settings.read(GUILD, model)
        section = before.value.model_copy(update=chosen)
        await self.services.guild_settings.change(GUILD, section, base=before.version, by=None)

    async def topic(self, config: TopicConfig | None = None) -> None:
        await add_topic(self.database, GUILD, config)

    async def opened(self, number: int = 1, **values: Any) -> Ticket:
        """A ticket that has just been opened, with its channel, to which nothing is owed but its header."""
        now, opener = self.clock.now(), OPENER + number * 100
        ticket = Ticket(
            guild_id=GUILD, number=number, topic_id=TOPIC, opener_id=opener, opened_by=opener,
            origin=Origin.PANEL, status=Status.OPENING, status_at=now, mode=Mode.CHANNEL, slot=1, key=f"i:{number}",
            opened_at=now,
        )  # fmt: skip
        assert await self.database.transact(lambda session: rows.add(session, ticket, due_at=now))
        made = {
            "status": Status.OPEN,
            "channel_id": CHANNEL + number,
            "applied": 1,
            "name": f"ticket-{number}",
        } | values
        return await self.change(number, EventKind.OPENED, **made)

    async def change(self, number: int, kind: EventKind = EventKind.STATUS, **values: Any) -> Ticket:
        """Change a ticket as some use case would."""
        file = self.services.ticket_file

        async def unit(session: WriteSession) -> Ticket:
            ticket = await file.locked(session, GUILD, number)
            return await file.change(session, ticket, (kind, {}), by=ANN, **values)

        return await self.database.transact(unit)

    async def ticket(self, number: int = 1) -> Ticket:
        found = await self.database.query(lambda session: rows.find(session, GUILD, number))
        assert found is not None
        return found

    async def events(self, number: int = 1) -> list[TicketEvent]:
        return await self.database.query(lambda session: rows.events(session, GUILD, number))

    # The outbox -----------------------------------------------------------------------------------------

    async def claim(self) -> Sequence[Claimed]:
        """What would be sent now."""
        return await self.services.outbox.claim(ALL, 20)

    async def settle(self, claimed: Claimed, outcome: Outcome | None = None) -> None:
        """Say what became of one; without an outcome it was delivered."""
        if outcome is None:
            self._sent += 1
            written = time_snowflake(self.clock.now()) + self._sent
            outcome = Delivered(Place(claimed.destination.id, claimed.message_id or written))
        await self.services.outbox.settle(claimed, outcome)

    async def deliver(self) -> list[Claimed]:
        """Deliver all that is owed, and what follows from it in the next minutes."""
        said: list[Claimed] = []
        for _turn in range(20):
            for claimed in await self.claim():
                said.append(claimed)
                await self.settle(claimed)
            self.clock.advance(seconds=15)
        return said
