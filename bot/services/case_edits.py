"""Changing cases afterwards: nothing is deleted, and what was is on record with who changed it.

Whatever bears on what holds goes through the slot of the case, in the same transaction: its deadline follows at once,
and the claim that is handed back carries the change to Discord.
"""

from __future__ import annotations

from typing import Any

from bot.db.engine import Database
from bot.db.repositories.moderation import cases as rows
from bot.db.repositories.moderation import links, slots
from bot.db.sessions import WriteSession
from bot.domain.cases import (
    MAX_REASON,
    Case,
    CaseAmendment,
    CaseDetails,
    CaseKind,
    CaseSource,
    CaseState,
)
from bot.domain.features import Feature
from bot.domain.sanctions import Intended, SanctionOrder
from bot.errors import (
    CaseIsItself,
    CaseNotFound,
    CaseNotVoid,
    CaseOver,
    CaseUnderWay,
    CaseVoid,
    NotAWarning,
    NothingToChange,
    TooManyLinks,
)
from bot.services.case_file import CaseFile
from bot.services.cases import CasesService
from bot.services.guild_settings import GuildSettingsService
from bot.services.sanctions import SanctionsService

MOST_LINKS = 20
"""Cases that one may be linked to."""

_COMMAND = CaseSource.COMMAND


