"""The bot on the simulated Discord: started, and started anew while everything else stays."""

from __future__ import annotations

import asyncio

from pydantic import SecretStr

from bot import process
from bot.compose import App
from bot.demo.config import DemoFailed
from bot.log import SecretsHidden
from bot.sandbox import Sandbox
from bot.services import Services
from bot.settings import Settings

READY_WITHIN = 90.0
"""Seconds; more than waiting for a slow disk takes."""


class Running:
    """Runs the bot, one process's life after the other, until `end`."""

    def __init__(self, sandbox: Sandbox, settings: Settings) -> None:
        self._sandbox = sandbox
        self._settings = settings
        self._halt = asyncio.Event()
        self._ready: asyncio.Future[App] = asyncio.get_running_loop().create_future()
        self._again = False

    async def run(self) -> None:
        """Run the bot until it ends otherwise than by `restart`.

        Raises:
            process.StartError: it could not start, or had to stop.
        """
        hide = SecretsHidden(self._settings.secrets())
        # The bot remembers what it told Discord last, but this Discord was born a moment ago.
        sync = True
        while True:
            await process.run(
                self._settings,
                SecretStr(self._sandbox.token),
                hide=hide,
                api_url=self._sandbox.api_url,
                on_ready=self._ready.set_result,
                stop=self._halt,
                sync=sync,
            )
            if not self._again:
                return
            self._again = sync = False
            self._halt = asyncio.Event()

    def end(self) -> None:
        """Let the bot stop for good."""
        self._again = False
        self._halt.set()

    async def restart(self) -> None:
        """Stop the bot in order and start it anew, on the same data; returns once it is ready.

        Raises:
            DemoFailed: it does not get ready.
        """
        await self.ready()
        self._ready = asyncio.get_running_loop().create_future()
        self._again = True
        self._halt.set()
        await self.ready()

    async def ready(self) -> None:
        """Wait for the bot.

        Raises:
            DemoFailed: it does not get ready.
        """
        try:
            async with asyncio.timeout(READY_WITHIN):
                await asyncio.shield(self._ready)
        except TimeoutError:
            raise DemoFailed(f"The bot did not get ready within {READY_WITHIN:.0f} seconds.") from None

    def services(self) -> Services:
        """What the bot that is ready does its work with."""
        return self._ready.result().services
