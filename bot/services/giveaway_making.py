"""Making giveaways and changing them, until they are drawn. Whether somebody may is looked at by whoever calls."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.giveaways import erasing, giveaways
from bot.db.repositories.moderation import cases as counters
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.audit import GIVEAWAY, AuditRecord, AuditSource
from bot.domain.features import Feature, FeatureSettings
from bot.domain.giveaway_changes import Changes, audited, changed, check_times
from bot.domain.giveaway_editing import features_needed
from bot.domain.giveaway_settings import GiveawaySettings
from bot.domain.giveaways import COUNTER, MAX_REASON, MOST_AT_ONCE, EventKind, Giveaway, Status
from bot.errors import (
    FeatureOff,
    GiveawayNotFound,
    GiveawayNotOpen,
    GiveawayOver,
    GiveawayPublished,
    GiveawayWithoutPrize,
    NotAGiveaway,
    TooManyGiveaways,
)
from bot.services.audit import AuditService
from bot.services.giveaway_drawing import GiveawayDrawing
from bot.services.giveaway_file import GiveawayFile
from bot.services.guild_settings import GuildSettingsService

PUBLISHED, EDITED, ENDED, CANCELLED = "giveaway.start", "giveaway.edit", "giveaway.end", "giveaway.cancel"
"""As the audit log has it."""


Edit = Callable[[Giveaway], Changes]
"""What is to be changed of a giveaway, of how it stands once nobody else changes it."""


@dataclass(frozen=True)
class NewGiveaway:
    """What is known when somebody begins to write one; the rest is the guild's defaults, or comes with editing."""

    key: str
    by: int
    channel_id: int
    changes: Changes = field(default_factory=Changes)


