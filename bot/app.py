"""The Discord client: what it listens to, how its commands are admitted, and how its errors are reported."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.ext import commands

from bot.actions.batches import BatchActions
from bot.cogs import EXTENSIONS
from bot.domain.general import ACCENT, GeneralSettings
from bot.domain.guilds import ShardRange
from bot.errors import Unavailable, UserError
from bot.fairness import FairHTTPClient
from bot.services import Services
from bot.services.recorder import Recorder
from bot.ui import context
from bot.ui.controls import ControlRouter
from bot.ui.errors import ErrorReporter
from bot.ui.gate import Gate

_log = structlog.stdlib.get_logger(__name__)

_COMMANDS_HASH = "commands_hash"
_LONGEST_RATE_LIMIT = 60.0
"""Seconds. A second rename of a channel would otherwise sleep for ten minutes inside a command."""

READY_PATIENCE = 2.0
"""Seconds without a further guild after which READY is believed to be complete."""

_COLOUR_PATIENCE = 0.3
"""Seconds. No answer is late for its colour."""

_MESSAGE_CACHE = 100
"""Messages discord.py keeps; what a feature needs of older ones it keeps itself."""


@dataclass(frozen=True)
class Shards:
    """Which shards to run; without a count, as many as Discord advises."""

    count: int | None = None
    ids: frozenset[int] = frozenset()


def intents() -> discord.Intents:
    """What the gateway is asked for: people, their messages and moderation; no presences, typing or reactions."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.members = True
    wanted.moderation = True
    wanted.messages = True
    wanted.message_content = True
    return wanted


def _shard_options(shards: Shards) -> dict[str, Any]:
    return {"shard_count": shards.count} | ({"shard_ids": sorted(shards.ids)} if shards.ids else {})


class FolkmootTree(app_commands.CommandTree[Any]):
    """The command tree: admits through the gate, reports through the reporter."""

    client: FolkmootBot

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Name the task's log lines, and let it in."""
        context.bind(interaction)
        try:
            self.client.gate.admit(interaction)
        except UserError as error:
            if interaction.type is not discord.InteractionType.autocomplete:
                await self.client.reporter.report(interaction, error)
            return False
        return True

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Where every command's error ends."""
        await self.client.reporter.report(interaction, error)


class FolkmootBot(commands.AutoShardedBot):
    """The client. Everything it needs is passed in; `settled` is set when guilds and database agree after READY."""

    def __init__(
        self,
        *,
        services: Services,
        recorder: Recorder,
        reporter: ErrorReporter,
        gate: Gate,
        shards: Shards,
        http_trace: aiohttp.TraceConfig | None = None,
        ready_patience: float = READY_PATIENCE,
        sync: bool = False,
    ) -> None:
        self._http_trace = http_trace
        # No voice here, so nobody needs to be told what it would take.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            tree_cls=FolkmootTree,
            help_command=None,
            intents=intents(),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,  # READY within seconds; members are asked for when they are needed
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=_MESSAGE_CACHE,
            guild_ready_timeout=ready_patience,
            **_shard_options(shards),
        )
        self.services = services
        self.recorder = recorder
        self.reporter = reporter
        self.gate = gate
        self.router = ControlRouter()
        self.batches = BatchActions(self, services.batches)
        self.settled = asyncio.Event()
        self._sync = sync

    def _get_state(self, **options: Any) -> Any:
        # The one moment between making the HTTP client and handing it on; discord.py offers no argument for it.
        self.http = FairHTTPClient(self.loop, http_trace=self._http_trace, max_ratelimit_timeout=_LONGEST_RATE_LIMIT)
        return super()._get_state(**options)

    def shard_range(self) -> ShardRange:
        """The guilds that this process answers for; known once connected."""
        count = self.shard_count or 1
        return ShardRange(count, frozenset(self.shard_ids or range(count)))

    async def accent(self, guild_id: int | None) -> int:
        """The colour of answers in a guild; the house's own if the guild's is not known in a moment."""
        if guild_id is None:
            return ACCENT
        try:
            async with asyncio.timeout(_COLOUR_PATIENCE):
                return (await self.services.guild_settings.read(guild_id, GeneralSettings)).value.accent
        except (Unavailable, TimeoutError):
            return ACCENT

    async def setup_hook(self) -> None:
        """Called by discord.py between logging in and connecting."""
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        await self._sync_commands()

    async def _sync_commands(self) -> None:
        """Tell Discord of the commands, if they are not the ones it was told last or `sync` was asked for."""
        if self.application_id is None:
            raise RuntimeError("logged in without an application id")
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        payload.sort(key=lambda command: (command["type"], command["name"]))
        digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
        state = self.services.app_state
        if not self._sync and await state.get(self.application_id, _COMMANDS_HASH) == digest:
            return
        synced = await self.tree.sync()
        await state.put(self.application_id, _COMMANDS_HASH, digest)
        _log.info("commands synced", count=len(synced))

    async def on_ready(self) -> None:
        """Every guild of this process has arrived."""
        shards = self.shard_range()
        _log.info("ready", user=str(self.user), guilds=len(self.guilds), shards=sorted(shards.ids), of=shards.count)

    async def on_message(self, message: discord.Message, /) -> None:
        """Nothing: commands are slash commands, and cogs listen for themselves."""

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Forms, and presses of controls that no code stands behind any more."""
        await self.router.route(interaction)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 — discord.py's signature
        """An event's handler failed; the others go on."""
        _log.exception("an event failed", handler=event_method)
