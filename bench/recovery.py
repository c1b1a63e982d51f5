"""How long a start takes with 5,000 open tickets, and how many requests, beside a start without any."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from bench import clients
from bench.support import BenchError, Child, Options, Row, Sample, difference, in_turn, say
from bot.clock import SteeredClock
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.repositories.tickets import tickets
from bot.db.sessions import WriteSession
from bot.domain.tickets import Mode, Origin, Status, Ticket

TICKETS, GUILDS = 5_000, 20
SECONDS, REQUESTS = 10.0, 0.0
"""More than without tickets, at most: one request for a ticket would be 5,000."""

SIDES = ("tickets", "none")
_TOPIC = 2
"""As `clients` writes it."""


async def run(options: Options) -> list[Row]:
    """The whole bot starts on SQLite, and its sandbox counts what it is asked.

    Measured is the time from the start of the process until it knows of each ticket that nothing was missed, and that
    of the comparison with the channels and members of all servers that follows. Each round starts both sides anew.
    """
    found: dict[str, dict[str, list[float]]] = {side: {} for side in SIDES}
    for number in range(options.rounds):
        for side in in_turn(number, SIDES):
            for what, value in (await _started(TICKETS if side == "tickets" else 0)).items():
                found[side].setdefault(what, []).append(value)
        say(f"  recovery, round {number + 1}: " + "; ".join(f"{side} {_latest(found[side])}" for side in SIDES))
    note = f"{TICKETS:,} tickets in {GUILDS} servers, {options.rounds} rounds"
    rows: list[Row] = []
    for what, unit, key, target in (
        ("a start until nothing is missed in tickets", "s", "whole", SECONDS),
        ("comparing them with channels and members", "s", "compared", SECONDS),
        ("requests of both", "requests", "requests", REQUESTS),
    ):
        ours, none = (Sample.of(found[side][key]) for side in SIDES)
        digits = 0 if unit == "requests" else 2
        rows.append(difference(what, unit, ours, none, "no ticket", target=target, digits=digits, note=note))
    return rows


def _latest(measured: dict[str, list[float]]) -> str:
    return ", ".join(f"{what} {values[-1]:.2f}" for what, values in measured.items())


async def _started(count: int) -> dict[str, float]:
    async def prepare(config: DatabaseConfig, stage: Child) -> None:
        if count:
            await fill(config, (await stage.ask("rooms", count=count))["rooms"])

    async with clients.start("ours", guilds=GUILDS, members=20, topics=True, prepare=prepare) as pair:
        told = await pair.client.ask("tickets")
        if told["tickets"] != count:
            raise BenchError(f"of {count} tickets {told['tickets']} are known")
        asked = await pair.stage.ask("asked")
        return {"whole": told["whole"], "compared": told["compared"], "requests": asked["count"]}


async def fill(config: DatabaseConfig, rooms: Sequence[tuple[int, int, int]]) -> None:
    """Write an open ticket for each of these: guild, channel and member."""
    clock = SteeredClock()
    database = Database(config, clock, Random(1))

    async def unit(session: WriteSession) -> None:
        now = clock.now()
        for number, (guild_id, channel_id, member_id) in enumerate(rooms, 1):
            ticket = Ticket(
                guild_id=guild_id, number=number, topic_id=_TOPIC, opener_id=member_id, opened_by=member_id,
                origin=Origin.PANEL, status=Status.OPEN, status_at=now, mode=Mode.CHANNEL, slot=number,
                key=f"i:{number}", opened_at=now, name=f"ticket-{number:04}", channel_id=channel_id,
                header_id=channel_id, applied=1,
            )  # fmt: skip
            await tickets.add(session, ticket, due_at=now)
            await tickets.write(session, ticket, due_at=None)

    try:
        await database.transact(unit)
    finally:
        await database.close()
