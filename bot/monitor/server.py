"""A small HTTP server beside the bot: `/health`, `/ready` and `/metrics`. Says nothing secret, and changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.monitor.gauges import AppGauges, Stock
from bot.monitor.loop_lag import LoopLag
from bot.monitor.metrics import Metrics
from bot.monitor.patient import Patient
from bot.monitor.readiness import Readiness

_log = structlog.stdlib.get_logger(__name__)

_ANSWER_WITHIN = 5.0
"""Seconds for one answer."""

_STOCK_EVERY = 5.0
"""Seconds. However often somebody asks, the database is not asked more often."""

_STOCK_WITHIN = 1.0

_LARGEST_REQUEST = 1_024
"""Bytes of a body; there is nothing to send here."""

_KEEPALIVE = 75.0
_SHUTDOWN = 0.5


class MonitorServer:
    """Serves from `start` to `stop`, and samples the event loop meanwhile."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        metrics: Metrics,
        gauges: AppGauges,
        readiness: Readiness,
        stock: Callable[[], Coroutine[Any, Any, Stock]],
    ) -> None:
        self.host = host
        self.port = port
        self._metrics = metrics
        self._gauges = gauges
        self._readiness = readiness
        self._stock = Patient("stock", stock, _STOCK_WITHIN)
        self._asked_at = float("-inf")
        self._showing = asyncio.Lock()
        self._lag = LoopLag(metrics.lagged)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Begin to serve.

        Raises:
            OSError: the address can't be used.
        """
        app = web.Application(client_max_size=_LARGEST_REQUEST, middlewares=[_bounded])
        app.add_routes(
            [web.get("/health", self._health), web.get("/ready", self._ready), web.get("/metrics", self._show)]
        )
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=_KEEPALIVE, shutdown_timeout=_SHUTDOWN)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        self._lag.start()
        _log.info("metrics are served", host=self.host, port=self.port)

    async def stop(self) -> None:
        """Serve no more."""
        self._lag.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._readiness.close()
        await self._stock.close()

    async def _health(self, _: web.Request) -> web.Response:
        """It lives, and its loop turns: else nobody would answer."""
        return web.json_response({"status": "ok"})

    async def _ready(self, _: web.Request) -> web.Response:
        missing = await self._readiness.missing()
        return web.json_response({"ready": not missing, "missing": missing}, status=503 if missing else 200)

    async def _show(self, _: web.Request) -> web.Response:
        async with self._showing:  # one at a time, however many ask
            await self._take_stock()
            # Read here, but written in a thread: the loop has better things to do for so long.
            body = await asyncio.to_thread(self._metrics.render, self._gauges.read())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _take_stock(self) -> None:
        if time.monotonic() - self._asked_at < _STOCK_EVERY:
            return
        self._gauges.stock = None
        with contextlib.suppress(Exception):  # the database is away; its absence from the metrics says so
            self._gauges.stock = await self._stock.answer()
        self._asked_at = time.monotonic()


@web.middleware
async def _bounded(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        async with asyncio.timeout(_ANSWER_WITHIN):
            return await handler(request)
    except TimeoutError:
        return web.json_response({"error": "too slow"}, status=503)
