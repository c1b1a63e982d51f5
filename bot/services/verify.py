"""What must be true of the data at any moment, and how to find out that it is not.

A feature's promises stand in ``bot.services.invariants``. Each looks at one guild, reads only, and is a single
statement, because a bot may be writing beside it; or it looks again at what it doubts, before it says so.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.db.engine import Database
from bot.db.repositories import verify
from bot.db.sessions import ReadSession
from bot.words import Phrase

MOST = 20
"""Findings of one check in one guild that are told one by one."""


Told = str | Phrase
"""A finding: for the operator as it is, or also to be said to people."""


@dataclass(frozen=True)
class Check:
    """A promise about a guild's data, and how to find where it is broken."""

    promise: str
    find: Callable[[ReadSession, int], Awaitable[Sequence[Told]]]
    grave: bool = True
    """Whether breaking it means that data is wrong; if not, it is only worth knowing."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as promised."""

    guild_id: int | None
    """None: it is about the whole database."""
    feature: str
    promise: str
    detail: str
    grave: bool


class VerifyService:
    """Looks through a whole database, guild by guild, and changes nothing."""

    def __init__(self, database: Database, invariants: Mapping[str, Sequence[Check]]) -> None:
        """`invariants` are the promises of each feature, by its name."""
        self._database = database
        self._invariants = invariants

    async def guilds(self) -> list[int]:
        """Every guild that owns a row anywhere.

        Raises:
            DatabaseAway: as every method here.
        """
        return await self._database.query(verify.guild_ids)

    async def whole(self) -> list[Finding]:
        """What is wrong with the database as such, whatever it holds."""
        found = await self._database.query(lambda session: verify.damage(session, MOST))
        return [Finding(None, "database", "the file is sound", line, grave=True) for line in found]

    async def guild(self, guild_id: int) -> list[Finding]:
        """What is wrong in a guild."""
        found: list[Finding] = []
        for feature, checks in self._invariants.items():
            for check in checks:
                details = await self._look(check, guild_id)
                found += [Finding(guild_id, feature, check.promise, str(one), check.grave) for one in details]
        return found

    async def _look(self, check: Check, guild_id: int) -> Sequence[Told]:
        return await self._database.query(lambda session: check.find(session, guild_id))

    async def findings(self, on_guild: Callable[[int, int], None]) -> AsyncGenerator[Finding]:
        """Everything that is wrong, as it is found; `on_guild` is told how many guilds are done, and of how many."""
        for one in await self.whole():
            yield one
        ids = await self.guilds()
        on_guild(0, len(ids))
        for done, guild_id in enumerate(ids, 1):
            for one in await self.guild(guild_id):
                yield one
            on_guild(done, len(ids))


def some(lines: Iterable[str]) -> list[str]:
    """The first `MOST` lines, and a word about the rest."""
    found = list(lines)
    return found if len(found) <= MOST else [*found[:MOST], "and more"]
