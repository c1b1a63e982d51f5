"""Locks that keep a shard from running in two processes (PostgreSQL).

They are session locks: whoever loses the connection has lost them, takes them again at once if they are still there,
and stops if another was faster.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection
from typing import Any

import structlog

from bot.db import postgres
from bot.db.config import DatabaseConfig

_log = structlog.stdlib.get_logger(__name__)

_BASE = 0x464F_4C4B << 32
_INSTALLATION = _BASE
_COUNTS = 0x464F_4C43
_OTHER_COUNTS = """
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid = $1::int::oid AND objid <> $2::int::oid AND objsubid = 2
"""
_OWN_BACKEND = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
_END_BACKEND = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2"
_TRIES = 5
_BETWEEN_TRIES = 0.2
"""Seconds; all tries together are shorter than a process needs to start and serve anybody."""

_TAKEN = "another process on the same database already runs {}; stop it first"
_NOTICED_WHEN_GONE = {
    "application_name": "folkmoot shard lock",
    # A machine that lost its power says no goodbye; its locks must not outlive it for hours.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
WATCH_INTERVAL = 3.0
"""Seconds between two looks at the connection that holds the locks."""


class ShardTakenError(Exception):
    """Another process runs one of these shards; the message is for the operator."""


class ShardLock:
    """Holds the locks of some shards, on a connection of its own past any pooler.

    Without shards it holds the whole installation, so that a process that serves everything and one that serves a
    part never run together.
    """

    def __init__(
        self,
        config: DatabaseConfig,
        shard_count: int | None,
        shard_ids: Collection[int],
        on_lost: Callable[[], None],
    ) -> None:
        self._config = config
        self._shard_count = shard_count
        self._shard_ids = sorted(shard_ids)
        self._on_lost = on_lost
        self._connection: Any = None
        self._backend: tuple[Any, ...] = ()
        self._watch: asyncio.Task[None] | None = None

    async def acquire(self) -> None:
        """Take the locks and begin to watch them.

        Raises:
            ShardTakenError: another process holds one.
        """
        await self._connect()
        try:
            await self._take_all()
        except BaseException:
            await self._connection.close()
            raise
        self._watch = asyncio.create_task(self._watching(), name="shard-lock")

    async def _connect(self) -> None:
        url = self._config.direct_url or self._config.url
        timeout = self._config.connect_timeout
        self._connection = await postgres.connect(
            url, timeout=timeout, command_timeout=timeout, server_settings=_NOTICED_WHEN_GONE
        )
        self._backend = tuple(await self._connection.fetchrow(_OWN_BACKEND))

    async def _take_all(self) -> None:
        if not self._shard_ids:
            if not await self._try("pg_try_advisory_lock", _INSTALLATION):
                raise ShardTakenError(_TAKEN.format("this installation"))
            return
        if not await self._try("pg_try_advisory_lock_shared", _INSTALLATION):
            raise ShardTakenError(_TAKEN.format("this installation"))
        # Two counts part the guilds differently, so the same guild would have two homes.
        await self._connection.execute("SELECT pg_advisory_lock_shared($1::int, $2::int)", _COUNTS, self._shard_count)
        if await self._connection.fetchval(_OTHER_COUNTS, _COUNTS, self._shard_count):
            raise ShardTakenError("another process on the same database runs with another SHARD_COUNT; make them equal")
        for shard_id in self._shard_ids:
            if not await self._try("pg_try_advisory_lock", _BASE + 1 + shard_id):
                raise ShardTakenError(_TAKEN.format(f"shard {shard_id}"))

    async def _try(self, function: str, key: int) -> bool:
        return bool(await self._connection.fetchval(f"SELECT {function}($1)", key))

    async def _watching(self) -> None:
        while True:
            await asyncio.sleep(WATCH_INTERVAL)
            try:
                await self._connection.execute("SELECT 1")
            except Exception as error:  # noqa: BLE001 — whatever it is, the connection can't be relied on any more
                _log.warning("the shard lock's connection broke", error=repr(error))
                if not await self._retaken():
                    _log.error("the shard lock is lost")
                    self._on_lost()
                    return

    async def _retaken(self) -> bool:
        """Take the locks anew, as soon as the database answers; False if somebody else was faster.

        While it does not answer nobody can take them. A server that was only silent may still hold them for the
        connection that we gave up, which is ours to end.
        """
        while True:
            given_up, broken = self._backend, self._connection
            broken.terminate()
            try:
                await self._connect()
                await self._connection.execute(_END_BACKEND, *given_up)
                return await self._taken_soon()
            except Exception as error:  # noqa: BLE001 — nobody else can connect either
                _log.warning("the shard lock waits for the database", error=repr(error))
            await asyncio.sleep(WATCH_INTERVAL)

    async def _taken_soon(self) -> bool:
        for _ in range(_TRIES):
            try:
                await self._take_all()
            except ShardTakenError:
                await asyncio.sleep(_BETWEEN_TRIES)
            else:
                _log.info("the shard lock is held again")
                return True
        return False

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
