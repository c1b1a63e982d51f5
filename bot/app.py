"""The Discord client: what it listens to, how its commands are admitted, and how its errors are reported."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.ext import commands

from bot import first_look
from bot.actions.batches import BatchActions
from bot.actions.typed import TypedCommands
from bot.actions.voice import VoiceRooms
from bot.actions.xp import XpGatherer
from bot.domain.about import About
from bot.domain.economy_settings import EconomySettings
from bot.domain.general import ACCENT, GeneralSettings
from bot.domain.guilds import ShardRange
from bot.domain.manual import Chapter
from bot.domain.preferences import Preferences
from bot.domain.probes import Probed
from bot.domain.profile import Fact, Glance
from bot.domain.settings import Section
from bot.errors import DatabaseAway, Unavailable, UserError
from bot.fairness import FairHTTPClient
from bot.hears import cached_members, hear_of_every_member, intents, see_rooms_anew
from bot.i18n import SOURCE, Tongue, closest
from bot.i18n import tongue as shipped_tongue
from bot.patience import Inquiries
from bot.pictures.studio import Pictures
from bot.services import Services
from bot.services.recorder import Recorder
from bot.ui import context
from bot.ui.controls import ControlRouter
from bot.ui.errors import ErrorReporter
from bot.ui.gate import Gate
from bot.ui.money import Currency
from bot.ui.speech import address_person
from bot.ui.translator import CatalogueTranslator
from bot.ui.uses import UseWatch

S = TypeVar("S", bound=Section)

_log = structlog.stdlib.get_logger(__name__)

_COMMANDS = "commands"
"""Under this name the application remembers what it told Discord of its commands, and the ids it got for them."""

_LONGEST_RATE_LIMIT = 60.0
"""Seconds. A second rename of a channel would otherwise sleep for ten minutes inside a command."""

READY_PATIENCE = 2.0
"""Seconds without a further guild after which READY is believed to be complete."""

_SETTINGS_PATIENCE = 0.3
"""Seconds. No answer is late for its colour or its language."""

_ZONE_PATIENCE = 2.0
"""Seconds. What a person wrote is read before the answer can be deferred, and the answer is due after three."""

_HANDLERS_PATIENCE = 2.0
"""Seconds that leaving waits for what is being done about events."""

_MESSAGE_CACHE = 100
"""Messages discord.py keeps; what a feature needs of older ones it keeps itself."""


@dataclass(frozen=True)
class Shards:
    """Which shards to run; without a count, as many as Discord advises."""

    count: int | None = None
    ids: frozenset[int] = frozenset()


class GatewayMeter(Protocol):
    """Counts what comes from the gateway. Asked for each event, so it must cost next to nothing."""

    def event(self, name: str) -> None:
        """An event arrived, named as Discord names it: ``MESSAGE_CREATE``."""
        ...

    def event_failed(self, handler: str) -> None:
        """A handler of events raised."""
        ...


def _shard_options(shards: Shards) -> dict[str, Any]:
    return {"shard_count": shards.count} | ({"shard_ids": sorted(shards.ids)} if shards.ids else {})


class FolkmootTree(app_commands.CommandTree[Any]):
    """The command tree: admits through the gate, reports through the reporter."""

    client: FolkmootBot

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Name the task's log lines, and let it in."""
        context.bind(interaction)
        self.client.watch.began(interaction)
        await address_person(interaction)
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
        watch: UseWatch,
        meter: GatewayMeter,
        gate: Gate,
        shards: Shards,
        features: Sequence[Probed],
        pictures: Pictures,
        xp: XpGatherer,
        voice: VoiceRooms,
        aliases: Mapping[str, str],
        about: About,
        tongue: Callable[[str], Tongue] = shipped_tongue,
        tellers: Sequence[Callable[[Services, Glance], Awaitable[Sequence[Fact]]]] = (),
        http_trace: aiohttp.TraceConfig | None = None,
        ready_patience: float = READY_PATIENCE,
        sync: bool = False,
    ) -> None:
        self._http_trace = http_trace
        self._meter = meter
        # No voice here, so nobody needs to be told what it would take.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            tree_cls=FolkmootTree,
            help_command=None,
            intents=intents(),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,  # READY within seconds; members are asked for when they are needed
            member_cache_flags=cached_members(),
            max_messages=_MESSAGE_CACHE,
            guild_ready_timeout=ready_patience,
            **_shard_options(shards),
        )
        self.services = services
        self.recorder = recorder
        self.pictures = pictures
        self.xp = xp
        self.voice = voice
        self.reporter = reporter
        self.watch = watch
        self.gate = gate
        self.router = ControlRouter()
        self.batches = BatchActions(self, services.batches)
        self.settled = asyncio.Event()
        self.features = features
        self.chapters: Sequence[Chapter] = [feature.chapter for feature in features]
        self.about = about
        self.tongue = tongue
        self.tellers = tellers
        self._typed = TypedCommands(self, aliases)
        self.command_ids: dict[str, int] = {}
        self._translator = CatalogueTranslator()
        self._sync = sync
        self.inquiries = Inquiries()
        self._handling: set[asyncio.Task[Any]] = set()

    def _get_state(self, **options: Any) -> Any:
        # The one moment between making the HTTP client and handing it on; discord.py offers no argument for it.
        self.http = FairHTTPClient(self.loop, http_trace=self._http_trace, max_ratelimit_timeout=_LONGEST_RATE_LIMIT)
        state = super()._get_state(**options)
        hear_of_every_member(state)
        see_rooms_anew(state)
        return state

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Hand an event to its listeners.

        Two are also measured, here and not by a listener, which would cost a task for each.
        """
        if event_name == "socket_event_type":
            self._meter.event(args[0])
        elif event_name == "app_command_completion":
            self.watch.ended(args[0])
        super().dispatch(event_name, *args, **kwargs)

    def _schedule_event(
        self, coro: Callable[..., Coroutine[Any, Any, Any]], event_name: str, *args: Any, **kwargs: Any
    ) -> Any:  # None where there is nothing to do: whoever calls this throws it away
        try:
            if not first_look.concerns(coro, *args):
                return None
        except Exception as error:  # noqa: BLE001 — raised again where a listener's own errors are reported
            coro = first_look.failed(error)
        # discord.py forgets the tasks that it makes for events, and they would outlive the database.
        task = super()._schedule_event(coro, event_name, *args, **kwargs)
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)
        return task

    async def close(self) -> None:
        """Leave Discord, then wait for what is being done about events. What takes too long is cut off.

        Answers that were being changed stay as they are.
        """
        await self.batches.live.close()
        await super().close()
        if self._handling:
            _, late = await asyncio.wait(set(self._handling), timeout=_HANDLERS_PATIENCE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self.inquiries.close()
        await self.reporter.close()

    def shard_range(self) -> ShardRange:
        """The guilds that this process answers for; known once connected."""
        count = self.shard_count or 1
        return ShardRange(count, frozenset(self.shard_ids or range(count)))

    async def language_of(self, interaction: discord.Interaction[Any]) -> str:
        """The language of whoever asks: what they chose, else what their Discord speaks, else the server's."""
        chosen = (await self.preferences(interaction.user.id)).own_language
        return chosen or closest(str(interaction.locale)) or await self.language_in(interaction.guild_id)

    async def preferences(self, user_id: int) -> Preferences:
        """What a person set for themselves; the defaults where it is not known in a moment."""
        known = self.services.preferences.known(user_id)
        if known is not None:
            return known
        try:
            read = partial(self.services.preferences.read, user_id)
            return (await self.inquiries.ask(("person", user_id), read, _SETTINGS_PATIENCE)).value
        except (Unavailable, TimeoutError):
            return Preferences()
        except Exception:  # noqa: BLE001 — whatever it is, the question can be answered without
            _log.exception("preferences could not be read", user=user_id)
            return Preferences()

    async def language_in(self, guild_id: int | None) -> str:
        """The language of a server; the code's own where it is not known in a moment."""
        return SOURCE if guild_id is None else (await self._section(guild_id, GeneralSettings)).language

    async def currency_in(self, guild_id: int | None) -> Currency:
        """What a server calls its coins; the house's own word where it is not known in a moment."""
        if guild_id is None:
            return Currency()
        found = await self._section(guild_id, EconomySettings)
        return Currency(found.currency_name, found.currency_plural, found.currency_emoji)

    async def _section(self, guild_id: int, model: type[S]) -> S:
        """A section of a guild's settings; the defaults where it is not known in a moment."""
        known = self.services.guild_settings.known(guild_id, model)
        if known is not None:  # without a task of its own for what is there
            return known
        try:
            read = partial(self.services.guild_settings.read, guild_id, model)
            return (await self.inquiries.ask((model.section, guild_id), read, _SETTINGS_PATIENCE)).value
        except (Unavailable, TimeoutError):
            return model()
        except Exception:  # noqa: BLE001 — whatever it is, the question can be answered without
            _log.exception("settings could not be read", guild=guild_id, section=model.section)
            return model()

    def known_prefix(self, guild_id: int) -> str | None:
        """The same as `prefix` if it is in memory, else None. Asked for each message."""
        known = self.services.guild_settings.known(guild_id, GeneralSettings)
        return None if known is None else known.prefix

    async def prefix(self, guild_id: int) -> str:
        """What a guild types before commands; empty where there is none, or it is not known in a moment."""
        known = self.known_prefix(guild_id)
        return (await self._section(guild_id, GeneralSettings)).prefix if known is None else known

    async def accent(self, guild_id: int | None) -> int:
        """The colour of answers in a guild; the house's own if the guild's is not known in a moment."""
        if guild_id is None:
            return ACCENT
        return (await self._section(guild_id, GeneralSettings)).accent

    def guilds_in_sight(self) -> list[discord.Guild]:
        """Those that are served here, are not away, and whose connection stands: of others nothing is heard."""
        shut = {shard_id for shard_id, shard in self.shards.items() if shard.is_closed()}
        return [
            guild
            for guild in self.guilds
            if not guild.unavailable and guild.shard_id not in shut and self.gate.serves(guild.id)
        ]

    def now(self) -> datetime:
        """The present moment, by the clock that rows are written by."""
        return self.services.guilds.moment()

    async def zone_of(self, interaction: discord.Interaction[Any]) -> ZoneInfo:
        """The time zone in which a person writes: what they chose, else the guild's, and outside of guilds UTC.

        Raises:
            DatabaseAway: it is not known: a guess would be an hour that nobody meant.
        """
        user_id, guild_id = interaction.user.id, interaction.guild_id

        async def read() -> ZoneInfo:
            own = (await self.services.preferences.read(user_id)).value.zone
            if own is not None or guild_id is None:
                return own or ZoneInfo("UTC")
            return (await self.services.guild_settings.read(guild_id, GeneralSettings)).value.zone

        try:
            return await self.inquiries.ask(("zone", user_id, guild_id), read, _ZONE_PATIENCE)
        except TimeoutError:
            raise DatabaseAway from None

    async def setup_hook(self) -> None:
        """Called by discord.py between logging in and connecting."""
        await self.tree.set_translator(self._translator)
        await self.add_chapters()
        await self._sync_commands()

    async def add_chapters(self) -> None:
        """Add the commands of every feature.

        Their modules are imported as others are. As extensions of discord.py they would be run anew for every bot of
        this process, and thrown away with it.
        """
        for chapter in self.chapters:
            await import_module(chapter.extension).setup(self)

    async def _sync_commands(self) -> None:
        """Tell Discord of the commands, if they are not the ones it was told last or `sync` was asked for."""
        if self.application_id is None:
            raise RuntimeError("logged in without an application id")
        commands = self.tree.get_commands()
        payload = [await one.get_translated_payload(self.tree, self._translator) for one in commands]
        payload.sort(key=lambda command: (command["type"], command["name"]))
        digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
        state = self.services.app_state
        told = json.loads(await state.get(self.application_id, _COMMANDS) or "{}")
        if not self._sync and told.get("hash") == digest:
            self.command_ids = told["ids"]
            return
        synced = await self.tree.sync()
        self.command_ids = {one.name: one.id for one in synced}
        await state.put(self.application_id, _COMMANDS, json.dumps({"hash": digest, "ids": self.command_ids}))
        _log.info("commands synced", count=len(synced))

    async def on_ready(self) -> None:
        """Every guild of this process has arrived."""
        shards = self.shard_range()
        _log.info("ready", user=str(self.user), guilds=len(self.guilds), shards=sorted(shards.ids), of=shards.count)

    def _may_be_command(self, message: discord.Message) -> bool:
        return self._typed.may_be_one(message)

    @first_look.after(_may_be_command)
    async def on_message(self, message: discord.Message, /) -> None:
        """Commands of those who type."""
        await self._typed.take(message)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Forms, and presses of controls that no code stands behind any more."""
        await self.router.route(interaction)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 — discord.py's signature
        """An event's handler failed; the others go on."""
        _log.exception("an event failed", handler=event_method)
        self._meter.event_failed(event_method)
