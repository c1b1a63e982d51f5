"""The people and places of a simulated Discord: guilds, channels, roles, members, by chosen or generated ids.

A `World` may be built before a sandbox serves it, or while it does: then every change also reaches the connected
bots as the gateway event that Discord would send. Whatever is added is named by its id (an int) from then on.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from .backend import (
    ChannelType,
    Guild,
    Member,
    Overwrite,
    OverwriteType,
    SandboxClock,
    SetupError,
    User,
    permission_bits,
    serializers,
)
from .threads import ThreadsBackend

_KINDS = {
    "text": ChannelType.TEXT,
    "voice": ChannelType.VOICE,
    "category": ChannelType.CATEGORY,
    "news": ChannelType.NEWS,
    "stage": ChannelType.STAGE_VOICE,
    "forum": ChannelType.FORUM,
}

_ROLE_RULE, _USER_RULE, _CHANNEL_RULE = 1, 2, 3
"""Whom a rule about a command is for, by Discord's numbers."""

_BOT_ADD = 28
"""The audit log's name for adding a bot."""

Permissions = int | Sequence[str]
"""A bit field, or permission names as discord.py spells them."""


class World:
    """Owns the state of one simulated Discord with one application in it.

    `bot_id` and `application_id` may be chosen so that a demonstration looks the same every time. Every `id`
    argument is optional, must be unused, and may be 1 to 2**64 - 1; `SetupError` says otherwise.
    """

    def __init__(
        self, *, bot_name: str = "Folkmoot", bot_id: int | None = None, application_id: int | None = None
    ) -> None:
        self.backend = ThreadsBackend(application_id=application_id, bot_id=bot_id)
        self.backend.bot_user.name = bot_name
        self._without_bot: dict[int, Guild] = {}

    @property
    def clock(self) -> SandboxClock:
        """The clock all deadlines follow: real time plus what tests added with `advance`."""
        return self.backend.clock

    @property
    def bot_id(self) -> int:
        """The bot's user id."""
        return self.backend.bot_user.id

    @property
    def application_id(self) -> int:
        """The application's id."""
        return self.backend.application_id

    # People ---------------------------------------------------------------------------------------------

    def add_user(
        self,
        name: str,
        *,
        id: int | None = None,  # noqa: A002 — reads best where it is called
        bot: bool = False,
        display_name: str | None = None,
    ) -> int:
        """Register an account that is in no guild yet."""
        with self.backend.next_id(id):
            return self.backend.make_user(name, bot=bot, global_name=display_name).id

    def add_member(
        self,
        guild: int,
        user: int | str,
        *,
        roles: Sequence[int] = (),
        nick: str | None = None,
        pending: bool = False,
        id: int | None = None,  # noqa: A002 — reads best where it is called
    ) -> int:
        """Let a user join a guild (a name makes a new user, with `id`); returns the user id."""
        user_id = self.add_user(user, id=id) if isinstance(user, str) else user
        self.backend.get_user(user_id)
        member = self.backend.add_member(guild, user_id, roles=roles, nick=nick)
        member.pending = pending
        payload = dict(serializers.member_payload(self.backend, self.backend.get_guild(guild), member))
        payload["guild_id"] = str(guild)
        self.backend.emit("GUILD_MEMBER_ADD", payload)
        return user_id

    def settle(self, guild: int, since: datetime) -> None:
        """Let everybody who is in a guild by now, but the bot, have joined at a moment; nobody is told."""
        for member in self.backend.get_guild(guild).members.values():
            if member.user_id != self.bot_id:
                member.joined_at = since.isoformat()

    def remove_member(self, guild: int, user: int) -> None:
        """Let a member leave."""
        self.backend.remove_member(guild, user)

    def edit_member(self, guild: int, user: int, **changes: Any) -> None:
        """Change `nick`, `role_ids`, `timed_out_until`, or `pending` of a member and announce it."""
        if "pending" in changes:
            self.backend.get_member(guild, user).pending = changes.pop("pending")
        self.backend.edit_member(guild, user, changes)

    def give_role(self, guild: int, user: int, role: int) -> None:
        """Give a member a role."""
        self.backend.add_member_role(guild, user, role)

    def take_role(self, guild: int, user: int, role: int) -> None:
        """Take a role from a member."""
        self.backend.remove_member_role(guild, user, role)

    # Guilds and roles -----------------------------------------------------------------------------------

    def add_guild(
        self,
        name: str,
        *,
        id: int | None = None,  # noqa: A002 — reads best where it is called
        owner: int | None = None,
    ) -> int:
        """Found a guild with the bot in it; without `owner` somebody nameless owns it."""
        return self.backend.create_guild(name, id=id, owner_id=owner).id

    def remove_guild(self, guild: int) -> None:
        """Remove the bot from a guild, which forgets the guild."""
        self.backend.remove_guild(guild)

    @contextmanager
    def without_bot(self) -> Iterator[None]:
        """What is built in the block is not announced: a guild that the bot is not in yet, until `invite_bot`."""
        self.backend.unannounced = True
        try:
            yield
        finally:
            self.backend.unannounced = False

    def invite_bot(self, guild: int, *, by: int | None = None) -> None:
        """Let a member add the bot to a guild built `without_bot`, or again after `expel_bot`; the owner without `by`.

        The audit log tells who it was.
        """
        found = self._without_bot.pop(guild, None)
        if found is not None:
            self.backend.guilds[guild] = found
        found = self.backend.get_guild(guild)
        found.members[self.bot_id].joined_at = self.backend.now_iso()
        self.backend.emit("GUILD_CREATE", {"id": str(guild)})
        self.backend.record_audit_log(
            guild, _BOT_ADD, target_id=self.bot_id, user_id=found.owner_id if by is None else by
        )

    def expel_bot(self, guild: int) -> None:
        """Let a guild remove the bot, which goes on without it and may invite it again."""
        self._without_bot[guild] = self.backend.guilds.pop(guild)
        self.backend.emit("GUILD_DELETE", {"id": str(guild)})

    def add_role(
        self,
        guild: int,
        name: str,
        *,
        id: int | None = None,  # noqa: A002 — reads best where it is called
        permissions: Permissions = 0,
        position: int | None = None,
        color: int = 0,
        mentionable: bool = False,
    ) -> int:
        """Add a role, by default just above @everyone (so below the bot's own)."""
        with self.backend.next_id(id):
            role = self.backend.create_role(
                guild,
                name,
                permissions=permission_bits(permissions),
                position=position,
                color=color,
                mentionable=mentionable,
            )
        return role.id

    def edit_role(self, guild: int, role: int, **changes: Any) -> None:
        """Change fields of a role (`name`, `permissions`, `position`, `color`…) and announce it."""
        if "permissions" in changes:
            changes["permissions"] = permission_bits(changes["permissions"])
        self.backend.edit_role(guild, role, changes)

    def remove_role(self, guild: int, role: int) -> None:
        """Delete a role."""
        self.backend.delete_role(guild, role)

    def bot_role(self, guild: int) -> int:
        """The managed role that came with the bot and carries its permissions."""
        roles = self.backend.get_guild(guild).roles
        member = self.backend.get_member(guild, self.bot_id)
        return next(role for role in member.role_ids if roles[role].managed)

    def set_bot_permissions(self, guild: int, permissions: Permissions) -> None:
        """Replace what the bot's own role allows in a guild (@everyone's permissions remain)."""
        self.edit_role(guild, self.bot_role(guild), permissions=permissions)

    # Who sees commands ----------------------------------------------------------------------------------

    def show_command(self, guild: int, command: str | None, target: int, *, allowed: bool | None) -> None:
        """Do what an owner does under Server Settings → Integrations: allow or deny a command to a target.

        `target` is a role (the guild's own id: everyone), a user, or a channel (the guild's id less one: all of them).
        `command` None means the whole application; `allowed` None takes the rule away.
        """
        backend = self.backend
        if command is None:
            about = backend.application_id
        else:
            found = backend.find_command(command, guild)
            if found is None:
                raise SetupError(f"no command {command!r} is synced")
            about = int(found["id"])
        if target in backend.get_guild(guild).roles:
            kind = _ROLE_RULE
        else:
            kind = _CHANNEL_RULE if target == guild - 1 or target in backend.channels else _USER_RULE
        rules = [rule for rule in backend.get_command_permissions(guild, about) or () if rule["id"] != str(target)]
        if allowed is not None:
            rules.append({"id": str(target), "type": kind, "permission": allowed})
        backend.set_command_permissions(guild, about, rules)

    # Channels -------------------------------------------------------------------------------------------

    def add_channel(
        self,
        guild: int,
        name: str,
        *,
        kind: str = "text",
        id: int | None = None,  # noqa: A002 — reads best where it is called
        parent: int | None = None,
        topic: str | None = None,
        hidden_from_everyone: bool = False,
    ) -> int:
        """Add a channel; `kind` is text, voice, category, news, stage or forum."""
        if kind not in _KINDS:
            raise SetupError(f"no such kind of channel: {kind}")
        overwrites = []
        if hidden_from_everyone:
            bits = permission_bits(["view_channel"])
            overwrites = [
                Overwrite(guild, OverwriteType.ROLE, deny=bits),
                Overwrite(self.bot_id, OverwriteType.MEMBER, allow=bits),
            ]
        with self.backend.next_id(id):
            channel = self.backend.create_channel(
                guild, name, type=_KINDS[kind], overwrites=overwrites, parent_id=parent, topic=topic
            )
        return channel.id

    def overwrite(self, channel: int, target: int, *, allow: Permissions = 0, deny: Permissions = 0) -> None:
        """Set what a role or a member (by id) may and may not do in a channel."""
        guild_id = self.backend.get_channel(channel).guild_id
        is_role = guild_id is not None and target in self.backend.get_guild(guild_id).roles
        kind = OverwriteType.ROLE if is_role else OverwriteType.MEMBER
        self.backend.set_overwrite(channel, Overwrite(target, kind, permission_bits(allow), permission_bits(deny)))

    def set_afk_channel(self, guild: int, channel: int | None) -> None:
        """Name the voice channel for those who are away, or none."""
        self.backend.edit_guild(guild, {"afk_channel_id": channel})

    def remove_channel(self, channel: int) -> None:
        """Delete a channel or thread with its messages."""
        self.backend.delete_channel(channel)

    def dm_channel(self, user: int) -> int:
        """The channel between the bot and a user, opened if need be."""
        return self.backend.get_dm_channel(user).id

    def close_dms(self, user: int) -> None:
        """Let a user take no direct messages from the bot any more: Discord refuses them with 50007."""
        self.backend.closed_dms.add(user)

    def open_dms(self, user: int) -> None:
        """Let a user take direct messages again."""
        self.backend.closed_dms.discard(user)

    # In bulk --------------------------------------------------------------------------------------------

    def populate(self, guilds: int, members: int, *, channels: int = 1) -> list[int]:
        """Found many guilds with `members` people and `channels` text channels each; returns the guild ids.

        Made for benchmarks: a thousand guilds of a hundred take about a second. The ids are spread so that the
        guilds fall evenly on any number of shards. Not announced one by one: call it before bots connect.
        """
        if self.backend.subscribers:
            raise SetupError("populate a world before it is served")
        first = self.backend.snowflake()
        founded = []
        for number in range(guilds):
            guild_id = self.add_guild(f"Guild {number}", id=first - ((guilds - number) << 22))
            for index in range(channels):
                self.add_channel(guild_id, "general" if index == 0 else f"channel-{index}")
            self._crowd(guild_id, members)
            founded.append(guild_id)
        return founded

    def _crowd(self, guild_id: int, members: int) -> None:
        backend = self.backend
        guild = backend.get_guild(guild_id)
        joined_at = backend.now_iso()
        for number in range(members):
            user_id = backend.snowflake()
            backend.users[user_id] = User(id=user_id, name=f"member{number}")
            guild.members[user_id] = Member(user_id=user_id, joined_at=joined_at)
