"""Sanctions: what was decided is handed out slot by slot, and what came of it is written, in one transaction each.

`CasesService` writes what is to be done, `bot.actions.sanctions` does it, and here is the third beat. Whatever a slot's
deadline is follows from its one active case, in the transaction that changes that case; so nothing old can fire.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.moderation import cases as rows
from bot.db.repositories.moderation import slots
from bot.db.repositories.moderation.slots import Locked, Taken
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.cases import Case, CaseKind, CaseSource, CaseState, DmState, EndReason, Failure, Slot
from bot.domain.guilds import ShardRange
from bot.domain.outside import is_overtaken
from bot.domain.role_grants import fair_share
from bot.domain.sanctions import (
    LONGEST_WITHOUT_PERMISSION,
    Away,
    Carry,
    Claimed,
    Delayed,
    Done,
    Held,
    Outcome,
    Refused,
    Rest,
    Step,
    next_look,
    pause_after,
    state_once_done,
)
from bot.domain.staff_notices import sanction_alert
from bot.ids import IdMaker
from bot.services.case_file import CaseFile
from bot.services.staff_notices import StaffNoticesService

LEASE = timedelta(seconds=60)
"""How long one process may be at a slot. After a crash it is looked at again then."""


def _nobody() -> None:
    """Without a ticker nobody needs to be woken."""


class SanctionsService:
    """Hands slots out to be acted on, and writes what came of it. Give it a `wake` by `on_due`."""

    def __init__(
        self, database: Database, clock: Clock, ids: IdMaker, file: CaseFile, notices: StaffNoticesService
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._file = file
        self._notices = notices
        self._wake: Callable[[], object] = _nobody

    def on_due(self, wake: Callable[[], object]) -> None:
        """Say who is to look for due slots after a commit."""
        self._wake = wake

    def wake(self) -> None:
        """Have whoever acts look now."""
        self._wake()

    def moment(self) -> datetime:
        """Now, by the clock that sanctions end by."""
        return self._clock.now()

    # To be acted on -------------------------------------------------------------------------------------

    async def next_due(self, shards: ShardRange, *, without: Collection[int] = ()) -> datetime | None:
        """When the next slot of these shards is to be looked at, but for those of the guilds `without`."""
        return await self._database.query(lambda session: slots.next_due(session, shards, without=without))

    async def claim(
        self, shards: ShardRange, limit: int, *, each: int, busy: Mapping[int, int] | None = None
    ) -> Sequence[Claimed]:
        """Take up to `limit` slots that are due, each for `LEASE`; of one guild at most `each`, less those `busy`."""
        now, taken = self._clock.now(), busy or {}
        full = [guild_id for guild_id, count in taken.items() if count >= each]

        async def unit(session: WriteSession) -> Sequence[Claimed]:
            due = await slots.lock_due(session, shards, now=now, limit=limit, without=full)
            share = fair_share([(guild_id, place) for place, (guild_id, _, _) in enumerate(due)], taken, each)
            return await self.take(session, [due[place] for _, place in share])

        return await self._database.transact(unit)

    async def claim_one(self, guild_id: int, user_id: int, slot: Slot) -> Claimed | None:
        """Take one slot, due or not; None if somebody is at it, or nobody ever was."""

        async def unit(session: WriteSession) -> Claimed | None:
            return next(iter(await self.take(session, [(guild_id, user_id, slot)])), None)

        return await self._database.transact(unit)

    async def take(self, session: WriteSession, keys: Sequence[rows.Key]) -> Sequence[Claimed]:
        """Take these slots inside the caller's transaction, but for those that somebody is at.

        Of what is to be done to one the newest counts; what is older and was not brought to its end is superseded.
        """
        now, token = self._clock.now(), self._ids.new()
        taken = await slots.claim(session, keys, now=now, lease_until=now + LEASE, token=token)
        standing = await rows.standing(session, [one.key for one in taken])
        return [await self._begun(session, one, standing[one.key], token, now) for one in taken]

    async def _begun(
        self, session: WriteSession, taken: Taken, cases: Sequence[Case], token: int, now: datetime
    ) -> Claimed:
        guild_id, user_id, slot = taken.key
        active = next((case for case in cases if case.state is CaseState.ACTIVE), None)
        *older, newest = [None, *(case for case in cases if case.state.is_open)]
        for one in older:
            if one is not None and newest is not None:
                await self._file.supersede(session, one, newest)
        again = newest is not None and newest.state is CaseState.APPLYING
        if newest is not None and not again:
            newest = await self._file.change(
                session, newest, by=newest.moderator_id, source=newest.source, state=CaseState.APPLYING
            )
        return Claimed(
            guild_id, user_id, slot, token, taken.version, taken.attempts, now, taken.held, active, newest, again=again
        )

    # What came of it ------------------------------------------------------------------------------------

    async def settle(self, claimed: Claimed, step: Step, outcome: Done | Away | Refused) -> Case | None:
        """Write what became of a step, and when the slot is looked at next; the case that it was about, if any.

        Nothing is written when the claim was lost meanwhile. What was decided meanwhile is looked at right after.
        """

        async def unit(session: WriteSession) -> Case | None:
            locked = await slots.lock_claim(session, claimed)
            if locked is None:
                return None if claimed.case is None else await rows.find(session, claimed.guild_id, claimed.case.number)
            standing = await self._standing(session, claimed)
            active = next((case for case in standing if case.state is CaseState.ACTIVE), None)
            if not isinstance(step, Carry):
                case = await self._kept(session, active, claimed, locked, outcome)
                await self._release(session, claimed, locked, step, outcome)
                return case
            mine = next((one for one in standing if one.number == step.case.number), None)
            case = await self._carried(session, mine, active, outcome)
            undone = await self._undone(session, case)
            # Who acted by hand after the bot did decided what Discord holds now, and that is believed already.
            by_hand = undone is not None or (mine is not None and is_overtaken(mine, active))
            case, last = undone or case, Done(locked.held) if by_hand else outcome
            await self._release(session, claimed, locked, step, last)
            return case

        return await self._database.transact(unit, idempotent=True)

    async def _carried(
        self, session: WriteSession, case: Case | None, active: Case | None, outcome: Done | Away | Refused
    ) -> Case | None:
        """What a case becomes that was carried out, or could not be."""
        if case is None or case.state is not CaseState.APPLYING:
            return case  # somebody else brought it to its end meanwhile
        if isinstance(outcome, Refused):
            if outcome.failure is Failure.NOT_BANNED:
                await self._correct(session, case)
            return await self._file.fail(session, case, outcome.failure, outcome.detail)
        if active is None or not is_overtaken(case, active):
            return await self._done(session, case, active)
        if case.kind.lasts:
            return await self._file.supersede(session, case, active)
        return await self._done(session, case, None)

    async def _undone(self, session: WriteSession, case: Case | None) -> Case | None:
        """A case that holds from now on, ended, if somebody lifted by hand what it did before that was written."""
        if case is None or case.slot is None or case.state is not CaseState.ACTIVE or case.audit_log_id is None:
            return None
        key = (case.guild_id, case.target_id, case.slot)
        later = await rows.next_after(session, key, case.audit_log_id)
        if later is None or later.kind.lifts is not case.kind:
            return None
        return await self._file.end(session, case, EndReason.LIFTED, by=later.moderator_id, source=later.source)

    async def _correct(self, session: WriteSession, unban: Case) -> None:
        """There was nothing to lift: who was told of the ban that this one overtook is told that it did not happen."""
        key = (unban.guild_id, unban.target_id, Slot.BAN)
        overtaken = await rows.newest(session, key, (CaseKind.BAN, CaseKind.SOFTBAN))
        if overtaken is not None and overtaken.superseded_by == unban.number:
            await self._file.log.take_back_letter(session, overtaken)

    async def _kept(
        self, session: WriteSession, active: Case | None, claimed: Claimed, locked: Locked, outcome: Outcome
    ) -> Case | None:
        """What the active case of a slot becomes, of which no other was carried out."""
        if active is not None and isinstance(outcome, Refused):
            if locked.failed_since is None:
                await self._notices.alert(session, claimed.guild_id, sanction_alert(active, outcome.failure))
            return active
        if active is None or not active.is_over(claimed.claimed_at):
            return active
        return await self._file.end(session, active, EndReason.EXPIRED, by=None, source=active.source)

    async def _standing(self, session: WriteSession, claimed: Claimed) -> Sequence[Case]:
        key = (claimed.guild_id, claimed.user_id, claimed.slot)
        return (await rows.standing(session, [key]))[key]

    async def _done(self, session: WriteSession, case: Case, active: Case | None) -> Case:
        """A case was carried out: it takes the place of what held before, or ends it."""
        related = case.related
        if active is not None and case.kind.lasts:
            await self._file.supersede(session, active, case)
        elif case.kind.lifts is not None:
            await self._lifted(session, case, active)
            related = active.number if related is None and active is not None else related
        values: dict[str, Any] = {"state": state_once_done(case.kind), "related": related}
        if not case.kind.lasts:
            values |= {"ended_at": self._clock.now(), "end_reason": EndReason.DONE}
        log, silent = self._file.log, case.details.silent
        tells = not case.kind.removes and await log.wants_letter(session, case.guild_id, case.kind, silent=silent)
        if tells:
            values["dm"] = DmState.PENDING
        done = await self._file.change(session, case, by=case.moderator_id, source=case.source, **values)
        if tells:
            await log.write_to_member(session, done)
        await log.tell(session, done)
        return done

    async def _lifted(self, session: WriteSession, case: Case, active: Case | None) -> None:
        """What held is over: ended, or void if it was lifted since it was never right."""
        by, source = case.moderator_id, case.source
        if case.details.voids and case.related is not None:
            wrong = await rows.find(session, case.guild_id, case.related, lock=True)
            if wrong is not None and wrong.state is not CaseState.VOID:
                await self._file.void(session, wrong, by=by, source=source)
            active = None if active is not None and active.number == case.related else active
        if active is not None:
            await self._file.end(session, active, EndReason.LIFTED, by=by, source=source)

    async def _release(
        self, session: WriteSession, claimed: Claimed, locked: Locked, step: Step, outcome: Done | Away | Refused
    ) -> None:
        """Give the slot back, with what Discord holds now."""
        now = self._clock.now()
        standing = await self._standing(session, claimed)
        active = next((case for case in standing if case.state is CaseState.ACTIVE), None)
        held = _held_after(locked.held, outcome)
        failed_since: datetime | None = None
        if locked.version != claimed.version or any(case.state.is_open for case in standing):
            due_at: datetime | None = now
        elif isinstance(outcome, Refused) and not isinstance(step, Carry | Rest):
            failed_since = locked.failed_since or now
            due_at = now + pause_after(claimed.attempts, LONGEST_WITHOUT_PERMISSION)
        else:
            due_at = next_look(active, held, now)
        if due_at is not None:
            self._database.after_commit(self._wake)
        await slots.release(session, claimed, held, due_at=due_at, failed_since=failed_since)

    async def postpone(self, claimed: Claimed, delayed: Delayed) -> None:
        """Give a claim back, to be tried again later; its case stays as far as it is."""
        pause = pause_after(claimed.attempts) if delayed.after is None else max(delayed.after, timedelta(seconds=1))
        due_at = self._clock.now() + pause

        async def unit(session: WriteSession) -> None:
            self._database.after_commit(self._wake)
            await slots.postpone(session, claimed, due_at=due_at)

        await self._database.transact(unit, idempotent=True)

    # For those who watch --------------------------------------------------------------------------------

    async def came_back(self, guild_id: int, user_id: int) -> bool:
        """A member joined: have what waited for them done now; whether there is any."""
        now = self._clock.now()

        async def unit(session: WriteSession) -> bool:
            waits = await slots.came_back(session, guild_id, user_id, now=now)
            if waits:
                self._database.after_commit(self._wake)
            return waits

        if not await self._database.query(lambda session: slots.waits(session, guild_id, user_id)):
            return False  # most who join keep no writer waiting
        return await self._database.transact(unit, idempotent=True)

    async def vanished(self, guild_id: int, user_id: int, slot: Slot, number: int | None = None) -> Case | None:
        """Discord does not show what a case says: end it, for somebody lifted it and nobody knows who; the case.

        With `number` nothing is done if another case holds by now: what Discord did not show was not that one. What is
        still to be done is done all the same.
        """
        key, now = (guild_id, user_id, slot), self._clock.now()

        async def unit(session: WriteSession) -> Case | None:
            await slots.lock(session, key)
            found = (await rows.standing(session, [key]))[key]
            active = next((case for case in found if case.state is CaseState.ACTIVE), None)
            if number is not None and (active is None or active.number != number):
                return None
            await slots.touch(session, key, now=now)
            is_open = any(case.state.is_open for case in found)
            await slots.believe(session, key, Held(), due_at=now if is_open else None)
            if is_open:
                self._database.after_commit(self._wake)
            if active is None:
                return None
            return await self._file.end(session, active, EndReason.OUTSIDE, by=None, source=CaseSource.DISCORD)

        return await self._database.transact(unit, idempotent=True)

    async def standing(self, guild_id: int, user_id: int, slot: Slot) -> tuple[Case | None, Case | None]:
        """What holds of a member in one respect, and what is to be done about it, if anything."""

        async def unit(session: ReadSession) -> tuple[Case | None, Case | None]:
            found = (await rows.standing(session, [(guild_id, user_id, slot)]))[guild_id, user_id, slot]
            active = next((case for case in found if case.state is CaseState.ACTIVE), None)
            newest = next((case for case in reversed(found) if case.state.is_open), None)
            return active, newest

        return await self._database.query(unit)


def _held_after(held: Held, outcome: Outcome) -> Held:
    """What Discord is believed to hold after a step."""
    if isinstance(outcome, Done):
        return outcome.held
    return replace(held, away=True) if isinstance(outcome, Away) else held
