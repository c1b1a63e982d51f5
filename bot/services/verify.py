"""What must be true of the data at any moment, and how to find out that it is not.

A feature adds its own promises to `CHECKS`. Each looks at one guild, reads only, and is a single statement, because a
bot may be writing beside it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass

from bot.db.engine import Database
from bot.db.repositories import batches, economy, verify
from bot.db.sessions import ReadSession

MOST = 20
"""Findings of one check in one guild that are told one by one."""


@dataclass(frozen=True)
class Check:
    """A promise about a guild's data, and how to find where it is broken."""

    feature: str
    promise: str
    find: Callable[[ReadSession, int], Awaitable[list[str]]]
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


async def _unbalanced(session: ReadSession, guild_id: int) -> list[str]:
    return _some(f"transaction {one}" for one in await economy.unbalanced_transactions(session, guild_id))


async def _total(session: ReadSession, guild_id: int) -> list[str]:
    total = await verify.ledger_total(session, guild_id)
    return [f"all entries together make {total:+}"] if total else []


async def _balances(session: ReadSession, guild_id: int) -> list[str]:
    return _some(
        f"the {one.pocket} of {one.holder} holds {one.balance}, its entries make {one.entries}"
        for one in await economy.discrepancies(session, guild_id)
    )


async def _strayed(session: ReadSession, guild_id: int) -> list[str]:
    found = await verify.strayed(session, guild_id, MOST + 1)
    return _some(f"the {one.pocket} of {one.holder} holds {one.balance}" for one in found)


async def _alone(session: ReadSession, guild_id: int) -> list[str]:
    return _some(f"transaction {one}" for one in await verify.entries_alone(session, guild_id, MOST + 1))


async def _claims(session: ReadSession, guild_id: int) -> list[str]:
    return _some(f"member {one}" for one in await verify.impossible_claims(session, guild_id, MOST + 1))


async def _known(session: ReadSession, guild_id: int) -> list[str]:
    return [] if await verify.is_known(session, guild_id) else ["the server has rows, but none of its own"]


async def _members(session: ReadSession, guild_id: int) -> list[str]:
    return _some(f"member {one}" for one in await verify.members_unknown(session, guild_id, MOST + 1))


async def _miscounted(session: ReadSession, guild_id: int) -> list[str]:
    return _some(f"batch {one}" for one in await batches.miscounted(session, guild_id, MOST + 1))


async def _left_behind(session: ReadSession, guild_id: int) -> list[str]:
    return _some(f"batch {one}" for one in await batches.left_behind(session, guild_id, MOST + 1))


CHECKS: tuple[Check, ...] = (
    Check("economy", "every transaction sums to zero", _unbalanced),
    Check("economy", "the ledger sums to zero", _total),
    Check("economy", "every entry belongs to a transaction", _alone),
    Check("economy", "every balance is the sum of its entries", _balances),
    Check("economy", "no account is below zero or above the limit", _strayed),
    Check("economy", "every claim is ready after it was made", _claims),
    Check("batches", "every batch counts its targets right", _miscounted),
    Check("batches", "a batch is over when its targets are, and not before", _left_behind),
    # A bot that has just been added may write for a second before the server's own row is there.
    Check("guilds", "the server is known, so that its data can be erased one day", _known, grave=False),
    Check("guilds", "every member has a name", _members, grave=False),
)
"""Every promise, by feature."""


class VerifyService:
    """Looks through a whole database, guild by guild, and changes nothing."""

    def __init__(self, database: Database, checks: tuple[Check, ...] = CHECKS) -> None:
        self._database = database
        self._checks = checks

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
        for check in self._checks:
            details = await self._look(check, guild_id)
            found += [Finding(guild_id, check.feature, check.promise, one, check.grave) for one in details]
        return found

    async def _look(self, check: Check, guild_id: int) -> list[str]:
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


def _some(lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return found if len(found) <= MOST else [*found[:MOST], "and more"]
