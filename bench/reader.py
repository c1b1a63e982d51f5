"""A raw reader of the gateway: takes the frames, undoes the compression and looks no further.

It shows how fast the sandbox can send, so that a flood is known to be limited by the client and not by the sandbox.
The one thing it answers is a command, so that its flood ends as everybody's does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import zlib

import aiohttp

from bench.support import leash, tell


async def _read(session: aiohttp.ClientSession, arguments: argparse.Namespace) -> None:
    url = f"{arguments.gateway_url}?v=10&encoding=json&compress=zlib-stream"
    undo = zlib.decompressobj()
    async with session.ws_connect(url, max_msg_size=0, autoping=False) as socket:
        identify = {"token": arguments.token, "intents": arguments.intents, "properties": {}, "shard": [0, 1]}
        hello = json.loads(undo.decompress(await socket.receive_bytes()))
        await socket.send_str(json.dumps({"op": 2, "d": identify}))
        beating = asyncio.create_task(_beat(socket, hello["d"]["heartbeat_interval"] / 1000))
        try:
            async for message in socket:
                text = undo.decompress(message.data)
                if text.startswith(b'{"t":"READY"'):
                    tell({"ready": 1})
                elif text.startswith(b'{"t":"INTERACTION_CREATE"'):
                    asked = json.loads(text)["d"]
                    url = f"{arguments.api_url}/v10/interactions/{asked['id']}/{asked['token']}/callback"
                    async with session.post(url, json={"type": 4, "data": {"content": "pong"}}) as answer:
                        await answer.read()
        finally:
            beating.cancel()


async def _beat(socket: aiohttp.ClientWebSocketResponse, seconds: float) -> None:
    """Say now and then that the reader lives: in a run of many rounds it would be hung up on."""
    while True:
        await asyncio.sleep(seconds)
        await socket.send_str('{"op":1,"d":null}')


async def _main(arguments: argparse.Namespace) -> None:
    end = asyncio.Event()
    leash(lambda _line: None, end.set)
    async with aiohttp.ClientSession() as session:
        reading = asyncio.create_task(_read(session, arguments))
        await asyncio.wait({reading, asyncio.create_task(end.wait())}, return_when=asyncio.FIRST_COMPLETED)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--api-url", required=True)
    parser.add_argument("--gateway-url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--intents", type=int, required=True)
    asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    main()
