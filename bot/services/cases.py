"""Cases: what moderators decide is written down, with a number, before anything is done about it.

One transaction takes the number, writes the case, promises the letter of those who will be gone, and takes the slot if
nobody is at it. `bot.actions.sanctions` then acts on the claim, and `SanctionsService` writes what came of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.moderation import cases as rows
from bot.db.repositories.moderation import slots
from bot.db.sessions import WriteSession
from bot.domain.cases import MAX_REASON, Case, CaseChange, CaseKind, CaseState, DmState, EndReason, Slot
from bot.domain.features import Feature
from bot.domain.sanctions import Intended, SanctionOrder, state_once_done
from bot.domain.warn_rules import Weighed
from bot.errors import ActUnderWay, AlreadyBanned, CaseChanged, CaseNotFound
from bot.services.case_file import CaseFile
from bot.services.guild_settings import GuildSettingsService
from bot.services.sanctions import SanctionsService
from bot.words import Phrase

_BANS = {CaseKind.BAN, CaseKind.SOFTBAN}


@dataclass(frozen=True)
class Consequence:
    """What becomes of a warning before it has its number. The slot that the order decides is held already."""

    code: str | None
    weighed: Weighed
    order: SanctionOrder | None = None


class Warnings(Protocol):
    """Who is asked, in the transaction of a warning, or of one that is taken back, before a number is given."""

    async def given(self, session: WriteSession, guild_id: int, order: SanctionOrder) -> Consequence:
        """What a warning is called, and what follows from it. Warnings of a guild come one by one from here on."""
        ...

    async def stand(self, session: WriteSession, case: Case) -> Weighed:
        """How it stands with whom a case is about."""
        ...

    async def taken_back(self, session: WriteSession, guild_id: int, order: SanctionOrder) -> None:
        """Void the warning that an order undoes."""
        ...


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
        self._warnings: Warnings | None = None

    def on_warned(self, warnings: Warnings) -> None:
        """Say who is asked, in the transaction of a warning, what follows from it."""
        self._warnings = warnings

    # To be decided --------------------------------------------------------------------------------------

    async def decide(self, guild_id: int, order: SanctionOrder) -> Intended:
        """Write down what is to be done. The caller carries out the claim, if there is one.

        Raises:
            FeatureOff: moderation is switched off.
            AlreadyBanned, ActUnderWay: it holds already, or somebody is doing the same.
            CaseChanged: what it takes the place of, or undoes, does not hold any more.
        """
        await self._settings.require(guild_id, Feature.MODERATION)
        return await self._database.transact(
            lambda session: self.intend(session, guild_id, order), idempotent=order.key is not None
        )

    async def intend(self, session: WriteSession, guild_id: int, order: SanctionOrder) -> Intended:
        """The same inside the caller's transaction, for batches and rules; whether moderation is on is theirs to ask.

        Raises:
            AlreadyBanned, ActUnderWay, CaseChanged: as `decide`.
        """
        slot = order.kind.slot
        if slot is not None:
            await slots.touch(session, (guild_id, order.target_id, slot), now=self._clock.now())
        before = None if order.key is None else await rows.by_key(session, guild_id, order.key)
        if before is not None:
            return await self._repeated(session, before)
        if slot is None:
            return await self._at_once(session, guild_id, order)
        await self._refuse(session, guild_id, order, slot)
        case = await self._file.open(session, await self._new(session, guild_id, order), order.proof)
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
            if order.instead_of is not None or (same and order.kind is not CaseKind.TIMEOUT and not order.replaces):
                raise ActUnderWay(order.target_id, underway.marker)
        if order.undoes is not None and (not standing or standing[-1].number != order.undoes):
            raise CaseChanged(f"#{order.undoes}")
        if underway is not None:
            return
        active = next(iter(standing), None)
        if order.instead_of is not None:
            if active is None or active.number != order.instead_of:
                raise CaseChanged(f"#{order.instead_of}")
        elif active is not None and order.kind in _BANS and not order.replaces:
            raise AlreadyBanned(order.target_id, active.marker, _how_long(active))

    async def _new(self, session: WriteSession, guild_id: int, order: SanctionOrder) -> Case:
        now, at_once, lasts = self._clock.now(), order.kind.slot is None, order.kind.lasts
        tells = at_once or order.kind.removes
        tells = tells and await self._file.log.wants_letter(session, guild_id, order.kind, silent=order.details.silent)
        return Case(
            guild_id=guild_id,
            number=0,
            kind=order.kind,
            state=state_once_done(order.kind) if at_once else CaseState.PLANNED,
            target_id=order.target_id,
            moderator_id=order.moderator_id,
            reason=None if order.reason is None else order.reason[:MAX_REASON],
            source=order.source,
            created_at=now,
            via=order.via,
            key=order.key,
            expires_at=None if order.lasts is None else now + order.lasts,
            ended_at=now if at_once and not lasts else None,
            end_reason=EndReason.DONE if at_once and not lasts else None,
            dm=DmState.PENDING if tells else DmState.NONE,
            related=order.undoes if order.related is None else order.related,
            batch_id=order.batch_id,
            severity=order.severity,
            points=order.points,
            code=order.code,
            details=order.details,
        )

    async def _at_once(self, session: WriteSession, guild_id: int, order: SanctionOrder) -> Intended:
        """What Discord has no part in: a note, a warning with what follows from it, or one that is taken back."""
        made, warnings = None, self._warnings
        if warnings is not None and order.kind is CaseKind.WARN:
            made = await warnings.given(session, guild_id, order)
            order = replace(order, code=made.code)
        elif warnings is not None and order.kind is CaseKind.UNWARN:
            await warnings.taken_back(session, guild_id, order)
        case = await self._file.open(session, await self._new(session, guild_id, order), order.proof)
        if case.dm is DmState.PENDING:
            await self._file.log.write_to_member(session, case)
        await self._file.log.tell(session, case)
        if made is None:
            weighed = await warnings.stand(session, case) if warnings and case.kind is CaseKind.UNWARN else None
            return Intended(case, weighed=weighed)
        follows = () if made.order is None else (replace(made.order, related=case.number),)
        followed = [await self.intend(session, guild_id, one) for one in follows]
        return Intended(case, followed_by=tuple(followed), weighed=made.weighed)

    async def _repeated(self, session: WriteSession, case: Case) -> Intended:
        """What was asked before: how it stands now, with what followed from it."""
        if self._warnings is None or case.kind is not CaseKind.WARN:
            return Intended(case, repeated=True)
        followed = [Intended(one, repeated=True) for one in await rows.following(session, case)]
        weighed = await self._warnings.stand(session, case)
        return Intended(case, repeated=True, followed_by=tuple(followed), weighed=weighed)

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

    async def following(self, case: Case) -> Sequence[Case]:
        """The cases that a rule made of a warning, the oldest first."""
        return await self._database.query(lambda session: rows.following(session, case))


def _how_long(case: Case) -> Phrase:
    if case.expires_at is None:
        return Phrase("for good")
    return Phrase("and the ban ends {moment}", {"moment": case.expires_at})
