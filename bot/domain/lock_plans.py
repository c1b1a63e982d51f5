"""What a lock or slowmode changes in a channel, and what is put back: worked out from what Discord shows.

The test of all this is one sentence: a lock, whatever others change meanwhile, and the unlocking together leave exactly
what the others changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.locks import Changed, Obstacle, Record
from bot.domain.overwrites import Bit, Overwrite, Overwrites, Standing, by_target, effective, fingerprint


class Form(StrEnum):
    """What kind of a channel it is, as far as that matters here."""

    TEXT = "text"
    VOICE = "voice"
    STAGE = "stage"
    FORUM = "forum"
    THREAD = "thread"


_TEXT = (
    Bit.SEND_MESSAGES
    | Bit.SEND_MESSAGES_IN_THREADS
    | Bit.CREATE_PUBLIC_THREADS
    | Bit.CREATE_PRIVATE_THREADS
    | Bit.ADD_REACTIONS
)
SILENCED: Mapping[Form, int] = {
    Form.TEXT: _TEXT,
    Form.FORUM: _TEXT,
    Form.VOICE: Bit.CONNECT | Bit.SPEAK | Bit.STREAM | Bit.SEND_MESSAGES | Bit.ADD_REACTIONS,
    Form.STAGE: Bit.CONNECT | Bit.REQUEST_TO_SPEAK | Bit.SEND_MESSAGES | Bit.ADD_REACTIONS,
    Form.THREAD: 0,
}
"""What a lock takes away. A thread has no overwrites: Discord has a lock for it."""

_VITAL: Mapping[Form, int] = {
    Form.TEXT: Bit.SEND_MESSAGES,
    Form.FORUM: Bit.SEND_MESSAGES,
    Form.VOICE: Bit.CONNECT,
    Form.STAGE: Bit.CONNECT,
    Form.THREAD: 0,
}
"""Without these taken away it would be no lock."""


@dataclass(frozen=True)
class ChannelFacts:
    """A channel as Discord shows it at one moment."""

    channel_id: int
    form: Form
    overwrites: Overwrites = ()
    parent_id: int | None = None
    category: Overwrites | None = None
    """What its category has, if it has one that can be seen."""
    rate: int = 0
    is_locked: bool = False
    is_archived: bool = False


# Locking --------------------------------------------------------------------------------------------------


def plan_lock(facts: ChannelFacts, me: Standing, role_ids: Collection[int]) -> Record | Obstacle:
    """What a lock changes here, to be remembered before it is done; or why there is nothing to change.

    Only what I may do myself can be taken from others, and I keep it: by a rule for me alone where the lock would reach
    me as well.
    """
    if facts.form is Form.THREAD:
        return Obstacle.CLOSED if facts.is_locked else Record(thread=True)
    mine = effective(me, facts.overwrites)
    bits = SILENCED[facts.form] & mine
    if not bits & _VITAL[facts.form]:
        return Obstacle.SEND if facts.form in {Form.TEXT, Form.FORUM} else Obstacle.CONNECT
    there = by_target(facts.overwrites)
    denied = [_denied(there.get(one), one, bits) for one in dict.fromkeys([me.guild_id, *role_ids])]
    changes = tuple(one for one in denied if one.bits)
    if not changes:
        return Obstacle.CLOSED
    without = imposed(Record(changes=changes), facts.overwrites)
    lost = mine & ~effective(me, without) & (bits | Bit.VIEW_CHANNEL)
    if lost:
        own = there.get(me.user_id)
        held = 0 if own is None else own.deny & lost
        kept = Changed(
            target_id=me.user_id, is_member=True, existed=own is not None, allows=True, bits=lost, denied=held
        )
        changes = (kept, *changes)
    is_synced = facts.category is not None and fingerprint(facts.category) == fingerprint(facts.overwrites)
    return Record(
        changes=changes,
        parent_id=facts.parent_id,
        synced=fingerprint(facts.overwrites) if is_synced else None,
    )


def _denied(now: Overwrite | None, role_id: int, bits: int) -> Changed:
    changed = bits if now is None else bits & ~now.deny
    allowed = 0 if now is None else now.allow & changed
    return Changed(
        target_id=role_id, is_member=False, existed=now is not None, allows=False, bits=changed, allowed=allowed
    )


def imposed(record: Record, overwrites: Overwrites) -> list[Overwrite]:
    """The overwrites with everything changed that is still as it was before the lock: again and again the same."""
    wanted = dict(by_target(overwrites))
    for change in record.changes:
        now = wanted.get(change.target_id, Overwrite(change.target_id, change.is_member))
        as_before = change.bits & ~((now.allow ^ change.allowed) | (now.deny ^ change.denied))
        set_bits, cleared = (now.allow, now.deny) if change.allows else (now.deny, now.allow)
        set_bits, cleared = set_bits | as_before, cleared & ~as_before
        allow, deny = (set_bits, cleared) if change.allows else (cleared, set_bits)
        if as_before:
            wanted[change.target_id] = Overwrite(change.target_id, change.is_member, allow, deny)
    return list(wanted.values())


def still_open(facts: ChannelFacts, record: Record) -> list[int]:
    """The roles that may go on writing, since the channel lets them by a rule of its own; not mine."""
    silenced = {one.target_id for one in record.changes}
    return [
        one.target_id
        for one in facts.overwrites
        if not one.is_member and one.target_id not in silenced and one.allow & _VITAL[facts.form]
    ]


# Unlocking ------------------------------------------------------------------------------------------------


def lifted(record: Record, overwrites: Overwrites) -> list[Overwrite]:
    """The overwrites with every bit put back that still stands as the lock left it."""
    wanted = dict(by_target(overwrites))
    for change in record.changes:
        now = wanted.get(change.target_id)
        if now is None:  # somebody took it away
            continue
        stands = _stands(change, now)
        allow = (now.allow & ~stands) | (change.allowed & stands)
        deny = (now.deny & ~stands) | (change.denied & stands)
        if allow or deny or change.existed:
            wanted[change.target_id] = Overwrite(change.target_id, change.is_member, allow, deny)
        else:
            del wanted[change.target_id]
    return list(wanted.values())


def _stands(change: Changed, now: Overwrite) -> int:
    return change.bits & (now.allow if change.allows else now.deny)


def holds(record: Record, facts: ChannelFacts) -> bool:
    """Whether anything of a lock is left in a channel."""
    if record.thread:
        return facts.is_locked
    there = by_target(facts.overwrites)
    return any(
        not one.allows and one.target_id in there and _stands(one, there[one.target_id]) for one in record.changes
    )


def is_whole(record: Record, facts: ChannelFacts) -> bool:
    """Whether all of it is left: nobody changed any of its bits."""
    if record.thread:
        return facts.is_locked
    there = by_target(facts.overwrites)
    return all(one.target_id in there and _stands(one, there[one.target_id]) == one.bits for one in record.changes)


def should_follow(record: Record, facts: ChannelFacts) -> bool:
    """Whether an unlocked channel takes over what its category has by now.

    It was synced, and nobody changed the channel itself since: without the lock it would have gone along.
    """
    if record.synced is None or facts.category is None or facts.parent_id != record.parent_id:
        return False
    return fingerprint(lifted(record, facts.overwrites)) == record.synced != fingerprint(facts.category)


# Slowmode -------------------------------------------------------------------------------------------------


def plan_slowmode(facts: ChannelFacts, seconds: int, old: Record | None) -> Record:
    """What a slowmode changes. One that takes the place of another for a time (`old`) ends in what was before both."""
    if old is not None and old.set_to == facts.rate and old.rate is not None:
        return Record(rate=old.rate, set_to=seconds)
    return Record(rate=facts.rate, set_to=seconds)
