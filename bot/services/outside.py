"""What others do by hand, in Discord's own interface or by another bot, is written into the file.

One transaction writes the case and ends or replaces what stood. What the bot did itself is only noted at its case, and
the same entry of Discord's audit log is one case, whichever of event, outcome and reading afterwards comes first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.moderation import cases as rows
from bot.db.repositories.moderation import slots
from bot.db.sessions import WriteSession
from bot.domain.cases import MAX_REASON, Case, CaseKind, CaseSource, CaseState, EndReason, Slot
from bot.domain.features import Feature, FeatureSettings
from bot.domain.outside import is_entry_of, is_same_end, is_unattributed
from bot.domain.sanctions import Held, OutsideAct, next_look, state_once_done
from bot.services.case_file import CaseFile
from bot.services.guild_settings import GuildSettingsService
from bot.services.sanctions import SanctionsService


class OutsideService:
    """Writes down what was done by hand."""

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

    async def record(self, guild_id: int, act: OutsideAct) -> Case | None:
        """Write down what was done, with what it ends or replaces; the case that it belongs to.

        None if it belongs to no case: moderation is switched off and nothing stands that it could end or replace, or
        the bot did it without one. The same entry of the audit log is one case, however often it is told of; and one
        that says who it was completes a case that was made without knowing.
        """
        return await self._database.transact(
            lambda session: self.within(session, guild_id, act), idempotent=act.audit_log_id is not None
        )

    async def within(self, session: WriteSession, guild_id: int, act: OutsideAct) -> Case | None:
        """The same inside the caller's transaction."""
        slot = act.kind.slot
        if slot is None:
            raise ValueError(f"nobody does a {act.kind} in Discord's own interface")
        key = (guild_id, act.target_id, slot)
        known = await self._known(session, guild_id, act)
        if known is not None:
            return known
        mine = await self._noted(session, key, act) if act.mine else None
        if mine is not None or (act.mine and act.number is None):
            return mine
        if not await self._concerns(session, key):
            return None
        held = await slots.touch(session, key, now=self._clock.now())
        known = await self._known(session, guild_id, act)  # by somebody who held the slot until now
        if known is None:
            self._database.after_commit(self._sanctions.wake)
            known, held = await self._written(session, key, act, held)
        await self.rest(session, key, held)
        return known

    async def rest(self, session: WriteSession, key: rows.Key, held: Held) -> None:
        """Believe what Discord holds, and have the slot looked at when its cases ask for it."""
        now, standing = self._clock.now(), (await rows.standing(session, [key]))[key]
        active = next((case for case in standing if case.state is CaseState.ACTIVE), None)
        is_open = any(case.state.is_open for case in standing)
        await slots.believe(session, key, held, due_at=now if is_open else next_look(active, held, now))

    async def _known(self, session: WriteSession, guild_id: int, act: OutsideAct) -> Case | None:
        return None if act.audit_log_id is None else await rows.by_audit_log(session, guild_id, act.audit_log_id)

    async def _noted(self, session: WriteSession, key: rows.Key, act: OutsideAct) -> Case | None:
        """The case of the bot's own that an entry is about, with the entry noted at it; None if there is none."""
        await slots.lock(session, key)
        guild_id, user_id, _ = key
        known = await self._known(session, guild_id, act)
        if known is not None:
            return known
        kinds = [kind for kind in CaseKind if is_entry_of(kind, act.kind)]
        if act.number is None:
            case = await rows.newest(session, key, kinds)
        elif act.last is not None and act.last != act.number:
            case = await rows.newest(session, key, kinds, within=(act.number, act.last))
        else:
            case = await rows.find(session, guild_id, act.number, lock=True)
        if case is None or case.target_id != user_id:
            return None
        if case.audit_log_id is not None or not is_entry_of(case.kind, act.kind):
            return case  # a ban that ended, or a timeout that was written anew
        source = CaseSource.DISCORD
        return await self._file.change(session, case, by=None, source=source, audit_log_id=act.audit_log_id)

    async def _concerns(self, session: WriteSession, key: rows.Key) -> bool:
        """Whether what is done to a slot is anything to the file."""
        if (await self._settings.within(session, key[0], FeatureSettings)).has(Feature.MODERATION):
            return True
        return bool((await rows.standing(session, [key]))[key])

    async def _written(self, session: WriteSession, key: rows.Key, act: OutsideAct, held: Held) -> tuple[Case, Held]:
        """The case of an act that nobody knew of, and what Discord holds since."""
        later = None if act.audit_log_id is None else await rows.next_after(session, key, act.audit_log_id)
        nameless = await self._nameless(session, key, act, later)
        if nameless is not None:
            return await self._attribute(session, nameless, act), held
        if later is not None:
            return await self._belated(session, act, later), held
        return await self._taking_effect(session, key, act)

    async def _nameless(self, session: WriteSession, key: rows.Key, act: OutsideAct, later: Case | None) -> Case | None:
        """The case that was made of this act without knowing who it was, if there is one."""
        found = None if act.audit_log_id is None else await rows.newest(session, key, [act.kind])
        if found is None or not is_unattributed(found) or not is_same_end(found.expires_at, act.until):
            return None
        if found.state is CaseState.ACTIVE or later is not None:
            return found
        newest = await rows.newest(session, key)
        return found if newest == found and not found.kind.lasts else None

    async def _attribute(self, session: WriteSession, case: Case, act: OutsideAct) -> Case:
        values: dict[str, Any] = {"moderator_id": act.moderator_id, "audit_log_id": act.audit_log_id}
        if act.reason is not None:
            values["reason"] = act.reason[:MAX_REASON]
        after = await self._file.change(session, case, by=None, source=CaseSource.DISCORD, **values)
        await self._file.log.tell(session, after)
        return after

    async def _belated(self, session: WriteSession, act: OutsideAct, later: Case) -> Case:
        """Something that was changed again since: it goes into the file as what is over."""
        case = self._case(later.guild_id, act)
        if case.kind.lasts:
            over: dict[str, Any] = {"ended_at": max(later.created_at, case.created_at), "ended_by": later.moderator_id}
            if later.kind.lifts is None:
                over |= {"state": CaseState.SUPERSEDED, "end_reason": EndReason.REPLACED, "superseded_by": later.number}
            else:
                over |= {"state": CaseState.ENDED, "end_reason": EndReason.LIFTED}
            case = replace(case, **over)
        opened = await self._file.open(session, case)
        await self._file.log.tell(session, opened)
        return opened

    async def _taking_effect(self, session: WriteSession, key: rows.Key, act: OutsideAct) -> tuple[Case, Held]:
        """What holds from now on, with the end of what stood."""
        standing = (await rows.standing(session, [key]))[key]
        active = next((case for case in standing if case.state is CaseState.ACTIVE), None)
        lifted = active if active is not None else await self._vanished(session, key, act.kind)
        case = await self._file.numbered(session, self._case(key[0], act))
        if active is not None and case.kind.lasts:
            await self._file.supersede(session, active, case)
        elif active is not None and case.kind.lifts is not None:
            await self._file.end(session, active, EndReason.LIFTED, by=act.moderator_id, source=CaseSource.DISCORD)
        if lifted is not None and case.kind.lifts is not None:
            case = replace(case, related=lifted.number)
        await self._file.add(session, case)
        await self._file.log.tell(session, case)
        if case.state is not CaseState.ACTIVE:
            return case, Held()
        return case, Held(holds=True, until=act.until if key[2] is Slot.TIMEOUT else None)

    async def _vanished(self, session: WriteSession, key: rows.Key, kind: CaseKind) -> Case | None:
        """What was found lifted before anybody knew by whom, if this is who it was."""
        found = None if kind.lifts is None else await rows.newest(session, key)
        return found if found is not None and found.end_reason is EndReason.OUTSIDE else None

    def _case(self, guild_id: int, act: OutsideAct) -> Case:
        now = self._clock.now()
        at = now if act.at is None else min(act.at, now)
        case = Case(
            guild_id=guild_id,
            number=0,
            kind=act.kind,
            state=state_once_done(act.kind),
            target_id=act.target_id,
            moderator_id=None if act.mine else act.moderator_id,
            reason=None if act.reason is None else act.reason[:MAX_REASON],
            source=CaseSource.DISCORD,
            created_at=at,
            expires_at=act.until,
            audit_log_id=act.audit_log_id,
        )
        if not act.kind.lasts:
            return replace(case, ended_at=at, end_reason=EndReason.DONE)
        if act.until is not None and act.until <= now:
            return replace(case, state=CaseState.ENDED, ended_at=act.until, end_reason=EndReason.EXPIRED)
        return case
