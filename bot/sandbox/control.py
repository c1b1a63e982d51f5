"""The sandbox by HTTP: for tests in another process, and for a person with curl.

Every answer is JSON. `POST /control/act/<verb>` takes `{"guild", "user", "args": […], "options": {…}, "wait"}` and
calls the verb of the same name on that member; interactions answer with their exchange. `wait` is null, "answered" or
"finished". Files are `{"name", "base64"}` wherever a file may stand. Only loopback addresses are served.
"""

import asyncio
import base64
import binascii
import dataclasses
import ipaddress
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .backend import BackendError, SetupError
from .exchange import Exchange
from .faults import Fault
from .seen import CannotDo, NotAnswered, SeenMessage

if TYPE_CHECKING:
    from .server import Sandbox

_VERBS = frozenset(
    {
        "say", "send_dm", "edit", "delete", "react", "join", "leave", "ban", "unban", "kick", "time_out",
        "join_voice", "leave_voice", "mute", "deafen", "server_move", "server_mute",
        "server_deafen",
        "slash", "autocomplete", "context_menu", "click", "select", "submit",
    }
)  # fmt: skip
_WORLD = frozenset(
    {
        "add_user", "add_member", "remove_member", "edit_member", "give_role", "take_role", "add_guild",
        "remove_guild", "add_role", "edit_role", "remove_role", "show_command", "set_bot_permissions", "add_channel",
        "overwrite", "remove_channel", "dm_channel", "close_dms", "open_dms", "invite_bot", "expel_bot",
        "set_afk_channel",
    }
)  # fmt: skip
_FAULTS = frozenset(
    {"rate_limit", "server_error", "delay", "lose_answer", "lose_request", "drop_interactions", "clear"}
)
_LONGEST_WAIT = 60.0

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_controls(app: web.Application, sandbox: "Sandbox") -> None:
    """Hang the control routes under `/control` of the sandbox's own server."""
    controls = _Controls(sandbox)
    routes: list[tuple[str, str, Callable[[web.Request], Awaitable[Any]]]] = [
        ("POST", "/control/act/{verb}", controls.act),
        ("GET", "/control/exchange/{id}", controls.exchange),
        ("POST", "/control/replay/{id}", controls.replay),
        ("GET", "/control/view/{user}", controls.view),
        ("POST", "/control/world/{verb}", controls.world),
        ("POST", "/control/faults/{verb}", controls.faults),
        ("POST", "/control/gateway/{verb}", controls.gateway),
        ("POST", "/control/advance", controls.advance),
        ("GET", "/control/log", controls.log),
        ("POST", "/control/stop", controls.stop),
    ]
    for method, path, handler in routes:
        app.router.add_route(method, path, _guarded(handler))


