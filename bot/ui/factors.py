"""Factors as people read them."""

from __future__ import annotations

from bot.domain.leveling import UNIT
from bot.ui import text


def factor(per_mille: int) -> str:
    """A factor, such as ×1.5: without zeros behind the point."""  # noqa: RUF002 — times is meant
    whole, rest = divmod(per_mille, UNIT)
    fraction = f"{rest:03}".rstrip("0")
    point = text.decimal(0.5)[1]
    return f"×{text.number(whole)}{point}{fraction}" if fraction else f"×{text.number(whole)}"  # noqa: RUF001 — times is meant
