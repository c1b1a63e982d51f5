"""What is said and written down of locks and slowmodes."""

from __future__ import annotations

from bot.domain.audit import CHANNEL, AuditRecord, AuditSource
from bot.domain.locks import ChannelLock, LockKind, LockState
from bot.words import Phrase

LOCKED, UNLOCKED, CHANGED = "lock.set", "lock.end", "lock.change"
SLOWED, SPED = "slowmode.set", "slowmode.end"  # as the audit log has it


def how_long(lock: ChannelLock) -> Phrase:
    """How long a lock stands, as half a sentence."""
    if lock.expires_at is None:
        return Phrase("it stays so until somebody uses `/unlock`")
    return Phrase("it opens again {end}", {"end": lock.expires_at})


def recorded(before: ChannelLock, after: ChannelLock) -> AuditRecord | None:
    """What was done, as the audit log has it; None: nothing that anybody needs to read of."""
    is_lock, place = after.kind is LockKind.LOCK, str(after.channel_id)
    if before.state in {LockState.PLANNED, LockState.APPLYING}:
        about = (after.by_id, after.source, CHANNEL, place, None, told(after), after.reason)
        return AuditRecord(LOCKED, *about) if is_lock else AuditRecord(SLOWED, *about)
    if before.state is LockState.LIFTING and after.state is LockState.ENDED:
        source = AuditSource.TICKER if after.ended_by is None else after.source
        over = (after.ended_by, source, CHANNEL, place, told(after), None, after.wish.ended_because)
        return AuditRecord(UNLOCKED, *over) if is_lock else AuditRecord(SPED, *over)
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
        said = [Phrase("🔓 This channel is open again.")]
    elif lock.expires_at is None:
        said = [Phrase("🔒 This channel is locked.")]
    else:
        said = [Phrase("🔒 This channel is locked. It opens again {end}.", {"end": lock.expires_at})]
    reason = lock.wish.ended_because if is_ended else lock.reason
    if reason:
        said.append(Phrase("Reason: {reason}", {"reason": " ".join(reason.split())}))
    return said
