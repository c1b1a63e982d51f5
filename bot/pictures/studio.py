"""Has pictures drawn, one after the other, in a process of their own that is there only while it is needed."""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import structlog

from bot.pictures.alt import alt
from bot.pictures.specs import Picture, Spec
from bot.pictures.worker import DRAWN, LENGTH

_log = structlog.stdlib.get_logger(__name__)

PATIENCE = 8.0
"""Seconds for one picture, waiting and a worker's start included."""

WAITING = 128
"""Pictures that may wait at once; a further one is not drawn."""

REST = 300.0
"""Seconds between two calls of `rest`, as the process makes them."""

_LARGEST = 8 * 1024 * 1024
_GOODBYE = 2.0
_PACKAGES = Path(__file__).resolve().parent.parent.parent
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "LD_LIBRARY_PATH")


class _Broken(Exception):
    """The worker can't be spoken to any more."""


class Pictures:
    """Draws pictures, or says that it could not: a picture is an ornament, and never what an answer fails for.

    The worker starts with the first picture, is replaced when it dies or hangs, and leaves in `rest` and `close`.
    """

    def __init__(self, *, patience: float = PATIENCE, waiting: int = WAITING) -> None:
        self._patience = patience
        self._room = waiting
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._used = False
        self._closed = False
        self._unawaited: set[asyncio.Task[Picture | None]] = set()

    @property
    def worker(self) -> int | None:
        """The id of the process that draws, while there is one."""
        return None if self._process is None else self._process.pid

    async def draw(self, spec: Spec, *, within: float | None = None) -> Picture | None:
        """A picture with its words; None if it can't be had in time, which is logged. The answer then does without.

        With `within` nobody waits for longer than so many seconds. It is drawn to its end all the same: were the worker
        ended each time that it starts slowly, there would never be one.
        """
        if within is None:
            return await self._draw(spec)
        task = asyncio.create_task(self._draw(spec), name="picture")
        self._unawaited.add(task)
        task.add_done_callback(self._unawaited.discard)
        await asyncio.wait({task}, timeout=within)
        if task.done():
            return task.result()
        _log.warning("a picture was not waited for", seconds=within)
        return None

    async def _draw(self, spec: Spec) -> Picture | None:
        if self._closed or self._room == 0:
            _log.warning("a picture was not drawn", reason="closed" if self._closed else "too many wait")
            return None
        self._room -= 1
        try:
            async with asyncio.timeout(self._patience), self._turn:
                return await self._drawn(spec)
        except TimeoutError:
            _log.warning("a picture was not drawn", reason="took too long")
        finally:
            self._room += 1
        return None

    async def rest(self) -> None:
        """Let the worker go if nothing was drawn since the last call."""
        if self._used:
            self._used = False
        elif not self._turn.locked():
            async with self._turn:
                await self._dismiss()

    async def close(self) -> None:
        """Let the worker go for good. A picture under way is given up."""
        self._closed = True
        await self._dismiss(at_once=self._turn.locked())
        async with self._turn:  # one that was just starting is seen by whoever started it
            await self._dismiss()
        await asyncio.gather(*self._unawaited, return_exceptions=True)

    async def _drawn(self, spec: Spec) -> Picture | None:
        frame = pickle.dumps(spec)
        self._used = True
        for _ in range(2):  # a worker that died since the last picture is replaced
            if self._closed:
                return None
            fresh = self._process is None
            try:
                answer = await self._ask(frame)
            except (_Broken, OSError) as error:
                _log.warning("the drawing process went away", reason=str(error))
                if fresh:
                    return None
                continue
            if answer[:1] == DRAWN:
                return Picture(answer[1:], alt(spec))
            _log.warning("a picture was not drawn", reason=answer[1:].decode(errors="replace"))
            return None
        return None

    async def _ask(self, frame: bytes) -> bytes:
        """One question and its answer. Whatever goes wrong on the way, a deadline too, ends this worker."""
        try:
            if self._process is None:
                self._process = await _start()
            return await self._exchange(self._process, frame)
        except asyncio.IncompleteReadError as error:
            await self._dismiss(at_once=True)
            raise _Broken("it ended") from error
        except BaseException:
            await self._dismiss(at_once=True)
            raise

    async def _exchange(self, process: Process, frame: bytes) -> bytes:
        if self._closed or process.stdin is None or process.stdout is None:
            raise _Broken("the bot stops")
        process.stdin.write(LENGTH.pack(len(frame)) + frame)
        await process.stdin.drain()
        (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
        if not 0 < length <= _LARGEST:
            raise _Broken("an answer of an absurd size")
        return await process.stdout.readexactly(length)

    async def _dismiss(self, *, at_once: bool = False) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if at_once and process.returncode is None:
            process.kill()
        await _end(process)


async def _start() -> Process:
    """A worker, with nothing of ours in its environment: no token, no address of a database."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "bot.pictures.worker",
        stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_LARGEST,
        env={**environment, "PYTHONPATH": str(_PACKAGES)}, start_new_session=True,
    )  # fmt: skip


async def _end(process: Process) -> None:
    """Close a worker's input, which ends it; one that stays is killed."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_GOODBYE):
            await process.wait()
    except TimeoutError:
        if process.returncode is None:
            process.kill()
        await process.wait()
