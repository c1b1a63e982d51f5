"""`python -m bot demo` as a process of its own, without a terminal."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import demo

START_WITHIN = 60.0
STOP_WITHIN = 5.0
LANTERN = 20
"""What the thing costs that the scene buys each time."""


class Demo:
    """A running demonstration, and what it has printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.printed = ""

    def read_until(self, words: str) -> str:
        """Read lines until one has these words; the process is killed when they don't come."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if words in line:
                return line
        raise AssertionError(f"it ended without {words!r}:\n{self.printed}")

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the simulated Discord over HTTP."""
        address = re.search(r"http://127\.0\.0\.1:\d+/control", self.printed)
        assert address is not None
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{address.group()}/{path}", data, timeout=20) as answer:  # noqa: S310 — loopback
            return json.load(answer)

    def ask(self, user: int, command: str) -> str:
        """Let somebody use a command, and return what they read."""
        body = {"guild": demo.GUILD, "user": user, "args": [demo.GENERAL, command], "wait": "finished"}
        return self.control("act/slash", body)["message"]["text"]

    def stop(self, number: signal.Signals) -> tuple[int, float]:
        """Signal it; the exit code and how long it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(STOP_WITHIN * 2), time.monotonic() - began


def wallet(answer: str) -> int:
    """The coins that an answer to `/balance` speaks of."""
    said = re.search(r"Your wallet: \*\*(\d+) coins", answer)
    assert said is not None, answer
    return int(said.group(1))


def command() -> list[str]:
    return [sys.executable, "-m", "bot", "demo", "--env-file", os.devnull]


def clean_environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DISCORD_", "DATABASE_", "LOG_"))}
    return kept | {"DATA_DIR": str(data), "PYTHONUNBUFFERED": ""}


@contextmanager
def running(data: Path) -> Iterator[Demo]:
    process = subprocess.Popen(
        command(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        env=clean_environment(data),
    )  # fmt: skip
    with process:
        try:
            yield Demo(process)
        finally:
            process.kill()


@pytest.mark.timeout(START_WITHIN * 2)
def test_the_demo_plays_its_scene_answers_and_stops(tmp_path: Path) -> None:
    with running(tmp_path) as show:
        show.read_until("The scene is over.")
        show.read_until("What regular sees")
        assert "everyone in #general sees:\n    Folkmoot [BOT]\n    @newcomer\n" in show.printed
        assert "\x1b" not in show.printed
        assert "0 coins" in show.ask(demo.QUIET, "balance")
        first = show.ask(demo.REGULAR, "balance")
        assert 300 <= wallet(first) + LANTERN <= 400, "the daily 250, and what work brought"
        code, seconds = show.stop(signal.SIGTERM)
        assert code == 0
        assert seconds < STOP_WITHIN
    # The second start finds the purses, and a bot that thinks Discord knows its commands already.
    with running(tmp_path) as show:
        show.read_until("What regular sees")
        assert "You have had this one already." in show.printed
        assert "Otherwise" not in show.printed
        again = show.ask(demo.REGULAR, "balance")
        assert wallet(again) == wallet(first) - LANTERN, "the scene buys one more, from the same purse"
        assert show.stop(signal.SIGINT)[0] == 0
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["demo.db"]


def test_a_second_demo_on_the_same_data_says_why_it_cannot(tmp_path: Path) -> None:
    with running(tmp_path) as show:
        show.read_until("What regular sees")
        with running(tmp_path) as other:
            other.read_until("in use by another Folkmoot process")
            assert other.process.wait(STOP_WITHIN) == 1
        assert show.control("stop", {}) == {"stopping": True}
        assert show.process.wait(STOP_WITHIN) == 0


@pytest.mark.timeout(START_WITHIN * 2)
def test_at_a_terminal_one_types(tmp_path: Path) -> None:
    keyboard, terminal = pty.openpty()
    seen = ""

    def read_until(words: str) -> None:
        nonlocal seen
        while words not in seen:
            seen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", os.read(keyboard, 65536).decode(errors="replace"))

    environment = clean_environment(tmp_path) | {"PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm-256color"}
    with subprocess.Popen(command(), stdin=terminal, stdout=terminal, stderr=terminal, env=environment) as shown:
        os.close(terminal)
        try:
            read_until("quit ends.")
            seen = ""
            os.write(keyboard, b"mira: /balance\r")
            read_until("only mira sees")
            read_until("Your wallet")
            os.write(keyboard, b"\x04")
            read_until("The bot has stopped.")
            assert shown.wait(STOP_WITHIN) == 0
        finally:
            shown.kill()
            os.close(keyboard)


def test_a_place_that_cannot_be_written_is_named() -> None:
    with running(Path("/proc/folkmoot")) as show:  # where not even root can make a folder
        show.read_until("can't be used")
        assert show.process.wait(STOP_WITHIN) == 1
    assert "Traceback" not in show.printed
