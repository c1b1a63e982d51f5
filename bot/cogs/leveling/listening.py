"""Messages that earn XP. Judged amid the reading of the gateway: no task, no wait and no question for each."""

from __future__ import annotations

from typing import Any, cast

import discord
import structlog
from discord.ext import commands

from bot import first_look
from bot.actions.host import ServiceHost
from bot.actions.xp_facts import place_of, roles_of
from bot.domain.gains import MessageFacts
from bot.domain.multipliers import Place, Rules
from bot.domain.typed import call_of
from bot.errors import Unavailable

_log = structlog.stdlib.get_logger(__name__)

MOST_WAITING = 500
"""Messages of one guild that wait for its rules; what comes beyond, while the database is away, earns nothing."""

MOST_HELD = 20_000
"""Messages of all guilds together that wait so: a long absence of the database must not fill the memory."""

_DISCORD_EPOCH = 1_420_070_400_000
_WRITTEN = frozenset({discord.MessageType.default, discord.MessageType.reply})


class XpListener(commands.Cog):
    """Hands what people write to the gatherer, with what counts about it."""

    def __init__(self, bot: Any) -> None:
        host: ServiceHost = bot
        self._bot = bot
        self._xp = host.xp
        self._rules = host.services.xp_rules
        self._gate = host.gate
        self._waiting: dict[int, list[discord.Message]] = {}
        """What was written in guilds whose rules are not in memory, in its order."""
        self._held = 0
        """How many these are."""
        self._loading: set[int] = set()
        self._mentions: tuple[str, ...] = ()

    def _look(self, message: discord.Message) -> bool:
        """Judge a message at once. True where the rules have to be read first: once for each guild."""
        guild, author = message.guild, message.author
        if guild is None or author.bot or not isinstance(author, discord.Member) or message.type not in _WRITTEN:
            return False
        if message.webhook_id is not None or not self._gate.serves(guild.id):
            return False
        rules = self._rules.known(guild.id)
        if rules is None or guild.id in self._waiting:
            return self._wait(guild.id, message)
        if rules.is_on:
            self._add(rules, message, guild.id, author)
        return False

    def _wait(self, guild_id: int, message: discord.Message) -> bool:
        waiting = self._waiting.setdefault(guild_id, [])
        if len(waiting) < MOST_WAITING and self._held < MOST_HELD:
            waiting.append(message)
            self._held += 1
        if guild_id in self._loading:
            return False
        self._loading.add(guild_id)
        return True

    @commands.Cog.listener()
    @first_look.after(_look)
    async def on_message(self, message: discord.Message) -> None:
        """Read a guild's rules, and judge what was written there meanwhile."""
        guild_id = cast("discord.Guild", message.guild).id
        try:
            loaded = await self._rules.load(guild_id)
        except Unavailable:
            _log.warning("XP waits for the rules of a server", guild=guild_id)
            return
        finally:
            self._loading.discard(guild_id)
        waiting = self._waiting.pop(guild_id, [])
        self._held -= len(waiting)
        if loaded.rules.is_on:
            self._xp.recall(loaded.rules, guild_id, loaded.earned_at)
            for one in waiting:
                self._add(loaded.rules, one, guild_id, cast("discord.Member", one.author))

    def _add(self, rules: Rules, message: discord.Message, guild_id: int, author: discord.Member) -> None:
        content = message.content
        has_files = bool(message.attachments or message.stickers or message.poll or message.message_snapshots)
        facts = MessageFacts(
            (message.id >> 22) + _DISCORD_EPOCH,
            author.id,
            place_of(message.channel) if rules.names_places else Place(message.channel.id),
            content,
            has_files,
            roles_of(author, rules.role_ids) if rules.role_ids else (),
            self._is_command(content, rules.prefix),
        )
        self._xp.add_message(rules, guild_id, message.id, facts)

    def _is_command(self, content: str, prefix: str) -> bool:
        if not self._mentions:  # who I am is known once I am logged in
            me = self._bot.user
            self._mentions = (f"<@{me.id}>", f"<@!{me.id}>")
        return content.startswith(self._mentions) or bool(prefix and call_of(content, (prefix,)))
