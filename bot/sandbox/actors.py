"""People: members who write, run commands, press buttons and fill in forms, as far as Discord would let them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .backend import (
    BackendError,
    SandboxBackend,
    SetupError,
    base_payload,
    channel_accessible,
    command_access,
    message_accessible,
    nest_options,
    serializers,
    walk_to_subcommand,
)
from .exchange import Exchange, Exchanges
from .faults import Faults
from .modals import SELECT_ENTITIES, fill_modal
from .options import Resolver, fill_options
from .seen import CannotDo, SeenMessage, seen
from .voices import Voices

_COMMAND, _COMPONENT, _AUTOCOMPLETE, _SUBMIT = 2, 3, 4, 5
_CHAT, _USER_MENU, _MESSAGE_MENU = 1, 2, 3
_BUTTON, _STRING_SELECT = 2, 3
_LINK, _PREMIUM = 5, 6
_KICK, _BAN, _UNBAN, _EDIT = 20, 22, 23, 24
"""The audit log's names for what moderators do by hand."""

_ATTACHMENT_LIMIT = 10 * 1024 * 1024

File = tuple[str, bytes]

_MESSAGE_DELETE = 72


class Actor(Voices):
    """One person in one guild (or, with `guild_id` None, in their direct messages with the bot).

    Every method raises `CannotDo` for what a person could not do in Discord's client. Interactions return at once
    with an `Exchange`; wait on that.
    """

    def __init__(
        self,
        backend: SandboxBackend,
        exchanges: Exchanges,
        faults: Faults,
        *,
        guild_id: int | None,
        user_id: int,
        locale: str = "en-US",
    ) -> None:
        self.guild_id = guild_id
        self.user_id = user_id
        self._locale = locale
        self._backend = backend
        self._exchanges = exchanges
        self._faults = faults

    # Words ----------------------------------------------------------------------------------------------

    async def say(
        self, channel_id: int, content: str = "", *, files: Sequence[File] = (), reply_to: int | None = None
    ) -> SeenMessage:
        """Write a message in a channel of the guild."""
        self._enter(channel_id)
        channel = self._backend.get_channel(channel_id)
        if channel.guild_id is not None:
            self._need(channel_id, "send_messages_in_threads" if channel.is_thread else "send_messages")
        reference = None if reply_to is None else {"message_id": str(reply_to)}
        return self._try(
            lambda: self._backend.create_message(
                channel_id,
                self.user_id,
                content,
                attachments=self._backend.store_attachments(channel_id, files),
                reference=reference,
            )
        )

    async def send_dm(self, content: str = "", *, files: Sequence[File] = ()) -> SeenMessage:
        """Write to the bot in private."""
        channel = self._backend.get_dm_channel(self.user_id)
        attachments = self._backend.store_attachments(channel.id, files)
        return self._try(
            lambda: self._backend.create_message(channel.id, self.user_id, content, attachments=attachments)
        )

    async def edit(self, message: SeenMessage | int, content: str) -> SeenMessage:
        """Change one's own message."""
        stored = self._find(message)
        if stored.author_id != self.user_id:
            raise CannotDo("people can edit only their own messages")
        return self._try(lambda: self._backend.edit_message(stored.channel_id, stored.id, {"content": content}))

    async def delete(self, message: SeenMessage | int) -> None:
        """Delete one's own message, or with Manage Messages anybody's."""
        stored = self._find(message)
        if stored.author_id != self.user_id:
            self._need(stored.channel_id, "manage_messages")
            self._log_deletion(stored.author_id, stored.channel_id)
        self._backend.delete_message(stored.channel_id, stored.id)

    async def react(self, message: SeenMessage | int, emoji: str) -> None:
        """Add a reaction."""
        stored = self._find(message)
        self._need(stored.channel_id, "add_reactions", "read_message_history")
        self._backend.set_reaction(stored.channel_id, stored.id, emoji, self.user_id, True)  # noqa: FBT003

    # Coming and going -----------------------------------------------------------------------------------

    async def join(self) -> None:
        """Join the guild, welcomed by GUILD_MEMBER_ADD; banned people stay out."""
        guild = self._backend.get_guild(self._guild())
        if self.user_id in guild.bans:
            raise CannotDo("banned from this guild")
        if self.user_id in guild.members:
            raise CannotDo("already a member")
        self._backend.add_member(guild.id, self.user_id, announce=True)

    async def leave(self) -> None:
        """Leave the guild."""
        if self.user_id not in self._backend.get_guild(self._guild()).members:
            raise CannotDo("not a member")
        self._backend.remove_member(self._guild(), self.user_id)

    # Moderating by hand ---------------------------------------------------------------------------------

    async def ban(self, user_id: int, reason: str | None = None) -> None:
        """Ban somebody in Discord's own windows; the audit log tells who it was."""
        guild_id = self._over(user_id, "ban_members")
        if user_id in self._backend.get_guild(guild_id).bans:
            raise CannotDo("already banned")
        self._backend.get_user(user_id)
        self._backend.apply_ban(guild_id, user_id, reason)
        self._log(_BAN, user_id, reason)

    async def unban(self, user_id: int, reason: str | None = None) -> None:
        """Lift a ban in Discord's own windows."""
        guild_id = self._over(user_id, "ban_members")
        if user_id not in self._backend.get_guild(guild_id).bans:
            raise CannotDo("not banned")
        self._backend.remove_ban(guild_id, user_id)
        self._log(_UNBAN, user_id, reason)

    async def kick(self, user_id: int, reason: str | None = None) -> None:
        """Remove a member in Discord's own windows."""
        guild_id = self._over(user_id, "kick_members")
        self._present(user_id)
        self._backend.remove_member(guild_id, user_id)
        self._log(_KICK, user_id, reason)

    async def time_out(self, user_id: int, until: str | None, reason: str | None = None) -> None:
        """Time a member out in Discord's own windows until a moment (as ISO 8601), or lift that with None."""
        guild_id = self._over(user_id, "moderate_members")
        before = self._present(user_id).timed_out_until
        self._backend.edit_member(guild_id, user_id, {"timed_out_until": until})
        values = {"old_value": before, "new_value": until}
        told = {name: value for name, value in values.items() if value is not None}
        self._log(_EDIT, user_id, reason, [{"key": "communication_disabled_until", **told}])

    def _over(self, user_id: int, permission: str) -> int:
        """The guild, if this person may do that to somebody there."""
        guild_id = self._guild()
        try:
            self._backend.require_permissions(guild_id, self.user_id, None, permission)
            self._backend.require_hierarchy(guild_id, self.user_id, user_id)
        except BackendError as error:
            raise CannotDo(f"user {self.user_id} may not do that to user {user_id}") from error
        return guild_id

    def _present(self, user_id: int) -> Any:
        member = self._backend.get_guild(self._guild()).members.get(user_id)
        if member is None:
            raise CannotDo("not a member")
        return member

    def _log(self, action: int, user_id: int, reason: str | None, changes: list[dict[str, Any]] | None = None) -> None:
        self._backend.record_audit_log(
            self._guild(), action, target_id=user_id, user_id=self.user_id, reason=reason, changes=changes
        )

    def _log_deletion(self, author_id: int, channel_id: int) -> None:
        """An entry for somebody's first message deleted here; for the next its count grows, unannounced."""
        entries = self._backend.get_guild(self._guild()).audit_log_entries
        options = {"channel_id": str(channel_id), "count": "1"}
        for entry in entries:
            same = (entry.action_type, entry.user_id, entry.target_id) == (_MESSAGE_DELETE, self.user_id, author_id)
            if same and entry.options.get("channel_id") == options["channel_id"]:
                entry.options["count"] = str(int(entry.options["count"]) + 1)
                return
        self._backend.record_audit_log(
            self._guild(), _MESSAGE_DELETE, target_id=author_id, user_id=self.user_id, options=options
        )

    # Commands -------------------------------------------------------------------------------------------

    async def slash(self, channel_id: int, command: str, /, **options: Any) -> Exchange:
        """Run a synced slash command; subcommands by their full name, as in `"xp add"`.

        Users, roles and channels are given by id, files as `(name, bytes)`, the rest as str, int, float or bool. An
        int for an option of text is written out.
        """
        self._enter(channel_id)
        root, leaf, nesting = self._command(channel_id, command)
        resolver = self._resolver(channel_id)
        filled = fill_options(resolver, command, leaf, options)
        data = self._command_data(root, nest_options(root, nesting, filled), resolver)
        return self._interact(_COMMAND, channel_id, data)

    async def autocomplete(self, channel_id: int, command: str, option: str, typed: str, /, **options: Any) -> Exchange:
        """Type into an option that suggests; the suggestions come as the exchange's `choices`."""
        self._enter(channel_id)
        root, leaf, nesting = self._command(channel_id, command)
        declared = {one["name"]: one for one in leaf.get("options") or []}
        if not declared.get(option, {}).get("autocomplete"):
            raise CannotDo(f"/{command} has no option {option!r} that suggests")
        resolver = self._resolver(channel_id)
        filled = fill_options(resolver, command, leaf, options, partial=True)
        filled.append({"name": option, "type": declared[option]["type"], "value": typed, "focused": True})
        data = self._command_data(root, nest_options(root, nesting, filled), resolver)
        return self._interact(_AUTOCOMPLETE, channel_id, data)

    async def context_menu(
        self,
        channel_id: int,
        name: str,
        /,
        *,
        user: int | None = None,
        message: SeenMessage | int | None = None,
    ) -> Exchange:
        """Run a context menu command on a user (by id) or on a message of this channel."""
        self._enter(channel_id)
        resolver = self._resolver(channel_id)
        if user is not None:
            root = self._visible(channel_id, name, _USER_MENU)
            target = resolver.entity(6, user)
        elif message is not None:
            stored = self._find(message)
            root = self._visible(channel_id, name, _MESSAGE_MENU)
            target = str(stored.id)
            payload = serializers.message_payload(self._backend, stored)
            resolver.resolved["messages"] = {target: payload}
        else:
            raise CannotDo("a context menu needs a user or a message")
        data = self._command_data(root, [], resolver) | {"target_id": target}
        return self._interact(_COMMAND, channel_id, data)

    # Components -----------------------------------------------------------------------------------------

    async def click(self, message: SeenMessage | int, button: str) -> Exchange:
        """Press a button, named by its custom id or its label."""
        stored = self._find(message)
        control = seen(self._backend, stored).control(button)
        if control.get("type") != _BUTTON or control.get("style") in (_LINK, _PREMIUM):
            raise CannotDo(f"{button!r} is not a button that asks the bot")
        data = {"custom_id": control["custom_id"], "component_type": _BUTTON, "id": control.get("id")}
        return self._interact(_COMPONENT, stored.channel_id, data, source=stored)

    async def select(self, message: SeenMessage | int, custom_id: str, values: Sequence[Any]) -> Exchange:
        """Choose in a select menu: strings, or ids of users, roles and channels."""
        stored = self._find(message)
        control = seen(self._backend, stored).control(custom_id)
        kind = control.get("type")
        if kind != _STRING_SELECT and kind not in SELECT_ENTITIES:
            raise CannotDo(f"{custom_id!r} is not a select menu")
        least, most = control.get("min_values", 1), control.get("max_values", 1)
        if not least <= len(values) <= most or len(set(values)) != len(values):
            raise CannotDo(f"{custom_id!r} takes {least} to {most} different values")
        data: dict[str, Any] = {"custom_id": control["custom_id"], "component_type": kind, "id": control.get("id")}
        if kind == _STRING_SELECT:
            offered = [option["value"] for option in control.get("options") or ()]
            if wrong := [value for value in values if value not in offered]:
                raise CannotDo(f"{custom_id!r} offers {offered}, not {wrong[0]!r}")
            data["values"] = list(values)
        else:
            resolver = self._resolver(stored.channel_id)
            data["values"] = [resolver.entity(SELECT_ENTITIES[kind], value) for value in values]
            data["resolved"] = resolver.resolved
        return self._interact(_COMPONENT, stored.channel_id, data, source=stored)

    async def submit(self, shown: Exchange, values: Mapping[str, Any]) -> Exchange:
        """Send off a modal that was shown to this person; fields by custom id or label.

        Text as str, selects as a value or a list, check boxes as bool, files as `(name, bytes)` or a list of them.
        """
        record = self._backend.interactions.get(shown.id)
        if shown.user_id != self.user_id or shown.modal is None or record is None:
            raise CannotDo("that exchange shows this person no modal")
        if record.modal_consumed:
            raise CannotDo("that modal was already sent off")
        self._enter(shown.channel_id)
        resolver = self._resolver(shown.channel_id)
        components = fill_modal(shown.modal, values, resolver)
        data: dict[str, Any] = {"custom_id": shown.modal["custom_id"], "components": components}
        if resolver.resolved:
            data["resolved"] = resolver.resolved
        source = None
        if record.source_message_id is not None:
            source = self._backend.messages.get(shown.channel_id, {}).get(record.source_message_id)
        record.modal_consumed = True
        return self._interact(_SUBMIT, shown.channel_id, data, source=source)

    # Inside ---------------------------------------------------------------------------------------------

    def _guild(self) -> int:
        if self.guild_id is None:
            raise CannotDo("there is no guild in a direct message")
        return self.guild_id

    def _enter(self, channel_id: int) -> None:
        """Make sure the channel is one this person can open from here."""
        channel = self._backend.channels.get(channel_id)
        if channel is None or channel.guild_id != self.guild_id:
            raise CannotDo(f"there is no channel {channel_id} here")
        if not channel_accessible(self._backend, channel_id, self.user_id):
            raise CannotDo(f"channel {channel_id} is hidden from user {self.user_id}")

    def _need(self, channel_id: int, *permissions: str) -> None:
        try:
            guild_id = self._backend.get_channel(channel_id).guild_id
            self._backend.require_permissions(guild_id, self.user_id, channel_id, *permissions)
        except BackendError as error:
            raise CannotDo(f"user {self.user_id} lacks {' or '.join(permissions)}") from error

    def _try(self, action: Callable[[], Any]) -> SeenMessage:
        try:
            return seen(self._backend, action())
        except BackendError as error:
            raise CannotDo(error.message) from error

    def _find(self, message: SeenMessage | int) -> Any:
        """The stored message, if this person can see it."""
        message_id = message if isinstance(message, int) else message.id
        places = self._backend.messages if isinstance(message, int) else [message.channel_id]
        for channel_id in places:
            stored = self._backend.messages.get(channel_id, {}).get(message_id)
            if stored is not None:
                if not message_accessible(self._backend, channel_id, stored, self.user_id):
                    break
                return stored
        raise CannotDo(f"user {self.user_id} sees no message {message_id}")

    def _resolver(self, channel_id: int) -> Resolver:
        return Resolver(self._backend, guild_id=self.guild_id, user_id=self.user_id, channel_id=channel_id)

    def _visible(self, channel_id: int, name: str, kind: int) -> dict[str, Any]:
        root = self._backend.find_command(name, self.guild_id, type=kind)
        if root is None:
            raise CannotDo(f"no command {name!r} is synced")
        access = command_access(self._backend, root, user_id=self.user_id, channel_id=channel_id)
        if not access.allowed:
            raise CannotDo(f"{name!r} is not offered to this person here ({access.reason})")
        return root

    def _command(self, channel_id: int, command: str) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
        name, *path = command.split()
        root = self._visible(channel_id, name, _CHAT)
        try:
            leaf, nesting = walk_to_subcommand(root, path)
        except SetupError as error:
            raise CannotDo(str(error)) from error
        if any(option.get("type") in (1, 2) for option in leaf.get("options") or []):
            raise CannotDo(f"/{command} is only the beginning of a command")
        return root, leaf, nesting

    def _command_data(self, root: dict[str, Any], options: list[Any], resolver: Resolver) -> dict[str, Any]:
        data: dict[str, Any] = {"id": root["id"], "name": root["name"], "type": root["type"]}
        if root["type"] == _CHAT:
            data["options"] = options
        if resolver.resolved:
            data["resolved"] = resolver.resolved
        if root.get("guild_id"):
            data["guild_id"] = root["guild_id"]
        return data

    def _interact(self, kind: int, channel_id: int, data: dict[str, Any], *, source: Any = None) -> Exchange:
        backend = self._backend
        record, payload = base_payload(
            backend, type=kind, channel_id=channel_id, guild_id=self.guild_id, user_id=self.user_id, data=data
        )
        payload["locale"] = self._locale
        payload["attachment_size_limit"] = _ATTACHMENT_LIMIT
        owner = self.guild_id if self.guild_id is not None else 0
        payload["authorizing_integration_owners"] = {"0": str(owner)}
        if source is not None:
            record.source_message_id = source.id
            payload["message"] = serializers.message_payload(backend, source)
        exchange = Exchange(backend, record, payload, lambda again: backend.emit("INTERACTION_CREATE", again))
        self._exchanges.add(exchange)
        if not self._faults.drops_interaction():
            backend.emit("INTERACTION_CREATE", payload)
        return exchange
