"""What a channel allows and denies, role by role and member by member: Discord's rules about it, and changes of it.

Every permission is a bit that an overwrite allows, denies, or says nothing of. A channel is *synced* with its category
as long as both have the same overwrites: Discord keeps nothing else about it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag


class Bit(IntFlag):
    """The permissions that matter to who may take part in a channel, by Discord's bits."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    ADD_REACTIONS = 1 << 6
    STREAM = 1 << 9
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MANAGE_ROLES = 1 << 28
    REQUEST_TO_SPEAK = 1 << 32
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38


EVERYTHING = (1 << 53) - 1


@dataclass(frozen=True)
class Overwrite:
    """What a channel allows and denies one role or member."""

    target_id: int
    is_member: bool
    allow: int = 0
    deny: int = 0


Overwrites = Sequence[Overwrite]


@dataclass(frozen=True)
class Standing:
    """What somebody is in a guild, as far as a channel's overwrites concern them."""

    user_id: int
    guild_id: int
    role_ids: Collection[int]
    base: int
    """What their roles give them in the whole guild."""
    is_owner: bool = False


def effective(who: Standing, overwrites: Overwrites) -> int:
    """What somebody may do in a channel: @everyone's overwrite, then all of their roles', then their own."""
    if who.is_owner or who.base & Bit.ADMINISTRATOR:
        return EVERYTHING
    there = by_target(overwrites)
    bits = who.base
    everyone = there.get(who.guild_id)
    if everyone is not None:
        bits = (bits & ~everyone.deny) | everyone.allow
    roles = [there[one] for one in set(who.role_ids) - {who.guild_id} if one in there]
    allow = deny = 0
    for one in roles:
        allow, deny = allow | one.allow, deny | one.deny
    bits = (bits & ~deny) | allow
    own = there.get(who.user_id)
    return bits if own is None else (bits & ~own.deny) | own.allow


def by_target(overwrites: Iterable[Overwrite]) -> Mapping[int, Overwrite]:
    """Overwrites by whom they are about."""
    return {one.target_id: one for one in overwrites}


def fingerprint(overwrites: Iterable[Overwrite]) -> str:
    """The same for the same overwrites, in whatever order, and for no others."""
    rows = sorted((one.target_id, one.is_member, one.allow, one.deny) for one in overwrites)
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Put:
    """Set an overwrite, which may be new."""

    overwrite: Overwrite


@dataclass(frozen=True)
class Remove:
    """Take an overwrite away."""

    target_id: int


def difference(now: Overwrites, wanted: Overwrites, *, last: int | None = None) -> list[Put | Remove]:
    """What turns some overwrites into others, and nothing else; what is about `last` comes last, else members first."""
    old, new = by_target(now), by_target(wanted)
    gone: list[Put | Remove] = [Remove(one) for one in old if one not in new]
    steps: list[Put | Remove] = [Put(one) for one in wanted if old.get(one.target_id) != one]

    def order(step: Put | Remove) -> tuple[bool, bool, int]:
        target = step.target_id if isinstance(step, Remove) else step.overwrite.target_id
        known = new.get(target) or old[target]
        return target == last, not known.is_member, target

    return sorted(steps + gone, key=order)
