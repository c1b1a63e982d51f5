"""What is to follow when members' XP changed: said as a type, so that whoever changes XP need not know who does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.db.sessions import WriteSession
from bot.domain.leveling import LevelChange


class Apply(Protocol):
    """Gives what levels bring and takes what they no longer bring, inside the transaction that changed the XP."""

    async def __call__(self, session: WriteSession, guild_id: int, changes: Sequence[LevelChange], /) -> None:
        """Called with each member at most once, sorted by member, and only with those whose level changed."""
        ...


async def nothing(_session: WriteSession, _guild_id: int, _changes: Sequence[LevelChange], /) -> None:
    """An `Apply` that does nothing, for tools and tests that are about the XP alone."""
