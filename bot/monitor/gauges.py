"""What stands somewhere anyway, read when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.outbox import OutboxDepth
from bot.jobs.ticker import Ticker
from bot.services.command_logs import CommandLogBuffer

Row = tuple[list[str], float]


@dataclass(frozen=True)
class Stock:
    """What only the database knows, for all processes alike."""

    outbox: OutboxDepth
    backed_up_at: datetime | None


class ShardView(Protocol):
    """One connection to the gateway."""

    @property
    def latency(self) -> float:
        """Seconds between a heartbeat and its answer."""
        ...

    def is_closed(self) -> bool:
        """Whether it is not connected."""
        ...


class AppGauges:
    """Reads a running bot. Belongs to the event loop, like what it reads."""

    def __init__(
        self,
        *,
        bot: Any,
        ticker: Ticker,
        database: Database,
        caches: Mapping[str, Sized],
        command_log: CommandLogBuffer,
        clock: Clock,
    ) -> None:
        self._bot = bot  # typed as Any, like discord.py's own client in most of its signatures
        self._ticker = ticker
        self._database = database
        self._caches_of_ours = caches
        self._command_log = command_log
        self._clock = clock
        self.stock: Stock | None = None
        """What the database said when last asked; None while it is away."""

    def read(self) -> list[Metric]:
        """Everything as it is now."""
        parts = (self._gateway, self._database_use, self._caches, self._standing, self._waiting, self._backups)
        return [metric for part in parts for metric in part()]

    def _gateway(self) -> Iterator[Metric]:
        shards: dict[int, ShardView] = self._bot.shards
        yield _gauge(
            "folkmoot_gateway_connected",
            "Whether a shard is connected.",
            ["shard"],
            (([str(number)], float(not shard.is_closed())) for number, shard in shards.items()),
        )
        yield _gauge(
            "folkmoot_gateway_latency_seconds",
            "Between a heartbeat and its answer.",
            ["shard"],
            (([str(number)], shard.latency) for number, shard in shards.items()),
        )

    def _database_use(self) -> Iterator[Metric]:
        pools = self._database.pools()
        yield _gauge(
            "folkmoot_database_connections_in_use",
            "Connections in use.",
            ["pool"],
            (([pool.name], pool.in_use) for pool in pools),
        )
        yield _gauge(
            "folkmoot_database_connections_limit",
            "The most that may be in use at once.",
            ["pool"],
            (([pool.name], pool.limit) for pool in pools),
        )

    def _caches(self) -> Iterator[Metric]:
        bot = self._bot
        sizes = {
            "guilds": len(bot.guilds),
            "members": sum(len(guild.members) for guild in bot.guilds),
            "users": len(bot.users),
            "messages": len(bot.cached_messages),
            **{name: len(cache) for name, cache in self._caches_of_ours.items()},
        }
        rows: list[Row] = [([name], size) for name, size in sizes.items()]
        yield _gauge("folkmoot_cache_entries", "What is remembered in memory.", ["cache"], rows)

    def _standing(self) -> Iterator[Metric]:
        now: datetime = self._clock.now()
        standings = list(self._ticker.standings.values())
        yield _gauge(
            "folkmoot_ticker_lag_seconds",
            "By how much the nearest deadline has passed.",
            ["source"],
            (([one.source], one.lag(now)) for one in standings),
        )
        yield _gauge(
            "folkmoot_ticker_due_rows",
            "Rows that the last look found due.",
            ["source"],
            (([one.source], one.due_rows) for one in standings),
        )
        rows = CounterMetricFamily("folkmoot_ticker_rows", "Rows that were due.", labels=["source", "outcome"])
        for one in standings:
            rows.add_metric([one.source, "settled"], one.settled)
            rows.add_metric([one.source, "failed"], one.failed)
        yield rows

    def _waiting(self) -> Iterator[Metric]:
        if self.stock is not None:
            rows: list[Row] = [(["all"], self.stock.outbox.waiting), (["due"], self.stock.outbox.due)]
            yield _gauge("folkmoot_outbox_messages", "Messages that are owed.", ["which"], rows)
        waiting: list[Row] = [(["sightings"], self._bot.recorder.waiting), (["uses"], self._command_log.waiting)]
        yield _gauge("folkmoot_buffered_rows", "Rows that wait to be written.", ["buffer"], waiting)
        yield CounterMetricFamily(
            "folkmoot_uses_not_logged", "Uses that never got into the command log.", self._command_log.dropped
        )

    def _backups(self) -> Iterator[Metric]:
        if self.stock is not None:
            at = self.stock.backed_up_at
            yield _gauge(
                "folkmoot_last_backup_timestamp_seconds",
                "When the last automatic backup of the installation was begun; 0: there is none.",
                [],
                [([], 0.0 if at is None else at.timestamp())],
            )


def _gauge(name: str, help_text: str, labels: list[str], rows: Iterable[Row]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family
