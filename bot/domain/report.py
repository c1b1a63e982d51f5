"""What a server's economy is like: how its coins are spread over its members, and where they come from and go to.

Everything is worked out from sums, so that the database may do the adding, however many members there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.domain.economy import Kind, Pocket

TENTHS = 10
"""Parts that members are divided into, by what they hold."""

FLOW_DAYS = (7, 30)
"""Days over which coins that came and went are counted: the last so many times 24 hours."""


@dataclass(frozen=True)
class Spread:
    """How coins are spread over members, those who hold least first. Whoever has an account counts.

    Sums are floats: they are only ever divided by each other, and no balance is told from one.
    """

    members: int
    middle: tuple[int, int]
    """What the one or two in the middle hold."""
    weighted: float
    """The sum of place times coins, from place 1."""
    lorenz: tuple[float, ...]
    """What the poorest tenth holds together, the poorest two tenths, and so on to all."""
    poorer: float
    """What all hold but the richest tenth, which is at least one member."""

    @property
    def coins(self) -> float:
        """What all hold."""
        return self.lorenz[-1]

    @property
    def median(self) -> int:
        """What the member in the middle holds; between two, half of both together, rounded down."""
        return sum(self.middle) // 2

    @property
    def gini(self) -> float | None:
        """The Gini coefficient: 0 where all hold the same, towards 1 where one holds everything.

        From values in ascending order, G = 2 * sum(i * x_i) / (n * sum(x_i)) - (n + 1) / n, which is the mean absolute
        difference of all pairs over twice the mean. Amartya Sen, On Economic Inequality, 1973, chapter 2; in this
        form C. Damgaard and J. Weiner, Describing inequality in plant size or fecundity, Ecology 81 (2000), 1139-1142.
        None where nobody holds anything.
        """
        if not self.members or not self.coins:
            return None
        found = 2 * self.weighted / (self.members * self.coins) - (self.members + 1) / self.members
        return min(max(found, 0.0), 1.0)

    @property
    def richest_share(self) -> float | None:
        """Which part of all coins the richest tenth holds, 0 to 1: the last step of the Lorenz curve.

        M. O. Lorenz, Methods of Measuring the Concentration of Wealth, 1905. None where nobody holds anything.
        """
        return (self.coins - self.poorer) / self.coins if self.coins else None

    @property
    def shares(self) -> tuple[float, ...]:
        """Which part of all coins each tenth of the members holds; empty where nobody holds anything."""
        if not self.coins:
            return ()
        below = (0.0, *self.lorenz)
        return tuple((upper - lower) / self.coins for lower, upper in pairwise(below))


NOBODY = Spread(0, (0, 0), 0.0, (0.0,) * TENTHS, 0.0)
"""Where no member has an account."""


def tenth_edges(members: int) -> tuple[int, ...]:
    """The last place of each tenth of so many members."""
    return tuple(members * part // TENTHS for part in range(1, TENTHS + 1))


def richest_count(members: int) -> int:
    """How many the richest tenth is: rounded up, so that it is somebody wherever there is anybody."""
    return -(-members // TENTHS)


@dataclass(frozen=True)
class Flow:
    """Coins that movements of one kind brought to members (a faucet) or took from them for good (a sink)."""

    kind: Kind
    made: int
    gone: int


@dataclass(frozen=True)
class Flows:
    """What came and went in the last `days` days."""

    days: int
    flows: tuple[Flow, ...]

    @property
    def made(self) -> int:
        """Coins that came."""
        return sum(flow.made for flow in self.flows)

    @property
    def gone(self) -> int:
        """Coins that went."""
        return sum(flow.gone for flow in self.flows)

    def faucets(self) -> Sequence[Flow]:
        """The kinds that brought coins, most first."""
        return sorted((flow for flow in self.flows if flow.made), key=lambda flow: -flow.made)

    def sinks(self) -> Sequence[Flow]:
        """The kinds that took coins, most first."""
        return sorted((flow for flow in self.flows if flow.gone), key=lambda flow: -flow.gone)


PUT_ASIDE = Pocket.ESCROW
"""What goes there is neither made nor gone: it is a member's, until something becomes of it."""
