"""Whose turn it is to make a backup, and what became of the last one: one row of `app_state` for the installation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import ValidationError

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import app_state as rows
from bot.db.sessions import Session, WriteSession
from bot.domain.backups import BackupState
from bot.ids import IdMaker

INSTALLATION = 0
"""Where an application's id would stand: the row belongs to all of them."""

NAME = "backups"


class BackupsService:
    """Claims, and what became of them. Several processes may ask at once; one gets the turn."""

    def __init__(self, database: Database, clock: Clock, ids: IdMaker, *, every: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self.every = every
        """How often a backup is made; zero: never."""

    async def state(self) -> BackupState:
        """What is known of the backups.

        Raises:
            DatabaseAway: as every method here.
        """
        return await self._database.query(_read)

    async def claim(self) -> int | None:
        """Take the turn, if a backup is due and nobody is at it: a token for what follows."""
        token, now = self._ids.new(), self._clock.now()
        if (await self.state()).claimed(token, now) is None:  # as most looks find: they shall not write
            return None
        taken = await self._change(lambda state: state.claimed(token, now))
        return None if taken is None else token

    async def renew(self, token: int) -> bool:
        """Say that it still goes on; False if another process took over."""
        now = self._clock.now()
        return await self._change(lambda state: state.renewed(token, now)) is not None

    async def succeeded(self, token: int, *, began_at: datetime, size: int, seconds: float) -> bool:
        """Note a whole backup of `size` bytes; the next is due one interval after this one began."""
        due_at = began_at + self.every
        done = await self._change(
            lambda state: state.succeeded(token, began_at=began_at, size=size, seconds=seconds, due_at=due_at)
        )
        return done is not None

    async def failed(self, token: int, reason: str) -> BackupState | None:
        """Note that it did not work; what is known then, or None if another process took over."""
        now = self._clock.now()
        return await self._change(lambda state: state.failed_again(token, reason=reason, now=now, every=self.every))

    async def give_back(self, token: int) -> None:
        """Leave the turn to whoever comes next."""
        await self._change(lambda state: state.given_back(token))

    async def _change(self, change: Callable[[BackupState], BackupState | None]) -> BackupState | None:
        """Change the row unless somebody else did since it was read; None if there was nothing to change."""

        async def unit(session: WriteSession) -> BackupState | None:
            before = await rows.get(session, INSTALLATION, NAME)
            after = change(_parsed(before))
            if after is None:
                return None
            return after if await rows.swap(session, INSTALLATION, NAME, before, after.model_dump_json()) else None

        return await self._database.transact(unit)


async def _read(session: Session) -> BackupState:
    return _parsed(await rows.get(session, INSTALLATION, NAME))


def _parsed(text: str | None) -> BackupState:
    """What was remembered; nothing, if it can't be read, for the next backup puts it right."""
    try:
        return BackupState() if text is None else BackupState.model_validate_json(text)
    except ValidationError:
        return BackupState()
