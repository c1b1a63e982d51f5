"""Discord and the rows are kept in agreement: what is read of a guild is compared with what is believed of it.

Whoever compares reads the rows first and Discord after. A difference is corrected only if nothing was decided about the
slot since, by its version; so what is corrected was a difference indeed, and needs no further look at Discord.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.moderation import cases as rows
from bot.db.repositories.moderation import marks, slots
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.cases import Case, CaseKind, CaseSource, CaseState, EndReason, Slot
from bot.domain.features import Feature, FeatureSettings
from bot.domain.outside import Believed, Mark, Shown, differs
from bot.domain.sanctions import OutsideAct
from bot.domain.staff_notices import unreadable_bans_alert
from bot.services.case_file import CaseFile
from bot.services.guild_settings import GuildSettingsService
from bot.services.outside import OutsideService
from bot.services.staff_notices import StaffNoticesService

_DONE = {Slot.BAN: CaseKind.BAN, Slot.TIMEOUT: CaseKind.TIMEOUT}
_UNDONE = {Slot.BAN: CaseKind.UNBAN, Slot.TIMEOUT: CaseKind.UNTIMEOUT}


class AgreementService:
    """What is known of a guild, and what is done about what differs."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        file: CaseFile,
        outside: OutsideService,
        *,
        settings: GuildSettingsService,
        notices: StaffNoticesService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._outside = outside
        self._settings = settings
        self._notices = notices
        self._asked: set[int] = set()

    def moment(self) -> datetime:
        """Now, by the clock that rows are written by."""
        return self._clock.now()

    # When to look ---------------------------------------------------------------------------------------

    def ask(self, guild_id: int) -> None:
        """Have a guild compared soon: it came, came back, or something was missed."""
        self._asked.add(guild_id)

    def asked(self) -> Collection[int]:
        """The guilds that were asked for since the last time; no asking is told of twice."""
        found = self._asked
        self._asked = set()
        return found

    # How far it was read --------------------------------------------------------------------------------

    async def begin(self, guild_id: int) -> Mark | None:
        """How far a guild was read and compared; None where moderation is off.

        What happens while it is off belongs to the baseline of the day on which it is switched on.
        """
        if (await self._settings.read(guild_id, FeatureSettings)).value.has(Feature.MODERATION):
            return await self._mark(guild_id) or Mark()
        known = await self._mark(guild_id)
        if known is not None and (known.baseline_at is not None or known.audit_log_id is not None):
            await self._database.transact(lambda session: marks.begin_anew(session, guild_id), idempotent=True)
        return None

    async def _mark(self, guild_id: int) -> Mark | None:
        return await self._database.query(lambda session: marks.find(session, guild_id))

    async def read_to(self, guild_id: int, audit_log_id: int) -> None:
        """Every entry of the audit log up to this one is in the file."""

        async def unit(session: WriteSession) -> None:
            await marks.ensure(session, guild_id)
            await marks.read_to(session, guild_id, audit_log_id)

        await self._database.transact(unit, idempotent=True)

    async def untold(self, guild_id: int, acts: Sequence[OutsideAct]) -> list[OutsideAct]:
        """Those of these acts, each with its entry of the audit log, that are not in the file yet."""
        ids = [act.audit_log_id for act in acts if act.audit_log_id is not None]
        told = await self._database.query(lambda session: rows.told_of(session, guild_id, ids))
        return [act for act in acts if act.audit_log_id not in told]

    async def surveyed(self, guild_id: int) -> None:
        """All bans of a guild were compared. From the first time on a ban that nobody knows of is news."""

        async def unit(session: WriteSession) -> None:
            await marks.ensure(session, guild_id)
            await marks.surveyed(session, guild_id, self._clock.now())

        await self._database.transact(unit, idempotent=True)

    async def hindered(self, guild_id: int) -> None:
        """The bans of a guild can't be read. Staff is told once, until they could be read again."""

        async def unit(session: WriteSession) -> None:
            is_new = await marks.ensure(session, guild_id)
            if await marks.hindered(session, guild_id) or is_new:
                await self._notices.alert(session, guild_id, unreadable_bans_alert())

        await self._database.transact(unit, idempotent=True)

    # What is believed -----------------------------------------------------------------------------------

    async def bans(self, guild_id: int, *, after: int, limit: int) -> Sequence[Believed]:
        """What is believed of bans, by the ids of members, from the one after `after` on."""
        return await self._database.query(lambda session: slots.bans(session, guild_id, after=after, limit=limit))

    async def timeouts(self, guild_id: int, *, after: int, limit: int) -> Sequence[Believed]:
        """The timeouts that are believed to hold, by the ids of members, from the one after `after` on."""
        now = self._clock.now()
        return await self._database.query(
            lambda session: slots.timeouts(session, guild_id, now=now, after=after, limit=limit)
        )

    async def awaited(self, guild_id: int, *, after: int, limit: int) -> Sequence[int]:
        """Members whose timeout waits for them to be back, by their ids, from the one after `after` on."""
        now = self._clock.now()
        return await self._database.query(
            lambda session: slots.awaited(session, guild_id, now=now, after=after, limit=limit)
        )

    async def believed(self, guild_id: int, user_id: int, slot: Slot) -> Believed:
        """What is believed of one slot."""

        async def unit(session: ReadSession) -> Believed | None:
            return await slots.believed(session, (guild_id, user_id, slot))

        return await self._database.query(unit) or Believed(user_id)

    # What differs ---------------------------------------------------------------------------------------

    async def assume_banned(self, guild_id: int, user_ids: Collection[int]) -> None:
        """These were banned before anybody compared: that is believed from now on, and nobody is told."""
        await self._database.transact(
            lambda session: slots.assume(session, guild_id, Slot.BAN, user_ids, holds=True), idempotent=True
        )

    async def agree(self, guild_id: int, slot: Slot, believed: Believed, shown: Shown) -> Case | None:
        """Believe what Discord shows of one slot, if it differs, with what follows from that for its cases.

        `believed` was read before Discord was asked. If anything was decided since, or somebody is at the slot,
        nothing is done. The case that was made or ended, if any: by whom, nobody knows yet.
        """
        key = (guild_id, shown.user_id, slot)

        async def unit(session: WriteSession) -> Case | None:
            await slots.assume(session, guild_id, slot, [shown.user_id], holds=False)
            here = await slots.lock(session, key)
            if here is None or here.is_busy or here.version != believed.version:
                return None
            standing = (await rows.standing(session, [key]))[key]
            if any(case.state.is_open for case in standing) or not differs(here.held, shown.held, self._clock.now()):
                return None
            active = next((case for case in standing if case.state is CaseState.ACTIVE), None)
            act = _act_of(slot, shown, active)
            if act is not None:
                return await self._outside.within(session, guild_id, act)
            if not shown.held.holds and active is not None:
                active = await self._file.end(session, active, EndReason.OUTSIDE, by=None, source=CaseSource.DISCORD)
            await self._outside.rest(session, key, shown.held)
            return active

        return await self._database.transact(unit)


def _act_of(slot: Slot, shown: Shown, active: Case | None) -> OutsideAct | None:
    """What somebody must have done; None if it is enough to believe what is shown, or to end what holds no more."""
    if shown.held.holds:
        if slot is Slot.BAN and active is not None:
            return None  # one of the bot's own that was thought lifted
        return OutsideAct(_DONE[slot], shown.user_id, reason=shown.reason, until=shown.held.until)
    return OutsideAct(_UNDONE[slot], shown.user_id) if shown.is_news else None
