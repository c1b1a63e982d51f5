"""What the database tells of itself to whoever measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Access = Literal["read", "write"]
TransactionOutcome = Literal["committed", "rolled back", "unknown"]


@dataclass(frozen=True)
class PoolUse:
    """How much of a pool of connections is used."""

    name: str
    in_use: int
    limit: int


class DatabaseMeter(Protocol):
    """Measures. Called for each session, so it must cost next to nothing. Times are in seconds."""

    def waited(self, access: Access, seconds: float) -> None:
        """A session waited for its connection."""
        ...

    def transacted(self, outcome: TransactionOutcome, seconds: float) -> None:
        """A transaction ended; the wait for its connection is not in the time."""
        ...


class NoMeter:
    """Measures nothing."""

    def waited(self, access: Access, seconds: float) -> None:
        """Nothing."""

    def transacted(self, outcome: TransactionOutcome, seconds: float) -> None:
        """Nothing."""