def _guarded(handler: Callable[[web.Request], Awaitable[Any]]) -> _Handler:
    """Serve only loopback, and turn refusals into JSON."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if not ipaddress.ip_address(request.remote or "0.0.0.0").is_loopback:  # noqa: S104 — an address to refuse
            return _answer({"error": "the controls answer on loopback only"}, 403)
        try:
            return _answer(await handler(request))
        except (CannotDo, NotAnswered, SetupError, BackendError) as error:
            return _answer({"error": str(error), "kind": type(error).__name__}, 409)
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            return _answer({"error": repr(error), "kind": "bad request"}, 400)

    return guarded


def _answer(body: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, text=json.dumps(body, default=_plain), content_type="application/json")


def _plain(value: Any) -> Any:
    """What `json` cannot write by itself."""
    if isinstance(value, Exchange):
        return {
            "id": value.id,
            "kind": value.kind,
            "failed": value.failed,
            "message": value.message,
            "followups": value.followups,
            "modal": value.modal,
            "choices": value.choices,
        }
    if isinstance(value, SeenMessage):
        shown = {one.name: getattr(value, one.name) for one in dataclasses.fields(value) if one.name != "payload"}
        return shown | {"ephemeral": value.ephemeral, "loading": value.loading, "text": value.text}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)


def _with_files(value: Any) -> Any:
    """Turn `{"name", "base64"}` into `(name, bytes)`, however deep it stands."""
    if isinstance(value, dict):
        if value.keys() == {"name", "base64"}:
            return value["name"], base64.b64decode(value["base64"], validate=True)
        return {key: _with_files(one) for key, one in value.items()}
    return [_with_files(one) for one in value] if isinstance(value, list) else value


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    body = json.loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise TypeError("the body is a JSON object")
    return _with_files(body)


def _verb(request: web.Request, known: frozenset[str]) -> str:
    verb = request.match_info["verb"]
    if verb not in known:
        raise ValueError(f"no verb {verb!r}; there are {sorted(known)}")
    return verb


class _Controls:
    """The handlers; each returns what becomes the JSON answer."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    async def act(self, request: web.Request) -> Any:
        """Do something as a member."""
        verb = _verb(request, _VERBS)
        body = await _body(request)
        user, guild = int(body["user"]), body.get("guild")
        actor = self._sandbox.as_user(user) if guild is None else self._sandbox.as_member(int(guild), user)
        arguments: list[Any] = list(body.get("args") or ())
        if verb == "submit":
            arguments[0] = self._exchange(arguments[0])
        result = await getattr(actor, verb)(*arguments, **(body.get("options") or {}))
        if isinstance(result, Exchange):
            seconds = min(float(body.get("timeout", 10.0)), _LONGEST_WAIT)
            if body.get("wait") == "answered":
                await result.answered(seconds)
            elif body.get("wait") == "finished":
                await result.finished(seconds)
        return result

    def _exchange(self, interaction_id: Any) -> Exchange:
        found = self._sandbox.exchanges.get(int(interaction_id))
        if found is None:
            raise CannotDo(f"no exchange {interaction_id}")
        return found

    async def exchange(self, request: web.Request) -> Any:
        """Look at an exchange again."""
        return self._exchange(request.match_info["id"])

    async def replay(self, request: web.Request) -> Any:
        """Deliver an interaction a second time."""
        found = self._exchange(request.match_info["id"])
        found.replay()
        return found

    async def view(self, request: web.Request) -> Any:
        """What a user sees, in one channel (`?channel=`) or all."""
        channel = request.query.get("channel")
        with self._sandbox.view(int(request.match_info["user"])) as view:
            return view.messages(int(channel) if channel else None)

    async def world(self, request: web.Request) -> Any:
        """Build: the body's fields are the verb's arguments."""
        return getattr(self._sandbox.world, _verb(request, _WORLD))(**await _body(request))

    async def faults(self, request: web.Request) -> Any:
        """Let things go wrong: the body's fields are the verb's arguments."""
        result = getattr(self._sandbox.faults, _verb(request, _FAULTS))(**await _body(request))
        return result if isinstance(result, Fault) else {"active": self._sandbox.faults.active()}

    async def gateway(self, request: web.Request) -> Any:
        """Disturb the gateway: cut, reconnect, invalidate (all with `shard`) or down (`seconds`)."""
        verb = _verb(request, frozenset({"cut", "reconnect", "invalidate", "down"}))
        body = await _body(request)
        gateway, shard = self._sandbox.gateway, body.get("shard")
        if verb == "cut":
            gateway.cut(shard)
        elif verb == "reconnect":
            await gateway.ask_to_reconnect(shard)
        elif verb == "invalidate":
            await gateway.invalidate(shard)
        else:
            gateway.go_down(float(body["seconds"]))
        return {"identifies": gateway.identifies, "resumes": gateway.resumes, "sockets": len(gateway.sockets)}

    async def advance(self, request: web.Request) -> Any:
        """Push the clock forward by `seconds`."""
        self._sandbox.clock.advance(float((await _body(request))["seconds"]))
        return {"now": self._sandbox.clock.now().isoformat()}

    async def log(self, _request: web.Request) -> Any:
        """The requests seen, and what could not be answered."""
        return {"requests": list(self._sandbox.requests), "unimplemented": list(self._sandbox.unimplemented)}

    async def stop(self, _request: web.Request) -> Any:
        """Ask the sandbox to stop, once this answer is on its way."""
        asyncio.get_running_loop().call_soon(self._sandbox.stopping.set)
        return {"stopping": True}
