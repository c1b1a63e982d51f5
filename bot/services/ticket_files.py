"""Files of tickets: kept by their contents where all files are, as long as there is room, and read again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from bot.clock import Clock
from bot.db.blob_store import BlobLost, BlobStore
from bot.db.engine import Database
from bot.db.repositories.moderation import proof as blobs
from bot.db.repositories.tickets import record as rows
from bot.db.repositories.tickets import showing
from bot.db.sessions import WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.privacy import CopiedFile
from bot.domain.proof import safe_name
from bot.domain.ticket_record import Answer, KeptBytes, Missing, RecordedFile, TicketKey, WantedFile, type_of, why_not
from bot.domain.ticket_settings import TicketSettings
from bot.services.guild_settings import GuildSettingsService

_log = structlog.stdlib.get_logger(__name__)

_MIB = 1024 * 1024
_AT_ONCE = 1_000

MOST_COPIED = 1_000
"""Files that a person's copy tells of."""

MOST_COPIED_BYTES = 2 * _MIB
"""Of files in such a copy, so that with proof and all else it is as much as Discord takes."""

_EVERYWHERE = ShardRange(1, frozenset({0}))


class TicketFilesService:
    """Keeps the bytes of tickets' files. What the disk has to do is done in threads."""

    def __init__(
        self, database: Database, clock: Clock, settings: GuildSettingsService, store: BlobStore | None
    ) -> None:
        """Without a `store` nothing is kept: there is no room."""
        self._database = database
        self._clock = clock
        self._settings = settings
        self._store = store

    async def room(self, guild_id: int) -> int:
        """How many bytes more a guild's tickets may keep; never less than 0."""
        if self._store is None:
            return 0
        quota = (await self._settings.read(guild_id, TicketSettings)).value.quota * _MIB
        return max(quota - await self._database.query(lambda session: rows.kept_bytes(session, guild_id)), 0)

    async def keep(self, guild_id: int, data: bytes) -> KeptBytes | Missing:
        """Keep bytes that a row is about to name; why not, if they can't be.

        They are on the disk before any row names them; a crash between leaves a file that the sweep of proof finds.
        """
        refused = why_not(len(data))
        if refused is not None:
            return refused
        if self._store is None or len(data) > await self.room(guild_id):
            return Missing.NO_ROOM
        kind = await asyncio.to_thread(type_of, data)
        return KeptBytes(await asyncio.to_thread(self._store.put, data), len(data), kind)

    async def settle(self, wanted: WantedFile, found: KeptBytes | Missing) -> None:
        """Write what became of a file that was fetched. Safe to repeat; what has its bytes keeps them."""

        async def unit(session: WriteSession) -> None:
            if isinstance(found, KeptBytes):
                await self.bring(session, found)
            await rows.settle_file(session, wanted, found)

        await self._database.transact(unit, idempotent=True)

    async def bring(self, session: WriteSession, *kept: KeptBytes | RecordedFile) -> None:
        """Write down bytes that are kept, in the transaction that names them; of files that have none, nothing."""
        now = self._clock.now()
        for one in kept:
            if one.digest is not None:
                await blobs.bring(session, one.digest, one.size, one.content_type, at=now)

    async def coming(self, shards: ShardRange) -> Sequence[WantedFile]:
        """Files that were on their way when a process died; the first thousand."""
        return await self._database.query(lambda session: rows.unfetched(session, None, shards, _AT_ONCE))

    async def coming_to(self, key: TicketKey) -> Sequence[WantedFile]:
        """Files of a ticket that are on their way."""
        return await self._database.query(lambda session: rows.unfetched(session, key, _EVERYWHERE, _AT_ONCE))

    async def read(self, digest: str) -> bytes | None:
        """The bytes of a file; None if the disk does not have them as they were."""
        if self._store is None:
            return None
        try:
            return await asyncio.to_thread(self._store.get, digest)
        except BlobLost as error:
            _log.error("a file of a ticket is lost", reason=str(error))
            return None

    async def about(self, user_id: int, guild_id: int | None) -> Sequence[CopiedFile]:
        """What somebody answered in forms and the files that they sent in tickets, the newest first, for their copy.

        Up to `MOST_COPIED` of each; the bytes of as many files as fit into `MOST_COPIED_BYTES`.
        """
        query = self._database.query
        answers = await query(lambda session: showing.answers_of(session, user_id, guild_id, MOST_COPIED))
        found = await query(lambda session: rows.files_of(session, user_id, guild_id, MOST_COPIED))
        copied = [_told(place, said) for place, said in answers]
        room = MOST_COPIED_BYTES
        for place, one in found:
            content = await self.read(one.digest) if one.digest is not None and one.size <= room else None
            room -= 0 if content is None else len(content)
            name = safe_name(one.name, one.content_type)
            path = f"tickets/{place.guild_id}/{place.number}-{place.message_id}-{one.seq}-{name}"
            told = {"guild_id": place.guild_id, "number": place.number, "message_id": place.message_id, **vars(one)}
            copied.append(CopiedFile(path, {**told, "file": None if content is None else path}, content))
        return copied


def _told(place: TicketKey, answer: Answer) -> CopiedFile:
    """An answer, as a file of somebody's copy."""
    guild_id, number = place
    told = {"guild_id": guild_id, "number": number, **vars(answer), "value": list(answer.value)}
    path = f"tickets/{guild_id}/{number}-answer-{answer.position}.txt"
    return CopiedFile(path, told, "\n".join([answer.question, "", *answer.value]).encode())
