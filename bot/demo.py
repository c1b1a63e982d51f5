"""The demonstration: the bot as it really runs, on a small simulated Discord, with a scene and a prompt.

A second composition root beside ``__main__``: here, and only here, the sandbox meets the rest of the package.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from prompt_toolkit.patch_stdout import patch_stdout
from pydantic import SecretStr

from bot import process
from bot.compose import App
from bot.features import FEATURES
from bot.invite import needed_permissions
from bot.log import SecretsHidden
from bot.sandbox import Sandbox, World
from bot.sandbox.terminal import Paint, Prompt, Scene, SceneFailed, Stage, Step
from bot.settings import BackupSettings, DiscordSettings, MetricsSettings, Settings, ShardSettings

READY_WITHIN = 90.0
"""Seconds; more than waiting for a slow disk takes."""

_PAUSE = 0.25
"""Seconds between two steps of the scene, where somebody watches."""

# The ids are the same every time, so that purses are found again. They are shaped like Discord's, of late 2024.
GUILD = 1_300_000_000_000_000_000
BOT, APPLICATION = GUILD + 1, GUILD + 2
GENERAL, LOUNGE, STAFF = GUILD + 10, GUILD + 11, GUILD + 12
MODERATORS = GUILD + 20
HELPER = GUILD + 21
MARKET = GUILD + 22
OLA, MIRA, REGULAR, NEWCOMER, QUIET = (GUILD + 30 + number for number in range(5))
PEOPLE = {OLA: "ola", MIRA: "mira", REGULAR: "regular", NEWCOMER: "newcomer", QUIET: "quiet"}


_ANEW = "What was set in an earlier demonstration may be the reason; delete demo.db in DATA_DIR to begin anew."


def scenes() -> list[Sequence[Step]]:
    """The scenes of all features, in their order."""
    return [import_module(feature.scene).SCENE for feature in FEATURES if feature.scene is not None]


class DemoFailed(process.StartError):
    """The demonstration could not be shown; the message says why."""


def demo_settings(settings: Settings) -> Settings:
    """The operator's settings, but with a database of the demo's own, and without anything of a real bot's.

    Raises:
        DemoFailed: there is no place for the database.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoFailed(f"DATA_DIR: {settings.data_dir} can't be used: {error.strerror}") from error
    if not os.access(settings.data_dir, os.W_OK | os.X_OK):
        raise DemoFailed(f"DATA_DIR: {settings.data_dir} can't be used: it can't be written to")
    file = (settings.data_dir / "demo.db").resolve()
    database = {"url": SecretStr(f"sqlite+aiosqlite:///{file}"), "direct_url": None}
    return settings.model_copy(
        update={
            "discord": DiscordSettings(),
            "database": settings.database.model_copy(update=database),
            "shard": ShardSettings(),
            "backup": BackupSettings(every_hours=0),
            "metrics": MetricsSettings(),
            "allowed_guild_ids": frozenset(),
            "default_features": frozenset({"all"}),
        }
    )


def build_world() -> World:
    """A guild with its people, and the bot in it with just the permissions of its invite link."""
    world = World(bot_id=BOT, application_id=APPLICATION)
    world.add_user("ola", id=OLA)
    world.add_guild("The Green", id=GUILD, owner=OLA)
    world.set_bot_permissions(GUILD, needed_permissions().value)
    may = ["kick_members", "ban_members", "moderate_members", "manage_messages", "manage_channels", "manage_roles"]
    world.add_role(GUILD, "Moderators", id=MODERATORS, permissions=may, color=0x3B6E57)
    world.add_role(GUILD, "Helper", id=HELPER, color=0x6A8CAF)
    world.add_role(GUILD, "Market", id=MARKET, color=0xB08D3C)
    for user, name in PEOPLE.items():
        if user != OLA:
            world.add_member(GUILD, name, id=user, roles=[MODERATORS] if user == MIRA else [])
    world.settle(GUILD, datetime.now(UTC) - timedelta(days=60))  # who is new in a server may not pay
    world.add_channel(GUILD, "general", id=GENERAL, topic="Everything and nothing")
    world.add_channel(GUILD, "lounge", id=LOUNGE, topic="For quiet evenings")
    world.add_channel(GUILD, "staff", id=STAFF, topic="Moderators only", hidden_from_everyone=True)
    world.overwrite(STAFF, MODERATORS, allow=["view_channel"])
    return world


