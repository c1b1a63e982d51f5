"""What the benchmarks share: samples, the rows they report, and child processes that speak JSON by line."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent

_LINE_LIMIT = 16 * 1024 * 1024
_LAST_WORDS = 3_000
_STOP_SECONDS = 15.0
_OURS_TO_SET = (
    "DISCORD_",
    "DATABASE_",
    "SHARD_",
    "LOG_",
    "DATA_DIR",
    "ALLOWED_GUILD_IDS",
    "DEFAULT_FEATURES",
    "GUILD_RETENTION",
)


class BenchError(RuntimeError):
    """A benchmark could not be taken; the message says what is missing."""


@dataclass(frozen=True)
class Options:
    """What the command line asked for."""

    rounds: int = 5
    full: bool = False


@dataclass(frozen=True)
class Sample:
    """Several measurements of one thing; what counts is the median, and the range says how far to trust it."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        return cls(tuple(values))

    @property
    def median(self) -> float:
        return median(self.values)

    def show(self, digits: int) -> str:
        """The median, and the range if there is one."""
        middle = f"{self.median:,.{digits}f}"
        if len(self.values) == 1:
            return middle
        return f"{middle} ({min(self.values):,.{digits}f}-{max(self.values):,.{digits}f})"

    def to_json(self) -> dict[str, Any]:
        return {"median": self.median, "low": min(self.values), "high": max(self.values), "values": list(self.values)}


@dataclass(frozen=True)
class Row:
    """One line of the report: `compared` is `ours` against `beside`, whose median is held to the target."""

    what: str
    unit: str
    ours: Sample
    beside: Sample
    beside_what: str
    compared: Sample
    compared_as: str
    """``ratio``, ``times`` or ``difference``."""
    target: float | None
    """At least this ratio, at most so many times or this difference; None: for information."""
    digits: int = 1
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        if self.target is None:
            return None
        middle = self.compared.median
        return middle >= self.target if self.compared_as == "ratio" else middle <= self.target

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "unit": self.unit,
            "ours": self.ours.to_json(),
            "beside": self.beside.to_json(),
            "beside_what": self.beside_what,
            "compared": self.compared.to_json(),
            "compared_as": self.compared_as,
            "target": self.target,
            "met": self.met,
            "note": self.note,
        }


def ratio(what: str, unit: str, ours: Sample, beside: Sample, beside_what: str, **more: Any) -> Row:
    """A row that compares round by round: what both met in the same minute cancels out."""
    rounds = Sample.of([one / other for one, other in zip(ours.values, beside.values, strict=True)])
    return Row(what, unit, ours, beside, beside_what, rounds, "ratio", **{"target": None, **more})


def times(what: str, unit: str, ours: Sample, beside: Sample, beside_what: str, **more: Any) -> Row:
    """A row that says how many times as long ours takes, round by round."""
    row = ratio(what, unit, ours, beside, beside_what, **more)
    return replace(row, compared_as="times")


def difference(what: str, unit: str, ours: Sample, beside: Sample, beside_what: str, **more: Any) -> Row:
    """A row that subtracts round by round."""
    rounds = Sample.of([one - other for one, other in zip(ours.values, beside.values, strict=True)])
    return Row(what, unit, ours, beside, beside_what, rounds, "difference", **{"target": None, **more})


def say(text: str) -> None:
    """A line of progress, apart from the report."""
    print(text, file=sys.stderr, flush=True)


def in_turn(number: int, sides: Sequence[str]) -> list[str]:
    """The sides in the order of this round: each goes first equally often."""
    turn = number % len(sides)
    return [*sides[turn:], *sides[:turn]]


# Processes ----------------------------------------------------------------------------------------------


class Child:
    """A process that is asked by a line of JSON and answers with one; it ends when its standard input does."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.pid = process.pid
        self._process = process
        self._log = log

    async def hear(self, seconds: float = 120.0) -> dict[str, Any]:
        """The next line it says."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise BenchError(f"{self.name} said nothing for {seconds:.0f} s\n{self.last_words()}") from None
        if not line:
            raise BenchError(f"{self.name} ended\n{self.last_words()}")
        answer = json.loads(line)
        if "error" in answer:
            raise BenchError(f"{self.name}: {answer['error']}\n{self.last_words()}")
        return answer

    async def ask(self, verb: str, seconds: float = 120.0, **arguments: Any) -> dict[str, Any]:
        """Let it do something, and wait for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"verb": verb, **arguments}).encode() + b"\n")
        return await self.hear(seconds)

    def last_words(self) -> str:
        """The end of what it wrote to its standard error."""
        return self._log.read_text(errors="replace")[-_LAST_WORDS:]

    async def stop(self) -> None:
        """Let it end by itself, and end it if it does not."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        for last in (None, signal.SIGKILL):
            if last is not None and self._process.returncode is None:
                self._process.send_signal(last)
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                continue
            return


@asynccontextmanager
async def child(
    name: str, module: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Child]:
    """Run a module of this folder as a process for the length of the block."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(_OURS_TO_SET)}
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-log-") as folder:
        log = Path(folder) / "stderr"
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, *arguments,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors,
                cwd=ROOT, env={**clean, **(environment or {})}, limit=_LINE_LIMIT, start_new_session=True,
            )  # fmt: skip
        running = Child(name, process, log)
        try:
            yield running
        finally:
            await running.stop()


def leash(on_line: Callable[[dict[str, Any]], object], on_end: Callable[[], object]) -> None:
    """In a child: hear what is asked, and notice when the parent is gone. Needs a running loop."""
    loop = asyncio.get_running_loop()
    left = b""

    def read() -> None:
        nonlocal left
        got = os.read(sys.stdin.fileno(), 65536)
        if not got:
            loop.remove_reader(sys.stdin.fileno())
            on_end()
            return
        *lines, left = (left + got).split(b"\n")
        for line in lines:
            on_line(json.loads(line))

    loop.add_reader(sys.stdin.fileno(), read)


def tell(answer: Mapping[str, Any]) -> None:
    """In a child: answer."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


# What the kernel says of a process -----------------------------------------------------------------------

_TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """Processor time a process has used, in itself and in the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(frozen=True)
class Memory:
    """In MiB: all that is resident, and what of it is this process's alone."""

    rss: float
    uss: float


def memory(pid: int) -> Memory:
    """What a process occupies now."""
    found: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value, *_ = line.split()
        found[name.rstrip(":")] = int(value)
    return Memory(found["Rss"] / 1024, (found["Private_Clean"] + found["Private_Dirty"]) / 1024)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The least-squares slope of points (x, y)."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    over = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return over / sum((x - mean_x) ** 2 for x, _ in points)
