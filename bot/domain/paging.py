"""Pages of a list that is read by its keys, newest first: what is added meanwhile never shifts them.

Keys are row ids, which are ordered by the time they were made; so a moment is a place in a list too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Cursor:
    """A place in a list: what lies beyond a key, older or newer."""

    edge: int
    newer: bool = False


NEWEST = Cursor(edge=2**63 - 1)
"""Where a list begins."""

OLDEST = Cursor(edge=0, newer=True)
"""Where it ends; keys are greater than 0."""


@dataclass(frozen=True)
class Slice(Generic[T]):
    """A page of a list, newest first, and the cursors of its neighbours."""

    items: tuple[T, ...]
    newer: Cursor | None
    older: Cursor | None


def cut(found: Sequence[T], cursor: Cursor, count: int, key: Callable[[T], int]) -> Slice[T]:
    """The page at `cursor` of at most `count`, from the up to `count` + 1 that were read there, newest first.

    The one more tells whether the list goes on in the direction of reading; in the other it does, for somebody came
    from there. That there is nothing is then possible only if what was there is gone.
    """
    more = len(found) > count
    items = tuple(found[1:] if more and cursor.newer else found[:count])
    if not items:
        return Slice((), None, None)
    has_newer = more if cursor.newer else cursor != NEWEST
    has_older = cursor != OLDEST if cursor.newer else more
    return Slice(
        items,
        newer=Cursor(key(items[0]), newer=True) if has_newer else None,
        older=Cursor(key(items[-1])) if has_older else None,
    )
