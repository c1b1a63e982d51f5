"""The processes of the storm: everybody at once, until it is killed.

    python -m tests.storm.blow

Reads a `Beginning` from each line of its standard input, and lets a process of its own begin with it, which writes into
its journal what was asked, what was acknowledged and what was done to Discord. That process never ends by itself.
Whoever asked is told its number, and kills it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import structlog

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.features import FeatureSettings
from bot.domain.purchases import PURPOSE
from bot.domain.role_grants import GuildFacts, MemberFacts
from bot.domain.roles import Reach, RoleFacts
from bot.errors import Unavailable, UserError
from bot.jobs.holds import HoldsSource
from bot.jobs.inventory import ExpirySource
from bot.jobs.role_grants import RoleGrantsSource
from bot.jobs.ticker import Ticker
from bot.services import Services
from tests.storm.acts import MEMBERS, WEEK_PASS, Answer, Doer, Fancy, Order
from tests.storm.journal import Beginning, FastClock, Journal
from tests.support.market import FACTS, Market

TASKS = 32
LONGEST = 60
"""Seconds that a process may live."""

STORM_FACTS = GuildFacts({**FACTS.roles, WEEK_PASS: RoleFacts(WEEK_PASS, 3)}, FACTS.reach)
"""What Discord shows of the guild."""

REFUSED = GuildFacts(STORM_FACTS.roles, Reach(0, may_manage=True))
"""It no longer lets the bot give any role."""


def config_of(url: str) -> DatabaseConfig:
    """As the tests open theirs."""
    if url.startswith("sqlite"):
        return DatabaseConfig(url=url, synchronous_full=False)
    return DatabaseConfig(url=url, pool_size=8, pool_overflow=24, pool_wait=10.0)


def services_on(database: Database, clock: Any, rng: Random) -> Services:
    everything = FeatureSettings.of({"all"})
    return make_services(database, clock, rng, keep_guilds_for=timedelta(days=90), features=everything)


class Fair(Market):
    """The shop on a Discord that is calm."""

    def __init__(self, database: Database, services: Services, guild: int, roles: dict[int, set[int]]) -> None:
        super().__init__(database, services, guild)
        self.facts = STORM_FACTS
        self.roles = roles


class Rough(Fair):
    """The same on one that is slow, away, and refuses; members leave and come back."""

    def __init__(self, journal: Journal, rng: Random, *what: Any) -> None:
        super().__init__(*what)
        self._journal = journal
        self._rng = rng

    async def see(self, user_id: int) -> tuple[MemberFacts | None, GuildFacts]:
        member, facts = await super().see(user_id)
        await asyncio.sleep(self._rng.uniform(0, 0.01))
        chance = self._rng.random()
        if chance < 0.08:
            raise TimeoutError
        if chance < 0.14:
            return None, facts
        return member, REFUSED if chance < 0.2 else facts

    async def put_roles(self, user_id: int, role_ids: Iterable[int]) -> None:
        chance = self._rng.random()
        await asyncio.sleep(self._rng.uniform(0, 0.01))
        if chance < 0.05:
            raise TimeoutError
        found = sorted(role_ids)
        self._journal.write("roles", user=user_id, roles=found)
        await super().put_roles(user_id, found)
        await asyncio.sleep(self._rng.uniform(0, 0.01))
        if chance < 0.1:
            raise TimeoutError  # it is done, and nobody heard so


class Blow:
    """Thirty-two tasks and a ticker."""

    def __init__(self, beginning: Beginning) -> None:
        rng = self._rng = Random(beginning.number)
        self._journal = Journal(Path(beginning.journal))
        clock = FastClock(datetime.fromisoformat(beginning.begins))
        database = Database(config_of(beginning.url), clock, rng)
        services = self._services = services_on(database, clock, rng)
        roles = {int(user): set(held) for user, held in beginning.roles.items()}
        market = self._market = Rough(self._journal, rng, database, services, beginning.guild, roles)
        self._fancy = Fancy(market, beginning.things, rng, f"p{beginning.number}")
        self._doer = Doer(market, beginning.things)
        self._again = [Order(**one) for one in beginning.again]
        self._known = [(Order(**one["order"]), one["answer"]) for one in beginning.known]
        for order, answer in self._known:
            self._fancy.note(order, answer)
        self._ticker = Ticker(
            clock,
            [
                HoldsSource(services.holds, {PURPOSE: market.till.recover}, lambda: market.shards, lambda: None),
                ExpirySource(services.inventory, lambda: market.shards),
                RoleGrantsSource(services.role_grants, market.carry_out, lambda: market.shards, lambda: None),
            ],
        )

    async def rage(self) -> None:
        """Until it is killed."""
        structlog.configure(processors=[self._tell])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick())
            tasks.create_task(self._keep())
            for order in self._again:
                tasks.create_task(self._deliver(order))
            for _ in range(TASKS):
                tasks.create_task(self._act())

    def _tell(self, _logger: object, method: str, event: Any) -> Any:
        """What is logged as an error is a fault of the bot."""
        if method in {"error", "exception", "critical"}:
            self._journal.write("fault", told=repr({**event, "error": repr(sys.exc_info()[1])}))
        raise structlog.DropEvent

    async def _tick(self) -> None:
        while True:
            await self._ticker.tick()
            await asyncio.sleep(0.02)

    async def _keep(self) -> None:
        """What boards and reports are told from."""
        while True:
            for keeping in (self._services.wealth_keeping, self._services.flow_keeping):
                with suppress(Unavailable):
                    for guild_id in await keeping.behind(self._market.shards):
                        await keeping.keep(guild_id)
            await asyncio.sleep(0.5)

    async def _act(self) -> None:
        while True:
            if self._known and self._rng.random() < 0.04:
                await self._repeat(*self._rng.choice(self._known))
                continue
            order = await self._fancy.order()
            self._journal.write("asked", order=asdict(order))
            await self._deliver(order, times=self._rng.choices([1, 3], [24, 1])[0])

    async def _deliver(self, order: Order, times: int = 1) -> None:
        """Have it done, perhaps delivered several times at once, and say what was acknowledged."""
        found = await asyncio.gather(*(self._attempt(order) for _ in range(times)))
        answers = [one for one in found if isinstance(one, dict)]
        if answers:
            if any(unlike(answers[0], one) for one in answers):
                self._journal.write("fault", told=f"{order} at once: {answers}")
            self._journal.write("answered", key=order.key, answer=answers[-1])
            self._known.append((order, answers[-1]))
            self._fancy.note(order, answers[-1])
            del self._known[:-500]
        elif all(isinstance(one, UserError) and not isinstance(one, Unavailable) for one in found):
            self._journal.write("refused", key=order.key, why=type(found[0]).__name__)

    async def _attempt(self, order: Order) -> Answer | Exception:
        try:
            return await self._doer.do(order)
        except Exception as error:  # noqa: BLE001 — whatever it is, the journal tells of it
            if not isinstance(error, UserError):
                self._journal.write("fault", told=f"{order}: {error!r}")
            elif isinstance(error, Unavailable):
                self._journal.write("away", key=order.key)
            return error

    async def _repeat(self, order: Order, answer: Answer) -> None:
        """Deliver again what was acknowledged: it must be the first answer."""
        again = await self._attempt(order)
        if isinstance(again, Unavailable):
            return
        if isinstance(again, Exception):
            if order.act != "wear":  # which has no key, and is done anew
                self._journal.write("fault", told=f"{order} again: {again!r} instead of {answer}")
        elif unlike(answer, again):
            self._journal.write("fault", told=f"{order} again: {again} instead of {answer}")
        else:
            self._journal.write("repeated", key=order.key)


def unlike(first: Answer, second: Answer) -> bool:
    """Whether two answers to one order differ, beside a purchase that went on in between."""
    return {**first, "state": None} != {**second, "state": None}


def main() -> None:
    """Fork, so that each process begins at once: what takes long, to load the bot, was done before."""
    assert len(MEMBERS) < TASKS
    for line in sys.stdin:
        process = os.fork()
        if not process:
            signal.alarm(LONGEST)  # whatever becomes of whoever should kill it
            asyncio.run(Blow(Beginning(**json.loads(line))).rage())
        print(process, flush=True)  # noqa: T201 — whoever asked waits for this
        os.waitpid(process, 0)
        print("gone", flush=True)  # noqa: T201 — and for this


if __name__ == "__main__":
    main()
