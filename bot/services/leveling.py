"""Gains written down: added to what members have, once, with what follows from the levels that they reach."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.leveling import flushes, totals, voice_days
from bot.db.sessions import WriteSession
from bot.domain.general import GeneralSettings
from bot.domain.leveling import Batch, Cause, EarnedMessage, Gain, LevelChange, Span
from bot.domain.leveling_settings import CurveSettings
from bot.ids import made_at
from bot.services.guild_settings import GuildSettingsService
from bot.services.level_changes import Apply

KEEP_FLUSHES = timedelta(days=1)
KEEP_MESSAGES = timedelta(days=7)
"""For so long XP can be taken back."""

KEEP_VOICE_DAYS = timedelta(days=2)
"""No zone's day is further from UTC's."""

KEEP = {Span.DAY: timedelta(days=400), Span.WEEK: timedelta(days=3 * 365), Span.MONTH: timedelta(days=3 * 365)}

_Prunes = Callable[[WriteSession], Awaitable[int]]


@dataclass(frozen=True)
class FlushOutcome:
    """What became of a batch."""

    written: bool
    """False: it was written before."""
    changes: Mapping[int, tuple[LevelChange, ...]]
    """Whose level changed, by guild."""


class LevelingService:
    """The use cases of earning. What follows from a change of level happens in the same transaction."""

    def __init__(self, database: Database, clock: Clock, settings: GuildSettingsService, follow: Apply) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._follow = follow

    async def flush(self, batch: Batch) -> FlushOutcome:
        """Write gains, in one transaction. The same batch again, by its id, changes nothing.

        Raises:
            DatabaseAway: nothing was written.
            OutcomeUnknown: it may have been written; the batch can be handed in again.
        """

        async def unit(session: WriteSession) -> FlushOutcome:
            if not await flushes.begin(session, batch.id):
                return FlushOutcome(written=False, changes={})
            moved = await totals.add(session, batch.gains)
            await voice_days.add(session, batch.gains)
            await flushes.keep_messages(session, batch.messages)
            changes = await self._changes(session, moved, batch.gains)
            for guild_id, found in changes.items():
                await self._follow(session, guild_id, found)
            return FlushOutcome(written=True, changes=changes)

        return await self._database.transact(unit, idempotent=True)

    async def _changes(
        self, session: WriteSession, moved: Mapping[totals.Key, totals.Moved], gains: Iterable[Gain]
    ) -> dict[int, tuple[LevelChange, ...]]:
        """Whose level is another now, by guild and sorted by member."""
        guild_ids = sorted({guild_id for guild_id, _ in moved})
        tables = {one: (await self._settings.within(session, one, CurveSettings)).curve.table() for one in guild_ids}
        others = [key for key, (before, after) in moved.items() if tables[key[0]].differs(before, after)]
        by = _latest(gains, set(others))
        found: dict[int, list[LevelChange]] = defaultdict(list)
        for guild_id, user_id in sorted(others):
            one, gain = moved[guild_id, user_id], by[guild_id, user_id]
            cause = Cause.VOICE if gain.last_message_at is None else Cause.MESSAGES
            found[guild_id].append(LevelChange(user_id, one.before, one.after, cause, gain.channel_id))
        return {guild_id: tuple(changes) for guild_id, changes in found.items()}

    async def voice_earned(self, guild_id: int, day: date) -> dict[int, int]:
        """What voice earned a guild's members on one of its last days, as far as it is written.

        Raises:
            DatabaseAway: it is not known.
        """
        return await self._database.query(lambda session: voice_days.earned_on(session, guild_id, day))

    # Taking back ---------------------------------------------------------------------------------------------

    async def earned_by(self, guild_id: int, messages: Sequence[int]) -> list[EarnedMessage]:
        """Those of these messages that earned something which may be taken back."""
        return await self._database.query(lambda session: flushes.earned_by(session, guild_id, messages))

    async def take_back(self, guild_id: int, messages: Iterable[int]) -> list[EarnedMessage]:
        """Take back what messages earned, in all and in their periods; those that had earned, each once."""
        wanted = sorted(set(messages))

        async def unit(session: WriteSession) -> list[EarnedMessage]:
            found = await flushes.take_messages(session, guild_id, wanted)
            if not found:
                return []
            zone = (await self._settings.within(session, guild_id, GeneralSettings)).zone
            amounts, of_days = Counter[int](), Counter[tuple[int, date]]()
            for one in found:
                amounts[one.user_id] += one.xp
                of_days[one.user_id, made_at(one.message_id).astimezone(zone).date()] += one.xp
            moved = await totals.take(session, guild_id, amounts)
            await totals.take_of_periods(session, guild_id, of_days)
            table = (await self._settings.within(session, guild_id, CurveSettings)).curve.table()
            changes = [
                LevelChange(user_id, one.before, one.after, Cause.TAKEN_BACK)
                for user_id, one in sorted(moved.items())
                if table.level(one.before) != table.level(one.after)
            ]
            if changes:
                await self._follow(session, guild_id, changes)
            return found

        return await self._database.transact(unit)

    # The end -------------------------------------------------------------------------------------------------

    async def prune(self) -> int:
        """Forget what is older than it is of use; how many rows. In small transactions."""
        now = self._clock.now()
        gone = 0
        for act, before in (
            (flushes.prune_flushes, now - KEEP_FLUSHES),
            (flushes.prune_messages, now - KEEP_MESSAGES),
            (flushes.prune_boosts, now),
        ):
            gone += await self._until_done(lambda session, act=act, before=before: act(session, before))
        voice_before = (now.astimezone(UTC) - KEEP_VOICE_DAYS).date()
        gone += await self._until_done(lambda session: voice_days.prune(session, voice_before))
        for span, kept_for in KEEP.items():
            first = (now.astimezone(UTC) - kept_for).date()
            gone += await self._until_done(
                lambda session, span=span, first=first: flushes.prune_periods(session, span, first)
            )
        return gone

    async def _until_done(self, unit: _Prunes) -> int:
        gone = 0
        while True:
            count = await self._database.transact(unit, idempotent=True)
            gone += count
            if count < flushes.PRUNED_AT_ONCE:
                return gone


def _latest(gains: Iterable[Gain], of: Collection[totals.Key]) -> dict[totals.Key, Gain]:
    """The last gain in a batch of each of these members: where it was earned, and by what."""
    found: dict[totals.Key, Gain] = {}
    for gain in gains if of else ():
        key = gain[:2]
        if key in of and (key not in found or gain.day >= found[key].day):
            found[key] = gain
    return found
