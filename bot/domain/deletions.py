"""Which deleted messages somebody else than their author deleted, by what Discord's audit log says.

It names whose messages were deleted, in which channel and how many, never which ones; several in a row are one entry
whose count grows. Deleting one's own messages leaves nothing there, and neither does what bots delete.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Deleted:
    """A message that is gone."""

    message_id: int
    user_id: int
    """Who wrote it."""
    channel_id: int


@dataclass(frozen=True)
class Series:
    """An entry of the audit log: somebody deleted so many messages of one member in one channel."""

    id: int
    user_id: int
    """Whose messages."""
    channel_id: int
    count: int


def by_others(
    deleted: Iterable[Deleted], series: Iterable[Series], known: Mapping[int, int], since: int
) -> frozenset[int]:
    """The messages of which it can be told that somebody else deleted them.

    `known` is how far each series had counted when it was seen before; of one not seen yet it is only known how much it
    grew if it began since `since`, an id of that time. Where a member lost more messages in a channel than were
    counted, some they deleted themselves, and nobody can say which: then it is none.
    """
    grown = Counter[tuple[int, int]]()
    for one in series:
        before = known.get(one.id, 0 if one.id >= since else one.count)
        grown[one.user_id, one.channel_id] += max(one.count - before, 0)
    lost: dict[tuple[int, int], list[int]] = defaultdict(list)
    for message in deleted:
        lost[message.user_id, message.channel_id].append(message.message_id)
    told = (ids for key, ids in lost.items() if grown[key] >= len(ids))
    return frozenset(one for ids in told for one in ids)
