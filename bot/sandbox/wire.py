"""One WebSocket of the gateway: framing, compression, and the task that writes a session's events."""

import asyncio
import importlib
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from enum import IntEnum
from typing import Any, Protocol

from aiohttp import ClientConnectionResetError, WSMsgType, web

from .session import Session

_CLOSE_TIMEOUT = 0.5
_BURST = 64


class Opcode(IntEnum):
    """The gateway's opcodes, as far as they are spoken here."""

    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class CloseCode(IntEnum):
    """Why Discord hangs up."""

    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self, mode: int, /) -> bytes: ...


def _compressor(kind: str) -> tuple[_Compressor, int] | None:
    """A compressor for the stream a client asked for and its flush mode; None means plain text.

    Raises `web.HTTPBadRequest` for kinds nobody here speaks. Level 1: speed matters more than loopback bytes.
    """
    if kind == "zlib-stream":
        return zlib.compressobj(level=1), zlib.Z_SYNC_FLUSH
    if kind == "zstd-stream":
        with suppress(ImportError):
            zstandard = importlib.import_module("zstandard")
            return zstandard.ZstdCompressor(level=1).compressobj(), zstandard.COMPRESSOBJ_FLUSH_BLOCK
    if kind:
        raise web.HTTPBadRequest(text=f"unknown compression: {kind}")
    return None


class Socket:
    """A connected client, with a session once it has identified or resumed."""

    def __init__(self, request: web.Request, *, heartbeat: float) -> None:
        self.session: Session | None = None
        self.left_for_good = False
        self._request = request
        self._patience = heartbeat * 2
        self._response = web.WebSocketResponse(timeout=_CLOSE_TIMEOUT, compress=False, max_msg_size=1 << 20)
        self._compression = _compressor(request.query.get("compress", ""))
        self._writer: asyncio.Task[None] | None = None

    async def open(self) -> web.WebSocketResponse:
        """Finish the handshake."""
        await self._response.prepare(self._request)
        return self._response

    async def send(self, text: str) -> None:
        """Write one frame. A socket that is already gone swallows it: the session remembers what it owes."""
        with suppress(ClientConnectionResetError, ConnectionError):
            await self._send(text)

    async def _send(self, text: str) -> None:
        if self._compression is None:
            await self._response.send_str(text)
            return
        # No await between compressing and writing, or two senders could swap the order of the stream.
        compressor, flush = self._compression
        await self._response.send_bytes(compressor.compress(text.encode()) + compressor.flush(flush))

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """What the client says, until it hangs up or is silent for two heartbeats."""
        while True:
            try:
                message = await self._response.receive(timeout=self._patience)
            except TimeoutError:
                await self.close(CloseCode.SESSION_TIMED_OUT)
                return
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                # A client that says a proper goodbye does not mean to resume.
                self.left_for_good = message.type is WSMsgType.CLOSE and message.data in (1000, 1001)
                return
            try:
                decoded = json.loads(message.data)
            except ValueError:
                decoded = None
            if not isinstance(decoded, dict):
                await self.close(CloseCode.DECODE_ERROR)
                return
            yield decoded

    def attach(self, session: Session) -> None:
        """Begin to write a session's events here."""
        self.session = session
        session.detached_at = None
        self._writer = asyncio.create_task(self._write(session), name=f"gateway shard {session.shard_id}")

    async def _write(self, session: Session) -> None:
        written = 0
        with suppress(ClientConnectionResetError, ConnectionError):
            while not session.expired:
                if not session.outbox:
                    await session.wake.wait(self._patience)
                    continue
                await self._send(session.next_frame())
                written += 1
                if written % _BURST == 0:
                    await asyncio.sleep(0)  # a flood must not starve the readers
        if session.overflowed:
            self.cut()

    async def detach(self) -> None:
        """Stop writing; the session keeps what was not sent."""
        self.session = None
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer

    async def close(self, code: CloseCode) -> None:
        """Hang up with a code."""
        await self._response.close(code=code, message=code.name.lower().encode())

    def cut(self) -> None:
        """Drop the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()
