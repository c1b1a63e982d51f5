"""What coins are called in a server: set for the task that answers, as its language is."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Currency:
    """What one and several are called, and the emoji before them; empty where the server chose nothing."""

    one: str = ""
    many: str = ""
    emoji: str = ""

    def named(self, amount: int) -> str:
        """What so many are called; empty where the house's own word stands."""
        return self.one if amount == 1 and self.one else self.many or self.one


_USUAL = Currency()
_spent: ContextVar[Currency] = ContextVar("spent", default=_USUAL)


def spend(currency: Currency) -> None:
    """Name coins by a server's own words for the rest of this task."""
    _spent.set(currency)


def currency() -> Currency:
    """What coins are called in this task."""
    return _spent.get()
