"""The quarantine: the only module that touches simcord, whose backend plays Discord's servers.

What is taken from simcord (3.2.1, MIT, pinned exactly): the state, the permission and hierarchy rules, the wire
shapes, the REST routes and the tables that say which gateway event needs which intent. What is ours: a clock that
follows real time, identifiers that may be chosen, memory that stays bounded, and news of every message change,
ephemeral ones included. ADR 0003 says why. Everything else in `bot.sandbox` imports from here.
"""

import json
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from types import MappingProxyType
from typing import Any

import discord
import simcord
from simcord import intents as intent_rules
from simcord._clock import Clock
from simcord.backend import Backend, serializers
from simcord.backend.access import channel_accessible, message_accessible
from simcord.backend.cdn import CdnStore
from simcord.backend.command_access import command_access
from simcord.backend.errors import BackendError, SetupError
from simcord.backend.models import (
    Channel,
    Guild,
    Interaction,
    Member,
    Message,
    Overwrite,
    Role,
    User,
)
from simcord.backend.permissions import flag as permission_flag
from simcord.components import walk_components
from simcord.enums import ChannelType, OverwriteType
from simcord.http import routes as _routes  # registers every route handler
from simcord.http.router import RouteNotImplemented, UnsupportedField, dispatch, parse_form
from simcord.interactions import (
    base_payload,
    nest_options,
    store_interaction_attachment,
    validate_option_value,
    walk_to_subcommand,
)

__all__ = [
    "LOCALES",
    "PRIVILEGED",
    "BackendError",
    "Channel",
    "ChannelType",
    "Guild",
    "Interaction",
    "Member",
    "Message",
    "Overwrite",
    "OverwriteType",
    "Role",
    "RouteNotImplemented",
    "SandboxBackend",
    "SandboxClock",
    "SetupError",
    "UnsupportedField",
    "Upload",
    "User",
    "base_payload",
    "channel_accessible",
    "command_access",
    "declared_intents",
    "dispatch",
    "guild_create",
    "message_accessible",
    "nest_options",
    "parse_form",
    "permission_bits",
    "permission_names",
    "serializers",
    "store_interaction_attachment",
    "validate_option_value",
    "walk_components",
    "walk_to_subcommand",
]

SUPPORTED = "3.2.1"
if simcord.__version__ != SUPPORTED:
    raise ImportError(
        f"bot.sandbox reaches into simcord's internals and was written for {SUPPORTED}, "
        f"not {simcord.__version__}: read bot/sandbox/backend.py against the new release first."
    )
del _routes

PRIVILEGED = frozenset(intent_rules.PRIVILEGED_INTENTS)
"""The intents that must be switched on in the (simulated) developer portal."""

_EPOCH_MS = 1_420_070_400_000
_BULK_AGE = timedelta(days=14)
_LOG_LENGTH = 1_000
_LOGGED = "GUILD_AUDIT_LOG_ENTRY_CREATE"
_CDN_BYTES = 256 * 1024 * 1024

LOCALES = tuple(str(locale) for locale in discord.Locale)
"""The languages of Discord's clients."""

MessageListener = Callable[[str, Message], None]


class SandboxClock(Clock):
    """Real time plus an offset that tests may push forward; it never runs backwards."""

    def __init__(self) -> None:
        super().__init__()
        self.listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The sandbox's present, aware, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.elapsed)

    def advance(self, seconds: float) -> None:
        """Jump `seconds` ahead and wake whoever waits for a moment that has now come."""
        super().advance(seconds)
        for listener in self.listeners:
            listener()


@dataclass(slots=True)
class Upload:
    """One uploaded file in the shape the route handlers read."""

    filename: str
    fp: BytesIO
    description: str | None = None


class SandboxCdn(CdnStore):
    """Keeps uploads in memory, oldest dropped past 256 MiB, under addresses our own server answers."""

    def __init__(self) -> None:
        super().__init__()
        self.base = "http://sandbox.invalid/cdn"
        self._paths: OrderedDict[str, tuple[bytes, str]] = OrderedDict()
        self._bytes = 0

    def store_attachment(
        self, attachment_id: int, channel_id: int, filename: str, data: bytes, description: str | None
    ) -> dict[str, Any]:
        """Keep one file and return its attachment payload."""
        payload = super().store_attachment(attachment_id, channel_id, filename, data, description)
        self._blobs.clear()  # the parent's unbounded copy
        path = f"/attachments/{channel_id}/{attachment_id}/{filename}"
        payload["url"] = payload["proxy_url"] = self.base + path
        if description is None:
            del payload["description"]  # Discord leaves it out
        self._paths[path] = (data, payload["content_type"])
        self._bytes += len(data)
        while self._bytes > _CDN_BYTES and len(self._paths) > 1:
            self._bytes -= len(self._paths.popitem(last=False)[1][0])
        return payload

    def read(self, path: str) -> tuple[bytes, str] | None:
        """The bytes and content type stored under `path` (as after `/cdn`), or None."""
        return self._paths.get(path)


