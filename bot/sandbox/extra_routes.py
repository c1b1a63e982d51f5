"""The few REST routes the bot may need that simcord has none for, and what Discord adds to its answers.

Each handler gets the backend, the path's parts, the JSON body and the query, and returns what is sent back as JSON.
"""

import re
from collections.abc import Callable
from typing import Any

from .backend import BackendError, SandboxBackend, serializers

Handler = Callable[[SandboxBackend, dict[str, str], Any, dict[str, str]], Any]

_UNKNOWN_COMMAND = BackendError(404, 10063, "Unknown application command")
_UNKNOWN_BAN = BackendError(404, 10026, "Unknown Ban")
_INVALID_FORM = BackendError(400, 50035, "Invalid Form Body")
_BANS_AT_ONCE, _ENTRIES_AT_ONCE = 1_000, 100
_COMMANDS = r"/applications/(?P<application>\d+)(?:/guilds/(?P<guild>\d+))?/commands"


def _scope(backend: SandboxBackend, parts: dict[str, str]) -> tuple[int | None, dict[tuple[str, int], dict[str, Any]]]:
    guild_id = int(parts["guild"]) if parts.get("guild") else None
    return guild_id, backend.commands.get(guild_id, {})


def _command(backend: SandboxBackend, parts: dict[str, str]) -> dict[str, Any]:
    for command in _scope(backend, parts)[1].values():
        if command["id"] == parts["command"]:
            return command
    raise _UNKNOWN_COMMAND


_READ_ONLY = ("id", "application_id", "guild_id", "version", "nsfw")


def _writable(command: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in command.items() if key not in _READ_ONLY}


