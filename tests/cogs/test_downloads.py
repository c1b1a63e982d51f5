"""Files are read from Discord alone, and no further than agreed, whatever the other side says or does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from discord.http import Route

from bot.actions.downloads import downloaded
from bot.errors import DiscordAway

MOST = 64 * 1024
_ENDLESS = 512 * 1024**2
_PATIENCE = 10.0


class Liar:
    """A server on this machine that hands out files in its own way, and knows what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.sent = 0
        self.hung_up = asyncio.Event()
        self.url = ""

    async def begin(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/{what}", self._answer)
        app.router.add_get("/cdn/{what}", self._answer)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        what = request.match_info["what"]
        self.asked.append(what)
        if what == "redirect":
            raise web.HTTPFound(f"{self.url}/honest")
        if what == "packed":
            return web.Response(body=b"sheep", headers={"Content-Encoding": "gzip"})
        if what == "gone":
            raise web.HTTPNotFound
        if what == "honest":
            return web.Response(body=b"sheep" * 1_000)
        return await self._stream(request, what)

    async def _stream(self, request: web.Request, what: str) -> web.StreamResponse:
        response = web.StreamResponse()
        if what == "short":  # says more than it sends
            response.content_length = 1_000
        await response.prepare(request)
        try:
            if what == "drip":
                await response.write(b"s")
                await asyncio.Event().wait()
            elif what == "short":
                await response.write(b"sheep")
                assert request.transport is not None
                request.transport.close()
            while what == "endless" and self.sent < _ENDLESS:
                await response.write(b"s" * 16_384)
                self.sent += 16_384
        except (ConnectionError, asyncio.CancelledError):
            self.hung_up.set()
            raise
        return response


@pytest.fixture
async def liar(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Liar]:
    """It stands beside the API, as the sandbox's files do."""
    server = Liar()
    runner = await server.begin()
    monkeypatch.setattr(Route, "BASE", f"{server.url}/api/v10")
    yield server
    await runner.cleanup()


async def test_a_file_is_read_whole(liar: Liar) -> None:
    assert await downloaded(f"{liar.url}/cdn/honest") == b"sheep" * 1_000


@pytest.mark.parametrize(
    "address",
    [
        "{url}/honest", "https://discord.com/x", "http://cdn.discordapp.com/x", "https://cdn.discordapp.com.evil.example/x",
        "https://cdn.discordapp.com:8443/x", "https://somebody:secret@cdn.discordapp.com/x", "//cdn.discordapp.com/x",
        "file:///etc/passwd", "honest", "", "https://[",
    ],
)  # fmt: skip
async def test_nobody_but_discord_is_asked(liar: Liar, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(Route, "BASE", "https://discord.com/api/v10")
    monkeypatch.setattr(aiohttp.ClientSession, "get", lambda _session, url, **_more: asked.append(url))

    with pytest.raises(DiscordAway):
        await downloaded(address.format(url=liar.url), patience=_PATIENCE)
    assert not asked


async def test_a_redirect_is_not_followed(liar: Liar) -> None:
    with pytest.raises(DiscordAway):
        await downloaded(f"{liar.url}/redirect")
    assert liar.asked == ["redirect"]


@pytest.mark.parametrize("what", ["gone", "short", "packed"])
async def test_what_is_not_handed_out_as_it_is_says_that_discord_is_away(liar: Liar, what: str) -> None:
    with pytest.raises(DiscordAway):
        await downloaded(f"{liar.url}/{what}")


async def test_of_a_file_without_end_no_more_is_read_than_agreed(liar: Liar) -> None:
    with pytest.raises(DiscordAway):
        await downloaded(f"{liar.url}/endless", most_bytes=MOST)
    async with asyncio.timeout(_PATIENCE):
        await liar.hung_up.wait()
    assert liar.sent < _ENDLESS


async def test_a_file_of_just_the_limit_is_read(liar: Liar) -> None:
    assert len(await downloaded(f"{liar.url}/honest", most_bytes=5_000)) == 5_000
    with pytest.raises(DiscordAway):
        await downloaded(f"{liar.url}/honest", most_bytes=4_999)


async def test_a_file_that_drips_is_given_up(liar: Liar) -> None:
    with pytest.raises(DiscordAway):
        await downloaded(f"{liar.url}/drip", patience=0.2)
    async with asyncio.timeout(_PATIENCE):
        await liar.hung_up.wait()
