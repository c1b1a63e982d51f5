"""What chances ask of Discord about entrants, kept as it is: the roles that bonuses name, and boosting.

What entries weigh is fixed at the draw by what the database holds, so it is told here as it changes. Where no giveaway
runs whose chances depend on it, that costs a look into memory. What was not heard, for instance while the bot was away
or since a bonus came to name another role, is found by looking at all entrants again, some at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot.db.engine import Database
from bot.db.repositories.giveaways import entries, giveaways
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.giveaway_rules import Bonuses, Person
from bot.domain.giveaways import Entry, Giveaway, GiveawayEvent, Status
from bot.services.giveaway_records import GiveawayRecords

_log = structlog.stdlib.get_logger(__name__)

AT_ONCE = 250
"""People who are written in one transaction."""

LOOKED_AT_ONCE = 100
"""Entrants of one look: more Discord does not tell of at once."""


@dataclass(frozen=True)
class Unseen:
    """Entrants of a giveaway who are to be looked at, of whom changes may have been missed."""

    guild_id: int
    number: int
    user_ids: tuple[int, ...]


class GiveawayRoles:
    """Hears of members, and writes what became of those who entered."""

    def __init__(self, database: Database, records: GiveawayRecords) -> None:
        self._database = database
        self._records = records
        self._running: dict[int, dict[int, Bonuses]] = {}
        """By guild and number, those whose chances ask Discord something."""
        self._noted: set[tuple[int, int]] | None = set()
        """What was heard of before all of them were known; None since they are."""
        self._learning = asyncio.Lock()
        self._waiting: dict[int, dict[int, Person]] = {}
        self._work: asyncio.Task[None] | None = None
        self._unseen: dict[tuple[int, int], int] = {}
        """Up to which user entrants were looked at again."""

    # Which giveaways --------------------------------------------------------------------------------------

    async def note(self, session: WriteSession, giveaway: Giveaway, event: GiveawayEvent) -> None:
        """Hear, inside the transaction that changes it, how a giveaway stands since something happened to it."""
        del session, event
        self._database.after_commit(lambda: self._note(giveaway))

    def _note(self, giveaway: Giveaway) -> None:
        key, here = (giveaway.guild_id, giveaway.number), self._running.get(giveaway.guild_id, {})
        if self._noted is not None:
            self._noted.add(key)
        before = here.get(giveaway.number, Bonuses())
        if giveaway.status is Status.RUNNING and giveaway.bonuses.ask_discord:
            self._running.setdefault(giveaway.guild_id, {})[giveaway.number] = giveaway.bonuses
            if before != giveaway.bonuses:
                self._unseen[key] = 0
            return
        self._unseen.pop(key, None)
        here.pop(giveaway.number, None)
        if not here:
            self._running.pop(giveaway.guild_id, None)

    async def heeds(self, guild_id: int) -> bool:
        """Whether chances of a running giveaway of that guild depend on roles or boosting."""
        if self._noted is not None:
            await self._learn()
        return guild_id in self._running

    async def _learn(self) -> None:
        async with self._learning:
            if self._noted is None:
                return
            found = await self._database.query(giveaways.bonuses_of_running)
            for key, bonuses in found.items():
                if key not in self._noted and bonuses.ask_discord:  # what was heard meanwhile is newer
                    self._running.setdefault(key[0], {})[key[1]] = bonuses
                    self._unseen[key] = 0
            self._noted = None

    # What is heard ------------------------------------------------------------------------------------------

    def met(self, guild_id: int, person: Person) -> None:
        """Hear how a member is now, whether they entered anything or not. Written soon, with all who are met till then.

        What can't be written is found again by looking at all entrants.
        """
        self._waiting.setdefault(guild_id, {})[person.user_id] = person
        if self._work is None:
            self._work = asyncio.create_task(self._write_all(), name="roles of entrants", context=Context())

    async def finish(self) -> None:
        """Wait until all that was heard is written."""
        if self._work is not None:
            await asyncio.wait({self._work})

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                guild_id, people = self._next()
                try:
                    write = partial(self._write, guild_id=guild_id, people=people)
                    await self._database.transact(write, idempotent=True)
                except Exception as error:  # noqa: BLE001 — the others are written all the same
                    _log.warning("roles of entrants were not written", guild=guild_id, error=repr(error))
                    self.look_again(guild_id)
        finally:
            self._work = None

    def _next(self) -> tuple[int, dict[int, Person]]:
        guild_id = next(iter(self._waiting))
        people = self._waiting.pop(guild_id)
        some = dict(list(people.items())[:AT_ONCE])
        if len(people) > len(some):
            self._waiting[guild_id] = {one: person for one, person in people.items() if one not in some}
        return guild_id, some

    async def _write(self, session: WriteSession, guild_id: int, people: Mapping[int, Person]) -> None:
        for number in sorted(self._running.get(guild_id, {})):
            giveaway = await giveaways.share(session, guild_id, number)
            if giveaway is None or giveaway.status is not Status.RUNNING:
                continue
            known = await entries.of(session, guild_id, number, people)
            inside = {who: one for who, one in known.items() if one.is_in}
            levels = await self._records.levels(session, giveaway, inside)
            now = [_as_is(giveaway, one, people[who], levels.get(who, 0)) for who, one in inside.items()]
            await entries.set_facts(session, [one for one in now if one != inside[one.user_id]])

    # What may have been missed ------------------------------------------------------------------------------

    def look_again(self, guild_id: int | None = None) -> None:
        """Say that something may have been missed in a guild; in all of them, without one."""
        for here, numbers in self._running.items():
            if guild_id in {None, here}:
                self._unseen |= dict.fromkeys(((here, number) for number in numbers), 0)

    async def unseen(self) -> Unseen | None:
        """Some entrants who are to be looked at; None if there are none. Of each giveaway in turn."""
        if self._noted is not None:
            await self._learn()
        while self._unseen:
            key = next(iter(self._unseen))
            after = self._unseen.pop(key)
            try:
                some = await self._database.query(partial(_some, key=key, after=after))
            except BaseException:
                self._unseen.setdefault(key, after)
                raise
            if some:
                self._unseen.setdefault(key, some[-1])
                return Unseen(*key, tuple(some))
        return None

    def not_seen(self, unseen: Unseen) -> None:
        """Say that these could not be looked at: they will be again."""
        key = (unseen.guild_id, unseen.number)
        if unseen.number in self._running.get(unseen.guild_id, {}):
            self._unseen[key] = min(self._unseen.get(key, unseen.user_ids[0]), unseen.user_ids[0] - 1)


async def _some(session: ReadSession, key: tuple[int, int], after: int) -> Sequence[int]:
    return [one.user_id for one in await entries.page(session, *key, after=after, limit=LOOKED_AT_ONCE)]


def _as_is(giveaway: Giveaway, entry: Entry, person: Person, level: int) -> Entry:
    """An entry as it is with what Discord says of somebody now."""
    return replace(
        entry,
        role_ids=tuple(sorted(giveaway.bonuses.role_ids & person.role_ids)),
        boosts=person.boosts,
        weight=giveaway.bonuses.weight(person.role_ids, level, boosts=person.boosts),
    )
