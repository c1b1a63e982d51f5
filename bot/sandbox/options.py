"""From plain values to interaction data: option values, resolved users, roles, channels and files."""

from collections.abc import Mapping
from typing import Any

from .backend import (
    BackendError,
    SandboxBackend,
    SetupError,
    channel_accessible,
    serializers,
    store_interaction_attachment,
    validate_option_value,
)
from .seen import CannotDo

Resolved = dict[str, dict[str, Any]]

USER, CHANNEL, ROLE, MENTIONABLE, ATTACHMENT = 6, 7, 8, 9, 11
_TEXT, _NUMBER = 3, 10


class Resolver:
    """Collects the `resolved` block of one interaction, seen with one member's eyes."""

    def __init__(self, backend: SandboxBackend, *, guild_id: int | None, user_id: int, channel_id: int) -> None:
        self.resolved: Resolved = {}
        self._backend = backend
        self._guild_id = guild_id
        self._user_id = user_id
        self._channel_id = channel_id

    def entity(self, kind: int, value: Any) -> str:
        """Resolve an id as the kind of option says; raises `CannotDo` for what the picker would not offer."""
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise CannotDo(f"{value!r} is not an id") from None
        try:
            if kind == CHANNEL:
                self._channel(number)
            elif kind == ROLE or (kind == MENTIONABLE and self._is_role(number)):
                self._role(number)
            else:
                self._user(number)
        except BackendError as error:
            raise CannotDo(f"{number}: {error.message}") from error
        return str(number)

    def file(self, value: Any) -> str:
        """Upload a `(filename, bytes)` pair."""
        if not (isinstance(value, tuple) and len(value) == 2):  # noqa: PLR2004 — a pair
            raise CannotDo("a file is given as (filename, bytes)")
        name, data = value
        return store_interaction_attachment(self._backend, self._channel_id, name, bytes(data), self.resolved)

    def _is_role(self, number: int) -> bool:
        return self._guild_id is not None and number in self._backend.get_guild(self._guild_id).roles

    def _user(self, number: int) -> None:
        user = self._backend.get_user(number)
        self.resolved.setdefault("users", {})[str(number)] = serializers.user_payload(user)
        if self._guild_id is None:
            return
        guild = self._backend.get_guild(self._guild_id)
        if (member := guild.members.get(number)) is None:
            return  # an id typed by hand may name somebody who is not here
        payload: dict[str, Any] = dict(serializers.member_payload(self._backend, guild, member, with_user=False))
        payload["permissions"] = str(self._backend.compute_permissions(guild.id, number, self._channel_id))
        self.resolved.setdefault("members", {})[str(number)] = payload

    def _role(self, number: int) -> None:
        if self._guild_id is None:
            raise CannotDo("there are no roles in a direct message")
        role = self._backend.get_role(self._guild_id, number)
        self.resolved.setdefault("roles", {})[str(number)] = serializers.role_payload(role)

    def _channel(self, number: int) -> None:
        channel = self._backend.get_channel(number)
        if channel.guild_id != self._guild_id or not channel_accessible(self._backend, number, self._user_id):
            raise CannotDo(f"channel {number} is hidden from this member")
        payload: dict[str, Any] = dict(serializers.channel_payload(self._backend, channel))
        if channel.guild_id is not None:
            bits = self._backend.compute_permissions(channel.guild_id, self._user_id, number)
            payload["permissions"] = str(bits)
        self.resolved.setdefault("channels", {})[str(number)] = payload


def fill_options(
    resolver: Resolver, command: str, spec: Mapping[str, Any], values: Mapping[str, Any], *, partial: bool = False
) -> list[dict[str, Any]]:
    """The `options` array for a (sub)command's declared options.

    Raises `CannotDo` for undeclared, missing or impossible values; `partial` (while typing) forgives missing ones.
    """
    declared = {option["name"]: option for option in spec.get("options") or []}
    if unknown := sorted(set(values) - set(declared)):
        raise CannotDo(f"/{command} has no option {unknown[0]!r}; it has {sorted(declared)}")
    missing = [name for name, option in declared.items() if option.get("required") and name not in values]
    if missing and not partial:
        raise CannotDo(f"/{command} needs the option {missing[0]!r}")
    filled = []
    for name, value in values.items():
        option = declared[name]
        filled.append({"name": name, "type": option["type"], "value": _wire_value(resolver, command, option, value)})
    return filled


def _wire_value(resolver: Resolver, command: str, option: dict[str, Any], value: Any) -> Any:
    kind = option["type"]
    if kind in (USER, CHANNEL, ROLE, MENTIONABLE):
        wire = resolver.entity(kind, value)
        allowed = option.get("channel_types")
        if kind == CHANNEL and allowed and resolver.resolved["channels"][wire]["type"] not in allowed:
            raise CannotDo(f"/{command} {option['name']}: not that kind of channel")
        return wire
    if kind == ATTACHMENT:
        return resolver.file(value)
    if kind == _NUMBER and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if kind == _TEXT and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # whoever writes a number into a text, writes its digits
    try:
        return validate_option_value(command, option, value)
    except SetupError as error:
        raise CannotDo(str(error)) from error
