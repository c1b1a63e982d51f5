"""A guild's curve: what another one would do, and the change itself, with XP or with levels kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.leveling import histogram, totals
from bot.db.repositories.leveling import rewards as rows
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.curve_changes import MARKS, MOST_KEPT, Group, Keep, days_to, group_edges, kept, swaps
from bot.domain.curves import Table
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.domain.leveling_settings import CurveSettings, LevelSettings
from bot.domain.settings import Versioned
from bot.domain.xp_changes import UNDO_HOLDS, taken_back
from bot.errors import CurveTooMany, NoXpChange
from bot.ids import IdMaker, made_at
from bot.services.guild_settings import GuildSettingsService
from bot.services.rewards import By

NAMED = 5
"""Members who are named of those who gain or lose a role."""

LOOKED_BACK = 30
"""Days by which it is told what members earn."""

SURVEYED = 20_000
"""Where more have XP, it is told by about so many of them, chosen by their ids."""

_TYPICAL, _BUSY = 50, 90
"""Per cent of those who earned anything that earned less."""


@dataclass(frozen=True)
class RoleSwap:
    """How many members would get a role, and how many would lose it, with some of each."""

    role_id: int
    gained: int
    gaining: tuple[int, ...]
    lost: int
    losing: tuple[int, ...]


@dataclass(frozen=True)
class Pace:
    """What somebody earns a day, and how many days each of `MARKS` takes with it, now and then; None: for ever."""

    daily: int
    now: tuple[int | None, ...]
    then: tuple[int | None, ...]


@dataclass(frozen=True)
class Preview:
    """What a curve would do if everybody kept their XP."""

    present: Versioned[CurveSettings]
    wanted: CurveSettings
    members: int
    """Who have any XP."""
    groups: tuple[Group, ...]
    swaps: tuple[RoleSwap, ...]
    paces: tuple[Pace, ...]
    """Of a typical and of a busy member; none where nobody earned anything of late."""


@dataclass(frozen=True)
class Applied:
    """A curve that holds now, the one before, and if levels were kept the batch of changes that did it."""

    before: CurveSettings
    after: CurveSettings
    version: int
    members: int = 0
    """Whose XP was changed."""
    batch_id: int | None = None


class CurvesService:
    """The use cases. Who may is for the caller to look at; that there is leveling is looked at here."""

    def __init__(self, database: Database, clock: Clock, ids: IdMaker, settings: GuildSettingsService) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings

    async def present(self, guild_id: int) -> Versioned[CurveSettings]:
        """The curve that holds.

        Raises:
            FeatureOff: leveling is switched off.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        return await self._settings.read(guild_id, CurveSettings)

    async def preview(self, guild_id: int, wanted: CurveSettings) -> Preview:
        """What another curve would do. Changes nothing.

        Raises:
            FeatureOff: leveling is switched off.
            CurveUnsound: levels can't be counted on it.
        """
        present = await self.present(guild_id)
        old, new = present.value.curve.table(), wanted.curve.table()

        async def unit(session: ReadSession) -> Preview:
            members, most = await histogram.highest(session, guild_id)
            groups = await self._groups(session, guild_id, most, old, new)
            take = (await self._settings.within(session, guild_id, LevelSettings)).take_roles
            rewards = [one for one in await rows.all_(session, guild_id) if one.role_id]
            found: list[RoleSwap] = []
            for one in swaps(rewards, old, new, take=take):
                gained, gaining = await histogram.between(session, guild_id, one.gained, NAMED)
                lost, losing = await histogram.between(session, guild_id, one.lost, NAMED)
                if gained or lost:
                    found.append(RoleSwap(one.role_id, gained, tuple(gaining), lost, tuple(losing)))
            one_in = -(-members // SURVEYED)
            paces = await self._paces(session, guild_id, present.value, wanted, one_in)
            return Preview(present, wanted, members, groups, tuple(found), paces)

        return await self._database.query(unit)

    async def apply(self, guild_id: int, wanted: CurveSettings, keep: Keep, *, base: int, by: By) -> Applied:
        """Put a curve in the place of the one that was read at version `base`, all at once.

        With levels kept everybody's XP is changed in the same transaction, so nobody's level is ever another, but
        that of those above the new highest one. Roles are for whoever syncs them.

        Raises:
            FeatureOff: leveling is switched off.
            SettingsChanged: the curve is another by now.
            CurveUnsound: levels can't be counted on it.
            CurveTooMany: more than `MOST_KEPT` members have XP.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        new, batch_id = wanted.curve.table(), self._ids.new()

        async def unit(session: WriteSession) -> Applied:
            before = await self._settings.replace_within(
                session, guild_id, wanted, base=base, by=by.user_id, source=by.source
            )
            if not isinstance(before, CurveSettings):
                return await self._known(session, guild_id, wanted, base + 1)
            members, old = 0, before.curve.table()
            if keep is Keep.LEVELS:
                held = await histogram.locked(session, guild_id, MOST_KEPT + 1)
                if len(held) > MOST_KEPT:
                    raise CurveTooMany(MOST_KEPT)
                after = {user_id: kept(xp, old, new) for user_id, xp in held.items()}
                members = await self._move(session, guild_id, held, after, batch_id=batch_id, by=by)
            return Applied(before, wanted, base + 1, members, batch_id if members else None)

        return await self._changed(guild_id, unit)

    async def undo(self, guild_id: int, back: CurveSettings, batch_id: int, *, base: int, by: By) -> Applied:
        """Take back a change that kept levels: the curve, and everybody's XP; what was earned since stays.

        Raises:
            FeatureOff: leveling is switched off.
            SettingsChanged: the curve is another by now.
            NoXpChange: there is no such change, or it is too long ago.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        undoing = self._ids.new()
        if self._clock.now() - made_at(batch_id) > UNDO_HOLDS:
            raise NoXpChange

        async def unit(session: WriteSession) -> Applied:
            before = await self._settings.replace_within(
                session, guild_id, back, base=base, by=by.user_id, source=by.source
            )
            if not isinstance(before, CurveSettings):
                return Applied(back, back, base + 1)
            changes = await histogram.noted(session, guild_id, batch_id)
            if not changes:
                raise NoXpChange
            held = await totals.lock(session, guild_id, changes)
            after = {user_id: taken_back(*changes[user_id], xp) for user_id, xp in held.items()}
            members = await self._move(session, guild_id, held, after, batch_id=undoing, by=by)
            return Applied(before, back, base + 1, members)

        return await self._changed(guild_id, unit)

    # ----------------------------------------------------------------------------------------------------

    async def _known(self, session: WriteSession, guild_id: int, wanted: CurveSettings, version: int) -> Applied:
        """What an earlier try did, whose answer was lost with the process: it can be taken back all the same."""
        last = await self._settings.last_change(session, guild_id, wanted)
        if last is None:
            return Applied(wanted, wanted, version)
        entry_id, before = last
        batch_id, members = await histogram.noted_since(session, guild_id, entry_id)
        return Applied(before, wanted, version, members, batch_id)

    async def _changed(self, guild_id: int, unit: Callable[[WriteSession], Awaitable[Applied]]) -> Applied:
        try:
            return await self._database.transact(unit, idempotent=True)
        finally:
            self._settings.forget(guild_id)  # also after a failure: the commit may have happened all the same

    async def _move(
        self,
        session: WriteSession,
        guild_id: int,
        held: Mapping[int, int],
        after: Mapping[int, int],
        *,
        batch_id: int,
        by: By,
    ) -> int:
        """Give members whose rows are locked the XP of `after`, and write it down; how many have another now."""
        moved = {user_id: xp for user_id, xp in after.items() if xp != held[user_id]}
        await totals.set_to(session, guild_id, moved)
        noted = {user_id: (self._ids.new(), held[user_id], xp) for user_id, xp in moved.items()}
        await histogram.note(session, guild_id, noted, batch_id=batch_id, by=by.user_id)
        return len(moved)

    async def _groups(
        self, session: ReadSession, guild_id: int, most: int, old: Table, new: Table
    ) -> tuple[Group, ...]:
        firsts, now, then = group_edges(most, old, new)
        counts = await histogram.spread(session, guild_id, [*now, *then])
        lasts = [*(one - 1 for one in firsts[1:]), max(old.level(most), new.level(most))]
        sides = zip(firsts, lasts, counts[: len(firsts)], counts[len(firsts) :], strict=True)
        return tuple(Group(*one) for one in sides)

    async def _paces(
        self, session: ReadSession, guild_id: int, present: CurveSettings, wanted: CurveSettings, one_in: int
    ) -> tuple[Pace, ...]:
        zone = (await self._settings.within(session, guild_id, GeneralSettings)).zone
        today = self._clock.now().astimezone(zone).date()
        since = today - timedelta(days=LOOKED_BACK - 1)
        first = await histogram.first_day(session, guild_id, since)
        if first is None:
            return ()
        days = (today - first).days + 1
        earned = await histogram.earned_in(session, guild_id, since, one_in)
        sums = [earned[len(earned) * share // 100] for share in (_TYPICAL, _BUSY)] if earned else []
        return tuple(
            Pace(
                daily,
                tuple(days_to(present.curve, level, daily) for level in MARKS),
                tuple(days_to(wanted.curve, level, daily) for level in MARKS),
            )
            for daily in (max(one // max(days, 1), 1) for one in sums)
        )
