"""Commands for those who type: a message becomes the same call that Discord's menu makes.

There is one command for both ways. What it needs of an interaction, a `TypedInteraction` gives from a message: who
asks, where, with which permissions, and how to answer. An answer that only one person should see goes to the channel
all the same, since the question stands there; unless the command calls itself secret, or its feature is not public in
that channel: then by direct message.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import discord
from discord import AppCommandOptionType as Kind
from discord import app_commands

from bot.actions.audience import is_quiet
from bot.actions.host import ServiceHost
from bot.domain.manual import Entry, may_use
from bot.domain.typed import Slot, call_of, fill, find_command
from bot.errors import OptionNotUnderstood, OptionTooLong, PermissionNeeded, UseSlash
from bot.i18n import _
from bot.ui import context
from bot.ui.manual import entries, permission_names
from bot.ui.speech import address_person

Command = app_commands.Command[Any, ..., Any]

_ID = re.compile(r"(?:<(?:@[!&]?|#))?(\d{1,20})>?")
_BIGGEST = 2**63 - 1
_YES, _NO = {"yes", "true", "on", "1", "ja"}, {"no", "false", "off", "0", "nein"}
_PATIENCE = 5.0
"""Seconds for one question to Discord about an option."""


class TypedResponse:
    """How a typed command is answered: what an interaction's `response` offers, by messages."""

    def __init__(self, message: discord.Message, *, secret: bool, controls: bool) -> None:
        self._message = message
        self.secret = secret
        self._controls = controls
        self.type: discord.InteractionResponseType | None = None
        self.sent: discord.Message | None = None

    def is_done(self) -> bool:
        """Whether something was said, or is about to be."""
        return self.type is not None

    async def defer(self, *, ephemeral: bool = False, thinking: bool = False) -> None:  # noqa: ARG002 — the interaction's signature
        """Show that it takes longer."""
        self.type = discord.InteractionResponseType.deferred_channel_message
        await self._message.channel.typing()

    async def send_message(self, content: str | None = None, *, ephemeral: bool = False, **more: Any) -> None:
        """Answer."""
        self.type = discord.InteractionResponseType.channel_message
        self.sent = await self.say(content, ephemeral=ephemeral, **more)

    async def say(self, content: str | None = None, *, ephemeral: bool = False, **more: Any) -> discord.Message:
        """Say something, where it belongs."""
        more = {name: value for name, value in more.items() if value is not None}
        if ephemeral and self.secret:
            if not self._controls:  # they would be dead in a direct message
                more.pop("view", None)
            try:
                return await self._message.author.send(content, **more)
            except discord.Forbidden:
                more = {"allowed_mentions": discord.AllowedMentions.none()}
                content = _(
                    "My answer is for you alone, and your direct messages are closed to me. Open them, or use the "
                    "slash command next time."
                )
        # Also when the question was deleted meanwhile, by its author or by whoever keeps the channel tidy.
        question = self._message.to_reference(fail_if_not_exists=False)
        return await self._message.channel.send(content, reference=question, mention_author=False, **more)

    async def send_modal(self, _form: discord.ui.Modal) -> None:
        """Forms open only where Discord asked.

        Raises:
            UseSlash: always.
        """
        raise UseSlash


