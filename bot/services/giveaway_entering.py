"""Entering giveaways, and leaving them.

Whoever presses is told "you're in" once the row is committed. Presses that wait are committed together: whoever comes
first to the gate takes all who wait behind them along, so that thousands at once cost a few transactions. The giveaway
is shared by those who enter and locked by whoever ends it, so nobody slips in after the list was read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.giveaways import entries as rows
from bot.db.repositories.giveaways import giveaways
from bot.db.repositories.giveaways.entries import Pot
from bot.db.sessions import WriteSession
from bot.domain.features import Feature
from bot.domain.giveaway_rules import Checked, Person, Record, check, meets
from bot.domain.giveaways import Entry, Giveaway, Status
from bot.errors import GiveawayNotFound, GiveawayNotOpen, GiveawayOver, UserError
from bot.services.giveaway_records import GiveawayRecords
from bot.services.guild_settings import GuildSettingsService

AT_ONCE = 250
"""Presses in one transaction."""

_POT_FOR = timedelta(seconds=30)
"""How long a large pot is counted from what went in and out here, before the database is asked again."""

_LARGE = 2_000
"""Entrants above which counting all of them for each press would take too long."""


@dataclass(frozen=True)
class Pressed:
    """How somebody stands with a giveaway after they pressed.

    `pot` is exact for up to some thousands of entrants, and at most half a minute old for more.
    """

    giveaway: Giveaway
    entered: bool
    """Whether they are in."""
    is_new: bool
    """Whether they were not before."""
    weight: int
    pot: Pot
    checks: tuple[Checked, ...]
    host: bool = False
    """Whether they can't enter since it is theirs."""


@dataclass(eq=False)
class _Press:
    guild_id: int
    number: int
    person: Person
    leaves: bool
    answer: asyncio.Future[Pressed] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


@dataclass
class _Kept:
    pot: Pot
    asked_at: datetime