async def play(settings: Settings, *, on_terminal: bool) -> None:
    """Show everything, and go on until told to stop: by `quit` at the prompt, by a signal, or by the controls.

    Raises:
        process.StartError: the bot could not start, or the scene went wrong.
    """
    _hush(settings)
    with contextlib.suppress(AttributeError):  # where somebody put another stream in its place
        sys.stdout.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue] — a TextIOWrapper has it
    stop = asyncio.Event()
    with _stopped_by_signals(stop):
        async with Sandbox(build_world()) as sandbox:
            await _Show(sandbox, on_terminal=on_terminal).run(demo_settings(settings), stop)
    if on_terminal:
        say(f"\nThe bot has stopped. The purses wait in {settings.data_dir / 'demo.db'} for the next time.")


class _Show:
    """One performance: the bot, what is shown of it, and the end of both."""

    def __init__(self, sandbox: Sandbox, *, on_terminal: bool) -> None:
        self._sandbox = sandbox
        self._on_terminal = on_terminal
        self._paint = Paint.on(sys.stdout)
        self._ready: asyncio.Future[App] = asyncio.get_running_loop().create_future()

    async def run(self, settings: Settings, stop: asyncio.Event) -> None:
        """Run the bot and show it, until either ends or `stop` is set; then stop the bot and wait for it."""
        token = SecretStr(self._sandbox.token)
        hide = SecretsHidden(settings.secrets())
        bot = process.run(
            settings,
            token,
            hide=hide,
            api_url=self._sandbox.api_url,
            on_ready=self._ready.set_result,
            stop=stop,
            sync=True,  # the bot remembers what it told Discord last, but this one was born a moment ago
        )
        async with (
            _task(bot, "bot") as running,
            _task(self._show(), "show") as shown,
            _task(stop.wait(), "stop") as end,
            _task(self._sandbox.stopped(), "asked to stop") as asked,
        ):
            await asyncio.wait({running, shown, end, asked}, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            if not shown.done():
                shown.cancel()
            await asyncio.wait({shown})
            await asyncio.wait({running})
            running.result()  # why it ended comes before what that did to the show
            if not shown.cancelled():
                shown.result()

    async def _show(self) -> None:
        say("Starting Folkmoot on a simulated Discord. Nothing here leaves this computer.")
        await self._started()
        with Stage(self._sandbox, GUILD, list(PEOPLE), start=GENERAL) as stage:
            self._introduce()
            scene = Scene(stage, self._paint, say, pause=_PAUSE if self._on_terminal else 0.0)
            try:
                for steps in scenes():
                    await scene.play(steps)
            except SceneFailed as error:
                if not self._on_terminal:
                    raise DemoFailed(f"{error} {_ANEW}") from error
                say(f"\n{error} {_ANEW}")
            else:
                say("\nThe scene is over.")
            if self._on_terminal:
                await self._converse(stage)
            else:
                self._explain()
                await self._sandbox.stopped()

    async def _started(self) -> None:
        """Wait for the bot."""
        try:
            async with asyncio.timeout(READY_WITHIN):
                await asyncio.shield(self._ready)
        except TimeoutError:
            raise DemoFailed(f"The bot did not get ready within {READY_WITHIN:.0f} seconds.") from None

    def _introduce(self) -> None:
        faint, bold = self._paint.faint, self._paint.bold
        say("")
        say(f"{bold('The Green')} is a guild with #general, #lounge and #staff, which members don't see.")
        say("ola owns it, mira moderates it; regular, newcomer and quiet are members; Folkmoot is its bot.")
        say(faint("What follows a > is what somebody types; below it stands who sees what of it."))

    async def _converse(self, stage: Stage) -> None:
        say("Now you, as any of them. Try /balance, press Pay someone, say hello, or as mira.")
        say(self._paint.faint("Tab completes, help lists everything, quit ends.") + "\n")
        with patch_stdout(raw=True), _logs_above_the_prompt():
            await Prompt(stage, self._paint, say, user=REGULAR).run()

    def _explain(self) -> None:
        control = f"{self._sandbox.base_url}/control"
        body = f'{{"guild": {GUILD}, "user": {QUIET}, "args": [{GENERAL}, "balance"], "wait": "finished"}}'
        say(f"The simulated Discord listens on {control}, and the bot goes on running until it is interrupted.")
        say(f"Let quiet ask:       curl -s {control}/act/slash -d '{body}'")
        say(f"What regular sees:   curl -s {control}/view/{REGULAR}")


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
