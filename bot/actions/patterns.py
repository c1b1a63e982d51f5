"""Regular expressions that people write, matched in a process of their own: Python's can't be interrupted, it can."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

from bot.errors import PatternNotUnderstood, PatternTooSlow

PATIENCE = 15.0
"""Seconds for one question, the start of the process included. The process itself gets less of the processor."""

_GOODBYE = 2.0
_WORKER = Path(__file__).with_name("pattern_worker.py")
_LARGEST = 64 * 1024
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")


class Pattern:
    """A regular expression at work; upper and lower case are alike."""

    def __init__(self, process: Process, patience: float) -> None:
        self._process = process
        self._patience = patience

    async def matches(self, texts: Sequence[str]) -> set[int]:
        """The places of the texts in which it is found.

        Raises:
            PatternTooSlow: it takes too long, or too much memory.
        """
        return set(await self.ask(list(texts)))

    async def ask(self, question: Any) -> Any:
        """One question to the process, and its answer.

        Raises:
            PatternTooSlow: there is none in time, or the process was ended.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("a process without pipes")
        try:
            async with asyncio.timeout(self._patience):
                stdin.write(json.dumps(question).encode() + b"\n")
                await stdin.drain()
                line = await stdout.readline()
        except (TimeoutError, OSError):
            raise PatternTooSlow from None
        if not line.endswith(b"\n"):
            raise PatternTooSlow
        return json.loads(line)


@contextlib.asynccontextmanager
async def matching(source: str, *, patience: float = PATIENCE) -> AsyncGenerator[Pattern]:
    """A regular expression, as long as the block lasts.

    Raises:
        PatternNotUnderstood: it is none.
        PatternTooSlow: even reading it takes too long.
    """
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(_WORKER),
        stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_LARGEST, env=environment, start_new_session=True,
    )  # fmt: skip
    try:
        pattern = Pattern(process, patience)
        position = await pattern.ask(source)
        if position:
            raise PatternNotUnderstood(position)
        yield pattern
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    """Nothing that it holds is worth waiting for."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GOODBYE):
            await process.wait()
