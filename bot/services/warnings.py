"""Warnings: their codes and points, what a server's rules make of them, and how they are taken back.

The number of a warning's code comes from a counter row that is taken first. Whoever else warns in the guild waits for
it, so each warning counts all those before it, and of two that arrive together one alone crosses a line.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.moderation import cases as rows
from bot.db.repositories.moderation import slots
from bot.db.repositories.moderation import warnings as warned
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.cases import MAX_CODE, Case, CaseKind, CaseSource, CaseState, Slot
from bot.domain.general import GeneralSettings
from bot.domain.sanctions import SanctionOrder
from bot.domain.warn_rules import CODE, VIA, WarnRule, Weighed, is_weaker, weigh
from bot.domain.warn_words import cause_said
from bot.errors import CaseChanged, CaseNotFound, WarningNotFound, WarningTakenBack
from bot.services.case_file import CaseFile
from bot.services.cases import Consequence
from bot.services.guild_settings import GuildSettingsService
from bot.services.staff_notices import Tell

COUNTER = "warning"
"""The counter that codes come from."""

_LONGEST_NUMBER = 18


class WarningsService:
    """What a warning brings, and how it goes. `CasesService` writes the cases."""

    def __init__(
        self, database: Database, clock: Clock, file: CaseFile, settings: GuildSettingsService, tell: Tell
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._settings = settings
        self._tell = tell

    # In the transaction of a warning --------------------------------------------------------------------

    async def given(self, session: WriteSession, guild_id: int, order: SanctionOrder) -> Consequence:
        """What a warning is called, and what follows from it. Warnings of a guild come one by one from here on."""
        code = await self._code(session, guild_id, order.code)
        now, rules = self._clock.now(), await warned.rules(session, guild_id)
        before = await warned.counted(session, guild_id, order.target_id, now)
        weighed = weigh(rules, before, order.points or 0, now)
        if weighed.fired is None:
            return Consequence(code, weighed)
        reached = weigh([weighed.fired], before, order.points or 0, now).reached
        follows = await self._order(session, guild_id, order, weighed.fired, reached)
        spared = await self._stronger(session, guild_id, follows, weighed.fired)
        if spared is not None:
            return Consequence(code, weighed.but_spared(spared.number))
        return Consequence(code, weighed, follows)

    async def _code(self, session: WriteSession, guild_id: int, kept: str | None) -> str:
        number = await rows.next_number(session, guild_id, COUNTER)
        if kept is not None and not await warned.is_taken(session, guild_id, kept):
            return kept
        while await warned.is_taken(session, guild_id, CODE.format(number=number)):  # by one from elsewhere
            number = await rows.next_number(session, guild_id, COUNTER)
        return CODE.format(number=number)

    async def _order(
        self, session: WriteSession, guild_id: int, warning: SanctionOrder, rule: WarnRule, reached: int
    ) -> SanctionOrder:
        language = (await self._settings.within(session, guild_id, GeneralSettings)).language
        return SanctionOrder(
            rule.kind,
            warning.target_id,
            None,
            reason=self._tell(language, cause_said(rule, reached)),
            lasts=rule.lasts,
            source=CaseSource.AUTOMATION,
            via=VIA,
            replaces=True,
        )

    async def _stronger(
        self, session: WriteSession, guild_id: int, order: SanctionOrder, rule: WarnRule
    ) -> Case | None:
        """What holds or is under way and is no weaker than what a rule asks for. Holds the slot of the order."""
        user_id, now = order.target_id, self._clock.now()
        if order.kind.slot is not None:
            # Before the case gets its number: whoever sanctions this member by command holds this and waits for that.
            await slots.touch(session, (guild_id, user_id, order.kind.slot), now=now)
        standing = await rows.standing(session, [(guild_id, user_id, slot) for slot in Slot])
        newest = [found[-1] for found in standing.values() if found]
        return next((case for case in newest if is_weaker(rule, case, now)), None)

    async def stand(self, session: Session, case: Case) -> Weighed:
        """How it stands with whom a case is about."""
        return await self._standing(session, case.guild_id, case.target_id)

    async def taken_back(self, session: WriteSession, guild_id: int, order: SanctionOrder) -> None:
        """Void the warning that an order undoes. It stays in the file, and can be restored.

        Raises:
            CaseNotFound, WarningTakenBack: there is no such warning, or it is void.
        """
        number = order.undoes or 0
        case = await rows.find(session, guild_id, number, lock=True)
        if case is None or case.kind is not CaseKind.WARN:
            raise CaseNotFound(f"#{number}")
        if case.state is not CaseState.ACTIVE:
            raise WarningTakenBack(case.marker)
        void = await self._file.change(session, case, by=order.moderator_id, source=order.source, state=CaseState.VOID)
        await self._file.log.tell(session, void)

    # For those who ask ----------------------------------------------------------------------------------

    async def standing(self, guild_id: int, user_id: int) -> Weighed:
        """How many points a member has, and which rule comes next."""
        return await self._database.query(lambda session: self._standing(session, guild_id, user_id))

    async def _standing(self, session: Session, guild_id: int, user_id: int) -> Weighed:
        now = self._clock.now()
        counted = await warned.counted(session, guild_id, user_id, now)
        return weigh(await warned.rules(session, guild_id), counted, 0, now)

    async def find(self, guild_id: int, written: str) -> Case:
        """The warning of a code, or of the number of its case.

        What is a number alone is the case's, unless that is no warning: codes from elsewhere may be numbers, too.

        Raises:
            WarningNotFound: there is none.
        """
        wanted = " ".join(written.split())[: MAX_CODE + 1]

        async def unit(session: ReadSession) -> Case | None:
            digits = wanted.removeprefix("#")
            is_number = digits.isascii() and digits.isdecimal() and len(digits) <= _LONGEST_NUMBER
            coded = [await warned.number_of(session, guild_id, code) for code in (wanted, wanted.upper())]
            for number in [int(digits) if is_number else None, *coded]:
                case = None if number is None else await rows.find(session, guild_id, number)
                if case is not None and case.kind is CaseKind.WARN:
                    return case
            return None

        found = await self._database.query(unit)
        if found is None:
            raise WarningNotFound(wanted)
        return found

    async def newest(self, guild_id: int, *, limit: int) -> Sequence[Case]:
        """The newest warnings of a guild that were not taken back."""

        async def unit(session: ReadSession) -> Sequence[Case]:
            numbers = await warned.newest(session, guild_id, limit=limit)
            found = [await rows.find(session, guild_id, number) for number in numbers]
            return [case for case in found if case is not None]

        return await self._database.query(unit)

    async def restore(self, guild_id: int, number: int, *, by: int, reason: str | None = None) -> Case:
        """Have a warning count again that was taken back by the case of this number; the warning.

        No rule acts on it: it is not given anew.

        Raises:
            CaseNotFound, CaseChanged: that case took back no warning, or not any more.
        """

        async def unit(session: WriteSession) -> Case:
            back = await rows.find(session, guild_id, number, lock=True)
            if back is None or back.kind is not CaseKind.UNWARN or back.related is None:
                raise CaseNotFound(f"#{number}")
            case = await rows.find(session, guild_id, back.related, lock=True)
            if case is None:
                raise CaseNotFound(f"#{back.related}")
            if back.state is CaseState.VOID and case.state is CaseState.ACTIVE:  # an earlier try, or somebody else
                return case
            if back.state is not CaseState.ENDED or case.state is not CaseState.VOID:
                raise CaseChanged(case.marker)
            for one, state in ((back, CaseState.VOID), (case, CaseState.ACTIVE)):
                after = await self._file.change(session, one, by=by, source=CaseSource.COMMAND, state=state)
                if reason is not None:
                    after = await self._file.record(session, after, by=by, because=(None, reason))
                await self._file.log.tell(session, after)
            return after

        return await self._database.transact(unit, idempotent=True)