class SandboxBackend(Backend):
    """simcord's backend with a real clock, chosen ids, bounded memory and message news."""

    clock: SandboxClock

    def __init__(
        self,
        *,
        application_id: int | None = None,
        bot_id: int | None = None,
        history: int = 10_000,
        interactions: int = 20_000,
    ) -> None:
        self._last_id = 0
        self._pinned: deque[int] = deque()
        self._history = history
        self._interactions_kept = interactions
        self.message_listeners: list[MessageListener] = []
        self.closed_dms: set[int] = set()
        self.portal_intents: frozenset[str] = PRIVILEGED
        self.unannounced = False
        super().__init__(clock=SandboxClock())
        self._pinned.clear()
        if application_id is not None:
            self.application_id = self.reserve_id(application_id)
        if bot_id is not None:
            del self.users[self.bot_user.id]
            self.bot_user.id = self.reserve_id(bot_id)
            self.users[bot_id] = self.bot_user
        self.cdn: SandboxCdn = SandboxCdn()
        # Both logs are only ever appended to and iterated, which a deque does just as well, within bounds.
        self.transcript = deque(maxlen=_LOG_LENGTH)  # pyright: ignore[reportAttributeAccessIssue]
        self.http_requests = deque(maxlen=_LOG_LENGTH)  # pyright: ignore[reportAttributeAccessIssue]

    def snowflake(self) -> int:
        """A new id: the pinned one if there is one, else time-ordered and unique."""
        if self._pinned:
            return self._pinned.popleft()
        milliseconds = int(self.clock.now().timestamp() * 1000) - _EPOCH_MS
        candidate = max(milliseconds << 22, self._last_id + 1)
        while candidate in self._reserved_ids:
            candidate += 1
        self._last_id = candidate
        return candidate

    @contextmanager
    def next_id(self, value: int | None) -> Iterator[None]:
        """Let the first `snowflake` in the block be `value` (None: as usual). Raises `SetupError` when taken."""
        if value is not None:
            self._pinned.append(self.reserve_id(value))
        try:
            yield
        finally:
            self._pinned.clear()  # left over when what was to be made could not be

    def emit(self, event: str, payload: Mapping[str, Any]) -> None:
        """Hand an event to the gateway. Nothing is logged: `watch` and `requests` are the records."""
        if self.unannounced or (event == _LOGGED and not self._may_read_log(int(payload["guild_id"]))):
            return
        for listener in self.subscribers:
            listener(event, payload)

    def _may_read_log(self, guild_id: int) -> bool:
        """Whether the bot is told of entries of a guild's audit log. simcord tells it whatever it may do."""
        with suppress(BackendError):
            self.require_permissions(guild_id, self.bot_user.id, None, "view_audit_log")
            return True
        return False

    def new_interaction(self, type: int, channel_id: int, user_id: int, guild_id: int | None) -> Interaction:  # noqa: A002 — simcord's name
        """Record an interaction and forget the oldest beyond the bound."""
        record = super().new_interaction(type, channel_id, user_id, guild_id)
        while len(self.interactions) > self._interactions_kept:
            oldest = self.interactions.pop(next(iter(self.interactions)))
            self.interaction_tokens.pop(oldest.token, None)
        return record

    def register_commands(self, guild_id: int | None, payloads: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Store commands with the fields Discord adds and simcord leaves out, and permissions as text."""
        commands = super().register_commands(guild_id, payloads)
        for command in commands:
            command.setdefault("version", str(self.snowflake()))
            command.setdefault("nsfw", False)
            if isinstance(command["default_member_permissions"], int):
                command["default_member_permissions"] = str(command["default_member_permissions"])
        return commands

    def commit_message(self, message: Message, *, broadcast: bool = True) -> Message:
        """Install a message, forget the channel's oldest beyond the bound, tell the watchers."""
        committed = super().commit_message(message, broadcast=broadcast)
        stored = self.messages[message.channel_id]
        if committed.id in stored:
            if len(stored) > self._history:
                del stored[next(iter(stored))]
            self._tell("created", committed)
        return committed

    def edit_message(self, channel_id: int, message_id: int, fields: dict[str, Any]) -> Message:
        """Change a message and tell the watchers."""
        message = super().edit_message(channel_id, message_id, fields)
        self._tell("edited", message)
        return message

    def delete_message(self, channel_id: int, message_id: int) -> None:
        """Remove a message and tell the watchers."""
        message = self.get_message(channel_id, message_id)
        super().delete_message(channel_id, message_id)
        self._settle_placeholder(message)
        self._tell("deleted", message)

    def remove_member(self, guild_id: int, user_id: int) -> None:
        """Let a member go, out of voice too."""
        self.set_voice_state(guild_id, user_id, None)
        super().remove_member(guild_id, user_id)

    def apply_ban(self, guild_id: int, user_id: int, reason: str | None) -> None:
        """Ban somebody. An id that belongs to nobody is refused before anything is written."""
        self.get_user(user_id)
        self.set_voice_state(guild_id, user_id, None)
        super().apply_ban(guild_id, user_id, reason)

    def bulk_delete_messages(self, channel_id: int, message_ids: Iterable[int]) -> list[int]:
        """Remove several messages and tell the watchers of each; as on Discord, none may be older than 14 days."""
        wanted = list(message_ids)
        if len(set(wanted)) != len(wanted):
            raise BackendError(400, 50035, "Invalid Form Body")
        oldest = int((self.clock.now() - _BULK_AGE).timestamp() * 1000) - _EPOCH_MS
        if any(one >> 22 < oldest for one in wanted):
            raise BackendError(400, 50034, "A message provided was too old to bulk delete")
        stored = self.messages.get(channel_id, {})
        doomed = [stored[one] for one in wanted if one in stored]
        deleted = super().bulk_delete_messages(channel_id, wanted)
        for message in doomed:
            self._tell("deleted", message)
        return deleted

    def _settle_placeholder(self, message: Message) -> None:
        """Let a followup after a deleted "thinking…" be a message of its own, as on Discord.

        simcord would go on taking the followup for an edit of the placeholder, and find it gone.
        """
        asked = (message.interaction_metadata or {}).get("id")
        record = self.interactions.get(int(asked)) if asked is not None else None
        if record is not None and record.loading and record.message_id == message.id:
            record.complete_deferred()

    def _tell(self, kind: str, message: Message) -> None:
        for listener in self.message_listeners:
            listener(kind, message)


def permission_bits(permissions: int | Sequence[str]) -> int:
    """A permission bit field from a number or from names as in discord.py (`"ban_members"`)."""
    if isinstance(permissions, int):
        return permissions
    bits = 0
    for name in permissions:
        bits |= permission_flag(name)
    return bits


@cache
def permission_names() -> Mapping[str, int]:
    """Every permission that Discord has, by its name in discord.py, with its bit; none by two names."""
    flags = discord.Permissions.VALID_FLAGS
    return MappingProxyType({name: flags[name] for name, _ in discord.Permissions.none()})


@dataclass(frozen=True, slots=True)
class DeclaredIntents:
    """What one gateway session asked to hear, answered by Discord's own table."""

    value: int
    flags: discord.Intents

    def undeclared(self, approved: frozenset[str]) -> bool:
        """Whether a privileged intent was asked for that the portal has not switched on."""
        return any(getattr(self.flags, name) and name not in approved for name in PRIVILEGED)

    def hears(self, event: str, payload: Mapping[str, Any]) -> bool:
        """Whether this event is sent at all under these intents."""
        needed = intent_rules.required_intent(event, payload)
        return needed is None or bool(getattr(self.flags, needed))

    def censors(self, event: str) -> bool:
        """Whether message text must be taken out of this kind of event."""
        return not self.flags.message_content and event in _CARRIES_CONTENT


_CARRIES_CONTENT = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE", "INTERACTION_CREATE"})


def declared_intents(value: int) -> DeclaredIntents:
    """Read the bit field of an IDENTIFY."""
    return DeclaredIntents(value, discord.Intents._from_value(value))  # noqa: SLF001 — the only way to keep unknown bits


def censored_json(backend: SandboxBackend, event: str, payload_json: str) -> str:
    """The same event as a session without the message content intent receives it."""
    payload = json.loads(payload_json)
    bot_id = backend.bot_user.id
    if event == "INTERACTION_CREATE":
        data = payload.get("data") or {}
        if isinstance(payload.get("message"), dict):
            intent_rules.censor_message(payload["message"], bot_id, backend=backend, exempt_root=True)
        for message_id, message in ((data.get("resolved") or {}).get("messages") or {}).items():
            chosen = str(data.get("target_id")) == message_id
            intent_rules.censor_message(message, bot_id, backend=backend, exempt_root=chosen)
    else:
        intent_rules.censor_message(payload, bot_id, backend=backend)
    return json.dumps(payload, separators=(",", ":"))


def guild_create(backend: SandboxBackend, guild: Guild, intents: DeclaredIntents) -> dict[str, Any]:
    """A GUILD_CREATE as Discord sends it: of members only the bot and those in voice, unless presences are heard."""
    large = len(guild.members) > 250  # noqa: PLR2004 — the threshold discord.py asks for
    inline = intents.flags.presences and not large
    bot_id = backend.bot_user.id
    shown = guild
    if not inline:
        # Serialising a guild without its members is what makes a thousand guilds quick.
        known = (one for one in (bot_id, *guild.voice_states) if one in guild.members)
        shown = replace(guild, members={one: guild.members[one] for one in known})
    payload = dict(serializers.guild_create_payload(backend, shown))
    payload["member_count"] = len(guild.members)
    payload["large"] = large
    with suppress(KeyError):
        payload["joined_at"] = guild.members[bot_id].joined_at
    return payload
