"""The gateway: Discord's WebSocket protocol, spoken to any number of shards in any number of processes.

An event is serialised once for everybody who hears it (and once more, censored, for those without the message
content intent), numbered per session, and written by one task per socket. Nothing is copied in between.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from .backend import SandboxBackend, censored_json, declared_intents, guild_create, serializers
from .session import HIGH_WATER, RESUME_WINDOW, Session
from .wire import CloseCode, Opcode, Socket

_CHUNK = 1_000
_NAMED_BY_ID = frozenset({"GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE"})
_DRAIN_TIMEOUT = 30.0


def encode(payload: Any) -> str:
    """Compact JSON, the only form in which events travel."""
    return json.dumps(payload, separators=(",", ":"))


def guild_of(event: str, payload: Mapping[str, Any]) -> int | None:
    """The guild whose shard an event belongs to; None stands for shard 0."""
    value = payload.get("guild_id")
    if value is None and event in _NAMED_BY_ID:
        value = payload.get("id")
    if value is None or event.startswith("ENTITLEMENT_"):
        return None
    return int(value)


class Gateway:
    """All sessions and their sockets.

    `approved` names the privileged intents switched on in the portal; `heartbeat` is the interval in seconds that
    clients are told. `url` must be set before the first client connects.
    """

    def __init__(self, backend: SandboxBackend, *, token: str, approved: frozenset[str], heartbeat: float) -> None:
        self.backend = backend
        self.token = token
        self.approved = approved
        self.heartbeat = heartbeat
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.sockets: set[Socket] = set()
        self.identifies = 0
        self.resumes = 0
        self.questions = 0
        """How often somebody asked for members."""
        self._down_until = 0.0
        backend.subscribers.append(self.broadcast)

    # Sending --------------------------------------------------------------------------------------------

    def broadcast(self, event: str, payload: Mapping[str, Any]) -> None:
        """Give an event to every session that serves its guild and hears its kind."""
        guild_id = guild_of(event, payload)
        encoded: dict[str, str] = {}
        for session in self.sessions.values():
            if session.expired or not session.serves(guild_id) or not session.intents.hears(event, payload):
                continue
            if event == "GUILD_CREATE" and guild_id in self.backend.guilds:
                self._push_guild(session, guild_id, new=True)
                continue
            if "plain" not in encoded:
                encoded["plain"] = encode(payload)
            form = "plain"
            if session.intents.censors(event):
                form = "censored"
                if form not in encoded:
                    encoded[form] = censored_json(self.backend, event, encoded["plain"])
            session.push(event, encoded[form])

    async def inject(self, event: str, payload: Mapping[str, Any] | str, *, guild_id: int | None = None) -> int:
        """Push a raw event past the backend; returns how many sessions got it.

        For floods: a payload may be given as ready JSON text (then with the `guild_id` it belongs to). Intents
        filter it, content is not censored. Waits while a receiver is more than a thousand events behind, at most
        30 s for each; one that is stuck for longer is left to the bound of its own queue.
        """
        if isinstance(payload, str):
            data, facts = payload, {"guild_id": guild_id}
        else:
            data, facts = encode(payload), payload
            guild_id = guild_of(event, payload)
        receivers = [
            session
            for session in self.sessions.values()
            if not session.expired and session.serves(guild_id) and session.intents.hears(event, facts)
        ]
        for session in receivers:
            session.push(event, data)
            if len(session.outbox) >= HIGH_WATER and session.detached_at is None:
                await session.drained.until(lambda s=session: len(s.outbox) < HIGH_WATER, _DRAIN_TIMEOUT)
        return len(receivers)

    def _push_guild(self, session: Session, guild_id: int, *, new: bool = False) -> None:
        payload = guild_create(self.backend, self.backend.guilds[guild_id], session.intents)
        if new:
            # By this alone clients tell a guild that they were added to from one that became available.
            payload.pop("unavailable", None)
        session.push("GUILD_CREATE", encode(payload))

    # Receiving ------------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket from HELLO to its end."""
        if asyncio.get_running_loop().time() < self._down_until:
            return web.Response(status=503, text="the gateway is down")
        socket = Socket(request, heartbeat=self.heartbeat)
        response = await socket.open()
        self.sockets.add(socket)
        try:
            await socket.send(encode({"op": Opcode.HELLO, "d": {"heartbeat_interval": self.heartbeat * 1000}}))
            async for message in socket.messages():
                await self._receive(socket, message)
        finally:
            self.sockets.discard(socket)
            await self._detach(socket)
        return response

    async def _receive(self, socket: Socket, message: dict[str, Any]) -> None:
        data = message.get("d")
        match message.get("op"):
            case Opcode.HEARTBEAT:
                await socket.send('{"op":11}')
            case Opcode.IDENTIFY if isinstance(data, dict):
                await self._identify(socket, data)
            case Opcode.RESUME if isinstance(data, dict):
                await self._resume(socket, data)
            case _ if socket.session is None:
                await socket.close(CloseCode.NOT_AUTHENTICATED)
            case Opcode.REQUEST_MEMBERS if isinstance(data, dict):
                self._send_members(socket.session, data)
            case Opcode.PRESENCE | Opcode.VOICE_STATE:
                pass  # accepted; nobody in the sandbox looks at presences
            case _:
                await socket.close(CloseCode.UNKNOWN_OPCODE)

    async def _identify(self, socket: Socket, data: dict[str, Any]) -> None:
        refusal = self._refusal(socket, data)
        if refusal is not None:
            await socket.close(refusal)
            return
        self._forget_stale_sessions()
        shard_id, shard_count = data.get("shard") or (0, 1)
        intents = declared_intents(data["intents"])
        session = Session(shard_id=shard_id, shard_count=shard_count, intents=intents)
        guilds = [guild for guild in self.backend.guilds if session.serves(guild)]
        ready = {
            "v": 10,
            "user": serializers.user_payload(self.backend.bot_user),
            "guilds": [{"id": str(guild), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": [shard_id, shard_count],
            "application": {"id": str(self.backend.application_id), "flags": 0},
            "private_channels": [],
            "presences": [],
            "relationships": [],
        }
        session.push("READY", encode(ready))
        if intents.flags.guilds:
            for guild in guilds:
                self._push_guild(session, guild)
        self.sessions[session.id] = session
        self.identifies += 1
        socket.attach(session)

    def _refusal(self, socket: Socket, data: dict[str, Any]) -> CloseCode | None:
        """Why an IDENTIFY is turned down, in the order in which Discord looks."""
        if socket.session is not None:
            return CloseCode.ALREADY_AUTHENTICATED
        if data.get("token") != self.token:
            return CloseCode.AUTHENTICATION_FAILED
        shard = data.get("shard") or (0, 1)
        if len(shard) != 2 or not 0 <= shard[0] < shard[1]:  # noqa: PLR2004 — (id, count)
            return CloseCode.INVALID_SHARD
        if not isinstance(data.get("intents"), int):
            return CloseCode.INVALID_INTENTS
        if declared_intents(data["intents"]).undeclared(self.approved):
            return CloseCode.DISALLOWED_INTENTS
        return None

    async def _resume(self, socket: Socket, data: dict[str, Any]) -> None:
        if data.get("token") != self.token:
            await socket.close(CloseCode.AUTHENTICATION_FAILED)
            return
        session = self.sessions.get(str(data.get("session_id")))
        sequence = data.get("seq")
        if session is None or not isinstance(sequence, int) or self._is_stale(session):
            await socket.send('{"op":9,"d":false}')
            return
        for other in [one for one in self.sockets if one.session is session]:
            await other.detach()  # the old socket may not have noticed its own death yet
            other.cut()
        if not session.rewind(sequence):
            session.expire()
            await socket.send('{"op":9,"d":false}')
            return
        session.push("RESUMED", '{"_trace":[]}')
        self.resumes += 1
        socket.attach(session)

    def _send_members(self, session: Session, data: dict[str, Any]) -> None:
        """Answer REQUEST_GUILD_MEMBERS on the asking shard alone, a thousand members at a time."""
        self.questions += 1
        raw = data.get("guild_id")
        guild = self.backend.guilds.get(int(raw[0] if isinstance(raw, list) else raw or 0))
        if guild is None:
            return
        members = list(guild.members.values())
        wanted = data.get("user_ids")
        missing: list[str] = []
        if wanted:
            ids = [int(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
            members = [guild.members[one] for one in ids if one in guild.members]
            missing = [str(one) for one in ids if one not in guild.members]
        elif prefix := str(data.get("query") or "").lower():
            users = self.backend.users
            members = [
                one
                for one in members
                if users[one.user_id].name.lower().startswith(prefix) or (one.nick or "").lower().startswith(prefix)
            ]
        members = members[: data.get("limit") or None]
        count = max(1, -(-len(members) // _CHUNK))
        for index in range(count):
            chunk = {
                "guild_id": str(guild.id),
                "members": [
                    serializers.member_payload(self.backend, guild, one)
                    for one in members[index * _CHUNK : (index + 1) * _CHUNK]
                ],
                "chunk_index": index,
                "chunk_count": count,
                "not_found": missing,
                "nonce": data.get("nonce"),
            }
            if data.get("presences"):
                chunk["presences"] = []
            session.push("GUILD_MEMBERS_CHUNK", encode(chunk))

    # Sessions -------------------------------------------------------------------------------------------

    async def _detach(self, socket: Socket) -> None:
        session = socket.session
        await socket.detach()
        if session is None:
            return
        session.detached_at = self.backend.clock.now().timestamp()
        if socket.left_for_good:
            session.expire()
            self.sessions.pop(session.id, None)

    def _is_stale(self, session: Session) -> bool:
        if session.expired:
            return True
        now = self.backend.clock.now().timestamp()
        return session.detached_at is not None and now - session.detached_at > RESUME_WINDOW

    def _forget_stale_sessions(self) -> None:
        for key in [key for key, session in self.sessions.items() if self._is_stale(session)]:
            self.sessions.pop(key).expire()

    # Faults ---------------------------------------------------------------------------------------------

    def _of_shard(self, shard_id: int | None) -> list[Socket]:
        return [
            socket
            for socket in self.sockets
            if shard_id is None or (socket.session is not None and socket.session.shard_id == shard_id)
        ]

    def cut(self, shard_id: int | None = None) -> int:
        """Drop the sockets of one shard (None: of all) without a word; returns how many."""
        sockets = self._of_shard(shard_id)
        for socket in sockets:
            socket.cut()
        return len(sockets)

    async def ask_to_reconnect(self, shard_id: int | None = None) -> None:
        """Send RECONNECT (opcode 7), as Discord does when it moves its servers."""
        for socket in self._of_shard(shard_id):
            await socket.send('{"op":7,"d":null}')

    async def invalidate(self, shard_id: int | None = None) -> None:
        """Forget sessions and say so (INVALID_SESSION, not resumable)."""
        for socket in self._of_shard(shard_id):
            if socket.session is not None:
                socket.session.expire()
                self.sessions.pop(socket.session.id, None)
            await socket.send('{"op":9,"d":false}')

    def go_down(self, seconds: float) -> None:
        """Cut everybody and refuse new sockets (503) for so many seconds of real time."""
        self._down_until = asyncio.get_running_loop().time() + seconds
        self.cut()

    def close(self) -> None:
        """Cut every socket and stop listening to the backend. The handlers end by themselves."""
        if self.broadcast in self.backend.subscribers:
            self.backend.subscribers.remove(self.broadcast)
        self.cut()
