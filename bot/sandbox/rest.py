"""The HTTP side: `/api/v10/*` answered by the backend, with Discord's authorisation, errors, nonces and faults."""

import asyncio
import json
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from aiohttp import BodyPartReader, web

from . import channel_rules, extra_routes
from .backend import (
    BackendError,
    RouteNotImplemented,
    SandboxBackend,
    UnsupportedField,
    Upload,
    dispatch,
    parse_form,
    serializers,
)
from .faults import Fault, Faults

API_PREFIX = "/api/v10"
_NONCE_SECONDS = 300.0
_NONCES_KEPT = 10_000
_CONTENT_LIMIT = 2_000
_TOKEN_PARTS = 3  # /webhooks/{id}/{token}


@dataclass(slots=True)
class SeenRequest:
    """One request a bot made: what was asked, what was answered (None while or when it was not), how long it took.

    `path` comes without `/api/v10`; `started` is Unix time, `duration` seconds.
    """

    method: str
    path: str
    query: dict[str, str]
    json: Any
    files: list[str]
    reason: str | None
    started: float
    status: int | None = None
    response: Any = None
    duration: float | None = None


@dataclass(slots=True)
class _Incoming:
    json: Any = None
    files: list[Upload] = field(default_factory=list)


def _error(status: int, code: int, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"message": message, "code": code}


