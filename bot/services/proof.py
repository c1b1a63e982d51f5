"""Proof: files that are kept for cases, by their contents, and outlast the messages that they came with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.db.blob_store import BlobLost, BlobStore
from bot.db.engine import Database
from bot.db.repositories.moderation import cases as rows
from bot.db.repositories.moderation import proof as files
from bot.db.repositories.moderation import slots
from bot.db.sessions import WriteSession
from bot.domain.features import Feature
from bot.domain.privacy import CopiedFile
from bot.domain.proof import MOST_BYTES, MOST_FILES, KeptFile, Proof, content_type, safe_name
from bot.errors import CaseNotFound, ProofGone, ProofNotFound, ProofNotUnderstood, ProofTooBig, TooMuchProof
from bot.services.case_file import CaseFile
from bot.services.guild_settings import GuildSettingsService

_log = structlog.stdlib.get_logger(__name__)

KEPT_UNUSED = timedelta(days=1)
"""How long a file stays that no case has. Longer than anything takes between bringing it and naming it."""

MOST_COPIED = 1_000
"""Files about one person that their copy tells of."""

MOST_COPIED_BYTES = 5 * 1024**2
"""Of files in such a copy, so that with all else it is as much as Discord takes."""

_AT_ONCE = 500
"""Files that are looked for at once."""


class ProofService:
    """Keeps files for cases. What the disk has to do is done in threads."""

    def __init__(
        self, database: Database, clock: Clock, file: CaseFile, settings: GuildSettingsService, store: BlobStore | None
    ) -> None:
        """Without a `store` nothing can be kept or shown."""
        self._database = database
        self._clock = clock
        self._file = file
        self._settings = settings
        self.store = store
        """For others who keep files: what no case and no ticket has is removed by `sweep`."""

    @property
    def _disk(self) -> BlobStore:
        if self.store is None:
            raise RuntimeError("there is no folder for files")
        return self.store

    async def keep(self, name: str, data: bytes) -> KeptFile:
        """Keep a file that is about to be named by a case; if none ever does, `sweep` removes it.

        Raises:
            ProofTooBig, ProofNotUnderstood: it is not kept.
        """
        if len(data) > MOST_BYTES:
            raise ProofTooBig(name, MOST_BYTES // 1024**2)
        kind = await asyncio.to_thread(content_type, data)
        if kind is None:
            raise ProofNotUnderstood(name)
        digest = await asyncio.to_thread(self._disk.put, data)
        return KeptFile(digest, safe_name(name, kind), kind, len(data))

    async def add(self, guild_id: int, number: int, name: str, data: bytes, *, by: int) -> Proof:
        """Keep a file for a case. The same contents for the same case are one file.

        The file is on the disk before any row names it; a crash between leaves one that `sweep` finds.

        Raises:
            ProofTooBig, ProofNotUnderstood, TooMuchProof: it is not kept.
            CaseNotFound, FeatureOff: as named.
        """
        await self._settings.require(guild_id, Feature.MODERATION)
        kept = await self.keep(name, data)

        async def unit(session: WriteSession) -> Proof:
            case = await rows.find(session, guild_id, number)
            if case is not None and case.slot is not None:
                await slots.lock(session, (guild_id, case.target_id, case.slot))
            case = await rows.find(session, guild_id, number, lock=True)
            if case is None:
                raise CaseNotFound(f"#{number}")
            known = await files.of_case(session, guild_id, number)
            same = next((one for one in known if one.digest == kept.digest), None)
            if same is not None:
                return same
            if len(known) >= MOST_FILES:
                raise TooMuchProof(case.marker, MOST_FILES)
            seq, now = len(known) + 1, self._clock.now()
            proof = Proof(number, seq, kept.digest, kept.name, kept.content_type, kept.size, by, now)
            await files.add(session, guild_id, proof)
            await self._file.record(session, case, by=by, proof=(None, kept.name))
            return proof

        return await self._database.transact(unit, idempotent=True)

    async def read(self, guild_id: int, number: int, seq: int) -> tuple[Proof, bytes]:
        """A file of a case, with its bytes.

        Raises:
            ProofNotFound: the case has no such file.
            ProofGone: the disk does not have it as it was.
        """
        known = await self._database.query(lambda session: files.of_case(session, guild_id, number))
        found = next((one for one in known if one.seq == seq), None)
        if found is None:
            raise ProofNotFound(f"#{number}")
        data = await self._bytes_of(guild_id, found)
        if data is None:
            raise ProofGone(found.name)
        return found, data

    async def about(self, user_id: int, guild_id: int | None) -> Sequence[CopiedFile]:
        """The files of the cases about somebody, the newest first, for their copy of what is kept about them.

        Up to `MOST_COPIED` of them; the bytes of as many as fit into `MOST_COPIED_BYTES`.
        """
        found = await self._database.query(lambda session: files.about(session, user_id, guild_id, MOST_COPIED))
        copied: list[CopiedFile] = []
        room = MOST_COPIED_BYTES
        for guild, one in found:
            content = await self._bytes_of(guild, one) if one.size <= room else None
            room -= 0 if content is None else len(content)
            path = f"proof/{guild}/{one.number}-{one.seq}-{one.name}"
            told = {"guild_id": guild, "number": one.number, "seq": one.seq, "name": one.name, "size": one.size}
            told |= {"content_type": one.content_type, "digest": one.digest, "created_at": one.at}
            copied.append(CopiedFile(path, {**told, "file": None if content is None else path}, content))
        return copied

    async def _bytes_of(self, guild_id: int, proof: Proof) -> bytes | None:
        try:
            return await asyncio.to_thread(self._disk.get, proof.digest)
        except BlobLost as error:
            _log.error("a file that proves a case is lost", guild=guild_id, case=proof.number, reason=str(error))
            return None

    async def sweep(self, kept: timedelta = KEPT_UNUSED) -> int:
        """Remove files that nothing has any more, such as those of servers that were erased; how many."""
        if self.store is None:
            return 0
        before, seconds = self._clock.now() - kept, kept.total_seconds()
        await self._database.transact(lambda session: files.forget_unused(session, before=before), idempotent=True)
        old = await asyncio.to_thread(self.store.old, seconds)
        dropped = 0
        for first in range(0, len(old), _AT_ONCE):
            some = old[first : first + _AT_ONCE]
            digests = [name.name for name in some]
            known = await self._database.query(lambda session, asked=digests: files.known(session, asked))
            unused = [name for name in some if name.name not in known]
            dropped += await asyncio.to_thread(self.store.drop, unused, seconds)
        return dropped
