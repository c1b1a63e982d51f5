"""The keyed hashes under which once-only things of erased people are kept."""

from __future__ import annotations

from random import Random

from bot.db.repositories import privacy as rows
from bot.db.sessions import Session, WriteSession
from bot.domain.privacy import shadow

_KEY_BITS = 256


class Shadows:
    """Knows the key. It is made when it is first needed, kept in the database, and never changes."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._key: bytes | None = None

    async def find(self, session: Session, guild_id: int, user_id: int) -> int | None:
        """A person's shadow in a guild; None if nobody was ever erased, and so nobody has one."""
        if self._key is None:
            stored = await rows.key(session)
            if stored is None:
                return None
            self._key = bytes.fromhex(stored)
        return shadow(self._key, guild_id, user_id)

    async def make(self, session: WriteSession, guild_id: int, user_id: int) -> int:
        """A person's shadow in a guild. The key is not remembered here, for this transaction may yet fail."""
        if self._key is not None:
            return shadow(self._key, guild_id, user_id)
        await rows.add_key(session, self._rng.getrandbits(_KEY_BITS).to_bytes(_KEY_BITS // 8, "big").hex())
        stored = await rows.key(session)
        if stored is None:
            raise RuntimeError("a key that was kept and is not there")
        return shadow(bytes.fromhex(stored), guild_id, user_id)
