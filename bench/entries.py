"""A crowd at a giveaway: entries a second through the gateway, and how long 2,000 presses at once wait."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from random import Random
from typing import Any

from bench import clients
from bench.support import Child, Options, Row, Sample, difference, in_turn, ratio, say
from bot.clock import SteeredClock
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.audit import AuditSource
from bot.domain.features import FeatureSettings
from bot.domain.giveaway_changes import Changes
from bot.services.giveaway_making import NewGiveaway

MEMBERS = 500
AT_LEAST, WITHIN, LATE = 150.0, 3.0, 0.0
"""Entries a second; seconds until the last is answered; and presses to which Discord says that nobody answered."""

SIDES = ("ours", "bare")
CROWDS = {"entries": 500, "presses": 2_000}
"""How often 500 members press: each once, or each four times."""


async def run(options: Options) -> list[Row]:
    """500 members press Enter at once, each of whom is in by then; and as many press four times each, all at once.

    Our whole bot on SQLite with synchronous=FULL, each crowd at a giveaway of its own, beside a bare client that says
    "You're in." and keeps nothing. The sandbox takes the time, from the first press it hands to the gateway until the
    request with the last answer has been read; a deferred answer counts when it is replaced. Who is not answered in
    three seconds is told so by Discord; those are counted apart.
    """
    last: dict[tuple[str, str], list[float]] = {}
    late: dict[str, list[float]] = {side: [] for side in SIDES}
    places = _Places(len(CROWDS) * (options.rounds + 1))
    async with AsyncExitStack() as stack:
        pairs = {
            side: await stack.enter_async_context(clients.start(side, guilds=1, members=MEMBERS + 100, prepare=prepare))
            for side, prepare in (("ours", places.prepare), ("bare", None))
        }
        shown = await pairs["bare"].stage.ask("run", command="offer")
        for turn in range(len(CROWDS) * (options.rounds + 1)):
            number, crowd = turn // len(CROWDS), list(CROWDS)[turn % len(CROWDS)]
            for side in in_turn(number, SIDES):
                channel, button = places.at(turn) if side == "ours" else (shown["channel"], "enter")
                took = await pairs[side].stage.ask(
                    "press", channel=channel, button=button, count=CROWDS[crowd], people=MEMBERS
                )
                if number:  # the first warms up
                    last.setdefault((side, crowd), []).append(max(took["seconds"]))
                    late[side].append(took["late"])
                    say(f"  {crowd}, round {number}, {side}: {last[side, crowd][-1]:.2f} s, late {took['late']}")
    return _rows(last, late)


class _Places:
    """Giveaways, all in one channel."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._channel = 0

    def at(self, turn: int) -> tuple[int, str]:
        """The channel, and the button of one."""
        return self._channel, f"giveaway:enter:v1:{turn + 1}"

    async def prepare(self, config: DatabaseConfig, stage: Child) -> None:
        """Write them down, before the bot starts that sends their messages."""
        [(guild, self._channel, member)] = (await stage.ask("rooms", count=1))["rooms"]
        clock = SteeredClock()
        database = Database(config, clock, Random(1))
        try:
            services: Any = make_services(
                database, clock, Random(1), keep_guilds_for=timedelta(days=1), features=FeatureSettings.of({"all"})
            )
            making = services.giveaway_making
            for number in range(self._count):
                new = NewGiveaway(
                    f"i:{number}", member, self._channel, Changes({"prize": "A mug", "host_enters": True})
                )
                draft = await making.begin(guild, new)
                await making.publish(guild, draft.number, by=member, via=AuditSource.COMMAND)
        finally:
            await database.close()


def _rows(last: dict[tuple[str, str], list[float]], late: dict[str, list[float]]) -> list[Row]:
    rates = {side: Sample.of([CROWDS["entries"] / took for took in last[side, "entries"]]) for side in SIDES}
    waited = Sample.of(last["ours", "presses"])
    one, nothing = (Sample.of([value] * len(waited.values)) for value in (1.0, 0.0))
    bare = "a bare client that keeps nothing"
    presses = f"{CROWDS['presses']:,} presses at once"
    return [
        ratio("entries through the gateway, SQLite", "/s", rates["ours"], one, "one", target=AT_LEAST, digits=0),
        ratio("the same beside a bare client", "/s", rates["ours"], rates["bare"], bare, digits=0),
        difference(f"{presses}, the last answered", "s", waited, nothing, "nothing", target=WITHIN, digits=2),
        difference(
            "presses answered too late, of all crowds", "", Sample.of(late["ours"]), Sample.of(late["bare"]), bare,
            target=LATE, digits=0,
        ),
    ]  # fmt: skip