class GiveawayMaking:
    """Writes giveaways down, opens them, changes them, and ends or cancels them before their time."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        file: GiveawayFile,
        *,
        settings: GuildSettingsService,
        drawing: GiveawayDrawing,
        audit: AuditService,
        seed: Callable[[], bytes],
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._settings = settings
        self._drawing = drawing
        self._audit = audit
        self._seed = seed

    async def begin(self, guild_id: int, new: NewGiveaway) -> Giveaway:
        """Write a draft down, with its secret seed. The same key again gives the giveaway as it stands by then.

        Raises:
            FeatureOff: there are no giveaways here, or what it needs of other features.
            TooManyGiveaways: the guild has `MOST_AT_ONCE` that are not over.
            GiveawayTimesWrong, and what `changed` raises: it can't be so.
        """
        await self._settings.require(guild_id, Feature.GIVEAWAYS)
        seed = self._seed()

        async def unit(session: WriteSession) -> Giveaway:
            known = await giveaways.by_key(session, guild_id, new.key)
            if known is not None:
                return known
            number = await counters.next_number(session, guild_id, COUNTER)
            if await giveaways.count_open(session, guild_id) >= MOST_AT_ONCE:
                raise TooManyGiveaways(MOST_AT_ONCE)
            defaults = await self._settings.within(session, guild_id, GiveawaySettings)
            now = self._clock.now()
            draft = Giveaway(
                guild_id=guild_id, number=number, key=new.key, status=Status.DRAFT, status_at=now,
                host_id=new.by, created_by=new.by, channel_id=defaults.channel or new.channel_id, prize="",
                winners=defaults.winners, ends_at=now + timedelta(days=1), lasts=86_400,
                ping_role_id=defaults.ping_role, host_enters=defaults.host_enters, letter=defaults.letter,
                claim_within=defaults.claim_within, commitment=hashlib.sha256(seed).hexdigest(), seed=seed.hex(),
            )  # fmt: skip
            draft = changed(draft, new.changes, now)
            await self._require(session, guild_id, features_needed(draft))
            if not await giveaways.add(session, draft, due_at=None):
                return await self._lost_race(session, guild_id, new.key)
            await giveaways.add_event(session, draft, EventKind.CREATED, new.by, {})
            return draft

        return await self._database.transact(unit, idempotent=True)

    async def _lost_race(self, session: WriteSession, guild_id: int, key: str) -> Giveaway:
        known = await giveaways.by_key(session, guild_id, key)
        if known is None:
            raise RuntimeError("a taken key without its giveaway")
        return known

    async def publish(self, guild_id: int, number: int, *, by: int, via: AuditSource) -> Giveaway:
        """Open a draft, or have it opened when its start comes; again, and nothing changes.

        Raises:
            FeatureOff: there are no giveaways here, or what it needs of other features.
            GiveawayNotFound: the guild has none of that number.
            GiveawayWithoutPrize: nobody said what it gives away.
            GiveawayTimesWrong: it would end before it starts, or has ended already.
        """
        await self._settings.require(guild_id, Feature.GIVEAWAYS)

        async def unit(session: WriteSession) -> Giveaway:
            draft = await self._file.locked(session, guild_id, number)
            if draft.status is not Status.DRAFT:
                return draft
            if not draft.prize.strip():
                raise GiveawayWithoutPrize
            await self._require(session, guild_id, features_needed(draft))
            now = self._clock.now()
            check_times(draft, now)
            waits = draft.starts_at is not None and draft.starts_at > now
            if waits:
                event: tuple[EventKind, Mapping[str, Any]] = (EventKind.SCHEDULED, {})
                opened = await self._file.change(session, draft, event, by=by, status=Status.SCHEDULED)
            else:
                opened = await self._drawing.open(session, replace(draft, starts_at=None), by=by)
            record = AuditRecord(PUBLISHED, by, via, **_about(opened), after={"prize": opened.prize})
            await self._audit.record(session, guild_id, record)
            return opened

        return await self._database.transact(unit, idempotent=True)

    async def edit(self, guild_id: int, number: int, edit: Changes | Edit, *, by: int, via: AuditSource) -> Giveaway:
        """Change a giveaway that is not locked. What is changed while it runs is told under it, with the old value.

        Raises:
            GiveawayNotFound: the guild has none of that number.
            GiveawayOver: it is being drawn, or over.
            FeatureOff: it would need another feature, newly, that is off here.
            GiveawayTimesWrong, and what `changed` raises: it can't be so.
        """

        async def unit(session: WriteSession) -> Giveaway:
            giveaway = await self._open(session, guild_id, number)
            changes = edit if isinstance(edit, Changes) else edit(giveaway)
            wanted = changed(giveaway, changes, self._clock.now())
            await self._require(session, guild_id, features_needed(wanted) - features_needed(giveaway))
            told = changes.told(giveaway, wanted)
            if not told:
                return giveaway
            values = {name: getattr(wanted, name) for name in changes.fields(giveaway, wanted)}
            events = [] if giveaway.status is Status.DRAFT else [(EventKind.EDITED, told)]
            written = await self._file.change(session, giveaway, *events, by=by, **values)
            if giveaway.status is not Status.DRAFT:
                before, after = audited(giveaway, written)
                record = AuditRecord(EDITED, by, via, **_about(written), before=before, after=after)
                await self._audit.record(session, guild_id, record)
            return written

        return await self._database.transact(unit)

    async def end(self, guild_id: int, number: int, *, by: int, via: AuditSource) -> Giveaway:
        """End a running giveaway now: it is drawn from those who are in.

        Raises:
            GiveawayNotFound: the guild has none of that number.
            GiveawayNotOpen, GiveawayOver: it does not run yet, or not any more.
        """

        async def unit(session: WriteSession) -> Giveaway:
            giveaway = await self._open(session, guild_id, number)
            if giveaway.status is not Status.RUNNING:
                raise GiveawayNotOpen
            ended = await self._drawing.lock(session, giveaway, by=by)
            record = AuditRecord(ENDED, by, via, **_about(ended), after={"prize": ended.prize})
            await self._audit.record(session, guild_id, record)
            return ended

        return await self._database.transact(unit)

    async def cancel(self, guild_id: int, number: int, *, by: int, reason: str | None, via: AuditSource) -> Giveaway:
        """End a giveaway without a draw; a draft is forgotten, for nobody else knew of it.

        Raises:
            GiveawayNotFound: the guild has none of that number.
            GiveawayOver: it is being drawn, or over.
        """

        async def unit(session: WriteSession) -> Giveaway:
            giveaway = await self._open(session, guild_id, number)
            if giveaway.status is Status.DRAFT:
                return await self._forgotten(session, giveaway)
            kept = None if reason is None else reason[:MAX_REASON]
            event = (EventKind.CANCELLED, {} if kept is None else {"reason": kept})
            cancelled = await self._file.change(
                session, giveaway, event, by=by, status=Status.CANCELLED, closed_by=by, reason=kept,
                ended_at=self._clock.now(),
            )  # fmt: skip
            after = {"prize": cancelled.prize, "reason": kept}
            await self._audit.record(
                session, guild_id, AuditRecord(CANCELLED, by, via, **_about(cancelled), after=after)
            )
            return cancelled

        return await self._database.transact(unit)

    async def discard(self, guild_id: int, number: int) -> None:
        """Throw a draft away.

        Raises:
            GiveawayNotFound: the guild has none of that number.
            GiveawayPublished: it is no draft any more.
        """

        async def unit(session: WriteSession) -> None:
            giveaway = await self._file.locked(session, guild_id, number)
            if giveaway.status is not Status.DRAFT:
                raise GiveawayPublished(giveaway.marker)
            await self._forgotten(session, giveaway)

        await self._database.transact(unit)

    @staticmethod
    async def _forgotten(session: WriteSession, draft: Giveaway) -> Giveaway:
        await erasing.forget(session, (draft.guild_id, draft.number), (Status.DRAFT,))
        return replace(draft, status=Status.CANCELLED)

    async def find(self, guild_id: int, number: int) -> Giveaway:
        """A giveaway as it stands, a draft too.

        Raises:
            GiveawayNotFound: the guild has none of that number.
        """
        found = await self._database.query(lambda session: giveaways.find(session, guild_id, number))
        if found is None:
            raise GiveawayNotFound(f"#{number}")
        return found

    async def newest(self, guild_id: int, statuses: Collection[Status], limit: int = 100) -> list[Giveaway]:
        """The newest giveaways of these statuses, to choose from."""

        async def unit(session: ReadSession) -> list[Giveaway]:
            return await giveaways.page(session, guild_id, statuses, limit=limit)

        return await self._database.query(unit)

    async def by_message(self, guild_id: int, channel_id: int, message_id: int) -> Giveaway:
        """The giveaway whose message that is.

        Raises:
            NotAGiveaway: it is none's.
        """

        async def unit(session: ReadSession) -> Giveaway | None:
            return await giveaways.by_message(session, guild_id, channel_id, message_id)

        found = await self._database.query(unit)
        if found is None:
            raise NotAGiveaway
        return found

    async def _require(self, session: Session, guild_id: int, features: Collection[Feature]) -> None:
        """Go on only where these features are switched on."""
        switched = await self._settings.within(session, guild_id, FeatureSettings)
        for one in sorted(features):
            if not switched.has(one):
                raise FeatureOff(one.value, one.label)

    async def _open(self, session: WriteSession, guild_id: int, number: int) -> Giveaway:
        giveaway = await self._file.locked(session, guild_id, number)
        if not giveaway.status.is_open:
            raise GiveawayOver(giveaway.marker)
        if giveaway.status is Status.RUNNING and giveaway.ends_at <= self._clock.now():
            raise GiveawayOver(giveaway.marker)
        return giveaway


def _about(giveaway: Giveaway) -> dict[str, Any]:
    """What an entry of the audit log is about."""
    title = f"{giveaway.marker} {giveaway.prize}"
    return {"target_type": GIVEAWAY, "target_id": str(giveaway.number), "description": title}
