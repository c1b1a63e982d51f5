"""Bans of many: a chunk of them is decided in one transaction and written in one, each a case like any other.

Whatever is not plain (something stands already, somebody else is at it, something was decided meanwhile) is left to
`CasesService` and `SanctionsService`, which do it one by one. So there is one way to think about cases, and this is
only the quick one through the usual.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.moderation import bulk
from bot.db.repositories.moderation import cases as rows
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.batches import Report
from bot.domain.case_words import about_many
from bot.domain.cases import MAX_REASON, Case, CaseKind, CaseState, DmState, Slot
from bot.domain.features import Feature
from bot.domain.sanctions import Claimed, SanctionOrder
from bot.services.case_file import CaseFile
from bot.services.guild_settings import GuildSettingsService
from bot.services.sanctions import SanctionsService
from bot.words import Phrase


@dataclass(frozen=True)
class Chunk:
    """What is to be done about some of many, by their ids."""

    claims: Sequence[Claimed]
    """To be banned now, all under one lease."""
    known: Mapping[int, Case]
    """Their case was written before, or somebody else is at them just now."""
    others: Sequence[SanctionOrder]
    """Something stands about them already, so each is decided alone."""


class BulkBansService:
    """Decides and writes many bans at once."""

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

    async def known(self, guild_id: int, keys: Collection[str]) -> Collection[str]:
        """Those of these keys under which a case was written already."""

        async def unit(session: ReadSession) -> Collection[str]:
            return (await bulk.by_keys(session, guild_id, keys)).keys()

        return await self._database.query(unit)

    async def intend(self, guild_id: int, orders: Sequence[SanctionOrder]) -> Chunk:
        """Write down what is to be done, and take what can be begun. The same key again is the same case.

        Raises:
            FeatureOff: moderation is switched off.
            ValueError: an order is no silent ban for good with a key of its own.
        """
        if any(one.kind is not CaseKind.BAN or one.lasts or not one.key or not one.details.silent for one in orders):
            raise ValueError("only silent bans for good are made in bulk")
        await self._settings.require(guild_id, Feature.MODERATION)

        async def unit(session: WriteSession) -> Chunk:
            before = await bulk.by_keys(session, guild_id, [one.key or "" for one in orders])
            fresh = [one for one in orders if one.key not in before]
            touched = [(guild_id, one.target_id, Slot.BAN) for one in fresh]
            await bulk.touch(session, touched, now=self._clock.now())
            standing = await rows.standing(session, [(guild_id, one.target_id, Slot.BAN) for one in orders])
            plain = [one for one in fresh if not standing[guild_id, one.target_id, Slot.BAN]]
            opened = await self._file.open_all(session, [self._new(guild_id, one) for one in plain])
            earlier = await rows.among(session, guild_id, before.values())
            again = [case for case in earlier if _is_newest(case, standing[guild_id, case.target_id, Slot.BAN])]
            claims = await self._begin(session, opened, again)
            taken = {one.user_id for one in claims}
            self._database.after_commit(self._sanctions.wake)
            return Chunk(
                claims=claims,
                known={case.target_id: case for case in (*earlier, *opened) if case.target_id not in taken},
                others=[one for one in fresh if one not in plain],
            )

        return await self._database.transact(unit, idempotent=True)

    async def _begin(self, session: WriteSession, opened: Sequence[Case], again: Sequence[Case]) -> list[Claimed]:
        keys = [(case.guild_id, case.target_id, Slot.BAN) for case in (*opened, *again)]
        new = {case.number for case in opened}
        claims = await self._sanctions.take(session, keys)
        return [replace(one, again=False) if one.case and one.case.number in new else one for one in claims]

    def _new(self, guild_id: int, order: SanctionOrder) -> Case:
        return Case(
            guild_id=guild_id,
            number=0,
            kind=order.kind,
            # Begun in the very transaction in which it is written, or taken for begun by whoever is at its slot.
            state=CaseState.APPLYING,
            target_id=order.target_id,
            moderator_id=order.moderator_id,
            reason=None if order.reason is None else order.reason[:MAX_REASON],
            source=order.source,
            created_at=self._clock.now(),
            via=order.via,
            key=order.key,
            dm=DmState.NONE,
            batch_id=order.batch_id,
            details=order.details,
        )

    # What came of it ------------------------------------------------------------------------------------

    async def settle(self, claims: Sequence[Claimed]) -> set[int]:
        """Discord did these; the ids of those of whom that was written.

        The others were not plain any more, and have to be settled one by one.
        """
        if not claims:
            return set()
        guild_id, token = claims[0].guild_id, claims[0].token

        async def unit(session: WriteSession) -> set[int]:
            held = await bulk.lock_claims(session, claims)
            standing = await rows.standing(session, held)
            ours = {one.user_id: one.case for one in claims if one.case is not None}
            plain = [
                case
                for (_, user_id, _slot), cases in standing.items()
                if len(cases) == 1 and (case := cases[0]).number == ours[user_id].number
            ]
            written = await self._file.done_all(session, plain)
            done = {case.target_id for case in plain if case.number in written}
            await bulk.hold(session, [(guild_id, user_id, Slot.BAN) for user_id in done], token=token)
            return done

        return await self._database.transact(unit, idempotent=True)

    async def postpone(self, claims: Sequence[Claimed], pause: timedelta) -> None:
        """Give claims back, to be tried again later; their cases stay as far as they are."""
        if not claims:
            return
        due_at: datetime = self._clock.now() + pause
        keys = [(one.guild_id, one.user_id, one.slot) for one in claims]

        async def unit(session: WriteSession) -> None:
            self._database.after_commit(self._sanctions.wake)
            await bulk.postpone(session, keys, token=claims[0].token, due_at=due_at)

        await self._database.transact(unit, idempotent=True)

    # A whole batch --------------------------------------------------------------------------------------

    async def of_batch(self, guild_id: int, batch_id: int) -> Mapping[int, tuple[int, CaseKind, CaseState]]:
        """The newest case of each target of a batch: its number, kind and state."""
        return await self._database.query(lambda session: bulk.standing(session, guild_id, batch_id))

    async def take_open(
        self, guild_id: int, batch_id: int, *, after: int, limit: int
    ) -> tuple[Sequence[Claimed], int | None]:
        """Take what of a batch is still to be done, but for what somebody is at or what was overtaken.

        At most so many at once, as can be settled within a lease: those with ids after `after`. With them the id to go
        on after; None if those were the last.
        """

        async def unit(session: WriteSession) -> tuple[Sequence[Claimed], int | None]:
            keys = await bulk.still_open(session, guild_id, batch_id, after=after, limit=limit)
            standing = await rows.standing(session, keys)
            newest = [key for key, cases in standing.items() if cases and cases[-1].batch_id == batch_id]
            _, last, _ = keys[-1] if len(keys) == limit else (0, None, None)
            return await self._sanctions.take(session, newest), last

        return await self._database.transact(unit)

    async def tell(self, report: Report, kind: CaseKind) -> None:
        """Promise staff one message about all that a batch did; said once, however often it is asked for."""
        batch = report.batch
        head = Phrase("Mass ban") if kind is CaseKind.BAN else Phrase("Mass ban undone")

        async def unit(session: WriteSession) -> None:
            numbers = await bulk.span(session, batch.guild_id, batch.id)
            lines = about_many(kind, report, numbers)
            await self._file.log.tell_of_many(session, batch.guild_id, batch.id, head, lines)

        await self._database.transact(unit, idempotent=True)


def _is_newest(case: Case, standing: Sequence[Case]) -> bool:
    """Whether a case is still to be done, and nothing newer was decided."""
    return case.state.is_open and bool(standing) and standing[-1].number == case.number