class CaseEditsService:
    """Changes cases at the word of a moderator. Whether they may is for the caller to ask."""

    def __init__(
        self,
        database: Database,
        file: CaseFile,
        sanctions: SanctionsService,
        cases: CasesService,
        settings: GuildSettingsService,
    ) -> None:
        self._database = database
        self._file = file
        self._sanctions = sanctions
        self._cases = cases
        self._settings = settings

    async def reason(self, guild_id: int, number: int, text: str, *, by: int) -> Case:
        """Say otherwise why.

        Raises:
            CaseNotFound, FeatureOff: as named.
        """

        async def unit(session: WriteSession) -> Case:
            case = await self._locked(session, guild_id, number)
            after = await self._file.change(session, case, by=by, source=_COMMAND, reason=text[:MAX_REASON])
            await self._file.log.tell(session, after)
            return after

        await self._settings.require(guild_id, Feature.MODERATION)
        return await self._database.transact(unit, idempotent=True)

    async def amend(self, guild_id: int, number: int, wanted: CaseAmendment, *, by: int) -> Intended:
        """Change how long something lasts, or the weight of a warning. The caller carries out the claim, if any.

        Raises:
            NothingToChange: nothing is asked for.
            CaseOver, CaseUnderWay, NotAWarning: the case has no such thing, or not now.
            CaseNotFound, FeatureOff: as named.
        """

        async def unit(session: WriteSession) -> Intended:
            case = await self._locked(session, guild_id, number, due=wanted.lasts is not None or wanted.for_good)
            after = await self._file.change(session, case, by=by, source=_COMMAND, **self._values(case, wanted))
            await self._file.log.tell(session, after)
            if after.expires_at == case.expires_at or after.slot is None:
                return Intended(after)
            await self._file.log.write_of_end(session, after)
            self._database.after_commit(self._sanctions.wake)
            key = (guild_id, after.target_id, after.slot)
            return Intended(after, next(iter(await self._sanctions.take(session, [key])), None))

        if wanted == CaseAmendment():
            raise NothingToChange
        await self._settings.require(guild_id, Feature.MODERATION)
        return await self._database.transact(unit)

    def _values(self, case: Case, wanted: CaseAmendment) -> dict[str, Any]:
        """The fields of a case after a change.

        Raises:
            CaseOver, CaseUnderWay, NotAWarning: it has no such fields, or not now.
        """
        values: dict[str, Any] = {}
        if wanted.lasts is not None or wanted.for_good:
            if case.state.is_open:
                raise CaseUnderWay(case.marker)
            if case.state is not CaseState.ACTIVE or case.kind is CaseKind.NOTE:
                raise CaseOver(case.marker)
            values["expires_at"] = None if wanted.lasts is None else self._sanctions.moment() + wanted.lasts
        if wanted.severity is not None or wanted.points is not None:
            if case.kind is not CaseKind.WARN:
                raise NotAWarning(case.marker)
            values["severity"] = case.severity if wanted.severity is None else wanted.severity
            values["points"] = wanted.severity if wanted.points is None else wanted.points
        return values

    # Void and back --------------------------------------------------------------------------------------

    async def void(self, guild_id: int, number: int, *, by: int, reason: str | None, via: str | None) -> Intended:
        """Take a case back as if it had never been right.

        A ban or timeout that holds must not stand then: a case that lifts it is written, whose claim the caller
        carries out, and the wrong one becomes void in the moment in which it is lifted. Should Discord refuse that, it
        still holds, and its case still says so.

        Raises:
            CaseVoid, CaseUnderWay, ActUnderWay, CaseNotFound, FeatureOff: as named.
        """

        async def unit(session: WriteSession) -> Intended:
            case = await self._locked(session, guild_id, number)
            if case.state is CaseState.VOID:
                raise CaseVoid(case.marker)
            if case.state.is_open:
                raise CaseUnderWay(case.marker)
            lifting = case.kind.lifted_by
            if case.state is CaseState.ACTIVE and lifting is not None:
                # Who was told of it is told; whoever was not, is not.
                details = CaseDetails(silent=case.details.silent, voids=True)
                order = SanctionOrder(lifting, case.target_id, by, reason, via=via, related=number, details=details)
                return await self._cases.intend(session, guild_id, order)
            return Intended(await self._file.void(session, case, by=by, source=_COMMAND))

        await self._settings.require(guild_id, Feature.MODERATION)
        return await self._database.transact(unit)

    async def restore(self, guild_id: int, number: int, *, by: int) -> Case:
        """Let a void case count again, as far as it had come. A ban or timeout that was lifted with it stays lifted.

        Raises:
            CaseNotVoid, CaseNotFound, FeatureOff: as named.
        """

        async def unit(session: WriteSession) -> Case:
            case = await self._locked(session, guild_id, number)
            if case.state is not CaseState.VOID:
                raise CaseNotVoid(case.marker)
            voided = await rows.last_change(session, guild_id, number, to=CaseState.VOID)
            before = CaseState.ENDED if voided is None or voided.before is None else CaseState(voided.before)
            if before is CaseState.ACTIVE and case.slot is not None:
                before = CaseState.ENDED
            after = await self._file.change(session, case, by=by, source=_COMMAND, state=before)
            await self._file.log.tell(session, after)
            return after

        await self._settings.require(guild_id, Feature.MODERATION)
        return await self._database.transact(unit)

    # Related cases --------------------------------------------------------------------------------------

    async def link(self, guild_id: int, number: int, other: int, *, by: int) -> Case:
        """Note that two cases have to do with each other; nothing changes if they are linked already.

        Raises:
            CaseIsItself, TooManyLinks, CaseNotFound, FeatureOff: as named.
        """

        async def unit(session: WriteSession) -> Case:
            both = await self._both(session, guild_id, number, other)
            linked = await links.of_case(session, guild_id, number)
            if other in linked:
                return both[number]
            for one, known in ((number, linked), (other, await links.of_case(session, guild_id, other))):
                if len(known) >= MOST_LINKS:
                    raise TooManyLinks(f"#{one}", MOST_LINKS)
            await links.add(session, guild_id, number, other)
            await self._file.record(session, both[other], by=by, link=(None, f"#{number}"))
            return await self._file.record(session, both[number], by=by, link=(None, f"#{other}"))

        await self._settings.require(guild_id, Feature.MODERATION)
        return await self._database.transact(unit, idempotent=True)

    async def unlink(self, guild_id: int, number: int, other: int, *, by: int) -> Case:
        """Note that they do not, after all; nothing changes if they are not linked.

        Raises:
            CaseIsItself, CaseNotFound, FeatureOff: as named.
        """

        async def unit(session: WriteSession) -> Case:
            both = await self._both(session, guild_id, number, other)
            if other not in await links.of_case(session, guild_id, number):
                return both[number]
            await links.remove(session, guild_id, number, other)
            await self._file.record(session, both[other], by=by, link=(f"#{number}", None))
            return await self._file.record(session, both[number], by=by, link=(f"#{other}", None))

        await self._settings.require(guild_id, Feature.MODERATION)
        return await self._database.transact(unit, idempotent=True)

    async def _both(self, session: WriteSession, guild_id: int, number: int, other: int) -> dict[int, Case]:
        if number == other:
            raise CaseIsItself(f"#{number}")
        found = {one: await self._known(session, guild_id, one) for one in (number, other)}
        keys = {(guild_id, case.target_id, case.slot) for case in found.values() if case.slot is not None}
        for key in sorted(keys):  # everybody locks slots first, in one order, and then cases
            await slots.lock(session, key)
        return {one: await self._known(session, guild_id, one, lock=True) for one in sorted(found)}

    # Locks ----------------------------------------------------------------------------------------------

    async def _locked(self, session: WriteSession, guild_id: int, number: int, *, due: bool = False) -> Case:
        """A case that nobody else changes until the transaction ends; with `due` its slot is looked at after it."""
        case = await self._known(session, guild_id, number)
        if due:
            await self._file.hold(session, case)
        elif case.slot is not None:
            await slots.lock(session, (guild_id, case.target_id, case.slot))
        return await self._known(session, guild_id, number, lock=True)

    async def _known(self, session: WriteSession, guild_id: int, number: int, *, lock: bool = False) -> Case:
        case = await rows.find(session, guild_id, number, lock=lock)
        if case is None:
            raise CaseNotFound(f"#{number}")
        return case
