"""The metrics that are counted as things happen. What merely stands somewhere is read at each scrape (`gauges`).

No label is a guild, a person or anything else without end: `Names` lets only so many different values through.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from yarl import URL

from bot import __version__
from bot.db.meter import Access, TransactionOutcome
from bot.domain.uses import Use, UseOutcome

_USE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 10.0)
_DATABASE_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0)
_LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_REST_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_ROUTES = frozenset(
    {"applications", "channels", "gateway", "guilds", "interactions", "invites", "oauth2", "users", "webhooks"}
)
"""The first words of Discord's routes that are told apart."""

_SWITCHING_PROTOCOLS = 101
_TOO_MANY_REQUESTS = 429


class Names:
    """Lets the first `limit` different names through; any further one is ``other``."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        """The name, or ``other``."""
        if name not in self._known:
            if len(self._known) >= self._limit:
                return "other"
            self._known.add(name)
        return name


class _Both(Collector):
    """What is counted, and what merely stands."""

    def __init__(self, counted: CollectorRegistry, standing: Sequence[Metric]) -> None:
        self._counted = counted
        self._standing = standing

    def collect(self) -> Iterable[Metric]:
        """All of it."""
        yield from self._counted.collect()
        yield from self._standing


class Metrics:
    """Every counter and histogram of one bot, in a registry of its own."""

    def __init__(self) -> None:
        disable_created_metrics()  # a second series for each, which nobody reads; the library offers it so only
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        about = {"version": __version__, "python": platform.python_version(), "discord_py": discord.__version__}
        Info("folkmoot_build", "What runs.", registry=self.registry).info(about)
        self._use_metrics()
        self._discord_metrics()
        self._process_metrics()

    def _use_metrics(self) -> None:
        registry = self.registry
        self._use_names, self._error_names = Names(300), Names(100)
        self._uses = Counter(
            "folkmoot_uses", "Commands, controls and forms.", ["kind", "name", "outcome"], registry=registry
        )
        self._use_seconds = Histogram(
            "folkmoot_use_seconds",
            "From the arrival of a use to its answer.",
            ["kind", "name"],
            buckets=_USE_SECONDS,
            registry=registry,
        )
        self._incidents = Counter("folkmoot_incidents", "Faults that members met.", ["exception"], registry=registry)

    def _discord_metrics(self) -> None:
        registry = self.registry
        self._event_names = Names(200)
        events = Counter("folkmoot_gateway_events", "Events from Discord.", ["type"], registry=registry)
        self._events_of = cache(events.labels)  # finding it costs more than counting; as many as there are names
        self._event_failures = Counter(
            "folkmoot_event_failures", "Handlers of events that raised.", ["handler"], registry=registry
        )
        self._requests = Counter(
            "folkmoot_rest_requests", "Requests to Discord.", ["route", "status"], registry=registry
        )
        self._limited = Counter(
            "folkmoot_rest_rate_limited", "Requests that Discord answered with 429.", ["route"], registry=registry
        )
        self._request_seconds = Histogram(
            "folkmoot_rest_seconds", "How long Discord took to answer.", buckets=_REST_SECONDS, registry=registry
        )

    def _process_metrics(self) -> None:
        registry = self.registry
        self._waits = Histogram(
            "folkmoot_database_wait_seconds",
            "How long a session waited for its connection.",
            ["access"],
            buckets=_DATABASE_SECONDS,
            registry=registry,
        )
        self._transactions = Histogram(
            "folkmoot_database_transaction_seconds",
            "From the beginning of a transaction to its end.",
            ["outcome"],
            buckets=_DATABASE_SECONDS,
            registry=registry,
        )
        self._lag = Histogram(
            "folkmoot_event_loop_lag_seconds",
            "How late the event loop gets to what is due, sampled.",
            buckets=_LAG_SECONDS,
            registry=registry,
        )

    def render(self, standing: Sequence[Metric] = ()) -> bytes:
        """Everything in Prometheus' text format, and `standing` as well.

        Takes tens of milliseconds once hundreds of names are known; may be called in a thread.
        """
        return generate_latest(_Both(self.registry, standing))

    # What is used ---------------------------------------------------------------------------------------

    def used(self, use: Use) -> None:
        """A command, control or form was answered."""
        name = self._use_names(use.name)
        self._uses.labels(use.kind.value, name, use.ending.outcome.value).inc()
        self._use_seconds.labels(use.kind.value, name).observe(use.seconds)
        if use.ending.outcome is UseOutcome.INCIDENT:
            self._incidents.labels(self._error_names(use.ending.error or "unknown")).inc()

    # The gateway ----------------------------------------------------------------------------------------

    def event(self, name: str) -> None:
        """An event arrived."""
        self._events_of(self._event_names(name)).inc()

    def event_failed(self, handler: str) -> None:
        """A handler of events raised."""
        self._event_failures.labels(self._event_names(handler)).inc()

    # Requests to Discord --------------------------------------------------------------------------------

    def watch_requests(self, trace: aiohttp.TraceConfig) -> None:
        """Count the requests of the sessions that are opened with a trace."""
        trace.on_request_start.append(self._request_began)
        trace.on_request_end.append(self._request_answered)
        trace.on_request_exception.append(self._request_failed)

    async def _request_began(self, _session: Any, context: SimpleNamespace, _: Any) -> None:
        context.began = time.perf_counter()

    async def _request_answered(
        self, _session: Any, context: SimpleNamespace, answered: aiohttp.TraceRequestEndParams
    ) -> None:
        status = answered.response.status
        if status == _SWITCHING_PROTOCOLS:
            return  # the gateway's socket
        route = route_of(answered.url)
        self._requests.labels(route, f"{status // 100}xx").inc()
        self._request_seconds.observe(time.perf_counter() - context.began)
        if status == _TOO_MANY_REQUESTS:
            self._limited.labels(route).inc()

    async def _request_failed(
        self, _session: Any, _context: SimpleNamespace, failed: aiohttp.TraceRequestExceptionParams
    ) -> None:
        self._requests.labels(route_of(failed.url), "failed").inc()

    # The database ---------------------------------------------------------------------------------------

    def waited(self, access: Access, seconds: float) -> None:
        """A session waited for its connection."""
        self._waits.labels(access).observe(seconds)

    def transacted(self, outcome: TransactionOutcome, seconds: float) -> None:
        """A transaction ended."""
        self._transactions.labels(outcome).observe(seconds)

    # The rest -------------------------------------------------------------------------------------------

    def lagged(self, seconds: float) -> None:
        """The event loop was late."""
        self._lag.observe(seconds)


def route_of(url: URL) -> str:
    """What a request is about, as coarsely as Discord's routes begin; never an id or a token."""
    for part in url.parts[1:4]:  # after /api/v10, or whatever a proxy has there
        if part in _ROUTES:
            return part
    return "other"
