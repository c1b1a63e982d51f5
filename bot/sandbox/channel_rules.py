"""What Discord refuses about channels and simcord lets through: no room, categories that are closed to the bot, names.

A request is looked at before simcord gets it. What people of the `World` make themselves is not looked at.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from .backend import BackendError, ChannelType, SandboxBackend, permission_names

MOST_CHANNELS, MOST_IN_CATEGORY = 500, 50
"""Of a guild, threads not counted; of a category."""

BANNED = ("1488",)
"""What the name of a channel must not hold; Discord does not tell its whole list."""

_GUILD_FULL = BackendError(400, 30013, "Maximum number of guild channels reached (500)")
_UNKNOWN_MEMBER = BackendError(404, 10007, "Unknown Member")

Body = Mapping[str, Any]


def _invalid(field: str, code: str, message: str) -> BackendError:
    errors = {field: {"_errors": [{"code": code, "message": message}]}}
    return BackendError(400, 50035, "Invalid Form Body", errors=errors)


def _check_name(body: Body) -> None:
    name = str(body.get("name") or "")
    if any(banned in name for banned in BANNED):
        said = "Contains words not allowed for servers in Server Discovery."
        raise _invalid("name", "INVALID_COMMUNITY_PROPERTY_NAME", said)


def _check_parent(backend: SandboxBackend, guild_id: int, body: Body, moved: int | None = None) -> None:
    if body.get("parent_id") is None:
        return
    parent_id = int(body["parent_id"])
    parent = backend.channels.get(parent_id)
    if parent is None or parent.guild_id != guild_id or parent.type != ChannelType.CATEGORY:
        raise _invalid("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist")
    backend.require_permissions(guild_id, backend.bot_user.id, parent_id, "view_channel", "manage_channels")
    there = [one for one in backend.get_guild(guild_id).channel_ids if one != moved]
    if sum(backend.channels[one].parent_id == parent_id for one in there) >= MOST_IN_CATEGORY:
        said = "Maximum number of channels in category reached (50)"
        raise _invalid("parent_id", "CHANNEL_PARENT_MAX_CHANNELS", said)


def _check_overwrites(backend: SandboxBackend, guild_id: int, body: Body) -> None:
    """A bot speaks of those permissions alone that it has itself."""
    named = 0
    for one in body.get("permission_overwrites") or ():
        named |= int(one.get("allow", 0)) | int(one.get("deny", 0))
    for name, bit in permission_names().items():
        if named & bit:
            backend.require_permissions(guild_id, backend.bot_user.id, None, name)


def _create(backend: SandboxBackend, parts: Mapping[str, str], body: Body) -> None:
    guild_id = int(parts["guild"])
    _check_name(body)
    if len(backend.get_guild(guild_id).channel_ids) >= MOST_CHANNELS:
        raise _GUILD_FULL
    _check_parent(backend, guild_id, body)
    _check_overwrites(backend, guild_id, body)


def _edit(backend: SandboxBackend, parts: Mapping[str, str], body: Body) -> None:
    channel = backend.get_channel(int(parts["channel"]))
    if channel.guild_id is None:
        return
    _check_name(body)
    if body.get("parent_id") is not None and int(body["parent_id"]) != channel.parent_id:
        _check_parent(backend, channel.guild_id, body, moved=channel.id)
    _check_overwrites(backend, channel.guild_id, body)


def _thread(_backend: SandboxBackend, _parts: Mapping[str, str], body: Body) -> None:
    _check_name(body)


def _add_to_thread(backend: SandboxBackend, parts: Mapping[str, str], _body: Body) -> None:
    guild_id = backend.get_channel(int(parts["channel"])).guild_id
    if guild_id is None or int(parts["user"]) not in backend.get_guild(guild_id).members:
        raise _UNKNOWN_MEMBER


_RULES: list[tuple[str, re.Pattern[str], Callable[[SandboxBackend, Mapping[str, str], Body], None]]] = [
    ("POST", re.compile(r"/guilds/(?P<guild>\d+)/channels"), _create),
    ("PATCH", re.compile(r"/channels/(?P<channel>\d+)"), _edit),
    ("POST", re.compile(r"/channels/(?P<channel>\d+)/threads"), _thread),
    ("PUT", re.compile(r"/channels/(?P<channel>\d+)/thread-members/(?P<user>\d+)"), _add_to_thread),
]


def check(backend: SandboxBackend, method: str, path: str, body: Any) -> None:
    """Refuse a request that Discord would refuse; raises `BackendError`."""
    for verb, pattern, rule in _RULES:
        if verb == method and (match := pattern.fullmatch(path)):
            rule(backend, match.groupdict(), body if isinstance(body, dict) else {})
            return
