"""Entering giveaways, and leaving them.

Whoever presses is told "you're in" once the row is committed. Presses that wait are committed together, so that
thousands at once cost a few transactions; one task of the gate's own sees to them, whatever becomes of those who wait.
The giveaway is shared by those who enter and locked by whoever ends it, so nobody slips in after the list was read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.giveaways import entries as rows
from bot.db.repositories.giveaways import giveaways
from bot.db.repositories.giveaways.entries import Pot
from bot.db.sessions import WriteSession
from bot.domain.features import Feature, FeatureSettings
from bot.domain.giveaway_rules import Checked, Person, Record, checked, meets
from bot.domain.giveaways import Entry, Giveaway, Status
from bot.errors import FeatureOff, GiveawayNotFound, GiveawayNotOpen, GiveawayOver, Unavailable, UserError
from bot.services.giveaway_records import GiveawayRecords
from bot.services.guild_settings import GuildSettingsService

AT_ONCE = 250
"""Presses in one transaction."""

_POT_FOR = timedelta(seconds=30)
"""How long a large pot is counted from what went in and out here, before the database is asked again."""

Key = tuple[int, int]
"""Guild and number of a giveaway."""

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
    fits: bool
    """Whether they have all that is needed, and nothing that excludes them: who is in and does not can't win."""
    host: bool = False
    """Whether they can't enter since it is theirs."""


@dataclass(eq=False)
class _Press:
    key: Key
    person: Person
    leaves: bool
    answer: asyncio.Future[Pressed] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def tell(self, answer: Pressed | Exception) -> None:
        """Answer whoever pressed, unless they went away meanwhile."""
        if self.answer.done():
            return
        if isinstance(answer, Pressed):
            self.answer.set_result(answer)
        else:
            self.answer.set_exception(answer)


