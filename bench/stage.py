"""A sandbox as a process of its own that a benchmark drives: it floods, asks, and keeps the time.

Everything is timed here, on one clock, from outside the client under test: from the moment an event is handed to the
gateway until the client's HTTP answer has arrived. Who is measured takes no part in measuring.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.support import BenchError, leash, tell
from bot.sandbox import CannotDo, Exchange, Sandbox, SeenMessage, World

_EPOCH_MS = 1_420_070_400_000
_PLACEHOLDER = 1 << 61
_CROWD = 800_000_000_000_000_000
"""The first of those who write and are nowhere else."""

_PATIENCE = 120.0
_REQUESTS_KEPT = 10_000
_DEADLINE = 3.5
"""Seconds after which Discord has told whoever pressed that there was no answer."""
_PONG = {"name": "pong", "type": 1, "description": "Answers at once.", "options": []}


@dataclass(frozen=True)
class Template:
    """A MESSAGE_CREATE of one member, as JSON around the message's id."""

    guild: int
    head: str
    tail: str


class Stage:
    """A sandbox, `active` members who write, and the verbs that a benchmark asks for."""

    def __init__(self, guilds: int, members: int, active: int, newcomers: int = 0, crowd: int = 0) -> None:
        self.world = World()
        self.guilds = self.world.populate(guilds, members)
        for guild in self.guilds:
            self.world.settle(guild, datetime.now(UTC) - timedelta(days=60))  # who is new in a server may not pay
        self.sandbox = Sandbox(self.world, requests_kept=_REQUESTS_KEPT)
        self._active = active
        self._crowd = crowd
        self._templates: list[Template] = []
        self._pushed: dict[int, float] = {}
        self._opened_so_far = 0
        # Who is to be banned. They are there before anybody listens, so that nobody is still busy with them.
        names = [f"newcomer {number}" for number in range(newcomers)]
        self._newcomers = deque(self.world.add_member(self.guilds[0], name) for name in names)
        # Before the gateway in the list, so that the clock starts before the event is even put into words.
        self.world.backend.subscribers.insert(0, self._note)

    def _note(self, event: str, payload: Any) -> None:
        if event == "INTERACTION_CREATE":
            self._pushed[int(payload["id"])] = time.time()

    def people(self, guild: int) -> list[int]:
        """The guild's ordinary members."""
        found = self.world.backend.guilds[guild]
        return [user for user in found.members if user not in (found.owner_id, self.world.bot_id)]

    def channel(self, guild: int) -> int:
        """The guild's channel."""
        return next(iter(self.world.backend.guilds[guild].channel_ids))

    async def prepare(self) -> None:
        """Let every active member write once before anybody listens, to learn what that looks like."""
        caught: list[dict[str, Any]] = []
        self.world.backend.subscribers.append(
            lambda event, payload: caught.append(dict(payload)) if event == "MESSAGE_CREATE" else None
        )
        for number in range(self._active):
            guild = self.guilds[number % len(self.guilds)]
            member = self.people(guild)[number // len(self.guilds)]
            await self.sandbox.as_member(guild, member).say(self.channel(guild), "Has anybody seen my hat today?")
            payload = {**caught.pop(), "id": str(_PLACEHOLDER)}
            head, tail = json.dumps(payload, separators=(",", ":")).split(str(_PLACEHOLDER))
            self._templates.append(Template(guild, head, tail))
        self.world.backend.subscribers.pop()
        self._templates += [self._as_another(number) for number in range(self._crowd - len(self._templates))]

    def _as_another(self, number: int) -> Template:
        """What it looks like when somebody writes whom the sandbox need not know."""
        one = self._templates[number % self._active]
        payload = json.loads(f"{one.head}{_PLACEHOLDER}{one.tail}")
        known, other = payload["author"]["id"], str(_CROWD + number)
        return Template(one.guild, one.head.replace(known, other), one.tail.replace(known, other))

    # Verbs ----------------------------------------------------------------------------------------------

    async def offer_pong(self) -> dict[str, Any]:
        """Register /pong, for a client that registers nothing."""
        self.world.backend.register_commands(None, [_PONG])
        return {}

    async def flood(self, count: int, marker: str) -> dict[str, Any]:
        """Send `count` messages and then a command; the time until that is answered.

        The command comes last and clients take events in order, so its answer says that every message before it was
        read, parsed and handed to its listeners.
        """
        sessions = list(self.sandbox.gateway.sessions)
        last, began = 0, time.time()
        for number in range(count):
            template = self._templates[number % len(self._templates)]
            last = max(last + 1, (int(time.time() * 1000) - _EPOCH_MS) << 22)
            data = f"{template.head}{last}{template.tail}"
            if not await self.sandbox.inject("MESSAGE_CREATE", data, guild_id=template.guild):
                raise BenchError("nobody listens")
        sent = time.time()
        exchange = await self._run(marker, self.guilds[0], 0, {})
        # A client far behind answers late, which is what we are here to see; let it be heard all the same.
        self.world.backend.interactions[exchange.id].initial_response_deadline = None
        answered = await self._answered(exchange)
        if list(self.sandbox.gateway.sessions) != sessions:
            raise BenchError("the client lost its session in the flood")
        return {"seconds": answered - began, "sending": sent - began}

    async def ban(self, count: int, options: dict[str, Any], delay: float) -> dict[str, Any]:
        """Let the owner ban `count` newcomers, one after the other; as `time` otherwise.

        Discord takes `delay` seconds for each request about the server.
        """
        slow = self.sandbox.faults.delay("/guilds/*", seconds=delay, times=None)
        try:
            return {"seconds": await self._bans(count, options)}
        finally:
            self.sandbox.faults.remove(slow)

    async def _bans(self, count: int, options: dict[str, Any]) -> list[float]:
        guild = self.guilds[0]
        owner = self.sandbox.as_member(guild, self.world.backend.guilds[guild].owner_id)
        found: list[float] = []
        for _ in range(count):
            member = self._newcomers.popleft()
            exchange = await owner.slash(self.channel(guild), "ban", member=member, **options)
            answered = await self._answered(exchange)
            found.append(answered - self._pushed.pop(exchange.id))
            shown = exchange.message
            if shown is None or "Banned" not in shown.text or member not in self.world.backend.guilds[guild].bans:
                raise BenchError(f"/ban: {exchange.failed or (shown and shown.text)}")
        return found

    async def open(self, count: int, command: str, options: dict[str, Any], delay: float) -> dict[str, Any]:
        """Let `count` members open a ticket, one after the other; the seconds until its first message stands.

        Discord takes `delay` seconds for each request about servers and channels.
        """
        faults = self.sandbox.faults
        slow = [faults.delay(path, seconds=delay, times=None) for path in ("/guilds/*", "/channels/*") if delay]
        try:
            return {"seconds": [await self._opened(command, options) for _ in range(count)]}
        finally:
            for one in slow:
                faults.remove(one)

    async def _opened(self, command: str, options: dict[str, Any]) -> float:
        turn, self._opened_so_far = self._opened_so_far, self._opened_so_far + 1
        guild = self.guilds[turn % len(self.guilds)]
        known = set(self.world.backend.guilds[guild].channel_ids)
        exchange = await self._run(command, guild, turn // len(self.guilds), options)
        await self._answered(exchange)
        made = [one for one in self.world.backend.guilds[guild].channel_ids if one not in known]
        if len(made) != 1:
            raise BenchError(f"/{command}: {exchange.failed or (exchange.message and exchange.message.text)}")
        path, deadline = f"/channels/{made[0]}/messages", time.monotonic() + _PATIENCE
        while not (found := self._stands_since(path)):
            if time.monotonic() > deadline:
                raise BenchError("a ticket without a message")
            await asyncio.sleep(0.01)
        return found[0] - self._pushed.pop(exchange.id)

    def _stands_since(self, path: str) -> list[float]:
        """When what was posted there stood there, for Discord takes its time about that too."""
        posted = [one for one in self.sandbox.requests if (one.method, one.path) == ("POST", path)]
        return [one.started + one.duration for one in posted if one.duration is not None]

    async def time(self, command: str, count: int) -> dict[str, Any]:
        """Run a command `count` times, one after the other; the seconds from push to answer of each."""
        found: list[float] = []
        for number in range(count):
            exchange = await self._run(command, self.guilds[0], number % 10, self._options(command, number))
            answered = await self._answered(exchange)
            found.append(answered - self._pushed.pop(exchange.id))
            problem = exchange.failed or (None if exchange.kind == "message" else f"answered with {exchange.kind}")
            shown = exchange.message
            if problem or shown is None or (command == "pay" and "gave" not in shown.text):
                raise BenchError(f"/{command}: {problem or (shown and shown.text)}")
        return {"seconds": found}

    async def press(self, channel: int, button: str, count: int, people: int) -> dict[str, Any]:
        """Let `people` members of the first server press a button, in turn, until it was pressed `count` times.

        All at once, on the newest message that has it. The seconds of each until it was answered, from the first press.
        """
        guild = self.guilds[0]
        found = await self._with_button(guild, channel, button)
        actors = [self.sandbox.as_member(guild, one) for one in self.people(guild)[:people]]
        began = time.time()
        exchanges = [await actors[turn % people].click(found, button) for turn in range(count)]
        pushed = time.time()
        for one in exchanges:
            await self._settled(one)
        last: dict[str, float] = {}
        for request in self.sandbox.requests:
            if request.path.startswith(("/interactions", "/webhooks")):
                last[request.path.split("/")[3]] = request.started
        answered = [one for one in exchanges if not one.failed]
        if wrong := [one for one in answered if one.message is None or "in" not in str(one.message.embeds)]:
            raise BenchError(f"a press was answered with {wrong[0].message}")
        return {
            "seconds": [last[one.token] - began for one in answered],
            "late": len(exchanges) - len(answered),
            "pushing": pushed - began,
        }

    async def _settled(self, exchange: Exchange) -> None:
        """Until it was answered, and not only with "thinking…", or too late for that."""

        def done() -> bool:
            shown = exchange.message
            return bool(exchange.failed) or (shown is not None and not shown.loading)

        if not await exchange.changed.until(done, _DEADLINE) and not exchange.failed:
            await exchange.changed.until(done, _PATIENCE)

    async def _with_button(self, guild: int, channel: int, button: str) -> SeenMessage:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            with self.sandbox.view(self.people(guild)[0]) as view:
                for message in reversed(view.messages(channel)):
                    with contextlib.suppress(CannotDo):
                        message.control(button)
                        return message
            await asyncio.sleep(0.05)
        raise BenchError(f"no button {button!r} stands there")

    async def ready(self, command: str) -> dict[str, Any]:
        """Wait until a command is offered and answered."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                await self._answered(await self._run(command, self.guilds[0], 0, {}))
            except (CannotDo, BenchError):
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.1)
            else:
                return {}

    async def run(self, command: str) -> dict[str, Any]:
        """Let the first member run a command once."""
        await (await self._run(command, self.guilds[0], 0, {})).finished()
        return {"channel": self.channel(self.guilds[0])}

    async def fill(self, count: int) -> dict[str, Any]:
        """Let the first `count` members take their daily coins."""
        for number in range(count):
            await (await self._run("daily", self.guilds[0], number, {})).finished()
        return {}

    async def rooms(self, count: int) -> dict[str, Any]:
        """Add `count` channels, evenly to all guilds: guild, channel and somebody who is there, of each."""
        found: list[tuple[int, int, int]] = []
        for number in range(count):
            guild = self.guilds[number % len(self.guilds)]
            member = self.people(guild)[number // len(self.guilds) % 10]
            found.append((guild, self.world.add_channel(guild, f"ticket-{number:04}"), member))
        return {"rooms": found}

    async def asked(self) -> dict[str, Any]:
        """How many requests there were so far, without those that interactions are answered with."""
        kept = self.sandbox.requests
        if len(kept) == kept.maxlen:
            raise BenchError("more requests than are kept")
        return {"count": sum(not one.path.startswith(("/interactions", "/webhooks")) for one in kept)}

    # Inside ---------------------------------------------------------------------------------------------

    def _options(self, command: str, number: int) -> dict[str, Any]:
        people = self.people(self.guilds[0])
        return {"member": people[(number + 1) % 10], "amount": 1} if command == "pay" else {}

    async def _run(self, command: str, guild: int, number: int, options: dict[str, Any]) -> Exchange:
        actor = self.sandbox.as_member(guild, self.people(guild)[number])
        return await actor.slash(self.channel(guild), command, **options)

    async def _answered(self, exchange: Exchange) -> float:
        """When the answer's request arrived, its body read and nothing done about it yet.

        After a "thinking…" that is the request that replaced it.
        """

        def done() -> bool:
            shown = exchange.message
            return exchange.kind is not None and shown is not None and not shown.loading

        if not await exchange.changed.until(done, _PATIENCE):
            raise BenchError(f"no answer to {exchange.payload['data'].get('name')} within {_PATIENCE:.0f} s")
        return max(one.started for one in self.sandbox.requests if exchange.token in one.path)


async def _main(arguments: argparse.Namespace) -> None:
    stage = Stage(arguments.guilds, arguments.members, arguments.active, arguments.newcomers, arguments.crowd)
    await stage.prepare()
    verbs = {"flood": stage.flood, "time": stage.time, "ready": stage.ready, "fill": stage.fill}
    verbs |= {"ban": stage.ban, "open": stage.open, "offer_pong": stage.offer_pong}
    verbs |= {"rooms": stage.rooms, "asked": stage.asked, "press": stage.press, "run": stage.run}
    asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    async with stage.sandbox as sandbox:
        leash(asked.put_nowait, lambda: asked.put_nowait({"verb": "stop"}))
        tell(
            {
                "api_url": sandbox.api_url,
                "gateway_url": sandbox.gateway_url,
                "token": sandbox.token,
                "guilds": stage.guilds,
            }
        )
        while (request := await asked.get())["verb"] != "stop":
            verb = request.pop("verb")
            try:
                tell(await verbs[verb](**request))
            except Exception as error:  # noqa: BLE001 — the parent reports it
                tell({"error": f"{verb}: {error!r}"})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--guilds", type=int, default=20)
    parser.add_argument("--members", type=int, default=20)
    parser.add_argument("--active", type=int, default=200)
    parser.add_argument("--newcomers", type=int, default=0)
    parser.add_argument("--crowd", type=int, default=0)
    asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    main()
