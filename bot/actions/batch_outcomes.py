"""What came of the targets of a batch: of what was raised for one, and of all of them as a file."""

from __future__ import annotations

import asyncio
import gzip
import io
from collections.abc import Sequence
from datetime import timedelta

import aiohttp
import discord
import structlog

from bot.domain.batches import Failed, Later, Outcome, Result, as_csv, as_json
from bot.errors import Unavailable, UserError
from bot.i18n import _
from bot.ui.errors import describe

_log = structlog.stdlib.get_logger(__name__)

PAUSE = timedelta(seconds=5)
"""How long a batch waits when something that it needs is away."""

_FEW = 500
"""Results that are written into a file so quickly that nobody waits for it."""

_LARGEST_FILE = 8 * 1024 * 1024
_TOO_MANY_REQUESTS, _SERVER_FAULT = 429, 500


def outcome_of(error: Exception) -> Outcome:
    """What an exception means for the target that it was raised for."""
    match error:
        case discord.RateLimited(retry_after=seconds):
            return Later(_("Discord asked me to wait"), timedelta(seconds=seconds), everywhere=True)
        case discord.HTTPException():
            return _refused(error)
        case Unavailable() | TimeoutError() | OSError() | aiohttp.ClientError():
            # That there was no answer in time may be this target's own.
            return Later(_("what I need for it was away"), PAUSE, everywhere=not isinstance(error, TimeoutError))
        case UserError():
            return Failed(describe(error))
        case _:
            _log.error("a target of a batch failed unexpectedly", exc_info=error)
            return Failed(_("something went wrong on my side"))


def _refused(error: discord.HTTPException) -> Outcome:
    detail = f"{error.status} (error {error.code})"
    if error.status == _TOO_MANY_REQUESTS or error.status >= _SERVER_FAULT:
        return Later(_("Discord had no answer"), PAUSE)
    match error.status:
        case 403:
            return Failed(_("Discord does not let me do this"), detail)
        case 404:
            return Failed(_("it is not there any more"), detail)
        case _:
            return Failed(_("Discord refused it"), detail)


async def result_file(batch_id: int, results: Sequence[Result], form: str) -> discord.File:
    """Results as a file that Discord takes: built beside the loop when there are many, packed when it is large."""

    def build() -> tuple[str, bytes]:
        data = as_json(results) if form == "json" else as_csv(results)
        name = f"batch-{batch_id}.{form}"
        return (name, data) if len(data) <= _LARGEST_FILE else (f"{name}.gz", gzip.compress(data))

    name, data = build() if len(results) <= _FEW else await asyncio.to_thread(build)
    return discord.File(io.BytesIO(data), filename=name)
