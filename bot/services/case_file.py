"""The one way in which cases are written: with their number, with every change on record, and told in the log.

Others that change cases (edits, voids, appeals) do it by `change`, inside a transaction of their own that holds the
slot of the case first, if it has one (`hold`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.clock import Clock
from bot.db.repositories.moderation import bulk, slots
from bot.db.repositories.moderation import cases as rows
from bot.db.repositories.moderation import proof as files
from bot.db.sessions import WriteSession
from bot.domain.cases import (
    COUNTER,
    MAX_DETAIL,
    Case,
    CaseChange,
    CaseSource,
    CaseState,
    EndReason,
    Failure,
    may_become,
    written,
)
from bot.domain.proof import KeptFile, Proof
from bot.domain.sanctions import state_once_done
from bot.errors import CaseChanged
from bot.services.case_log import CaseLog

RECORDED = ("state", "reason", "expires_at", "severity", "points", "code", "moderator_id")
"""Fields whose changes are kept. What follows from these, such as when a case ended, stands in the case alone."""


class CaseFile:
    """Writes cases, inside the transactions of use cases."""

    def __init__(self, clock: Clock, log: CaseLog) -> None:
        self._clock = clock
        self.log = log

    async def hold(self, session: WriteSession, case: Case) -> None:
        """Lock what the case decides, and have it looked at once this is committed. Call it before the case is read."""
        if case.slot is not None:
            await slots.touch(session, (case.guild_id, case.target_id, case.slot), now=self._clock.now())

    async def numbered(self, session: WriteSession, case: Case) -> Case:
        """A new case with the next number of its guild. It has to be written by `add` in the same transaction.

        Whoever else takes a number in the guild waits for this transaction, so take it last among what takes long.
        """
        return replace(case, number=await rows.next_number(session, case.guild_id, COUNTER), version=1)

    async def add(self, session: WriteSession, case: Case) -> None:
        """Write a new case, with its state as the first change on record."""
        await rows.add(session, case)
        await rows.add_changes(session, case.guild_id, [_first_change(case)])

    async def open(self, session: WriteSession, case: Case, proof: Sequence[KeptFile] = ()) -> Case:
        """Number a new case and write it, with the files that prove it; the case with its number."""
        opened = replace(await self.numbered(session, case), version=1 + len(proof))
        await self.add(session, opened)
        by, now = case.moderator_id, case.created_at
        for seq, one in enumerate(proof, 1):
            found = Proof(opened.number, seq, one.digest, one.name, one.content_type, one.size, by, now)
            await files.add(session, case.guild_id, found)
        changes = [
            CaseChange(opened.number, seq, "proof", None, one.name, by, now, case.source)
            for seq, one in enumerate(proof, 2)
        ]
        if changes:
            await rows.add_changes(session, case.guild_id, changes)
        return opened

    async def open_all(self, session: WriteSession, cases: Sequence[Case]) -> Sequence[Case]:
        """Number new cases of one guild one after the other and write them; they with their numbers."""
        if not cases:
            return []
        last = await rows.next_number(session, cases[0].guild_id, COUNTER, len(cases))
        numbers = range(last - len(cases) + 1, last + 1)
        opened = [replace(case, number=number, version=1) for number, case in zip(numbers, cases, strict=True)]
        await rows.add(session, *opened)
        changes = [_first_change(case) for case in opened]
        await rows.add_changes(session, cases[0].guild_id, changes)
        return opened

    async def done_all(self, session: WriteSession, cases: Sequence[Case]) -> set[int]:
        """Cases of one guild and kind were carried out; the numbers of those that were being done until now.

        The caller holds their slots, in which nothing else stands. Neither log nor members are told.
        """
        if not cases:
            return set()
        by_number, state = {case.number: case for case in cases}, state_once_done(cases[0].kind)
        versions = await bulk.begun(session, cases[0].guild_id, by_number, state)
        now = self._clock.now()
        changes = [
            CaseChange(number, version, "state", CaseState.APPLYING, state, case.moderator_id, now, case.source)
            for number, version in versions.items()
            for case in (by_number[number],)
        ]
        await rows.add_changes(session, cases[0].guild_id, changes)
        return set(versions)

    async def change(
        self, session: WriteSession, case: Case, *, by: int | None, source: CaseSource, **values: Any
    ) -> Case:
        """Change fields of a case as it was read, with the old values on record; the case as it is then.

        Raises:
            CaseChanged: somebody else changed it since.
            ValueError: no case goes from its state to that one.
        """
        state = values.get("state", case.state)
        if state is not case.state and not may_become(case.state, state):
            raise ValueError(f"a case that is {case.state} can't become {state}")
        told = [name for name in RECORDED if name in values and values[name] != getattr(case, name)]
        after = replace(case, **values, version=case.version + len(told))
        if not await rows.write(session, case, values, version=after.version):
            raise CaseChanged(case.marker)
        now = self._clock.now()
        changes = [
            CaseChange(case.number, case.version + place, name, *_from_to(case, after, name), by, now, source)
            for place, name in enumerate(told, 1)
        ]
        await rows.add_changes(session, case.guild_id, changes)
        return after

    async def end(
        self, session: WriteSession, case: Case, why: EndReason, *, by: int | None, source: CaseSource
    ) -> Case:
        """A case holds no longer. The log shows it."""
        ended: dict[str, Any] = {"ended_at": self._clock.now(), "ended_by": by, "end_reason": why}
        after = await self.change(session, case, by=by, source=source, state=CaseState.ENDED, **ended)
        await self.log.tell(session, after)
        return after

    async def void(self, session: WriteSession, case: Case, *, by: int | None, source: CaseSource) -> Case:
        """A case was never right. The log shows it. Of a ban or a timeout this says too that it holds no longer."""
        values: dict[str, Any] = {}
        if case.state is CaseState.ACTIVE and case.slot is not None:
            values = {"ended_at": self._clock.now(), "ended_by": by, "end_reason": EndReason.LIFTED}
        after = await self.change(session, case, by=by, source=source, state=CaseState.VOID, **values)
        await self.log.tell(session, after)
        return after

    async def record(
        self, session: WriteSession, case: Case, *, by: int | None, **changed: tuple[str | None, str | None]
    ) -> Case:
        """Put on record what changed about a case beside its fields: what it was and is, by what changed.

        Raises:
            CaseChanged: somebody else changed the case since it was read.
        """
        after = replace(case, version=case.version + len(changed))
        if not await rows.write(session, case, {}, version=after.version):
            raise CaseChanged(case.marker)
        now = self._clock.now()
        changes = [
            CaseChange(case.number, case.version + place, name, before, new, by, now, CaseSource.COMMAND)
            for place, (name, (before, new)) in enumerate(changed.items(), 1)
        ]
        await rows.add_changes(session, case.guild_id, changes)
        return after

    async def supersede(self, session: WriteSession, case: Case, newer: Case) -> Case:
        """A newer case takes the place of this one. The log shows it if it ever showed the case."""
        ended: dict[str, Any] = {"ended_at": self._clock.now(), "ended_by": newer.moderator_id}
        ended |= {"end_reason": EndReason.REPLACED, "superseded_by": newer.number}
        if case.state.is_open:
            ended["dm"] = await self.log.withhold_letter(session, case)
        after = await self.change(
            session, case, by=newer.moderator_id, source=newer.source, state=CaseState.SUPERSEDED, **ended
        )
        await self.log.tell(session, after)
        return after

    async def fail(self, session: WriteSession, case: Case, failure: Failure, detail: str) -> Case:
        """What a case decided could not be done. Who was told of it is told that it did not happen."""
        dm = await self.log.take_back_letter(session, case)
        values: dict[str, Any] = {"failure": failure, "failure_detail": detail[:MAX_DETAIL], "dm": dm}
        after = await self.change(session, case, by=None, source=case.source, state=CaseState.FAILED, **values)
        await self.log.tell(session, after)
        return after


def _first_change(case: Case) -> CaseChange:
    return CaseChange(case.number, 1, "state", None, case.state, case.moderator_id, case.created_at, case.source)


def _from_to(before: Case, after: Case, name: str) -> tuple[str | None, str | None]:
    return written(getattr(before, name)), written(getattr(after, name))
