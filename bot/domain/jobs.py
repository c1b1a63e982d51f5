"""What /work tells that somebody did: texts of the house, or a server's own."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.coin_range import MOST_PAID, CoinRange, parse_range
from bot.errors import AmountNotPositive, AmountTooLarge, JobEmpty
from bot.words import N_

MOST_JOBS = 100
"""Jobs of one server."""

LONGEST_JOB = 200
"""Characters of a job's text."""

_JOINER = "\N{ZERO WIDTH JOINER}"
"""Unseen, but what many emoji are put together with."""

BUILT_IN: tuple[str, ...] = (
    N_("You swept the village common."),
    N_("You mended the fence around the meadow."),
    N_("You carried water from the well for half the village."),
    N_("You baked bread for the market."),
    N_("You picked apples until the baskets were full."),
    N_("You minded the geese, and lost only your patience."),
    N_("You painted the old notice board green again."),
    N_("You sorted the letters at the post office."),
    N_("You oiled the gate that creaked all summer."),
    N_("You repaired the roof of the mill before the rain came."),
    N_("You read to the children under the oak."),
    N_("You rang the bell at noon, and nearly on time."),
    N_("You gathered firewood for the long evenings."),
    N_("You caught the goat that ate the minutes of the last meeting."),
    N_("You trimmed the hedge into what may well be a swan."),
    N_("You counted the sheep, and stayed awake."),
    N_("You played the fiddle at the harvest dance."),
    N_("You ferried travellers across the river."),
    N_("You kept the lanterns lit until morning."),
    N_("You tasted all the jams at the fair, and judged them fairly."),
)
"""Jobs for servers that wrote none of their own."""


@dataclass(frozen=True)
class JobDraft:
    """A job as staff wrote it; without pay of its own it pays what the server's settings say."""

    text: str
    pay: CoinRange | None = None


@dataclass(frozen=True)
class Job:
    """A job on a server's list."""

    id: int
    text: str
    pay: CoinRange | None
    version: int
    """Which a change has to name."""

    @property
    def draft(self) -> JobDraft:
        """What staff wrote."""
        return JobDraft(self.text, self.pay)


def read_job(text: str, pay: str) -> JobDraft:
    """A job from what staff wrote: its text as one line, and its pay such as ``75`` or ``50-150``, or nothing.

    Raises:
        JobEmpty: there are no words in it.
        AmountNotUnderstood, AmountNotPositive, AmountTooLarge: the pay can't be read, or can't be paid.
    """
    shown = "".join(sign if sign.isprintable() or sign == _JOINER else " " for sign in text)
    line = " ".join(shown.split())[:LONGEST_JOB].rstrip()
    if not any(sign.isalnum() for sign in line):
        raise JobEmpty
    if not pay.strip():
        return JobDraft(line)
    low, high = sorted(parse_range(pay))
    if low < 1:
        raise AmountNotPositive(low)
    if high > MOST_PAID:
        raise AmountTooLarge(MOST_PAID)
    return JobDraft(line, CoinRange(low=low, high=high))
