"""Notices between processes: a word to everybody on the same database, delivered when its transaction commits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from sqlalchemy import bindparam, func, select

from bot.db import postgres
from bot.db.config import DatabaseConfig
from bot.db.sessions import WriteSession

_log = structlog.stdlib.get_logger(__name__)

WATCH_INTERVAL = 3.0
"""Seconds between two looks at a connection that says nothing."""

PATIENCE = 2.0
"""Seconds that such a look may take; then the connection counts as broken."""

RETRY = 1.0
"""Seconds between two tries to connect."""

_notify = select(func.pg_notify(bindparam("channel"), bindparam("payload")))


async def send(session: WriteSession, channel: str, payload: str) -> None:
    """Tell every listening process, this one included, once the transaction has committed. On SQLite: nobody."""
    if session.dialect.name == "postgresql":
        await session.execute(_notify, {"channel": channel, "payload": payload})


class Listener:
    """Hears channels, each by a function, on one connection past any pooler; connects again for as long as it runs.

    Between `on_connected` and `on_lost` no notice is missed. A connection that breaks without a word is noticed after
    `WATCH_INTERVAL + PATIENCE` seconds at the latest. On SQLite, where no other process may be, it does nothing.
    """

    def __init__(
        self,
        config: DatabaseConfig,
        channels: Mapping[str, Callable[[str], None]],
        *,
        on_connected: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._config = config
        self._channels = channels
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen, without waiting for the connection."""
        if not self._config.is_sqlite:
            self._task = asyncio.create_task(self._run(), name="listener")

    async def stop(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001 — whatever it is, the next connection may be better
                _log.warning("not listening for notices", channels=[*self._channels], error=repr(error))
            await asyncio.sleep(RETRY)

    async def _listen(self) -> None:
        connection = await self._connect()
        broken = asyncio.Event()

        def heard(_connection: Any, _pid: int, channel: str, payload: str) -> None:
            self._channels[channel](payload)

        def ended(_connection: Any) -> None:
            self._on_lost()  # here and not after the next look: from now on notices are missed
            broken.set()

        try:
            connection.add_termination_listener(ended)
            for channel in self._channels:
                await connection.add_listener(channel, heard)
            self._on_connected()
            while not broken.is_set():
                await connection.execute("SELECT 1", timeout=PATIENCE)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(WATCH_INTERVAL):
                        await broken.wait()
        finally:
            self._on_lost()
            connection.terminate()

    async def _connect(self) -> Any:
        url = self._config.direct_url or self._config.url
        timeout = self._config.connect_timeout
        name = {"application_name": "folkmoot notices"}
        return await postgres.connect(url, timeout=timeout, command_timeout=timeout, server_settings=name)
