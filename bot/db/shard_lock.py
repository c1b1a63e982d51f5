"""Locks that keep a shard from running in two processes (PostgreSQL).

They are session locks: whoever loses the connection has lost the lock, and must stop before another takes over.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] — it ships none
import structlog

from bot.db.config import DatabaseConfig

_log = structlog.stdlib.get_logger(__name__)

_BASE = 0x464F_4C4B << 32
_INSTALLATION = _BASE
WATCH_INTERVAL = 3.0
"""Seconds between two looks at the connection that holds the locks."""


class ShardTakenError(Exception):
    """Another process runs one of these shards; the message is for the operator."""


class ShardLock:
    """Holds the locks of some shards, on a connection of its own past any pooler.

    Without shards it holds the whole installation, so that a process that serves everything and one that serves a
    part never run together.
    """

    def __init__(self, config: DatabaseConfig, shard_ids: Sequence[int], on_lost: Callable[[], None]) -> None:
        self._config = config
        self._shard_ids = sorted(shard_ids)
        self._on_lost = on_lost
        self._connection: Any = None
        self._watch: asyncio.Task[None] | None = None

    async def acquire(self) -> None:
        """Take the locks and begin to watch them.

        Raises:
            ShardTakenError: another process holds one.
        """
        url = (self._config.direct_url or self._config.url).replace("+asyncpg", "")
        timeout = self._config.connect_timeout
        connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] — untyped
        self._connection = await connect(url, timeout=timeout, command_timeout=timeout)
        if not await self._take_all():
            await self._connection.close()
            which = "the shards of this process" if self._shard_ids else "this installation"
            raise ShardTakenError(f"another process on the same database already runs {which}; stop it first")
        self._watch = asyncio.create_task(self._watching(), name="shard-lock")

    async def _take_all(self) -> bool:
        if not self._shard_ids:
            return bool(await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", _INSTALLATION))
        if not await self._connection.fetchval("SELECT pg_try_advisory_lock_shared($1)", _INSTALLATION):
            return False
        for shard_id in self._shard_ids:
            key = _BASE + 1 + shard_id
            if not await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", key):
                return False
        return True

    async def _watching(self) -> None:
        while True:
            await asyncio.sleep(WATCH_INTERVAL)
            try:
                await self._connection.execute("SELECT 1")
            except Exception as error:  # noqa: BLE001 — whatever it is, the lock can't be relied on any more
                _log.error("the shard lock is lost", error=repr(error))
                self._on_lost()
                return

    async def release(self) -> None:
        """Give the locks back."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        if self._connection is not None:
            with contextlib.suppress(Exception):  # the server drops the locks of a connection that is gone
                await self._connection.close(timeout=1)
            self._connection = None
