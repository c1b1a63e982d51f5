"""Role grants: written in the transaction that causes them, and carried out after it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import role_grants as rows
from bot.db.sessions import WriteSession
from bot.domain.audit import MEMBER, AuditRecord, AuditSource
from bot.domain.grant_sources import HAND, is_by_hand
from bot.domain.guilds import ShardRange
from bot.domain.role_grants import (
    MAX_REASON,
    MAX_SOURCE,
    Claimed,
    Delayed,
    Grant,
    GrantList,
    GrantState,
    MemberFacts,
    Plan,
    fair_share,
    next_look,
    pause_after,
)
from bot.domain.staff_notices import TO_MEND, role_alert
from bot.errors import RoleNotGranted
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.staff_notices import StaffNoticesService

LEASE = timedelta(seconds=60)
"""How long one process may be at a member's roles. After a crash they are looked at again then."""

KEPT_FOR = timedelta(days=30)
"""How long a grant that ended is remembered."""

SHOWN = 20
"""Grants on a list."""

_PRUNED_AT_ONCE = 500

GIVEN, ENDED = "role.give", "role.end"  # as the audit log has it


@dataclass(frozen=True)
class Ordered:
    """What staff ordered, written down: the grant, and the claim to carry it out. Without one another is at it."""

    grant: Grant
    claimed: Claimed | None
    others: tuple[str, ...] = ()
    """Other sources that grant the member the same role."""


def _told(grant: Grant | None) -> Mapping[str, str | None] | None:
    """A grant as the audit log has it."""
    if grant is None:
        return None
    return {"role": str(grant.role_id), "until": None if grant.until is None else grant.until.isoformat()}


def _nobody() -> None:
    """Without a ticker nobody needs to be woken."""


