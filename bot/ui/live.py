"""Answers that are changed while something long goes on, as long as Discord allows it.

An answer to an interaction can be changed for fifteen minutes, and only by the process that has its token. So this is
a comfort and no promise: whoever uses it is told when an answer can't be changed any more, and says it another way.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import discord
import structlog

from bot.domain.outbox import EDIT_INTERVAL
from bot.ui.controls import buttons_view
from bot.ui.progress import Shown

_log = structlog.stdlib.get_logger(__name__)

TOKEN_LIVES = timedelta(minutes=14)
"""Discord gives fifteen; the rest is for the last change."""

_PATIENCE = 10.0
"""Seconds that one change may take."""


class _Watched:
    """One answer: what it is to show next, and the task that changes it."""

    def __init__(self, interaction: discord.Interaction[Any]) -> None:
        self.interaction = interaction
        self.until = interaction.created_at + TOKEN_LIVES
        self.opened = asyncio.Event()
        self.changed = asyncio.Event()
        self.newest: Shown | None = None
        self.is_last = False
        self.is_dead = False
        self.task: asyncio.Task[None] | None = None

    def put(self, shown: Shown, *, is_last: bool) -> bool:
        """Show something next; False if nothing is shown any more."""
        if self.is_dead or self.is_last:
            return False
        self.newest, self.is_last = shown, is_last
        self.changed.set()
        return True


class LiveAnswers:
    """Changes answers at most once in `interval` seconds each; of what comes faster only the newest is shown."""

    def __init__(self, interval: float = EDIT_INTERVAL.total_seconds()) -> None:
        self.interval = interval
        self._watched: dict[int, _Watched] = {}

    def watch(self, key: int, interaction: discord.Interaction[Any]) -> None:
        """Change the answer to an interaction from now on. Nothing is changed before `open`."""
        self.drop(key)
        watched = self._watched[key] = _Watched(interaction)
        watched.task = asyncio.create_task(self._keep(watched), name=f"live-{key}")
        watched.task.add_done_callback(lambda _task: self._forget(key, watched))

    def open(self, key: int) -> None:
        """The interaction is answered, so its answer can be changed."""
        if key in self._watched:
            self._watched[key].opened.set()

    def drop(self, key: int) -> None:
        """Leave an answer as it is."""
        watched = self._watched.pop(key, None)
        if watched is not None and watched.task is not None:
            watched.task.cancel()

    def is_ending(self, key: int, now: datetime) -> bool:
        """Whether an answer is watched, but not for much longer."""
        return key in self._watched and self._watched[key].until <= now

    def put(self, key: int, shown: Shown) -> bool:
        """Show something soon; False if nobody would see it."""
        watched = self._watched.get(key)
        return watched is not None and watched.put(shown, is_last=False)

    def leave(self, key: int, shown: Shown) -> None:
        """Show something for good, soon."""
        watched = self._watched.get(key)
        if watched is not None:
            watched.put(shown, is_last=True)

    async def last(self, key: int, shown: Shown) -> bool:
        """Show something for good, and wait for it; whether that worked."""
        watched = self._watched.get(key)
        if watched is None or watched.task is None or not watched.put(shown, is_last=True):
            return False
        done, _ = await asyncio.wait({watched.task}, timeout=self.interval + _PATIENCE)
        return bool(done) and not watched.task.cancelled() and not watched.is_dead

    async def close(self) -> None:
        """Leave every answer as it is."""
        tasks = [watched.task for watched in self._watched.values() if watched.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, key: int, watched: _Watched) -> None:
        if self._watched.get(key) is watched:
            del self._watched[key]

    async def _keep(self, watched: _Watched) -> None:
        await watched.opened.wait()
        is_last = False
        while not is_last and not watched.is_dead:
            await asyncio.sleep(self.interval)  # also before the first change: the answer itself has just been given
            await watched.changed.wait()
            watched.changed.clear()
            is_last = watched.is_last
            if watched.newest is not None:
                await self._edit(watched, watched.newest)

    async def _edit(self, watched: _Watched, shown: Shown) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await watched.interaction.edit_original_response(embed=shown.embed, view=buttons_view(shown.buttons))
        except Exception as error:  # noqa: BLE001 — the token is gone, the answer was dismissed, Discord is away
            _log.info("an answer can't be changed any more", error=repr(error))
            watched.is_dead = True
