"""Counts the transactions of a database: what idles shall not write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.db.engine import Database
from bot.db.meter import NoMeter, TransactionOutcome


class Counting(NoMeter):
    """A meter that remembers how transactions ended."""

    def __init__(self) -> None:
        self.ended: list[TransactionOutcome] = []

    def transacted(self, outcome: TransactionOutcome, seconds: float) -> None:  # noqa: ARG002 — the protocol's
        """Remember one."""
        self.ended.append(outcome)


@contextmanager
def transactions(database: Database) -> Iterator[list[TransactionOutcome]]:
    """How each transaction ended that was begun meanwhile, be it to claim nothing."""
    before, counting = database._meter, Counting()
    database._meter = counting
    try:
        yield counting.ended
    finally:
        database._meter = before