class RoleGrantsService:
    """Takes grants inside the transactions of use cases, and hands them out to be carried out, member by member.

    Give it a `wake` by `on_due`, and it is called after each commit that leaves something to do.
    """

    def __init__(
        self, database: Database, clock: Clock, ids: IdMaker, audit: AuditService, notices: StaffNoticesService
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._notices = notices
        self._wake: Callable[[], object] = _nobody

    def on_due(self, wake: Callable[[], object]) -> None:
        """Say who is to look for due members after a commit."""
        self._wake = wake

    # For features ---------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Have whoever carries them out look now."""
        self._wake()

    async def want(
        self,
        session: WriteSession,
        guild_id: int,
        user_id: int,
        role_id: int,
        *,
        source: str,
        until: datetime | None = None,
        by: int | None = None,
        reason: str | None = None,
        again: bool = False,
    ) -> Grant:
        """Say, inside the caller's transaction, that a member should have a role from a source, until some time.

        A source grants a role once: another call changes the time. The same call again changes nothing, so a role that
        was taken off by hand stays off, unless `again` says that it is to be given anew.

        Raises:
            ValueError: the source has no name, or a longer one than the database takes.
            RuntimeError: `session` is not the transaction this task is in.
        """
        if not 0 < len(source) <= MAX_SOURCE:
            raise ValueError(f"a source of {len(source)} characters")
        now = self._clock.now()
        self._database.after_commit(self._wake)
        await rows.touch(session, guild_id, user_id, now=now)
        old = await rows.find(session, guild_id, user_id, role_id, source)
        kept = None if reason is None else reason[:MAX_REASON]
        wanted = Grant(user_id, role_id, source, GrantState.WANTED, until, by, kept)
        if old is not None:
            stays = not again and not old.is_over(now) and (old.state is GrantState.HELD or old.until == until)
            wanted = replace(
                old if stays else wanted,
                until=until,
                granted_by=by,
                reason=kept,
                applied=old.applied,
                membership=old.membership,
            )
        await rows.put(session, guild_id, [wanted], now=now)
        return wanted

    async def end(self, session: WriteSession, guild_id: int, user_id: int, role_id: int, *, source: str) -> bool:
        """Say, inside the caller's transaction, that a source no longer grants a role; False if it did not.

        The role stays while another source grants it, or if it was never ours.
        """
        now = self._clock.now()
        self._database.after_commit(self._wake)
        await rows.touch(session, guild_id, user_id, now=now)
        old = await rows.find(session, guild_id, user_id, role_id, source)
        if old is None or old.is_over(now):
            return False
        await rows.put(session, guild_id, [replace(old, state=GrantState.ENDING)], now=now)
        return True

    # For staff ------------------------------------------------------------------------------------------

    async def give(
        self,
        guild_id: int,
        user_id: int,
        role_id: int,
        *,
        by: int,
        lasts: timedelta | None,
        reason: str | None,
        via: AuditSource = AuditSource.COMMAND,
    ) -> Ordered:
        """Grant a role by hand, also one that was taken off by hand before. The caller carries out the claim."""
        until = None if lasts is None else self._clock.now() + lasts

        async def unit(session: WriteSession) -> Ordered:
            old = await rows.find(session, guild_id, user_id, role_id, HAND)
            grant = await self.want(
                session, guild_id, user_id, role_id, source=HAND, until=until, by=by, reason=reason, again=True
            )
            before = None if old is None or old.is_over(self._clock.now()) else old
            record = AuditRecord(GIVEN, by, via, MEMBER, str(user_id), _told(before), _told(grant), reason)
            await self._audit.record(session, guild_id, record)
            return await self._ordered(session, guild_id, grant)

        return await self._database.transact(unit)

    async def take(
        self, guild_id: int, user_id: int, role_id: int, *, by: int, via: AuditSource = AuditSource.COMMAND
    ) -> Ordered:
        """End a grant by hand. The caller carries out the claim.

        Raises:
            RoleNotGranted: staff did not grant it.
        """

        async def unit(session: WriteSession) -> Ordered:
            ended = await self._end_by_hand(session, guild_id, user_id, role_id, source=None)
            if not ended:
                raise RoleNotGranted(user_id, f"<@&{role_id}>")
            record = AuditRecord(ENDED, by, via, MEMBER, str(user_id), before=_told(ended[0]))
            await self._audit.record(session, guild_id, record)
            return await self._ordered(session, guild_id, ended[0])

        return await self._database.transact(unit)

    async def _end_by_hand(
        self, session: WriteSession, guild_id: int, user_id: int, role_id: int, *, source: str | None
    ) -> list[Grant]:
        """End what staff granted a member of a role, or one source of that; the grants that were not over before."""
        now = self._clock.now()
        self._database.after_commit(self._wake)
        await rows.touch(session, guild_id, user_id, now=now)
        theirs = (await rows.of_members(session, guild_id, [user_id])).get(user_id, ())
        ended = [
            replace(one, state=GrantState.ENDING)
            for one in theirs
            if one.role_id == role_id
            and not one.is_over(now)
            and (is_by_hand(one.source) if source is None else one.source == source)
        ]
        await rows.put(session, guild_id, ended, now=now)
        return ended

    # For staff, many at once: the batch is on record, and each order bears to be repeated -----------------

    async def give_as_one_of_many(
        self, guild_id: int, user_id: int, role_id: int, *, source: str, until: datetime | None, by: int,
        reason: str | None,
    ) -> Ordered:  # fmt: skip
        """Grant a role by hand from a source of its own, once. The caller carries out the claim.

        The same call again changes nothing, also if the grant was ended meanwhile; then it is told as it stands.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> Ordered:
            await rows.touch(session, guild_id, user_id, now=now)
            grant = await rows.find(session, guild_id, user_id, role_id, source)
            if grant is None:
                grant = await self.want(
                    session, guild_id, user_id, role_id, source=source, until=until, by=by, reason=reason
                )
            return await self._ordered(session, guild_id, grant)

        return await self._database.transact(unit, idempotent=True)

    async def take_as_one_of_many(self, guild_id: int, user_id: int, role_id: int, *, source: str | None) -> Ordered:
        """End what staff granted, or one source of that, if there is any. The caller carries out the claim."""

        async def unit(session: WriteSession) -> Ordered:
            ended = await self._end_by_hand(session, guild_id, user_id, role_id, source=source)
            gone = Grant(user_id, role_id, source or HAND, GrantState.ENDED)
            return await self._ordered(session, guild_id, ended[0] if ended else gone)

        return await self._database.transact(unit, idempotent=True)

    async def of_role(self, guild_id: int, role_id: int) -> Mapping[int, tuple[Grant, ...]]:
        """The grants of a role that are not ended, by member."""
        return await self._database.query(lambda session: rows.of_role(session, guild_id, role_id))

    async def _ordered(self, session: WriteSession, guild_id: int, grant: Grant) -> Ordered:
        now = self._clock.now()
        claimed = await rows.claim_one(
            session, guild_id, grant.user_id, now=now, lease_until=now + LEASE, token=self._ids.new()
        )
        theirs = (await rows.of_members(session, guild_id, [grant.user_id])).get(grant.user_id, ())
        others = [
            one.source
            for one in theirs
            if one.role_id == grant.role_id and one.source != grant.source and not one.is_over(now)
        ]
        return Ordered(grant, claimed, tuple(others))

    async def list_(self, guild_id: int, user_id: int | None = None, *, limit: int = SHOWN) -> GrantList:
        """The grants of a guild, or of one member there, that are not over."""
        found, total = await self._database.query(lambda session: rows.shown(session, guild_id, user_id, limit=limit))
        return GrantList(tuple(found), total)

    # For those who carry them out -----------------------------------------------------------------------

    def moment(self) -> datetime:
        """Now, by the clock that grants end by."""
        return self._clock.now()

    async def next_due(self, shards: ShardRange, *, without: Collection[int] = ()) -> datetime | None:
        """When the next member of these shards is to be looked at, but for those of the guilds `without`."""
        return await self._database.query(lambda session: rows.next_due(session, shards, without=without))

    async def claim(
        self, shards: ShardRange, limit: int, *, each: int | None = None, busy: Mapping[int, int] | None = None
    ) -> Sequence[Claimed]:
        """Take up to `limit` members that are due, each for `LEASE`; of one guild at most `each`, less those `busy`."""
        now, token, taken = self._clock.now(), self._ids.new(), busy or {}
        full = [guild_id for guild_id, count in taken.items() if each is not None and count >= each]

        async def unit(session: WriteSession) -> list[Claimed]:
            due = await rows.lock_due(session, shards, now=now, limit=limit, without=full)
            mine = due if each is None else fair_share(due, taken, each)
            return await rows.claim_locked(session, mine, now=now, lease_until=now + LEASE, token=token)

        return await self._database.transact(unit)

    async def confirm(self, claimed: Claimed, add: Collection[int]) -> bool:
        """Right before a member's roles are changed: note those to be given as ours.

        False when the claim was lost, or the grants changed since it was made; then nothing may be done. The member is
        looked at again.
        """
        now = self._clock.now()

        async def unit(session: WriteSession) -> bool:
            version = await rows.lock_claim(session, claimed)
            if version != claimed.version:
                self._database.after_commit(self._wake)
                await rows.release(session, claimed, due_at=now, failed=False)
                return False
            if add:
                await rows.mark_ours(session, claimed, add)
            return True

        return await self._database.transact(unit, idempotent=True)

    async def settle(self, claimed: Claimed, plan: Plan, member: MemberFacts | None) -> bool:
        """Write how the grants stand now that a plan is carried out; False when the claim was lost meanwhile.

        Of grants that changed meanwhile only what was done is noted, and the member is looked at again. Staff is
        promised an alert about what only they can mend.
        """
        now = self._clock.now()
        membership = None if member is None else member.joined_at

        async def unit(session: WriteSession) -> bool:
            version = await rows.lock_claim(session, claimed)
            if version is None:
                return False
            if version == claimed.version:
                await rows.put(session, claimed.guild_id, plan.after, now=now)
                due_at = next_look(plan.after, claimed.claimed_at)
                await self._alert(session, claimed.guild_id, plan)
            else:
                await rows.write_facts(session, claimed, added=plan.add, removed=plan.remove, membership=membership)
                due_at = now
            self._database.after_commit(self._wake)
            await rows.release(session, claimed, due_at=due_at, failed=False)
            return True

        return await self._database.transact(unit, idempotent=True)

    async def _alert(self, session: WriteSession, guild_id: int, plan: Plan) -> None:
        troubled = {(one.role_id, one.problem) for one in plan.after if one.problem is not None}
        for role_id, problem in sorted(troubled):
            if problem in TO_MEND:
                await self._notices.alert(session, guild_id, role_alert(role_id, problem))

    async def postpone(self, claimed: Claimed, delayed: Delayed) -> None:
        """Give a claim back, to be tried again later."""
        pause = pause_after(claimed.attempts) if delayed.after is None else max(delayed.after, timedelta(seconds=1))
        due_at = self._clock.now() + pause

        async def unit(session: WriteSession) -> None:
            self._database.after_commit(self._wake)
            await rows.release(session, claimed, due_at=due_at, failed=True)

        await self._database.transact(unit, idempotent=True)

    # For those who watch --------------------------------------------------------------------------------

    async def of_members(self, guild_id: int, user_ids: Collection[int]) -> Mapping[int, tuple[Grant, ...]]:
        """The grants of these members that are not over."""
        return await self._database.query(lambda session: rows.of_members(session, guild_id, user_ids))

    async def of_member(self, guild_id: int, user_id: int) -> tuple[tuple[Grant, ...], bool]:
        """The grants of a member that are not over, and whether somebody is carrying them out just now."""
        now = self._clock.now()
        return await self._database.query(lambda session: rows.of_member(session, guild_id, user_id, now=now))

    async def look(self, guild_id: int, user_ids: Collection[int]) -> None:
        """Have the roles of these members looked at now."""
        now = self._clock.now()

        async def unit(session: WriteSession) -> None:
            self._database.after_commit(self._wake)
            await rows.look(session, guild_id, user_ids, now=now)

        if user_ids:
            await self._database.transact(unit, idempotent=True)

    async def guilds(self, shards: ShardRange) -> list[int]:
        """The guilds of these shards in which anybody has a grant."""
        return await self._database.query(lambda session: rows.guilds_with_grants(session, shards))

    async def members(self, guild_id: int, *, after: int, limit: int) -> list[int]:
        """Up to `limit` members of a guild with grants, in the order of their ids, beginning behind `after`."""
        return await self._database.query(
            lambda session: rows.members_with_grants(session, guild_id, after=after, limit=limit)
        )

    async def prune(self) -> None:
        """Forget what ended more than `KEPT_FOR` ago, and members without any grant."""
        before, gone = self._clock.now() - KEPT_FOR, 1
        look = partial(rows.with_old, before=before, limit=_PRUNED_AT_ONCE)
        while gone and (pairs := await self._database.query(look)):
            gone = await self._database.transact(partial(rows.prune, before=before, pairs=pairs), idempotent=True)
