"""Discord as moderation sees it, without Discord: who is banned or timed out there, and what was asked of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.db.engine import Database
from bot.domain.cases import Case, CaseKind, Failure, Slot
from bot.domain.guilds import ShardRange
from bot.domain.sanctions import (
    Away,
    Carry,
    Claimed,
    Done,
    Held,
    Intended,
    Lift,
    Refused,
    Renew,
    SanctionOrder,
    Step,
    held_at_rest,
    plan,
)
from bot.services import Services
from bot.services.invariants.moderation import INVARIANTS
from bot.services.verify import VerifyService

ALL = ShardRange(1, frozenset({0}))
GUILD = 5 << 22
BOB, CAROL = 70, 71
MOD, OTHER_MOD = 90, 91

Answer = Done | Away | Refused


class Jail:
    """Carries steps out as Discord would."""

    def __init__(self, database: Database, services: Services) -> None:
        self.database = database
        self.services = services
        self.cases = services.cases
        self.outside = services.outside
        self.sanctions = services.sanctions
        self.banned: set[int] = set()
        self.timeouts: dict[int, datetime] = {}
        self.gone: set[int] = set()
        self.asked: list[str] = []
        self.refuse: Callable[[Step], Failure | None] = lambda _step: None

    async def order(self, kind: CaseKind, user: int = BOB, **more: object) -> Intended:
        by = more.pop("by", MOD)
        return await self.cases.decide(GUILD, SanctionOrder(kind, user, by, **more))  # type: ignore[arg-type]

    async def do(self, kind: CaseKind, user: int = BOB, **more: object) -> Case:
        """Decide it and carry it out, as a command does."""
        made = await self.order(kind, user, **more)
        if made.claimed is None:
            return made.case
        return await self.carry_out(made.claimed) or made.case

    async def carry_out(self, claimed: Claimed) -> Case | None:
        step = plan(claimed)
        return await self.sanctions.settle(claimed, step, self.act(claimed, step))

    def act(self, claimed: Claimed, step: Step) -> Answer:
        refused = self.refuse(step)
        if refused is not None:
            return Refused(refused, "403 (error 50013): Missing Permissions")
        user = claimed.user_id
        match step:
            case Carry(case, until):
                return self._carry(case, user, until)
            case Lift():
                self.asked.append(f"lift {claimed.slot}")
                if claimed.slot is Slot.TIMEOUT and user in self.gone:
                    return Away()
                self.banned.discard(user) if claimed.slot is Slot.BAN else self.timeouts.pop(user, None)
                return Done(Held())
            case Renew(_, until):
                return self._time_out("renew", user, until)
            case _:
                return Done(held_at_rest(claimed))

    def _carry(self, case: Case, user: int, until: datetime | None) -> Answer:
        self.asked.append(str(case.kind))
        match case.kind:
            case CaseKind.BAN:
                self.banned.add(user)
                return Done(Held(holds=True))
            case CaseKind.UNBAN:
                self.banned.discard(user)
                return Done(Held())
            case CaseKind.TIMEOUT:
                return self._time_out("", user, until)
            case CaseKind.UNTIMEOUT:
                if user in self.gone:
                    return Away()
                self.timeouts.pop(user, None)
                return Done(Held())
            case _:
                return Done(Held())

    def _time_out(self, how: str, user: int, until: datetime | None) -> Answer:
        if how:
            self.asked.append(how)
        if user in self.gone:
            return Away()
        assert until is not None
        self.timeouts[user] = until
        return Done(Held(holds=True, until=until))

    async def tick(self) -> int:
        claimed = await self.sanctions.claim(ALL, 50, each=50)
        for one in claimed:
            await self.carry_out(one)
        return len(claimed)

    async def rest(self) -> None:
        while await self.tick():
            pass

    async def case(self, number: int) -> Case:
        return await self.cases.find(GUILD, number)

    async def assert_sound(self) -> None:
        found = await VerifyService(self.database, {"moderation": INVARIANTS}).guild(GUILD)
        assert found == []
