"""A guild's settings, read as typed sections and changed without overwriting each other."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

import structlog

from bot.db import notices
from bot.db.engine import Database
from bot.db.repositories import audit as log
from bot.db.repositories import guild_settings as rows
from bot.db.sessions import Session, WriteSession
from bot.domain.audit import CHANGED_SETTINGS, AuditFilter, AuditRecord, AuditSource, difference
from bot.domain.features import Feature, FeatureSettings
from bot.domain.findings import Thing
from bot.domain.settings import Section, Versioned, read_leniently
from bot.domain.settings_fields import without
from bot.errors import FeatureOff, SettingsChanged
from bot.services.audit import AuditService
from bot.services.settings_cache import CHANNEL, SettingsCache, notice

S = TypeVar("S", bound=Section)

T = TypeVar("T")

OnChanged = Callable[[WriteSession, int, Any, Any], Awaitable[None]]
"""Told, inside the transaction, of the guild whose section changed, and the section before and after."""

TRIES = 5
"""How often a change that holds whatever else was changed is tried: each failure is somebody else's success."""

_log = structlog.stdlib.get_logger(__name__)


class GuildSettingsService:
    """Reads and changes `sections`, which are kept in the order in which owners see them.

    `defaults` are sections whose defaults this installation has chosen; of all others the model's own hold.
    """

    def __init__(
        self,
        database: Database,
        audit: AuditService,
        cache: SettingsCache,
        sections: Sequence[type[Section]],
        defaults: Sequence[Section] = (),
    ) -> None:
        self.sections = sections
        self._database = database
        self._audit = audit
        self._cache = cache
        self._unset: dict[type[Section], Versioned[Any]] = {type(one): Versioned(one, 0) for one in defaults}
        """What guilds have that never changed a section. They share it, for most never change any."""
        self._listeners: dict[type[Section], list[OnChanged]] = {}

    def on_changed(self, model: type[Section], hear: OnChanged) -> None:
        """Say who is told of every change of a section."""
        self._listeners.setdefault(model, []).append(hear)

    @property
    def on_panels(self) -> Sequence[type[Section]]:
        """The sections that /config changes."""
        return [model for model in self.sections if not model.changed_by]

    def section_named(self, name: str) -> type[Section] | None:
        """The section that is stored under a name."""
        return next((model for model in self.sections if model.section == name), None)

    def default(self, model: type[S]) -> S:
        """The section of a guild that never changed anything."""
        return self._never_changed(model).value

    def _never_changed(self, model: type[S]) -> Versioned[S]:
        return self._unset.get(model) or self._unset.setdefault(model, Versioned(model(), 0))

    async def read(self, guild_id: int, model: type[S]) -> Versioned[S]:
        """A guild's section; the defaults where it never changed anything. From memory where that is safe."""
        known = self._cache.find(guild_id, model.section)
        if known is not None:
            return known
        return await self._database.query(lambda session: self._ask(session, guild_id, model))

    def known(self, guild_id: int, model: type[S]) -> S | None:
        """A guild's section if it is in memory; for what looks at every message."""
        found = self._cache.find(guild_id, model.section)
        return None if found is None else found.value

    async def within(self, session: Session, guild_id: int, model: type[S]) -> S:
        """A guild's section, inside the transaction of a use case.

        Also from memory, also where coins move. A setting decides how many coins, never whether the sides sum to zero,
        so an old one can't break the ledger. And reading the row would not be more right: nothing locks it, so a
        change may commit between reading it and moving the coins. Whoever has seen "saved" sees the new value in this
        process at once, and in every other within moments; `settings_cache` says what bounds that.
        """
        known = self._cache.find(guild_id, model.section)
        if known is not None:
            return cast("S", known.value)
        return (await self._ask(session, guild_id, model)).value

    async def stored(self, session: Session, guild_id: int, model: type[S]) -> S:
        """A guild's section as its row says now, never from memory: for what must not act on an older one."""
        return (await self._get(session, guild_id, model))[0].value

    async def require(self, guild_id: int, feature: Feature) -> None:
        """Go on only where a feature is switched on.

        Raises:
            FeatureOff: it is not.
        """
        if not (await self.read(guild_id, FeatureSettings)).value.has(feature):
            raise FeatureOff(feature.value, feature.label)

    async def edit(
        self,
        guild_id: int,
        model: type[S],
        edit: Callable[[S], S],
        *,
        base: int,
        by: int | None,
        source: AuditSource = AuditSource.COMMAND,
    ) -> Versioned[S]:
        """Change a section that was read at version `base`, with an entry in the audit log; how it stands now.

        An edit that changes nothing is not written. The same edit by the same person again finds itself done.

        Raises:
            SettingsChanged: somebody else changed it since.
            What `edit` raises: nothing is written then.
        """

        async def unit(session: WriteSession) -> Versioned[S]:
            before, changed_by = await self._get(session, guild_id, model)
            after = edit(before.value)
            done = after == before.value and (before.version, changed_by) == (base + 1, by)
            if before.version != base and not done:
                raise SettingsChanged
            if after == before.value:
                return before
            await self._write(session, guild_id, before, after, by=by, source=source)
            return Versioned(after, base + 1)

        try:
            return await self._database.transact(unit, idempotent=True)
        finally:
            # Also after a failure: the commit may have happened all the same.
            self._cache.drop(guild_id, model.section)

    async def replace_within(
        self, session: WriteSession, guild_id: int, value: Section, *, base: int, by: int, source: AuditSource
    ) -> Section | None:
        """Replace a section inside the transaction of a use case, which drops it from memory by `forget` at its end.

        What it was; None where the same person has just done the same: an earlier try, whose commit was cut off.

        Raises:
            SettingsChanged: somebody else changed it since version `base`.
        """
        before, changed_by = await self._get(session, guild_id, type(value))
        if before.value == value and (before.version, changed_by) == (base + 1, by):
            return None
        if before.version != base:
            raise SettingsChanged
        await self._write(session, guild_id, before, value, by=by, source=source)
        return before.value

    async def last_change(self, session: Session, guild_id: int, value: S) -> tuple[int, S] | None:
        """The newest change of a section, which made it `value`: its id in the audit log, and what was there before."""
        found = await log.search(session, guild_id, AuditFilter(section=value.section), count=1)
        if not found:
            return None
        known = {**value.model_dump(mode="json"), **(found[0].record.before or {})}
        return found[0].id, read_leniently(type(value), known)[0]

    async def change(
        self,
        guild_id: int,
        value: Section,
        *,
        base: int,
        by: int | None,
        source: AuditSource = AuditSource.COMMAND,
    ) -> int:
        """Replace a section that was read at version `base`; its new version.

        Raises:
            SettingsChanged: somebody else changed it since.
        """
        return (await self.edit(guild_id, type(value), lambda _: value, base=base, by=by, source=source)).version

    async def switch_on(self, guild_id: int, feature: Feature, *, by: int, source: AuditSource) -> bool:
        """Switch a feature on, whatever else was changed meanwhile; False if it was on.

        Raises:
            SettingsChanged: somebody else was faster, `TRIES` times.
        """

        async def unit(session: WriteSession) -> bool:
            before, _ = await self._get(session, guild_id, FeatureSettings)
            if before.value.has(feature):
                return False
            after = before.value.model_copy(update={feature.value: True})
            await self._write(session, guild_id, before, after, by=by, source=source)
            return True

        try:
            return await self._insist(unit)
        finally:
            self._cache.drop(guild_id, FeatureSettings.section)

    async def forget_chosen(self, guild_id: int, what: Thing, gone: int, *, by: int, source: AuditSource) -> int:
        """Take a channel or role that was deleted out of every section that names it; how many did.

        Raises:
            SettingsChanged: somebody else was faster, `TRIES` times.
        """

        async def unit(session: WriteSession) -> int:
            changed = 0
            for model in self.sections:
                before, _ = await self._get(session, guild_id, model)
                after = without(before.value, what.kinds, gone)
                if after != before.value:
                    await self._write(session, guild_id, before, after, by=by, source=source)
                    changed += 1
            return changed

        try:
            return await self._insist(unit)
        finally:
            self._cache.drop(guild_id)

    async def _insist(self, unit: Callable[[WriteSession], Awaitable[T]]) -> T:
        """Run a change that holds whatever else was changed, anew when somebody changes the same in this moment."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(SettingsChanged):
                return await self._database.transact(unit, idempotent=True)
        return await self._database.transact(unit, idempotent=True)

    async def announce_erased(self, session: WriteSession, guild_id: int) -> None:
        """Tell every process, inside the transaction that erases a guild, to forget its settings."""
        await notices.send(session, CHANNEL, notice(guild_id))

    def forget(self, guild_id: int) -> None:
        """Forget a guild's settings in this process, after they were erased."""
        self._cache.drop(guild_id)

    async def _write(
        self,
        session: WriteSession,
        guild_id: int,
        before: Versioned[Any],
        after: Section,
        *,
        by: int | None,
        source: AuditSource,
    ) -> None:
        document = after.model_dump(mode="json")
        if not await rows.put(session, guild_id, after.section, document, base=before.version, by=by):
            raise SettingsChanged
        old, new = difference(before.value.model_dump(mode="json"), document)
        record = AuditRecord(
            action=CHANGED_SETTINGS,
            actor_id=by,
            source=source,
            target_type="settings",
            target_id=after.section,
            before=old,
            after=new,
        )
        await self._audit.record(session, guild_id, record)
        await notices.send(session, CHANNEL, notice(guild_id, after.section))
        for hear in self._listeners.get(type(after), ()):
            await hear(session, guild_id, before.value, after)

    async def _ask(self, session: Session, guild_id: int, model: type[S]) -> Versioned[S]:
        """Ask the database, and remember what it said."""
        mark = self._cache.mark
        found, _ = await self._get(session, guild_id, model)
        self._cache.keep(guild_id, model.section, found, mark)
        return found

    async def _get(self, session: Session, guild_id: int, model: type[S]) -> tuple[Versioned[S], int | None]:
        """What is stored, and who changed it last. Not remembered: `edit` asks amid a change that may yet fail."""
        unset = self._never_changed(model)
        stored = await rows.get(session, guild_id, model.section)
        if stored is None:
            return unset, None
        value, refused = read_leniently(model, stored.document, unset.value)
        if refused:
            _log.warning("settings fell back", guild=guild_id, section=model.section, fields=refused)
        return Versioned(value, stored.version), stored.updated_by
