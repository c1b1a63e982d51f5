"""The draw of a giveaway, by version 1 of a law that anyone can follow: docs/giveaway-draws.md has it in words.

A secret seed is drawn when a giveaway begins, and its hash is published: the commitment. When it ends the list of
entrants is fixed and hashed too. Seed and list together give a key, the key gives numbers, and the numbers draw one
entrant after the other until nobody is left. Whole numbers throughout, so every language comes to the same order.

Nothing here waits or asks for a clock or chance, but a million entrants keep a processor busy for half a second: call
`draw` in a thread. Python runs one thread at a time and changes over every 5 ms, so every pass over a list is made in
steps that are shorter than that, and the event loop goes on beside it. Where even that is too much, `DrawRequest` and
`Draw` go to another process at 12 and 8 bytes an entrant.
"""

from __future__ import annotations

import hashlib
import hmac
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, count, islice
from operator import lt
from typing import Self

VERSION = 1
"""Of the law. A change to any step of it is another version, with another first line of the list."""

SEED_BYTES = 32
MOST_WEIGHT = 1_000_000

SPAN = 1 << 256
"""How many numbers a SHA-256 can be."""

_STEP = 4_096
"""Entrants that are gone through without letting another thread run."""


@dataclass(frozen=True)
class Entrants:
    """Everybody on the list, with their weights; it is fixed, so nobody may change the arrays any more.

    Somebody of weight 0 isn't on a list. A list may be empty.

    Raises:
        ValueError: the ids aren't ascending and unique, or a weight isn't from 1 to `MOST_WEIGHT`.
    """

    user_ids: array[int]
    """Ascending; of the type ``Q``."""
    weights: array[int]
    """As many, in the same order; of the type ``I``."""

    def __post_init__(self) -> None:
        ids, weights = self.user_ids, self.weights
        if (ids.typecode, weights.typecode) != ("Q", "I"):
            raise ValueError("the arrays are of the types Q and I")
        if len(ids) != len(weights):
            raise ValueError(f"{len(ids)} ids for {len(weights)} weights")
        before = 0
        for start in range(0, len(ids), _STEP):
            some, heavy = ids[start : start + _STEP], weights[start : start + _STEP]
            if some[0] <= before or not all(map(lt, some, islice(some, 1, None))):
                raise ValueError("ids are above 0, ascending and unique")
            if min(heavy) < 1 or max(heavy) > MOST_WEIGHT:
                raise ValueError(f"weights are from 1 to {MOST_WEIGHT}")
            before = some[-1]

    @classmethod
    def of(cls, entries: Iterable[tuple[int, int]]) -> Self:
        """A list of (user id, weight), which come in the order of their ids.

        Raises:
            ValueError: as for the class, and for numbers that are no ids or weights at all.
        """
        ids, weights = array("Q"), array("I")
        try:
            for user_id, weight in entries:
                ids.append(user_id)
                weights.append(weight)
        except OverflowError as error:
            raise ValueError(f"no id or weight: {error}") from None
        return cls(ids, weights)

    def __len__(self) -> int:
        return len(self.user_ids)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self.user_ids, self.weights, strict=True)


@dataclass(frozen=True)
class DrawRequest:
    """What a draw needs, and all that it needs."""

    guild_id: int
    number: int
    """Of the giveaway, in its guild."""
    seed: bytes = field(repr=False)
    entrants: Entrants = field(repr=False)
    most: int
    """Places that are wanted."""


@dataclass(frozen=True)
class Draw:
    """What came of it."""

    commitment: str
    list_hash: str
    """Both as 64 hexadecimal digits, in small letters."""
    places: array[int] = field(repr=False)
    """User ids in the order drawn: the first `most`, or all where there are fewer."""


def draw(request: DrawRequest) -> Draw:
    """Do all of a draw. The same request always comes to the same.

    Raises:
        ValueError: the seed isn't of `SEED_BYTES` bytes.
    """
    committed = commitment(request.seed)
    digest = list_hash(request.guild_id, request.number, committed, request.entrants)
    return Draw(committed, digest.hex(), order(request.entrants, request.seed, digest, request.most))


def commitment(seed: bytes) -> str:
    """What is published of a seed when its giveaway begins, as 64 hexadecimal digits in small letters.

    Raises:
        ValueError: the seed isn't of `SEED_BYTES` bytes.
    """
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed of {len(seed)} bytes")
    return hashlib.sha256(seed).hexdigest()


def list_lines(guild_id: int, number: int, committed: str, entrants: Entrants) -> Iterator[bytes]:
    """The list as the bytes that are hashed, a few thousand lines at a time."""
    yield f"folkmoot-giveaway {VERSION}\n{guild_id} {number} {committed}\n".encode("ascii")
    entries = iter(entrants)
    while lines := [f"{user_id} {weight}\n" for user_id, weight in islice(entries, _STEP)]:
        yield "".join(lines).encode("ascii")


def list_hash(guild_id: int, number: int, committed: str, entrants: Entrants) -> bytes:
    """The 32 bytes that stand for this list, of this giveaway, and for no other."""
    digest = hashlib.sha256()
    for lines in list_lines(guild_id, number, committed, entrants):
        digest.update(lines)
    return digest.digest()


def order(entrants: Entrants, seed: bytes, list_hash: bytes, most: int) -> array[int]:
    """The user ids at the first `most` places; with a higher `most` the same and more, up to the last place."""
    key = hmac.digest(seed, list_hash, "sha256")
    drawn = islice(places(entrants.weights, numbers(key)), most)
    return array("Q", (entrants.user_ids[index] for index in drawn))


def numbers(key: bytes) -> Iterator[int]:
    """The numbers that a key gives, each below `SPAN`. They don't end."""
    for counter in count():
        yield int.from_bytes(hmac.digest(key, counter.to_bytes(8, "big"), "sha256"), "big")


def places(weights: array[int], numbers: Iterator[int], span: int = SPAN) -> Iterator[int]:
    """Which of the weights is drawn first, which next, and so on, until each has been, once.

    Each number is below `span`, which is no less than the sum of the weights. Numbers of the last, incomplete multiple
    of the sum are passed over, for they would favour those who come first.
    """
    sums = _Sums(weights)
    left = sums.total
    while left:
        bound = span - span % left
        number = next(number for number in numbers if number < bound)
        index = sums.take(number % left)
        left -= weights[index]
        yield index


class _Sums:
    """Running sums of weights that are taken away one by one: a Fenwick tree.

    Node n is the sum of the n & -n weights that end with the n-th. So finding where a running sum first exceeds a
    number, and taking that weight out of all sums, is one walk down a path of log₂ nodes.
    """

    def __init__(self, weights: array[int]) -> None:
        sums = array("Q", (one for one in accumulate(weights, initial=0)))  # one by one, so that other threads run
        self.total = sums[-1]
        self._weights = weights
        self._nodes = array("Q", (one - sums[n & (n - 1)] for n, one in enumerate(sums)))
        self._widest = 1 << len(weights).bit_length() >> 1

    def take(self, number: int) -> int:
        """Take away the first weight at which the running sum exceeds `number`, and say which it was."""
        nodes, end = self._nodes, len(self._nodes)
        index, width = 0, self._widest
        around: list[int] = []
        while width:
            node = index + width
            if node < end:
                if nodes[node] <= number:
                    index = node
                    number -= nodes[node]
                else:
                    around.append(node)
            width >>= 1
        weight = self._weights[index]
        for node in around:
            nodes[node] -= weight
        return index
