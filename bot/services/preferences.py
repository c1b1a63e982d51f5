"""What people set for themselves: read at every interaction, so from memory where that is safe."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, cast

import structlog

from bot.db import notices
from bot.db.engine import Database
from bot.db.repositories import preferences as rows
from bot.db.sessions import Session, WriteSession
from bot.domain.preferences import Preferences
from bot.domain.settings import Versioned, read_leniently
from bot.errors import SettingsChanged
from bot.services.settings_cache import SettingsCache, notice

_log = structlog.stdlib.get_logger(__name__)

_UNSET = Versioned(Preferences(), 0)
"""What holds for those who never set anything; one value for all of them, for they are most."""


class PreferencesService:
    """Reads and changes preferences. Whose they are is the caller's to say: nobody sets another one's."""

    def __init__(self, database: Database, cache: SettingsCache) -> None:
        self._database = database
        self._cache = cache

    def known(self, user_id: int) -> Preferences | None:
        """A person's preferences if they are in memory."""
        found = self._cache.find(user_id, Preferences.section)
        return None if found is None else cast("Preferences", found.value)

    async def read(self, user_id: int) -> Versioned[Preferences]:
        """A person's preferences; the defaults where they never set anything."""
        known = self._cache.find(user_id, Preferences.section)
        if known is not None:
            return cast("Versioned[Preferences]", known)

        async def unit(session: Session) -> Versioned[Preferences]:
            mark = self._cache.mark
            found = await _get(session, user_id)
            self._cache.keep(user_id, Preferences.section, found, mark)
            return found

        return await self._database.query(unit)

    async def edit(
        self, user_id: int, edit: Callable[[Preferences], Preferences], *, base: int
    ) -> Versioned[Preferences]:
        """Change preferences that were read at version `base`; how they stand now.

        An edit that changes nothing is not written. The same edit again finds itself done.

        Raises:
            SettingsChanged: they were changed since, on another panel.
            What `edit` raises: nothing is written then.
        """

        async def unit(session: WriteSession) -> Versioned[Preferences]:
            before = await _get(session, user_id)
            after = edit(before.value)
            if before.version != base and not (after == before.value and before.version == base + 1):
                raise SettingsChanged
            if after == before.value:
                return before
            if not await rows.put(session, user_id, after.model_dump(mode="json"), base=before.version):
                raise SettingsChanged
            await self.announce(session, user_id)
            return Versioned(after, base + 1)

        try:
            return await self._database.transact(unit, idempotent=True)
        finally:
            self.forget(user_id)  # also after a failure: the commit may have happened all the same

    async def announce(self, session: WriteSession, user_id: int) -> None:
        """Tell every process, inside the transaction that changes or erases them, to forget a person's preferences."""
        await notices.send(session, self._cache.channel, notice(user_id))

    def forget(self, user_id: int) -> None:
        """Forget a person's preferences in this process, after they were changed or erased."""
        self._cache.drop(user_id)


async def uncounted(session: Session, user_ids: Collection[int]) -> frozenset[int]:
    """Those of these people whose uses are not to be kept under their name, inside the transaction of a use case."""
    found = await rows.documents(session, user_ids)
    return frozenset(user_id for user_id, document in found.items() if not _value(user_id, document).statistics)


async def _get(session: Session, user_id: int) -> Versioned[Preferences]:
    stored = await rows.get(session, user_id)
    return _UNSET if stored is None else Versioned(_value(user_id, stored.document), stored.version)


def _value(user_id: int, document: Mapping[str, Any]) -> Preferences:
    value, refused = read_leniently(Preferences, document)
    if refused:
        _log.warning("preferences fell back", user=user_id, fields=refused)
    return value
