"""What came and went in each hour, as it is kept so that a report need not add up a month of movements.

An hour is a number, `bot.ids.hour_at`: movements belong to the hour in which their ids were made. What is kept of a
guild are whole hours without a gap; what comes before and after them is told by the ledger itself, so the sums are
always those of this moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.economy import Kind
from bot.domain.report import FLOW_DAYS, Flow

LONGEST = timedelta(days=max(FLOW_DAYS))
"""What a report looks back on."""

KEPT_FOR = LONGEST + timedelta(days=1)
"""How long an hour is kept: a day longer than it is needed, so that a clock that is corrected loses nothing."""

AGAIN = 1
"""Hours that are added up once more with the next one.

An hour is left alone for `OVERLAP` of `bot.domain.wealth` after its end, which is longer than a transaction takes that
got its id before it. Should one ever take longer, or a clock go wrong for so short a time that nobody sees it, this
finds what it moved.
"""

Sums = Mapping[tuple[Kind, bool], int]
"""Coins by kind, and by whether they were made (else they are gone)."""


@dataclass(frozen=True)
class FlowMark:
    """The hours that are kept of a guild: from `kept_from` on, up to before `kept_to`."""

    kept_from: int
    kept_to: int


@dataclass(frozen=True)
class Start:
    """From where to go on with a guild: what of its mark holds, and the first hour that is to be added up."""

    mark: FlowMark
    first: int


@dataclass(frozen=True)
class Edges:
    """Hours that matter at a moment."""

    settled: int
    """The first that may still get movements: those before it have all of theirs."""
    needed: int
    """The one in which `LONGEST` begins."""
    oldest: int
    """The first that is kept."""


def start(mark: FlowMark | None, edges: Edges) -> Start:
    """Where to go on. A guild begins anew where hours are missing: after a long rest, or a clock that ran ahead."""
    if mark is None or mark.kept_to < edges.oldest or mark.kept_from > edges.needed:
        return Start(FlowMark(edges.oldest, edges.oldest), edges.oldest)
    kept_to = min(mark.kept_to, edges.settled)  # a clock that was set back makes ids again that were passed
    return Start(FlowMark(min(mark.kept_from, kept_to), kept_to), max(kept_to - AGAIN, mark.kept_from))


@dataclass(frozen=True)
class Pieces:
    """A span of movements: ids in the ledger, from the first to before the second, and whole hours likewise."""

    ledger: tuple[tuple[int, int], ...]
    hours: tuple[int, int] | None


def pieces(mark: FlowMark | None, edges: Edges, span: tuple[int, int], hour: int) -> Pieces:
    """How to tell a span of movements, by their ids: by what is kept, and by the ledger elsewhere.

    An hour has so many ids: those of hour h are `h * hour` and above.
    """
    whole = Pieces((span,), None)
    if mark is None:
        return whole
    since, until = span
    first = max(-(-since // hour), mark.kept_from)
    last = min(until // hour, mark.kept_to, edges.settled)
    if first >= last:
        return whole
    ends = ((since, first * hour), (last * hour, until))
    return Pieces(tuple(end for end in ends if end[0] < end[1]), (first, last))


def together(*parts: Sums) -> dict[tuple[Kind, bool], int]:
    """Sums added up."""
    whole: dict[tuple[Kind, bool], int] = {}
    for part in parts:
        for what, coins in part.items():
            whole[what] = whole.get(what, 0) + coins
    return whole


def told(sums: Sums) -> tuple[Flow, ...]:
    """What came and went, by kind."""
    kinds = sorted({kind for kind, _ in sums})
    return tuple(Flow(kind, sums.get((kind, True), 0), sums.get((kind, False), 0)) for kind in kinds)