@dataclass
class TypedInteraction:
    """What commands use of an interaction, made from a message."""

    message: discord.Message
    command: Command
    client: Any
    response: TypedResponse
    namespace: SimpleNamespace
    extras: dict[str, Any] = field(default_factory=dict[str, Any])

    type = discord.InteractionType.application_command
    locale = ""
    """Unknown: a message does not say what its author's Discord speaks, so the server's language is taken."""

    @property
    def id(self) -> int:
        """The message's, so that it is as good a key."""
        return self.message.id

    @property
    def user(self) -> discord.Member | discord.User:
        """Who typed."""
        return self.message.author

    @property
    def guild(self) -> discord.Guild | None:
        """Where."""
        return self.message.guild

    @property
    def guild_id(self) -> int | None:
        """Where."""
        return self.message.guild.id if self.message.guild else None

    @property
    def channel(self) -> Any:
        """Where."""
        return self.message.channel

    @property
    def channel_id(self) -> int:
        """Where."""
        return self.message.channel.id

    @property
    def created_at(self) -> Any:
        """When it was typed."""
        return self.message.created_at

    @property
    def data(self) -> Mapping[str, Any]:
        """What Discord would say of it."""
        return {"name": self.command.qualified_name}

    @property
    def permissions(self) -> discord.Permissions:
        """What whoever typed may do there."""
        author = self.message.author
        return self.message.channel.permissions_for(author) if isinstance(author, discord.Member) else _IN_PRIVATE

    @property
    def app_permissions(self) -> discord.Permissions:
        """What I may do there."""
        me = None if self.guild is None else self.guild.me
        return _IN_PRIVATE if me is None else self.message.channel.permissions_for(me)

    @property
    def followup(self) -> Any:
        """Further words."""
        return SimpleNamespace(send=self.response.say)

    async def original_response(self) -> Any:
        """What was said first; before that, a placeholder that nobody sees."""
        nothing = SimpleNamespace(flags=discord.MessageFlags(ephemeral=True), attachments=[])
        return self.response.sent or nothing

    async def edit_original_response(self, *, attachments: Sequence[discord.File] = (), **more: Any) -> None:
        """Change what was said, or say it if nothing was."""
        if self.response.sent is None:
            self.response.sent = await self.response.say(files=list(attachments), ephemeral=True, **more)
        else:
            await self.response.sent.edit(attachments=list(attachments), **more)

    async def delete_original_response(self) -> None:
        """Take back what was said."""
        if self.response.sent is not None:
            await self.response.sent.delete()


_IN_PRIVATE = discord.Permissions.none()


class TypedCommands:
    """Finds commands in messages and runs them. A message that is none costs a look at its first letters."""

    def __init__(self, host: ServiceHost, aliases: Mapping[str, str]) -> None:
        self._host = host
        self._aliases = aliases
        self._commands: dict[str, tuple[Command, Entry, tuple[Slot, ...]]] = {}
        self._mentions: tuple[str, ...] = ()

    def may_be_one(self, message: discord.Message) -> bool:
        """Whether to `take` a message, by what is known at once: it may be one where the prefix is not in memory."""
        guild = _guild_of(message)
        if guild is None:
            return False
        own = self._host.known_prefix(guild.id)
        return own is None or bool(call_of(message.content, self._prefixes(own)))

    async def take(self, message: discord.Message) -> None:
        """Run a message if it is a command. Never raises: errors are reported to whoever typed."""
        guild = _guild_of(message)
        call = guild and call_of(message.content, self._prefixes(await self._host.prefix(guild.id)))
        if not call:
            return
        known = self._known()
        found = find_command(call, {name: slots for name, (*_rest, slots) in known.items()}, self._aliases)
        if found is None:
            return
        command, entry, slots = known[found[0]]
        secret, root = bool(command.extras.get("secret")), cast("Any", command.root_parent or command)
        response = TypedResponse(message, secret=secret, controls=not root.guild_only)
        typed: Any = TypedInteraction(message, command, self._host, response, SimpleNamespace())
        try:
            context.bind(typed)
            self._host.watch.began(typed)
            self._host.gate.admit(typed)
            await address_person(typed)
            _check_use(command, entry, typed.permissions.value)
            if entry.chapter.feature is not None:
                response.secret = response.secret or await is_quiet(typed, entry.chapter.feature)
            values = fill(slots, found[1])
            for option in command.parameters:
                if option.display_name in values:
                    value = await _value(option, values[option.display_name], message)
                    setattr(typed.namespace, option.display_name, value)
            await command._invoke_with_namespace(typed, typed.namespace)  # noqa: SLF001 — the one way in with values
        except Exception as error:  # noqa: BLE001 — where every error of a typed command ends
            await self._host.reporter.report(typed, error)
        else:
            self._host.watch.ended(typed)

    def _prefixes(self, own: str) -> tuple[str, ...]:
        if not self._mentions:  # who I am is known once I am logged in
            me = cast("Any", self._host).user
            self._mentions = (f"<@{me.id}>", f"<@!{me.id}>")
        return (*self._mentions, own)

    def _known(self) -> dict[str, tuple[Command, Entry, tuple[Slot, ...]]]:
        if not self._commands:
            tree = cast("Any", self._host).tree
            described = {entry.name: entry for entry in entries(tree, self._host.chapters)}
            for command in tree.walk_commands():
                if isinstance(command, app_commands.Command) and command.qualified_name in described:
                    slots = tuple(
                        Slot(
                            one.display_name,
                            one.required,
                            one.type is Kind.string and not one.choices,
                            str(one.description),
                        )
                        for one in command.parameters
                        if one.type is not Kind.attachment  # words are no file, and the last slot is that of a text
                    )
                    self._commands[command.qualified_name] = (command, described[command.qualified_name], slots)
        return self._commands


