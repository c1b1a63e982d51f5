"""How long a start takes to look for the channels of 5,000 open tickets, among 100,000 closed ones, on both databases.

What a server shows on connecting is made up here: what is measured is asked of the database and compared in memory.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from bench import filled
from bench.support import BenchError, Options, Row, Sample, difference, say
from bot.actions.ticket_places import TicketPlaces
from bot.clock import SystemClock
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.tickets import TicketRow
from bot.db.repositories.tickets.tickets import values_of
from bot.db.sessions import ReadSession
from bot.domain.features import FeatureSettings
from bot.domain.guilds import ShardRange
from bot.domain.tickets import Because, Mode, Origin, Status, Ticket

GUILDS, EACH, OVER = 20, 250, 5_000
"""Servers; open tickets of each, and closed ones."""

WITHIN = 500.0
"""Milliseconds more than a read of nothing."""

_FIRST = 1_000 << 22
_AT_ONCE = 1_000
_ASKED = 5
"""Looks in a round, of which the median counts."""


@dataclass
class _Channel:
    id: int
    name: str
    topic: str
    overwrites: dict[Any, Any] = field(default_factory=dict[Any, Any])


@dataclass
class _Guild:
    id: int
    channels: dict[int, _Channel]
    unavailable: bool = False
    threads: tuple[()] = ()
    me: Any = None

    @property
    def text_channels(self) -> list[_Channel]:
        return list(self.channels.values())

    def get_channel_or_thread(self, channel_id: int) -> _Channel | None:
        return self.channels.get(channel_id)


@dataclass
class _Discord:
    """A client that has connected, and counts what it is asked to ask."""

    guilds: list[_Guild]
    requests: int = 0

    @property
    def http(self) -> _Discord:
        return self

    def is_ready(self) -> bool:
        return True

    async def get_channel(self, _channel_id: int) -> object:
        self.requests += 1
        return {}


def _tickets(now: datetime) -> Iterator[Ticket]:
    for guild_id in (_FIRST + (number << 22) for number in range(GUILDS)):
        for number in range(1, OVER + EACH + 1):
            is_over = number <= OVER
            yield Ticket(
                guild_id=guild_id, number=number, topic_id=7, opener_id=number, opened_by=number, origin=Origin.PANEL,
                status=Status.CLOSED if is_over else Status.OPEN, status_at=now, mode=Mode.CHANNEL, slot=1,
                key=f"i:{number}", opened_at=now,
                name=f"ticket-{number:04}", channel_id=guild_id + number, applied=1, gone=is_over,
                closed_at=now if is_over else None, closed_because=Because.PERSON if is_over else None,
            )  # fmt: skip


async def _fill(config: DatabaseConfig) -> None:
    clock = SystemClock()
    database = Database(config, clock, random.SystemRandom())
    rows = [values_of(one) | {"due_at": None, "lease_token": None, "attempts": 0} for one in _tickets(clock.now())]
    try:
        for first in range(0, len(rows), _AT_ONCE):
            part = rows[first : first + _AT_ONCE]
            await database.transact(lambda session, part=part: session.execute(insert(TicketRow), part))
    finally:
        await database.close()


async def run(options: Options) -> list[Row]:
    """Milliseconds for one look at all of them; beside it a read that asks for nothing. It must ask Discord nothing."""
    rows: list[Row] = []
    for name, place in (("SQLite", filled.sqlite), ("PostgreSQL", filled.postgres)):
        async with place(_fill) as config:
            rows.append(await _measured(name, config, options))
    return rows


async def _measured(name: str, config: DatabaseConfig, options: Options) -> Row:
    clock, rng = SystemClock(), random.SystemRandom()
    database = Database(config, clock, rng)
    services = make_services(
        database, clock, rng, keep_guilds_for=timedelta(days=1), features=FeatureSettings.of({"all"})
    )
    shown: dict[int, dict[int, _Channel]] = {}
    for one in _tickets(clock.now()):
        if one.status is Status.OPEN:
            channel = _Channel(one.channel_id or 0, one.name, one.channel_marker)
            shown.setdefault(one.guild_id, {})[channel.id] = channel
    client = _Discord([_Guild(guild_id, channels) for guild_id, channels in shown.items()])
    connected: Any = client

    async def gone(guild_id: int, number: int) -> None:
        raise BenchError(f"ticket #{number} of {guild_id} is there, and was missed")

    places = TicketPlaces(connected, services.ticket_opening, gone, lambda: ShardRange(1, frozenset({0})))
    ours: list[float] = []
    nothing: list[float] = []
    try:
        for number in range(options.rounds):
            say(f"  recoveries, {name}, round {number + 1}")
            ours.append(statistics.median([await _milliseconds(places.look) for _ in range(_ASKED)]))
            nothing.append(
                statistics.median([await _milliseconds(lambda: database.query(_nothing)) for _ in range(_ASKED)])
            )
    finally:
        await database.close()
    if client.requests:
        raise BenchError(f"{client.requests} requests were made")
    what = f"looking for 5,000 open tickets among {GUILDS * OVER:,}, {name}"
    mine, beside = Sample.of(ours), Sample.of(nothing)
    return difference(what, "ms", mine, beside, "a read of nothing", target=WITHIN, digits=1, note="no requests")


async def _nothing(session: ReadSession) -> None:
    await session.execute(text("SELECT 1"))


async def _milliseconds(work: Any) -> float:
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1_000
