"""What follows when members' XP changes: roles, coins and congratulations, in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.db.sessions import WriteSession
from bot.domain.leveling import LevelChange


class LevelUps:
    """Gives what levels bring, and takes what they brought."""

    async def apply(self, session: WriteSession, guild_id: int, changes: Sequence[LevelChange]) -> None:
        """Do inside the caller's transaction what follows from members' XP having changed. Safe to repeat.

        A member may be in it once. Changes within a level cost nothing; no XP is read, so it has to be written before.
        """
