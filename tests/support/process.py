"""The bot as an operator runs it: a process of its own, with an environment of its own, that outlives no test."""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[2]

PATIENCE = 30.0
"""Seconds until a test gives up; never what a test measures."""

_KEPT = 4 * 1024 * 1024
_CHUNK = 64 * 1024
_POLL = 0.01


def environment(folder: Path, settings: Mapping[str, object]) -> dict[str, str]:
    """Nothing of the machine's own environment: what a developer has set must not change a test."""
    return {
        "PATH": os.defpath,
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        **{name: str(value) for name, value in settings.items()},
    }


class _Heard:
    """What a stream says: drained as it comes, the latest of it kept, and all of it searched for secrets."""

    def __init__(self, stream: asyncio.StreamReader, secrets: Iterable[str]) -> None:
        self.leaked: set[str] = set()
        self._secrets = [secret.encode() for secret in secrets if secret]
        self._overlap = max((len(secret) for secret in self._secrets), default=1)
        self._kept = bytearray()
        self._draining = asyncio.create_task(self._drain(stream), name="drain")

    @property
    def text(self) -> str:
        return self._kept.decode(errors="replace")

    async def _drain(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(_CHUNK):
            fresh = self._kept[-self._overlap :] + chunk
            self.leaked |= {secret.decode() for secret in self._secrets if secret in fresh}
            self._kept += chunk
            del self._kept[:-_KEPT]

    async def ended(self) -> None:
        await self._draining


class Running(Protocol):
    """What is needed of a process."""

    @property
    def stdout(self) -> asyncio.StreamReader | None: ...
    @property
    def stderr(self) -> asyncio.StreamReader | None: ...
    @property
    def returncode(self) -> int | None: ...
    def send_signal(self, number: int, /) -> None: ...
    def kill(self) -> None: ...
    async def wait(self) -> int: ...


@cache
def _template() -> socket.socket:
    """Where to ask for copies of this test run's template (`template.py`), which is started by the first to ask."""
    ours, its = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.template", str(its.fileno())],
        cwd=ROOT,
        env=environment(ROOT, {}),
        stdin=subprocess.DEVNULL,
        pass_fds=[its.fileno()],
    )
    its.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


class Copied:
    """A copy of the template. Its parent is the template, so it hears from that how the copy ended."""

    def __init__(
        self, pid: int, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader, news: asyncio.StreamReader
    ) -> None:
        self.stdout, self.stderr = stdout, stderr
        self.returncode: int | None = None
        self._pid = pid
        self._ending = asyncio.create_task(self._end(news), name="ending")

    @classmethod
    async def launch(cls, *arguments: str, folder: Path, environment: Mapping[str, str]) -> "Copied":
        """Have the template copied, to do what `python -m bot` does with these arguments."""
        readers, writers = zip(*(os.pipe() for _ in range(3)), strict=True)
        wish = {"arguments": arguments, "folder": str(folder), "environment": environment}
        socket.send_fds(_template(), [json.dumps(wish).encode() + b"\n"], writers)
        for writer in writers:
            os.close(writer)
        stdout, stderr, news = [await _reading(reader) for reader in readers]
        return cls(int(await news.readline()), stdout, stderr, news)

    def send_signal(self, number: int, /) -> None:
        if self.returncode is None:
            os.kill(self._pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self._ending)

    async def _end(self, news: asyncio.StreamReader) -> int:
        self.returncode = int(await news.readline())
        await news.read()  # to its end, for only then the pipe is closed
        return self.returncode


async def _reading(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
    )
    return reader


class BotProcess:
    """`python -m bot …`, its output, and the power to end it. Use as a context manager, or `close` it."""

    def __init__(self, process: Running, secrets: Iterable[str]) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        kept = tuple(secrets)
        self._stdout = _Heard(process.stdout, kept)
        self._stderr = _Heard(process.stderr, kept)

    @classmethod
    async def launch(
        cls,
        *arguments: str,
        folder: Path,
        settings: Mapping[str, object],
        secrets: Iterable[str] = (),
        copied: bool = False,
    ) -> "BotProcess":
        """Start it in `folder`, where there is no `.env`; `secrets` are what it must never say.

        A `copied` one spares the second that Python takes to import the bot, and is otherwise the same.
        """
        if copied:
            made = await Copied.launch(*arguments, folder=folder, environment=environment(folder, settings))
            return cls(made, secrets)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments,
            cwd=folder,
            env=environment(folder, settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        return cls(process, secrets)

    # Listening ------------------------------------------------------------------------------------------

    @property
    def stdout(self) -> str:
        return self._stdout.text

    @property
    def stderr(self) -> str:
        return self._stderr.text

    @property
    def leaked(self) -> set[str]:
        """The secrets that it said all the same."""
        return self._stdout.leaked | self._stderr.leaked

    @property
    def sentences(self) -> list[str]:
        """What it says to the operator on standard error, besides its log (which is JSON)."""
        return [line for line in self.stderr.splitlines() if line and not line.startswith("{")]

    # Waiting --------------------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def until(self, condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Wait until `condition` holds; fails with the output when the process ends first or time runs out."""
        deadline = time.monotonic() + patience
        while not condition():
            assert self.alive, f"ended with {self._process.returncode} instead of: {what}\n{self.stderr}"
            assert time.monotonic() < deadline, f"not within {patience} s: {what}\n{self.stderr}"
            await asyncio.sleep(_POLL)

    async def until_said(self, words: str, patience: float = PATIENCE) -> None:
        """Wait for some words on standard error."""
        await self.until(lambda: words in self.stderr, f"saying {words!r}", patience)

    async def ended(self, patience: float = PATIENCE) -> int:
        """Wait for its end; the exit code (negative: the signal that killed it)."""
        try:
            async with asyncio.timeout(patience):
                code = await self._process.wait()
                await asyncio.gather(self._stdout.ended(), self._stderr.ended())
        except TimeoutError:
            raise AssertionError(f"still running after {patience} s\n{self.stderr}") from None
        return code

    # Ending ---------------------------------------------------------------------------------------------

    def terminate(self) -> None:
        """SIGTERM, as a supervisor sends it."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: nothing is finished, flushed or closed."""
        self._process.kill()

    async def stop(self) -> None:
        """End it in good order."""
        self.terminate()
        code = await self.ended()
        assert code == 0, f"stopped with {code}\n{self.stderr}"

    async def close(self) -> None:
        """Make sure that it is gone."""
        if self.alive:
            with suppress(ProcessLookupError):
                self.kill()
        await self.ended()