@dataclass(frozen=True)
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
        self._waiting: dict[Key, list[_Press]] = {}
        self._work: asyncio.Task[None] | None = None
        self._pots: dict[Key, _Kept] = {}
        self._changed: Callable[[int, int], object] = _nobody

    def on_changed(self, hear: Callable[[int, int], object]) -> None:
        """Say who is told, after the commit, of which giveaway (guild and number) the entrants are others now."""
        self._changed = hear

    async def enter(self, guild_id: int, number: int, person: Person) -> Pressed:
        """Let somebody in who meets the rules, once that is committed; who is in already is told how they stand.

        Who does not meet them is told so, and is not in.

        Raises:
            FeatureOff: there are no giveaways here.
            GiveawayNotFound, GiveawayNotOpen, GiveawayOver: there is none to enter.
        """
        return await self._through(_Press((guild_id, number), person, leaves=False))

    async def leave(self, guild_id: int, number: int, person: Person) -> Pressed:
        """Let somebody out, once that is committed.

        Raises:
            as `enter`, but that giveaways may be switched off.
        """
        return await self._through(_Press((guild_id, number), person, leaves=True))

    # The gate -------------------------------------------------------------------------------------------

    async def _through(self, press: _Press) -> Pressed:
        """Wait at the gate. Who is cancelled while they wait is not seen to, or is and does not hear of it."""
        self._waiting.setdefault(press.key, []).append(press)
        if self._work is None:
            # In a context of its own: what is known of whoever came first has nothing to do with the others.
            self._work = asyncio.create_task(self._see_to_all(), name="gate of giveaways", context=Context())
        return await press.answer

    async def finish(self) -> None:
        """Wait until all who wait are seen to."""
        if self._work is not None:
            await asyncio.wait({self._work})

    async def _see_to_all(self) -> None:
        try:
            while self._waiting:
                await self._see_to(self._next())
        finally:
            self._work = None
            for left in (one for these in self._waiting.values() for one in these):
                left.answer.cancel()  # this was cut off, so nobody would ever answer them
            self._waiting.clear()

    def _next(self) -> list[_Press]:
        """Those who waited longest, as many of each giveaway: a crowd at one holds nobody up at another."""
        taken: list[_Press] = []
        share = max(1, AT_ONCE // len(self._waiting))
        for key in list(self._waiting)[:AT_ONCE]:
            these = self._waiting.pop(key)
            taken += (one for one in these[:share] if not one.answer.done())
            if these[share:]:
                self._waiting[key] = these[share:]  # after all others
        return taken

    async def _see_to(self, presses: Sequence[_Press]) -> None:
        """Commit these. When that fails, and not for want of a database, those of each giveaway are tried alone."""
        if not presses:
            return
        try:
            answers = await self._database.transact(lambda session: self._all(session, presses), idempotent=True)
        except Exception as error:  # noqa: BLE001 — those who wait are told of it
            apart = _by_giveaway(presses)
            if isinstance(error, Unavailable) or len(apart) == 1:
                for one in presses:
                    one.tell(error)
                return
            for these in apart.values():
                await self._see_to(these)
        except asyncio.CancelledError:
            for one in presses:
                one.answer.cancel()
            raise
        else:
            for one in presses:
                one.tell(answers[id(one)])

    async def _all(self, session: WriteSession, presses: Sequence[_Press]) -> dict[int, Pressed | UserError]:
        answers: dict[int, Pressed | UserError] = {}
        for key, these in sorted(_by_giveaway(presses).items()):
            is_on = (await self._settings.within(session, key[0], FeatureSettings)).has(Feature.GIVEAWAYS)
            giveaway = await giveaways.share(session, *key)
            now = self._clock.now()  # after whoever had it locked was waited for
            refused = {id(one): _refusal(giveaway, one, now, is_on=is_on) for one in these}
            answers |= {press: refusal for press, refusal in refused.items() if refusal is not None}
            let_in = [one for one in these if refused[id(one)] is None]
            if giveaway is not None and let_in:
                answers |= await self._of_one(session, giveaway, let_in, now)
        return answers

    async def _of_one(
        self, session: WriteSession, giveaway: Giveaway, presses: Sequence[_Press], now: datetime
    ) -> dict[int, Pressed | UserError]:
        """In the order in which they pressed; who pressed twice is seen to twice."""
        people = {one.person.user_id for one in presses}
        before = await rows.of(session, giveaway.guild_id, giveaway.number, people)
        known = await self._records.of(session, giveaway, people)
        after = dict(before)
        seen = [(id(one), _seen_to(giveaway, one, after, known[one.person.user_id], now)) for one in presses]
        await rows.put(session, [entry for who, entry in after.items() if before.get(who) != entry])
        pot = await self._pot(session, giveaway, before, after, now)
        if {who for who, one in before.items() if one.is_in} != {who for who, one in after.items() if one.is_in}:
            self._database.after_commit(lambda: self._changed(giveaway.guild_id, giveaway.number))
        return {press: replace(pressed, pot=pot) for press, pressed in seen}

    async def _pot(
        self,
        session: WriteSession,
        giveaway: Giveaway,
        before: Mapping[int, Entry],
        after: Mapping[int, Entry],
        now: datetime,
    ) -> Pot:
        """All entries together."""
        key = (giveaway.guild_id, giveaway.number)
        kept = self._pots.get(key)
        if kept is not None and kept.pot.entrants > _LARGE and now - kept.asked_at < _POT_FOR:
            left, came = _weights(before), _weights(after)
            pot = Pot(kept.pot.entrants + len(came) - len(left), kept.pot.weight + sum(came) - sum(left))
            new = _Kept(pot, kept.asked_at)
        else:
            new = _Kept(await rows.pot(session, *key), now)
        self._database.after_commit(lambda: self._keep(key, new, now))
        return new.pot

    def _keep(self, key: Key, kept: _Kept, now: datetime) -> None:
        self._pots[key] = kept
        if kept.asked_at == now:
            self._pots = {one: it for one, it in self._pots.items() if now - it.asked_at < _POT_FOR}


def _nobody(_guild_id: int, _number: int) -> None:
    """Without a job for it nobody keeps count."""


def _by_giveaway(presses: Sequence[_Press]) -> dict[Key, list[_Press]]:
    found: dict[Key, list[_Press]] = {}
    for one in presses:
        found.setdefault(one.key, []).append(one)
    return found


def _seen_to(giveaway: Giveaway, press: _Press, entries: dict[int, Entry], record: Record, now: datetime) -> Pressed:
    """One press, its entry put among the others; the pot is not known yet."""
    who = press.person
    mine = entries.get(who.user_id)
    was_in = mine is not None and mine.is_in
    checks = checked(giveaway.rules.tree, who, record, now)
    weight = giveaway.bonuses.weight(who.role_ids, record.level, boosts=who.boosts)
    is_host = who.user_id == giveaway.host_id and not giveaway.host_enters
    fits = not is_host and weight > 0 and not who.is_bot and meets(giveaway.rules.tree, who, record, now)
    seen = Pressed(
        giveaway, was_in, is_new=False, weight=weight, pot=Pot(0, 0), checks=checks, fits=fits, host=is_host
    )  # fmt: skip
    if press.leaves:
        if mine is not None and was_in:
            entries[who.user_id] = replace(mine, left_at=now)
        return replace(seen, entered=False)
    if not fits and not was_in:
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


def _weights(entries: Mapping[int, Entry]) -> list[int]:
    """What those weigh who are in."""
    return [one.weight for one in entries.values() if one.is_in]


def _refusal(giveaway: Giveaway | None, press: _Press, now: datetime, *, is_on: bool) -> UserError | None:
    """Why a press can't be seen to; an error of its own for each, for each is raised."""
    if not is_on and not press.leaves:
        return FeatureOff(Feature.GIVEAWAYS.value, Feature.GIVEAWAYS.label)
    if giveaway is None or giveaway.status is Status.DRAFT:
        return GiveawayNotFound(f"#{press.key[1]}")
    if giveaway.status is Status.SCHEDULED:
        return GiveawayNotOpen()
    if giveaway.status is not Status.RUNNING or giveaway.ends_at <= now:
        return GiveawayOver(giveaway.marker)
    return None
