"""What is held about a person: shown, handed out, and erased."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.db import notices
from bot.db.engine import Database
from bot.db.holding import Holding
from bot.db.repositories import privacy as rows
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.audit import AuditRecord, AuditSource
from bot.domain.privacy import CopiedFile, Erased, Erasure
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.preferences import PreferencesService
from bot.services.shadows import Shadows

MOST_ROWS = 20_000
"""Of one table, in one file."""

ERASURES_CHANNEL = "folkmoot_erasures"
"""On which processes tell each other whom they erase."""

OnErasing = Callable[[Erased], Awaitable[None]]


CopyFiles = Callable[[int, int | None], Awaitable[Sequence[CopiedFile]]]
"""The files about a person, in one guild or everywhere."""


@dataclass(frozen=True)
class Held:
    """How much of one kind is held, and what erasing does to it."""

    what: str
    count: int
    erasure: Erasure
    why: str
    beyond: str = ""


@dataclass(frozen=True)
class Copy:
    """Everything that is held about a person, table by table, as plain values of the database's own types."""

    user_id: int
    guild_id: int | None
    tables: Mapping[str, Sequence[Mapping[str, Any]]]
    cut: tuple[str, ...]
    """Tables of which there was more than `MOST_ROWS`; the newest are there."""
    files: tuple[CopiedFile, ...] = ()


class PrivacyService:
    """Works on whatever the features declare, so that nothing is forgotten."""

    def __init__(
        self,
        database: Database,
        holdings: Sequence[Holding],
        shadows: Shadows,
        audit: AuditService,
        ids: IdMaker,
        *,
        preferences: PreferencesService,
    ) -> None:
        self._database = database
        self._holdings = holdings
        self._shadows = shadows
        self._audit = audit
        self._preferences = preferences
        self._ids = ids
        self._on_erasing: list[OnErasing] = []
        self._files: list[CopyFiles] = []

    def on_erasing(self, forget: OnErasing) -> None:
        """Say who keeps something about people that is not in the database yet. They are told before rows are erased.

        Other processes hear of it on `ERASURES_CHANNEL`, once the rows are erased.
        """
        self._on_erasing.append(forget)

    def on_copying(self, files: CopyFiles) -> None:
        """Say who keeps files about people. Together they must fit into what Discord takes."""
        self._files.append(files)

    async def overview(self, user_id: int, guild_id: int | None) -> list[Held]:
        """What is held about a person in a guild, or everywhere; kinds of which there is nothing are left out."""

        async def unit(session: ReadSession) -> list[Held]:
            found = [(one, await rows.count(session, one, guild_id, user_id)) for one in self._in(guild_id)]
            return [Held(one.what, count, one.erasure, one.why, one.beyond) for one, count in found if count]

        return await self._database.query(unit)

    async def copy(self, user_id: int, guild_id: int | None) -> Copy:
        """All of it, as the person may have it: rows that tell of somebody else are left out."""

        async def unit(session: ReadSession) -> Copy:
            tables: dict[str, Sequence[Mapping[str, Any]]] = {}
            cut: list[str] = []
            for one in self._in(guild_id):
                if one.told:
                    name = f"{one.table.name}.{one.person.key}"
                    found = await rows.rows(session, one, guild_id, user_id, MOST_ROWS + 1)
                    tables[name] = found[:MOST_ROWS]
                    cut += [name] if len(found) > MOST_ROWS else []
            return Copy(user_id, guild_id, {name: found for name, found in tables.items() if found}, tuple(cut))

        copied = await self._database.query(unit)
        files = [one for kept in self._files for one in await kept(user_id, guild_id)]
        return replace(copied, files=tuple(files))

    async def guilds_of(self, user_id: int) -> list[int]:
        """Every guild in which something is held about a person."""
        return await self._database.query(lambda session: rows.guilds_of(session, self._holdings, user_id))

    async def erase(self, user_id: int, guild_id: int, *, source: AuditSource = AuditSource.COMMAND) -> int:
        """Erase a person in one guild; how many rows that were theirs are no longer.

        Safe to repeat. What stays does so for the reason that its holding gives.
        """
        whom = Erased(user_id, guild_id)

        async def unit(session: WriteSession) -> int:
            shadow = await self._shadows.make(session, guild_id, user_id)
            stand_ins = {Erasure.UNNAME: -self._ids.new(), Erasure.SHADOW: shadow}
            erased = 0
            for one in self._holdings:
                if one.in_guilds:
                    count = await rows.erase(session, one, guild_id, user_id, stand_ins)
                    erased += 0 if one.erasure is Erasure.KEEP else count
            await notices.send(session, ERASURES_CHANNEL, whom.written())
            if erased:
                record = AuditRecord(action="privacy.erase", actor_id=None, source=source)
                await self._audit.record(session, guild_id, record)
            return erased

        await self._forget_waiting(whom)
        return await self._database.transact(unit, idempotent=True)

    async def erase_elsewhere(self, user_id: int) -> int:
        """Erase what belongs to no guild: the last step of erasing somebody everywhere."""
        whom = Erased(user_id, None)

        async def unit(session: WriteSession) -> int:
            # Also rows whose guild is not known, such as of an error in a direct message.
            plain = [one for one in self._holdings if one.erasure in {Erasure.DELETE, Erasure.BLANK}]
            await self._preferences.announce(session, user_id)
            await notices.send(session, ERASURES_CHANNEL, whom.written())
            return sum([await rows.erase(session, one, None, user_id, {}) for one in plain])

        await self._forget_waiting(whom)
        try:
            return await self._database.transact(unit, idempotent=True)
        finally:
            self._preferences.forget(user_id)

    async def _forget_waiting(self, whom: Erased) -> None:
        for forget in self._on_erasing:
            await forget(whom)

    def _in(self, guild_id: int | None) -> list[Holding]:
        return [one for one in self._holdings if guild_id is None or one.in_guilds]
