"""The performance: the bot, what is shown of it, and the end of both."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from prompt_toolkit.patch_stdout import patch_stdout

from bot.demo.config import demo_settings
from bot.demo.place import GENERAL, GUILD, PEOPLE, QUIET, REGULAR, build_world
from bot.demo.playbill import OPENING, Playbill, scenes
from bot.demo.returning import give_back
from bot.demo.running import Running
from bot.sandbox import Sandbox
from bot.sandbox.terminal import Handler, Paint, Prompt, Stage
from bot.settings import Settings

_PAUSE = 0.25
"""Seconds between two steps of the scene, where somebody watches."""


async def play(settings: Settings, *, on_terminal: bool) -> None:
    """Show everything, and go on until told to stop: by `quit` at the prompt, by a signal, or by the controls.

    Raises:
        StartError: the bot could not start.
    """
    _hush(settings)
    with contextlib.suppress(AttributeError):  # where somebody put another stream in its place
        sys.stdout.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue] — a TextIOWrapper has it
    stop = asyncio.Event()
    with _stopped_by_signals(stop):
        ours, world = demo_settings(settings), build_world()
        await give_back(world, ours)
        async with Sandbox(world) as sandbox:
            show = _Show(sandbox, Running(sandbox, ours), ours.data_dir / "demo-files", on_terminal=on_terminal)
            await show.run(stop)
    if on_terminal:
        say(f"\nThe bot has stopped. The purses wait in {settings.data_dir / 'demo.db'} for the next time.")


class _Show:
    """One performance: the bot, what is shown of it, and the end of both."""

    def __init__(self, sandbox: Sandbox, bot: Running, folder: Path, *, on_terminal: bool) -> None:
        self._sandbox = sandbox
        self._bot = bot
        self._folder = folder
        self._on_terminal = on_terminal
        self._paint = Paint.on(sys.stdout)

    async def run(self, stop: asyncio.Event) -> None:
        """Run the bot and show it, until either ends or `stop` is set; then stop the bot and wait for it."""
        async with (
            _task(self._bot.run(), "bot") as running,
            _task(self._show(), "show") as shown,
            _task(stop.wait(), "stop") as end,
            _task(self._sandbox.stopped(), "asked to stop") as asked,
        ):
            await asyncio.wait({running, shown, end, asked}, return_when=asyncio.FIRST_COMPLETED)
            self._bot.end()
            if not shown.done():
                shown.cancel()
            await asyncio.wait({shown})
            await asyncio.wait({running})
            running.result()  # why it ended comes before what that did to the show
            if not shown.cancelled():
                shown.result()

    async def _show(self) -> None:
        say("Starting Folkmoot on a simulated Discord. Nothing here leaves this computer.")
        await self._bot.ready()
        with Stage(self._sandbox, GUILD, list(PEOPLE), start=GENERAL, folder=self._folder) as stage:
            self._introduce()
            bill = Playbill(
                stage,
                GUILD,
                self._bot.services,
                paint=self._paint,
                write=say,
                pause=_PAUSE if self._on_terminal else 0.0,
            )
            await bill.play(OPENING)
            say("\nThe scene is over.")
            if self._on_terminal:
                await self._converse(stage, bill)
            else:
                self._explain()
                await self._sandbox.stopped()

    def _introduce(self) -> None:
        faint, bold = self._paint.faint, self._paint.bold
        say("")
        say(f"{bold('The Green')} is a guild with #general, #lounge and #staff, which members don't see.")
        say("People talk in #porch and sleep in #attic.")
        say("ola owns it, mira moderates it; regular, newcomer and quiet are members; Folkmoot is its bot.")
        say(faint("What follows a > is what somebody types; below it stands who sees what of it."))

    async def _converse(self, stage: Stage, bill: Playbill) -> None:
        say("Now you, as any of them. Try /balance, press pay, say hello, as mira, or scene diagnose.")
        say(self._paint.faint("Tab completes, help lists everything, quit ends.") + "\n")
        with patch_stdout(raw=True), _logs_above_the_prompt():
            does = handlers(self._bot, bill, say)
            await Prompt(stage, self._paint, say, user=REGULAR, handlers=does, scenes=list(scenes())).run()

    def _explain(self) -> None:
        control = f"{self._sandbox.base_url}/control"
        body = f'{{"guild": {GUILD}, "user": {QUIET}, "args": [{GENERAL}, "balance"], "wait": "finished"}}'
        say(f"The simulated Discord listens on {control}, and the bot goes on running until it is interrupted.")
        say(f"Let quiet ask:       curl -s {control}/act/slash -d '{body}'")
        say(f"What regular sees:   curl -s {control}/view/{REGULAR}")


def handlers(bot: Running, bill: Playbill, write: Callable[[str], None]) -> dict[str, Handler]:
    """What the prompt's words do that concern the bot itself."""

    async def restart(_rest: str) -> None:
        write("  The bot stops, and starts anew on the same data…")
        await bot.restart()
        write("  It is back; buttons and forms from before still work.")

    async def scene(name: str) -> None:
        if not name:
            for known, (feature, _) in scenes().items():
                write(f"  {known:<12} {feature.summary}")
            write("  Play one with its name, as in: scene diagnose")
            return
        await bill.play(bill.named(name))
        write("\nThe scene is over.")

    return {"restart": restart, "scene": scene}


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)  # noqa: T201 — the demonstration is what it prints


@asynccontextmanager
async def _task(work: Coroutine[Any, Any, Any], name: str) -> AsyncGenerator[asyncio.Task[Any]]:
    """A task that is over when the block is."""
    task = asyncio.create_task(work, name=name)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.contextmanager
def _stopped_by_signals(stop: asyncio.Event):  # noqa: ANN202 — a context manager
    """Stop by SIGINT or SIGTERM also while the bot, which has its own handlers for them, is not yet that far."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _hush(settings: Settings) -> None:
    """Only warnings beside the show, unless the operator asked for more or less."""
    if "level" not in settings.log.model_fields_set:
        logging.getLogger().setLevel(logging.WARNING)


@contextlib.contextmanager
def _logs_above_the_prompt():  # noqa: ANN202 — a context manager
    """Let log lines take the way of everything else that is printed while there is a prompt."""
    handlers = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    before = [handler.setStream(sys.stderr) for handler in handlers]
    try:
        yield
    finally:
        for handler, stream in zip(handlers, before, strict=True):
            if stream is not None:
                handler.setStream(stream)
