"""Lines that are said together: one message for each channel and minute, however many there are to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.domain.outbox import MAX_CONTENT, Mentions, Payload

FOLDED_FOR = timedelta(minutes=1)

FOLDED_AHEAD = 3
"""Minutes ahead that may be filled with lines; what comes on top of that is left out, for nobody would read it."""

MOST_PINGED = 100
"""Members that Discord lets one message notify."""


@dataclass(frozen=True)
class Line:
    """One thing to be said, perhaps notifying one member that it names."""

    text: str
    ping: int | None = None


def minute_of(moment: datetime) -> int:
    """The minute that a moment is in, counted from 1970."""
    return int(moment.timestamp()) // 60


def begins(minute: int) -> datetime:
    """When a minute begins."""
    return datetime.fromtimestamp(minute * 60, UTC)


def filled(payload: Payload | None, lines: Sequence[Line]) -> tuple[Payload | None, Sequence[Line]]:
    """A message (None: a new one) with as many lines as it has room for, and those that are left over.

    There is no message where not one line fits.
    """
    said = [] if payload is None else [payload.content]
    pings = [] if payload is None else list(payload.mentions.users)
    taken = 0
    for line in lines:
        wanted = {*pings} if line.ping is None else {*pings, line.ping}
        if len("\n".join([*said, line.text])) > MAX_CONTENT or len(wanted) > MOST_PINGED:
            break
        said.append(line.text)
        pings, taken = sorted(wanted), taken + 1
    if not taken:
        return None, lines
    content, mentions = "\n".join(said), Mentions(users=tuple(pings))
    full = (
        Payload(content, mentions=mentions) if payload is None else replace(payload, content=content, mentions=mentions)
    )
    return full, lines[taken:]
