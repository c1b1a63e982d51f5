"""A real browser without a screen, which opens files of this machine and reaches nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from tests.support import browser_program

_WITHIN = 20.0
_FLAGS = (
    "--headless", "--no-sandbox", "--no-zygote", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--proxy-server=127.0.0.1:9",
    "--remote-debugging-port=0",
)  # fmt: skip
"""The proxy is a port where nobody listens: whatever is asked of elsewhere fails."""


@dataclass(frozen=True)
class Opened:
    """A page, as it is once everything is loaded."""

    title: str
    text: str
    """What can be read, details that are folded up included."""
    elements: frozenset[str]
    """The names of all elements."""
    handlers: int
    """Elements that have an attribute by which a script would run."""
    pictures: tuple[int, ...]
    """How wide each picture is; 0 for one that is not shown."""
    requests: tuple[str, ...]
    """The addresses that were asked for, allowed or not."""
    complaints: tuple[str, ...]
    """What the browser says about it, such as that the policy forbade something."""


_LOOK = """(() => {
    for (const one of document.querySelectorAll('details')) one.open = true;
    for (const one of document.images) one.loading = 'eager';
    return Promise.all([...document.images].map(one => one.decode().catch(() => null))).then(() => ({
        title: document.title,
        text: document.body.innerText,
        elements: [...new Set([...document.querySelectorAll('*')].map(one => one.localName))],
        handlers: [...document.querySelectorAll('*')].filter(
            one => one.getAttributeNames().some(name => name.startsWith('on'))
                || (one.getAttribute('href') || '').startsWith('javascript:')).length,
        pictures: [...document.images].map(one => one.naturalWidth),
    }));
})()"""


class Browser:
    """One browser, with one page."""

    def __init__(self, wire: aiohttp.ClientWebSocketResponse) -> None:
        self._wire = wire
        self._asked = 0
        self._heard: list[dict[str, Any]] = []

    async def open(self, path: Path) -> Opened:
        """Open a file."""
        for domain in ("Page", "Network", "Log", "Runtime"):
            await self._ask(f"{domain}.enable")
        self._heard.clear()
        await self._ask("Page.navigate", url=path.as_uri())
        while not any(one["method"] == "Page.loadEventFired" for one in self._heard):
            self._heard.append(await self._hear())
        found = await self._ask("Runtime.evaluate", expression=_LOOK, awaitPromise=True, returnByValue=True)
        seen = found["result"]["value"]
        params = [(one["method"], one["params"]) for one in self._heard]
        return Opened(
            title=seen["title"],
            text=seen["text"],
            elements=frozenset(seen["elements"]),
            handlers=seen["handlers"],
            pictures=tuple(seen["pictures"]),
            requests=tuple(one["request"]["url"] for name, one in params if name == "Network.requestWillBeSent"),
            complaints=tuple(one["entry"]["text"] for name, one in params if name == "Log.entryAdded"),
        )

    async def _ask(self, method: str, **params: object) -> dict[str, Any]:
        self._asked += 1
        await self._wire.send_json({"id": self._asked, "method": method, "params": params})
        while (answer := await self._hear()).get("id") != self._asked:
            self._heard.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    async def _hear(self) -> dict[str, Any]:
        async with asyncio.timeout(_WITHIN):
            return json.loads(await self._wire.receive_str())


@asynccontextmanager
async def browser() -> AsyncGenerator[Browser]:
    """A browser for the length of the block."""
    program = browser_program.found()
    assert program is not None, "no browser: run scripts/ensure_browser.py"
    with TemporaryDirectory(prefix="folkmoot-browser-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program, *_FLAGS, f"--user-data-dir={profile}", "about:blank",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        assert process.stderr is not None
        try:
            async with asyncio.timeout(_WITHIN):
                port = await _port(process.stderr)
            drained = asyncio.create_task(process.stderr.read())
            async with aiohttp.ClientSession() as http:
                pages = await (await http.get(f"http://127.0.0.1:{port}/json/list")).json()
                address = next(one["webSocketDebuggerUrl"] for one in pages if one["type"] == "page")
                async with http.ws_connect(address, max_msg_size=0) as wire:
                    yield Browser(wire)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        await drained


async def _port(said: asyncio.StreamReader) -> str:
    """Where the browser can be steered, as it says when it is there."""
    while line := await said.readline():
        found = re.search(rb"DevTools listening on ws://127\.0\.0\.1:(\d+)/", line)
        if found:
            return found[1].decode()
    raise AssertionError("the browser ended")