class Rest:
    """Answers the HTTP API.

    `touched` is called with an interaction token after every request that may have changed its exchange.
    """

    def __init__(
        self,
        backend: SandboxBackend,
        *,
        token: str,
        faults: Faults,
        content_access: bool,
        touched: Callable[[str], None],
        kept: int = 2_000,
    ) -> None:
        self.backend = backend
        self.faults = faults
        self.requests: deque[SeenRequest] = deque(maxlen=kept)
        self.unimplemented: deque[str] = deque(maxlen=kept)
        self.gateway_url = ""
        self.shards = 1
        self.max_concurrency = 1
        self._authorization = f"Bot {token}"
        self._content_access = content_access
        self._touched = touched
        self._nonces: OrderedDict[tuple[int, str], tuple[int, float]] = OrderedDict()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request: faults first, then the route, then faults that only spoil the answer."""
        path = request.rel_url.raw_path.removeprefix(API_PREFIX)
        reason = request.headers.get("X-Audit-Log-Reason")
        incoming = await _read(request)
        seen = SeenRequest(
            request.method,
            path,
            dict(request.query),
            incoming.json,
            [file.filename for file in incoming.files],
            unquote(reason) if reason else None,
            time.time(),
        )
        self.requests.append(seen)
        began = time.perf_counter()
        try:
            struck = self.faults.strike(seen.method, path, "before")
            answer = await self._suffer(request, struck, seen) if struck else None
            if answer is None:
                seen.status, seen.response = self._answer(request, seen, incoming)
                late = self.faults.strike(seen.method, path, "after")
                answer = await self._suffer(request, late, seen) if late else None
            return answer or _json_response(seen.status, seen.response)
        finally:
            seen.duration = time.perf_counter() - began

    async def _suffer(self, request: web.Request, fault: Fault, seen: SeenRequest) -> web.Response | None:
        """Let a fault strike; returns the false answer, or None when the request goes on."""
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop:
            seen.status = seen.response = None
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # goes nowhere: the connection is gone
        if fault.status is None:
            return None
        seen.status, seen.response = fault.status, fault.body()
        return _json_response(fault.status, seen.response, fault.headers())

    def _answer(self, request: web.Request, seen: SeenRequest, incoming: _Incoming) -> tuple[int, Any]:
        """The true answer: a status and a JSON body."""
        parts = seen.path.strip("/").split("/")
        own_token = parts[0] == "interactions" or (parts[0] == "webhooks" and len(parts) >= _TOKEN_PARTS)
        authorized = request.headers.get("Authorization") == self._authorization
        if not (authorized or own_token or seen.path == "/gateway"):
            return _error(401, 0, "401: Unauthorized")
        try:
            body = self._route(seen, parts, incoming)
        except (RouteNotImplemented, UnsupportedField) as error:
            self.unimplemented.append(str(error))
            return _error(501, 0, str(error))
        except BackendError as error:
            return error.status, error.to_json()
        except (KeyError, ValueError, TypeError, AttributeError, NotImplementedError) as error:
            # The backend stumbled over a body it did not expect: that is a gap of the sandbox, not an answer.
            self.unimplemented.append(f"{seen.method} {seen.path}: {error!r}")
            return _error(501, 0, f"the sandbox does not understand this request: {error!r}")
        if own_token and len(parts) >= _TOKEN_PARTS:
            self._touched(parts[2])
        return (204, None) if body is None else (200, body)

    def _route(self, seen: SeenRequest, parts: list[str], incoming: _Incoming) -> Any:
        if parts[0] == "gateway":
            return self._gateway_info(bot=len(parts) > 1)
        if (own := extra_routes.find(seen.method, seen.path)) is not None:
            handler, named = own
            return handler(self.backend, named, incoming.json, seen.query)
        if isinstance(incoming.json, dict):
            _check_length(incoming.json)
        channel_rules.check(self.backend, seen.method, seen.path, incoming.json)
        if seen.method == "POST" and parts[0] == "channels" and parts[2:] == ["messages"]:
            return self._send_message(seen, int(parts[1]), incoming)
        body = self._dispatch(seen, incoming)
        if parts[0] == "interactions" and seen.query.get("with_response") not in ("1", "true", "True"):
            return None
        return body

    def _dispatch(self, seen: SeenRequest, incoming: _Incoming) -> Any:
        return dispatch(
            self.backend,
            seen.method,
            seen.path,
            json=incoming.json,
            params=self._bounded(seen),
            files=incoming.files,
            reason=seen.reason,
            message_content_access=self._content_access,
        )

    def _bounded(self, seen: SeenRequest) -> dict[str, str]:
        """A history after a message begins right after it, as Discord's does; simcord's would be the newest ones."""
        parts = seen.path.strip("/").split("/")
        if seen.method != "GET" or parts[0] != "channels" or parts[2:] != ["messages"] or "after" not in seen.query:
            return dict(seen.query)
        after, limit = int(seen.query["after"]), int(seen.query.get("limit", "50"))
        stored = self.backend.messages.get(int(parts[1]), {})
        later = sorted(one.id for one in stored.values() if one.id > after and not one.is_ephemeral)
        return dict(seen.query) if len(later) <= limit else {**seen.query, "before": str(later[limit])}

    def _send_message(self, seen: SeenRequest, channel_id: int, incoming: _Incoming) -> Any:
        """Send a message once per nonce: with `enforce_nonce` a repetition returns the first one."""
        body = incoming.json if isinstance(incoming.json, dict) else {}
        nonce = body.get("nonce")
        key = (channel_id, str(nonce))
        now = self.backend.clock.now().timestamp()
        recipients = self.backend.get_channel(channel_id).recipient_ids
        if not self.backend.closed_dms.isdisjoint(recipients):
            raise BackendError(403, 50007, "Cannot send messages to this user")
        if nonce is not None and body.get("enforce_nonce") and key in self._nonces:
            message_id, until = self._nonces[key]
            first = self.backend.messages.get(channel_id, {}).get(message_id)
            if first is not None and now < until:
                return dict(serializers.message_payload(self.backend, first)) | {"nonce": nonce}
        sent = self._dispatch(seen, incoming)
        if nonce is not None:
            sent["nonce"] = nonce
            self._nonces[key] = (int(sent["id"]), now + _NONCE_SECONDS)
            while len(self._nonces) > _NONCES_KEPT:
                self._nonces.popitem(last=False)
        return sent

    def _gateway_info(self, *, bot: bool) -> dict[str, Any]:
        if not bot:
            return {"url": self.gateway_url}
        limit = {
            "total": 1_000,
            "remaining": 1_000,
            "reset_after": 0,
            "max_concurrency": self.max_concurrency,
        }
        return {"url": self.gateway_url, "shards": self.shards, "session_start_limit": limit}

    async def handle_cdn(self, request: web.Request) -> web.Response:
        """Serve an uploaded file."""
        found = self.backend.cdn.read("/" + request.match_info["path"])
        if found is None:
            raise web.HTTPNotFound
        data, content_type = found
        return web.Response(body=data, headers={"Content-Type": content_type})


def _check_length(body: dict[str, Any]) -> None:
    """Refuse what Discord refuses and simcord lets through: text beyond 2,000 characters."""
    inner = body.get("data")
    for part in (body, inner if isinstance(inner, dict) else {}):
        content = part.get("content")
        if isinstance(content, str) and len(content) > _CONTENT_LIMIT:
            detail = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}
            raise BackendError(400, 50035, "Invalid Form Body", errors={"content": {"_errors": [detail]}})


async def _read(request: web.Request) -> _Incoming:
    """The JSON and the files of a request, whether it came as JSON or as a form."""
    if request.content_type.startswith("multipart/"):
        return await _read_form(request)
    raw = await request.read()
    try:
        return _Incoming(json.loads(raw) if raw else None)
    except ValueError:
        refusal = {"message": "The request body contains invalid JSON.", "code": 50109}
        raise web.HTTPBadRequest(text=json.dumps(refusal), content_type="application/json") from None


async def _read_form(request: web.Request) -> _Incoming:
    fields: list[dict[str, Any]] = []
    uploads: dict[str, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read(decode=False))
        if part.filename is None:
            fields.append({"name": part.name, "value": data.decode()})
        else:
            uploads[part.name or ""] = Upload(part.filename, BytesIO(data))
    body, _ = parse_form(fields, [])
    for described in _described(body):
        if (upload := uploads.get(f"files[{described.get('id')}]")) is not None:
            upload.description = described.get("description")
    return _Incoming(body, list(uploads.values()))


def _described(body: Any) -> list[dict[str, Any]]:
    """The attachment descriptions of a message body, or of an interaction answer's data."""
    if not isinstance(body, dict):
        return []
    data = body.get("data")
    return (body.get("attachments") or []) + ((data.get("attachments") or []) if isinstance(data, dict) else [])


def _json_response(status: int | None, body: Any, headers: dict[str, str] | None = None) -> web.Response:
    if body is None:
        return web.Response(status=status or 204)
    # discord.py takes a body for JSON only when the content type says exactly this, without a charset.
    return web.Response(
        status=status or 200,
        body=json.dumps(body, separators=(",", ":")).encode(),
        content_type="application/json",
        headers=headers,
    )
