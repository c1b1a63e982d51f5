"""An amount of coins that is fixed, or drawn from a range each time."""

from __future__ import annotations

import re
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

from bot.domain.amounts import parse_amount
from bot.errors import AmountNotUnderstood
from bot.words import N_

MOST_PAID = 1_000_000_000
"""The most coins that one claim can be set to pay."""

_BETWEEN = re.compile(r"\s*(?:[–—-]|\bto\b|\bbis\b)\s*", re.IGNORECASE)


class CoinRange(BaseModel):
    """Coins from `low` to `high`, both included, 1 to `MOST_PAID`. Stored as one number if they are the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: int = Field(ge=1, le=MOST_PAID)
    high: int = Field(ge=1, le=MOST_PAID)

    @classmethod
    def fixed(cls, amount: int) -> CoinRange:
        """Always this many."""
        return cls(low=amount, high=amount)

    @property
    def is_fixed(self) -> bool:
        """Whether there is nothing to draw."""
        return self.low == self.high

    @model_validator(mode="before")
    @classmethod
    def _from_stored(cls, value: Any) -> Any:
        if isinstance(value, int):
            return {"low": value, "high": value}
        if isinstance(value, (list, tuple)):
            low, high = cast("tuple[Any, Any]", value)
            return {"low": low, "high": high}
        return value

    @model_validator(mode="after")
    def _in_order(self) -> CoinRange:
        if self.low > self.high:
            raise ValueError(N_("must begin with the smaller number, such as 50–150"))
        return self

    @model_serializer
    def _to_store(self) -> int | tuple[int, int]:
        return self.low if self.is_fixed else (self.low, self.high)


def parse_range(text: str) -> tuple[int, int]:
    """Read ``250`` or ``50-150`` (also with a dash, ``to`` or ``bis``); the bounds are for the caller to judge.

    Raises:
        AmountNotUnderstood, AmountTooLarge: as in `parse_amount`.
    """
    parts = _BETWEEN.split(text.strip())
    if len(parts) > 2 or not all(parts):  # noqa: PLR2004 — from and to
        raise AmountNotUnderstood
    amounts = [parse_amount(part) for part in parts]
    return amounts[0], amounts[-1]