def _register(backend: SandboxBackend, parts: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """Create or overwrite one command, leaving the scope's others as they are."""
    guild_id, present = _scope(backend, parts)
    key = (body["name"], body.get("type", 1))
    others = [_writable(command) for name, command in present.items() if name != key]
    backend.register_commands(guild_id, [*others, _writable(body)])
    return backend.commands[guild_id][key]


def _create_command(backend: SandboxBackend, parts: dict[str, str], body: Any, _query: dict[str, str]) -> Any:
    return _register(backend, parts, body)


def _get_command(backend: SandboxBackend, parts: dict[str, str], _body: Any, _query: dict[str, str]) -> Any:
    return _command(backend, parts)


def _edit_command(backend: SandboxBackend, parts: dict[str, str], body: Any, _query: dict[str, str]) -> Any:
    before = _command(backend, parts)
    after = _register(backend, parts, _writable(before) | body)
    if after["name"] != before["name"]:
        del backend.commands[_scope(backend, parts)[0]][(before["name"], before["type"])]
    after["id"] = before["id"]
    return after


def _delete_command(backend: SandboxBackend, parts: dict[str, str], _body: Any, _query: dict[str, str]) -> Any:
    command = _command(backend, parts)
    del _scope(backend, parts)[1][(command["name"], command["type"])]


def _command_permissions(backend: SandboxBackend, parts: dict[str, str], _body: Any, _query: dict[str, str]) -> Any:
    """What a guild changed about who sees commands: one entry a command, and one under the application's own id."""
    guild = backend.get_guild(int(parts["guild"]))
    return [
        {
            "id": str(about),
            "application_id": str(backend.application_id),
            "guild_id": str(guild.id),
            "permissions": rules,
        }
        for (guild_id, about), rules in backend.command_permissions.items()
        if guild_id == guild.id and rules
    ]


def _search_members(backend: SandboxBackend, parts: dict[str, str], _body: Any, query: dict[str, str]) -> Any:
    guild = backend.get_guild(int(parts["guild"]))
    prefix = query.get("query", "").lower()
    found = [
        serializers.member_payload(backend, guild, member)
        for member in guild.members.values()
        if backend.users[member.user_id].name.lower().startswith(prefix)
        or (member.nick or "").lower().startswith(prefix)
    ]
    return found[: int(query.get("limit", "1"))]


_INTENT_FLAGS = {"presences": 1 << 13, "members": 1 << 15, "message_content": 1 << 19}
"""How an application in fewer than a hundred guilds is told which privileged intents are switched on for it."""


def _application(backend: SandboxBackend, _parts: dict[str, str], _body: Any, _query: dict[str, str]) -> Any:
    bot = dict(serializers.user_payload(backend.bot_user))
    return {
        "id": str(backend.application_id),
        "name": backend.bot_user.name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": bot,
        "flags": sum(flag for name, flag in _INTENT_FLAGS.items() if name in backend.portal_intents),
        "team": None,
        "bot": bot,
        "approximate_guild_count": len(backend.guilds),
    }


def _may(backend: SandboxBackend, parts: dict[str, str], permission: str) -> int:
    """The guild of a request, if the bot has a permission there."""
    guild_id = int(parts["guild"])
    backend.require_permissions(guild_id, backend.bot_user.id, None, permission)
    return guild_id


def _bans(backend: SandboxBackend, parts: dict[str, str], _body: Any, query: dict[str, str]) -> Any:
    """Those who are banned, by their ids, a page at a time; simcord asks for no permission and has no pages."""
    bans = backend.get_guild(_may(backend, parts, "ban_members")).bans
    limit = int(query.get("limit", _BANS_AT_ONCE))
    if not 1 <= limit <= _BANS_AT_ONCE:
        raise _INVALID_FORM
    after, before = int(query.get("after", 0)), int(query.get("before", 1 << 64))
    found = sorted(one for one in bans if after < one < before)
    chosen = found[-limit:] if "before" in query and "after" not in query else found[:limit]
    return [{"user": dict(serializers.user_payload(backend.get_user(one))), "reason": bans[one]} for one in chosen]


def _ban(backend: SandboxBackend, parts: dict[str, str], _body: Any, _query: dict[str, str]) -> Any:
    bans, user_id = backend.get_guild(_may(backend, parts, "ban_members")).bans, int(parts["user"])
    if user_id not in bans:
        raise _UNKNOWN_BAN
    return {"user": dict(serializers.user_payload(backend.get_user(user_id))), "reason": bans[user_id]}


def _audit_log(backend: SandboxBackend, parts: dict[str, str], _body: Any, query: dict[str, str]) -> Any:
    """The audit log: the newest first, but with `after` the oldest first, as Discord does and simcord does not."""
    entries = list(backend.get_guild(_may(backend, parts, "view_audit_log")).audit_log_entries)
    for name in ("user_id", "action_type"):
        if name in query:
            entries = [one for one in entries if getattr(one, name) == int(query[name])]
    after, before = int(query.get("after", 0)), int(query.get("before", 1 << 64))
    found = sorted((one for one in entries if after < one.id < before), key=lambda one: one.id)
    limit = min(int(query.get("limit", "50")), _ENTRIES_AT_ONCE)
    if "after" not in query:
        return serializers.audit_log_payload(backend, found[-limit:])
    answer = serializers.audit_log_payload(backend, found[:limit])
    answer["audit_log_entries"].reverse()
    return answer


_ROUTES: list[tuple[str, re.Pattern[str], Handler]] = [
    ("POST", re.compile(_COMMANDS), _create_command),
    ("GET", re.compile(r"/applications/\d+/guilds/(?P<guild>\d+)/commands/permissions"), _command_permissions),
    ("GET", re.compile(_COMMANDS + r"/(?P<command>\d+)"), _get_command),
    ("PATCH", re.compile(_COMMANDS + r"/(?P<command>\d+)"), _edit_command),
    ("DELETE", re.compile(_COMMANDS + r"/(?P<command>\d+)"), _delete_command),
    ("GET", re.compile(r"/guilds/(?P<guild>\d+)/members/search"), _search_members),
    ("GET", re.compile(r"/guilds/(?P<guild>\d+)/bans"), _bans),
    ("GET", re.compile(r"/guilds/(?P<guild>\d+)/bans/(?P<user>\d+)"), _ban),
    ("GET", re.compile(r"/guilds/(?P<guild>\d+)/audit-logs"), _audit_log),
    ("GET", re.compile(r"/applications/@me"), _application),
    ("GET", re.compile(r"/oauth2/applications/@me"), _application),
]


def find(method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
    """Our own handler for a request and the named parts of its path, or None."""
    for verb, pattern, handler in _ROUTES:
        if verb == method and (match := pattern.fullmatch(path)):
            return handler, match.groupdict()
    return None
