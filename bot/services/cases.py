"""Cases: what moderators decide is written down, with a number, before anything is done about it.

One transaction takes the number, writes the case, promises the letter of those who will be gone, and takes the slot if
nobody is at it. `bot.actions.sanctions` then acts on the claim, and `SanctionsService` writes what came of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.moderation import cases as rows
from bot.db.repositories.moderation import slots
from bot.db.sessions import WriteSession
from bot.domain.cases import MAX_REASON, Case, CaseChange, CaseKind, CaseSource, CaseState, DmState, EndReason, Slot
from bot.domain.features import Feature
from bot.domain.sanctions import Held, Intended, OutsideAct, SanctionOrder, state_once_done
from bot.errors import ActUnderWay, AlreadyBanned, CaseChanged, CaseNotFound
from bot.services.case_file import CaseFile
from bot.services.guild_settings import GuildSettingsService
from bot.services.sanctions import SanctionsService
from bot.words import Phrase

WarnRules = Callable[[WriteSession, Case], Awaitable[Sequence[SanctionOrder]]]
"""What the rules of a server make of a warning, asked in its transaction."""

_BANS = {CaseKind.BAN, CaseKind.SOFTBAN}


async def _no_rules(_session: WriteSession, _case: Case) -> Sequence[SanctionOrder]:
    return ()


class CasesService:
    """Writes down what is decided, and tells what was."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        file: CaseFile,
        sanctions: SanctionsService,
        settings: GuildSettingsService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._sanctions = sanctions
        self._settings = settings
        self._rules: WarnRules = _no_rules

    def on_warned(self, rules: WarnRules) -> None:
        """Say who is asked, in the transaction of a warning, what follows from it."""
        self._rules = rules

    # To be decided --------------------------------------------------------------------------------------

    async def decide(self, guild_id: int, order: SanctionOrder) -> Intended:
        """Write down what is to be done. The caller carries out the claim, if there is one.

        Raises:
            FeatureOff: moderation is switched off.
            AlreadyBanned, ActUnderWay: it holds already, or somebody is doing the same.
            CaseChanged: `instead_of` does not hold any more.
        """
        await self._settings.require(guild_id, Feature.MODERATION)
        return await self._database.transact(
            lambda session: self.intend(session, guild_id, order), idempotent=order.key is not None
        )

    async def intend(self, session: WriteSession, guild_id: int, order: SanctionOrder) -> Intended:
        """The same inside the caller's transaction, for batches and rules; whether moderation is on is theirs to ask.

        Raises:
            AlreadyBanned, ActUnderWay: it holds already, or somebody is doing the same.
            CaseChanged: `instead_of` does not hold any more.
        """
        slot = order.kind.slot
        if slot is not None:
            await slots.touch(session, (guild_id, order.target_id, slot), now=self._clock.now())
        before = None if order.key is None else await rows.by_key(session, guild_id, order.key)
        if before is not None:
            return Intended(before, repeated=True)
        if slot is None:
            return await self._at_once(session, guild_id, order)
        await self._refuse(session, guild_id, order, slot)
        case = await self._file.open(session, await self._new(session, guild_id, order))
        if case.dm is DmState.PENDING:
            await self._file.log.write_to_member(session, case)
        claimed = next(iter(await self._sanctions.take(session, [(guild_id, order.target_id, slot)])), None)
        if claimed is None:  # else the caller is at it, and looking for due ones would only be in their way
            self._database.after_commit(self._sanctions.wake)
        return Intended(case if claimed is None or claimed.case is None else claimed.case, claimed)

    async def _refuse(self, session: WriteSession, guild_id: int, order: SanctionOrder, slot: Slot) -> None:
        """Stop what holds already, or is being done; two timeouts at once are two, and the newer one counts."""
        key = (guild_id, order.target_id, slot)
        standing = (await rows.standing(session, [key]))[key]
        underway = next((case for case in reversed(standing) if case.state.is_open), None)
        if underway is not None:
            same = underway.kind is order.kind or {underway.kind, order.kind} <= _BANS
            if order.instead_of is not None or (same and order.kind is not CaseKind.TIMEOUT):
                raise ActUnderWay(order.target_id, underway.marker)
            return
        active = next(iter(standing), None)
        if order.instead_of is not None:
            if active is None or active.number != order.instead_of:
                raise CaseChanged(f"#{order.instead_of}")
        elif active is not None and order.kind in _BANS and not order.replaces:
            raise AlreadyBanned(order.target_id, active.marker, _how_long(active))

    async def _new(self, session: WriteSession, guild_id: int, order: SanctionOrder) -> Case:
        now = self._clock.now()
        at_once = order.kind.slot is None
        tells = at_once or order.kind.removes
        tells = tells and await self._file.log.wants_letter(session, guild_id, order.kind, silent=order.details.silent)
        return Case(
            guild_id=guild_id,
            number=0,
            kind=order.kind,
            state=CaseState.ACTIVE if at_once else CaseState.PLANNED,
            target_id=order.target_id,
            moderator_id=order.moderator_id,
            reason=None if order.reason is None else order.reason[:MAX_REASON],
            source=order.source,
            created_at=now,
            via=order.via,
            key=order.key,
            expires_at=None if order.lasts is None else now + order.lasts,
            dm=DmState.PENDING if tells else DmState.NONE,
            related=order.related,
            batch_id=order.batch_id,
            severity=order.severity,
            points=order.points,
            code=order.code,
            details=order.details,
        )

    async def _at_once(self, session: WriteSession, guild_id: int, order: SanctionOrder) -> Intended:
        """What Discord has no part in: a note, or a warning with what follows from it."""
        case = await self._file.open(session, await self._new(session, guild_id, order))
        if case.dm is DmState.PENDING:
            await self._file.log.write_to_member(session, case)
        await self._file.log.tell(session, case)
        orders = await self._rules(session, case) if case.kind is CaseKind.WARN else ()
        followed = [await self.intend(session, guild_id, one) for one in orders]
        return Intended(case, followed_by=tuple(followed))

    # Done by others -------------------------------------------------------------------------------------

    async def record_outside(self, guild_id: int, act: OutsideAct) -> Case:
        """Write down what somebody did in Discord's own interface, with what it ends or replaces; the case.

        The same entry of the audit log is one case, however often it is told of; and one that bears the marker of a
        case of the bot's own (`OutsideAct.number`) is noted there.
        """
        return await self._database.transact(
            lambda session: self._outside(session, guild_id, act), idempotent=act.audit_log_id is not None
        )

    async def _outside(self, session: WriteSession, guild_id: int, act: OutsideAct) -> Case:
        slot = act.kind.slot
        if slot is None:
            raise ValueError(f"nobody does a {act.kind} in Discord's own interface")
        key = (guild_id, act.target_id, slot)
        await slots.touch(session, key, now=self._clock.now())
        known = await self._known(session, guild_id, act)
        if known is not None:
            return known
        self._database.after_commit(self._sanctions.wake)
        standing = (await rows.standing(session, [key]))[key]
        active = next((case for case in standing if case.state is CaseState.ACTIVE), None)
        case = await self._file.numbered(session, self._from_outside(guild_id, act))
        if active is not None and case.kind.lasts:
            await self._file.supersede(session, active, case)
        elif active is not None and case.kind.lifts is not None:
            await self._file.end(session, active, EndReason.LIFTED, by=act.moderator_id, source=CaseSource.DISCORD)
            case = replace(case, related=active.number)
        await self._file.add(session, case)
        held = Held(case.kind.lasts, act.until if act.kind is CaseKind.TIMEOUT else None)
        await slots.believe(session, key, held, due_at=act.until)
        await self._file.log.tell(session, case)
        return case

    async def _known(self, session: WriteSession, guild_id: int, act: OutsideAct) -> Case | None:
        """The case that an act belongs to, if it was told of before, or was the bot's own."""
        if act.audit_log_id is not None:
            known = await rows.by_audit_log(session, guild_id, act.audit_log_id)
            if known is not None:
                return known
        if act.number is None:
            return None
        mine = await rows.find(session, guild_id, act.number, lock=True)
        if mine is not None and mine.audit_log_id is None and act.audit_log_id is not None:
            return await self._file.change(
                session, mine, by=None, source=CaseSource.DISCORD, audit_log_id=act.audit_log_id
            )
        return mine

    def _from_outside(self, guild_id: int, act: OutsideAct) -> Case:
        now, lasts = self._clock.now(), act.kind.lasts
        return Case(
            guild_id=guild_id,
            number=0,
            kind=act.kind,
            state=state_once_done(act.kind),
            target_id=act.target_id,
            moderator_id=act.moderator_id,
            reason=None if act.reason is None else act.reason[:MAX_REASON],
            source=CaseSource.DISCORD,
            created_at=now,
            expires_at=act.until,
            ended_at=None if lasts else now,
            end_reason=None if lasts else EndReason.DONE,
            audit_log_id=act.audit_log_id,
        )

    # To be looked up ------------------------------------------------------------------------------------

    async def find(self, guild_id: int, number: int) -> Case:
        """One case.

        Raises:
            CaseNotFound: no case of the guild has this number.
        """
        found = await self._database.query(lambda session: rows.find(session, guild_id, number))
        if found is None:
            raise CaseNotFound(f"#{number}")
        return found

    async def changes(self, guild_id: int, number: int) -> Sequence[CaseChange]:
        """Everything that changed about a case, the oldest first."""
        return await self._database.query(lambda session: rows.changes(session, guild_id, number))

    async def of_member(self, guild_id: int, user_id: int, *, limit: int) -> tuple[Sequence[Case], int]:
        """The newest cases about a member, and how many there are in all."""
        return await self._database.query(lambda session: rows.of_member(session, guild_id, user_id, limit=limit))


def _how_long(case: Case) -> Phrase:
    if case.expires_at is None:
        return Phrase("for good")
    return Phrase("and the ban ends {moment}", {"moment": case.expires_at})
