"""A batch to test with: coins for many, through the ledger, which moves them once for each key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import discord
from discord import app_commands

from bot.actions.batches import BatchKind, Request, managers
from bot.actions.host import batches_of
from bot.clock import Clock
from bot.compose import App
from bot.db.engine import Database
from bot.db.repositories.economy import accounts
from bot.db.sessions import Session, WriteSession
from bot.domain.batches import Done, Job, Outcome, Plan, Planned
from bot.domain.economy import Kind, Pocket, move, system, wallet
from bot.domain.economy_settings import EconomySettings
from bot.domain.movements import StaffDetails
from bot.ids import IdMaker
from bot.services.ledger import Ledger, Movement
from bot.services.shadows import Shadows

AMOUNT = 50


class Usual:
    """Rules of a guild that has set none."""

    async def within(self, _session: Session, _guild_id: int, _model: type[EconomySettings], /) -> EconomySettings:
        return EconomySettings()


@dataclass
class Gifts:
    """Gives `AMOUNT` coins to each of `targets`."""

    database: Database
    clock: Clock
    targets: Sequence[Planned]
    per_second: int = 50
    before: Callable[[Job], Any] = lambda _job: None
    """Called before each gift; what it raises, or the outcome that it returns, is the gift's."""
    serves: Callable[[int], Awaitable[bool]] | None = None
    given: list[int] = field(default_factory=list)
    seed: int = 5

    def __post_init__(self) -> None:
        self._ids = IdMaker(self.clock, Random(self.seed))

    @property
    def kind(self) -> BatchKind:
        return BatchKind("gift", managers, self.prepare, self.act, self.per_second, serves=self.serves)

    async def prepare(self, _request: Request | None = None) -> Plan:
        wanted = sum(one.skip is None for one in self.targets)
        return Plan(f"Give {AMOUNT} coins", f"{wanted} members would get {AMOUNT} coins.", self.targets)

    async def act(self, job: Job) -> Outcome:
        other = self.before(job)
        if other is not None:
            return other
        ledger = Ledger(self.clock, self._ids, Shadows(Random(self.seed)), Usual())
        movement = Movement(
            Kind.GRANT, job.key, job.asked_by, move(system(Pocket.MINT), wallet(job.target), AMOUNT), StaffDetails()
        )

        async def unit(session: WriteSession) -> bool:
            return (await ledger.post(session, job.guild_id, movement)).replayed

        replayed = await self.database.transact(unit, idempotent=True)
        self.given.append(job.target)
        return Done("had it already" if replayed else None)


def people(count: int, *, robots: int = 0, first: int = 1) -> list[Planned]:
    """So many targets, the last of them to be skipped."""
    return [
        Planned(first + number, f"member {first + number}", "a bot" if number >= count else None)
        for number in range(count + robots)
    ]


async def wealth(database: Database, guild_id: int, targets: Sequence[Planned]) -> list[int]:
    """What each target owns."""
    async with database.read() as session:
        return [await accounts.balance(session, guild_id, wallet(one.target)) or 0 for one in targets]


def plant(app: App, gifts: Gifts) -> None:
    """Let a bot know of gifts, and of a command for them, before it starts."""
    app.bot.batches.add(gifts.kind)
    app.bot.batches.live.interval = 0.01

    @app_commands.command(name="bounty", description="Coins for many.")
    @app_commands.guild_only()
    async def bounty(interaction: discord.Interaction[Any]) -> None:
        await batches_of(interaction).propose(interaction, "gift", {"amount": AMOUNT})

    app.bot.tree.add_command(bounty)
