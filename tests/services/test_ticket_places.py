"""Five thousand tickets are compared with what servers have without asking Discord for one that is there."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

import discord

from bot.actions.ticket_places import TicketPlaces
from bot.db.engine import Database
from bot.db.models.tickets import TicketRow
from bot.db.repositories.tickets.tickets import values_of
from bot.domain.guilds import ShardRange
from bot.domain.tickets import Mode, Origin, Status, Ticket
from bot.services import Services
from tests.support.clock import ManualClock

GUILDS, EACH = 20, 250
FIRST = 1_000 << 22
ALL = ShardRange(1, frozenset({0}))
QUICK = 5.0
"""Seconds; far above what it takes, far below what five thousand requests would."""


@dataclass
class FakeChannel:
    id: int
    name: str
    topic: str
    overwrites: dict[Any, Any] = field(default_factory=dict[Any, Any])


@dataclass
class FakeGuild:
    id: int
    channels: dict[int, FakeChannel]
    unavailable: bool = False
    threads: tuple[()] = ()
    me: Any = None

    @property
    def text_channels(self) -> list[FakeChannel]:
        return list(self.channels.values())

    def get_channel_or_thread(self, channel_id: int) -> FakeChannel | None:
        return self.channels.get(channel_id)


@dataclass
class FakeHttp:
    asked: list[int] = field(default_factory=list[int])

    async def get_channel(self, channel_id: int) -> Any:
        self.asked.append(channel_id)
        answer: Any = type("Response", (), {"status": 404, "reason": "Not Found"})()
        raise discord.NotFound(answer, {"code": 10003, "message": "Unknown Channel"})


@dataclass
class FakeClient:
    guilds: list[FakeGuild]
    http: FakeHttp = field(default_factory=FakeHttp)

    def is_ready(self) -> bool:
        return True


async def test_only_what_is_missing_is_asked_for_and_a_server_out_of_sight_is_left_alone(
    services: Services, database: Database, clock: ManualClock
) -> None:
    now, guilds, tickets = clock.now(), dict[int, FakeGuild](), list[dict[str, Any]]()
    for guild_id in (FIRST + (number << 22) for number in range(GUILDS)):
        channels = dict[int, FakeChannel]()
        for number in range(1, EACH + 1):
            ticket = Ticket(
                guild_id=guild_id, number=number, topic_id=7, opener_id=number, opened_by=number, origin=Origin.PANEL,
                status=Status.OPEN, status_at=now, mode=Mode.CHANNEL, slot=1, key=f"i:{number}", opened_at=now,
                name=f"ticket-{number:04}", channel_id=guild_id + number, applied=1,
            )  # fmt: skip
            tickets.append(values_of(ticket) | {"due_at": None, "lease_token": None, "attempts": 0})
            channels[guild_id + number] = FakeChannel(guild_id + number, ticket.name, ticket.channel_marker)
        guilds[guild_id] = FakeGuild(guild_id, channels)
    insert = TicketRow.__table__.insert()
    await database.transact(lambda session: session.execute(insert, tickets))
    del guilds[FIRST].channels[FIRST + 3]
    out_of_sight = FIRST + (1 << 22)
    guilds[out_of_sight] = replace(guilds[out_of_sight], channels={}, unavailable=True)
    client, gone = FakeClient([*guilds.values()]), list[tuple[int, int]]()

    async def lost(guild_id: int, number: int) -> None:
        gone.append((guild_id, number))

    shown: Any = client
    began = time.perf_counter()
    await TicketPlaces(shown, services.ticket_opening, lost, lambda: ALL).look()
    assert time.perf_counter() - began < QUICK
    assert client.http.asked == [FIRST + 3]
    assert gone == [(FIRST, 3)]