def _guild_of(message: discord.Message) -> discord.Guild | None:
    """Where a person said something; None of what can't be a command, wherever it stands."""
    return message.guild if message.content and not message.author.bot else None


def _check_use(command: Command, entry: Entry, permissions: int) -> None:
    if command.extras.get("slash_only"):  # what it shows is for one person, and what is under it for nobody else
        raise UseSlash
    if not may_use(entry, permissions):
        raise PermissionNeeded(", ".join(permission_names(entry.permissions)))


async def _value(option: app_commands.Parameter, word: str, message: discord.Message) -> Any:
    """What an option is, by what was typed.

    Raises:
        OptionNotUnderstood, OptionTooLong: it can't be that.
    """
    value: Any = None
    match option.type:
        case Kind.integer if re.fullmatch(r"-?[\d,._']{1,24}", word) and (digits := re.sub(r"[,._']", "", word)):
            value = int(digits) if digits not in {"", "-"} else None
        case Kind.number if re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", word):
            value = float(word)
        case Kind.boolean:
            value = True if word.casefold() in _YES else False if word.casefold() in _NO else None
        case Kind.user | Kind.mentionable | Kind.role | Kind.channel:
            value = await _thing(option.type, word, message)
        case Kind.string if option.choices:
            chosen = [one.value for one in option.choices if word.casefold() in {one.name.casefold(), str(one.value)}]
            value = chosen[0] if chosen else None
        case Kind.string:
            value = word
        case _:
            value = None
    size = len(value) if isinstance(value, str) else value if isinstance(value, (int, float)) else None
    if size is not None and isinstance(value, str) and option.max_value is not None and size > option.max_value:
        raise OptionTooLong(option.display_name, int(option.max_value))
    if value is None or (size is not None and not _is_within(size, option)):
        raise OptionNotUnderstood(option.display_name, word, str(option.description))
    return value


def _is_within(size: float, option: app_commands.Parameter) -> bool:
    """Whether a number, or the length of a text, is one that Discord would let through."""
    least, most = option.min_value, option.max_value
    return (least is None or size >= least) and (most is None or size <= most)


async def _thing(kind: Kind, word: str, message: discord.Message) -> Any:
    """A member, role or channel by its mention or id, a role also by its name; None if there is none."""
    match, guild = _ID.fullmatch(word), message.guild
    if guild is None:
        return None
    if match is None:
        return discord.utils.find(lambda role: role.name.casefold() == word.casefold(), _roles(kind, guild))
    found = int(match[1])
    if found > _BIGGEST:  # nobody's, and no question for Discord
        return None
    if kind is Kind.channel:
        return guild.get_channel_or_thread(found)
    role = discord.utils.get(_roles(kind, guild), id=found)
    return role if role is not None or kind is Kind.role else await _member(found, message, guild)


def _roles(kind: Kind, guild: discord.Guild) -> Sequence[discord.Role]:
    return guild.roles if kind in {Kind.role, Kind.mentionable} else ()


async def _member(user_id: int, message: discord.Message, guild: discord.Guild) -> discord.Member | discord.User | None:
    mentioned = discord.utils.get(message.mentions, id=user_id)
    if isinstance(mentioned, discord.Member):
        return mentioned
    try:
        async with asyncio.timeout(_PATIENCE):
            return await guild.fetch_member(user_id)
    except (discord.NotFound, TimeoutError):
        return mentioned
