"""Deleting the messages of a plan on Discord: together where it allows that, and each outcome counted.

Deleting what is deleted already is harmless, so whatever may not have worked is simply tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import structlog

from bot.domain.purge import MOST_OLD, Obstacle, Plan, Report

_log = structlog.stdlib.get_logger(__name__)

TIMEOUT = 60.0
"""Seconds for one request, discord.py's own waiting for rate limits included."""

_TRIES = 3
_SERVER_FAULT = 500
_UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE, _TOO_OLD = 10003, 10008, 50034
_FORBIDDEN = 403
_ENDS_IT = {Obstacle.FORBIDDEN, Obstacle.GONE, Obstacle.AWAY}
"""What would hinder every further message too."""


class _AlreadyGone(Exception):
    """A message that somebody else deleted."""


class _OlderThanThought(Exception):
    """Discord takes a message of a group for too old."""


class _Hindered(Exception):
    """Discord did not do it."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


@dataclass
class Deletion:
    """One channel's messages being deleted."""

    client: discord.Client
    channel_id: int
    reason: str
    """For Discord's own audit log."""
    told: Callable[[Report], None]
    """Is told after each step how far it is."""
    stop: asyncio.Event
    """Once set, nothing more begins."""
    pause: float = 2.0
    """Seconds before a second try; twice that before the third."""

    async def run(self, plan: Plan, report: Report) -> Report:
        """Delete what is planned; the report with what really came of it."""
        rest: list[int] = [*plan.alone]
        report = report.add(too_old=plan.too_old)
        steps: list[Sequence[int]] = [*plan.together]
        while steps or rest:
            step: Sequence[int] = steps.pop(0) if steps else (rest.pop(0),)
            left = len(step) + sum(len(one) for one in steps) + len(rest)
            if self.stop.is_set():
                return report.add(stopped=left)
            try:
                await self._persist(step)
                report = report.add(deleted=len(step))
            except _AlreadyGone:
                report = report.add(already_gone=1)
            except _OlderThanThought:
                room = max(MOST_OLD - len(rest), 0)
                rest += step[:room]
                report = report.add(too_old=len(step[room:]))
            except _Hindered as hindered:
                if hindered.obstacle in _ENDS_IT:
                    return report.fail(hindered.obstacle, left)
                report = report.fail(hindered.obstacle, len(step))
            self.told(report)
        return report

    async def _persist(self, step: Sequence[int]) -> None:
        """One step, again if it failed for something that may pass."""
        for attempt in range(1, _TRIES + 1):
            try:
                async with asyncio.timeout(TIMEOUT):
                    await self._request(step)
            except discord.RateLimited as error:  # for longer than anybody waits
                _log.warning("deleting has to wait too long", channel=self.channel_id, seconds=error.retry_after)
                raise _Hindered(Obstacle.AWAY) from None
            except discord.HTTPException as error:
                if error.status < _SERVER_FAULT:
                    raise _sorted(error, alone=len(step) == 1) from None
                problem: Exception = error
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                problem = error
            else:
                return
            _log.warning("messages were not deleted", channel=self.channel_id, attempt=attempt, error=repr(problem))
            if attempt < _TRIES:
                await self._wait(attempt * self.pause)
        raise _Hindered(Obstacle.AWAY)

    def _request(self, step: Sequence[int]) -> Awaitable[Any]:
        http = self.client.http
        if len(step) == 1:
            return http.delete_message(self.channel_id, step[0], reason=self.reason)
        return http.delete_messages(self.channel_id, list(step), reason=self.reason)

    async def _wait(self, seconds: float) -> None:
        """A pause, cut short by whoever stops it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stop.wait()


def _sorted(error: discord.HTTPException, *, alone: bool) -> Exception:
    """What a refusal means."""
    if alone and error.code == _UNKNOWN_MESSAGE:
        return _AlreadyGone()
    if not alone and error.code == _TOO_OLD:
        return _OlderThanThought()
    if error.code == _UNKNOWN_CHANNEL:
        return _Hindered(Obstacle.GONE)
    _log.warning("Discord refused to delete messages", error=repr(error))
    return _Hindered(Obstacle.FORBIDDEN if error.status == _FORBIDDEN else Obstacle.REFUSED)
