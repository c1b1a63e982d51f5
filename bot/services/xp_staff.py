"""What staff does to members' XP: each change once, written down, and followed by what levels bring and take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.leveling import changes, totals
from bot.db.sessions import Session, WriteSession
from bot.domain.audit import MEMBER, AuditRecord
from bot.domain.curves import Table
from bot.domain.economy import Party
from bot.domain.features import Feature
from bot.domain.leveling import Cause, ChangeKind, LevelChange
from bot.domain.leveling_settings import CurveSettings
from bot.domain.treasury import one_line
from bot.domain.xp_changes import (
    ADDED,
    CHANGED,
    REMOVED,
    RESET,
    UNDONE,
    XpChange,
    XpOrder,
    changed,
    check_order,
    taken_back,
)
from bot.errors import AlreadyUndone, NoXpChange, RecipientNotHere, TargetIsBot, XpAlreadySo
from bot.ids import IdMaker, made_at
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService
from bot.services.level_changes import Apply
from bot.services.rewards import By

_PRUNED_AT_ONCE = 1_000


@dataclass(frozen=True)
class Levelled:
    """A change that was made, with the member's level before and after."""

    change: XpChange
    level_before: int
    level_after: int


class XpStaffService:
    """The use cases. Who may is for the caller to look at; that there is leveling is looked at here."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: IdMaker,
        audit: AuditService,
        *,
        settings: GuildSettingsService,
        follow: Apply,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._settings = settings
        self._follow = follow

    # Looking --------------------------------------------------------------------------------------------

    async def table(self, guild_id: int) -> Table:
        """The levels of a guild.

        Raises:
            FeatureOff: leveling is switched off.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        return (await self._settings.read(guild_id, CurveSettings)).value.curve.table()

    async def held_by(self, guild_id: int, people: Sequence[int]) -> dict[int, int]:
        """The XP of these members; those who never had any may be missing."""
        return await self._database.query(lambda session: changes.held_by(session, guild_id, people))

    async def holders(self, guild_id: int, count: int) -> list[int]:
        """Up to `count` members who have XP, those with the most first."""
        return await self._database.query(lambda session: changes.holders(session, guild_id, count))

    async def count_holders(self, guild_id: int) -> int:
        """How many members have any XP."""
        return await self._database.query(lambda session: changes.count_holders(session, guild_id))

    async def of_group(self, guild_id: int, group: int, groups: int, *, least: int = 0) -> list[int]:
        """The members with so much XP at least that belong to one of so many groups, 0 the first.

        Whose group is which never changes. Who was reset is still there, with `least` 0.
        """
        return await self._database.query(
            lambda session: changes.of_group(session, guild_id, group, groups, least=least)
        )

    async def made_by(self, guild_id: int, batch_id: int, people: Sequence[int]) -> dict[int, int]:
        """The changes that a batch made to these members, taken back or not."""
        return await self._database.query(lambda session: changes.made_by(session, guild_id, batch_id, people))

    async def last(self, guild_id: int, user_id: int) -> Levelled:
        """The newest change of a member that can be taken back.

        Raises:
            NoXpChange: there is none, or it is too long ago.
        """
        table = await self.table(guild_id)
        found = await self._database.query(lambda session: changes.newest(session, guild_id, user_id))
        if found is None or not found.can_be_undone(self._clock.now()):
            raise NoXpChange
        return _levelled(found, table)

    # Changing -------------------------------------------------------------------------------------------

    async def change(
        self, guild_id: int, member: Party, order: XpOrder, by: By, *, batch_id: int | None = None
    ) -> Levelled:
        """Add to a member's XP, remove from it, set or reset it.

        As part of a batch it is done once, however often it is asked for, and leaves the audit log to the batch.

        Raises:
            FeatureOff: leveling is switched off.
            TargetIsBot, RecipientNotHere: a bot, or somebody who neither is a member nor ever had XP.
            XpOrLevel, LevelAboveCap: it can't be done to anybody.
            XpAlreadySo: nothing would be another.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        if member.is_bot:
            raise TargetIsBot(member.user_id)
        new_id = self._ids.new()

        async def unit(session: WriteSession) -> Levelled:
            table = await self._table(session, guild_id)
            check_order(order, table)
            held = await self._lock(session, guild_id, member)
            # Behind the lock: the same order may have been committed while this one waited.
            known = await changes.get(session, guild_id, new_id)
            if known is None and batch_id is not None:
                known = await changes.of_batch(session, guild_id, batch_id, member.user_id)
            if known is not None:
                return _levelled(known, table)
            after = changed(order, held, table)
            if after == held:
                raise XpAlreadySo(member.user_id, held)
            change = XpChange(
                new_id, member.user_id, order.kind, held, after, made_at(new_id), by.user_id, one_line(order.reason),
                batch_id,
            )  # fmt: skip
            return await self._write(session, guild_id, change, table, by)

        return await self._database.transact(unit, idempotent=True)

    async def undo(self, guild_id: int, change_id: int, by: By, *, batch_id: int | None = None) -> Levelled:
        """Take a change back; what was earned since stays. The change that did it.

        Raises:
            FeatureOff: leveling is switched off.
            NoXpChange: there is no such change, or it is too long ago.
            AlreadyUndone: it was taken back.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        new_id = self._ids.new()

        async def unit(session: WriteSession) -> Levelled:
            table = await self._table(session, guild_id)
            wanted = await changes.get(session, guild_id, change_id)
            if wanted is None or not wanted.can_be_undone(self._clock.now()):
                raise NoXpChange
            held = (await totals.lock(session, guild_id, [wanted.user_id])).get(wanted.user_id)
            wanted = await changes.get(session, guild_id, change_id)  # which another may have taken back meanwhile
            if held is None or wanted is None:
                raise NoXpChange  # erased
            if wanted.undone_by is not None:
                known = await changes.get(session, guild_id, wanted.undone_by)
                if known is not None and (known.id == new_id or (batch_id and known.batch_id == batch_id)):
                    return _levelled(known, table)
                raise AlreadyUndone(made_at(wanted.undone_by))
            after = taken_back(wanted.before, wanted.after, held)
            change = XpChange(
                new_id, wanted.user_id, ChangeKind.UNDO, held, after, made_at(new_id), by.user_id, batch_id=batch_id
            )
            await changes.mark_undone(session, guild_id, change_id, new_id)
            return await self._write(session, guild_id, change, table, by)

        return await self._database.transact(unit, idempotent=True)

    async def of_batch(self, guild_id: int, batch_id: int, user_id: int) -> XpChange | None:
        """What a batch did to a member."""
        return await self._database.query(lambda session: changes.of_batch(session, guild_id, batch_id, user_id))

    async def _lock(self, session: WriteSession, guild_id: int, member: Party) -> int:
        if not member.is_member and not await changes.knows(session, guild_id, member.user_id):
            raise RecipientNotHere(member.user_id)
        await changes.open_(session, guild_id, [member.user_id])
        return (await totals.lock(session, guild_id, [member.user_id]))[member.user_id]

    async def prune(self, before: datetime) -> int:
        """Forget changes from before that time; how many. In small transactions, for others write meanwhile."""
        total = 0
        while True:
            gone = await self._database.transact(
                lambda session: changes.prune(session, before, _PRUNED_AT_ONCE), idempotent=True
            )
            total += gone
            if gone < _PRUNED_AT_ONCE:
                return total

    async def _write(self, session: WriteSession, guild_id: int, change: XpChange, table: Table, by: By) -> Levelled:
        """Move the total, do what follows from the level, and write it down."""
        await totals.set_to(session, guild_id, {change.user_id: change.after})
        done = _levelled(change, table)
        if done.level_before != done.level_after:
            moved = LevelChange(change.user_id, change.before, change.after, Cause.STAFF)
            await self._follow(session, guild_id, [moved])
        await changes.write(session, guild_id, change)
        if change.batch_id is None:
            await self._audit.record(session, guild_id, _record(done, by))
        return done

    async def _table(self, session: Session, guild_id: int) -> Table:
        return (await self._settings.within(session, guild_id, CurveSettings)).curve.table()


def _levelled(change: XpChange, table: Table) -> Levelled:
    return Levelled(change, table.level(change.before), table.level(change.after))


def _record(done: Levelled, by: By) -> AuditRecord:
    change = done.change
    before = {"xp": change.before, "level": done.level_before}
    after = {"xp": change.after, "level": done.level_after}
    told = replace(_deed(change.kind, by), target_type=MEMBER, target_id=str(change.user_id))
    return replace(told, before=before, after=after, description=change.reason)


def _deed(kind: ChangeKind, by: By) -> AuditRecord:
    match kind:
        case ChangeKind.ADD:
            return AuditRecord(ADDED, by.user_id, by.source)
        case ChangeKind.REMOVE:
            return AuditRecord(REMOVED, by.user_id, by.source)
        case ChangeKind.RESET:
            return AuditRecord(RESET, by.user_id, by.source)
        case ChangeKind.UNDO:
            return AuditRecord(UNDONE, by.user_id, by.source)
        case _:
            return AuditRecord(CHANGED, by.user_id, by.source)
