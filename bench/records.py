"""How long a payment takes while 1,000 messages a second go on record in tickets, beside one while nobody writes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from bench.support import ROOT, BenchError, Options, Row, Sample, in_turn, say, times
from bot.clock import SystemClock
from bot.compose import make_services
from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.tickets import TicketMessage
from bot.db.repositories.tickets import tickets
from bot.db.sessions import WriteSession
from bot.domain.economy import Party
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.domain.ticket_record import Heard, RecordedMessage
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import Mode, Origin, Status, Ticket
from bot.jobs.ticket_record import INTERVAL
from bot.services import Services
from bot.services.settings_cache import SettingsCache
from tests.support.postgres import start_server
from tests.support.tickets import TOPIC, add_topic

GUILD = 900_600_000_000_000_000
TICKETS = 100
RATE = 1_000
"""Messages a second."""

PAYMENTS = 100
"""In a block."""

TALKS = {"": 1 / 50, ", every fifth by staff": 1 / 5}
"""How often staff writes. At one in 50 its tickets are turned over now and then; at one in five they talk by turns."""

AT_MOST = 1.5
_STEP = 0.01
_STAFF, _SUPPORT = GUILD + 1, GUILD + 2
_FIRST = GUILD + 1_000
_SAID = "Somebody took my sheep, and the meadow has been empty since. " * 3
_ids = count(1)


@dataclass(frozen=True)
class Ours:
    """Our services, with tickets in which people write."""

    database: Database
    services: Services

    async def pay(self) -> float:
        """The seconds that a payment takes."""
        number = next(_ids)
        party = Party(_FIRST + number % 20, is_bot=False, is_member=True)
        began = time.perf_counter()
        await self.services.economy.pay(GUILD, _FIRST + (number + 1) % 20, party, 5, key=f"i:{number}")
        return time.perf_counter() - began

    def hear(self, staff: float) -> None:
        """Somebody writes in a ticket: its member, or that often staff, whose answer turns it over twice."""
        number = next(_ids)
        ticket = number % TICKETS + 1
        by_staff = random.random() < staff
        author = _STAFF if by_staff else _opener(ticket)
        message = RecordedMessage(
            GUILD + number, author, "somebody", is_staff=False, is_bot=False, internal=False, content=_SAID,
            sent_at=datetime.now(UTC),
        )  # fmt: skip
        self.services.ticket_record.hear(Heard(GUILD, ticket, message, role_ids=(_SUPPORT,) if by_staff else ()))


async def run(options: Options) -> list[Row]:
    """100 payments one after the other, while 100 tickets are written in 1,000 times a second and while they are not.

    Messages are handed to the record evenly, as the gateway's reader does, and written each half second, with what
    they do to their tickets: one in 50 is an answer of staff, after which its ticket waits until its member writes.
    The blocks of a round take turns. In the end every message has to be there. What it costs to read messages off the
    gateway is `events`' matter.
    """
    rows: list[Row] = []
    for name, place in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        async with place() as ours:
            rows += await _measure(name, ours, options)
    return rows


async def _measure(name: str, ours: Ours, options: Options) -> list[Row]:
    sides = ("quiet", *TALKS)
    medians: dict[str, list[float]] = {side: [] for side in sides}
    heard = dict.fromkeys(TALKS, 0)
    for number in range(options.rounds + 1):  # the first warms up
        for side in in_turn(number, sides):
            if side == "quiet":
                took = [await ours.pay() for _one in range(PAYMENTS)]
            else:
                took, more = await _while_recording(ours, TALKS[side])
                heard[side] += more
            if number:
                medians[side].append(Sample.of(took).median * 1_000)
    async with ours.database.read() as session:
        kept = (await session.execute(select(func.count()).select_from(TicketMessage))).scalar_one()
    if kept != sum(heard.values()):
        raise BenchError(f"of {sum(heard.values())} messages {kept} are on record")
    samples = {side: Sample.of(medians[side]) for side in sides}
    what = f"a payment beside {RATE:,} recorded messages a second"
    say(
        f"  records, {name}: "
        + ", ".join(f"{side or 'recording'} {one.median:.2f} ms" for side, one in samples.items())
    )
    return [
        times(
            f"{what}{side}, {name}", "ms", samples[side], samples["quiet"], "nobody writing",
            target=AT_MOST, digits=2, note=f"{heard[side]:,} messages",
        )
        for side in TALKS
    ]  # fmt: skip


async def _while_recording(ours: Ours, staff: float) -> tuple[list[float], int]:
    """The seconds of each payment, for two flushes at least, and how many messages were written meanwhile."""
    heard = 0

    async def listen() -> None:
        nonlocal heard
        began = time.perf_counter()
        while True:
            due = int((time.perf_counter() - began) * RATE)
            for _one in range(due - heard):
                ours.hear(staff)
            heard = due
            await asyncio.sleep(_STEP)

    async def flush() -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            await ours.services.ticket_record.flush()

    tasks = [asyncio.create_task(listen(), name="listen"), asyncio.create_task(flush(), name="flush")]
    until = time.perf_counter() + 3 * INTERVAL
    took: list[float] = []
    while len(took) < PAYMENTS or time.perf_counter() < until:
        took.append(await ours.pay())
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await ours.services.ticket_record.flush()
    return took, heard


def _opener(ticket: int) -> int:
    return GUILD + 500_000 + ticket


# The two places -----------------------------------------------------------------------------------------


@asynccontextmanager
async def _opened(config: DatabaseConfig) -> AsyncIterator[Ours]:
    await asyncio.to_thread(migrations.upgrade, config)
    clock, rng = SystemClock(), random.SystemRandom()
    database = Database(config, clock, rng)
    try:
        services = make_services(
            database, clock, rng, keep_guilds_for=timedelta(days=1), features=FeatureSettings.of({"all"}),
            cache=SettingsCache(trusted=True),
        )  # fmt: skip
        await services.guild_settings.change(GUILD, EconomySettings(starting_balance=10**9), base=0, by=None)
        await add_topic(database, GUILD, TopicConfig(support_roles=(_SUPPORT,), auto_close=86_400))
        for number in range(1, TICKETS + 1):
            await _open(database, services, number)
        yield Ours(database, services)
    finally:
        await database.close()


async def _open(database: Database, services: Services, number: int) -> None:
    now, opener = services.ticket_file.moment(), _opener(number)
    new = Ticket(
        guild_id=GUILD, number=number, topic_id=TOPIC, opener_id=opener, opened_by=opener, origin=Origin.PANEL,
        status=Status.OPENING, status_at=now, mode=Mode.CHANNEL, slot=1, key=f"i:{number}", opened_at=now,
    )  # fmt: skip

    async def unit(session: WriteSession) -> None:
        await tickets.add(session, new, due_at=now)
        locked = await services.ticket_file.locked(session, GUILD, number)
        await services.ticket_file.note(
            session, locked, status=Status.OPEN, channel_id=GUILD + number, header_id=GUILD + number, applied=1
        )

    await database.transact(unit)


@asynccontextmanager
async def _sqlite() -> AsyncIterator[Ours]:
    # On the disk that the project is on: a temporary folder may be memory, where a commit waits for nothing.
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=results, prefix="sqlite-") as folder:
        async with _opened(DatabaseConfig(f"sqlite+aiosqlite:///{Path(folder) / 'ours'}.db")) as ours:
            yield ours


@asynccontextmanager
async def _postgres() -> AsyncIterator[Ours]:
    server = await asyncio.to_thread(start_server, fsync=True)
    try:
        await asyncio.to_thread(server.create_database, "folkmoot_bench_records")
        async with _opened(DatabaseConfig(server.url("folkmoot_bench_records"))) as ours:
            yield ours
    finally:
        await asyncio.to_thread(server.stop)
