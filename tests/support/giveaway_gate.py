"""Giveaways by the services alone: one that runs, and people who enter it."""

from __future__ import annotations

from datetime import timedelta

from bot.db.engine import Database
from bot.db.repositories.giveaways import entries
from bot.domain.audit import AuditSource
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_rules import Person
from bot.domain.giveaways import Entry, Giveaway
from bot.services import Services
from bot.services.giveaway_making import NewGiveaway
from tests.support.clock import ManualClock

GUILD, CHANNEL, HOST, ROLE, OTHER = 1_000 << 22, 5_000, 3_000, 900, 901
VIA = AuditSource.COMMAND
SECONDS = 3_600
"""How long one runs."""


def person(user_id: int, clock: ManualClock, *roles: int) -> Person:
    old = clock.now() - timedelta(days=400)
    return Person(user_id, frozenset(roles), old, old, boosts=False)


async def running(services: Services, key: str = "i:1", **values: object) -> Giveaway:
    changes = Changes({"prize": "A mug", "lasts": SECONDS, **values})
    draft = await services.giveaway_making.begin(GUILD, NewGiveaway(key, HOST, CHANNEL, changes))
    return await services.giveaway_making.publish(GUILD, draft.number, by=HOST, via=VIA)


async def listed(database: Database, number: int) -> dict[int, Entry]:
    """All who are in."""
    found = await database.query(lambda session: entries.page(session, GUILD, number, after=0, limit=10_000))
    return {one.user_id: one for one in found}