class GiveawayEntering:
    """Lets members in and out."""

    def __init__(
        self, database: Database, clock: Clock, settings: GuildSettingsService, records: GiveawayRecords
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._records = records
        self._gate = asyncio.Lock()
        self._waiting: list[_Press] = []
        self._pots: dict[tuple[int, int], _Kept] = {}

    async def enter(self, guild_id: int, number: int, person: Person) -> Pressed:
        """Let somebody in who meets the rules, once that is committed; who is in already is told how they stand.

        Who does not meet them is told so, and is not in.

        Raises:
            FeatureOff: there are no giveaways here.
            GiveawayNotFound, GiveawayNotOpen, GiveawayOver: there is none to enter.
        """
        await self._settings.require(guild_id, Feature.GIVEAWAYS)
        return await self._through(_Press(guild_id, number, person, leaves=False))

    async def leave(self, guild_id: int, number: int, person: Person) -> Pressed:
        """Let somebody out, once that is committed.

        Raises:
            as `enter`, but that giveaways may be switched off.
        """
        return await self._through(_Press(guild_id, number, person, leaves=True))

    # The gate -------------------------------------------------------------------------------------------

    async def _through(self, press: _Press) -> Pressed:
        """Wait at the gate, and be taken along by whoever is first, or take along all who wait."""
        self._waiting.append(press)
        try:
            async with self._gate:
                if not press.answer.done():
                    await self._next()
        except asyncio.CancelledError:
            if press in self._waiting:
                self._waiting.remove(press)
            raise
        return await press.answer

    async def _next(self) -> None:
        """Commit those who waited longest. If this is cancelled or fails, the others of them hear of it, or wait on."""
        taken, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
        try:
            answers = await self._database.transact(lambda session: self._all(session, taken), idempotent=True)
        except asyncio.CancelledError:
            self._waiting[:0] = taken
            raise
        except Exception as error:  # noqa: BLE001 — each of those who wait is told of it
            for one in taken:
                one.answer.set_exception(error)
            return
        for one in taken:
            answer = answers[id(one)]
            if isinstance(answer, Pressed):
                one.answer.set_result(answer)
            else:
                one.answer.set_exception(answer)

    async def _all(self, session: WriteSession, presses: Sequence[_Press]) -> dict[int, Pressed | UserError]:
        by_giveaway: dict[tuple[int, int], list[_Press]] = {}
        for one in presses:
            by_giveaway.setdefault((one.guild_id, one.number), []).append(one)
        answers: dict[int, Pressed | UserError] = {}
        for key, these in sorted(by_giveaway.items()):
            giveaway = await giveaways.share(session, *key)
            refusal = _refusal(giveaway, key[1], self._clock.now())
            if giveaway is None or refusal is not None:
                answers |= {id(one): refusal or GiveawayNotFound(f"#{key[1]}") for one in these}
            else:
                answers |= await self._of_one(session, giveaway, these)
        return answers

    async def _of_one(
        self, session: WriteSession, giveaway: Giveaway, presses: Sequence[_Press]
    ) -> dict[int, Pressed | UserError]:
        """In the order in which they pressed; who pressed twice is seen to twice."""
        people = {one.person.user_id for one in presses}
        before = await rows.of(session, giveaway.guild_id, giveaway.number, people)
        known = await self._records.of(session, giveaway, people)
        after = dict(before)
        seen = [(id(one), self._seen_to(giveaway, one, after, known[one.person.user_id])) for one in presses]
        await rows.put(session, [entry for who, entry in after.items() if before.get(who) != entry])
        pot = await self._pot(session, giveaway, before, after)
        return {press: replace(pressed, pot=pot) for press, pressed in seen}

    def _seen_to(self, giveaway: Giveaway, press: _Press, entries: dict[int, Entry], record: Record) -> Pressed:
        """One press, its entry put among the others; the pot is not known yet."""
        who, now = press.person, self._clock.now()
        mine = entries.get(who.user_id)
        was_in = mine is not None and mine.left_at is None
        checks = tuple(check(rule, who, record, now) for rule in giveaway.rules.leaves())
        weight = giveaway.bonuses.weight(who.role_ids, record.level, boosts=who.boosts)
        is_host = who.user_id == giveaway.host_id and not giveaway.host_enters
        seen = Pressed(giveaway, was_in, is_new=False, weight=weight, pot=Pot(0, 0), checks=checks, host=is_host)
        if press.leaves:
            if mine is not None and was_in:
                entries[who.user_id] = replace(mine, left_at=now)
            return replace(seen, entered=False)
        if is_host or weight == 0 or who.is_bot or not meets(giveaway.rules.tree, who, record, now):
            return seen
        entries[who.user_id] = Entry(
            giveaway.guild_id,
            giveaway.number,
            who.user_id,
            weight,
            tuple(sorted(giveaway.bonuses.role_ids & who.role_ids)),
            who.boosts,
            mine.entered_at if mine is not None and was_in else now,
        )
        return replace(seen, entered=True, is_new=not was_in)

    async def _pot(
        self, session: WriteSession, giveaway: Giveaway, before: Mapping[int, Entry], after: Mapping[int, Entry]
    ) -> Pot:
        """All entries together. Should the transaction fail, a large pot is a little off until it is counted anew."""
        key, now = (giveaway.guild_id, giveaway.number), self._clock.now()
        kept = self._pots.get(key)
        if kept is not None and kept.pot.entrants > _LARGE and now - kept.asked_at < _POT_FOR:
            left, came = _weights(before), _weights(after)
            kept.pot = Pot(kept.pot.entrants + len(came) - len(left), kept.pot.weight + sum(came) - sum(left))
            return kept.pot
        pot = await rows.pot(session, *key)
        self._pots = {one: it for one, it in self._pots.items() if now - it.asked_at < _POT_FOR}
        self._pots[key] = _Kept(pot, now)
        return pot


def _weights(entries: Mapping[int, Entry]) -> list[int]:
    """What those weigh who are in."""
    return [one.weight for one in entries.values() if one.left_at is None]


def _refusal(giveaway: Giveaway | None, number: int, now: datetime) -> UserError | None:
    if giveaway is None or giveaway.status is Status.DRAFT:
        return GiveawayNotFound(f"#{number}")
    if giveaway.status is Status.SCHEDULED:
        return GiveawayNotOpen()
    if giveaway.status is not Status.RUNNING or giveaway.ends_at <= now:
        return GiveawayOver(giveaway.marker)
    return None
