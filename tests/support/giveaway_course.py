"""A giveaway's whole course by the services alone: what the keeper does, with members from nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.domain.audit import AuditSource
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_draw import DrawRequest, draw
from bot.domain.giveaway_rules import Person
from bot.domain.giveaways import Claimed, Giveaway, Passed, Step, Winner, next_step
from bot.domain.guilds import ShardRange
from bot.services import Services
from bot.services.giveaway_drawing import Candidate, most_stored
from bot.services.giveaway_making import NewGiveaway
from tests.support.clock import ManualClock

GUILD, CHANNEL, HOST, STAFF = 1_000 << 22, 5_000, 3_000, 3_001
ALL = ShardRange(1, frozenset({0}))
HOUR = 3_600


@dataclass
class Course:
    """Giveaways of one guild. `roles` are those of members, `gone` who is not found when they are looked at."""

    services: Services
    clock: ManualClock
    roles: dict[int, frozenset[int]] = field(default_factory=dict)
    gone: dict[int, Passed] = field(default_factory=dict)

    def person(self, user_id: int) -> Person:
        long_ago = self.clock.now() - timedelta(days=400)
        return Person(user_id, self.roles.get(user_id, frozenset()), long_ago, long_ago, boosts=False)

    async def draft(self, **values: Any) -> Giveaway:
        """A draft of a giveaway of an hour."""
        changes = Changes({"prize": "A mug", "lasts": HOUR, **values})
        new = NewGiveaway(f"i:{self.clock.now().timestamp()}:{len(values)}", HOST, CHANNEL, changes)
        self.clock.advance(seconds=1)
        return await self.services.giveaway_making.begin(GUILD, new)

    async def begun(self, **values: Any) -> Giveaway:
        """One that runs for an hour."""
        number = (await self.draft(**values)).number
        return await self.services.giveaway_making.publish(GUILD, number, by=HOST, via=AuditSource.COMMAND)

    async def enter(self, number: int, *people: int) -> None:
        for one in people:
            await self.services.giveaway_entering.enter(GUILD, number, self.person(one))

    async def leave(self, number: int, *people: int) -> None:
        for one in people:
            await self.services.giveaway_entering.leave(GUILD, number, self.person(one))

    async def over(self, *people: int, **values: Any) -> Giveaway:
        """One that these people entered and that is drawn."""
        giveaway = await self.begun(**values)
        await self.enter(giveaway.number, *people)
        self.clock.advance(seconds=HOUR)
        return await self.go_on(giveaway.number)

    async def reroll(self, number: int, user_id: int) -> Giveaway:
        """Another is drawn in the place of a winner."""
        await self.vacate(number, user_id)
        return await self.go_on(number)

    async def vacate(self, number: int, user_id: int) -> Giveaway:
        """Another is to be drawn in the place of a winner."""
        claims = self.services.giveaway_claims
        return await claims.reroll(
            GUILD, number, by=STAFF, user_id=user_id, reason="no answer", via=AuditSource.COMMAND
        )

    async def winners(self, number: int) -> tuple[Winner, ...]:
        return (await self.services.giveaway_claims.winners(GUILD, number))[1]

    async def go_on(self, number: int, until: Step | None = None) -> Giveaway:
        """Do all that is due about a giveaway, or all before a step."""
        claimed = await self.services.giveaway_file.take(GUILD, number)
        assert claimed is not None
        while (step := next_step(claimed.giveaway, self.clock.now())) not in {None, until}:
            assert step is not None
            await self._one(step, claimed)
            after = await self.services.giveaway_file.again(claimed)
            assert after is not None
            assert after.giveaway != claimed.giveaway
            claimed = after
        await self.services.giveaway_file.release(claimed)
        return claimed.giveaway

    async def _one(self, step: Step, claimed: Claimed) -> None:
        drawing, giveaway = self.services.giveaway_drawing, claimed.giveaway
        match step:
            case Step.END:
                await drawing.end(claimed)
            case Step.WEIGH:
                await drawing.weigh(claimed)
            case Step.DRAW:
                entrants = await drawing.entrants(giveaway)
                seed, most = bytes.fromhex(giveaway.seed), most_stored(giveaway)
                done = draw(DrawRequest(GUILD, giveaway.number, seed, entrants, most))
                await drawing.drawn(claimed, done, len(entrants))
            case Step.PICK:
                these = giveaway.places[giveaway.looked : giveaway.looked + giveaway.vacant]
                await drawing.looked(claimed, [
                    Candidate(place, one, None if one in self.gone else self.person(one), self.gone.get(one))
                    for place, one in enumerate(these, giveaway.looked + 1)
                ])  # fmt: skip
            case Step.EXPIRE:
                await self.services.giveaway_claims.expire(claimed)
            case Step.START:
                await drawing.start(claimed)
