"""What is said and written down of locks and slowmodes."""

from __future__ import annotations

from bot.domain.locks import ChannelLock, LockKind, LockState
from bot.words import Phrase

LOCKED, UNLOCKED, CHANGED = "lock.set", "lock.end", "lock.change"
SLOWED, SPED = "slowmode.set", "slowmode.end"  # as the audit log has it


def how_long(lock: ChannelLock) -> Phrase:
    """How long a lock or slowmode lasts, as the end of a sentence."""
    if lock.expires_at is None:
        return Phrase("until somebody ends it")
    return Phrase("until {end}", {"end": lock.expires_at})


def deed(before: ChannelLock, after: ChannelLock) -> str | None:
    """What was done, as the audit log has it; None: nothing that anybody needs to read of."""
    is_lock = after.kind is LockKind.LOCK
    if before.state in {LockState.PLANNED, LockState.APPLYING}:
        return LOCKED if is_lock else SLOWED
    if before.state is LockState.LIFTING and after.state is LockState.ENDED:
        return UNLOCKED if is_lock else SPED
    return None


def told(lock: ChannelLock) -> dict[str, str | int | None]:
    """A lock or slowmode as the audit log has it."""
    until = None if lock.expires_at is None else lock.expires_at.isoformat()
    if lock.kind is LockKind.LOCK:
        return {"until": until}
    rate = None if lock.record is None else lock.record.set_to
    return {"slowmode": f"{rate} s", "until": until}


def notice(lock: ChannelLock, *, is_ended: bool) -> list[Phrase]:
    """What a channel reads."""
    if is_ended:
        return [Phrase("🔓 This channel is open again.")]
    if lock.expires_at is None:
        said = [Phrase("🔒 This channel is locked.")]
    else:
        said = [Phrase("🔒 This channel is locked. It opens again {end}.", {"end": lock.expires_at})]
    if lock.reason:
        said.append(Phrase("Reason: {reason}", {"reason": " ".join(lock.reason.split())}))
    return said
